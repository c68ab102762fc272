"""The strict reader: what becomes of every row of a good, bad or wild file."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.reading import fields
from sources.reading.delimited import open_delimited
from sources.reading.fields import Field
from sources.reading.heading import Heading, column_names
from sources.reading.judging import Filter, Reading, read_strictly
from sources.reading.rows import TextRows, connect
from sources.reading.zips import WORKBOOK
from tests.refusals import refused
from tests.sources.reading.opening import open_sheet
from warehouse.clock import naive_utc
from warehouse.errors import RefusedDeliveryError
from warehouse.words.shapes import plain

RECEIVED = naive_utc(datetime(2026, 1, 5, 1, 30, tzinfo=UTC))
HEADING = Heading(
    columns={"name": ("Nom", "Name"), "day": ("Date",), "count": ("Entrées", "In"), "note": ("Note",)},
    required=frozenset({"name", "day", "count"}),
)
TYPES = {"name": "VARCHAR", "day": "DATE", "count": "BIGINT"}
GOOD = "Nom;Date;Entrées\nA;01/02/2025;10\nB;02/02/2025;20\n"


def columns() -> list[Field]:
    return [
        fields.text("name", "name", required=True),
        fields.day("day", "day", ["%d/%m/%Y", "%Y-%m-%d"], RECEIVED, required=True),
        fields.whole("count", "count", required=True),
    ]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = connect(tmp_path)
    yield opened
    opened.close()


class Reader:
    """Reads text or bytes as a file of the test's table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, work: Path) -> None:
        self.connection, self.work = connection, work

    def open(self, content: str | bytes, **how: Any) -> TextRows:
        path = self.work / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_delimited(self.connection, path, "porte.csv", HEADING, self.work, **how)

    def judge(
        self, rows: TextRows, key: Sequence[str] = (), cells: Sequence[Field] | None = None, **how: Any
    ) -> Reading:
        wanted = columns() if cells is None else cells
        return read_strictly(self.connection, rows, wanted, TYPES, key, "counts", self.work, **how)

    def read(self, content: str | bytes, key: Sequence[str] = ("name", "day"), **how: Any) -> Reading:
        opening = {name: how.pop(name) for name in ("separator", "encoding") if name in how}
        return self.judge(self.open(content, **opening), key, **how)


@pytest.fixture
def reader(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Reader:
    return Reader(connection, tmp_path)


def sums(reading: Reading) -> tuple[int, int, int, int, int]:
    """Rows read, loaded, quarantined, duplicate, filtered."""
    a = reading.account
    assert a.balances
    assert pq.read_table(reading.parquet).num_rows == a.rows_loaded
    return a.rows_read, a.rows_loaded, a.rows_quarantined, a.rows_duplicate, a.rows_filtered


def loaded(reading: Reading) -> list[tuple[Any, ...]]:
    table = pq.read_table(reading.parquet)
    return [tuple(row[name] for name in TYPES) for row in table.to_pylist()]


def quarantined(reading: Reading) -> list[tuple[int, str, str]]:
    """Line, column and rule of each quarantined row."""
    return [
        (row["line"], row["column"], row["rule"])
        for path in reading.account.quarantine
        for row in pq.read_table(path).to_pylist()
    ]


def reasons(reading: Reading) -> list[str]:
    return [
        plain(row["reason"]) for path in reading.account.quarantine for row in pq.read_table(path).to_pylist()
    ]


# --- good files in all their forms -----------------------------------------------------------------------


def test_a_clean_file_is_loaded_whole_in_its_order(reader: Reader) -> None:
    reading = reader.read(GOOD)
    assert sums(reading) == (2, 2, 0, 0, 0)
    assert loaded(reading) == [("A", date(2025, 2, 1), 10), ("B", date(2025, 2, 2), 20)]
    assert reading.notices == ()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="UTF-8 with a byte order mark"),
        pytest.param(GOOD.encode("utf-16"), id="UTF-16 little endian"),
        pytest.param(b"\xfe\xff" + GOOD.encode("utf-16-be"), id="UTF-16 big endian"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param(GOOD.replace("\n", "\r").encode(), id="lone carriage returns"),
        pytest.param(GOOD.rstrip("\n").encode(), id="no line end at the end"),
        pytest.param(GOOD.replace("Entrées", "  ENTREES ").encode(), id="heading in another case"),
        pytest.param(GOOD.replace("A;", '"A";').encode(), id="quoted cells"),
        pytest.param(("Export du 3 mars\n\nBureau;Auch\n" + GOOD).encode(), id="heading on line 4"),
        pytest.param(GOOD.replace("10", "\u00a010 ").encode(), id="spaces around a number"),
    ],
)
def test_a_file_in_another_form_gives_the_same_rows(reader: Reader, content: bytes) -> None:
    reading = reader.read(content)
    assert loaded(reading) == [("A", date(2025, 2, 1), 10), ("B", date(2025, 2, 2), 20)]
    assert sums(reading) == (2, 2, 0, 0, 0)


def test_a_declared_cp1252_file_is_read(reader: Reader) -> None:
    reading = reader.read(GOOD.replace("A;", "Été;").encode("cp1252"), encoding="cp1252")
    assert loaded(reading)[0][0] == "Été"


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_thousands_are_apart_by_any_of_the_french_spaces(reader: Reader, space: str) -> None:
    assert loaded(reader.read(f"Nom;Date;Entrées\nA;01/02/2025;25{space}646\n"))[0][2] == 25646


def test_a_file_with_a_heading_only_is_healthy_and_empty(reader: Reader) -> None:
    assert sums(reader.read("Nom;Date;Entrées\n")) == (0, 0, 0, 0, 0)


def test_a_heading_without_line_end_is_healthy_and_empty(reader: Reader) -> None:
    assert sums(reader.read("Nom;Date;Entrées")) == (0, 0, 0, 0, 0)


def test_an_optional_column_may_be_absent(reader: Reader) -> None:
    assert "note" in reader.open(GOOD).source


# --- refused whole ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_an_empty_file_is_refused_with_the_remedy(reader: Reader, content: bytes) -> None:
    with refused(r"porte\.csv est vide.*Relancez l'export"):
        reader.read(content)


def test_a_wrong_encoding_is_refused_and_its_line_named(reader: Reader) -> None:
    with refused(r"porte\.csv n'est pas en utf-8 \(ligne 3\)"):
        reader.read(b"Nom;Date;Entr\xc3\xa9es\nA;01/02/2025;10\n\xc9t\xe9;02/02/2025;20\n")


def test_a_wrong_encoding_far_down_is_refused_and_its_line_named(reader: Reader) -> None:
    content = b"Nom;Date;In\n" + b"A;01/02/2025;10\n" * 5000 + b"\xc9t\xe9;02/02/2025;20\n"
    with refused(r"utf-8 \(ligne 5002\)"):
        reader.read(content)


def test_bytes_that_are_no_text_in_a_column_that_nobody_reads_move_no_line(reader: Reader) -> None:
    lines = [
        b"Nom;Date;In;Carte",
        *[b"A;01/02/2025;10;x"] * 40,
        b"B;02/02/2025;5;\xff\xfe",
        b"C;03/02/2025;x;y",
    ]
    reading = reader.read(b"\n".join(lines) + b"\n")
    assert quarantined(reading) == [(43, "In", "not_a_number")]


def test_bytes_that_cp1252_does_not_know_are_refused_and_their_line_named(reader: Reader) -> None:
    with refused(r"n'est pas en cp1252 \(ligne 2\)"):
        reader.read(b"Nom;Date;In\nA\x81;01/02/2025;10\n", encoding="cp1252")


def test_a_cut_utf_16_file_is_refused(reader: Reader) -> None:
    with refused("n'est pas en utf-16"):
        reader.read(GOOD.encode("utf-16")[:-1])


def test_a_wrong_separator_is_refused_and_both_are_named(reader: Reader) -> None:
    with refused(r"porte\.csv est séparé par ',' et non par ';'"):
        reader.read(GOOD.replace(";", ","))


def test_a_missing_column_refuses_the_file_by_its_name(reader: Reader) -> None:
    with refused(r"obligatoire absente : « Entrées ».*entier est refusé"):
        reader.read("Nom;Date\nA;01/02/2025\n")


def test_all_missing_columns_are_named_at_once(reader: Reader) -> None:
    with refused("« Date », « Entrées »"):
        reader.read("Nom;Ville\nA;Auch\n")


# --- loaded with a notice --------------------------------------------------------------------------------


def test_an_unknown_column_is_reported_once_and_the_rows_are_loaded(reader: Reader) -> None:
    reading = reader.read("Nom;Date;Météo;Entrées\nA;01/02/2025;pluie;10\nB;02/02/2025;soleil;20\n")
    assert sums(reading) == (2, 2, 0, 0, 0)
    assert plain(*reading.notices) == "colonnes inconnues, non chargées : « Météo »"


def test_an_unknown_category_is_loaded_as_other_and_its_text_reported_once(reader: Reader) -> None:
    rows = reader.open("Nom;Date;In\nIn;01/02/2025;1\nZig;01/02/2025;2\nzig;02/02/2025;3\nZag;02/02/2025;4\n")
    kind = fields.category("name", "name", {"in": "entry"}, required=True)
    reading = read_strictly(reader.connection, rows, [kind, *columns()[1:]], TYPES, (), "counts", reader.work)
    assert [row[0] for row in loaded(reading)] == ["entry", "other", "other", "other"]
    notice = plain(*reading.notices)
    assert notice.startswith("valeurs inconnues de « Nom »")
    assert all(value in notice for value in ("« Zig » (1)", "« zig » (1)", "« Zag » (1)"))


def test_a_total_line_is_filtered_by_name(reader: Reader) -> None:
    total = Filter("total_line", "lower(name) LIKE 'total%'")
    reading = reader.read(GOOD + "Total;;30\n", filters=[total])
    assert sums(reading) == (3, 2, 0, 0, 1)
    assert reading.notices == ("lignes écartées : total_line 1",)


def test_a_total_line_with_fewer_cells_is_filtered_as_a_footer(reader: Reader) -> None:
    reading = reader.read(GOOD + "Total : 30\n", footer="(?i)^total")
    assert sums(reading) == (3, 2, 0, 0, 1)


# --- quarantined, with the line --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        (";03/02/2025;5", "Nom", "missing_value"),
        ("C;03/02/2025;", "Entrées", "missing_value"),
        ("C;31/02/2025;5", "Date", "not_a_date"),
        ("C;01/01/1970;5", "Date", "date_too_early"),
        ("C;06/01/2026;5", "Date", "date_in_the_future"),
        ("C;03/02/2025;cinq", "Entrées", "not_a_number"),
        ("C;03/02/2025;1,5", "Entrées", "not_a_number"),
        ("C;03/02/2025;99999999999999999999", "Entrées", "not_a_number"),
        ("C;03/02/2025;-5", "Entrées", "negative"),
        ("C;03/02/2025", None, "wrong_number_of_cells"),
        ("C;03/02/2025;5;6", None, "wrong_number_of_cells"),
        ("A;01/02/2025;11", "name, day", "conflicting_key"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_line_and_the_others_are_loaded(
    reader: Reader, row: str, column: str, rule: str
) -> None:
    reading = reader.read(GOOD + row + "\nZ;04/02/2025;40\n")
    assert quarantined(reading) == [(4, column, rule)]
    assert sums(reading) == (4, 3, 1, 0, 0)


def test_the_reason_shows_the_value_and_the_fault(reader: Reader) -> None:
    assert reasons(reader.read(GOOD + "C;03/02/2025;cinq\n")) == ["« cinq » n'est pas un nombre"]


def test_the_reason_of_a_personal_column_never_shows_the_value(reader: Reader) -> None:
    rows = reader.open("Nom;Date;In\nDupont;01/02/2025;1\nDupont;01/02/2025;2\n;01/02/2025;2\n")
    secret = fields.text("name", "name", personal=True)
    strict = Field(**{**vars(secret), "checks": (("not_a_number", "name = 'Dupont'"),)})
    reading = read_strictly(
        reader.connection, rows, [strict, *columns()[1:]], TYPES, (), "counts", reader.work
    )
    assert len(reasons(reading)) == 2
    assert not [reason for reason in reasons(reading) if "Dupont" in reason]


def test_lines_are_right_after_blank_lines(reader: Reader) -> None:
    reading = reader.read("Nom;Date;In\n\nA;01/02/2025;1\n\n\nB;01/02/2025;x\n")
    assert quarantined(reading) == [(6, "In", "not_a_number")]


def test_lines_are_right_after_a_quoted_line_break(reader: Reader) -> None:
    reading = reader.read('Nom;Date;In\n"A\nsuite";01/02/2025;1\nB;01/02/2025;x\nC;01/02/2025\n')
    assert quarantined(reading) == [(4, "In", "not_a_number"), (5, None, "wrong_number_of_cells")]
    assert loaded(reading) == [("A\nsuite", date(2025, 2, 1), 1)]


def test_lines_are_right_after_malformed_rows_and_a_late_heading(reader: Reader) -> None:
    reading = reader.read("Export\nNom;Date;In\nA;01/02/2025\nB;01/02/2025;2\nC;01/02/2025;x\n")
    assert quarantined(reading) == [(3, None, "wrong_number_of_cells"), (5, "In", "not_a_number")]


def test_lines_are_right_with_windows_line_ends(reader: Reader) -> None:
    reading = reader.read("Nom;Date;In\r\nA;01/02/2025;1\r\n\r\nB;01/02/2025;x\r\nC;1\r\n")
    assert quarantined(reading) == [(4, "In", "not_a_number"), (5, None, "wrong_number_of_cells")]


# --- headings that are nearly alike -----------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Piétons ←;Piétons →", "Piétons →;Piétons ←", "PIETONS ← ; piétons  →"])
def test_headings_that_differ_by_a_sign_are_two_columns(title: str) -> None:
    heading = Heading({"in": ("Piétons →",), "out": ("Piétons ←",)}, frozenset())
    names = column_names(title.split(";"), heading)
    assert [("in" if "→" in cell else "out") for cell in title.split(";")] == names


def test_a_heading_with_another_sign_is_unknown(reader: Reader) -> None:
    assert "« Entrées → »" in plain(reader.read("Nom;Date;Entrées;Entrées →\nA;01/02/2025;1;70\n").notices[0])


def test_a_heading_as_it_is_written_goes_before_one_that_fits_when_folded(reader: Reader) -> None:
    reading = reader.read("Nom;Date;Entrees;Entrées\nA;01/02/2025;70;5\n")
    assert loaded(reading) == [("A", date(2025, 2, 1), 5)]
    assert "« Entrees »" in plain(reading.notices[0])


@pytest.mark.parametrize("title", ["Entrées;Entrées", "entrees;ENTREES", "Entrees;Éntrées"])
def test_two_columns_that_fit_one_heading_are_refused_by_their_names(reader: Reader, title: str) -> None:
    one, other = title.split(";")
    with refused(rf"« Entrées » : « {one} » \(3\), « {other} » \(4\)"):
        reader.read(f"Nom;Date;{title}\nA;01/02/2025;70;5\n")


# --- broken quotes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(['"A;01/02/2025;1', "B;01/02/2025;2", 'C";01/02/2025;3'], id="closed two lines later"),
        pytest.param(['A;01/02/2025;"1', 'B;01/02/2025;2"'], id="closed on the next line"),
        pytest.param(["A;01/02/2025;1", 'B;01/02/2025;"2'], id="open on the last line"),
        pytest.param(["A;01/02/2025;1", 'B;"01/02/2025;2', "C;01/02/2025;3"], id="open to the end"),
        pytest.param(['A;01/02/2025;"1', "B;01/02/2025", 'C;01/02/2025;3"'], id="over a short line"),
        pytest.param(['A;01/02/2025;"1', "B;01/02/2025;2", "", 'C;01/02/2025;3"'], id="over a blank line"),
    ],
)
def test_a_broken_quote_swallows_no_line(reader: Reader, lines: list[str]) -> None:
    reading = reader.read("Nom;Date;In\n" + "\n".join(lines) + "\n", key=())
    assert sums(reading)[0] == sum(line != "" for line in lines)
    opened = next(rank for rank, line in enumerate(lines, 2) if '"' in line)
    assert f"ligne {opened} " in reading.notices[0]


@pytest.mark.parametrize(
    "row",
    ['"A\nsuite";01/02/2025;1', '"A\n\n;a ""b""";01/02/2025;1', 'A;01/02/2025;"1\n"', '"A;\nB";01/02/2025;1'],
)
def test_a_sound_cell_over_several_lines_stays_one_cell(reader: Reader, row: str) -> None:
    reading = reader.read(f"Nom;Date;In\n{row}\nZ;02/02/2025;2\n")
    assert reading.account.rows_read == 2
    assert reading.notices == ()


def test_lines_are_right_behind_a_broken_quote(reader: Reader) -> None:
    reading = reader.read('Nom;Date;In\n"A;01/02/2025;1\nB;01/02/2025;2\nC;01/02/2025;x\n')
    assert quarantined(reading) == [(2, None, "wrong_number_of_cells"), (4, "In", "not_a_number")]


def test_a_broken_quote_before_a_cell_of_more_than_128_kb_is_no_error(reader: Reader) -> None:
    lines = "".join(f"A;01/02/2025;{n}\n" for n in range(10_000))
    reading = reader.read('Nom;Date;In\n"Z;01/02/2025;1\n' + lines, key=())
    assert reading.account.rows_read == 10_001


# --- repeated rows ---------------------------------------------------------------------------------------


def test_a_row_repeated_in_every_column_is_a_duplicate(reader: Reader) -> None:
    assert sums(reader.read(GOOD + "A;01/02/2025;10\n")) == (3, 2, 0, 1, 0)


def test_a_duplicate_written_in_another_form_is_a_duplicate_too(reader: Reader) -> None:
    assert sums(reader.read(GOOD + " A ;2025-02-01;10\n")) == (3, 2, 0, 1, 0)


def test_the_first_of_two_conflicting_rows_is_loaded(reader: Reader) -> None:
    reading = reader.read(GOOD + "A;01/02/2025;11\nA;01/02/2025;11\nA;01/02/2025;10\n")
    assert sums(reading)[:2] == (5, 2)
    assert loaded(reading)[0] == ("A", date(2025, 2, 1), 10)


def test_without_a_key_equal_rows_are_as_many_rows(reader: Reader) -> None:
    reading = reader.read(GOOD + "A;01/02/2025;11\nA;01/02/2025;10\n", key=())
    assert sums(reading) == (4, 4, 0, 0, 0)


def test_rows_that_nothing_identifies_are_as_many_rows(reader: Reader) -> None:
    lines = "A;01/02/2025;10\nC;01/02/2025;1\nC;01/02/2025;1\n"
    reading = reader.read(GOOD + lines, key=("name", "day"), identified="name <> 'C'")
    assert sums(reading) == (5, 4, 0, 1, 0)


# --- totals ----------------------------------------------------------------------------------------------

TOTAL = Filter("total_line", "starts_with(lower(name), 'total')")


def controls(reading: Reading) -> list[tuple[int, str, int, int]]:
    return [(c.line, c.column, int(c.stated), int(c.loaded)) for c in reading.account.controls]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("Total;;30\n", [(4, "Entrées", 30, 30)]),
        ("Total;;31\n", [(4, "Entrées", 31, 30)]),
        # A duplicate, a row set aside: what is missing shows in the total.
        ("A;01/02/2025;10\nTotal;;40\n", [(5, "Entrées", 40, 30)]),
        ("C;hier;10\nTotal;;40\n", [(5, "Entrées", 40, 30)]),
        # A total of each part, then of all.
        (
            "Total;;30\nC;02/02/2025;5\nTotal C;;5\nTotal général;;35\n",
            [(4, "Entrées", 30, 30), (6, "Entrées", 5, 5), (7, "Entrées", 35, 35)],
        ),
        ("Total;;1.234,00 €\n", [(4, "Entrées", 1234, 30)]),
        ("Total;;\n", []),
        # Too few cells to tell whose the number is.
        ("TOTAL;30\n", [(4, "Entrées", 30, 30)]),
        ("TOTAL;29\n", [(4, "Entrées", 29, 30)]),
        ("TOTAL\n", []),
    ],
)
def test_the_total_of_a_file_is_compared_with_what_was_loaded(
    reader: Reader, lines: str, found: list[tuple[int, str, int, int]]
) -> None:
    reading = reader.read(GOOD + lines, filters=[TOTAL], footer="(?i)^total", totals=["count"])
    assert controls(reading) == found
    differs = any(stated != sums for *_, stated, sums in found)
    assert any(": écart" in notice for notice in reading.notices) is differs


def test_a_total_at_the_head_is_that_of_the_file(reader: Reader) -> None:
    text = "Nom;Date;Entrées\nTotal;;30\nA;01/02/2025;10\nB;02/02/2025;20\n"
    assert controls(reader.read(text, filters=[TOTAL], totals=["count"])) == [(2, "Entrées", 30, 30)]


def test_the_difference_is_told_in_words_and_numbers(reader: Reader) -> None:
    text = GOOD.replace("20\n", "1200\n") + "Total;;2345\n"
    reading = reader.read(text, filters=[TOTAL], totals=["count"])
    told = (
        "le total de la ligne 4 (« Entrées ») est de 2\u202f345, les lignes chargées font 1\u202f210 : écart"
    )
    assert reading.notices[0].startswith(f"{told} 1\u202f135.")


def test_more_than_three_wrong_totals_are_told_in_one_notice(reader: Reader) -> None:
    reading = reader.read(GOOD + "Total;;7\n" * 5, filters=[TOTAL], totals=["count"])
    assert len([n for n in reading.notices if ": écart" in n]) == 3
    assert "2 autres totaux" in reading.notices[3]


# --- workbooks -------------------------------------------------------------------------------------------


def workbook(path: Path, rows: Sequence[Sequence[object]], merge: str | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def test_a_workbook_with_a_merged_title_dates_and_numbers_is_read(reader: Reader) -> None:
    path = workbook(
        reader.work / "a.xlsx",
        [
            ["Déclarations 2025", None, None],
            [],
            ["Nom", "Date", "Entrées"],
            ["A", date(2025, 2, 1), 10],
            ["B", datetime.fromisoformat("2025-02-02"), 20.0],
            ["C", "03/02/2025", "30"],
        ],
        merge="A1:C1",
    )
    reading = reader.judge(open_sheet(reader.connection, path, "a.xlsx", HEADING))
    assert loaded(reading) == [
        ("A", date(2025, 2, 1), 10), ("B", date(2025, 2, 2), 20), ("C", date(2025, 2, 3), 30),
    ]  # fmt: skip


def test_the_line_of_a_bad_row_of_a_workbook_is_its_row_in_the_sheet(reader: Reader) -> None:
    path = workbook(
        reader.work / "a.xlsx",
        [["Nom", "Date", "In"], ["A", "01/02/2025", 1], [], ["B", "01/02/2025", -1]],
    )
    reading = reader.judge(open_sheet(reader.connection, path, "a.xlsx", HEADING))
    assert quarantined(reading) == [(4, "In", "negative")]


def test_a_truncated_workbook_is_refused(reader: Reader) -> None:
    path = workbook(reader.work / "a.xlsx", [["Nom", "Date", "In"]] + [["A", "01/02/2025", 1]] * 500)
    path.write_bytes(path.read_bytes()[:-400])
    with refused(r"a\.xlsx est endommagé ou incomplet"):
        open_sheet(reader.connection, path, "a.xlsx", HEADING)


def test_a_workbook_that_would_unpack_to_a_bomb_is_refused(reader: Reader) -> None:
    path = workbook(reader.work / "a.xlsx", [["Nom", "Date", "In"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet2.xml", b" " * (2 * WORKBOOK.ratio_above_bytes))
    with refused(r"a\.xlsx occuperait \d+ octets"):
        open_sheet(reader.connection, path, "a.xlsx", HEADING)


@pytest.mark.parametrize("content", [b"PK\x03\x04 nothing", b"\xd0\xcf\x11\xe0" * 9])
def test_what_is_no_workbook_is_refused(reader: Reader, content: bytes) -> None:
    path = reader.work / "a.xlsx"
    path.write_bytes(content)
    with refused("endommagé"):
        open_sheet(reader.connection, path, "a.xlsx", HEADING)


def test_an_empty_workbook_file_is_refused(reader: Reader) -> None:
    path = reader.work / "a.xlsx"
    path.touch()
    with refused("est vide"):
        open_sheet(reader.connection, path, "a.xlsx", HEADING)


def test_a_workbook_whose_sheet_is_blank_is_refused_for_its_columns(reader: Reader) -> None:
    path = workbook(reader.work / "a.xlsx", [])
    with pytest.raises(RefusedDeliveryError):
        open_sheet(reader.connection, path, "a.xlsx", HEADING)


def test_a_workbook_that_lacks_a_column_is_refused_by_its_name(reader: Reader) -> None:
    path = workbook(reader.work / "a.xlsx", [["Nom", "Date"], ["A", "01/02/2025"]])
    with refused("« Entrées »"):
        open_sheet(reader.connection, path, "a.xlsx", HEADING)


def sheets(path: Path, named: dict[str, list[Sequence[Any]]], hidden: dict[str, str]) -> Path:
    """A workbook of several sheets in their order; `hidden` gives the state of those that are not shown."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, content in named.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(list(row))
        sheet.sheet_state = hidden.get(name, "visible")
    book.save(path)
    return path


LISTS: list[Sequence[Any]] = [["Meublé"], ["Camping"]]
REGISTER: list[Sequence[Any]] = [["Nom", "Date", "In"], ["A", "01/02/2025", 10]]


@pytest.mark.parametrize("state", ["visible", "hidden", "veryHidden"])
def test_the_first_visible_sheet_with_the_headings_is_read(reader: Reader, state: str) -> None:
    named = {"Listes": LISTS, "Registre": REGISTER}
    path = sheets(reader.work / "a.xlsx", named, {"Listes": state})
    reading = reader.judge(open_sheet(reader.connection, path, "a.xlsx", HEADING))
    assert loaded(reading) == [("A", date(2025, 2, 1), 10)]
    assert not reading.notices


def test_a_hidden_sheet_is_never_read_in_place_of_a_visible_one(reader: Reader) -> None:
    old: list[Sequence[Any]] = [["Nom", "Date", "In"], ["Ancien", "01/02/2024", 99]]
    path = sheets(reader.work / "a.xlsx", {"2024": old, "2025": REGISTER}, {"2024": "hidden"})
    assert loaded(reader.judge(open_sheet(reader.connection, path, "a.xlsx", HEADING)))[0][0] == "A"


@pytest.mark.parametrize(
    ("named", "hidden", "told"),
    [
        (
            {"Listes": LISTS, "Notes": [["Nom", "In"]], "Autre": LISTS},
            {"Listes": "hidden"},
            "Feuilles lues : « Notes », « Autre » ; masquées : « Listes ». Dans « Notes », la plus proche, "
            "il manque : « Date »",
        ),
        ({"Notes": LISTS, "Registre": REGISTER}, {"Registre": "hidden"}, "feuille masquée « Registre »"),
    ],
)
def test_the_refusal_of_a_workbook_names_its_sheets(
    reader: Reader, named: dict[str, list[Sequence[Any]]], hidden: dict[str, str], told: str
) -> None:
    path = sheets(reader.work / "a.xlsx", named, hidden)
    with refused(told):
        open_sheet(reader.connection, path, "a.xlsx", HEADING)


def test_a_chart_beside_the_register_is_no_sheet_to_read(reader: Reader) -> None:
    path = workbook(reader.work / "a.xlsx", REGISTER)
    book = openpyxl.load_workbook(path)
    book.create_chartsheet("Graphique", 0)
    book.save(path)
    assert reader.judge(open_sheet(reader.connection, path, "a.xlsx", HEADING)).account.rows_loaded == 1


def test_rows_that_a_filter_left_hidden_are_data(reader: Reader) -> None:
    path = workbook(reader.work / "a.xlsx", [*REGISTER, ["B", "02/02/2025", 20]])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].row_dimensions[2].hidden = True
    book.save(path)
    reading = reader.judge(open_sheet(reader.connection, path, "a.xlsx", HEADING))
    assert [row[0] for row in loaded(reading)] == ["A", "B"]


def test_the_residue_of_a_formula_is_a_number(reader: Reader) -> None:
    path = workbook(reader.work / "a.xlsx", [["Nom", "Date", "In"], ["A", "01/02/2025", 5e-17]])
    rows = open_sheet(reader.connection, path, "a.xlsx", HEADING)
    cell = fields.number("count", "count", is_number=rows.is_number("count"))
    reading = reader.judge(rows, cells=[*columns()[:2], cell])
    assert loaded(reading) == [("A", date(2025, 2, 1), 0)]


@pytest.mark.parametrize("cell", [122158000000000000, 12.5, date(2025, 2, 1), True, "1.22158E+17", "1,2E+13"])
def test_an_identifier_that_the_spreadsheet_spoilt_is_quarantined(reader: Reader, cell: Any) -> None:
    path = workbook(reader.work / "a.xlsx", [["Nom", "Date", "In"], [cell, "01/02/2025", 1]])
    rows = open_sheet(reader.connection, path, "a.xlsx", HEADING)
    name = fields.identifier("name", "name", kind=rows.kind("name"))
    assert quarantined(reader.judge(rows, cells=[name, *columns()[1:]])) == [(2, "Nom", "spoilt_identifier")]


# --- anything at all -------------------------------------------------------------------------------------

WILD = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def read_anything(content: bytes) -> Reading | None:
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder))
        try:
            reading = Reader(connection, Path(folder)).read(content)
            sums(reading)
        except RefusedDeliveryError:
            return None
        finally:
            connection.close()
        return reading


@WILD
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_balance(content: bytes) -> None:
    read_anything(content)


@WILD
@given(st.binary(max_size=120))
def test_any_bytes_below_a_heading_are_refused_or_balance(content: bytes) -> None:
    read_anything(b"Nom;Date;In\nA;01/02/2025;1\n" + content)


@WILD
@given(st.lists(st.text(alphabet='AB";,\n\r\t 01/2-.\u00a0é\x00', max_size=25), max_size=8))
def test_any_text_below_a_heading_is_refused_or_balances(lines: list[str]) -> None:
    read_anything(("Nom;Date;In\n" + "\n".join(lines)).encode())


@WILD
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.just("01/02/2025"), st.sampled_from("12")), min_size=1),
    st.data(),
)
def test_wherever_a_cell_begins_with_a_quote_no_line_vanishes(
    rows: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    cells = [list(row) for row in rows]
    for _ in range(2):
        row = data.draw(st.sampled_from(cells))
        rank = data.draw(st.integers(0, 2))
        row[rank] = data.draw(st.sampled_from(['"' + row[rank], row[rank] + '"']))
    reading = read_anything(("Nom;Date;In\n" + "".join(";".join(row) + "\n" for row in cells)).encode())
    assert reading is not None
    assert reading.account.rows_read == len(rows)


@WILD
@given(
    st.lists(
        st.tuples(
            st.text(
                alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd"),
                max_size=6,
            ),
            st.sampled_from(["01/02/2025", "31/02/2025", "", "01/01/1970", "2025-02-01"]),
            st.sampled_from(["1", "2", "-1", "x", "", "1 000"]),
        ),
        max_size=12,
    )
)
def test_every_row_of_any_well_formed_table_is_accounted_for(rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(["Nom", "Date", "In"])
    writer.writerows(rows)
    reading = read_anything(text.getvalue().encode())
    assert reading is not None
    assert reading.account.rows_read == len(rows)
