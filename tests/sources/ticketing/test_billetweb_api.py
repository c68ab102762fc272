"""Billetweb's API: every event or none, nothing of who holds a ticket, and the rows that its files give."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.night.ingesting import fetch, read_and_load
from sources.catalogue import Context
from sources.pulling import Patience
from sources.ticketing.source import pull_billetweb
from tests.sources.conftest import ReadSource
from tests.sources.ticketing.billetweb_simulator import BilletwebSimulator, attendee, event
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.office.subjects.ticketing import Ticketing
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain

SECRET = "4711:s3cr3t-kéy-of-tests"
AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
AT_ONCE = Patience(attempts=1, backoff_seconds=0.01)


@pytest.fixture
def billetweb() -> Iterator[BilletwebSimulator]:
    events = {
        "101": (event("101", "2025-12-20 20:30:00"), [attendee("1"), attendee("2", price="0.00")]),
        "102": (
            event("102", "2026-02-01 18:00:00"),
            [attendee("3", disabled="1"), attendee("4", order_paid="0")],
        ),
        "103": (event("103", "2024-02-01 18:00:00"), [attendee("5")]),
        "104": (event("104", "0000-00-00 00:00:00"), [attendee("6")]),
    }
    with BilletwebSimulator(events, SECRET) as simulator:
        yield simulator


def connected(office: Office, url: str, **more: Any) -> Office:
    settings = {"url": url, "ticket_kind": "show", "events": {"102": "tour"}, "pause_seconds": 0, **more}
    system = Ticketing.model_validate({"billetweb": {"timeout_seconds": 5, **settings}})
    return office.model_copy(update={"systems": office.systems.model_copy(update={"ticketing": system})})


def pull(
    billetweb: BilletwebSimulator,
    office: Office,
    work: Path,
    patience: Patience = AT_ONCE,
    secret: str = SECRET,
) -> list[Path]:
    work.mkdir(exist_ok=True)
    context = Context(connected(office, billetweb.url), lambda _: secret, work, AS_OF, Home(work))
    return list(pull_billetweb(context, patience))


def failure(billetweb: BilletwebSimulator, office: Office, work: Path, secret: str = SECRET) -> str:
    with pytest.raises(UpstreamError) as error:
        pull(billetweb, office, work, secret=secret)
    assert list(work.iterdir()) == []
    assert error.value.__cause__ is None
    assert secret.partition(":")[2] not in str(error.value)
    return plain(str(error.value))


def test_an_office_without_billetweb_pulls_nothing(office: Office, tmp_path: Path) -> None:
    assert list(pull_billetweb(Context(office, str, tmp_path, AS_OF, Home(tmp_path)))) == []


def test_each_event_that_is_not_long_over_gives_one_file(
    billetweb: BilletwebSimulator, office: Office, tmp_path: Path, read_source: ReadSource
) -> None:
    paths = pull(billetweb, office, tmp_path / "work")
    assert [path.name for path in paths] == ["billetweb-api-101-show.csv", "billetweb-api-102-tour.csv"]
    assert [asked.path for asked in billetweb.asked] == [
        "/api/events",
        "/api/event/101/attendees",
        "/api/event/102/attendees",
    ]
    columns = ("scope", "service", "ticket_number", "sold_on", "ticket_kind", "ticket_count", "amount_eur")
    shows = read_source("ticketing", paths[0])
    common = ("billetweb-api-101", "billetweb")
    assert shows.rows(*columns) == [
        (*common, "1", date(2025, 12, 2), "show", 1, Decimal("12.5")),
        (*common, "2", date(2025, 12, 2), "show", 1, Decimal(0)),
    ]
    assert shows.reading.account.message == ""
    tours = read_source("ticketing", paths[1])
    assert tours.rows("ticket_number", "ticket_kind", "is_cancelled") == [("3", "tour", True)]
    assert "not_paid 1" in plain(tours.reading.account.message)


def test_an_event_without_a_ticket_is_an_empty_file(
    billetweb: BilletwebSimulator, office: Office, tmp_path: Path, read_source: ReadSource
) -> None:
    billetweb.events = {"101": (event("101", "2026-03-20 20:30:00"), [])}
    (path,) = pull(billetweb, office, tmp_path / "work")
    assert read_source("ticketing", path).rows("scope") == []


def test_a_ticket_without_a_price_of_text_is_quarantined(
    billetweb: BilletwebSimulator, office: Office, tmp_path: Path, read_source: ReadSource
) -> None:
    tickets = [attendee("1", price="gratuit"), attendee("2", order_date="0000-00-00 00:00:00")]
    billetweb.events = {"101": (event("101", "2026-03-20 20:30:00"), tickets)}
    (path,) = pull(billetweb, office, tmp_path / "work")
    faults = read_source("ticketing", path).faults()
    assert faults == [(2, "price", "not_a_number"), (3, "order_date", "missing_value")]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("401", "HTTP 401, unauthorized"),
        ("429", "HTTP 429"),
        ("json_500", "HTTP 500"),
        ("html_502", "HTTP 502"),
        ("html_200", "JSON"),
        ("redirect", "JSON"),
        ("drop", "ConnectionError"),
        ("cut", "Error"),
    ],
)
def test_a_failure_of_the_last_event_keeps_none(
    billetweb: BilletwebSimulator, office: Office, tmp_path: Path, fault: str, told: str
) -> None:
    billetweb.faults = {3: fault}
    message = failure(billetweb, office, tmp_path / "work")
    assert "Billetweb" in message
    assert told in message


def test_a_wrong_key_is_told_with_its_secret(
    billetweb: BilletwebSimulator, office: Office, tmp_path: Path
) -> None:
    message = failure(billetweb, office, tmp_path / "work", secret="4711:another-key")
    assert "VIGIE_BILLETWEB" in message
    assert "Invalid user or key" in message
    assert len(billetweb.asked) == 1


def test_a_refusal_within_an_ordinary_answer_is_a_refusal(
    billetweb: BilletwebSimulator, office: Office, tmp_path: Path
) -> None:
    billetweb.limited = True
    assert "limited rights to specific events" in failure(billetweb, office, tmp_path / "work")


def test_what_asks_to_wait_is_asked_again_after_that_time(
    billetweb: BilletwebSimulator, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    billetweb.faults, billetweb.retry_after = {2: "429"}, "60"
    pull(billetweb, office, tmp_path / "work", Patience(attempts=2))
    assert 60 in waited


@pytest.mark.parametrize("answer", [{"events": []}, ["101"], [{"id": "../x"}], [{"id": "1", "start": "?"}]])
def test_a_list_of_events_that_is_none_is_refused(
    billetweb: BilletwebSimulator,
    office: Office,
    tmp_path: Path,
    answer: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.loopback import Answered

    monkeypatch.setattr(billetweb, "answer", lambda asked: Answered(answer))
    assert "autre chose" in failure(billetweb, office, tmp_path / "work")


def test_neither_the_key_nor_a_person_is_archived_or_logged(
    billetweb: BilletwebSimulator,
    home: Home,
    office: Office,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("VIGIE_BILLETWEB", SECRET)
    pull(billetweb, office, tmp_path / "first")  # dlt sets up its logger at its first use
    monkeypatch.setattr("dlt.common.logger.LOGGER", logging.getLogger("dlt"))
    monkeypatch.setattr(logging.getLogger("dlt"), "propagate", True)
    for name in (None, "dlt", "urllib3", "urllib3.connectionpool", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    declared = connected(office, billetweb.url)
    assert len(fetch(home, declared, "ticketing", AS_OF).new) == 2
    assert len(read_and_load(home, declared, "ticketing", AS_OF).new) == 2
    archived = b"".join(p.read_bytes() for p in home.archive.rglob("*") if p.is_file()).decode()
    for text in (caplog.text, archived):
        for private in ("s3cr3t", billetweb.authorization, "jeanne", "0600000000"):
            assert private not in text.lower()
    # The same answers the next day are the same files.
    assert len(fetch(home, declared, "ticketing", AS_OF).known) == 2
