"""The digest of a week, on Monday morning: what is open, what came late, the week beside that of a year ago.

It is entered in the outbox by the first night of a week, under a number that is the week's: once, whatever
was killed and however often nights run. A digest is no alert: nothing of an incident depends on it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

import duckdb

from expectations.incidents import book
from expectations.incidents.life import Incident
from flows.alerts import outbox
from flows.alerts.channels import channels, not_before
from flows.alerts.outbox import Message
from flows.alerts.sending import ITEM, clean, one_line
from flows.alerts.telling import SCHEMA
from flows.alerts.wording import headline, named
from flows.command.figures import Figure, changed, figures_of, with_unit
from flows.command.vocabulary import vocabulary
from reports.pages.incidents import REFERENCE
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import SEVERITIES
from warehouse.storage.database import only_read
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.words.messages import day, number, say, titled
from warehouse.words.shapes import shown

MORNING = time(7)  # local: people read it when they come
WHAT, SUBJECT = "digest", "digest:week"
MOST_FIGURES = 20
LATE = "source_late"  # the rule of files that did not come
WEEK = timedelta(days=7)


def write_digest(home: Home, office: Office, as_of: datetime) -> bool:
    """Enter the digest of the week before that of an aware instant, where the office wants one.

    False when there is nothing to do: not wanted, nothing published, no channel, or written before.
    """
    told_to = channels(office, "question", SUBJECT)
    if not office.alerts.digest or not told_to or not home.published_database.exists():
        return False
    today = as_of.astimezone(office.zone).date()
    monday = today - timedelta(days=today.weekday())
    with only_read(home.published_database) as published, journal(home, SCHEMA) as kept:
        message_id = _number(office, monday)
        if _is_written(kept, message_id):
            return False
        open_ones, late = _incidents(kept, office, monday)
        title = say(
            "digest.title", office.language, count=len(open_ones), day=day(monday - WEEK, office.language)
        )
        body = text(office, monday, open_ones, late, _figures(published, monday, office.language))
        words = vocabulary(office)
        morning = max(as_of, datetime.combine(monday, MORNING, office.zone))
        outbox.queue(
            kept,
            (
                Message(
                    message_id=message_id,
                    channel=channel.name,
                    incident_id=None,
                    office=office.code,
                    what=WHAT,
                    severity="question",
                    subject=SUBJECT,
                    created_at=naive_utc(as_of),
                    not_before=not_before(channel, "question", morning, office.zone),
                    title=one_line(shown(title, office.language, words)),
                    text=clean(shown(body, office.language, words)),
                    picture=None,
                )
                for channel in told_to
            ),
        )
    return True


def text(
    office: Office,
    monday: date,
    open_ones: Sequence[Incident],
    late: Sequence[Incident],
    figures: Sequence[Figure],
) -> str:
    """The digest that is written on a Monday of the week before it."""
    language = office.language
    first, last = day(monday - WEEK, language), day(monday - timedelta(days=1), language)
    parts = [
        [say("digest.week", language, first=first, last=last)],
        _listed("open", len(open_ones), _lines(open_ones, office), language),
        _listed("late", len(late), _lines(late, office), language),
        _listed("figures", len(figures), [_figure(one, language) for one in figures], language),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _listed(what: str, count: int, lines: Sequence[str], language: str) -> list[str]:
    """What a part of the digest is about and of how many, and its lines; a sentence where there is none."""
    if not lines:
        return [say(f"digest.no_{what}", language)]
    return [
        say(f"digest.{what}", language, count=number(count, language)),
        *(f"{ITEM}{line}" for line in lines),
    ]


def _lines(incidents: Sequence[Incident], office: Office) -> list[str]:
    """A line each, in order; those of one fault of one kind of thing together, where the first stands."""
    alike: dict[tuple[str, str, str], list[Incident]] = {}
    for one in incidents:
        alike.setdefault((one.rule, one.fault, one.subject.partition(":")[0]), []).append(one)
    return [
        _line(several[0], office) if len(several) == 1 else _together(several, kind, office)
        for (_, _, kind), several in alike.items()
    ]


def _line(incident: Incident, office: Office) -> str:
    language = office.language
    return say(
        "digest.incident",
        language,
        what=headline(incident, office),
        since=_since(incident, office),
        status=say(f"status.{incident.status}", language),
        incident_id=incident.incident_id[:REFERENCE],
    )


def _together(incidents: Sequence[Incident], kind: str, office: Office) -> str:
    """A line on like incidents: what they have in common, how many they are, and the oldest."""
    oldest = min(incidents, key=lambda one: one.onset_at)
    return say(
        "digest.alike",
        office.language,
        what=named(oldest.rule, oldest.fault, f"{kind}:", office),
        count=number(len(incidents), office.language),
        since=_since(oldest, office),
        incident_id=oldest.incident_id[:REFERENCE],
    )


def _since(incident: Incident, office: Office) -> str:
    return day(incident.onset_at.replace(tzinfo=UTC).astimezone(office.zone), office.language)


def _figure(figure: Figure, language: str) -> str:
    """A figure of the week, how it changed, and what is to be known of both."""
    name = f"{figure.label}, {figure.place}" if figure.place else figure.label
    change = changed(figure, language)
    value = with_unit(figure, language)
    told = say("digest.changed", language, value=value, change=change) if change else value
    note = f" ({figure.note})" if figure.note else ""
    return titled(name, f"{told}{note}", language)


def _incidents(
    kept: sqlite3.Connection, office: Office, monday: date
) -> tuple[list[Incident], list[Incident]]:
    """The incidents that are open, the gravest first, and the files that came late in the week before."""
    begin, end = (naive_utc(datetime.combine(at, time(), office.zone)) for at in (monday - WEEK, monday))
    known = book.read_incidents(kept, office.code)
    late = [one for one in known if one.rule == LATE and begin <= one.detected_at < end]
    still = [one for one in known if one.status != "resolved" and one not in late]
    return sorted(still, key=lambda one: (-SEVERITIES.index(one.severity), one.onset_at)), late


def _figures(connection: duckdb.DuckDBPyConnection, monday: date, language: str) -> list[Figure]:
    """The sums of the week before, whole, of which a year before is known."""
    found = figures_of(connection, "week", monday - WEEK, language)
    told = [one for one in found if one.kind == "sum" and not one.detail and one.before is not None]
    return told[:MOST_FIGURES]


def _number(office: Office, monday: date) -> str:
    return hashlib.sha256(f"{office.code}\n{SUBJECT}\n{monday}".encode()).hexdigest()[:16]


def _is_written(kept: sqlite3.Connection, message_id: str) -> bool:
    found: Iterator[sqlite3.Row] = kept.execute("SELECT 1 FROM message WHERE message_id = ?", [message_id])
    return next(found, None) is not None
