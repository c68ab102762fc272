"""What a layout can say of a file, and what becomes of what it does not say."""

from __future__ import annotations

import io
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
            }
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
            }
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
    ) -> list[Any]:
        layouts = []
        for rank, text in enumerate([layout] if isinstance(layout, str) else layout):
            path = tmp_path / f"layout{rank}.yml"
            path.write_text(text)
            layouts.append(load(path, SPEC, "en"))
        file = tmp_path / "archived"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        found = by_layout.read(
            by_layout.FileToRead(file, name, RECEIVED, work), SPEC, layouts,
            constants=lambda _: {"office": "o", "delivery_id": 1}, zone=zone, language="en",
        )  # fmt: skip
        reader.found = found  # type: ignore[attr-defined]
        assert found.reading.account.balances
        listed = ", ".join(columns) or "sale_id"
        rows = duckdb.execute(
            f"SELECT {listed} FROM read_parquet(?)", [str(found.reading.parquet)]
        ).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    return reader


def faults(read: Any) -> list[tuple[Any, ...]]:
    """Sheet, line, position of the column, rule and text of each faulty cell."""
    paths = read.found.reading.account.quarantine
    query = "SELECT sheet, line, position, rule, found FROM read_parquet(?) ORDER BY line"
    return duckdb.execute(query, [str(paths[0])]).fetchall() if paths else []


def notices(read: Any) -> str:
    return plain(" ; ".join(read.found.reading.notices))


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
    for title, state, rows_of in more.get("others", ()):
        other = book.create_sheet(title)
        other.sheet_state = state
        for row in rows_of:
            other.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


DATED = BASE + "  sold_on: {heading: Date}\n"
PRICED = BASE + "  amount_eur: {heading: Montant}\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_encoding_and_separator_are_decided_by_content(read: Reader, encoding: str, separator: str) -> None:
    text = f"Ticket{separator}Bureau\nT1{separator}Fleurance été\n" + f"T2{separator}Auch\n" * 1
    layout = BASE + "  desk: {heading: Bureau}\n"
    assert read(layout, text.encode(encoding), "sale_id", "desk") == [("T1", "Fleurance été"), ("T2", "Auch")]


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


def test_merged_headings_are_read_together(read: Reader) -> None:
    layout = BASE + "  amount_eur: {heading: Montant TTC}\n"
    rows = [["Ticket", "Montant", None, "Taxe", None], [None, "HT", "TTC", "HT", "TTC"], ["T1", 1, 2, 3, 4]]
    assert read(layout, workbook(*rows, merged=["A1:A2", "B1:C1", "D1:E1"]), "amount_eur") == [2]


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
    stored = duckdb.execute("FROM read_parquet(?)", [str(read.found.reading.parquet)]).fetchall()  # type: ignore[attr-defined]
    assert "example.org" not in str(stored)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["13/02/2026", "03/02/2026"], [date(2026, 2, 13), date(2026, 2, 3)]),
        (["02/13/2026", "02/03/2026"], [date(2026, 2, 13), date(2026, 2, 3)]),
        (["2026-02-03", "2026/02/03"], [date(2026, 2, 3)] * 2),
        (["1er juin 2025", "7 sept. 2025 20:13"], [date(2025, 6, 1), date(2025, 9, 7)]),
        (["lundi 4 août 2025"], [date(2025, 8, 4)]),
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


def test_a_number_whose_thousands_are_not_three_digits_is_a_faulty_cell(read: Reader) -> None:
    read(PRICED, "Ticket;Montant\nT1;12 5\nT2;3\n")
    assert faults(read) == [(None, 2, 2, "not_a_number", "12 5")]


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
    rows = [["Ticket"], [1234567890123456789], ["1.22158E+17"], [date(2026, 1, 2)], ["T4"]]
    assert read(BASE, workbook(*rows)) == ["T4"]
    assert [fault[:4] for fault in faults(read)] == [("Ventes", n, 1, "spoilt_identifier") for n in (2, 3, 4)]


def test_hidden_rows_are_data_and_hidden_sheets_are_not(read: Reader) -> None:
    sheets = [("Vieux", "hidden", [["Ticket"], ["T9"]]), ("Copie", "visible", [["Ticket"], ["T8"]])]
    assert read(BASE, workbook(["Ticket"], ["T1"], ["T2"], hidden_rows=[3], others=sheets)) == ["T1", "T2"]
    assert "other sheets have the same columns and were not read: « Copie »" in notices(read)


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


def test_values_have_synonyms_and_a_new_one_is_told(read: Reader) -> None:
    layout = BASE + "  method: {heading: Mode, values: {card: [CB, Carte bleue], cash: [Espèces]}}\n"
    text = "Ticket;Mode\nT1;cb\nT2;ESPECES\nT3;card\nT4;Chèque\n"
    assert read(layout, text, "method") == ["card", "cash", "card", "other"]
    assert "unknown values of “Mode”" in notices(read)


def test_a_constant_and_the_name_of_the_file_fill_columns(read: Reader) -> None:
    layout = BASE + "  desk: {file_name: '^ventes-(.+)-\\d{4}'}\n  method: {constant: cash}\n"
    assert read(layout, "Ticket\nT1\n", "desk", "method", name="ventes-auch-2026.csv") == [("auch", "cash")]
    with refused("does not tell “desk”"):
        read(layout, "Ticket\nT1\n", name="autre.csv")


def test_the_sign_of_an_amount_may_stand_in_another_column(read: Reader) -> None:
    layout = BASE + "  amount_eur: {heading: Montant, sign: {heading: Sens, minus: Débit, plus: Crédit}}\n"
    text = "Ticket;Montant;Sens\nT1;2,50;debit\nT2;3,00;Crédit\nT3;4,00;?\nT4;-1,00;Débit\n"
    assert read(layout, text, "amount_eur") == [Decimal("-2.5"), Decimal(3)]
    assert [fault[3] for fault in faults(read)] == ["unknown_sign", "negative"]


def test_a_cell_may_hold_a_list_whose_labels_hold_the_separator(read: Reader) -> None:
    layout = (
        BASE + '  themes: {heading: T, separator: ",", values: {walks: "Balades, randonnées", food: Repas}}\n'
    )
    text = "Ticket;T\nT1;Repas, Balades, randonnées\nT2;Balades, randonnées\nT3;Repas,Golf\nT4;\n"
    assert read(layout, text, "themes") == ["food,walks", "walks", "food,other", None]
    assert "unknown values" in notices(read)


def test_rows_are_kept_by_a_status_under_a_named_rule(read: Reader) -> None:
    layout = BASE + "rows: {keep: {heading: Statut, values: [Payé], otherwise: cancelled}}\n"
    assert read(layout, "Ticket;Statut\nT1;payé\nT2;Annulé\nT3;\n") == ["T1"]
    assert "cancelled 2" in notices(read)


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


def test_the_model_reads_as_yaml_what_the_reader_needs() -> None:
    assert yaml.safe_load(BASE)["columns"] == {"sale_id": {"heading": "Ticket"}}
