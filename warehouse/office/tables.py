"""A table of schema `settings`: its columns, and how its rows follow from the office file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.office.model import Office

# Arrow's types by name: the library is imported when rows are made, as every command reads the office file.
TEXT, INT, DATE, INSTANT, BOOL, REAL = "string", "int64", "date32", "timestamp[us]", "bool", "float64"

Row = dict[str, Any]


@dataclass(frozen=True)
class Period:
    """The local days that tables of days run over, and the instant that the night is run as of."""

    as_of: datetime
    as_of_date: date
    days: list[date]


@dataclass(frozen=True)
class Table:
    """One table: what its columns are beside `office`, which comes first in all, and what gives its rows.

    Rows are dicts without `office`, or an Arrow table of all columns where there are many.
    transforms/models/settings.yml says what tables and columns mean.
    """

    name: str
    columns: Mapping[str, str]
    rows: Callable[[Office, Period], Iterable[Row] | pa.Table]

    @property
    def schema(self) -> pa.Schema:
        """All its columns."""
        import pyarrow as pa

        return pa.schema([pa.field(*column) for column in {"office": TEXT, **self.columns}.items()])

    def content(self, office: Office, period: Period) -> pa.Table:
        """Its rows of an office."""
        import pyarrow as pa

        given = self.rows(office, period)
        if isinstance(given, pa.Table):
            return given
        return pa.Table.from_pylist([{"office": office.code, **row} for row in given], schema=self.schema)
