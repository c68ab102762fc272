"""A run never goes back: refused, or by force a rehearsal that changes nothing but the working figures."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.command.cli import main
from flows.night.day import by_day
from flows.night.steps import begin, goes_back, latest_run, night, set_aside_later_runs
from tests.flows.conftest import drop_days, mail_server, make_home
from warehouse.clock import naive_utc, nightly_instant
from warehouse.errors import UsageError
from warehouse.office.model import load_office
from warehouse.storage import archive
from warehouse.storage.layout import Home
from warehouse.storage.running import unended

BEFORE, LAST = date(2025, 5, 16), date(2025, 5, 20)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose last night is of 20 May, with a door that is dead since the 15th."""
    home = make_home(Home(tmp_path_factory.mktemp("lived") / "home"))
    office = load_office(home.office_file)
    drop_days(home, date(2025, 3, 3), date(2025, 5, 14))
    drop_days(home, date(2025, 5, 15), date(2025, 5, 19), count=0)
    with mail_server() as box:
        night(home, office, nightly_instant(LAST, office.zone))
        assert box.messages
    return home


@pytest.fixture
def copied(lived: Home, tmp_path: Path) -> Home:
    """That home, on which a test may do as it likes."""
    home = Home(tmp_path / "copied")
    shutil.copytree(lived.root, home.root, symlinks=True)
    return home


def test_a_night_before_the_last_one_is_wrong_use_and_both_instants_are_named(
    lived: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["vigie", "refresh", "--home", str(lived.root), "--as-of", str(BEFORE)]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "16 mai 2025 à 02:30" in said
    assert "20 mai 2025 à 02:30" in said
    assert unended(lived) is None


def test_by_force_nothing_is_told_or_published_and_no_incident_changes(copied: Home) -> None:
    office = load_office(copied.office_file)
    journal, version = copied.root / "journal.sqlite", copied.current.resolve()
    before, last = journal.read_bytes(), latest_run(copied)
    drop_days(copied, date(2025, 5, 20), date(2025, 5, 20))
    with mail_server() as box:
        report = night(copied, office, nightly_instant(BEFORE, office.zone), force=True)
    assert report.is_rehearsal
    assert (report.told, report.published, box.messages) == ([], None, [])
    assert journal.read_bytes() == before
    assert copied.current.resolve() == version
    assert latest_run(copied) == last
    assert len(archive.waiting(copied, "counters")) == 1


def test_by_day_a_clock_that_went_back_is_refused_and_told_by_the_status(copied: Home) -> None:
    office = load_office(copied.office_file)
    before = (copied.root / "journal.sqlite").read_bytes()
    path = drop_days(copied, date(2025, 5, 15), date(2025, 5, 15))
    with pytest.raises(UsageError, match="antérieur"):
        by_day(
            copied, office, "counters", lambda: nightly_instant(BEFORE, office.zone),
            settled=[archive.stamp(path)],
        )  # fmt: skip
    assert (copied.root / "journal.sqlite").read_bytes() == before
    assert path.exists()
    failed = unended(copied)
    assert failed is not None
    assert "20 mai 2025" in failed.error


def test_a_lost_working_database_does_not_let_a_run_go_back(copied: Home) -> None:
    office = load_office(copied.office_file)
    for path in copied.work.glob("vigie.duckdb*"):
        path.unlink()
    with pytest.raises(UsageError):
        goes_back(copied, office, nightly_instant(BEFORE, office.zone))


def test_runs_that_a_wrong_clock_made_can_be_set_aside(door_home: Home) -> None:
    office = load_office(door_home.office_file)
    today = datetime(2025, 5, 17, 0, 30, tzinfo=UTC)
    begin(door_home, office, today - timedelta(days=1))
    begin(door_home, office, datetime(2030, 1, 1, tzinfo=UTC))
    with pytest.raises(UsageError):
        goes_back(door_home, office, today)
    set_aside_later_runs(door_home, today)
    assert not goes_back(door_home, office, today)
    assert latest_run(door_home) == naive_utc(today) - timedelta(days=1)
