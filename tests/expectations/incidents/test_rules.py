"""The rules beyond counters, on small tables: what they find, when it could be known, when it ended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import duckdb
import pytest

from expectations.counters.outages import Outage, ended_with_service, write_outages
from expectations.incidents.episodes import episodes
from expectations.incidents.findings import Finding, read_findings, rules_reading
from expectations.incidents.life import Incident, advance
from expectations.incidents.rules import rules
from tests.conftest import REPOSITORY
from tests.findings import utc
from warehouse.errors import VigieError
from warehouse.office.subjects.alerts import SEVERITIES
from warehouse.storage.database import make_tables
from warehouse.words.shapes import plain

MARTS = """
CREATE TABLE marts.calendar AS
    SELECT 'o' AS office, day::DATE AS local_date, year(day) AS year, month(day) AS month,
           date_trunc('month', day)::DATE AS month_start, isodow(day) AS weekday,
           if(day = DATE '2025-05-29', 'Ascension', NULL) AS public_holiday_name,
           day NOT BETWEEN DATE '2025-02-10' AND DATE '2025-02-21' AS is_open
    FROM range(TIMESTAMP '2024-01-01', TIMESTAMP '2026-07-05', INTERVAL 1 DAY) AS days(day);
CREATE TABLE marts.counter (
    office VARCHAR, counter VARCHAR, counter_label VARCHAR, until_at TIMESTAMP, first_count_at TIMESTAMP,
    first_count_date DATE, last_count_date DATE, replaced_by VARCHAR, is_concluded BOOLEAN);
CREATE TABLE marts.motorhome_payment_day (
    office VARCHAR, site VARCHAR, local_date DATE, payment_kind VARCHAR, method VARCHAR, payment_count BIGINT,
    amount_eur DECIMAL(18, 4), unseen_count BIGINT, unseen_eur DECIMAL(18, 4), first_unseen_hour TIMESTAMP);
CREATE TABLE marts.motorhome_stay_day (
    office VARCHAR, site VARCHAR, local_date DATE, entered_count BIGINT, unpaired_entry_count BIGINT,
    departed_count BIGINT, unpaired_exit_count BIGINT, unpaid_count BIGINT);
CREATE TABLE marts.tourism_object (
    office VARCHAR, object_type VARCHAR, created_date DATE, modified_date DATE, removed_date DATE,
    is_published BOOLEAN);
CREATE TABLE marts.tourism_delivery (office VARCHAR, produced_date DATE);
CREATE TABLE marts.counter_delivery (office VARCHAR, counter VARCHAR, files VARCHAR, working_days BIGINT);
CREATE TABLE marts.correction (office VARCHAR, counter VARCHAR, first_date DATE, last_date DATE);
CREATE TABLE marts.counted_series (
    office VARCHAR, subject VARCHAR, subject_kind VARCHAR, utc_hour TIMESTAMP, local_date DATE,
    slot_minutes BIGINT, open_minutes BIGINT, observed_count DOUBLE, entry_count DOUBLE, exit_count DOUBLE,
    site VARCHAR);
CREATE TABLE marts.review (
    office VARCHAR, site VARCHAR, platform VARCHAR, local_date DATE, rating DOUBLE, replied_date DATE);
CREATE TABLE marts.documentation_stock (
    office VARCHAR, edition_code VARCHAR, local_date DATE, edition_year BIGINT, threshold_count BIGINT,
    stock_count BIGINT, discarded_count BIGINT);
CREATE TABLE marts.partner_label (
    office VARCHAR, partner_id VARCHAR, label VARCHAR, label_status VARCHAR, obtained_date DATE,
    due_date DATE, notice_date DATE);
CREATE TABLE marts.listening_incident (
    office VARCHAR, origin VARCHAR, theme VARCHAR, entered_date DATE, due_date DATE, closed_date DATE,
    incident_count BIGINT);
CREATE TABLE marts.museum_year (
    office VARCHAR, site VARCHAR, year BIGINT, stated_count BIGINT, counted_count BIGINT,
    uncounted_days BIGINT, difference BIGINT, stated_at TIMESTAMP);
CREATE TABLE marts.published_account (
    office VARCHAR, fiscal_year BIGINT, direction VARCHAR, stated_eur DECIMAL(18, 4), own_eur DECIMAL(18, 4),
    difference_eur DECIMAL(18, 4), stated_at TIMESTAMP);
CREATE TABLE marts.call_day (office VARCHAR, local_date DATE, call_count BIGINT, unanswered_count BIGINT);
"""
NOW = datetime(2025, 12, 31, 12, tzinfo=UTC)


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """Every table that a rule reads, empty but for the calendar."""
    connection = duckdb.connect()
    make_tables(connection)
    connection.execute(MARTS)
    return connection


def add(warehouse: duckdb.DuckDBPyConnection, table: str, rows: Iterable[dict[str, object]]) -> None:
    """Add rows; columns that are not given get what the tests do not care about."""
    for row in rows:
        row = {"office": "o", **row}
        marks = ", ".join("?" * len(row))
        names = ", ".join(f'"{name}"' for name in row)
        warehouse.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def found(warehouse: duckdb.DuckDBPyConnection, rule: str, at: datetime = NOW) -> list[Finding]:
    return [one for one in read_findings(warehouse, "o", at) if one.rule == rule]


def spans(findings: list[Finding]) -> list[tuple[str, datetime, datetime | None]]:
    return [(one.fault, one.detected_at, one.ended_at) for one in findings]


# --- all rules -------------------------------------------------------------------------------------------


def test_nothing_is_found_in_empty_tables(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert read_findings(warehouse, "o", NOW) == []


@pytest.mark.parametrize("name", rules())
def test_a_rule_only_grows_graver(name: str) -> None:
    rule = rules()[name]
    assert all(SEVERITIES.index(rise.to) > SEVERITIES.index(rule.severity) for rise in rule.rises)
    assert rule.severity_of(None, None) == rule.severity


# Keys of office.yml that whoever is asked to write them has to be told.
KEYS = {"count_columns"}


@pytest.mark.parametrize("name", list(rules()))
def test_what_people_read_of_a_rule_names_no_table_and_no_code(name: str) -> None:
    rule = rules()[name]
    words = [rule.watches, rule.title, rule.todo]
    for fault in rule.faults.values():
        words += [one for one in (fault.name, fault.evidence, fault.title, fault.todo) if one]
    for text in (said for one in words for said in (one.fr, one.en)):
        told = re.sub(r"\{[^}]*\}", "", text)
        assert not {"marts", "quality", "staging", "raw"} & set(re.findall(r"(\w+)\.\w", told))
        assert set(re.findall(r"\b[a-z]+_[a-z_]+\b", told)) <= KEYS
        assert "`" not in told
    for text in (one.fr for one in words):
        without_commands = re.sub(r"vigie \w+", "", text)
        assert not re.search(r"\b(inbox|stale|runbook|check|refresh)\b", without_commands)


def test_the_gravest_reached_severity_counts() -> None:
    rule = rules()["counter_silent"]
    assert [rule.severity_of(*lost) for lost in ((1999.0, None), (2000.0, None), (None, 500.0))] == [
        "high", "critical", "critical",
    ]  # fmt: skip


def test_a_query_that_does_not_run_names_its_rule(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("DROP TABLE marts.tourism_delivery")
    with pytest.raises(VigieError, match="records_not_updated"):
        read_findings(warehouse, "o", NOW)


# --- files -----------------------------------------------------------------------------------------------


def deliver(
    warehouse: duckdb.DuckDBPyConnection,
    days: Iterable[date],
    name: str = "porte-{}.csv",
    status: str = "loaded",
    minute: int = 30,
) -> None:
    """A file received at 01:30 UTC on each of these days."""
    (first,) = warehouse.execute("SELECT coalesce(max(delivery_id), 0) FROM quality.load").fetchall()[0]
    for rank, day in enumerate(days, first + 1):
        at = datetime(day.year, day.month, day.day, 1, minute)  # noqa: DTZ001 - naive UTC, as in the table
        file = name.format(day)
        add(
            warehouse, "quality.load",
            [{
                "source": "counters", "delivery_id": rank, "kind": "declared", "file": file, "sha256": file,
                "size_bytes": 1, "received_at": at, "modified_at": at, "rows_read": 0, "rows_loaded": 0,
                "rows_quarantined": 0, "rows_duplicate": 0, "rows_filtered": 0, "status": status,
                "message": "colonne absente" if status == "refused" else "", "fingerprint": "",
            }],
        )  # fmt: skip


def working_days(first: date, count: int) -> list[date]:
    days = [first + timedelta(days=n) for n in range(3 * count)]
    return [day for day in days if day.isoweekday() <= 5][:count]


def test_a_daily_file_is_late_at_noon_of_the_second_working_day(warehouse: duckdb.DuckDBPyConnection) -> None:
    deliver(warehouse, working_days(date(2025, 3, 3), 10))  # the last one on Friday 14 March
    (late,) = found(warehouse, "source_late")
    assert (late.subject, late.detected_at, late.ended_at) == (
        "source:counters/porte", utc(2025, 3, 18, 10), None,
    )  # fmt: skip
    assert late.course[0].values == {
        "last_file": "porte-2025-03-14.csv",
        "last_date": date(2025, 3, 14),
        "usual_days": 1,
        "every": None,
        "expected_date": None,
        "times": None,
        "of": None,
    }


def test_the_next_file_ends_the_wait(warehouse: duckdb.DuckDBPyConnection) -> None:
    deliver(warehouse, [*working_days(date(2025, 3, 3), 10), date(2025, 3, 20), date(2025, 3, 21)])
    assert spans(found(warehouse, "source_late", datetime(2025, 3, 22, tzinfo=UTC))) == [
        ("late", utc(2025, 3, 18, 10), utc(2025, 3, 20, 1, 30))
    ]


def test_weekends_and_public_holidays_do_not_make_a_file_late(warehouse: duckdb.DuckDBPyConnection) -> None:
    days = [day for day in working_days(date(2025, 5, 12), 20) if day != date(2025, 5, 29)]
    deliver(warehouse, days)
    assert found(warehouse, "source_late", datetime(2025, 6, 7, tzinfo=UTC)) == []


def every_week(first: date, count: int) -> list[date]:
    return [first + timedelta(weeks=n) for n in range(count)]


def every_months(months: int, day: int, count: int, first: date = date(2025, 1, 1)) -> list[date]:
    starts = [first.month - 1 + months * n for n in range(count)]
    return [date(first.year + start // 12, start % 12 + 1, day) for start in starts]


WINTER = [*every_week(date(2024, 4, 8), 30), *every_week(date(2025, 4, 7), 30)]


@pytest.mark.parametrize(
    ("days", "asked_on", "late"),
    [
        # What comes on a day is expected on it, and missed some working days later.
        (every_week(date(2025, 3, 3), 9), date(2025, 5, 31), [("week", date(2025, 5, 5), (2025, 5, 7))]),
        (every_months(1, 5, 7), date(2025, 9, 1), [("month", date(2025, 8, 5), (2025, 8, 8))]),
        (
            every_months(3, 10, 5, date(2024, 4, 1)),
            date(2025, 9, 1),
            [("quarter", date(2025, 7, 10), (2025, 7, 17))],
        ),
        # About the turn of a month, now before and now after it.
        (
            [date(2025, m, d) for m, d in ((1, 2), (1, 31), (3, 3), (3, 31), (5, 2), (5, 31), (7, 1))],
            date(2025, 9, 1),
            [("month", date(2025, 7, 31), (2025, 8, 5))],
        ),
        # One exception, or a correction of a week later, does not make the habit unclear.
        (
            sorted([*every_months(1, 5, 6), date(2025, 5, 12), date(2025, 7, 25)]),
            date(2025, 9, 1),
            [("month", date(2025, 7, 5), (2025, 7, 9)), ("month", date(2025, 8, 5), (2025, 8, 8))],
        ),
        # As yet unclear: too few, no day of its own, a backlog loaded at once.
        (every_months(1, 5, 5), date(2025, 9, 1), []),
        (
            [date(2025, m, d) for m, d in ((1, 5), (2, 25), (3, 2), (4, 20), (5, 9), (6, 28))],
            date(2025, 9, 1),
            [],
        ),
        ([date(2025, 1, 7)] * 24, date(2025, 9, 1), []),
        # It pauses in winter, as the year before: it is missed when it does not come again, and not before.
        (WINTER, date(2026, 4, 1), []),
        (WINTER, date(2026, 5, 1), [("week", date(2026, 4, 6), (2026, 4, 8))]),
    ],
)
def test_a_register_is_missed_on_the_day_on_which_it_always_comes_and_on_no_other(
    warehouse: duckdb.DuckDBPyConnection,
    days: list[date],
    asked_on: date,
    late: list[tuple[str, date, tuple[int, int, int]]],
) -> None:
    for rank, day in enumerate(days):
        deliver(warehouse, [day], f"accueil-{rank}-{{}}.xlsx", minute=rank % 60)
    found_then = found(warehouse, "source_late", datetime.combine(asked_on, time(), UTC))
    told = [
        (one.fault, one.course[0].values["every"], one.course[0].values["expected_date"], one.detected_at)
        for one in found_then
    ]
    # The first winter is told, as nobody knows yet that it is one.
    told = [one for one in told if one[3].year > 2024 or days is not WINTER]
    assert told == [("missed_day", every, day, utc(*due, 10)) for every, day, due in late]


def test_a_register_that_comes_after_all_ends_the_wait_for_it(warehouse: duckdb.DuckDBPyConnection) -> None:
    deliver(warehouse, [*every_months(1, 5, 7), date(2025, 8, 20)], "accueil-{}.xlsx")
    assert spans(found(warehouse, "source_late", datetime(2025, 9, 1, tzinfo=UTC))) == [
        ("missed_day", utc(2025, 8, 8, 10), utc(2025, 8, 20, 1, 30))
    ]


@pytest.mark.parametrize(
    ("working_days", "late_on"),
    [(1, (2025, 3, 5)), (5, (2025, 3, 12)), (22, (2025, 4, 16)), (253, (2026, 3, 6)), (None, None)],
)
def test_a_rhythm_that_the_office_file_tells_needs_no_files_to_learn_from(
    warehouse: duckdb.DuckDBPyConnection, working_days: int | None, late_on: tuple[int, ...] | None
) -> None:
    add(
        warehouse, "marts.counter_delivery",
        [
            {"counter": "door", "files": "Porte-*.csv", "working_days": working_days},
            {"counter": "other", "files": "other-*.csv", "working_days": 1},
        ],
    )  # fmt: skip
    deliver(warehouse, [date(2025, 3, 3)])
    late = found(warehouse, "source_late", datetime(2026, 7, 1, tzinfo=UTC))
    assert [one.detected_at for one in late] == ([utc(*late_on, 10)] if late_on else [])


def test_too_few_files_teach_no_rhythm(warehouse: duckdb.DuckDBPyConnection) -> None:
    deliver(warehouse, working_days(date(2025, 3, 3), 6))
    assert found(warehouse, "source_late") == []


def test_files_received_on_one_day_are_one_delivery(warehouse: duckdb.DuckDBPyConnection) -> None:
    for number in range(20):
        deliver(warehouse, [date(2025, 3, 3)], f"porte-{number}-{{}}.csv", minute=2 * number)
    assert found(warehouse, "source_late") == []


def test_days_on_which_the_office_is_closed_do_not_make_a_file_late(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(
        warehouse, working_days(date(2025, 1, 27), 10)
    )  # the last one on 7 February; closed until the 23rd
    assert found(warehouse, "source_late", datetime(2025, 2, 24, 12, tzinfo=UTC)) == []
    (late,) = found(warehouse, "source_late")
    assert late.detected_at == utc(2025, 2, 25, 10)


def test_what_was_late_at_an_instant_is_the_same_when_it_is_asked_later(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(warehouse, working_days(date(2025, 3, 3), 10))
    early = found(warehouse, "source_late", datetime(2025, 3, 19, tzinfo=UTC))
    deliver(warehouse, working_days(date(2025, 3, 24), 60))
    later = [one for one in found(warehouse, "source_late") if one.detected_at < utc(2025, 3, 19)]
    assert [(one.onset_at, one.detected_at, one.course) for one in later] == [
        (one.onset_at, one.detected_at, one.course) for one in early
    ]


def test_a_refused_file_is_told_until_one_of_its_series_is_loaded(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(warehouse, [date(2025, 3, 3)], status="refused")
    deliver(warehouse, [date(2025, 3, 4)], "autre-{}.csv")
    (refused,) = found(warehouse, "file_refused")
    assert (refused.ended_at, refused.course[0].values["message"]) == (None, "colonne absente")
    deliver(warehouse, [date(2025, 3, 5)])
    assert spans(found(warehouse, "file_refused")) == [
        ("refused", utc(2025, 3, 3, 1, 30), utc(2025, 3, 5, 1, 30))
    ]


def state_total(
    warehouse: duckdb.DuckDBPyConnection,
    delivery: int,
    stated: float,
    loaded: float,
    *,
    is_disclosed: bool = True,
) -> None:
    """Enter a total that a delivery states of itself."""
    add(
        warehouse, "quality.control_total",
        [{"source": "counters", "sha256": "", "delivery_id": delivery, "line": 9, "column": "Montant",
          "stated": stated, "loaded": loaded, "is_disclosed": is_disclosed, "is_met": False}],
    )  # fmt: skip


def test_a_total_that_differs_is_told_until_the_file_is_given_again(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    def state(delivery: int, stated: float, loaded: float) -> None:
        state_total(warehouse, delivery, stated, loaded)

    deliver(warehouse, [date(2025, 3, 3), date(2025, 3, 4)], "a-{}.csv")
    state(1, 32.27, 19.36)
    state(1, 7, 6)
    state(2, 32.27, 32.20)  # rounding
    (differs,) = found(warehouse, "total_differs")
    assert (differs.subject, differs.ended_at) == ("source:counters/a-2025-03-03.csv", None)
    told = differs.course[0].values
    assert (told["line"], str(told["stated"]), str(told["loaded"])) == (9, "32.27", "19.36")
    deliver(warehouse, [date(2025, 3, 5)], "A-2025-03-03.csv")
    assert spans(found(warehouse, "total_differs")) == [
        ("differs", utc(2025, 3, 3, 1, 30), utc(2025, 3, 5, 1, 30))
    ]


def test_of_a_total_that_may_be_one_host_s_no_amount_is_told(warehouse: duckdb.DuckDBPyConnection) -> None:
    deliver(warehouse, [date(2025, 3, 3)], "a-{}.csv")
    state_total(warehouse, 1, 32.27, 19.36, is_disclosed=False)
    (differs,) = found(warehouse, "total_differs")
    values = differs.course[0].values
    assert (differs.fault, values["stated"], values["loaded"]) == ("differs_untold", None, None)


def test_files_that_failed_their_reader_together_are_one_incident_of_their_own(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(warehouse, [date(2025, 3, 3)], status="refused")
    deliver(warehouse, [date(2025, 3, 3)], "porte-x{}.csv", status="refused")
    warehouse.execute(
        """UPDATE quality.load SET fault = if(file LIKE 'porte-x%', 'reader_killed', 'reader_failed'),
                  message = file WHERE status = 'refused'"""
    )
    assert found(warehouse, "file_refused") == []
    faults = {one.subject: one.fault for one in found(warehouse, "file_set_aside")}
    assert faults == {"source:counters/porte": "reader_failed", "source:counters/porte-x": "reader_killed"}


def test_files_left_in_the_inbox_are_told_until_none_of_them_lies_there(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    left = {"source": "counters", "left_at": utc(2025, 3, 3, 1, 30)}
    add(
        warehouse, "quality.left_file",
        [
            {**left, "file": "a.csv", "reason": "large", "ended_at": utc(2025, 3, 4, 1, 30)},
            {**left, "file": "b.csv", "reason": "a pipe", "ended_at": None},
        ],
    )  # fmt: skip
    (one,) = found(warehouse, "file_set_aside")
    assert (one.subject, one.fault, one.ended_at) == ("source:counters", "left_in_inbox", None)
    assert plain(str(one.course[0].values["message"])) == "a.csv : large b.csv : a pipe"
    warehouse.execute("UPDATE quality.left_file SET ended_at = '2025-03-05 01:30' WHERE ended_at IS NULL")
    assert spans(found(warehouse, "file_set_aside")) == [
        ("left_in_inbox", utc(2025, 3, 3, 1, 30), utc(2025, 3, 5, 1, 30))
    ]


# --- checks and runs -------------------------------------------------------------------------------------


def check(warehouse: duckdb.DuckDBPyConnection, day: int, failing: int, level: str = "fail") -> None:
    """A run on a day of March, with so many of two checks of one table failing."""
    add(
        warehouse, "quality.check_result",
        [
            {"as_of": utc(2025, 3, day), "table": "marts.x", "check": f"c{n}", "level": level,
             "success": n >= failing, "message": f"message {n}"}
            for n in range(2)
        ],
    )  # fmt: skip


def test_checks_that_fail_in_a_row_are_one_fault_of_their_table(warehouse: duckdb.DuckDBPyConnection) -> None:
    for day, failing in ((1, 0), (2, 1), (3, 2), (4, 0), (5, 1)):
        check(warehouse, day, failing)
    assert spans(found(warehouse, "check_failed")) == [
        ("failed", utc(2025, 3, 2), utc(2025, 3, 4)), ("failed", utc(2025, 3, 5), None),
    ]  # fmt: skip
    first = found(warehouse, "check_failed")[0]
    assert [(one.known_at.day, one.values["checks"]) for one in first.course] == [(2, 1), (3, 2)]
    assert found(warehouse, "check_warned") == []


def test_a_check_that_warns_has_a_rule_of_its_own(warehouse: duckdb.DuckDBPyConnection) -> None:
    check(warehouse, 1, 1, "warn")
    assert [one.subject for one in found(warehouse, "check_warned")] == ["check:marts.x"]
    assert found(warehouse, "check_failed") == []


def ran(warehouse: duckdb.DuckDBPyConnection, *runs: tuple[datetime, str], sources: str = "all") -> None:
    warehouse.execute("DELETE FROM quality.run")
    add(
        warehouse, "quality.run",
        [
            {
                "run_id": str(rank), "as_of": at, "started_at": at, "finished_at": at, "status": status,
                "sources": sources,
            }
            for rank, (at, status) in enumerate(runs)
        ],
    )  # fmt: skip


def test_a_killed_run_is_told_by_the_next_one_which_repairs_it(warehouse: duckdb.DuckDBPyConnection) -> None:
    first, second = utc(2025, 3, 1, 1, 30), utc(2025, 3, 1, 8, 10)
    ran(warehouse, (first, "killed"), (second, "running"))
    assert spans(found(warehouse, "run_killed")) == [("killed", second, None)]
    ran(warehouse, (first, "killed"), (second, "done"))
    assert spans(found(warehouse, "run_killed")) == [("killed", second, second)]


def test_a_run_that_failed_is_told_with_its_error_and_not_as_killed(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    first, second = utc(2025, 3, 1, 1, 30), utc(2025, 3, 1, 8, 10)
    ran(warehouse, (first, "failed"), (second, "done"))
    warehouse.execute("UPDATE quality.run SET message = 'Le disque est plein' WHERE status = 'failed'")
    (one,) = found(warehouse, "run_killed")
    assert (one.fault, one.ended_at, one.course[0].values["message"]) == (
        "failed",
        second,
        "Le disque est plein",
    )
    assert found(warehouse, "night_missed") == []


def test_a_killed_run_that_nothing_followed_is_not_found_by_a_run(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    ran(warehouse, (utc(2025, 3, 1, 1, 30), "killed"))
    assert found(warehouse, "run_killed") == []


def test_nights_that_were_missed_are_told_by_the_run_that_made_up_for_them(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    back = utc(2025, 3, 5, 7)
    ran(warehouse, (utc(2025, 3, 1, 1, 30), "done"), (utc(2025, 3, 2, 1, 30), "done"), (back, "done"))
    (missed,) = found(warehouse, "night_missed")
    assert (missed.detected_at, missed.ended_at, missed.course[0].values) == (back, back, {"hours": 78})


def test_a_night_that_replays_an_old_date_is_no_gap(warehouse: duckdb.DuckDBPyConnection) -> None:
    ran(warehouse, (utc(2025, 3, 1, 1, 30), "done"), (utc(2025, 3, 5, 7), "done"))
    warehouse.execute("UPDATE quality.run SET started_at = TIMESTAMP '2025-03-05 07:00:00'")
    assert found(warehouse, "night_missed") == []


def test_runs_on_some_sources_are_no_nights(warehouse: duckdb.DuckDBPyConnection) -> None:
    ran(warehouse, (utc(2025, 3, 1, 1, 30), "done"), (utc(2025, 3, 5, 7), "done"), sources="counters")
    assert found(warehouse, "night_missed") == []


# --- motorhome areas -------------------------------------------------------------------------------------


def enter_hourly(warehouse: duckdb.DuckDBPyConnection, last: str, step: int = 12) -> None:
    """An entry every so many hours, from March 2024 to an instant."""
    warehouse.execute(
        f"""INSERT INTO marts.counted_series BY NAME
            SELECT 'o' AS office, 'ile' AS site, 'barrier:ile' AS subject, 'barrier' AS subject_kind,
                   entry_at AS utc_hour, 1 AS entry_count, 1 AS observed_count
            FROM range(TIMESTAMP '2024-03-01', TIMESTAMP '{last}', INTERVAL {step} HOUR)
                AS entries(entry_at)"""
    )


def outage(warehouse: duckdb.DuckDBPyConnection, subject: str, first: datetime, end: datetime | None) -> None:
    add(
        warehouse, "quality.outage",
        [{
            "subject": subject, "fault": "zeros", "onset_at": first, "detected_at": first, "ended_at": end,
            "expected_count": 1, "open_hours": 1, "chance": 0.1, "counted_count": 0,
        }],
    )  # fmt: skip


def test_no_entry_in_season_for_two_days_is_told_until_the_next_one(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    enter_hourly(warehouse, "2025-07-10 12:00")
    last = utc(2025, 7, 10)
    assert found(warehouse, "motorhome_without_entry", datetime(2025, 7, 11, 23, tzinfo=UTC)) == []
    assert spans(found(warehouse, "motorhome_without_entry", datetime(2025, 7, 12, 1, tzinfo=UTC))) == [
        ("no_entry", last + timedelta(hours=48), None)
    ]
    back = utc(2025, 7, 14)
    add(
        warehouse, "marts.counted_series",
        [{"site": "ile", "subject_kind": "barrier", "utc_hour": back, "entry_count": 1, "observed_count": 1}],
    )  # fmt: skip
    findings = found(warehouse, "motorhome_without_entry", datetime(2025, 7, 14, 1, tzinfo=UTC))
    assert spans(findings) == [("no_entry", last + timedelta(hours=48), back)]


def test_a_wait_that_is_usual_for_the_area_is_not_told(warehouse: duckdb.DuckDBPyConnection) -> None:
    enter_hourly(warehouse, "2025-07-10", step=60)
    assert found(warehouse, "motorhome_without_entry", datetime(2025, 7, 12, 12, tzinfo=UTC)) == []


def test_a_barrier_that_was_told_of_explains_why_nobody_enters(warehouse: duckdb.DuckDBPyConnection) -> None:
    enter_hourly(warehouse, "2025-07-10 12:00")
    outage(warehouse, "barrier:ile", utc(2025, 7, 10, 6), None)
    assert found(warehouse, "motorhome_without_entry", datetime(2025, 7, 20, tzinfo=UTC)) == []


def test_no_entry_out_of_season_is_not_told(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute(
        """INSERT INTO marts.counted_series BY NAME
           SELECT 'o' AS office, 'ile' AS site, 'barrier:ile' AS subject, 'barrier' AS subject_kind,
                  entry_at AS utc_hour, 1 AS entry_count, 1 AS observed_count
           FROM range(TIMESTAMP '2024-03-01', TIMESTAMP '2025-12-04', INTERVAL 12 HOUR) AS entries(entry_at)
           WHERE month(entry_at) BETWEEN 4 AND 10 OR day(entry_at) = 3"""
    )
    assert found(warehouse, "motorhome_without_entry", datetime(2025, 12, 20, tzinfo=UTC)) == []


def pay(warehouse: duckdb.DuckDBPyConnection, at: datetime) -> None:
    """A day of two payments, one of them on a ticket that the barrier never saw."""
    add(
        warehouse, "marts.motorhome_payment_day",
        [{
            "site": "ile", "local_date": at.date(), "payment_kind": "sale", "method": "card",
            "payment_count": 2, "amount_eur": 15.16, "unseen_count": 1, "unseen_eur": 7.58,
            "first_unseen_hour": at,
        }],
    )  # fmt: skip


PAID = utc(2025, 8, 14, 14)


def test_money_on_a_ticket_that_the_barrier_never_saw_is_told_until_somebody_settles_it(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    enter_hourly(warehouse, "2025-12-30")
    pay(warehouse, PAID)
    (phantom,) = found(warehouse, "payments_without_passages")
    assert (phantom.subject, phantom.detected_at, phantom.ended_at) == ("kiosk:ile", utc(2025, 8, 18), None)
    assert phantom.course[0].values == {"payments": 1, "amount_eur": Decimal("7.58"), "first_at": PAID}


def test_a_payment_waits_for_the_barrier_s_log(warehouse: duckdb.DuckDBPyConnection) -> None:
    enter_hourly(warehouse, "2025-08-16")
    pay(warehouse, PAID)
    assert found(warehouse, "payments_without_passages") == []


def test_a_barrier_that_was_out_explains_payments_without_passages(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    enter_hourly(warehouse, "2025-12-30")
    pay(warehouse, PAID)
    outage(warehouse, "barrier:ile", utc(2025, 8, 10), utc(2025, 8, 12))
    assert found(warehouse, "payments_without_passages") == []


DAYS = "range(TIMESTAMP '2025-01-01', TIMESTAMP '2025-12-01', INTERVAL 1 DAY) AS days(day)"


def stays(warehouse: duckdb.DuckDBPyConnection, burst: str = "false", a_day: str = "20") -> None:
    """So many stays a day, a tenth of them unpaid, 80% in a burst; the kiosk takes something every day."""
    warehouse.execute(
        f"""INSERT INTO marts.motorhome_stay_day
            SELECT 'o', 'ile', day::DATE, count(*), 0, count(*), 0,
                   count(*) FILTER (number % 10 = 0 OR (({burst}) AND number % 10 < 8))
            FROM {DAYS} CROSS JOIN range(400) AS numbers(number)
            WHERE number < {a_day}
            GROUP BY day"""
    )
    warehouse.execute(
        f"""INSERT INTO marts.motorhome_payment_day
            SELECT 'o', 'ile', day::DATE, 'sale', 'card', 1, 12, 0, NULL, NULL FROM {DAYS}"""
    )


BURST = "day BETWEEN DATE '2025-09-10' AND DATE '2025-09-14'"
SEASON = "if(month(day) IN (7, 8), 200, 20)"


@pytest.mark.parametrize("a_day", ["20", SEASON])
def test_a_usual_share_of_unpaid_stays_is_not_told_in_any_season(
    warehouse: duckdb.DuckDBPyConnection, a_day: str
) -> None:
    stays(warehouse, a_day=a_day)
    assert found(warehouse, "motorhome_unmatched") == []


def test_far_more_unpaid_stays_than_usual_are_told_with_what_they_cost(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    stays(warehouse, BURST)
    (unpaid,) = found(warehouse, "motorhome_unmatched")
    assert (unpaid.subject, unpaid.fault) == ("area:ile", "passages_without_payments")
    assert utc(2025, 9, 11) <= unpaid.detected_at <= utc(2025, 9, 13)
    assert unpaid.ended_at is not None
    assert utc(2025, 9, 17) <= unpaid.ended_at <= utc(2025, 9, 22)
    # 14 more a day than the usual two, at 12 €, for five days.
    assert max(one.lost_eur or 0 for one in unpaid.course) == pytest.approx(5 * 14 * 12, rel=0.05)


def test_days_that_the_kiosk_s_log_has_not_reached_are_not_judged(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    stays(warehouse, "day >= DATE '2025-11-20'")
    warehouse.execute("DELETE FROM marts.motorhome_payment_day WHERE local_date >= DATE '2025-11-20'")
    assert found(warehouse, "motorhome_unmatched") == []


def test_a_dead_kiosk_explains_unpaid_stays(warehouse: duckdb.DuckDBPyConnection) -> None:
    stays(warehouse, BURST)
    outage(warehouse, "kiosk:ile", utc(2025, 9, 9, 20), utc(2025, 9, 14, 22))
    assert found(warehouse, "motorhome_unmatched") == []


@pytest.mark.parametrize(
    ("unpaired", "moved", "fault", "known"),
    [
        ("unpaired_exit_count", "departed_count", "tickets_without_entry", utc(2025, 10, 5)),
        ("unpaired_entry_count", "entered_count", "tickets_without_exit", utc(2025, 10, 26)),
    ],
)
def test_far_more_tickets_seen_on_one_side_than_usual_are_told_when_that_is_known(
    warehouse: duckdb.DuckDBPyConnection, unpaired: str, moved: str, fault: str, known: datetime
) -> None:
    stays(warehouse)
    warehouse.execute(
        f"""UPDATE marts.motorhome_stay_day SET {unpaired} = {unpaired} + 30, {moved} = {moved} + 30
            WHERE local_date = DATE '2025-10-04'"""
    )
    (finding,) = found(warehouse, "motorhome_unmatched")
    assert (finding.fault, finding.detected_at) == (fault, known)


# --- tourism information ---------------------------------------------------------------------------------


def records(warehouse: duckdb.DuckDBPyConnection, old: int, new: int) -> None:
    """Hotels last modified in 2024, or in June 2025; and an event that is over."""
    add(warehouse, "marts.tourism_delivery", [{"produced_date": date(2025, 1, 1)}])
    add(
        warehouse, "marts.tourism_object",
        [
            {
                "object_type": kind, "created_date": date(2023, 1, 1), "modified_date": modified,
                "is_published": True,
            }
            for kind, modified, count in (
                ("HOTELLERIE", date(2024, 3, 1), old),
                ("HOTELLERIE", date(2025, 6, 1), new),
                ("FETE_ET_MANIFESTATION", date(2024, 3, 1), 5),
            )
            for _ in range(count)
        ],
    )  # fmt: skip


def test_records_of_the_year_before_are_a_question_from_october_to_december(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    records(warehouse, old=3, new=7)
    assert found(warehouse, "records_not_updated", datetime(2025, 9, 30, tzinfo=UTC)) == []
    (finding,) = found(warehouse, "records_not_updated")
    assert (finding.detected_at, finding.ended_at, finding.ended_because) == (
        utc(2025, 10, 1, 6), utc(2026, 1, 1, 6), "year_over",
    )  # fmt: skip
    assert finding.course[0].values == {"records": 3, "all_records": 10, "share": 30.0}


def test_records_that_were_updated_twice_this_year_are_no_question(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    records(warehouse, old=0, new=7)
    warehouse.execute(
        "UPDATE marts.tourism_object SET modified_date = DATE '2025-12-05' WHERE modified_date > '2025-01-01'"
    )
    assert found(warehouse, "records_not_updated") == []


def test_few_records_left_are_no_question(warehouse: duckdb.DuckDBPyConnection) -> None:
    records(warehouse, old=1, new=30)
    assert found(warehouse, "records_not_updated") == []


def announce(warehouse: duckdb.DuckDBPyConnection, *announced: tuple[datetime, str, datetime | None]) -> None:
    add(
        warehouse, "quality.notification",
        [
            {"source": "tourism_information", "notification_id": rank, "received_at": at, "status": status,
             "is_full": False, "is_occasional": False, "integrated_at": integrated, "message": "m",
             "expected_every_hours": 24}
            for rank, (at, status, integrated) in enumerate(announced)
        ],
    )  # fmt: skip


def test_an_announced_error_lasts_until_a_later_export_is_integrated(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    at, healed = utc(2025, 12, 29, 6), utc(2025, 12, 30, 7)
    announce(warehouse, (at, "error", None), (utc(2025, 12, 30, 6), "integrated", healed))
    assert ("error", at, healed) in spans(found(warehouse, "export_failed"))


def test_a_lost_export_lasts_until_a_full_one_comes(warehouse: duckdb.DuckDBPyConnection) -> None:
    at = utc(2025, 12, 30, 6)
    announce(warehouse, (at, "lost", None), (utc(2025, 12, 31, 6), "integrated", utc(2025, 12, 31, 7)))
    assert ("lost", at, None) in spans(found(warehouse, "export_failed"))


def test_announcements_that_stop_are_noticed_by_their_age(warehouse: duckdb.DuckDBPyConnection) -> None:
    announce(warehouse, (utc(2025, 12, 28, 6), "integrated", utc(2025, 12, 28, 7)))
    assert spans(found(warehouse, "export_failed")) == [("silent", utc(2025, 12, 29, 18), None)]


# --- counters ----------------------------------------------------------------------------------------------


def test_a_correction_of_its_days_answers_the_question_of_exchanged_directions(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    same = {"subject": "counter:door", "fault": "directions_exchanged", "onset_at": utc(2025, 7, 12, 22),
            "detected_at": utc(2025, 7, 15, 18), "open_hours": 27, "expected_count": 700,
            "counted_count": 300}  # fmt: skip
    add(warehouse, "quality.outage", [{**same, "chance": 1e-5, "direction": "in"}])
    course = {**same, "open_days": 3, "known_at": utc(2025, 7, 15, 18), "lost_visitors": 400}
    add(warehouse, "quality.outage_course", [course])
    (asked,) = found(warehouse, "directions_question")
    assert (asked.fault, asked.ended_at) == ("directions_exchanged", None)
    assert asked.course[0].lost_visitors is None
    other = {"counter": "desk", "first_date": date(2025, 7, 13), "last_date": date(2025, 9, 30)}
    add(warehouse, "marts.correction", [other, {**other, "counter": "door", "first_date": date(2025, 8, 1)}])
    assert len(found(warehouse, "directions_question")) == 1
    add(warehouse, "marts.correction", [{**other, "counter": "door"}])
    assert found(warehouse, "directions_question") == []


def count(
    warehouse: duckdb.DuckDBPyConnection,
    days: int,
    entries: float | None,
    exits: float | None,
    first: date = date(2025, 3, 3),
    subject: str = "counter:door",
) -> None:
    """A counter that counts the same in its one open hour of each of these days."""
    sums = [one for one in (entries, exits) if one is not None]
    add(
        warehouse, "marts.counted_series",
        [
            {
                "subject": subject, "subject_kind": "counter", "local_date": day, "slot_minutes": 60,
                "utc_hour": utc(day.year, day.month, day.day, 9), "open_minutes": 60,
                "observed_count": sum(sums) if sums else None, "entry_count": entries, "exit_count": exits,
            }
            for day in (first + timedelta(days=n) for n in range(days))
        ],
    )  # fmt: skip


@pytest.mark.parametrize(("entries", "exits"), [(0.0, 0.0), (0.0, None), (None, None)])
def test_a_counter_that_never_counted_is_a_question_after_seven_open_days(
    warehouse: duckdb.DuckDBPyConnection, entries: float | None, exits: float | None
) -> None:
    count(warehouse, 20, entries, exits)
    assert found(warehouse, "never_counted", datetime(2025, 3, 10, 4, tzinfo=UTC)) == []
    (asked,) = found(warehouse, "never_counted", datetime(2025, 3, 10, 5, tzinfo=UTC))
    assert (asked.fault, asked.onset_at, asked.detected_at, asked.ended_at) == (
        "never_counted", utc(2025, 3, 3, 9), utc(2025, 3, 10, 5), None,
    )  # fmt: skip
    count(warehouse, 1, 3.0, 2.0, date(2025, 4, 1))
    (asked,) = found(warehouse, "never_counted")
    assert (asked.detected_at, asked.ended_at) == (utc(2025, 3, 10, 5), utc(2025, 4, 1, 9))


def test_a_direction_that_never_counted_is_a_question_once_the_other_has(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    count(warehouse, 30, 0.0, 5.0)
    (asked,) = found(warehouse, "never_counted")
    assert (asked.fault, asked.course[0].values["direction"]) == ("direction_never_counted", "in")


@pytest.mark.parametrize(("entries", "exits"), [(1.0, 0.0), (1.0, None), (2.0, 2.0)])
def test_a_counter_that_counts_within_a_week_is_never_asked_about(
    warehouse: duckdb.DuckDBPyConnection, entries: float, exits: float | None
) -> None:
    count(warehouse, 6, 0.0, 0.0 if exits is not None else None)
    count(warehouse, 1, entries, exits, date(2025, 3, 9))
    assert found(warehouse, "never_counted") == []


def test_on_the_day_of_installation_nothing_is_asked(warehouse: duckdb.DuckDBPyConnection) -> None:
    count(warehouse, 1, 0.0, 0.0)
    assert found(warehouse, "never_counted", datetime(2025, 3, 4, 12, tzinfo=UTC)) == []


def test_after_tests_on_installation_nothing_more_is_a_question(warehouse: duckdb.DuckDBPyConnection) -> None:
    count(warehouse, 1, 2.0, 1.0)
    count(warehouse, 280, 0.0, 0.0, date(2025, 3, 4))
    (asked,) = found(warehouse, "never_counted")
    assert (asked.fault, asked.onset_at, asked.detected_at, asked.ended_at) == (
        "counted_briefly", utc(2025, 3, 4, 9), utc(2025, 3, 11, 5), None,
    )  # fmt: skip
    assert asked.course[0].values["counted"] == 3


def test_a_direction_with_tests_on_installation_alone_is_a_question(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    count(warehouse, 2, 3.0, 4.0)
    count(warehouse, 30, 0.0, 40.0, date(2025, 3, 5))
    (asked,) = found(warehouse, "never_counted")
    assert (asked.fault, asked.course[0].values["direction"]) == ("direction_counted_briefly", "in")


def test_days_that_are_not_delivered_yet_are_no_silence_after_a_few_counts(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    count(warehouse, 5, 3.0, 4.0)
    count(warehouse, 30, None, None, date(2025, 3, 8))
    assert found(warehouse, "never_counted") == []


def test_a_week_at_zero_of_a_counter_that_counted_for_14_days_is_left_to_the_chart_of_silences(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    count(warehouse, 14, 3.0, 4.0)
    count(warehouse, 30, 0.0, 0.0, date(2025, 3, 17))
    assert found(warehouse, "never_counted") == []


def test_a_count_now_and_then_does_not_end_the_question(warehouse: duckdb.DuckDBPyConnection) -> None:
    count(warehouse, 10, 0.0, 0.0)
    for day in (14, 20, 30):
        count(warehouse, 1, 1.0, 0.0, date(2025, 3, day))
        count(warehouse, 5, 0.0, 0.0, date(2025, 3, day) + timedelta(days=1))
    assert [one.ended_at for one in found(warehouse, "never_counted") if one.fault == "never_counted"] == [
        None
    ]
    count(warehouse, 3, 2.0, 2.0, date(2025, 5, 1))
    (asked,) = (one for one in found(warehouse, "never_counted") if one.fault == "never_counted")
    assert (asked.ended_at, asked.end_known_at) == (utc(2025, 5, 1, 9), utc(2025, 5, 4, 5))


@pytest.mark.parametrize(("entries", "asks"), [(1.0, True), (4.0, False)])
def test_a_direction_that_was_always_under_a_twentieth_is_a_question(
    warehouse: duckdb.DuckDBPyConnection, entries: float, asks: bool
) -> None:
    count(warehouse, 40, entries, 40.0)
    assert [one.fault for one in found(warehouse, "never_counted")] == ["direction_barely_counts"] * asks


def test_a_direction_that_sinks_later_is_no_question_of_the_beginning(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    count(warehouse, 20, 30.0, 30.0)
    count(warehouse, 250, 0.0, 60.0, date(2025, 3, 23))
    assert found(warehouse, "never_counted") == []


@pytest.mark.parametrize(("own", "asks"), [(2.0, True), (20.0, False)])
def test_a_counter_that_was_always_under_a_twentieth_of_its_neighbour_is_a_question(
    warehouse: duckdb.DuckDBPyConnection, own: float, asks: bool
) -> None:
    count(warehouse, 40, own, None)
    warehouse.execute("UPDATE marts.counted_series SET site = 'desk'")
    count(warehouse, 40, 100.0, None, subject="counter:main")
    warehouse.execute("UPDATE marts.counted_series SET site = 'desk'")
    asked = [(one.subject, one.fault) for one in found(warehouse, "never_counted")]
    assert asked == [("counter:door", "barely_counts")] * asks


@pytest.mark.parametrize("delivered", ["at once", "daily"])
def test_280_days_of_zeros_from_the_first_day_are_asked_about_once_with_the_reminders_of_the_rule(
    warehouse: duckdb.DuckDBPyConnection, delivered: str
) -> None:
    first, days = date(2025, 3, 3), 280
    if delivered == "at once":
        count(warehouse, days, 0.0, 0.0)
    told: list[str] = []
    known: dict[str, Incident] = {}
    for n in range(days if delivered == "at once" else 1, days + 30):
        if delivered == "daily" and n <= days:
            count(warehouse, 1, 0.0, 0.0, first + timedelta(days=n - 1))
        at = datetime.combine(first + timedelta(days=n), time(6))
        asked = episodes(found(warehouse, "never_counted", at.replace(tzinfo=UTC)), at)
        cases = advance("o", list(known.values()), asked, at, lambda _rule, _severity: [7, 14], lambda _: "")
        known |= {case.incident.incident_id: case.incident for case in cases}
        told += [alert.what for case in cases for alert in case.alerts]
    assert told[0] == "opened" and set(told[1:]) == {"reminder"}
    assert len(known) == 1


def test_it_is_known_which_rules_stand_on_a_mart() -> None:
    assert rules_reading({"motorhome_payment_day"}) == {"motorhome_unmatched", "payments_without_passages"}
    assert rules_reading({"counter_hour"}) == frozenset()


# --- counters that follow each other ---------------------------------------------------------------------


def test_a_counter_that_another_one_follows_is_asked_about_and_one_with_an_end_is_not(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    new = {
        "counter": "new",
        "counter_label": "Neuve",
        "first_count_at": utc(2025, 6, 1, 7),
        "first_count_date": date(2025, 6, 1),
        "is_concluded": False,
    }
    old = {
        "counter": "old",
        "counter_label": "Ancienne",
        "last_count_date": date(2025, 5, 31),
        "replaced_by": "new",
    }
    add(warehouse, "marts.counter", [new, {**old, "is_concluded": True}])
    (question,) = found(warehouse, "counter_replaced")
    assert (question.subject, question.detected_at) == ("counter:new", utc(2025, 6, 1, 8))
    assert question.course[0].values == {
        "labels": "Ancienne",
        "last_date": date(2025, 5, 31),
        "first_date": date(2025, 6, 1),
    }
    warehouse.execute("UPDATE marts.counter SET is_concluded = false")
    assert found(warehouse, "counter_replaced") == []


def test_a_counter_that_was_taken_down_did_not_come_back(warehouse: duckdb.DuckDBPyConnection) -> None:
    dead = Outage(
        office="o",
        subject="counter:door",
        fault="zeros",
        onset_at=utc(2025, 5, 15),
        detected_at=utc(2025, 5, 16),
        ended_at=None,
        expected_count=40,
        open_hours=20,
        chance=1e-6,
    )
    lasting = replace(dead, subject="counter:side")
    add(warehouse, "marts.counter", [{"counter": "door", "until_at": utc(2025, 5, 31)}, {"counter": "side"}])
    ended = ended_with_service(warehouse, "o", [dead, lasting])
    assert [one.ended_at for one in ended] == [utc(2025, 5, 31), None]
    write_outages(warehouse, "o", ended)
    warehouse.execute(
        """INSERT INTO quality.outage_course
           SELECT office, subject, fault, onset_at, detected_at, detected_at, 20, 2, 40, 0, NULL, NULL
           FROM quality.outage"""
    )
    assert {one.subject: one.ended_because for one in found(warehouse, "counter_silent")} == {
        "counter:door": "taken_down",
        "counter:side": "counts_came_back",
    }


@pytest.mark.parametrize(
    ("known", "ended", "because"),
    [
        (utc(2025, 4, 25), utc(2025, 4, 20), "back_to_normal"),
        (utc(2025, 5, 5), utc(2025, 5, 1), "became_usual"),
        (None, utc(2025, 5, 1), "became_usual"),
    ],
)
def test_a_level_is_usual_unless_its_end_was_known_before(
    warehouse: duckdb.DuckDBPyConnection, known: datetime | None, ended: datetime, because: str
) -> None:
    same = {"subject": "counter:door", "fault": "step", "onset_at": utc(2024, 12, 30),
            "detected_at": utc(2025, 1, 1), "open_hours": 27, "expected_count": 700,
            "counted_count": 300}  # fmt: skip
    level = {"chance": 1e-5, "usual_at": utc(2025, 5, 1), "end_known_at": known,
             "ended_at": utc(2025, 4, 20) if known else None}  # fmt: skip
    add(warehouse, "quality.outage", [same | level])
    add(warehouse, "quality.outage_course", [same | {"open_days": 3, "known_at": utc(2025, 1, 1)}])
    (one,) = found(warehouse, "counter_wrong")
    assert (one.ended_at, one.ended_because) == (ended, because)
    assert one.end(utc(2025, 4, 22)) is None


def test_a_silence_ends_when_its_end_was_known(warehouse: duckdb.DuckDBPyConnection) -> None:
    same = {"subject": "counter:door", "fault": "trickle", "onset_at": utc(2025, 5, 15),
            "detected_at": utc(2025, 5, 16), "open_hours": 27, "expected_count": 700,
            "counted_count": 30}  # fmt: skip
    end = {"ended_at": utc(2025, 5, 20, 8), "end_known_at": utc(2025, 5, 20, 11)}
    add(warehouse, "quality.outage", [same | end | {"chance": 1e-9}])
    add(warehouse, "quality.outage_course", [same | {"open_days": 3, "known_at": utc(2025, 5, 16)}])
    (one,) = found(warehouse, "counter_silent")
    assert (one.end(utc(2025, 5, 20, 10)), one.end(utc(2025, 5, 20, 11))) == (None, utc(2025, 5, 20, 8))


# --- contradictions --------------------------------------------------------------------------------------

ASKED = {
    "subject": "counter:door", "others": ["kiosk:area", "barrier:area"], "fault": "one_departs",
    "step": "day", "onset_at": datetime(2025, 5, 11, 22), "detected_at": datetime(2025, 6, 21, 22),  # noqa: DTZ001
    "usual_at": datetime(2025, 10, 19, 22),   # noqa: DTZ001
    "change_pct": -17.2, "own_pct": -14.0, "others_pct": 3.6, "deviations": 4.6,
}  # fmt: skip


def test_a_contradiction_is_asked_about_until_both_agree(warehouse: duckdb.DuckDBPyConnection) -> None:
    back = {"ended_at": datetime(2025, 7, 1), "end_known_at": datetime(2025, 7, 20)}  # noqa: DTZ001
    add(warehouse, "quality.contradiction", [{**ASKED, **back}])
    (one,) = found(warehouse, "contradiction_question")
    assert (one.ended_at, one.end_known_at) == (back["ended_at"], back["end_known_at"])
    assert one.course[0].values == {
        "change": 17.2, "way": "less", "others": ["kiosk:area", "barrier:area"], "own": "−14", "common": "+4",
        "days": 41,
    }  # fmt: skip


def test_a_contradiction_that_lasts_becomes_usual(warehouse: duckdb.DuckDBPyConnection) -> None:
    add(warehouse, "quality.contradiction", [ASKED])
    (one,) = found(warehouse, "contradiction_question")
    assert (one.end_known_at, one.ended_because) == (ASKED["usual_at"], "became_usual")


def test_a_fault_that_is_told_of_the_series_answers_the_question(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    add(warehouse, "quality.contradiction", [ASKED])
    add(
        warehouse, "quality.outage",
        [{
            "subject": "counter:door", "fault": "step", "onset_at": datetime(2025, 5, 20),  # noqa: DTZ001
            "detected_at": datetime(2025, 6, 30), "expected_count": 1, "open_hours": 1,  # noqa: DTZ001
            "chance": 1e-5, "counted_count": 1,
        }],
    )  # fmt: skip
    assert len(found(warehouse, "contradiction_question", datetime(2025, 6, 25, tzinfo=UTC))) == 1
    assert found(warehouse, "contradiction_question") == []


# --- registers -------------------------------------------------------------------------------------------


def test_a_harsh_review_is_told_the_next_day_until_it_is_answered_or_a_month_old(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    add(
        warehouse, "marts.review",
        [
            {"site": site, "platform": "google", "local_date": day, "rating": rating, "replied_date": replied}
            for site, day, rating, replied in (
                ("s", "2025-06-01", 2, "2025-06-10"),
                ("s", "2025-06-01", 3, None),
                ("t", "2025-06-01", None, None),
                ("t", "2025-07-01", 1, None),
                ("t", "2025-12-20", 1, None),
            )
        ],
    )  # fmt: skip
    answered, old, fresh = found(warehouse, "low_review")
    assert spans([answered, old, fresh]) == [
        ("low", utc(2025, 6, 2, 6), utc(2025, 6, 11, 6)),
        ("low", utc(2025, 7, 2, 6), utc(2025, 8, 1, 0)),
        ("low", utc(2025, 12, 21, 6), None),
    ]
    assert [one.ended_because for one in (answered, old)] == ["replied", "too_old"]
    assert answered.subject == "reviews:s"


def test_an_edition_is_low_from_the_day_on_which_it_falls_under_its_threshold(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    def stock(
        code: str,
        day: str,
        count: int,
        threshold: int | None = 100,
        year: int | None = 2025,
        discarded: int = 0,
    ) -> None:
        row: dict[str, object] = {"edition_code": code, "local_date": day, "stock_count": count}
        row["discarded_count"] = discarded
        add(
            warehouse,
            "marts.documentation_stock",
            [{**row, "threshold_count": threshold, "edition_year": year}],
        )

    for day, count in (("2025-06-01", 100), ("2025-06-10", 99), ("2025-06-20", 40), ("2025-07-01", 900)):
        stock("A", day, count)
    stock("B", "2024-06-01", 5, year=2024)
    stock("C", "2025-06-01", 5, threshold=None)
    stock("D", "2025-06-01", 5, year=None)
    stock("E", "2025-12-01", 0, discarded=300)
    told = {one.subject: one for one in found(warehouse, "stock_low")}
    assert {subject: spans([one]) for subject, one in told.items()} == {
        "edition:A": [("low", utc(2025, 6, 10, 6), utc(2025, 7, 1, 6))],
        "edition:B": [("low", utc(2024, 6, 1, 6), utc(2025, 1, 1, 6))],
        "edition:D": [("low", utc(2025, 6, 1, 6), None)],
    }
    assert told["edition:B"].ended_because == "year_over"
    assert [step.values["stock_count"] for step in told["edition:A"].course] == [99, 40]


def test_a_label_is_due_from_its_notice_on_and_lapsed_from_its_day_on_unless_it_was_renewed(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    def label(partner: str, obtained: str, due: str | None, notice: str | None, status: str = "held") -> None:
        row = {"partner_id": partner, "label": "logis", "label_status": status, "obtained_date": obtained}
        add(warehouse, "marts.partner_label", [{**row, "due_date": due, "notice_date": notice}])

    label("P1", "2022-03-01", "2025-03-01", "2024-03-01")
    label("P1", "2025-02-01", "2028-03-01", "2027-03-01")
    label("P2", "2022-05-01", "2025-05-01", "2024-05-01")
    label("P3", "2022-05-01", None, None)
    label("P4", "2022-05-01", "2025-05-01", "2024-05-01", status="given_up")
    told: dict[str, list[tuple[str, datetime, datetime | None]]] = {}
    for one in found(warehouse, "label_due"):
        told.setdefault(one.subject, []).extend(spans([one]))
    assert told == {
        "label:P1-logis": [("due", utc(2024, 3, 1, 6), utc(2025, 2, 1, 6))],
        "label:P2-logis": [
            ("due", utc(2024, 5, 1, 6), utc(2025, 5, 1, 6)),
            ("lapsed", utc(2025, 5, 1, 6), None),
        ],
    }


STATED_AT = "2025-09-01 03:00:00"


def test_a_museum_s_published_attendance_is_a_question_where_it_is_not_its_own_count(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for year, stated, counted, uncounted in (
        (2019, 1000, None, 0),
        (2020, 1000, 981, 0),  # within two per cent
        (2021, 30, 21, 0),  # nine visitors
        (2022, 1000, 700, 3),  # days that nobody counted
        (2023, 1000, 980, 0),
        (2024, 900, 1000, 0),
    ):
        row = {"site": "musee", "year": year, "stated_count": stated, "counted_count": counted}
        difference = None if counted is None else stated - counted
        more = {"uncounted_days": uncounted, "difference": difference, "stated_at": STATED_AT}
        add(warehouse, "marts.museum_year", [{**row, **more}])
    told = found(warehouse, "museum_question")
    assert [(one.subject, one.onset_at) for one in told] == [
        ("museum:musee", utc(2024, 1, 1, 6)), ("museum:musee", utc(2025, 1, 1, 6)),
    ]  # fmt: skip
    assert {one.detected_at for one in told} == {utc(2025, 9, 1, 3)}
    assert told[1].course[-1].values == {"year": "2024", "stated": 900, "counted": 1000}
    assert found(warehouse, "museum_question", datetime(2025, 8, 31, tzinfo=UTC)) == []


def test_a_published_account_is_a_question_where_it_is_not_the_office_s_own(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for year, direction, stated, own in (
        (2022, "receipt", 500, None),
        (2023, "receipt", 500, 500.99),
        (2024, "receipt", 500, 512.5),
        (2024, "expense", 400, 400),
    ):
        row = {"fiscal_year": year, "direction": direction, "stated_eur": stated, "own_eur": own}
        difference = None if own is None else stated - own
        add(
            warehouse,
            "marts.published_account",
            [{**row, "difference_eur": difference, "stated_at": STATED_AT}],
        )
    (told,) = found(warehouse, "account_question")
    assert (told.subject, told.fault, told.detected_at) == ("account:2024", "receipt", utc(2025, 9, 1, 3))
    assert told.course[-1].values == {
        "stated": Decimal(500), "own": Decimal("512.5"), "difference": Decimal("12.5"),
    }  # fmt: skip
    assert found(warehouse, "account_question", datetime(2025, 8, 31, tzinfo=UTC)) == []


def test_an_incident_of_the_listening_register_is_told_after_its_due_day_until_it_is_resolved(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for theme, due, closed, count in (
        ("premises", "2025-07-10", "2025-08-01", 1),
        ("premises", "2025-07-12", "2025-08-05", 1),
        ("signage", "2025-07-10", "2025-07-10", 1),  # in time
        ("operations", "2025-07-10", None, 2),
        ("operations", "2025-07-10", "2025-07-20", 1),
        ("townscape", "2026-01-10", None, 1),  # not due yet
    ):
        row = {"origin": "external", "theme": theme, "entered_date": "2025-07-01", "due_date": due}
        add(warehouse, "marts.listening_incident", [{**row, "closed_date": closed, "incident_count": count}])
    operations, premises = sorted(found(warehouse, "listening_open"), key=lambda one: one.fault)
    assert spans([premises]) == [("premises", utc(2025, 7, 11, 6), utc(2025, 8, 6, 6))]
    assert spans([operations]) == [("operations", utc(2025, 7, 11, 6), None)]
    assert operations.subject == "listening:2025-07-01"
    assert operations.course[0].values["incidents"] == 3


def test_calls_without_an_answer_are_told_when_far_more_than_usual_in_a_week_that_is_over(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """A habit of 10%, two bad weeks, then as before; few calls tell nothing."""
    first = date(2025, 3, 3)
    missed = [6, 5, 7, 4, 6, 8, 5, 6, 7, 6, 24, 30, 6, 5]
    for rank, bad in enumerate(missed):
        start = first + timedelta(7 * rank)
        calls = {"call_count": 30, "unanswered_count": bad // 2}
        add(
            warehouse,
            "marts.call_day",
            [
                {"local_date": start + timedelta(1), **calls},
                {"local_date": start + timedelta(6), **calls, "unanswered_count": bad - bad // 2},
            ],
        )
    (one,) = found(warehouse, "calls_unanswered")
    assert spans([one]) == [("unanswered", utc(2025, 5, 19, 6), utc(2025, 6, 2, 6))]
    assert [(state.values["missed"], state.values["usual_share"]) for state in one.course] == [
        (24, 10),
        (30, 13),
    ]
    warehouse.execute("UPDATE marts.call_day SET call_count = 3, unanswered_count = unanswered_count // 10")
    assert found(warehouse, "calls_unanswered") == []


@pytest.mark.parametrize("rule", sorted(rules()))
def test_a_rule_reads_facts_and_no_figures(rule: str) -> None:
    """By day incidents are followed before the figures are computed, which a new home has none of yet."""
    facts = {path.stem for path in (REPOSITORY / "transforms" / "models" / "facts").rglob("*.sql")}
    assert set(re.findall(r"marts\.(\w+)", rules()[rule].query)) <= facts
