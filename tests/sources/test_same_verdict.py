"""A table written as CSV and as a workbook gets the same verdict, whatever it holds."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sources import by_layout
from sources.layouts import Layout, load
from tests.sources.test_by_layout import RECEIVED, SPEC
from warehouse.errors import RefusedDeliveryError

LAYOUT = """tool: T
table: sales
columns:
  sale_id: {heading: Ticket}
  sold_on: {heading: Date}
  amount_eur: {heading: Montant}
  method: {heading: Mode, values: {card: CB, cash: Espèces}}
  is_member: {heading: Adhérent}
rows: {totals: {heading: Ticket, values: Total, control: amount_eur}}
"""
HEADINGS = ["Ticket", "Date", "Montant", "Mode", "Adhérent"]
CELLS = (
    st.sampled_from(["T1", "T2", "T3", "Total", "1.2E+17", "", " T4 ", "'=1"]),
    st.sampled_from(
        ["13/02/2026", "03/02/2026", "02/13/2026", "2026-02-03", "31/02/2026", "", "hier", "25/06/07"]
    ),
    st.sampled_from(["12,50", "12.50", "1,234", "1 234,5", "-3", "", "x", "7 €", "1\u202f000"]),
    st.sampled_from(["CB", "especes", "card", "Chèque", "", "cb "]),
    st.sampled_from(["oui", "Non", "", "peut-être", "1"]),
)
TABLES = st.lists(st.tuples(*CELLS), min_size=1, max_size=6)


def layout(folder: Path) -> Layout:
    path = folder / "t.yml"
    path.write_text(LAYOUT, encoding="utf-8")
    return load(path, SPEC, "en")


def verdict(content: bytes, name: str) -> Any:
    """What was loaded, left out and set aside, or what the file was refused for, without where."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archived"
        path.write_bytes(content)
        try:
            found = by_layout.read(
                by_layout.FileToRead(path, name, RECEIVED, Path(folder)), SPEC, [layout(Path(folder))],
                constants=lambda _: {"office": "o", "delivery_id": 1}, zone="Europe/Paris", language="en",
            )  # fmt: skip
        except RefusedDeliveryError as refusal:
            return str(refusal).replace("Ventes!", "").split(",", 1)[-1]
        account = found.account
        loaded = duckdb.execute("FROM read_parquet(?)", [str(*found.tables.values())]).fetchall()
        query = "SELECT line, position, rule, found FROM read_parquet(?) ORDER BY line"
        faulty = [duckdb.execute(query, [str(path)]).fetchall() for path in account.quarantine]
        return loaded, faulty, account.rows_read, account.rows_duplicate, account.rows_filtered


def as_csv(rows: Sequence[tuple[Any, ...]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\n").writerows([HEADINGS, *rows])
    return stream.getvalue().encode()


def as_workbook(rows: Sequence[tuple[Any, ...]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Ventes"
    for row in [HEADINGS, *rows]:
        page.append([None if cell == "" else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(TABLES)
def test_a_table_gets_the_same_verdict_as_csv_and_as_a_workbook(rows: list[tuple[str, ...]]) -> None:
    assert verdict(as_csv(rows), "x") == verdict(as_workbook(rows), "x")


DAYS = st.datetimes(datetime(2010, 1, 1), datetime(2026, 5, 1)).map(datetime.date)  # noqa: DTZ001


@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(DAYS, st.decimals(-9999, 9999, places=2)), min_size=1, max_size=6))
def test_typed_cells_of_a_workbook_are_the_written_ones_of_csv(rows: list[tuple[Any, Any]]) -> None:
    """In the CSV a last row makes sure what day and month are, and which sign is the decimal one."""
    rows = [*rows, (datetime(2025, 12, 31).date(), 0.5)]  # noqa: DTZ001
    written = [
        (f"T{n}", f"{day:%d/%m/%Y}", f"{amount:.2f}".replace(".", ","), "CB", "oui")
        for n, (day, amount) in enumerate(rows)
    ]
    typed = [(f"T{n}", day, float(amount), "CB", True) for n, (day, amount) in enumerate(rows)]
    one, other = verdict(as_csv(written), "x"), verdict(as_workbook(typed), "x")
    assert one[0] == other[0]
    assert len(one[0]) == len(rows)
