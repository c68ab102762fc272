"""What documents read: views on the published copy alone, whose rows make numbers that know their place.

`views/<name>.sql` is the query of a view; KEYS says which columns tell its rows apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import duckdb

from reports.document import Number, Quoted
from warehouse.publishing.datapackage import literal, quoted
from warehouse.storage.database import rows
from warehouse.words.messages import number

FOLDER = Path(__file__).parent / "views"
PERCENT = "%"  # behind a column: a share of 1, told in percent
FIGURE = ("indicator", "site", "dimension", "period_kind", "period_start")
# The columns that tell the rows of each view apart; a view of one row has none.
KEYS: dict[str, tuple[str, ...]] = {
    "figure": FIGURE,
    "gap": FIGURE,
    "note": ("code",),
    "method_break": ("rank",),
    "indicator": ("indicator",),
    "place": ("site",),
    "standing": (),
    "incident": ("incident_id",),
    "alike": ("rule", "fault", "kind"),
    "check": ("rank",),
    "source": ("source",),
    "returned": ("source", "delivery_id"),
    "left_file": ("rank",),
    "coverage": ("source", "period_start"),
    "quality_objective": ("year", "objective_rank"),
    "scheme_action": ("scheme_action", "control_rank"),
    "scheme_year": ("scheme_action", "control_rank", "year"),
    "rush_hour": ("site", "year", "weekday", "local_hour"),
    "presence": ("site", "year", "is_summer", "local_hour"),
    "outage": ("subject", "fault", "onset_at"),
    "so_far": FIGURE,
    "written": ("indicator_label", "year"),
    "account": ("fiscal_year", "section"),
}


@dataclass(frozen=True)
class Row(Mapping[str, Any]):
    """A row of a view. What is told of it is a piece that knows where it was read."""

    view: str
    content: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.content[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)

    def of(self, column: str) -> str:
        """Where the value of a column was read."""
        keys = (self.view, *(_key(self[name]) for name in KEYS[self.view]), column)
        return "/".join(quote(key, safe="") for key in keys)

    def number(
        self,
        column: str,
        language: str,
        decimals: int = 0,
        *,
        percent: bool = False,
        signed: bool = False,
    ) -> Number:
        """The number of a column; `percent` of a share of 1, `signed` with its sign. It must not be null."""
        value = Decimal(str(self[column])) * (100 if percent else 1)
        of = self.of(f"{column}{PERCENT}" if percent else column)
        return Number(written(value, language, decimals, signed=signed), of, value)

    def quoted(self, column: str) -> Quoted:
        """The text of a column."""
        return Quoted(str(self[column]), self.of(column))


def written(value: Decimal, language: str, decimals: int, *, signed: bool = False) -> str:
    """A number in the language's form, `signed` with a plus, too. What rounds to 0 has no sign."""
    shown = number(float(value), language, decimals)
    return f"+{shown}" if signed and value > 0 and shown.strip("0.,") else shown


def read(connection: duckdb.DuckDBPyConnection, view: str, where: str = "true", order: str = "") -> list[Row]:
    """The rows of a view for which `where` is true, in order of its keys unless another one is given."""
    by = order or ", ".join(map(quoted, KEYS[view]))
    query = f"SELECT * FROM ({sql(view)}) WHERE {where}" + (f" ORDER BY {by}" if by else "")
    return [Row(view, row) for row in rows(connection, query)]


def reread(connection: duckdb.DuckDBPyConnection, places: Iterable[str]) -> dict[str, Any]:
    """The value of each place, read again: None where it holds nothing; KeyError for no view of ours."""
    by_view: dict[str, list[tuple[str, list[str], str]]] = {}
    for of in places:
        view, *keys, column = map(unquote, of.split("/"))
        by_view.setdefault(view, []).append((of, keys, column))
    found: dict[str, Any] = {}
    for view, asked in by_view.items():
        names = [f"CAST({quoted(name)} AS VARCHAR)" for name in KEYS[view]]
        wanted = {f"({', '.join(map(literal, keys))})" for _, keys, _ in asked if keys}
        where = f"({', '.join(names)}) IN ({', '.join(sorted(wanted))})" if wanted else "true"
        answer = connection.execute(
            f"SELECT [{', '.join(names)}]::VARCHAR[] AS keys, * FROM ({sql(view)}) WHERE {where}"
        )
        columns = [one[0] for one in answer.description or []]
        held = {tuple(row[0]): dict(zip(columns, row, strict=True)) for row in answer.fetchall()}
        for of, keys, column in asked:
            name = column.removesuffix(PERCENT)
            value = held.get(tuple(keys), {}).get(name)
            found[of] = Decimal(str(value)) * 100 if value is not None and name != column else value
    return found


@cache
def sql(view: str) -> str:
    """The query of a view."""
    return (FOLDER / f"{view}.sql").read_text(encoding="utf-8")


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%Y-%m-%d}" if isinstance(value, date) and not isinstance(value, datetime) else str(value)
