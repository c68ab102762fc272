"""What the home holds of people beside the sources' tables and files (`holdings.yml`), and how long."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from warehouse.spec import Described, Processing, Words


class Holding(Described):
    """A place of the home, how long what it holds is kept and why, and what the record tells of it."""

    place: str
    days: int = Field(ge=1)
    reason: Words
    processing: Processing


@cache
def holdings() -> dict[str, Holding]:
    """Every holding by its name."""
    content = yaml.safe_load(Path(__file__).with_name("holdings.yml").read_text(encoding="utf-8"))
    return {name: Holding.model_validate(told) for name, told in content.items()}
