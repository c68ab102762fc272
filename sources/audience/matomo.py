"""Pull Matomo's API: the visits of a website by day, as the CSV that Matomo itself exports.

The token joins the form of a POST, never an address. Matomo tells an error in an ordinary answer, and gives
every day that was asked for: an empty list for a day without a visit.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import requests
from requests.auth import AuthBase

from sources.catalogue import Context
from sources.pulling import NonsenseError, Patience, Query, RefusedError, Service, pull_json
from warehouse.office.subjects.audience import Matomo

COLUMNS = ("nb_uniq_visitors", "nb_visits", "nb_actions", "bounce_count", "sum_visit_length")
VISITS = "nb_visits"


class TokenInForm(AuthBase):
    """Puts the token into the form when a request is about to leave, after everything that logs it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token to the form."""
        body = r.body.decode() if isinstance(r.body, bytes) else str(r.body or "")
        form = {name: values[0] for name, values in parse_qs(body).items()}
        r.prepare_body({**form, "token_auth": self._token}, None)
        return r


def pull_websites(websites: tuple[Matomo, ...], context: Context, patience: Patience) -> Iterator[Path]:
    """A file a website in `context.work`; raises UpstreamError naming the first that fails.

    Its days end with the day before the night's: that one is whole.
    """
    last = context.as_of.astimezone(context.office.zone).date() - timedelta(days=1)
    for one in websites:
        first = last - timedelta(days=one.days - 1)
        token = context.secret(one.secret)
        service = Service(
            name=f"Matomo ({one.website})",
            url=one.url,
            key=token,
            secret=one.secret,
            settings="systems.audience.matomo",
            timeout_seconds=one.timeout_seconds,
            auth=TokenInForm(token),
        )
        answers = pull_json(service, [_query(one, first, last)], context.office.language, patience)
        path = context.work / f"matomo-{one.website}-{first.isoformat()}_{last.isoformat()}.csv"
        _write(path, answers[0][0])
        yield path


def _query(one: Matomo, first: date, last: date) -> Query:
    form = {
        "module": "API",
        "method": "VisitsSummary.get",
        "idSite": str(one.site_id),
        "period": "day",
        # Two days are a range; a day alone would be answered without its date.
        "date": f"{first.isoformat()},{last.isoformat()}",
        "format": "JSON",
    }
    days = {(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)}

    def ask(request: requests.Request, _: int) -> None:
        request.data = form

    def read(reply: Any) -> tuple[int, list[Any]]:
        if isinstance(reply, dict) and reply.get("result") == "error":
            raise RefusedError(str(reply.get("message", "")))
        if not isinstance(reply, dict):
            raise NonsenseError("JSON")
        if set(reply) != days:
            raise NonsenseError(f"{len(days & set(reply))} / {len(days)}")
        return len(days), sorted(reply.items())

    return Query(one.path, "POST", ask, read)


def _write(path: Path, days: list[tuple[str, Any]]) -> None:
    """The days as Matomo's own CSV, from the first with a visit: before it nothing may have been followed."""
    counted = [(day, visits) for day, visits in days if visits]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", *COLUMNS])
        for day, visits in days:
            if counted and day >= counted[0][0]:
                found = visits if isinstance(visits, dict) else {VISITS: 0}
                writer.writerow([day, *("" if found.get(name) is None else found[name] for name in COLUMNS)])
