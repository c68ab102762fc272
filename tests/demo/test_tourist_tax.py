"""The demonstration's tourist tax: the published figures come out of its raw files, and only of them."""

from __future__ import annotations

import csv
from decimal import Decimal

from demo.making import FIRST, OFFICES
from tests.demo.conftest import Demonstration
from warehouse.words.shapes import plain


def figures(found: Demonstration) -> dict[tuple[str, str], Decimal]:
    """The figures of 2025 by indicator and dimension."""
    rows = found.ask(
        """SELECT indicator, dimension, sum(measured_value)::DECIMAL(18, 2) FROM staging.observed_tourist_tax
           WHERE year(period_start) = 2025 GROUP BY ALL"""
    )
    return {(indicator, dimension): value for indicator, dimension, value in rows}


def test_every_published_figure_comes_out_to_the_cent(demonstration: Demonstration) -> None:
    with (OFFICES / FIRST / "published.csv").open(encoding="utf-8") as lines:
        published = {
            (row["indicator"], row["dimension"]): Decimal(row["value"])
            for row in csv.DictReader(lines)
            if row["section"] == "tourist_tax"
        }
    assert len(published) == 9
    named = {indicator for indicator, _ in published}
    found = figures(demonstration)
    assert {key: value for key, value in found.items() if key[0] in named} == published


def test_the_difference_of_58_to_61_euros_is_a_reconciliation_within_tolerance(
    demonstration: Demonstration,
) -> None:
    (row,) = demonstration.ask(
        """SELECT difference_eur, declared_eur - base_eur - additional_shares_eur, tolerance_eur, status
           FROM marts.tax_reconciliation WHERE year(year_start) = 2025 AND subject = 'hosts'"""
    )
    assert Decimal(58) <= row[0] <= Decimal(61)
    assert row == (row[0], row[0], Decimal("143.36"), "within_tolerance")


def test_operators_are_not_compared_while_nobody_knows_whether_they_are_gross(
    demonstration: Demonstration,
) -> None:
    statuses = demonstration.ask(
        "SELECT DISTINCT status, amounts FROM marts.tax_reconciliation WHERE subject <> 'hosts'"
    )
    assert statuses == [("unknown_gross_or_net", "unknown")]
    warnings = demonstration.ask(
        "SELECT DISTINCT warning FROM staging.observed_tourist_tax WHERE dimension = 'Airbnb'"
    )
    assert warnings == [("unknown_gross_or_net",)]


def test_the_ledger_tells_its_total_lines_corrections_and_strays(
    demonstration: Demonstration,
) -> None:
    ledger = demonstration.ask(
        """SELECT file, rows_read - rows_loaded, rows_filtered, rows_quarantined, message FROM quality.load
           WHERE source = 'tourist_tax' AND (rows_read <> rows_loaded OR message <> '') ORDER BY file"""
    )
    booking = [
        (f"booking-{year}-S{half}.csv", 1, 1, 0, "lignes écartées : total_line 1")
        for year in (2024, 2025)
        for half in (1, 2)
    ]
    assert [(*row[:4], plain(row[4])) for row in ledger] == [
        *booking,
        (
            "declarations-2025-T2-correction (1).csv", 0, 0, 0,
            "même contenu que declarations-2025-T2-correction.csv, non relu",
        ),
        ("declarations-2025-T2-correction.csv", 0, 0, 0, "remplace 18 lignes de declarations-2025-T2.csv"),
        ("declarations-2025-T3.xlsx", 1, 0, 1, ""),
    ]  # fmt: skip


def test_no_name_or_address_of_a_host_is_anywhere_in_the_database(demonstration: Demonstration) -> None:
    tables = demonstration.ask("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal")
    assert ("raw", "tax_declarations") in tables
    found = [
        f"{schema}.{table}"
        for schema, table in tables
        if demonstration.ask(
            f"""SELECT 1 FROM "{schema}"."{table}" AS line
                WHERE regexp_matches(CAST(line AS VARCHAR), 'Dargelos|chemin de la Fontaine') LIMIT 1"""
        )
    ]
    assert found == []
    archive = demonstration.home.archive / "tourist_tax"
    assert any(b"Dargelos" in path.read_bytes() for path in archive.iterdir())


def test_marts_tell_no_lodging_and_no_small_cell(demonstration: Demonstration) -> None:
    columns = demonstration.ask(
        """SELECT table_name, column_name FROM duckdb_columns()
           WHERE schema_name = 'marts' AND column_name IN ('lodging_id', 'host_id', 'registration_number')"""
    )
    assert columns == []
    small = demonstration.ask(
        """SELECT count(*) FROM marts.tax_declaration_month AS cell JOIN (
               SELECT month_start, municipality_code, nature, category, count(DISTINCT host_id) AS hosts
               FROM staging.tax_declaration_line GROUP BY ALL) AS line
           USING (month_start, municipality_code, nature, category)
           WHERE hosts < 3 AND NOT (is_suppressed AND declared_eur IS NULL AND host_count IS NULL)"""
    )
    assert small == [(0,)]
    told = demonstration.ask("SELECT count(*) > 0 FROM marts.tax_declaration_month WHERE declared_eur > 0")
    assert told == [(True,)]


def test_a_corrected_declaration_and_a_shorter_statement_move_the_figures(
    demonstration: Demonstration, changed: Demonstration
) -> None:
    before, after = figures(demonstration), figures(changed)
    # 100 person-nights more at 0.78 are 78.00 of base; what was declared did not change.
    assert after["tax_share", "department"] - before["tax_share", "department"] == Decimal("7.80")
    assert after["tax_share", "gpso"] - before["tax_share", "gpso"] == Decimal("26.52")
    declared = ("tax_declared", "without_digital_operators")
    assert after[declared] == before[declared]
    # A statement replaces the whole of the one before.
    assert after["tax_declared", "Booking"] < before["tax_declared", "Booking"]
