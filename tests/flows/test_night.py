"""The night as a whole, on one door counter: plain functions, without Prefect."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest

from expectations.checking import CheckResult
from flows.night import night, what_to_hold
from tests.flows.conftest import Drop, Mailbox
from warehouse.clock import nightly_instant
from warehouse.database import rows
from warehouse.errors import VigieError
from warehouse.layout import Home
from warehouse.lock import refresh_lock
from warehouse.office import Office

pytestmark = pytest.mark.filterwarnings("ignore")


def at(office: Office, day: date) -> datetime:
    return nightly_instant(day, office.zone)


def query(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def content(home: Home) -> dict[str, list[dict[str, object]]]:
    """Every published table but quality.run, which alone tells when runs really happened."""
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        tables = connection.execute(
            """SELECT schema_name, table_name FROM duckdb_tables()
               WHERE table_name <> 'run' ORDER BY ALL"""
        ).fetchall()
        return {
            f"{schema}.{table}": rows(connection, f'SELECT * FROM {schema}."{table}" ORDER BY ALL')
            for schema, table in tables
        }


def test_a_dead_counter_is_mailed_once_and_its_incident_closes_by_itself(
    door_home: Home, door_office: Office, drop_days: Drop, mailbox: Mailbox
) -> None:
    drop_days(date(2025, 3, 3), date(2025, 5, 14))
    drop_days(date(2025, 5, 15), date(2025, 5, 16), count=0)
    first = night(door_home, door_office, at(door_office, date(2025, 5, 17)))
    assert first.exit_status == 0, (first.failures, first.failed_checks)
    assert [mail["subject"] for mail in mailbox.messages] == ["Vigie : Porte de l'accueil ne compte plus"]
    assert "15 mai 2025" in mailbox.messages[0].get_content()

    drop_days(date(2025, 5, 17), date(2025, 5, 17), count=0)
    night(door_home, door_office, at(door_office, date(2025, 5, 18)))
    assert len(mailbox.messages) == 1

    drop_days(date(2025, 5, 19), date(2025, 5, 19))
    night(door_home, door_office, at(door_office, date(2025, 5, 20)))
    assert query(door_home, "SELECT status, resolution FROM quality.incident") == [
        ("resolved", "counts_came_back")
    ]
    assert len(mailbox.messages) == 1


def test_a_mail_that_no_server_took_is_sent_by_the_next_night(
    door_home: Home, door_office: Office, drop_days: Drop, mailbox: Mailbox
) -> None:
    drop_days(date(2025, 3, 3), date(2025, 5, 14))
    drop_days(date(2025, 5, 15), date(2025, 5, 16), count=0)
    mailbox.is_down = True
    report = night(door_home, door_office, at(door_office, date(2025, 5, 17)))
    assert report.exit_status == 3
    assert "staff" in report.failures["alerts"]
    mailbox.is_down = False
    night(door_home, door_office, at(door_office, date(2025, 5, 17)))
    assert len(mailbox.messages) == 1


def test_the_same_night_again_publishes_the_same_tables_and_reads_nothing(
    door_home: Home, door_office: Office, drop_days: Drop, mailbox: Mailbox
) -> None:
    path = drop_days(date(2025, 3, 3), date(2025, 5, 14))
    bytes_ = path.read_bytes()
    night(door_home, door_office, at(door_office, date(2025, 5, 15)))
    before = content(door_home)
    drop_days(date(2025, 3, 3), date(2025, 5, 14)).write_bytes(bytes_)
    import os

    os.utime(path, (0, 0))
    report = night(door_home, door_office, at(door_office, date(2025, 5, 15)))
    assert (report.files_new, report.files_known) == (0, 1)
    assert content(door_home) == before


def test_a_lost_working_database_is_made_again_from_the_archive(
    door_home: Home, door_office: Office, drop_days: Drop, mailbox: Mailbox
) -> None:
    drop_days(date(2025, 3, 3), date(2025, 5, 14))
    drop_days(date(2025, 5, 12), date(2025, 5, 14), count=20)
    night(door_home, door_office, at(door_office, date(2025, 5, 15)))
    before = content(door_home)
    for path in door_home.work.glob("vigie.duckdb*"):
        path.unlink()
    report = night(door_home, door_office, at(door_office, date(2025, 5, 15)))
    assert report.files_new == 2
    assert content(door_home) == before


def test_one_source_that_fails_does_not_stop_the_others(
    door_home: Home, door_office: Office, drop_days: Drop, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sources.motorhome.source

    def broken(*_: object) -> None:
        raise RuntimeError("a bug in this reader")

    monkeypatch.setattr(sources.motorhome.source, "read", broken)
    folder = door_home.inbox / "motorhome"
    folder.mkdir(parents=True)
    (folder / "passages-x-2025-05.csv").write_text("x\n", encoding="utf-8")
    import os

    os.utime(folder / "passages-x-2025-05.csv", (0, 0))
    drop_days(date(2025, 3, 3), date(2025, 5, 14))
    report = night(door_home, door_office, at(door_office, date(2025, 5, 15)))
    assert "a bug in this reader" in report.failures["motorhome"]
    assert report.exit_status == 1
    assert query(door_home, "SELECT count(*) > 0 FROM marts.indicator_value") == [(True,)]


def test_two_refreshes_of_one_home_are_kept_apart(door_home: Home, door_office: Office) -> None:
    with refresh_lock(door_home), pytest.raises(VigieError, match="Another refresh is running"):
        night(door_home, door_office, at(door_office, date(2025, 5, 15)))


def failing(table: str, level: str = "fail") -> CheckResult:
    return CheckResult(
        office="x",
        as_of=datetime(2025, 1, 1),  # noqa: DTZ001 - naive UTC, as in the table
        table=table,
        check="c",
        column=None,
        level=level,
        success=False,
        observed=None,
        message=None,
    )


BEHIND = {
    "counter_slot": frozenset({"counter_counts"}),
    "motorhome_stay": frozenset({"motorhome_passages"}),
    "indicator_value": frozenset({"counter_counts", "motorhome_passages"}),
}


def test_a_failing_raw_table_holds_its_marts_and_its_source() -> None:
    holds = what_to_hold([failing("raw.counter_counts")], BEHIND)
    assert holds.tables == {"counter_slot"}
    assert holds.sources == {"counters"}


def test_a_failing_mart_holds_its_source_and_not_the_others() -> None:
    holds = what_to_hold([failing("marts.motorhome_stay")], BEHIND)
    assert holds.tables == {"motorhome_stay"}
    assert holds.sources == {"motorhome"}


def test_a_failing_shared_mart_is_held_alone() -> None:
    holds = what_to_hold([failing("marts.indicator_value")], BEHIND)
    assert (holds.tables, holds.sources) == ({"indicator_value"}, frozenset())


def test_a_warning_holds_nothing() -> None:
    holds = what_to_hold([failing("raw.counter_counts", level="warn")], BEHIND)
    assert (holds.tables, holds.sources) == (frozenset(), frozenset())
