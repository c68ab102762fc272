"""Incidents and messages: what the data say now goes into the journal, what waits there goes out."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

from expectations.incidents import book
from expectations.incidents.episodes import Episode, episodes
from expectations.incidents.evidence import evidence
from expectations.incidents.findings import Finding, read_findings, rules_reading
from expectations.incidents.life import VIGIE, Alert, Cadence, advance, alerts
from expectations.incidents.rules import rules
from flows.alerts import outbox
from flows.alerts.answers import key_of, link
from flows.alerts.channels import channels, not_before
from flows.alerts.outbox import Message
from flows.alerts.picture import picture
from flows.alerts.sending import Answers, Attached, clean, one_line, send
from flows.alerts.wording import label, text, title
from flows.command.vocabulary import vocabulary
from warehouse.clock import naive_utc, now
from warehouse.errors import UpstreamError, UsageError
from warehouse.office.model import Office
from warehouse.office.office_file import language_of
from warehouse.office.subjects.alerts import Severity
from warehouse.storage.database import transaction, working
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.secrets import secret
from warehouse.words.messages import say
from warehouse.words.shapes import shown

log = logging.getLogger("vigie")
SCHEMA = outbox.JOURNAL
TELLING_SECONDS = 90.0
STEPS = ("acknowledge", "snooze", "resolve")  # what people answer


def follow(home: Home, office: Office, as_of: datetime, unknown: frozenset[str] = frozenset()) -> list[str]:
    """Bring the incidents up to date as of an aware instant and write what must be told of them.

    Of marts that are `unknown` this time nothing follows: incidents of the rules that read them stay as
    they are.
    Returns the identifiers of the incidents of which something is told. quality.incident and what goes with
    it are written from the journal.
    """
    with working(home) as connection:
        blind = rules_reading(unknown)
        findings = read_findings(connection, office.code, as_of, without=blind, language=office.language)
        told = enter(home, office, findings, as_of, connection, without=blind)
        with journal(home, SCHEMA) as kept:
            write_quality(connection, kept, office.code)
    return told


def enter(
    home: Home,
    office: Office,
    findings: Iterable[Finding],
    as_of: datetime,
    connection: duckdb.DuckDBPyConnection | None = None,
    *,
    without: frozenset[str] = frozenset(),
) -> list[str]:
    """Enter in the journal what becomes of the incidents at an aware instant, and what must be told of it.

    All of it in one transaction: killed before its end, it is done again; asked again at the same instant,
    nothing changes. Pictures are drawn where tables are given. Rules to do `without` found nothing that can
    be believed: their incidents stay as they are. Returns the incidents that are told of.
    """
    at = naive_utc(as_of)
    with journal(home, SCHEMA) as kept:
        known = [one for one in book.read_incidents(kept, office.code) if one.rule not in without]
        cases = advance(
            office.code, known, episodes(findings, at), at, cadence(office),
            lambda episode: evidence_of(episode, office),
        )  # fmt: skip
        book.write_cases(kept, cases)
        told = list(alerts(cases))
        for alert in told:
            outbox.queue(kept, compose(alert, office, as_of, connection))
    return [alert.incident.incident_id for alert in told]


@dataclass
class Attempts:
    """What a run tried to send, by message or thread and channel: nothing is tried twice in a run."""

    tried: set[tuple[str, str]] = field(default_factory=set)
    stuck: set[tuple[str, str]] = field(default_factory=set)  # threads whose last message goes first
    silent: set[str] = field(default_factory=set)  # channels that do not answer
    failed: set[str] = field(default_factory=set)


def tell(home: Home, office: Office, as_of: datetime, attempts: Attempts | None = None) -> int:
    """Send what waits in the outbox; returns how many messages were taken. The home's lock is not needed.

    Raises UpstreamError naming the channels that failed, in the `attempts` of the same run before too, after
    all were tried; what they did not take stays in the outbox. One that fails holds no other: only the next
    one of its incident waits for it, for a few attempts; then it goes through a backup channel, and is tried
    more and more rarely. A channel that does not answer is not tried again this time, and no message is begun
    after TELLING_SECONDS.
    """
    with _alone(home):
        return _tell(home, office, naive_utc(as_of), attempts or Attempts())


def _tell(home: Home, office: Office, at: datetime, run: Attempts) -> int:
    until = time.monotonic() + TELLING_SECONDS
    taken = 0
    while True:
        with journal(home, SCHEMA) as kept:
            waiting = [
                one
                for one in outbox.due(kept, office.code, at)
                if (one.message_id, one.channel) not in run.tried
                and (one.thread, one.channel) not in run.stuck
                and one.channel not in run.silent
            ]
        if not waiting or time.monotonic() > until:
            break
        for message in waiting:
            if (message.thread, message.channel) in run.stuck or message.channel in run.silent:
                continue
            if time.monotonic() > until:
                break
            run.tried.add((message.message_id, message.channel))
            try:
                is_taken = deliver(home, office, message)
            except TimeoutError:
                log.error("channel %s does not answer", message.channel)
                is_taken = False
                run.silent.add(message.channel)
            with journal(home, SCHEMA) as kept:
                if is_taken:
                    outbox.sent(kept, message, at)
                    taken += 1
                else:
                    run.failed.add(message.channel)
                    outbox.failed(kept, message, backups(message, office), at)
            if not is_taken and message.attempts + 1 < outbox.BACKUP_AFTER:
                run.stuck.add((message.thread, message.channel))
    if run.failed:
        names = ", ".join(sorted(run.failed))
        raise UpstreamError(say("alerts.not_sent", office.language, channels=names))
    return taken


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Hold the lock of sending: two processes that read the outbox would send the same messages twice.

    Waits for another process to end; raises UpstreamError when that takes too long.
    """
    home.work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.work / "sending.lock")
    try:
        lock.acquire(timeout=2 * TELLING_SECONDS)
    except Timeout as error:
        seconds = f"{2 * TELLING_SECONDS:.0f}"
        language = language_of(home.office_file)
        raise UpstreamError(
            say("alerts.sent_elsewhere", language, seconds=seconds, path=lock.lock_file)
        ) from error
    try:
        yield
    finally:
        lock.release()


def compose(
    alert: Alert, office: Office, as_of: datetime, connection: duckdb.DuckDBPyConnection | None
) -> Iterator[Message]:
    """A alert as messages, one for each channel that gets it, with the picture where tables are given."""
    incident = alert.incident
    severity, subject = incident.severity, incident.subject
    told_to = channels(office, severity, subject) or channels(office, severity, subject, backup=True)
    drawn = None
    if told_to and connection is not None and rules()[incident.rule].is_of_equipment:
        drawn = picture(connection, office, subject, label(subject, office), as_of)
    number = f"{incident.incident_id}\n{incident.messages}"
    # Before they are cleaned of what is not seen, as the marks of what somebody typed are.
    words = vocabulary(office)
    headline, said = (shown(write(alert, office), office.language, words) for write in (title, text))
    for channel in told_to:
        yield Message(
            message_id=hashlib.sha256(number.encode()).hexdigest()[:16],
            channel=channel.name,
            incident_id=incident.incident_id,
            office=office.code,
            what=alert.what,
            severity=severity,
            subject=subject,
            created_at=naive_utc(as_of),
            not_before=not_before(channel, severity, as_of, office.zone),
            title=one_line(headline),
            text=clean(said),
            picture=None if drawn is None else drawn.png,
            picture_says=None if drawn is None else drawn.says,
        )


def backups(message: Message, office: Office) -> list[str]:
    """The channels of last resort for a message, in order."""
    severity: Severity = message.severity  # type: ignore[assignment]
    return [channel.name for channel in channels(office, severity, message.subject, backup=True)]


def cadence(office: Office) -> Cadence:
    """Days between reminders, by rule and severity."""
    return lambda rule, severity: rules()[rule].reminder_days or office.alerts.reminder_days[severity]


def evidence_of(episode: Episode, office: Office) -> str:
    """Why an episode is reported, in the office's language."""
    return evidence(episode, office.language, office.zone, lambda subject: label(subject, office))


def deliver(home: Home, office: Office, message: Message) -> bool:
    """Send a message of the outbox; False when its channel did not take it, or is no longer declared.

    Raises TimeoutError when it does not answer.
    """
    channel = next((one for one in office.alerts.channels if one.name == message.channel), None)
    if channel is None:
        return False
    try:
        address = secret(home, channel.address_secret)
    except UsageError as error:
        log.error("channel %s: %s", channel.name, error)
        return False
    # Mail programs show an incident's messages together, and one that went out twice can be told.
    link = answer_link(home, office, message)
    picture = None
    if message.picture is not None:
        picture = Attached(f"vigie-{message.thread}.png", message.picture, message.picture_says or "")
    return send(
        address, message.title, message.text, office.language, picture=picture,
        headers={"References": f"<{message.thread}@vigie>", "X-Vigie-Message": message.message_id},
        answers=None if link is None else answers(link, message, office.language),
    )  # fmt: skip


def answer_link(home: Home, office: Office, message: Message) -> str | None:
    """Where the incident of a message is answered; None when it asks for no answer or there is no page.

    A secret that is missing or weak is logged, and the mail names the command.
    """
    if message.incident_id is None or message.what in ("over", "closed"):
        return None
    try:
        key = key_of(home, office)
    except UsageError as error:
        log.error("%s", error)
        return None
    return None if key is None else link(key, office, message.incident_id, now())


def answers(link: str, message: Message, language: str) -> Answers:
    """The buttons of a message, which take the place of the commands that it names."""
    buttons = tuple((say(f"answer.button.{step}", language), f"{link}?step={step}") for step in STEPS)
    commands = say("message.answer", language, incident_id=message.incident_id)
    return Answers(commands, buttons, say("answer.link", language), link)


def write_quality(connection: duckdb.DuckDBPyConnection, kept: sqlite3.Connection, office: str) -> None:
    """Make quality.incident, incident_transition and message tables what the journal says.

    Names and what people wrote are personal data: they stay in the journal.
    """
    incidents = [
        {
            **vars(one),
            "is_acknowledged": one.acknowledged_by is not None,
            "resolved_by": one.resolved_by and _anonymous(one.resolved_by),
        }
        for one in book.read_incidents(kept, office)
    ]
    steps = [
        {**vars(one), "office": office, "who": _anonymous(one.who)}
        for one in book.read_transitions(kept, office)
    ]
    messages = [vars(one) for one in outbox.read_messages(kept, office) if one.incident_id is not None]
    for table, rows in (("incident", incidents), ("incident_transition", steps), ("message", messages)):
        _replace(connection, office, table, rows)


def _anonymous(who: str) -> str:
    return who if who == VIGIE else "person"


def _replace(
    connection: duckdb.DuckDBPyConnection, office: str, table: str, rows: list[dict[str, Any]]
) -> None:
    """Replace the office's rows of a quality table by these, of which it takes the columns that it has."""
    columns = [
        column
        for (column,) in connection.execute(
            """SELECT column_name FROM duckdb_columns()
               WHERE schema_name = 'quality' AND table_name = ? ORDER BY column_index""",
            [table],
        ).fetchall()
    ]
    with transaction(connection):
        connection.execute(f"DELETE FROM quality.{table} WHERE office = ?", [office])
        if rows:
            kept = pa.Table.from_pylist([{column: row[column] for column in columns} for row in rows])
            connection.register("vigie_rows", kept)
            connection.execute(f"INSERT INTO quality.{table} BY NAME FROM vigie_rows")
            connection.unregister("vigie_rows")
