"""CSV files that spreadsheets open: no cell runs, numbers stay numbers, and one writer writes them all."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest

from reports.exports.cells import CsvWriter, harmless
from reports.exports.selection import Asked, published_tables, select
from reports.exports.writing import write_csv
from tests.reports.exports.small import DANGEROUS, small_version

ROOT = Path(__file__).parents[3]


RUN = ("=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t1", "\r1", "\uff1d1+1", "- 5")
NUMBERS = (-12, Decimal("-3.50"), -0.5, "-12", "-3,5", "+4", "-1.5e-07", None, "", "0012")


@pytest.mark.parametrize("text", RUN)
def test_a_text_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(text: str) -> None:
    assert harmless(text) == f"'{text}"


WITHIN = {
    "a;=1+1;b": "a;'=1+1;b", "a, +1+cmd": "a, '+1+cmd", "a\t@SUM(A1)": "a\t'@SUM(A1)", "a\n=1": "a\n'=1",
    'a "=1" b': "a \"'=1\" b", '["=1"]': "[\"'=1\"]", "=1;=2": "'=1;'=2", "a;-1+1": "a;'-1+1",
    "\t=1": "'\t'=1", "\r=1": "'\r'=1", "a;\uff1d1": "a;'\uff1d1", 'a";=1': "a\";'=1",
}  # fmt: skip


@pytest.mark.parametrize("text", WITHIN)
def test_a_text_of_which_another_separator_makes_a_formula_has_an_apostrophe_within(text: str) -> None:
    assert harmless(text) == WITHIN[text]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("text", [*RUN, *WITHIN])
def test_no_cell_runs_whatever_separator_the_file_is_opened_with(text: str, delimiter: str) -> None:
    file = io.StringIO()
    CsvWriter(file).writerow(["x", text, f"x;{text}"])
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        for line in csv.reader(file.getvalue().splitlines(), delimiter=delimiter, quoting=quoting):
            assert [cell for cell in line if re.match('["\\s]*[=+@-]', cell)] == []


ORDINARY = (
    "Auch = Gers",
    "l'été",
    "Auch, Gers",
    "10-12",
    "2025-01-01; 2025-02-01",
    "[1, -2]",
    "48.1,-0.5",
    "a - b",
)


@pytest.mark.parametrize("cell", [*NUMBERS, *ORDINARY])
def test_numbers_and_ordinary_texts_stay_as_they_are(cell: object) -> None:
    assert harmless(cell) is cell


def test_no_cell_of_an_exported_csv_runs(tmp_path: Path) -> None:
    connection = small_version()
    write_csv(connection, select(published_tables(connection), "site", Asked(), "fr"), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        names = [row["site_name"] for row in csv.DictReader(file)]
    assert len(names) == len(DANGEROUS)
    assert [name for name in names if re.match(r"[=+\-@\t]", name) and name not in ("+1", "-1")] == []


def test_every_cell_of_a_row_is_written_harmless() -> None:
    file = io.StringIO()
    CsvWriter(file, lineterminator="\n", delimiter=";").writerows([["=1", -2], ["@x", "y"]])
    assert file.getvalue() == "'=1;-2\n'@x;y\n"


@pytest.mark.parametrize(
    ("written", "by"),
    [
        (r"csv\.(?:Dict)?[wW]riter\(", "reports/exports/cells.py"),
        (r"\b(?<!def )(?:Workbook|load_workbook)\(", "reports/workbook.py"),
    ],
)
def test_whatever_people_are_given_is_written_by_one_writer(written: str, by: str) -> None:
    """Sources write CSV for their own readers, and workbooks that people fill in or mend."""
    own = {
        path.relative_to(ROOT).as_posix()
        for room in ("flows", "reports", "warehouse", "expectations")
        for path in (ROOT / room).rglob("*.py")
        if re.search(written, path.read_text(encoding="utf-8"))
    }
    assert own == {by}
