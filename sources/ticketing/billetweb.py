"""Pull Billetweb's API: a CSV an event with what is read of its tickets, of all events or of none.

Names, e-mails and answers to questions stay in the answer. Billetweb announces no total: an answer that was
cut is no JSON. It refuses with an `error` in an ordinary answer, and takes 100 requests a minute.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from requests.auth import HTTPBasicAuth

from sources.catalogue import Context
from sources.pulling import NonsenseError, Patience, Query, RefusedError, Service, pull_json
from warehouse.office.subjects.ticketing import Billetweb

COLUMNS = ("id", "ticket_id", "price", "disabled", "order_date", "order_paid")
NO_TIME = "0000-00-00 00:00:00"


def pull_events(billetweb: Billetweb, context: Context, patience: Patience) -> Iterator[Path]:
    """A file an event in `context.work`, all pulled before the first is given; raises UpstreamError."""
    language = context.office.language
    service = _service(billetweb, context.secret(billetweb.secret))
    first = context.as_of.astimezone(context.office.zone).date() - timedelta(days=billetweb.past_days)
    events = Query(
        "/api/events",
        "GET",
        _asking(past="1"),
        lambda reply: (None, list(_numbers(_listed(reply)[1], first))),
    )
    ((wanted,),) = pull_json(service, [events], language, patience)
    queries = [Query(f"/api/event/{number}/attendees", "GET", _asking(), _listed) for number in wanted]
    answers = pull_json(service, queries, language, patience)
    for number, (attendees,) in zip(wanted, answers, strict=True):
        kind = billetweb.events.get(number, billetweb.ticket_kind)
        path = context.work / f"billetweb-api-{number}-{kind}.csv"
        _write(path, attendees)
        yield path


def _service(billetweb: Billetweb, secret: str) -> Service:
    user, _, key = secret.partition(":")
    return Service(
        name="Billetweb",
        url=billetweb.url,
        key=key or secret,
        secret=billetweb.secret,
        settings="systems.ticketing.billetweb",
        timeout_seconds=billetweb.timeout_seconds,
        auth=HTTPBasicAuth(user.encode(), key.encode()),
        pause_seconds=billetweb.pause_seconds,
    )


def _asking(**params: str) -> Callable[[requests.Request, int], None]:
    def ask(request: requests.Request, _: int) -> None:
        request.params = {"version": "1", **params}

    return ask


def _listed(reply: Any) -> tuple[None, list[Any]]:
    """The members of an answer; raises RefusedError or NonsenseError."""
    if isinstance(reply, dict) and "error" in reply:
        raise RefusedError(f"{reply['error']} {reply.get('description', '')}".strip())
    if not isinstance(reply, list) or not all(isinstance(one, dict) for one in reply):
        raise NonsenseError("JSON")
    return None, reply


def _numbers(events: Iterable[Any], first: date) -> Iterator[str]:
    """The numbers of the events that end on `first` or later; raises NonsenseError for what is none.

    Events of before 2019 that have no day are no more than a name.
    """
    for event in events:
        number = str(event.get("id", ""))
        if not number.isdecimal():
            raise NonsenseError("events.id")
        days = [_day(event.get(name)) for name in ("end", "start")]
        last = next((day for day in days if day is not None), None)
        if last is not None and last >= first:
            yield number


def _day(value: Any) -> date | None:
    if value in (None, "", NO_TIME):
        return None
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError as error:
        raise NonsenseError("events.start") from error


def _write(path: Path, attendees: Iterable[Any]) -> None:
    """The tickets of an event as CSV; a column that the answer has not stays empty and is judged as such."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for ticket in attendees:
            cells = ["" if ticket.get(name) in (None, NO_TIME) else str(ticket[name]) for name in COLUMNS]
            writer.writerow(cells)
