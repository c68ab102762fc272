"""Matomo's API: all days that were asked for or none, read by the layout of Matomo's own export."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.audience.source import pull_matomo
from sources.catalogue import Context
from sources.pulling import Patience
from tests.sources.audience.matomo_simulator import MatomoSimulator, visits
from tests.sources.conftest import ReadSource
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.office.subjects.audience import Audience
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain

TOKEN = "0123456789abcdef0123456789abcdef"
AS_OF = datetime(2025, 7, 4, 0, 30, tzinfo=UTC)  # 02:30 in Paris
AT_ONCE = Patience(attempts=1, backoff_seconds=0.01)


@pytest.fixture
def matomo() -> Iterator[MatomoSimulator]:
    days = {"2025-07-01": visits(455), "2025-07-03": visits(440)}
    with MatomoSimulator(days, TOKEN) as simulator:
        yield simulator


def pull(
    matomo: MatomoSimulator, office: Office, work: Path, token: str = TOKEN, patience: Patience = AT_ONCE
) -> list[Path]:
    one = {"website": "tourisme", "url": matomo.url, "site_id": 3, "days": 5, "timeout_seconds": 5}
    system = Audience.model_validate({"matomo": [one]})
    systems = office.systems.model_copy(update={"audience": system})
    work.mkdir(exist_ok=True)
    declared = office.model_copy(update={"systems": systems})
    return list(pull_matomo(Context(declared, lambda _: token, work, AS_OF, Home(work)), patience))


def failure(matomo: MatomoSimulator, office: Office, work: Path, token: str = TOKEN) -> str:
    with pytest.raises(UpstreamError) as error:
        pull(matomo, office, work, token)
    assert list(work.iterdir()) == []
    assert token not in str(error.value)
    return plain(str(error.value))


def test_an_office_without_matomo_pulls_nothing(office: Office, tmp_path: Path) -> None:
    assert list(pull_matomo(Context(office, str, tmp_path, AS_OF, Home(tmp_path)))) == []


def test_days_are_read_as_those_of_an_export_and_a_day_without_a_visit_is_zero(
    matomo: MatomoSimulator, office: Office, tmp_path: Path, read_source: ReadSource
) -> None:
    (path,) = pull(matomo, office, tmp_path / "work")
    read = read_source("audience", path)
    columns = ("website", "local_date", "visits_count", "unique_visitors_count", "visit_seconds")
    # From the first day with a visit: before it the website may not have been followed.
    assert read.rows(*columns) == [
        ("tourisme", date(2025, 7, 1), 455, 410, 61880),
        ("tourisme", date(2025, 7, 2), 0, None, None),
        ("tourisme", date(2025, 7, 3), 440, 395, 61880),
    ]
    assert read.reading.account.message == ""


def test_the_days_end_with_yesterday_and_the_token_goes_in_the_form(
    matomo: MatomoSimulator, office: Office, tmp_path: Path
) -> None:
    pull(matomo, office, tmp_path / "work")
    (asked,) = matomo.asked
    assert (asked.method, asked.params) == ("POST", {})
    assert asked.form["date"] == "2025-06-29,2025-07-03"
    assert asked.form["token_auth"] == TOKEN


def test_a_website_without_a_visit_in_all_these_days_is_told_by_an_empty_file(
    matomo: MatomoSimulator, office: Office, tmp_path: Path
) -> None:
    matomo.visits = {}
    (path,) = pull(matomo, office, tmp_path / "work")
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1


def test_an_answer_that_lacks_a_day_is_refused(
    matomo: MatomoSimulator, office: Office, tmp_path: Path
) -> None:
    matomo.left_out = {"2025-07-02"}
    assert "4 / 5" in failure(matomo, office, tmp_path / "work")


def test_a_refusal_within_an_ordinary_answer_is_a_refusal(
    matomo: MatomoSimulator, office: Office, tmp_path: Path
) -> None:
    message = failure(matomo, office, tmp_path / "work", token="another-token-of-tests")
    assert "requires 'view' access" in message
    assert "VIGIE_MATOMO" in message


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("401", "HTTP 401"),
        ("429", "HTTP 429"),
        ("json_500", "HTTP 500"),
        ("html_200", "JSON"),
        ("redirect", "JSON"),
        ("drop", "ConnectionError"),
        ("cut", "Error"),
    ],
)
def test_a_failure_keeps_nothing(
    matomo: MatomoSimulator, office: Office, tmp_path: Path, fault: str, told: str
) -> None:
    matomo.faults = {1: fault}
    assert told in failure(matomo, office, tmp_path / "work")


def test_what_asks_to_wait_is_asked_again_after_that_time(
    matomo: MatomoSimulator, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    matomo.faults, matomo.retry_after = {1: "429"}, "7"
    assert len(pull(matomo, office, tmp_path / "work", patience=Patience(attempts=2))) == 1
    assert waited == [7]


def test_the_token_is_in_no_log(
    matomo: MatomoSimulator,
    office: Office,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pull(matomo, office, tmp_path / "first")  # dlt sets up its logger at its first use
    logger: Any = logging.getLogger("dlt")
    monkeypatch.setattr("dlt.common.logger.LOGGER", logger)
    monkeypatch.setattr(logger, "propagate", True)
    for name in (None, "dlt", "urllib3", "urllib3.connectionpool", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    pull(matomo, office, tmp_path / "second")
    assert "VisitsSummary.get" in caplog.text
    assert TOKEN not in caplog.text
