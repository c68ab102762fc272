"""The page on which the links of an alert's mail are answered: GET shows the incident, POST acts on it.

Mail programs open links to look at them: nothing is done by opening one. Who holds a link may answer its
incident alone; a link that is not right is told apart from no other.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from expectations.incidents import book
from expectations.incidents.life import REASONS, Cadence, Case, Incident, acknowledge, resolve, snooze
from flows.alerts.acting import Step, act
from flows.alerts.answers import PATH, incident_of, key_of
from flows.alerts.telling import SCHEMA, STEPS
from flows.alerts.wording import headline
from flows.command.vocabulary import vocabulary
from flows.serve.events import Emit
from flows.serve.web import GIVEN, RefusedError, answer_until, form, secret_out_of_path
from warehouse.clock import now
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.words.messages import say
from warehouse.words.printable import printable
from warehouse.words.shapes import shown

log = logging.getLogger("vigie")
SNOOZED_DAYS = 7
LONGEST_NAME, LONGEST_COMMENT = 80, 1000  # characters
# Nothing is loaded, nothing runs, nobody frames it, and the address goes to nobody.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 17px/1.5 system-ui, sans-serif; color: #1d2733; background: #fff;
  max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.35rem; line-height: 1.3; }}
label {{ display: block; margin-top: 1rem; font-weight: 600; }}
input, select, textarea {{ font: inherit; width: 100%; box-sizing: border-box; padding: .5rem;
  border: 1px solid #5a6673; border-radius: 4px; background: #fff; color: inherit; }}
button {{ font: inherit; margin: 1.2rem .6rem 0 0; padding: .6rem 1.1rem; border: 2px solid #0b5394;
  border-radius: 5px; background: #fff; color: #0b5394; cursor: pointer; }}
button.asked {{ background: #0b5394; color: #fff; }}
.note {{ border-left: 4px solid #a64b00; padding: .3rem 0 .3rem .8rem; }}
@media (prefers-color-scheme: dark) {{
  body, input, select, textarea, button {{ background: #14191f; color: #e8edf2; }}
  button {{ border-color: #7fb2e5; color: #7fb2e5; }} button.asked {{ background: #7fb2e5; color: #14191f; }}
}}
</style></head>
<body><main>
{body}
</main></body></html>
"""


def run(home: Home, office: Office, stop: threading.Event, emit: Emit) -> None:
    """Answer until `stop` is set; an office that declares no page has none.

    Raises UsageError when the secret is missing or weak, or the port is taken; VigieError when the server
    ends by itself.
    """
    settings, key = office.alerts.answers, key_of(home, office)
    if settings is None or key is None:
        stop.wait()
        return
    try:
        listening = socket.create_server((settings.listen, settings.port))
    except OSError as error:
        raise UsageError(
            say(
                "serve.answers_port", office.language, address=settings.listen, port=settings.port,
                reason=error.strerror,
            )
        ) from error  # fmt: skip
    with listening:
        answer_until(stop, listening, page(home, office, key), "answers")
    if not stop.is_set():
        raise VigieError(say("serve.answers_ended", office.language, port=settings.port))


def page(home: Home, office: Office, key: bytes) -> ASGIApp:
    """The application: GET and POST of `/answer/<end of a link>`."""

    async def answer(request: Request) -> HTMLResponse:
        at = now()
        incident_id = incident_of(key, office, request.scope[GIVEN], at)
        if incident_id is None:
            return _told(office, say("answer.page.void", office.language), HTTPStatus.NOT_FOUND)
        try:
            if request.method == "POST":
                fields = await form(request)
                return await asyncio.to_thread(_take, home, office, incident_id, fields, at)
            asked = request.query_params.get("step", "")
            return await asyncio.to_thread(_show, home, office, incident_id, asked)
        except RefusedError as error:
            log.warning("an answer to an alert was refused: %d, %s", error.status, error)
            return _told(office, say("answer.page.void", office.language), error.status)

    return secret_out_of_path(Starlette(routes=[Route(PATH, answer, methods=["GET", "POST"])]), PATH)


def _show(
    home: Home, office: Office, incident_id: str, asked: str, note: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:  # fmt: skip
    """The incident as it is now, with a form where it is not settled."""
    language, words = office.language, vocabulary(office)
    try:
        with journal(home, SCHEMA) as kept:
            incident = book.find_incident(kept, office.code, incident_id, language)
    except UsageError:
        return _told(office, say("answer.page.void", language), HTTPStatus.NOT_FOUND)
    told = [f"<h1>{_text(shown(headline(incident, office), language, words))}</h1>"]
    if note:
        told.append(f'<p class="note" role="alert">{_text(note)}</p>')
    told += [
        f"<p>{_text(line)}</p>" for line in shown(incident.evidence, language, words).splitlines() if line
    ]
    state = say(f"status.{incident.status}", language)
    told.append(f"<p>{_text(say('answer.page.status', language, status=state, incident_id=incident_id))}</p>")
    if incident.status != "resolved":
        told.append(_form(office, asked))
    return _page(office, "\n".join(told), status)


def _form(office: Office, asked: str) -> str:
    """Name, comment, and a button for each step; it is posted to the address that it was opened by."""
    language = office.language
    words = {name: _text(say(f"answer.page.{name}", language)) for name in ("who", "comment", "reason")}
    reasons = "".join(
        f'<option value="{reason}">{_text(say(f"resolution.{reason}", language))}</option>'
        for reason in REASONS
    )
    buttons = "".join(
        f'<button name="step" value="{step}"{" class=asked" if step == asked else ""}>'
        f"{_text(say(f'answer.button.{step}', language))}</button>"
        for step in STEPS
    )
    return (
        '<form method="post">'
        f'<label for="who">{words["who"]}</label>'
        f'<input id="who" name="who" required maxlength="{LONGEST_NAME}" autocomplete="name">'
        f'<label for="comment">{words["comment"]}</label>'
        f'<textarea id="comment" name="comment" rows="3" maxlength="{LONGEST_COMMENT}"></textarea>'
        f'<label for="reason">{words["reason"]}</label><select id="reason" name="reason">{reasons}</select>'
        f"{buttons}</form>"
    )


def _take(
    home: Home, office: Office, incident_id: str, fields: Mapping[str, str], at: datetime
) -> HTMLResponse:
    """Do the step that the form asks for, and say what the incident is then."""
    language, asked = office.language, fields.get("step", "")
    who, comment = (" ".join(fields.get(name, "").split()) for name in ("who", "comment"))
    if asked not in STEPS or len(who) > LONGEST_NAME or len(comment) > LONGEST_COMMENT:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "not the form of the page")
    if not who:
        note = say("answer.page.who_missing", language)
        return _show(home, office, incident_id, asked, note, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        incident = act(home, office, incident_id, who, step(asked, fields.get("reason", ""), comment), at)
    except UsageError as error:
        # Such as one that somebody else has settled meanwhile.
        return _show(home, office, incident_id, asked, str(error), HTTPStatus.CONFLICT)
    status = say(f"status.{incident.status}", language)
    return _told(office, say("answer.page.done", language, status=status), HTTPStatus.OK)


def step(asked: str, reason: str, comment: str) -> Step:
    """What is done with an incident: acknowledge, snooze or resolve it."""

    def take(incident: Incident, who: str, at: datetime, cadence: Cadence, language: str) -> Case:
        if asked == "acknowledge":
            return acknowledge(incident, who, at, comment, language)
        if asked == "snooze":
            return snooze(incident, who, at, at + timedelta(days=SNOOZED_DAYS), comment, language)
        return resolve(incident, who, at, reason, cadence, comment, language)

    return take


def _told(office: Office, text: str, status: HTTPStatus) -> HTMLResponse:
    title = say("answer.page.title", office.language)
    return _page(office, f'<h1>{_text(title)}</h1><p class="note" role="status">{_text(text)}</p>', status)


def _page(office: Office, body: str, status: HTTPStatus) -> HTMLResponse:
    title = _text(say("answer.page.title", office.language))
    return HTMLResponse(PAGE.format(language=office.language, title=title, body=body), status, HEADERS)


def _text(text: str) -> str:
    return escape(printable(text))
