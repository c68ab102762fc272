"""What is declared about marts (marts.yml) and deliveries (source.yml), as the checks use it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from warehouse.spec import SourceSpec
from warehouse.yaml_file import read_yaml

MARTS = Path(__file__).with_name("marts.yml")
Level = Literal["fail", "warn"]
FAIL: Level = "fail"
WARN: Level = "warn"


class Declared(BaseModel):
    """A part of a declaration; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RowRule(Declared):
    """A query over `{batch}` that must return no row; `say` is the message about each row, if it has one."""

    check: str
    query: str
    level: Level = FAIL
    say: str | None = None


class MartRules(Declared):
    """What must hold in a mart."""

    key: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()
    between: dict[str, tuple[float | None, float | None]] = {}
    rows: tuple[RowRule, ...] = ()


class DeliveryCheck(Declared):
    """Deliveries of one kind to check, and how many rows a healthy one has."""

    source: str
    kind: str
    fewest: int
    most: int
    least_share: float | None = None
    delivery_ids: tuple[int, ...]


@cache
def mart_rules() -> dict[str, MartRules]:
    """The rules of marts.yml by mart; raises pydantic.ValidationError, which is a programming error."""
    content = read_yaml(MARTS)
    return TypeAdapter(dict[str, MartRules]).validate_python(content)


def delivery_checks(spec: SourceSpec, delivery_ids: Collection[int]) -> list[DeliveryCheck]:
    """The checks of these deliveries of a source; none when it delivered nothing."""
    return [
        DeliveryCheck(
            source=spec.name,
            kind=delivery.kind,
            fewest=delivery.rows.fewest,
            most=delivery.rows.most,
            least_share=delivery.rows.least_share,
            delivery_ids=tuple(sorted(delivery_ids)),
        )
        for delivery in spec.deliveries
        if delivery_ids
    ]
