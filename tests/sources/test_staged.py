"""What is staged of one file is proved loadable before it is loaded with that of others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.staged import prove
from warehouse.spec import TableSpec

TABLE = TableSpec.model_validate(
    {
        "name": "ticket", "description": "d", "grain": "g", "primary_key": ["number"],
        "columns": [
            {"name": "number", "type": "text", "required": True, "description": "d"},
            {"name": "nights", "type": "integer", "description": "d"},
        ],
    }
)  # fmt: skip
GOOD = {
    "office": pa.array(["auch", "auch"]),
    "delivery_id": pa.array([1, 1]),
    "number": pa.array(["a", "b"]),
    "nights": pa.array([1, None], pa.int64()),
}


def staged(folder: Path, changes: dict[str, pa.Array | None], **options: bool) -> Path:
    columns = {name: column for name, column in {**GOOD, **changes}.items() if column is not None}
    path = folder / "ticket.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


@pytest.mark.parametrize("statistics", [True, False])
def test_rows_of_the_right_types_are_loadable_whatever_else_lies_beside_them(
    tmp_path: Path, statistics: bool
) -> None:
    prove(TABLE, staged(tmp_path, {"of_the_reader": pa.array([1.5, 2.5])}, write_statistics=statistics))


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"nights": pa.array(["1", "x"])}, "nights"),
        ({"nights": pa.array([1.0, 2.0])}, "nights"),
        ({"nights": None}, "nights"),
        ({"number": pa.array(["a", None])}, "number"),
    ],
)
def test_rows_that_would_not_load_with_others_are_told_with_their_column(
    tmp_path: Path, changes: dict[str, pa.Array | None], column: str, statistics: bool
) -> None:
    with pytest.raises(AssertionError, match=rf"ticket\.{column}"):
        prove(TABLE, staged(tmp_path, changes, write_statistics=statistics))
