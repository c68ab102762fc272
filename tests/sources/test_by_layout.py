"""What a layout can say of a file, and what becomes of what it does not say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import yaml
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from sources import by_layout
from sources.layouts import LayoutError, load
from tests.refusals import refused
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import SourceSpec
from warehouse.words.shapes import plain

WORDS = {"fr": "x", "en": "x"}
PROCESSING = dict.fromkeys(("purpose", "legal_basis", "people", "data", "readers", "recipients"), WORDS)
RECEIVED = datetime(2026, 6, 1, 3, 0)  # noqa: DTZ001
SPEC = SourceSpec.model_validate(
    {
        "name": "shop",
        "label_fr": "Boutique",
        "label_en": "Shop",
        "description": "A shop of tests.",
        "publisher": "x",
        "obtain": "x",
        "processing": PROCESSING,
        "deliveries": [
            {
                "kind": "sales", "description": "x", "format": "x", "tables": ["sales"], "sample": "x",
                "rows": {"fewest": 1, "most": 100, "reason": "x"},
                "retention": {"days": 30, "reason": WORDS},
            },
            {
                "kind": "answers", "description": "x", "format": "x", "tables": ["answers"], "sample": "x",
                "rows": {"fewest": 1, "most": 100, "reason": "x"},
                "retention": {"days": 30, "reason": WORDS},
            },
            {
                "kind": "workbook", "description": "x", "format": "x", "tables": ["sales", "notes"],
                "rows": {"fewest": 1, "most": 100, "reason": "x"}, "sample": "x",
                "retention": {"days": 30, "reason": WORDS},
            },
        ],
        "tables": [
            {
                "name": "sales", "description": "x", "grain": "x", "primary_key": ["office", "sale_id"],
                "columns": [
                    {"name": "sale_id", "type": "text", "required": True, "description": "x"},
                    {"name": "sold_on", "type": "date", "description": "x"},
                    {"name": "sold_at", "type": "timestamp", "description": "x"},
                    {"name": "items_count", "type": "integer", "description": "x"},
                    {"name": "amount_eur", "type": "decimal", "minimum": -10000, "description": "x"},
                    {"name": "rate_pct", "type": "decimal", "unit": "percent", "description": "x"},
                    {"name": "is_member", "type": "boolean", "description": "x"},
                    {"name": "method", "type": "text", "categories": ["card", "cash"], "description": "x"},
                    {
                        "name": "themes", "type": "text", "categories": ["walks", "food"], "several": True,
                        "description": "x",
                    },
                    {"name": "desk", "type": "text", "description": "x"},
                    {"name": "row_rank", "type": "integer", "description": "x"},
                    {"name": "month", "type": "integer", "description": "x"},
                    {"name": "exported_on", "type": "date", "description": "x"},
                ],
            },
            {
                "name": "answers", "description": "x", "grain": "x", "replaces": ["office"],
                "identity": ["response", "item"],
                "columns": [
                    {"name": "response", "type": "text", "required": True, "description": "x"},
                    {"name": "item", "type": "text", "categories": ["welcome", "advice"], "description": "x"},
                    {"name": "is_satisfied", "type": "boolean", "description": "x"},
                ],
            },
            {
                "name": "notes", "description": "x", "grain": "x", "primary_key": ["office", "note"],
                "columns": [
                    {"name": "note", "type": "text", "required": True, "description": "x"},
                    {"name": "given_on", "type": "date", "description": "x"},
                ],
            },
        ],
    }
)  # fmt: skip
BASE = "tool: T\ntable: sales\ncolumns:\n  sale_id: {heading: Ticket}\n"
Reader = Callable[..., Any]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Reads a file as YAML says; gives chosen columns of what was loaded, and keeps the reading."""

    def reader(
        layout: str | Sequence[str],
        content: bytes | str,
        *columns: str,
        name: str = "x.csv",
        zone: str = "Europe/Paris",
        table: str = "",
        of_home: Sequence[int] = (),
    ) -> list[Any]:
        layouts = []
        for rank, text in enumerate([layout] if isinstance(layout, str) else layout):
            path = tmp_path / f"layout{rank}.yml"
            path.write_text(text)
            layouts.append(load(path, SPEC, "en", is_of_home=rank in of_home))
        file = tmp_path / "archived"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        found = by_layout.read(
            by_layout.FileToRead(file, name, RECEIVED, work), SPEC, layouts,
            constants=lambda _: {"office": "o", "delivery_id": 1}, zone=zone, language="en",
        )  # fmt: skip
        reader.found = found  # type: ignore[attr-defined]
        assert found.account.balances
        listed = ", ".join(columns) or "sale_id"
        rows = duckdb.execute(
            f"SELECT {listed} FROM read_parquet(?)", [str(found.tables[table or "sales"])]
        ).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    return reader


def faults(read: Any) -> list[tuple[Any, ...]]:
    """Sheet, line, position of the column, rule and text of each faulty cell."""
    paths = read.found.account.quarantine
    query = "SELECT sheet, line, position, rule, found FROM read_parquet(?) ORDER BY line"
    return [row for path in paths for row in duckdb.execute(query, [str(path)]).fetchall()]


def notices(read: Any) -> str:
    return plain(read.found.account.message)


def workbook(*rows: Any, sheet: str = "Ventes", **more: Any) -> bytes:
    book = openpyxl.Workbook()
    if more.get("in_1904"):
        book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for cells in more.get("merged", ()):
        page.merge_cells(cells)
    for line in more.get("hidden_rows", ()):
        page.row_dimensions[line].hidden = True
    if "formatted" in more:
        more["formatted"](page)
    for title, state, rows_of in more.get("others", ()):
        other = book.create_sheet(title)
        other.sheet_state = state
        for row in rows_of:
            other.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ods(*rows: str) -> bytes:
    """A workbook of OpenDocument whose only sheet has rows of these cells, as XML."""
    spaces = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr(
            "content.xml",
            f"<office:document-content{spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="Ventes">{lines}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    return stream.getvalue()


DATED = BASE + "  sold_on: {heading: Date}\n"
PRICED = BASE + "  amount_eur: {heading: Montant}\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_encoding_and_separator_are_decided_by_content(read: Reader, encoding: str, separator: str) -> None:
    text = f"Ticket{separator}Bureau\nT1{separator}Fleurance été\n" + f"T2{separator}Auch\n" * 1
    layout = BASE + "  desk: {heading: Bureau}\n"
    assert read(layout, text.encode(encoding), "sale_id", "desk") == [("T1", "Fleurance été"), ("T2", "Auch")]


def test_a_layout_may_declare_a_separator_like_no_other(read: Reader) -> None:
    assert read(BASE + 'file: {separator: ":"}\n', "Ticket:Bureau\nT1:x\n") == ["T1"]
    with refused("lacks|missing"):
        read(PRICED, "Ticket:Montant\nT1:2\n")


def test_a_first_line_may_say_the_separator(read: Reader) -> None:
    assert read(BASE, "sep=|\nTicket|A;B\nT1|x\n") == ["T1"]


def test_bytes_of_two_encodings_are_refused(read: Reader) -> None:
    with refused("not in utf-8"):
        read(BASE, "Ticket;Bureau\nT1;é\n".encode() + "T2;é\n".encode("cp1252"))


def test_headings_are_found_by_spelling_and_pattern_below_titles(read: Reader) -> None:
    layout = (
        'tool: T\ntable: sales\ncolumns:\n  sale_id: {heading: [Numéro, "N° d\'ordre"]}\n'
        "  amount_eur: {heading: '/^montant( ttc)? \\(€\\)$/'}\n"
    )
    text = "Export du 1er juin\n# filtre;aucun\nN°  d’ORDRE;MONTANT TTC (€)\nT1;2,50\n"
    assert read(layout, text, "sale_id", "amount_eur") == [("T1", Decimal("2.5"))]


@pytest.mark.parametrize(
    "above",
    ["A;B\n", "# Rapport\n# 20250101-20251231\n", '"Export";\n\n\n\n\n', "sep=;\n"],
    ids=["letters of columns", "comments", "line 6", "separator"],
)
def test_what_stands_above_the_headings_is_no_row(read: Reader, above: str) -> None:
    assert read(PRICED, f"{above}Ticket;Montant\nT1;2,50\n", "sale_id") == ["T1"]
    assert read.found.account.rows_read == 1  # type: ignore[attr-defined]


def test_headings_are_looked_for_in_the_first_30_lines(read: Reader) -> None:
    above = [f"Note {rank}" for rank in range(29)]
    table = "Ticket;Montant\nT1;2,50\n"
    assert read(PRICED, "\n".join([*above, table]), "sale_id") == ["T1"]
    sheet = [[one] for one in above]
    assert read(PRICED, workbook(*sheet, ["Ticket", "Montant"], ["T1", 2.5]), "sale_id") == ["T1"]
    with refused("missing: « Montant », « Ticket »"):
        read(PRICED, "\n".join(["Note", *above, table]))


def test_a_heading_may_be_a_pattern_of_years_or_of_questions(read: Reader) -> None:
    layout = (
        f"{BASE}  items_count: {{heading: '/^HT(\\d)?(\\d\\d)$/'}}\n"
        "  desk: {heading: '/^.+ \\(Commande\\) - #\\d+$/'}\n"
    )
    text = "Ticket;HT22;Votre bureau ? (Commande) - #12\nT1;6;Auch\n"
    assert read(layout, text, "items_count", "desk") == [(6, "Auch")]


def test_a_row_that_parts_groups_is_no_value_read_wrong(read: Reader) -> None:
    read(PRICED, "Ticket;Montant\n--- Top Pays ---;\nT1;2,50\n--- Top Villes ---\nT2;3,00\n")
    loaded = duckdb.execute(
        "SELECT sale_id, amount_eur FROM read_parquet(?) WHERE amount_eur IS NOT NULL",
        [str(*read.found.tables.values())],  # type: ignore[attr-defined]
    ).fetchall()
    assert loaded == [("T1", Decimal("2.5")), ("T2", Decimal(3))]


def test_a_line_that_alone_has_a_cell_too_many_is_no_row_though_that_one_is_empty(read: Reader) -> None:
    layout = BASE + "  amount_eur: {heading: Montant}\n  desk: {heading: Bureau}\n"
    text = "Ticket;Montant;Bureau\nT1;1,50;\n12;T2;2,50;\nT3;3,50;Auch\n"
    assert read(layout, text) == ["T1", "T3"]
    assert [(line, rule) for _, line, _, rule, _ in faults(read)] == [(3, "wrong_number_of_cells")]
    # A tool that ends every line with a separator shifts none.
    assert read(layout, "Ticket;Montant;Bureau\nT1;1,50;;\nT3;3,50;Auch;\n") == ["T1", "T3"]


ENDED = DATED + "  amount_eur: {heading: Montant}\nfile: {ends_last_line: true}\n"
WHOLE = "Ticket;Date;Montant\nT1;25/03/2026;1,50\nT2;26/03/2026;12,50\n"


@pytest.mark.parametrize("lost", [1, 2, 3, 5, 6])
def test_the_last_row_of_a_file_that_was_cut_in_its_last_cell_is_no_row(read: Reader, lost: int) -> None:
    assert read(ENDED, WHOLE[:-lost]) == ["T1"]
    assert faults(read) == [(None, 3, 3, "cut_line", "12,50"[: 6 - lost] or None)]


def test_a_file_whose_tool_ends_no_last_line_or_closes_it_by_a_quote_is_whole(read: Reader) -> None:
    assert read(ENDED, WHOLE) == ["T1", "T2"]
    assert read(ENDED.replace("ends_last_line: true", "ends_last_line: false"), WHOLE[:-1]) == ["T1", "T2"]
    assert read(DATED, WHOLE[:-1]) == ["T1", "T2"]
    quoted = 'Ticket;Date;Montant\nT1;25/03/2026;1,50\nT2;26/03/2026;"12,50"'
    assert read(ENDED, quoted) == ["T1", "T2"]
    template = ENDED.replace("file: {ends_last_line: true}", "template: {file: t.xlsx, sheet: S}")
    assert read(template, WHOLE[:-1]) == ["T1"]
    assert read(template, WHOLE) == ["T1", "T2"]


def test_a_file_cut_before_its_last_cell_or_in_its_total_loses_no_sound_row(read: Reader) -> None:
    assert read(ENDED, WHOLE[:-10]) == ["T1"]
    assert [fault[1:4:2] for fault in faults(read)] == [(3, "wrong_number_of_cells")]
    layout = ENDED + "rows: {totals: {heading: Ticket, values: Total, control: amount_eur}}\n"
    assert read(layout, f"{WHOLE}Total;;14,") == ["T1", "T2"]
    assert not faults(read)


def test_merged_headings_are_read_together(read: Reader) -> None:
    layout = BASE + "  amount_eur: {heading: Montant TTC}\n"
    rows = [["Ticket", "Montant", None, "Taxe", None], [None, "HT", "TTC", "HT", "TTC"], ["T1", 1, 2, 3, 4]]
    assert read(layout, workbook(*rows, merged=["A1:A2", "B1:C1", "D1:E1"]), "amount_eur") == [2]


SPREAD = BASE + "  sold_on: {heading: Date}\n  desk: {heading: Bureau}\n  amount_eur: {heading: Montant}\n"
SPREAD_HEADS = ["Ticket", "Date", "Bureau", "Montant"]


def test_a_day_or_a_word_that_is_merged_over_rows_holds_for_each_of_them(read: Reader) -> None:
    rows = [["T1", date(2026, 5, 2), "Auch", 1], ["T2", None, None, 2], ["T3", None, "Lectoure", 3]]
    book = workbook(SPREAD_HEADS, *rows, merged=["B2:B4", "C2:C3", "A5:D9"])
    day = date(2026, 5, 2)
    assert read(SPREAD, book, "sale_id", "sold_on", "desk") == [
        ("T1", day, "Auch"), ("T2", day, "Auch"), ("T3", day, "Lectoure"),
    ]  # fmt: skip
    assert faults(read) == []


@pytest.mark.parametrize(
    ("merged", "first", "lines"),
    [
        ("D2:D3", ["T1", "22/05/2026", "Auch", 30], [2, 3]),  # of each, or of both together?
        ("D2:D3", ["T1", "22/05/2026", "Auch", "30,00 €"], [2, 3]),
        ("C2:D2", ["T1", "22/05/2026", "Fermé", None], [2, 2]),
    ],
)
def test_where_nothing_tells_what_merged_cells_hold_each_of_them_is_faulty(
    read: Reader, merged: str, first: list[Any], lines: list[int]
) -> None:
    rows = [
        first,
        ["T2", "23/05/2026", "Auch", 5 if merged == "C2:D2" else None],
        ["T3", "24/05/2026", "Auch", 7],
    ]
    kept = read(SPREAD, workbook(SPREAD_HEADS, *rows, merged=[merged]))
    assert kept == [one for one, line in (("T1", 2), ("T2", 3), ("T3", 4)) if line not in lines]
    assert [(line, rule) for _, line, _, rule, _ in faults(read)] == [
        (n, "merged_cell") for n in dict.fromkeys(lines)
    ]


def test_merged_cells_of_an_ods_are_seen_too(read: Reader) -> None:
    def cell(text: str, more: str = "") -> str:
        return (
            f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'
        )

    down, covered = 'table:number-rows-spanned="2"', "<table:covered-table-cell/>"
    rows = [
        "".join(map(cell, SPREAD_HEADS)),
        cell("T1") + cell("22/05/2026", down) + cell("Auch") + cell("30", down),
        cell("T2") + covered + cell("Auch") + covered,
        cell("T3") + cell("24/05/2026") + cell("Auch") + cell("7"),
    ]
    assert read(SPREAD, ods(*rows), "sale_id", name="x.ods") == ["T3"]
    assert [(line, rule) for _, line, _, rule, _ in faults(read)] == [(2, "merged_cell"), (3, "merged_cell")]


def test_a_total_or_a_title_that_is_merged_over_columns_is_what_it_was(read: Reader) -> None:
    layout = SPREAD + "rows: {totals: {heading: Ticket, values: Total, control: amount_eur}}\n"
    rows = [["T1", "22/05/2026", "Auch", 30], ["Total", None, None, 30]]
    assert read(layout, workbook(SPREAD_HEADS, *rows, merged=["A3:C3"])) == ["T1"]
    assert (faults(read), notices(read)) == ([], "rows left out: total_line 1")


def test_of_two_layouts_that_fit_neither_is_chosen(read: Reader) -> None:
    with refused("“T”.*“U”"):
        read([BASE, BASE.replace("tool: T", "tool: U")], "Ticket\nT1\n")


def test_where_none_fits_the_nearest_is_named_with_what_it_lacks(read: Reader) -> None:
    other = "tool: Far\ntable: sales\ncolumns: {sale_id: {heading: Z}}\n"
    with refused("nearest is “T”: it lacks « Montant »"):
        read([PRICED, other], "Ticket;Prix\nT1;2\n")


def test_a_column_that_no_layout_declares_is_told_once_and_stored_nowhere(read: Reader) -> None:
    read(BASE, "Ticket;Courriel\nT1;a@example.org\n")
    assert notices(read) == "unknown columns, not loaded: « Courriel »"
    stored = duckdb.execute("FROM read_parquet(?)", [str(*read.found.tables.values())]).fetchall()  # type: ignore[attr-defined]
    assert "example.org" not in str(stored)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["13/02/2026", "03/02/2026"], [date(2026, 2, 13), date(2026, 2, 3)]),
        (["02/13/2026", "02/03/2026"], [date(2026, 2, 13), date(2026, 2, 3)]),
        (["2026-02-03", "2026/02/03"], [date(2026, 2, 3)] * 2),
        (["1er juin 2025", "7 sept. 2025 20:13"], [date(2025, 6, 1), date(2025, 9, 7)]),
        (["lundi 4 août 2025"], [date(2025, 8, 4)]),
        (
            ["7 janv. 2025", "7 févr. 2025", "7 juil. 2025", "7 déc. 2025 20:13"],
            [date(2025, month, 7) for month in (1, 2, 7, 12)],
        ),
        (["05.02.2026", "6.2.2026"], [date(2026, 2, 5), date(2026, 2, 6)]),
        (["25-01-2026 16:24"], [date(2026, 1, 25)]),
        (["2025-10-09T22:00:00+00:00"], [date(2025, 10, 10)]),
        (["2025-10-09T21:59:59Z"], [date(2025, 10, 9)]),
        (["05/05/2025"], [date(2025, 5, 5)]),
    ],
)  # fmt: skip
def test_the_form_of_dates_is_decided_over_the_column(
    read: Reader, cells: list[str], expected: list[date]
) -> None:
    text = "Ticket;Date\n" + "".join(f"T{rank};{cell}\n" for rank, cell in enumerate(cells))
    assert read(DATED, text, "sold_on") == expected


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["03/02/2026"], "“03/02/2026” .B2. is 2026-02-03 or 2026-03-02"),
        (["13/02/2026", "02/13/2026"], "“13/02/2026” only reads as day/month .B2. and “02/13/2026” only as"),
        (["25/06/07"], "2007-06-25 or 2025-06-07"),
        (["2025-10-09T22:00:00Z", "2025-10-09T22:00:00"], "does not"),
    ],
)
def test_dates_that_can_be_read_in_two_ways_are_refused(read: Reader, cells: list[str], told: str) -> None:
    with refused(told):
        read(DATED, "Ticket;Date\n" + "".join(f"T{rank};{cell}\n" for rank, cell in enumerate(cells)))


@pytest.mark.parametrize(
    ("cells", "instant"),
    [
        (["1 mai 2026 09:59"], datetime(2026, 5, 1, 7, 59)),  # noqa: DTZ001
        (["13-01-2026 16:24"], datetime(2026, 1, 13, 15, 24)),  # noqa: DTZ001
        (["13/01/2026 16:24"], datetime(2026, 1, 13, 15, 24)),  # noqa: DTZ001
        (["01/13/2026 16:24"], datetime(2026, 1, 13, 15, 24)),  # noqa: DTZ001
        (["2024/04/30 06:27:28"], datetime(2024, 4, 30, 4, 27, 28)),  # noqa: DTZ001
        (["2024-04-30T06:27:28Z"], datetime(2024, 4, 30, 6, 27, 28)),  # noqa: DTZ001
        (["2024-04-30T06:27:28+00:00"], datetime(2024, 4, 30, 6, 27, 28)),  # noqa: DTZ001
    ],
)
def test_an_instant_is_read_in_every_form_that_tools_write(
    read: Reader, cells: list[str], instant: datetime
) -> None:
    text = "Ticket;Date\n" + "".join(f"T{rank};{cell}\n" for rank, cell in enumerate(cells))
    assert read(BASE + "  sold_at: {heading: Date}\n", text, "sold_at") == [instant]


def test_a_serial_number_with_a_fraction_is_a_day_with_its_hour(read: Reader) -> None:
    layout = BASE + "  sold_at: {heading: Date}\n"
    rows = [["Ticket", "Date"], ["T1", datetime(2025, 7, 13, 12, 0)], ["T2", 45851.75]]  # noqa: DTZ001
    assert read(layout, workbook(*rows), "sold_at") == [
        datetime(2025, 7, 13, 10, 0), datetime(2025, 7, 13, 16, 0),  # noqa: DTZ001
    ]  # fmt: skip


def test_dates_whose_day_a_spreadsheet_took_for_the_month_are_refused(read: Reader) -> None:
    with refused("swapped day and month"):
        read(
            DATED, workbook(["Ticket", "Date"], ["T1", "25/03/2026"], ["T2", date(2026, 4, 3)]), name="x.xlsx"
        )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12,50", "1 234,5"], ["12.5", "1234.5"]),
        (["12.50", "1,234.5"], ["12.5", "1234.5"]),
        (["12,50", "1.234"], ["12.5", "1234"]),
        (["12,50 €", "1\u202f234,00\u00a0€", "1\u2009000"], ["12.5", "1234", "1000"]),
        (["7", "−3"], ["7", "-3"]),
    ],
)
def test_the_decimal_sign_is_decided_over_the_column(
    read: Reader, cells: list[str], expected: list[str]
) -> None:
    text = "Ticket;Montant\n" + "".join(f"T{rank};{cell}\n" for rank, cell in enumerate(cells))
    assert read(PRICED, text, "amount_eur") == [Decimal(one) for one in expected]


@pytest.mark.parametrize(
    ("cells", "told"),
    [(["1,234"], "“1,234” .B2. is 1234 or 1,234"), (["12,50", "12.50"], "“12,50” .B2. .* “12.50” .B3.")],
)
def test_numbers_that_can_be_read_in_two_ways_are_refused(read: Reader, cells: list[str], told: str) -> None:
    with refused(told):
        read(PRICED, "Ticket;Montant\n" + "".join(f"T{rank};{cell}\n" for rank, cell in enumerate(cells)))


def test_english_thousands_beside_a_decimal_point_are_thousands(read: Reader) -> None:
    assert read(PRICED, 'Ticket;Montant\nT1;"15,000"\nT2;2.5\n', "amount_eur") == [
        Decimal(15000),
        Decimal("2.5"),
    ]


def test_a_number_whose_thousands_are_not_three_digits_is_a_faulty_cell(read: Reader) -> None:
    read(PRICED, "Ticket;Montant\nT1;12 5\nT2;3\n")
    assert faults(read) == [(None, 2, 2, "not_a_number", "12 5")]


SHARED = PRICED + "  items_count: {heading: Taux}\n"


@pytest.mark.parametrize("cell", ["42%", "42 %", "42\u202f%"])
def test_a_percentage_is_a_faulty_cell_where_no_percent_is_asked_for(read: Reader, cell: str) -> None:
    text = f"Ticket;Montant;Taux\nT1;1,00;{cell}\nT2;{cell};3\nT3;2,50;4\n"
    assert read(SHARED, text) == ["T3"]
    assert [fault[1:4] for fault in faults(read)] == [(2, 3, "not_a_number"), (3, 2, "not_a_number")]


RATED = BASE + "  rate_pct: {heading: Taux}\n"


def test_a_percentage_is_the_number_that_it_shows_in_a_column_in_percent(read: Reader) -> None:
    text = "Ticket;Taux\nT1;42%\nT2;5,5 %\nT3;20\nT4;%\n"
    assert read(RATED, text, "rate_pct") == [42, Decimal("5.5"), 20]
    assert [fault[1:4] for fault in faults(read)] == [(5, 2, "not_a_number")]


def shown_as_percent(*cells: str) -> Callable[[Any], None]:
    def show(page: Any) -> None:
        for cell in cells:
            page[cell].number_format = "0.0%" if cell.startswith("B2") else "0%"

    return show


def test_a_cell_that_a_spreadsheet_shows_as_a_percentage_is_read_as_it_is_shown(read: Reader) -> None:
    """It keeps 5.5% as 0.055: read as it is kept, a rate of VAT would be a hundredth of itself."""
    rows = [["Ticket", "Taux"], ["T1", 0.055], ["T2", 0.2], ["T3", 20], ["T4", "20 %"], ["T5", "5,5"]]
    content = workbook(*rows, formatted=shown_as_percent("B2", "B3"))
    assert read(RATED, content, "rate_pct") == [Decimal("5.5"), 20, 20, 20, Decimal("5.5")]
    rows = [["Ticket", "Montant", "Taux"], ["T1", 0.5, 3], ["T2", 0.5, 4]]
    assert read(SHARED, workbook(*rows, formatted=shown_as_percent("B3"))) == ["T1"]
    assert faults(read) == [("Ventes", 3, 2, "not_a_number", "50%")]


def test_a_percentage_of_an_ods_is_read_as_it_is_shown_too(read: Reader) -> None:
    cells = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rate = '<table:table-cell office:value-type="percentage" office:value="0.055"><text:p>5,5 %</text:p>'
    rows = [cells.format("Ticket") + cells.format("Taux"), cells.format("T1") + rate + "</table:table-cell>"]
    assert read(RATED, ods(*rows), "rate_pct", name="x.ods") == [Decimal("5.5")]


@pytest.mark.parametrize("in_1904", [False, True])
def test_serial_dates_are_read_by_the_calendar_of_the_workbook(read: Reader, in_1904: bool) -> None:
    serial = 45000 - (1462 if in_1904 else 0)
    rows = [["Ticket", "Date"], ["T1", serial], ["T2", datetime(2023, 3, 15, 14, 30)]]  # noqa: DTZ001
    assert read(DATED, workbook(*rows, in_1904=in_1904), "sold_on") == [date(2023, 3, 15)] * 2


def test_numbers_and_dates_typed_as_text_read_as_those_beside_them(read: Reader) -> None:
    layout = DATED + "  amount_eur: {heading: Montant}\n"
    rows = [["Ticket", "Date", "Montant"], ["T1", "25/03/2026", "12,50"], ["T2", date(2026, 3, 26), 12.5]]
    assert read(layout, workbook(*rows), "amount_eur") == [Decimal("12.5")] * 2


def test_what_a_spreadsheet_destroyed_is_quarantined(read: Reader) -> None:
    spoilt = [[1234567890123456789], ["1.22158E+17"], ["2,2E+13"], [date(2026, 1, 2)]]
    assert read(BASE, workbook(["Ticket"], *spoilt, ["T4"])) == ["T4"]
    assert [fault[:4] for fault in faults(read)] == [
        ("Ventes", n, 1, "spoilt_identifier") for n in (2, 3, 4, 5)
    ]
    assert read(BASE, "Ticket\n1.22158E+17\n2,2E+13\nT4\n") == ["T4"]
    assert [fault[3] for fault in faults(read)] == ["spoilt_identifier"] * 2


def test_hidden_rows_are_data_and_hidden_sheets_are_not(read: Reader) -> None:
    hidden = [("Vieux", "hidden", [["Ticket"], ["T9"]]), ("Listes", "hidden", [["Mode"], ["CB"]])]
    assert read(BASE, workbook(["Ticket"], ["T1"], ["T2"], hidden_rows=[3], others=hidden)) == ["T1", "T2"]
    assert "no layout fits them: « Vieux » (hidden, with the headings expected);" in notices(read)


def test_a_filter_that_is_set_leaves_no_row_out(read: Reader) -> None:
    def filtered(page: Any) -> None:
        page.auto_filter.ref = "A1:A3"
        page.auto_filter.add_filter_column(0, ["T1"])

    assert read(BASE, workbook(["Ticket"], ["T1"], ["T2"], formatted=filtered)) == ["T1", "T2"]


def test_sheets_that_are_written_alike_are_read_as_one_table(read: Reader) -> None:
    """Their columns may stand elsewhere; a row that another sheet repeats is a duplicate of the file."""
    layout = PRICED + "rows: {totals: {heading: Ticket, values: Total, control: amount_eur}}\n"
    second = [["Montant", "Ticket"], [2, "T2"], [1, "T1"], ["x", "T3"], [3, "T2"]]
    content = workbook(["Ticket", "Montant"], ["T1", 1], others=[("Février", "visible", second)])
    assert read(layout, content, "sale_id", "amount_eur") == [("T1", 1), ("T2", 2)]
    account = read.found.account  # type: ignore[attr-defined]
    assert (account.rows_read, account.rows_duplicate) == (5, 1)
    assert [fault[:4] for fault in faults(read)] == [
        ("Février", 4, 1, "not_a_number"), ("Février", 5, None, "conflicting_key"),
    ]  # fmt: skip


def test_each_sheet_is_read_by_the_layout_that_it_fits(read: Reader) -> None:
    notes = "tool: N\ntable: notes\ncolumns: {note: {heading: Note}, given_on: {heading: Jour}}\n"
    others = [
        ("Notes", "visible", [["Note", "Jour"], ["N1", "x"], ["N2", date(2026, 2, 25)]]),
        ("Bilan", "visible", [["Total"], [3]]),
        ("Anciennes notes", "visible", [["Note", "Date"], ["N0", 1]]),
        ("Vide", "visible", []),
    ]
    content = workbook(["Ticket", "Montant"], ["T1", 1], ["T2", "y"], others=others)
    assert read([PRICED, notes], content, table="sales") == ["T1"]
    found = read.found  # type: ignore[attr-defined]
    assert list(found.tables) == ["sales", "notes"]
    assert (found.account.kind, found.layouts) == ("workbook", ("T", "N"))
    assert (found.account.rows_read, found.account.rows_loaded, found.account.rows_quarantined) == (4, 2, 2)
    assert [fault[:4] for fault in faults(read)] == [
        ("Ventes", 3, 2, "not_a_number"), ("Notes", 2, 2, "not_a_date"),
    ]  # fmt: skip
    assert notices(read).count("Bilan") == 1
    assert "« Bilan », « Anciennes notes » (it lacks « Jour »);" in notices(read)
    read([PRICED + "file: {ignored_sheets: Bil*}\n", notes], content, table="sales")
    assert "Bilan" not in notices(read)


def test_two_layouts_of_one_table_in_a_workbook_are_refused_unless_one_is_the_office_s(read: Reader) -> None:
    other = "tool: U\ntable: sales\ncolumns: {sale_id: {heading: Note}}\n"
    content = workbook(["Ticket"], ["T1"], others=[("Notes", "visible", [["Note"], ["N1"]])])
    with refused("“T”.*“U”"):
        read([BASE, other], content)
    assert read([BASE, other], content, of_home=[1]) == ["N1"]
    assert "no layout fits them: « Ventes »" in notices(read)


def test_a_layout_may_name_its_sheet(read: Reader) -> None:
    layout = BASE + 'file: {sheet: "Ventes 20*"}\n'
    content = workbook(["Ticket"], ["T1"], others=[("Ventes 2026", "visible", [["Ticket"], ["T2"]])])
    assert read(layout, content) == ["T2"]


def test_a_date_and_a_time_make_an_instant(read: Reader) -> None:
    layout = BASE + "  sold_at: {heading: Date, time: Heure}\n"
    at = datetime(2026, 3, 25, 13, 5)  # noqa: DTZ001
    assert read(layout, "Ticket;Date;Heure\nT1;25/03/2026;14h05\n", "sold_at") == [at]
    rows = [["Ticket", "Date", "Heure"], ["T1", date(2026, 3, 25), time(14, 5)]]
    assert read(layout, workbook(*rows), "sold_at") == [at]


def test_an_offset_in_a_declared_form_counts(read: Reader) -> None:
    layout = BASE + "  sold_at: {heading: Date, date: ['%d/%m/%Y %H:%M%z', '%d/%m/%Y %H:%M']}\n"
    told = "Ticket;Date\nT1;25/03/2026 14:05-0300\nT2;25/03/2026 14:05+0100\nT3;25/03/2026 14:05\n"
    seventeen, thirteen = datetime(2026, 3, 25, 17, 5), datetime(2026, 3, 25, 13, 5)  # noqa: DTZ001
    assert read(layout, told, "sold_at") == [seventeen, thirteen, thirteen]


def test_values_have_synonyms_and_a_new_one_is_told(read: Reader) -> None:
    layout = BASE + "  method: {heading: Mode, values: {card: [CB, Carte bleue], cash: [Espèces]}}\n"
    text = "Ticket;Mode\nT1;cb\nT2;ESPECES\nT3;card\nT4;Chèque\n"
    assert read(layout, text, "method") == ["card", "cash", "card", "other"]
    assert "unknown values of “Mode”" in notices(read)


def test_words_that_change_with_the_year_are_read_by_the_words_of_their_year(read: Reader) -> None:
    """The same note is the best of one year's scale and the worst of the next one's."""
    years = [
        f'tool: Of {year}\ntable: sales\nfile: {{names: "*-{year}.csv"}}\n'
        f"columns: {{sale_id: {{heading: Ticket}}, method: {{heading: Mode, values: {words}}}}}\n"
        for year, words in ((2024, "{card: [A, CB], cash: B}"), (2025, "{card: B, cash: A}"))
    ]
    text = "Ticket;Mode\nT1;A\nT2;B\n"
    assert read(years, text, "method", name="ventes-2024.csv") == ["card", "cash"]
    assert read(years, text, "method", name="ventes-2025.csv") == ["cash", "card"]
    assert read(years, text + "T3;CB\n", "method", name="ventes-2025.csv") == ["cash", "card", "other"]
    assert "unknown values of “Mode”" in notices(read)
    with refused("none of the files expected"):
        read(years, text, name="ventes-2026.csv")


def test_a_constant_and_the_name_of_the_file_fill_columns(read: Reader) -> None:
    layout = BASE + "  desk: {file_name: '^ventes-(.+)-\\d{4}'}\n  method: {constant: cash}\n"
    assert read(layout, "Ticket\nT1\n", "desk", "method", name="ventes-auch-2026.csv") == [("auch", "cash")]
    with refused("does not tell “desk”"):
        read(layout, "Ticket\nT1\n", name="autre.csv")


def test_the_sign_of_an_amount_may_stand_in_another_column(read: Reader) -> None:
    layout = BASE + "  amount_eur: {heading: Montant, sign: {heading: Sens, minus: Débit, plus: Crédit}}\n"
    text = "Ticket;Montant;Sens\nT1;2,50;debit\nT2;3,00;Crédit\nT3;4,00;?\nT4;-1,00;Débit\n"
    assert read(layout, text, "amount_eur") == [Decimal("-2.5"), Decimal(3)]
    assert faults(read) == [(None, 4, 3, "unknown_sign", "?"), (None, 5, 2, "negative", "-1,00")]


def test_a_cell_may_hold_a_list_whose_labels_hold_the_separator(read: Reader) -> None:
    layout = (
        BASE + '  themes: {heading: T, separator: ",", values: {walks: "Balades, randonnées", food: Repas}}\n'
    )
    text = "Ticket;T\nT1;Repas, Balades, randonnées\nT2;Balades, randonnées\nT3;Repas,Golf\nT4;\n"
    assert read(layout, text, "themes") == ["food,walks", "walks", "food,other", None]
    assert "unknown values" in notices(read)


def test_a_list_may_be_parted_by_lines_within_its_cell(read: Reader) -> None:
    layout = BASE + '  themes: {heading: T, separator: "\\n", values: {walks: Balades, food: Repas}}\n'
    assert read(layout, 'Ticket;T\nT1;"Balades\nRepas"\nT2;Repas\n', "themes") == ["food,walks", "food"]


def test_an_order_told_on_its_first_line_holds_for_its_others(read: Reader) -> None:
    layout = BASE + "  desk: {heading: Bureau}\nrows: {filled_down: Bureau}\n"
    text = "Ticket;Bureau\nT1;Auch\nT2;\nT3;Gimont\nT4;\n"
    assert read(layout, text, "desk") == ["Auch", "Auch", "Gimont", "Gimont"]


KEPT = (
    BASE + "rows: {keep: {heading: Statut, values: [Payé], others: [Annulé, '/^rembours/'], "
    "otherwise: cancelled}}\n"
)


def test_rows_are_kept_by_a_status_under_a_named_rule(read: Reader) -> None:
    assert read(KEPT, "Ticket;Statut\nT1;payé\nT2;Annulé\nT3;Remboursé\n") == ["T1"]
    assert "cancelled 2" in notices(read)


def test_a_status_that_no_layout_knows_is_a_faulty_cell_and_no_row_left_out(read: Reader) -> None:
    assert read(KEPT, "Ticket;Statut\nT1;Payé\nT2;Payée\nT3;\n") == ["T1"]
    assert faults(read) == [(None, 3, 2, "unknown_status", "Payée"), (None, 4, 2, "missing_value", None)]
    blank = KEPT.replace("others: [", "others: ['/^$/', ")
    assert read(blank, "Ticket;Statut\nT1;Payé\nT3;\n") == ["T1"]
    assert not faults(read)


def test_a_cell_that_decides_of_its_row_and_has_no_result_is_named(read: Reader) -> None:
    """An error, or a formula that was never computed, in a column that nothing else reads."""
    open_ended = KEPT.replace("others: [Annulé", "others: ['/./'")
    rows = [["Ticket", "Statut"], ["T1", "Payé"], ["T2", "#N/A"], ["T3", "=1+1"]]
    for layout in (KEPT, open_ended, BASE + "newest_by: Statut\n", BASE + "  row_rank: {rank: [Statut]}\n"):
        file = [*rows[:1], ["T1", "Payé" if "keep" in layout else None], *rows[2:]]
        assert read(layout, workbook(*file)) == ["T1"], layout
        assert [fault[:4] for fault in faults(read)] == [("Ventes", n, 2, "unread_cell") for n in (3, 4)]


def test_a_file_may_lack_an_optional_heading_of_any_type(read: Reader) -> None:
    names = {
        "sold_on": "J",
        "items_count": "N",
        "amount_eur": "M",
        "is_member": "A",
        "method": "P",
        "desk": "B",
    }
    layout = BASE + "".join(f"  {name}: {{heading: {one}, optional: true}}\n" for name, one in names.items())
    assert read(layout, "Ticket\nT1\n", *names) == [(None,) * len(names)]


def test_amounts_of_cents_take_the_sign_that_occurs_and_no_third_decimal(read: Reader) -> None:
    layout = BASE + "  amount_eur: {heading: Montant, decimal: cents}\n"
    text = "Ticket;Montant\nT1;12.50\nT2;7\nT3;1.234\n"
    assert read(layout, text, "amount_eur") == [Decimal("12.5"), 7]
    assert [fault[3] for fault in faults(read)] == ["more_than_two_decimals"]
    read(layout, text + "T4;1 234,50\nT5;-3,5\n")
    assert [fault[1:4] for fault in faults(read)] == [(2, 2, "not_a_number"), (4, 2, "not_a_number")]


ORDERED = BASE + "  amount_eur: {heading: Total commande, once_per: Commande}\n"


def test_an_amount_of_an_order_that_each_of_its_tickets_repeats_counts_once(read: Reader) -> None:
    orders = "T1;C1;25,00\nT2;C2;8,00\nT3;C1;25,00\nT4;C2;8,00\nT5;C3;\n"
    assert read(ORDERED, f"Ticket;Commande;Total commande\n{orders}", "sale_id", "amount_eur") == [
        ("T1", 25), ("T2", 8), ("T3", None), ("T4", None), ("T5", None),
    ]  # fmt: skip
    assert not faults(read)


def test_an_amount_of_an_order_is_not_left_out_with_its_first_ticket(read: Reader) -> None:
    layout = ORDERED + "rows: {keep: {heading: Statut, values: Payé, others: Annulé, otherwise: cancelled}}\n"
    tickets = "T1;C1;25,00;Annulé\nT2;C1;25,00;Payé\nT3;C1;25,00;Payé\n"
    found = read(layout, f"Ticket;Commande;Total commande;Statut\n{tickets}", "sale_id", "amount_eur")
    assert found == [("T2", 25), ("T3", None)]


def test_amounts_that_differ_within_an_order_or_are_of_none_are_faulty_cells(read: Reader) -> None:
    tickets = "T1;C1;25,00\nT2;C1;24,00\nT3;;8,00\nT4;C4;x\n"
    assert read(ORDERED, f"Ticket;Commande;Total commande\n{tickets}") == ["T1"]
    assert [fault[1:4] for fault in faults(read)] == [
        (3, 3, "differs_within"), (4, 3, "of_no_whole"), (5, 3, "not_a_number"),
    ]  # fmt: skip


def test_several_amounts_of_an_order_count_once_each(read: Reader) -> None:
    layout = ORDERED + "  items_count: {heading: Billets, once_per: Commande}\n"
    text = "Ticket;Commande;Total commande;Billets\nT1;C1;25,00;2\nT2;C1;25,00;2\n"
    assert read(layout, text, "amount_eur", "items_count") == [(25, 2), (None, None)]


def test_only_a_number_that_a_row_may_lack_can_count_once(read: Reader) -> None:
    with pytest.raises(LayoutError, match=r"“desk” cannot be counted once .*amount_eur"):
        read(BASE + "  desk: {heading: Bureau, once_per: Commande}\n", "Ticket\nT1\n")


def test_a_version_that_is_no_date_makes_no_row_an_older_one(read: Reader) -> None:
    text = "Ticket;Modifié le\nT1;26/01/2026\nT1;hier\n"
    assert read(BASE + "newest_by: Modifié le\n", text) == ["T1"]
    assert faults(read) == [(None, 3, 2, "not_a_date", "hier")]


def test_total_lines_are_left_out_and_compared(read: Reader) -> None:
    layout = (
        PRICED + 'rows: {totals: {heading: Ticket, values: [Total, "/^sous-total/"], control: amount_eur}}\n'
    )
    text = "Ticket;Montant\nT1;2,50\nSous-total A;2,50\nT2;3,00\nTotal;6,00\n"
    assert read(layout, text) == ["T1", "T2"]
    assert "total_line 2" in notices(read)
    assert "difference 0.5" in notices(read)


def test_the_rank_of_a_row_may_be_a_part_of_its_key(read: Reader) -> None:
    layout = BASE + "  row_rank: {rank: [Bureau]}\n"
    assert read(layout, "Ticket;Bureau\nT1;A\nT2;B\nT3;A\n", "row_rank") == [1, 1, 2]


def test_the_newest_version_of_a_key_counts(read: Reader) -> None:
    layout = PRICED + "newest_by: Modifié le\n"
    lines = ["T1;1,5;25/01/2026 10:00", "T1;2,5;26/01/2026 09:00", "T2;3,5;25/01/2026 09:00"]
    text = "Ticket;Montant;Modifié le\n" + "\n".join(lines) + "\n"
    assert read(layout, text, "amount_eur") == [Decimal("2.5"), Decimal("3.5")]
    assert "older_version 1" in notices(read)


def test_a_snapshot_is_keyed_by_the_day_of_its_export(read: Reader) -> None:
    assert read(BASE + "  exported_on: {exported: true}\n", "Ticket\nT1\n", "exported_on") == [
        date(2026, 6, 1)
    ]


ACROSS = (
    BASE
    + 'across: {heading: "/^(janv|févr)/", becomes: month, value: items_count, '
    + 'values: {"1": janv., "2": févr.}}\n'
)


def test_months_across_become_rows(read: Reader) -> None:
    expected = [("T1", 1, 5), ("T1", 2, 6), ("T2", 2, 7)]
    text = "Ticket;janv.;févr.;Total\nT1;5;6;11\nT2;;7;7\n"
    assert (
        read(ACROSS.replace("primary", ""), text, "sale_id", "month", "items_count")
        == expected[:1] + expected[2:]
    )
    rows = [["Ticket", "janv.", "févr."], ["T1", 5, None], ["T2", None, 7]]
    assert read(ACROSS, workbook(*rows), "sale_id", "month", "items_count") == [expected[0], expected[2]]


def test_a_faulty_cell_of_a_wide_table_is_told_by_its_column(read: Reader) -> None:
    read(ACROSS, "Ticket;janv.;févr.\nT1;5;\nT2;;x\n")
    assert faults(read) == [(None, 3, 3, "not_a_number", "x")]
    (path,) = read.found.account.quarantine  # type: ignore[attr-defined]
    assert duckdb.execute('SELECT "column" FROM read_parquet(?)', [str(path)]).fetchall() == [("févr.",)]


def test_a_category_above_the_headings_counts_for_all_below_it(read: Reader) -> None:
    layout = ACROSS.replace("value: items_count", "value: items_count, above: desk")
    rows = [[None, "Auch", None], ["Ticket", "janv.", "févr."], ["T1", 5, None], ["T2", None, 6]]
    assert read(layout, workbook(*rows), "desk", "items_count") == [("Auch", 5), ("Auch", 6)]


def test_blocks_below_each_other_take_their_titles(read: Reader) -> None:
    layout = BASE + "blocks: {title: '/^bureau : (.+)$/', becomes: desk}\n"
    text = "Bureau : Auch\nTicket;X\nT1;a\n\nBureau : Condom\nTicket;X\nT2;b\n"
    assert read(layout, text, "sale_id", "desk") == [("T1", "Auch"), ("T2", "Condom")]


def test_a_second_table_below_the_first_is_not_read_as_rows_of_it(read: Reader) -> None:
    spec_layout = DATED.replace("{heading: Date}", "{heading: Date}") + "  amount_eur: {heading: Montant}\n"
    text = "Ticket;Date;Montant\nT1;25/03/2026;2,50\n;;\nBureau;Jour;Somme\nAuch;26/03/2026;9,50\n"
    read(spec_layout, text)
    assert {fault[3] for fault in faults(read)} == {"other_table"}


def test_a_heading_that_comes_again_is_left_out(read: Reader) -> None:
    assert read(PRICED, "Ticket;Montant\nT1;2,50\nTicket;Montant\nT2;3,00\n") == ["T1", "T2"]
    assert "repeated_heading 1" in notices(read)


def test_a_formula_guard_is_no_part_of_a_text(read: Reader) -> None:
    assert read(BASE + "  desk: {heading: B}\n", "Ticket;B\nT1;'=auch\n", "desk") == ["=auch"]


def test_a_layout_is_told_all_that_is_wrong_in_it_by_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(
        "tool: T\ntable: sales\ncolumns:\n  sale_ids: {heading: A}\n"
        "  method: {heading: B, values: {carte: CB}}\n"
    )
    with pytest.raises(LayoutError) as wrong:
        load(path, SPEC, "en")
    assert [problem.split(": ", 1)[1].split(" is")[0] for problem in wrong.value.problems] == [
        "columns.sale_ids: “sale_ids”", "columns.method.values.carte: “carte”",
    ]  # fmt: skip
    assert [problem.split(":")[1] for problem in wrong.value.problems] == ["4", "5"]


@pytest.mark.parametrize("line", ["name: other", "is_of_home: true", "is_csv: true"])
def test_a_file_does_not_say_where_it_comes_from(read: Reader, line: str) -> None:
    with pytest.raises(LayoutError, match=line.partition(":")[0]):
        read(f"{line}\n{BASE}", "Ticket\nT1\n")


def test_a_slot_of_a_column_that_is_no_instant_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("tool: T\ntable: sales\ncolumns:\n  sale_id: {heading: A, slot: {minutes: 60}}\n")
    with pytest.raises(LayoutError, match=r"“sale_id” is no instant: a slot is said of .*sold_at"):
        load(path, SPEC, "en")


def test_the_model_reads_as_yaml_what_the_reader_needs() -> None:
    assert yaml.safe_load(BASE)["columns"] == {"sale_id": {"heading": "Ticket"}}


def test_a_number_may_have_a_word_for_none(read: Reader) -> None:
    layout = BASE + "  items_count: {heading: Lits, values: {'': '-'}}\n"
    assert read(layout, "Ticket;Lits\nT1;-\nT2;4\nT3;\nT4;--\n", "items_count") == [None, 4, None]
    assert [fault[3] for fault in faults(read)] == ["not_a_number"]


def test_a_number_or_a_day_whose_heading_a_file_lacks_is_none(read: Reader) -> None:
    layout = (
        BASE + "  items_count: {heading: Lits, optional: true}\n  sold_on: {heading: Jour, optional: true}\n"
        "  is_member: {heading: Membre, optional: true}\n  method: {heading: Mode, optional: true}\n"
    )
    columns = ("sale_id", "items_count", "sold_on", "is_member", "method")
    assert read(layout, "Ticket;Autre\nT1;x\n", *columns) == [("T1", None, None, None, None)]
    assert read(layout, workbook(["Ticket"], ["T1"]), *columns) == [("T1", None, None, None, None)]


# --- answers below questions, each on a scale of its own --------------------------------------------------

QUESTIONS = """tool: T
table: answers
columns: {response: {heading: ID}}
across:
  becomes: item
  value: is_satisfied
  heading: ["/^accueil/", "/^recommand/"]
  values: {welcome: "/^accueil/", advice: "/^recommand/"}
  scales:
    - {of: welcome, means: {"true": ["Très satisfait"], "false": ["/^peu/"]}}
    - {of: advice, means: {"true": ["9", "10"], "false": ["/^[0-8]$/"]}}
"""
ASKED = "ID;Accueil du bureau;Recommandez-vous ?\n1;Très satisfait;9\n"


def test_each_question_has_its_own_scale_and_a_blank_is_no_answer(read: Reader) -> None:
    answers = ASKED + "2;Peu satisfait;1\n3;;10\n"
    assert read(QUESTIONS, answers, "response", "item", "is_satisfied", table="answers") == [
        ("1", "welcome", True), ("1", "advice", True), ("2", "welcome", False), ("2", "advice", False),
        ("3", "advice", True),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", ["1", "oui", "9", "Satisfait"])
def test_an_answer_that_its_scale_does_not_know_is_a_faulty_cell(read: Reader, answer: str) -> None:
    assert read(QUESTIONS, f"{ASKED}2;{answer};9\n", "response", table="answers") == ["1", "1", "2"]
    assert [fault[3:] for fault in faults(read)] == [("not_a_boolean", answer)]


def test_every_value_of_a_wide_table_with_scales_has_one(read: Reader) -> None:
    with pytest.raises(LayoutError, match="must have one scale"):
        read(QUESTIONS.replace("of: advice", "of: welcome"), ASKED)


def test_rows_of_one_identity_are_a_duplicate_or_in_conflict_where_a_scope_is_replaced(read: Reader) -> None:
    rows = ASKED + "1;Peu satisfait;9\n"
    assert read(QUESTIONS, rows, "response", "is_satisfied", table="answers") == [("1", True)] * 2
    assert read.found.account.rows_duplicate == 1  # type: ignore[attr-defined]
    assert [fault[3] for fault in faults(read)] == ["conflicting_key"]


NAMED = BASE + '  method: {file_name: "^ventes-([a-z]+)", values: {card: carte}}\n'


def test_a_word_in_the_file_s_name_is_one_of_the_known_values(read: Reader) -> None:
    assert read(NAMED, "Ticket\n1\n", "method", name="ventes-carte-2025.csv") == ["card"]


def test_a_file_whose_name_holds_no_known_value_is_refused(read: Reader) -> None:
    with pytest.raises(RefusedDeliveryError):
        read(NAMED, "Ticket\n1\n", name="ventes-troc-2025.csv")
