"""Past days replayed by the machine of today."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from flows.alerts.backtesting import RUNS, Said, backtest, next_run
from tests.findings import finding, utc
from tests.flows.alerts.test_channels import NIGHT, channel, office
from warehouse.office.model import Office

PARIS = ZoneInfo("Europe/Paris")
ENDED = finding(ended_at=utc(2025, 5, 20, 8))


def replayed(first: date, last: date, where: Office | None = None) -> list[Said]:
    return backtest([ENDED], where or office(), first, last)


def test_each_message_is_told_at_the_run_that_would_have_sent_it() -> None:
    told = replayed(date(2025, 5, 1), date(2025, 8, 31))
    assert [(one.what, f"{one.instant:%d %H:%M}") for one in told] == [
        ("opened", "15 13:10"), ("reminder", "16 13:10"), ("reminder", "19 13:10"), ("closed", "20 10:10"),
    ]  # fmt: skip


def test_days_are_local_and_both_included() -> None:
    assert [one.what for one in replayed(date(2025, 5, 15), date(2025, 5, 15))] == ["opened"]
    assert replayed(date(2025, 5, 14), date(2025, 5, 14)) == []


def test_what_opened_before_the_first_day_is_no_news_and_still_closes() -> None:
    assert [one.what for one in replayed(date(2025, 5, 20), date(2025, 5, 31))] == ["closed"]


def test_channels_are_named_and_quiet_hours_waited_for() -> None:
    where = office(channel("sms", **{**NIGHT, "quiet_hours": {"start": "12:00", "end": "14:00"}}))
    (opened, *_) = replayed(date(2025, 5, 15), date(2025, 5, 20), where)
    assert (opened.channels, f"{opened.instant:%H:%M}") == (("sms",), "14:00")


def test_the_next_run_is_tonight_s_after_the_last_hourly_one() -> None:
    assert next_run(datetime(2025, 5, 15, 20, 11, tzinfo=PARIS), PARIS) == datetime(
        2025, 5, 16, 2, 30, tzinfo=PARIS
    )


def test_runs_are_those_of_prefect_yaml() -> None:
    declared = yaml.safe_load((Path(__file__).parents[3] / "prefect.yaml").read_text(encoding="utf-8"))
    runs = set()
    for deployment in declared["deployments"]:
        for schedule in deployment.get("schedules", ()):
            minute, hours, *_ = schedule["cron"].split()
            first, _, last = hours.partition("-")
            runs |= {time(hour, int(minute)) for hour in range(int(first), int(last or first) + 1)}
    assert runs == set(RUNS)
