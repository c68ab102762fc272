"""The demonstration office: one real night, and what comes out of its raw files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from demo.making import FIRST, OFFICES, SEED, make
from expectations.incidents.findings import read_findings
from flows.alerts.backtesting import backtest
from flows.command import console
from flows.command.comparing import compare, is_printed
from flows.command.why import days_of
from tests.demo.conftest import ADDED, AS_OF, CHANGED, Demonstration
from warehouse.office.model import Office
from warehouse.storage.layout import Home

EXPECTED_CHANGE = -8.7
# Whose printed change is of totals that an outage cut.
NOT_LIKE_FOR_LIKE = {("counter_passages", "auch"), ("overnight_stays", "ile-saint-martin")}


@pytest.fixture
def published(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        yield connection


def test_the_night_ends_well(demonstration: Demonstration) -> None:
    assert demonstration.report.failures == {}
    assert demonstration.report.failed_checks == []
    assert all(not source.refused for source in demonstration.report.sources)


def published_rows() -> list[dict[str, str]]:
    """The rows of the report of 2025 that the demonstration comes to."""
    with (OFFICES / FIRST / "published.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# What the report prints that its own figures do not come to, as docs/annual-report.md says.
CONTRADICTED = {("contact_persons", "thermes")}


def test_every_published_year_before_and_change_comes_out_of_the_raw_files(
    published: duckdb.DuckDBPyConnection,
) -> None:
    wrong = []
    for row in published_rows():
        key = (row["indicator"], row["site"])
        found = published.execute(
            """SELECT previous_value, change_percent FROM marts.indicator_value
               WHERE indicator = ? AND site = ? AND dimension = ? AND period_start = ? AND period_end = ?""",
            [*key, row["dimension"], *days_of(row["period"])],
        ).fetchone()
        assert found is not None, row
        before = Decimal(row["previous_value"] or 0)
        if row["previous_value"] and not is_printed(found[0], before):
            wrong.append((row, found))
        printed = Decimal(row["change_percent"] or 0)
        # A change over a break, or over an outage, is told like for like or not at all.
        is_told = printed and found[1] is not None and key not in CONTRADICTED | NOT_LIKE_FOR_LIKE
        if is_told and not is_printed(found[1], printed):
            wrong.append((row, found))
    assert wrong == []


def test_every_published_figure_comes_out_of_the_raw_files(published: duckdb.DuckDBPyConnection) -> None:
    comparisons = compare(published, OFFICES / FIRST, "fr")
    assert len(comparisons) == len(published_rows())
    assert [c for c in comparisons if not c.agrees] == []


def test_every_ledger_balances(published: duckdb.DuckDBPyConnection) -> None:
    unbalanced = published.execute(
        """SELECT file FROM quality.load
           WHERE rows_read <> rows_loaded + rows_quarantined + rows_duplicate + rows_filtered"""
    ).fetchall()
    assert unbalanced == []


def test_the_faults_of_2025_are_in_the_raw_files(published: duckdb.DuckDBPyConnection) -> None:
    outages = published.execute(
        "SELECT subject, fault, onset_at::DATE, ended_at::DATE FROM quality.outage ORDER BY onset_at, fault"
    ).fetchall()
    assert [row[0] for row in outages] == [
        "counter:auch-door",
        "counter:auch-door",
        "barrier:ile-saint-martin",
        # Nobody had come in for two days: on the morning after, nobody paid.
        "kiosk:ile-saint-martin",
        "kiosk:ile-saint-martin",
    ]
    # Nothing else counts at the door: its first day is a question, which the second one answers.
    assert outages[0][1:] == ("closed_or_dead", date(2025, 5, 15), date(2025, 5, 16))
    assert outages[1][1:] == ("zeros", date(2025, 5, 15), date(2025, 8, 6))


def test_the_alert_goes_out_on_the_first_open_day_and_no_other_for_the_healthy_counter(
    published: duckdb.DuckDBPyConnection, office: Office
) -> None:
    findings = read_findings(published, office.code, AS_OF)
    said = backtest(findings, office, date(2024, 1, 1), date(2025, 12, 31))
    door = [line for line in said if line.subject == "counter:auch-door"]
    # First a question, then an alarm, which becomes critical.
    assert [line.what for line in door if line.what != "reminder"] == [
        "opened", "worsened", "worsened", "closed",
    ]  # fmt: skip
    assert [line.severity for line in door if line.what == "worsened"] == ["high", "critical"]
    assert door[1].instant.date() == date(2025, 5, 16)
    assert door[0].instant.date() == date(2025, 5, 15)
    assert {line.instant.year for line in said if line.subject.startswith("counter:")} == {2025}


def test_the_year_of_the_outage_is_told_in_at_most_thirty_seven_messages(
    published: duckdb.DuckDBPyConnection, office: Office
) -> None:
    findings = read_findings(published, office.code, AS_OF)
    said = backtest(findings, office, date(2025, 1, 1), date(2025, 12, 31))
    kinds = [one.subject.partition(":")[0] for one in said]
    registers = sum(kind in ("reviews", "edition", "label") for kind in kinds)
    listening = [one.what for one, kind in zip(said, kinds, strict=True) if kind == "listening"]
    assert registers <= 30
    # Of the five incidents that the report of 2025 says nobody resolved, four were due in that year; each is
    # recalled once a month.
    assert listening.count("opened") == 4
    assert len(listening) <= 24
    assert 4 <= len(said) - registers - len(listening) <= 37


def test_the_year_of_the_outage_says_what_was_counted_and_what_was_estimated(
    published: duckdb.DuckDBPyConnection,
) -> None:
    row = published.execute(
        """SELECT measured_value, estimated_value > 5000, coverage, value = measured_value + estimated_value,
                  warnings
           FROM marts.indicator_value
           WHERE indicator = 'counter_passages' AND period_kind = 'year'
             AND period_start = DATE '2025-01-01'"""
    ).fetchone()
    assert row is not None
    assert row[0] == 25646
    assert 0.65 < row[2] < 0.80
    assert (row[1], *row[3:]) == (True, True, ["estimated_values", "low_coverage", "partly_compared"])


def test_the_year_of_the_outage_is_compared_like_for_like(published: duckdb.DuckDBPyConnection) -> None:
    """The generator lets 2025 fall by 8.7% in the hours counted in both years; the totals fall by 40%."""
    row = published.execute(
        """SELECT change_percent, change_low, change_high, comparable FROM marts.indicator_value
           WHERE indicator = 'counter_passages' AND period_kind = 'year'
             AND period_start = DATE '2025-01-01'"""
    ).fetchone()
    assert row is not None
    change, low, high, comparable = row
    assert comparable
    assert -11 < change < -6
    assert low < EXPECTED_CHANGE < high
    assert high - low < 15


def test_a_month_without_its_counter_is_not_comparable_and_has_its_reason(
    published: duckdb.DuckDBPyConnection,
) -> None:
    row = published.execute(
        """SELECT comparable, change_percent, compared_value, outage_share, reasons, estimated_value > 1000
           FROM marts.indicator_comparison
           WHERE indicator = 'counter_passages' AND period_kind = 'month'
             AND period_start = DATE '2025-06-01'"""
    ).fetchone()
    assert row == (False, None, 0, 1, ["outage"], True)


def test_the_first_year_is_whole_though_its_first_day_was_closed(
    published: duckdb.DuckDBPyConnection,
) -> None:
    row = published.execute(
        """SELECT warnings FROM marts.indicator_value
           WHERE indicator = 'counter_passages' AND period_kind = 'year'
             AND period_start = DATE '2024-01-01'"""
    ).fetchone()
    assert row == ([],)


def test_the_break_of_method_is_listed_with_what_it_forbids(published: duckdb.DuckDBPyConnection) -> None:
    rows = published.execute(
        "SELECT indicator, break_date, is_matched, least(blocked_count, 3) FROM marts.method_break ORDER BY 1"
    ).fetchall()
    assert rows == [
        ("event_records_created", date(2024, 6, 1), True, 2),  # its year and its second quarter
        ("visitor_profile_share", date(2025, 1, 1), True, 3),  # every period of 2025
    ]


def test_the_year_of_the_outage_is_told_in_words(
    published: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Console(record=True, width=400, file=StringIO())
    monkeypatch.setattr(console, "out", said)
    console.show_estimated(published, 2025, "fr")
    line = said.export_text().splitlines()[0].replace("\u202f", " ").replace("\xa0", " ")
    assert line.startswith("Passages à la porte, auch, 2025 : 25 646 comptés, ")
    assert "Sur 72 % du temps d'ouverture, compté les deux années : −8,9 % sur un an." in line


def test_a_comparison_is_not_made_across_a_break_of_method(published: duckdb.DuckDBPyConnection) -> None:
    row = published.execute(
        """SELECT value, previous_value, comparable, change_percent FROM marts.indicator_value
           WHERE indicator = 'event_records_created' AND period_kind = 'year'
             AND period_start = DATE '2025-01-01'"""
    ).fetchone()
    assert row == (1495, 831, False, None)


def test_the_corrected_file_replaced_what_it_corrects(published: duckdb.DuckDBPyConnection) -> None:
    told = published.execute("SELECT count(*) FROM quality.load WHERE message LIKE '%remplace%'").fetchone()
    assert told is not None
    assert told[0] >= 1


def test_every_published_table_and_column_is_described(published: duckdb.DuckDBPyConnection) -> None:
    bare = published.execute(
        """SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE coalesce(comment, '') = ''
           UNION ALL
           SELECT schema_name || '.' || table_name || '.' || column_name FROM duckdb_columns()
           WHERE NOT internal AND coalesce(comment, '') = ''"""
    ).fetchall()
    assert bare == []


def test_no_personal_data_is_published(
    published: duckdb.DuckDBPyConnection, demonstration: Demonstration
) -> None:
    """Plates of the raw files stand in no published text."""
    archive = demonstration.home.archive / "motorhome"
    passages = next(
        p
        for p in sorted(archive.iterdir())
        if p.suffix == "" and "Plaque" in p.read_text("utf-8", "replace")[:200]
    )
    lines = passages.read_text(encoding="utf-8", errors="replace").splitlines()
    rank = lines[0].split(";").index("Plaque")
    plates = {line.split(";")[rank] for line in lines[1:] if line.count(";") >= rank} - {""}
    assert plates
    texts: set[str] = set()
    for schema, table in published.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
        for (column,) in published.execute(
            """SELECT column_name FROM duckdb_columns()
               WHERE schema_name = ? AND table_name = ? AND data_type = 'VARCHAR'""",
            [schema, table],
        ).fetchall():
            found = published.execute(f'SELECT DISTINCT "{column}" FROM {schema}."{table}"').fetchall()
            texts.update(str(value) for (value,) in found)
    assert not plates & texts


def test_files_that_were_read_are_not_read_again_and_changed_ones_are(
    changed: Demonstration, made_again: Home
) -> None:
    dropped = len(files(made_again))
    report = changed.report
    assert (report.files_new, report.files_known) == (CHANGED + ADDED, dropped - CHANGED)
    assert report.failures == {}
    assert report.failed_checks == []


def test_every_file_was_received_before_the_night(made: Home) -> None:
    assert max(received for received, _ in files(made).values()) < AS_OF.timestamp()


def test_the_same_seed_writes_the_same_bytes_and_dates_and_another_seed_others(
    made: Home, made_again: Home, tmp_path: Path
) -> None:
    first = files(made)
    assert len(first) < 200
    assert files(made_again) == first
    make(Home(tmp_path), seed=SEED + 1)
    other = {content for _, content in files(Home(tmp_path)).values()}
    same = {content for _, content in first.values()} & other
    assert len(same) < len(first) / 10


def files(home: Home) -> dict[Path, tuple[float, bytes]]:
    """When each file of the inbox was received, and what it holds."""
    return {
        path.relative_to(home.inbox): (path.stat().st_mtime, path.read_bytes())
        for path in home.inbox.rglob("*")
        if path.is_file()
    }
