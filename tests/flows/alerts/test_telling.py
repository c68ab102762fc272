"""From findings to mails, through the journal and a real SMTP server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from expectations.incidents import book
from expectations.incidents.life import acknowledge, resolve
from flows.alerts import outbox
from flows.alerts.telling import SCHEMA, enter, tell, write_quality
from flows.serve.guarding import tell_again
from tests.findings import DETECTED, finding
from tests.flows.alerts.test_channels import channel, office
from tests.flows.conftest import Mailbox
from warehouse.errors import UpstreamError
from warehouse.office.model import load_office
from warehouse.storage.database import rows, working
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

AT = DETECTED.replace(tzinfo=UTC)
DEAD = "mailto://127.0.0.1:9?from=vigie@example.org&to=x@example.org"
MAIL = channel("mail", address_secret="VIGIE_ALERT_STAFF")
BROKEN = channel("broken", address_secret="VIGIE_BROKEN")
SPARE = MAIL.model_copy(update={"name": "spare", "backup": True})


@pytest.fixture(autouse=True)
def _broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_BROKEN", DEAD)


def subjects(mailbox: Mailbox) -> list[str]:
    return [str(mail["subject"]) for mail in mailbox.messages]


def test_a_message_goes_out_once_however_often_it_is_told(home: Home, mailbox: Mailbox) -> None:
    for _ in range(3):
        enter(home, office(MAIL), [finding()], AT)
        tell(home, office(MAIL), AT)
    assert subjects(mailbox) == ["Vigie : auch-door ne compte plus"]


def test_each_channel_gets_the_message(home: Home, mailbox: Mailbox) -> None:
    where = office(MAIL, MAIL.model_copy(update={"name": "director"}))
    enter(home, where, [finding()], AT)
    assert tell(home, where, AT) == 2
    assert len(mailbox.messages) == 2


def test_a_channel_that_fails_is_named_and_the_others_are_told(home: Home, mailbox: Mailbox) -> None:
    enter(home, office(BROKEN, MAIL), [finding()], AT)
    with pytest.raises(UpstreamError, match="par broken"):
        tell(home, office(BROKEN, MAIL), AT)
    assert len(mailbox.messages) == 1


@contextmanager
def hanging() -> Iterator[tuple[str, threading.Event]]:
    """A mail server that takes a connection and says nothing: its address, and whether somebody came."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                clients.append(listening.accept()[0])
                asked.set()
                clients.append(listening.accept()[0])

        clients: list[socket.socket] = []
        threading.Thread(target=accept, daemon=True).start()
        port = listening.getsockname()[1]
        yield f"mailto://127.0.0.1:{port}?from=vigie@example.org&to=x@example.org", asked
        listening.shutdown(socket.SHUT_RDWR)
        for client in clients:
            client.close()


def test_a_channel_that_does_not_answer_is_left_and_the_others_are_told(
    home: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.alerts.sending.SEND_SECONDS", 1.0)
    where = office(BROKEN, MAIL)
    with hanging() as (address, _):
        monkeypatch.setenv("VIGIE_BROKEN", address)
        enter(home, where, [finding(), finding(subject="counter:auch-gate")], AT)
        began = time.monotonic()
        with pytest.raises(UpstreamError, match="par broken"):
            tell(home, where, AT)
    assert time.monotonic() - began < 20
    assert len(mailbox.messages) == 2
    with journal(home, SCHEMA) as kept:
        attempts = [one.attempts for one in outbox.due(kept, "o", AT)]
    assert attempts == [1, 0]  # the other one of that channel was not even begun


def test_two_who_tell_at_once_tell_it_once(home: Home, mailbox: Mailbox) -> None:
    enter(home, office(MAIL), [finding(), finding(subject="counter:auch-gate")], AT)
    tellers = [threading.Thread(target=tell, args=(home, office(MAIL), AT)) for _ in range(3)]
    for one in tellers:
        one.start()
    for one in tellers:
        one.join()
    assert len(mailbox.messages) == 2


def test_between_the_runs_serve_sends_what_a_channel_did_not_take(door_home: Home, mailbox: Mailbox) -> None:
    where = load_office(door_home.office_file)
    mailbox.is_down = True
    enter(door_home, where, [finding()], AT)
    with pytest.raises(UpstreamError):
        tell(door_home, where, AT)
    mailbox.is_down = False
    tell_again(door_home)
    assert len(mailbox.messages) == 1


def test_after_three_attempts_in_vain_the_backup_tells_it(home: Home, mailbox: Mailbox) -> None:
    where = office(BROKEN, SPARE)
    enter(home, where, [finding()], AT)
    for attempt in range(3):
        assert mailbox.messages == [], f"attempt {attempt}"
        with pytest.raises(UpstreamError):
            tell(home, where, AT)
    assert subjects(mailbox) == ["Vigie : auch-door ne compte plus"]
    assert tell(home, where, AT) == 0  # the broken one waits for an hour
    with pytest.raises(UpstreamError):
        tell(home, where, AT + timedelta(hours=1))
    assert tell(home, where, AT + timedelta(hours=9)) == 0  # given up: the other one took it
    assert len(mailbox.messages) == 1


def test_nothing_is_lost_while_all_channels_fail(home: Home, mailbox: Mailbox) -> None:
    mailbox.is_down = True
    where = office(MAIL, SPARE)
    enter(home, where, [finding()], AT)
    for hours in (0, 0, 0, 1, 3):
        with pytest.raises(UpstreamError, match="mail"):
            tell(home, where, AT + timedelta(hours=hours))
    mailbox.is_down = False
    tell(home, where, AT + timedelta(hours=7))
    assert "Vigie : auch-door ne compte plus" in subjects(mailbox)


def test_a_message_waits_for_the_end_of_the_quiet_hours(home: Home, mailbox: Mailbox) -> None:
    quiet = {"start": "12:00", "end": "14:00"}  # AT is 13:00 in Paris
    where = office(
        channel("mail", quiet_hours=quiet).model_copy(update={"address_secret": "VIGIE_ALERT_STAFF"})
    )
    enter(home, where, [finding()], AT)
    assert tell(home, where, AT + timedelta(minutes=59)) == 0
    assert tell(home, where, AT + timedelta(minutes=60)) == 1


def test_an_address_without_sense_is_a_channel_that_fails(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_BROKEN", "nonsense")
    enter(home, office(BROKEN), [finding()], AT)
    with pytest.raises(UpstreamError, match="broken"):
        tell(home, office(BROKEN), AT)


def test_a_message_that_is_refused_holds_none_behind_it(home: Home, mailbox: Mailbox) -> None:
    mailbox.refused = "poison"
    where = office(MAIL)
    enter(home, where, [finding(subject="counter:poison"), finding()], AT)
    with pytest.raises(UpstreamError):
        tell(home, where, AT)
    assert subjects(mailbox) == ["Vigie : auch-door ne compte plus"]


def test_the_next_message_of_an_incident_waits_for_a_few_attempts_of_the_one_before(
    home: Home, mailbox: Mailbox
) -> None:
    where = office(MAIL)
    mailbox.refused = "Vigie : auch-door"  # the first message, not the one that closes
    enter(home, where, [finding()], AT)
    enter(home, where, [finding(ended_at=DETECTED + timedelta(hours=1))], AT + timedelta(hours=2))
    later = AT + timedelta(hours=2)
    for _ in range(2):
        with pytest.raises(UpstreamError):
            tell(home, where, later)
        assert subjects(mailbox) == []
    with pytest.raises(UpstreamError):
        tell(home, where, later)
    assert subjects(mailbox) == ["Vigie, clos : auch-door ne compte plus"]
    mailbox.refused = ""
    assert tell(home, where, later + timedelta(minutes=59)) == 0
    assert tell(home, where, later + timedelta(hours=1)) == 1


def test_a_secret_that_is_missing_holds_no_other_channel(
    home: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIE_BROKEN")
    enter(home, office(BROKEN, MAIL), [finding()], AT)
    with pytest.raises(UpstreamError, match="par broken"):
        tell(home, office(BROKEN, MAIL), AT)
    assert len(mailbox.messages) == 1


def test_a_label_with_a_line_break_is_told(home: Home, mailbox: Mailbox) -> None:
    enter(home, office(MAIL), [finding(subject="counter:porte\ndu \x00fond")], AT)
    assert tell(home, office(MAIL), AT) == 1
    assert subjects(mailbox) == ["Vigie : porte du fond ne compte plus"]


def test_an_office_without_channels_has_incidents_and_no_messages(home: Home) -> None:
    assert len(enter(home, office(), [finding()], AT)) == 1
    assert tell(home, office(), datetime.now(UTC)) == 0


def test_names_and_comments_of_people_stay_out_of_the_tables(home: Home) -> None:
    (reference,) = enter(home, office(), [finding()], AT)
    with journal(home, SCHEMA) as kept:
        incident = book.find_incident(kept, "o", reference)
        cases = [acknowledge(incident, "Anne Martin", DETECTED, "chez elle")]
        cases.append(
            resolve(cases[0].incident, "Anne Martin", DETECTED, "accepted", lambda *_: (1,), "06 12")
        )
        book.write_cases(kept, cases)
    with working(home) as connection:
        with journal(home, SCHEMA) as kept:
            write_quality(connection, kept, "o")
        (row,) = rows(connection, "SELECT * FROM quality.incident")
        steps = rows(connection, "SELECT * FROM quality.incident_transition")
    assert (row["is_acknowledged"], row["resolved_by"]) == (True, "person")
    assert [step["who"] for step in steps] == ["vigie", "person", "person"]
    assert not any(word in str([row, *steps]) for word in ("Anne", "chez elle", "06 12"))
