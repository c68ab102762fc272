"""A channel that does not answer: meanwhile the home is free, and the night's version stands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from flows.night.day import by_day
from flows.night.steps import Answer, NightReport, Run, night
from tests.flows.alerts.test_telling import hanging
from tests.flows.conftest import Mailbox, drop_days
from warehouse.office.model import load_office
from warehouse.storage import archive
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.running import unended

AT = datetime(2025, 5, 17, 0, 30, tzinfo=UTC)
LONG = 300.0


class Failing(Run):
    """Fails in publishing, as a full disk makes it fail."""

    def __call__(self, step: Callable[..., Answer], *arguments: Any, network: bool = False) -> Answer:
        if step.__name__ == "publish":
            raise OSError("no space left on device")
        return step(*arguments)


@pytest.mark.parametrize("run", [Run(), Failing()], ids=["done", "failed"])
def test_while_a_channel_does_not_answer_the_home_is_free(
    door_home: Home, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    office = load_office(door_home.office_file)
    drop_days(door_home, date(2025, 3, 3), date(2025, 5, 14))
    drop_days(door_home, date(2025, 5, 15), date(2025, 5, 16), count=0)
    monkeypatch.setattr("flows.alerts.sending.SEND_SECONDS", LONG)
    ended: list[NightReport | Exception] = []

    def go() -> None:
        try:
            ended.append(night(door_home, office, AT, run=run))
        except OSError as error:
            ended.append(error)

    with hanging() as (address, asked):
        monkeypatch.setenv("VIGIE_ALERT_STAFF", address)
        running = threading.Thread(target=go)
        running.start()
        assert asked.wait(LONG)
        with refresh_lock(door_home, LONG):  # the pages are drawn meanwhile; nobody answers for so long
            assert door_home.published_database.exists() is (type(run) is Run)
        told = unended(door_home)
        assert (told is None) is (type(run) is Run)
    running.join(LONG)
    (end,) = ended
    assert isinstance(end, OSError) if type(run) is Failing else "alerts" in end.failures  # type: ignore[union-attr]


def test_by_day_the_figures_do_not_wait_for_a_channel_that_does_not_answer(
    door_home: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = load_office(door_home.office_file)
    drop_days(door_home, date(2025, 3, 3), date(2025, 5, 14))
    night(door_home, office, datetime(2025, 5, 15, 0, 30, tzinfo=UTC))
    before = door_home.published_database.resolve()
    path = drop_days(door_home, date(2025, 5, 15), date(2025, 5, 16), count=0)
    monkeypatch.setattr("flows.alerts.sending.SEND_SECONDS", LONG)
    settled = [archive.stamp(path)]
    with hanging() as (address, asked):
        monkeypatch.setenv("VIGIE_ALERT_STAFF", address)
        running = threading.Thread(
            target=by_day, args=(door_home, office, "counters", lambda: AT), kwargs={"settled": settled}
        )
        running.start()
        assert asked.wait(LONG)
        with refresh_lock(door_home, LONG):
            assert door_home.published_database.resolve() != before
    running.join(LONG)
