"""Operators' statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.refusals import refused
from warehouse.words.shapes import plain

Any_ = Callable[..., Any]
TABLE = "tax_operator_statements"
HEADING = (
    "Référence;Plateforme;Période du;Période au;Date de perception;Code INSEE;"
    "Nuitées;Montant de la taxe;Motif"
)
FIXTURES = Path(__file__).with_name("fixtures")
HALF = "01/01/2025;30/06/2025"


def _write(
    folder: Path, name: str, lines: list[str], encoding: str = "utf-8", heading: str = HEADING
) -> Path:
    path = folder / name
    path.write_bytes("\r\n".join([heading, *lines, ""]).encode(encoding))
    return path


def test_a_statement_in_cp1252_with_decimal_commas_and_a_total_line_is_read(
    read_file: Any_, rows_of: Any_
) -> None:
    reading = read_file(FIXTURES / "booking-2025-S1.csv")
    assert rows_of(reading, TABLE, "statement_reference, operator, declared_eur, adjustment") == [
        ("B1", "Booking", Decimal("6.4500"), None),
        ("B2", "Booking", Decimal("1006.4500"), "correction"),
    ]
    assert reading.account.rows_filtered == 1
    assert "total_line 1" in plain(reading.account.message)


def test_a_short_total_line_is_filtered_too(tmp_path: Path, read_file: Any_) -> None:
    lines = [f"B1;Booking;{HALF};12/04/2025;32013;4;6,45;", "TOTAL;6,45"]
    account = read_file(_write(tmp_path, "booking-2025-S1.csv", lines, "cp1252")).account
    assert (account.rows_read, account.rows_loaded, account.rows_filtered) == (2, 1, 1)


def test_a_statement_in_another_encoding_than_declared_is_refused_by_name(
    tmp_path: Path, read_file: Any_
) -> None:
    with refused("utf-8"):
        read_file(
            _write(tmp_path, "airbnb-2025-S1.csv", [f"A1;Airbnb;{HALF};12/04/2025;32013;4;6.45;é"], "cp1252")
        )


def test_another_separator_is_named(tmp_path: Path, read_file: Any_) -> None:
    line = f"A1;Airbnb;{HALF};12/04/2025;32013;4;6.45;".replace(";", ",")
    path = _write(tmp_path, "airbnb-2025-S1.csv", [line], heading=HEADING.replace(";", ","))
    with refused("','"):
        read_file(path)


def test_a_missing_amount_column_is_named(tmp_path: Path, read_file: Any_) -> None:
    path = _write(tmp_path, "gtg-2025-S1.csv", [HALF], heading="Période du;Période au")
    with refused("« Montant de la taxe »"):
        read_file(path)


def test_a_statement_of_the_half_year_alone_counts_on_its_last_day_and_says_so(
    tmp_path: Path, read_file: Any_, rows_of: Any_
) -> None:
    path = _write(
        tmp_path, "autres-operateurs-2025-S1.csv", [f"{HALF};10,00", f"{HALF};12,00"],
        heading="Période du;Période au;Montant de la taxe",
    )  # fmt: skip
    assert rows_of(read_file(path), TABLE, "declared_eur, operator, perceived_on, is_month_assumed") == [
        (Decimal("10.0000"), "other_operators", date(2025, 6, 30), True),
        (Decimal("12.0000"), "other_operators", date(2025, 6, 30), True),
    ]


def test_a_balance_of_the_year_before_keeps_its_own_day(
    tmp_path: Path, read_file: Any_, rows_of: Any_
) -> None:
    path = _write(tmp_path, "airbnb-2025-S1.csv", [f"A1;Airbnb;{HALF};30/12/2024;32013;4;6.45;"])
    assert rows_of(read_file(path), TABLE, "perceived_on, statement_start, is_month_assumed") == [
        (date(2024, 12, 30), date(2025, 1, 1), False)
    ]


def test_an_operator_that_nobody_declares_is_loaded_as_other_and_its_text_reported_once(
    tmp_path: Path, read_file: Any_, rows_of: Any_
) -> None:
    lines = [f"G{n};Gites du Gers;{HALF};12/04/2025;32013;4;6,45;" for n in range(3)]
    reading = read_file(_write(tmp_path, "gtg-2025-S1.csv", lines))
    assert rows_of(reading, TABLE, "DISTINCT operator, statement_operator") == [("other", "GTG")]
    assert plain(reading.account.message).count("« Gites du Gers »") == 1


def test_a_negative_amount_needs_a_reason(
    tmp_path: Path, read_file: Any_, rows_of: Any_, reasons_of: Any_
) -> None:
    lines = [
        f"A1;Airbnb;{HALF};12/04/2025;32013;4;-6.45;Remboursement",
        f"A2;Airbnb;{HALF};12/04/2025;32013;4;-6.45;",
        f"A3;Airbnb;{HALF};12/04/2025;31555;4;6.45;",
    ]
    reading = read_file(_write(tmp_path, "airbnb-2025-S1.csv", lines))
    assert rows_of(reading, TABLE, "statement_reference") == [("A1",)]
    assert reasons_of(reading) == [
        (3, "Montant de la taxe", "negative_without_reason"),
        (4, "Code INSEE", "outside_territory"),
    ]


def test_equal_lines_of_a_statement_without_references_are_lines(tmp_path: Path, read_file: Any_) -> None:
    heading = HEADING.removeprefix("Référence;")
    lines = [f"Airbnb;{HALF};12/04/2025;32013;2;3.23;"] * 3 + ["Total;;;;;6;9.69;"]
    account = read_file(_write(tmp_path, "airbnb-2025-S1.csv", lines, heading=heading)).account
    assert (account.rows_loaded, account.rows_duplicate) == (3, 0)
    assert {(c.column, c.stated == c.loaded) for c in account.controls} == {
        ("Montant de la taxe", True),
        ("Nuitées", True),
    }


def test_a_line_set_aside_is_missing_from_the_total_and_told_without_amounts(
    tmp_path: Path, read_file: Any_
) -> None:
    lines = [
        f"A1;Airbnb;{HALF};12/04/2025;32013;2;3.23;",
        f"A2;Airbnb;{HALF};12/04/2025;99999;2;3.23;",
        "Total;;;;;;;6.46;",
    ]
    account = read_file(_write(tmp_path, "airbnb-2025-S1.csv", lines)).account
    assert "le total de la ligne 4" in plain(account.message)
    assert not any(amount in account.message for amount in ("6,46", "3,23"))


MONTHS = [f"01/{n:02}/2025;{last}/{n:02}/2025" for n, last in ((1, 31), (2, 28), (3, 31))]
LAST_HALF = "01/07/2024;31/12/2024"


@pytest.mark.parametrize(
    ("periods", "covers", "set_aside"),
    [
        ([HALF, HALF], (date(2025, 1, 1), date(2025, 6, 30)), 0),
        # Lines by month: the statement covers them all.
        (MONTHS, (date(2025, 1, 1), date(2025, 3, 31)), 0),
        ([HALF, *MONTHS], (date(2025, 1, 1), date(2025, 6, 30)), 0),
        # A line of another half-year would have the statement replace that one.
        ([HALF, HALF, LAST_HALF], (date(2025, 1, 1), date(2025, 6, 30)), 1),
        ([HALF, LAST_HALF, LAST_HALF], (date(2024, 7, 1), date(2024, 12, 31)), 1),
        # A wrong date is no period.
        ([HALF, "01/01/2025;30/06/2052"], (date(2025, 1, 1), date(2025, 6, 30)), 1),
    ],
)
def test_a_statement_has_one_period(
    tmp_path: Path,
    read_file: Any_,
    rows_of: Any_,
    periods: list[str],
    covers: tuple[date, date],
    set_aside: int,
) -> None:
    lines = [f"A{n};Airbnb;{period};;32013;2;3.23;" for n, period in enumerate(periods)]
    reading = read_file(_write(tmp_path, "airbnb-2025-S1.csv", lines))
    assert rows_of(reading, TABLE, "DISTINCT statement_start, statement_end") == [covers]
    assert reading.account.rows_quarantined == set_aside


def test_a_line_of_another_period_is_told_with_the_remedy(
    tmp_path: Path, read_file: Any_, reasons_of: Any_
) -> None:
    lines = [f"A{n};Airbnb;{period};;32013;2;3.23;" for n, period in enumerate([HALF, HALF, LAST_HALF])]
    reading = read_file(_write(tmp_path, "airbnb-2025-S1.csv", lines))
    assert reasons_of(reading) == [(4, "Période au", "other_period")]
