"""What the home holds of people beside the sources' tables and files (`holdings.yml`), and how long."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from warehouse.spec import Described, Processing, Words
from warehouse.yaml_file import read_yaml


class Holding(Described):
    """A place of the home, how long what it holds is kept and why, and what the record tells of it."""

    place: str
    days: int = Field(ge=1)
    reason: Words
    processing: Processing


@cache
def holdings() -> dict[str, Holding]:
    """Every holding by its name."""
    content = read_yaml(Path(__file__).with_name("holdings.yml"))
    return {name: Holding.model_validate(one) for name, one in content.items()}
