"""source.yml: what it may say, and the types that columns get."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.described import KEPT, PROCESSING
from warehouse.spec import SourceSpec, TableSpec

TABLE: dict[str, Any] = {
    "name": "visit",
    "description": "A visit.",
    "grain": "one visit",
    "primary_key": ["visit_id"],
    "columns": [
        {"name": "visit_id", "type": "text", "description": "Its name."},
        {"name": "paid_eur", "type": "decimal", "description": "Price."},
    ],
}
DELIVERY: dict[str, Any] = {
    "kind": "visits", "description": "d", "format": "csv", "tables": ["visit"], "sample": "s",
    "rows": {"fewest": 0, "most": 10, "reason": "r"}, "retention": KEPT,
}  # fmt: skip
SOURCE: dict[str, Any] = {
    "name": "museum", "label_fr": "Musée", "label_en": "Museum", "description": "d", "publisher": "p",
    "obtain": "o", "processing": PROCESSING, "deliveries": [DELIVERY], "tables": [TABLE],
}  # fmt: skip
NAMED = {"name": "visit_id", "type": "text", "personal": True, "description": "Who came."}
PERSONAL = {**KEPT, "days": 30, "after": "delivery_id"}


def test_every_table_begins_with_the_common_columns() -> None:
    table = TableSpec.model_validate(TABLE)
    assert list(table.all_columns) == ["office", "delivery_id", "visit_id", "paid_eur"]
    assert table.all_columns["paid_eur"].sql_type == "DECIMAL(18,4)"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"primary_key": []}, "either `primary_key` or `replaces`"),
        ({"replaces": ["visit_id"]}, "either `primary_key` or `replaces`"),
        ({"primary_key": ["nobody"]}, r"key columns without a column: \['nobody'\]"),
        ({"happened": "when"}, r"key columns without a column: \['when'\]"),
        ({"name": "Visit"}, "name"),
        ({"coluns": []}, "coluns"),
        ({"columns": [{"name": "x", "type": "money", "description": "d"}]}, "type"),
        ({"retention": {**PERSONAL, "after": "visit_id"}}, "personal columns and a `retention` go together"),
        ({"columns": [NAMED]}, "personal columns and a `retention` go together"),
        ({"columns": [NAMED], "retention": {**PERSONAL, "days": 0}}, "greater than or equal to 1"),
        ({"columns": [NAMED], "retention": {**PERSONAL, "after": "when"}}, r"unknown columns \['when'\]"),
        (
            {"columns": [NAMED], "retention": {**PERSONAL, "token": "year"}},
            "`token` and `tokened` go together",
        ),
        ({"columns": [NAMED | {"required": True}], "retention": PERSONAL}, "cannot become empty"),
    ],
)
def test_a_wrong_table_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TableSpec.model_validate({**TABLE, **change})


def test_a_delivery_may_not_feed_a_table_that_is_not_there() -> None:
    with pytest.raises(ValidationError, match=r"visits feeds unknown tables \['sale'\]"):
        SourceSpec.model_validate({**SOURCE, "deliveries": [{**DELIVERY, "tables": ["sale"]}]})


def test_tables_and_deliveries_are_found_by_name() -> None:
    spec = SourceSpec.model_validate(SOURCE)
    assert spec.table("visit").key == ("visit_id",)
    assert spec.delivery("visits").rows.most == 10
    with pytest.raises(KeyError):
        spec.table("sale")


def test_a_file_of_no_known_kind_is_kept_as_the_kind_that_goes_first() -> None:
    kinds = [
        {**DELIVERY, "kind": kind, "retention": {**KEPT, "days": days}}
        for kind, days in (("kept", None), ("long", 90), ("short", 30))
    ]
    assert SourceSpec.model_validate({**SOURCE, "deliveries": kinds}).shortest_retention.days == 30
