"""The wild files: readers that cheat are caught, and ours reads nothing wrong in silence."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from bench.wild.pages import Cell, Fact, File, Line, Text
from bench.wild.reader import read as ours
from bench.wild.registry import book, left_out
from bench.wild.registry import csv as csv_file
from bench.wild.running import LAYOUT_LINES, made, run
from bench.wild.scoring import Named, Read, Verdict, judge
from bench.wild.shapes import SHAPES
from bench.wild.tools import FAMILIES, METHODS, TILL
from bench.wild.writing import write

SEED = 13
AMOUNT = TILL.page(Random(0), rows=1).rank("Montant TTC")


def till(tmp_path: Path, *, total: bool = False, **how: Any) -> tuple[File, Path]:
    """A CSV of a till, written, with a trap in the day of each line."""
    page = TILL.page(Random(SEED), rows=20)
    page.rewrite("Date", lambda _, cell: cell, "sold_on", kind="day")
    if total:
        page.lines.append(left_out("total", "31/07/2025", "TOTAL", "", "", "", "812,50", ""))
    file = replace(csv_file(page, **how), name="till")
    return file, write(file, tmp_path)


def rows_of(path: Path, form: str = "%d/%m/%Y") -> list[dict[str, Any]]:
    """What a plain reader makes of the till's CSV, days read in that form where it fits."""
    families, methods = ({word: ours for ours, word in words.items()} for words in (FAMILIES, METHODS))
    with path.open(encoding="utf-8", newline="") as lines:
        cells = list(csv.reader(lines, delimiter=";"))[1:]
    rows = []
    for day, receipt, article, family, quantity, amount, method in cells:
        fits = form == "%d/%m/%Y" or int(day[:2]) <= 12
        rows.append(
            {
                "sold_on": datetime.strptime(day, form if fits else "%d/%m/%Y").date(),  # noqa: DTZ007
                "receipt": receipt,
                "article": article or None,
                "family": families.get(family),
                "quantity": int(quantity) if quantity else None,
                "amount_eur": Decimal(amount.replace(",", ".")),
                "method": methods.get(method),
            }
        )
    return rows


def kinds(verdict: Verdict) -> set[str]:
    return {error.kind for error in verdict.silent}


# --- the scorer ------------------------------------------------------------------------------------------


def test_a_reader_that_reads_the_truth_makes_no_silent_error(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    verdict = judge(file, Read(rows_of(path)))
    assert (verdict.silent, verdict.rows_right, verdict.as_meant) == ([], 20, True)
    assert verdict.traps == {"right": 20}


def test_a_reader_that_swaps_day_and_month_is_caught_at_each_line(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    verdict = judge(file, Read(rows_of(path, "%m/%d/%Y")))
    # The seventh of July stays what it is.
    assert [error.row for error in verdict.silent] == [row for row in range(2, 14) if row != 8]
    assert kinds(verdict) == {"wrong value"}
    assert verdict.silent[0].read == "sold_on 2025-01-07"
    assert verdict.silent[0].right == "sold_on 2025-07-01"
    assert verdict.traps["silent"] == 11


def test_a_reader_that_loses_rows_is_caught(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    verdict = judge(file, Read(rows_of(path)[:-3]))
    assert [error.row for error in verdict.silent] == [19, 20, 21]
    assert kinds(verdict) == {"row lost"}


def test_a_row_that_is_named_by_its_line_is_not_lost(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    verdict = judge(file, Read(rows_of(path)[1:], [Named(2, "Date", "no day")]))
    assert (verdict.silent, verdict.rows_named, verdict.traps["named"]) == ([], 1, 1)


def test_naming_another_column_than_that_of_the_trap_does_not_count(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    verdict = judge(file, Read(rows_of(path)[1:], [Named(2, "Article", "no article")]))
    assert verdict.silent == []
    assert verdict.traps["unnamed"] == 1


def test_a_row_filtered_by_a_rule_is_lost_all_the_same(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    verdict = judge(file, Read(rows_of(path)[1:], filtered={"total_line": 1}))
    assert kinds(verdict) == {"row lost"}


def test_a_reader_that_loads_a_total_is_caught(tmp_path: Path) -> None:
    file, path = till(tmp_path, total=True)
    verdict = judge(file, Read(rows_of(path)))
    assert kinds(verdict) == {"row too many"}
    assert verdict.traps["silent"] == 1


def test_a_row_loaded_twice_is_one_too_many(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    rows = rows_of(path)
    assert kinds(judge(file, Read([*rows, rows[4]]))) == {"row too many"}


def test_a_reader_that_loads_what_nobody_can_know_is_caught(tmp_path: Path) -> None:
    file, path = till(tmp_path)
    line = file.pages[0].lines[4]
    line.facts = [Fact(line.facts[0].values, "named")]
    verdict = judge(file, Read(rows_of(path)))
    assert [(error.kind, error.row) for error in verdict.silent] == [("wrong value", 6)]


def test_a_reader_that_guesses_where_it_must_refuse_is_caught(tmp_path: Path) -> None:
    file, path = till(tmp_path, refused=["Date"])
    assert kinds(judge(file, Read(rows_of(path)))) == {"guessed"}


def test_a_refusal_must_name_its_reason(tmp_path: Path) -> None:
    file, _ = till(tmp_path, refused=["Date"])
    assert judge(file, Read(refusal="Colonne « date » : deux lectures")).traps == {"named": 20}
    assert judge(file, Read(refusal="Fichier endommagé")).traps == {"unnamed": 20}


def test_a_good_file_that_is_refused_is_no_silent_error_and_is_not_loaded(tmp_path: Path) -> None:
    file, _ = till(tmp_path)
    verdict = judge(file, Read(refusal="Colonne « Date »"))
    assert (verdict.silent, verdict.as_meant, verdict.traps["refused"]) == ([], False, 20)


def test_a_notice_that_is_missing_leaves_its_trap_unmet(tmp_path: Path) -> None:
    file, path = till(tmp_path, told=["Remarque"])
    file.pages[0].traps.append(file.pages[0].lines[0].traps[0])
    assert judge(file, Read(rows_of(path))).traps["unnamed"] == 1
    assert judge(file, Read(rows_of(path), notices=["colonne « Remarque »"])).traps["unnamed"] == 0


# --- the files -------------------------------------------------------------------------------------------


def test_a_workbook_keeps_the_results_of_its_formulas(tmp_path: Path) -> None:
    page = TILL.page(Random(SEED), rows=2)
    page.lines[0].cells[AMOUNT] = Cell("", Decimal("12.5"), "0.00", "10+2.5")
    page.lines[1].cells[AMOUNT] = Cell("", None, formula="10+2.5")
    file = replace(book(page), name="formulas")
    rows = CalamineWorkbook.from_path(str(write(file, tmp_path))).get_sheet_by_index(0).to_python()
    assert [row[AMOUNT] for row in rows[1:]] == [12.5, ""]


def test_days_of_a_workbook_of_1904_are_those_that_were_written(tmp_path: Path) -> None:
    page = TILL.page(Random(SEED), rows=1)
    file = replace(book(page, starts_1904=True), name="mac")
    rows = CalamineWorkbook.from_path(str(write(file, tmp_path))).get_sheet_by_index(0).to_python()
    assert str(rows[1][0]) == "2025-07-01"


def test_lines_know_where_they_stand_below_cells_of_several_lines(tmp_path: Path) -> None:
    page = TILL.page(Random(SEED), rows=2)
    page.lines[0].cells[2] = Cell("a\nb\nc")
    write(File("lines", Text(first="sep=;"), [page]), tmp_path)
    assert [line.row for line in page.lines] == [3, 6]
    assert isinstance(page.lines[0], Line)


def test_a_seed_gives_the_same_file_each_time(tmp_path: Path) -> None:
    one, other = (made("totals_in_the_middle", SEED).files[0] for _ in range(2))
    assert write(one, tmp_path).read_bytes() == write(other, tmp_path).read_bytes()


def test_there_are_fifty_shapes_to_load_and_a_thousand_traps_with_short_layouts() -> None:
    shapes = [made(name, SEED) for name in SHAPES]
    to_load = [s for s in shapes if all(file.refused is None for file in s.files)]
    assert len(to_load) >= 50
    assert sum(file.trap_count for shape in shapes for file in shape.files) >= 1000
    assert [s.name for s in shapes if s.layout_lines > LAYOUT_LINES] == []


# --- our reader ------------------------------------------------------------------------------------------


# What our reader once read wrong in silence, and one of each kind beside it: all take `make bench-wild`.
FAST = (
    "a_category_above_the_months",
    "a_separator_that_moved",
    "apostrophes_in_categories",
    "codes_that_lost_their_zeros",
    "early_days_undeclared",
    "error_cells",
    "formulas_never_computed_of_optional_cells",
    "line_breaks_in_headings",
    "sub_totals",
    "sumup_sales",
    "thin_spaces",
    "titles_with_line_breaks",
)


@pytest.mark.parametrize("shape", FAST)
def test_nothing_is_read_wrong_in_silence(shape: str, tmp_path: Path) -> None:
    (outcomes,) = run(ours, [shape], [SEED], tmp_path)
    assert [error for verdict in outcomes.verdicts for error in verdict.silent] == []
    assert outcomes.is_as_meant
