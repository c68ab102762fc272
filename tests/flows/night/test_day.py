"""By day: people are told before the figures, and what is published is what a night would publish."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.night.day import by_day
from flows.night.steps import Answer, NightReport, Run, night
from flows.serve.catching_up import done_since
from tests.flows.conftest import Content, Mailbox, content, drop_days, mail_server, make_home
from warehouse.clock import naive_utc, now
from warehouse.errors import VigieError
from warehouse.office.model import load_office
from warehouse.storage import archive
from warehouse.storage.database import working
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock

AT = datetime(2025, 5, 17, 9, 0, tzinfo=UTC)
AGO = timedelta(hours=1)


class Noted(Run):
    """Notes the steps, and how many mails had come when each began."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        self.steps: list[tuple[str, int]] = []

    def __call__(self, step: Callable[..., Answer], *arguments: Any, network: bool = False) -> Answer:
        self.steps.append((step.__name__, len(self.box.messages)))
        return step(*arguments)


class Day:
    """A day and a night at the same instant on equal homes, and what each left."""

    def __init__(self, folder: Path, box: Mailbox) -> None:
        self.started = now()
        self.home = make_home(Home(folder / "day"))
        self.office = load_office(self.home.office_file)
        drop_days(self.home, date(2025, 3, 3), date(2025, 5, 14))
        night(self.home, self.office, datetime(2025, 5, 15, 0, 30, tzinfo=UTC))
        path = drop_days(self.home, date(2025, 5, 15), date(2025, 5, 16), count=0)
        other = Home(folder / "night")
        shutil.copytree(self.home.root, other.root, symlinks=True)
        box.messages.clear()
        path.touch()  # changed just now: only the event knows that it is complete
        self.run = Noted(box)
        self.report = by_day(
            self.home, self.office, "counters", lambda: AT,
            settled=[archive.stamp(path)], run=self.run,
        )  # fmt: skip
        self.mails = len(box.messages)
        self.published = content(self.home)
        night(other, self.office, AT, only=["counters"])
        self.by_night: Content = content(other)


@pytest.fixture(scope="module")
def the_day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    with mail_server() as box:
        return Day(tmp_path_factory.mktemp("day"), box)


def test_a_file_of_the_day_is_read_and_told(the_day: Day) -> None:
    assert isinstance(the_day.report, NightReport)
    assert (the_day.report.files_new, the_day.report.exit_status, the_day.mails) == (1, 0, 1)


def test_people_are_told_before_the_figures_are_reckoned(the_day: Day) -> None:
    mails = dict(the_day.run.steps)
    assert mails["judge"] == 0
    assert mails["estimate"] == 1


def test_what_is_published_by_day_is_what_a_night_publishes(the_day: Day) -> None:
    # The file of the day was changed just now, that of the night long ago.
    for published in (the_day.published, the_day.by_night):
        for row in published["quality.load"]:
            row.pop("modified_at", None)
    assert the_day.published == the_day.by_night


def test_nothing_is_run_when_nothing_waits(the_day: Day) -> None:
    again = by_day(the_day.home, the_day.office, "counters", lambda: AT, settled=["1-1-1"])
    assert again is None


def test_a_run_that_does_not_get_the_home_says_so(the_day: Day) -> None:
    with refresh_lock(the_day.home), pytest.raises(VigieError, match="Une autre actualisation"):
        by_day(the_day.home, the_day.office, "counters", lambda: AT, settled=(), wait_seconds=1)


@pytest.mark.parametrize(
    ("scheduled", "only", "is_done"),
    [
        (-AGO, (), True),  # days off: a night was done since
        (AGO, (), False),  # it is meant for later than any run
        (-AGO, ("counters", "motorhome"), True),  # a night does what they would
    ],
)
def test_a_late_run_is_needless_once_a_later_one_did_its_work(
    the_day: Day, scheduled: timedelta, only: tuple[str, ...], is_done: bool
) -> None:
    at = (the_day.started if scheduled < timedelta() else now()) + scheduled
    assert (done_since(the_day.home, at, only) is not None) is is_done


def test_a_run_of_one_source_does_the_work_of_no_night(the_day: Day) -> None:
    nights_over = after_the_night(the_day.home)
    assert done_since(the_day.home, nights_over) is None
    assert done_since(the_day.home, nights_over, ("counters", "motorhome")) is None
    assert done_since(the_day.home, nights_over, ("counters",)) is not None


def after_the_night(home: Home) -> datetime:
    """An instant after the start of the night and before that of the run by day."""
    with working(home) as connection:
        found = connection.execute(
            "SELECT started_at FROM quality.run WHERE sources = 'all' ORDER BY started_at DESC"
        ).fetchone()
    assert found is not None
    started: datetime = found[0]
    return started.replace(tzinfo=UTC) + timedelta(seconds=1)


def test_a_home_that_never_published_has_done_nothing(home: Home) -> None:
    assert done_since(home, now() - AGO) is None


def test_a_file_archived_by_a_run_that_was_killed_before_its_ledger_is_read_by_the_next(
    home: Home, mailbox: Mailbox
) -> None:
    make_home(home)
    office = load_office(home.office_file)
    drop_days(home, date(2025, 3, 3), date(2025, 5, 14))
    night(home, office, datetime(2025, 5, 15, 0, 30, tzinfo=UTC), only=["counters"])
    drop_days(home, date(2025, 5, 15), date(2025, 5, 16))
    archive.receive(home, "counters", AT, lambda _: None)
    with working(home) as connection:
        connection.execute(
            "INSERT INTO quality.run VALUES (?, 'killed', ?, ?, NULL, 'running', NULL, NULL, NULL, 'all')",
            [office.code, naive_utc(AT), naive_utc(AT)],
        )
    assert night(home, office, AT, only=["counters"]).files_new == 1
