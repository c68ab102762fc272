"""The subjects of the office file: a module each, found by its name; nothing to register.

A subject's module holds its models, and what there is of four names:

- `Keys`: a model with the keys of office.yml that it gives. `warehouse.office.model.Office` is made of them.
- `System`: a model with the keys that it gives below `systems`, which needs no other line anywhere.
- `misfits(office)`: yields what contradicts another part of the file, as MisfitError.
- `TABLES`: the tables that it gives to schema `settings`, as `warehouse.office.tables.Table`.

Heavy libraries are imported in the functions that make rows: every command reads the office file.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


@cache
def subjects() -> tuple[Any, ...]:
    """Every subject's module, by its name."""
    return tuple(
        import_module(f"{__name__}.{name}") for name in sorted(one.name for one in iter_modules(__path__))
    )


def given(name: str) -> list[Any]:
    """What the subjects hold under one of the four names, in the order of the subjects."""
    return [getattr(subject, name) for subject in subjects() if hasattr(subject, name)]
