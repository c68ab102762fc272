"""The page that answers alerts: what a link may do, and what none may."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from expectations.incidents import book
from expectations.incidents.life import Incident
from flows.alerts.answers import incident_of, key_of, link
from flows.alerts.telling import SCHEMA, enter, tell
from flows.serve.answered import run
from tests.findings import DETECTED, finding
from tests.flows.alerts.test_channels import channel
from tests.flows.alerts.test_sending import part
from tests.flows.conftest import Mailbox
from tests.flows.serve.test_notified import free_port, is_answered, until
from warehouse.clock import now
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import Alerts, AnswerPage
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

KEY = "3f9c1e77b2a84d0596ce4b1d8a70f25e"
ADDRESS = "http://192.168.1.20:4280"
AT = DETECTED.replace(tzinfo=UTC)


def office(code: str = "o", **answers: object) -> Office:
    alerts = Alerts(
        channels=(channel("mail", address_secret="VIGIE_ALERT_STAFF"),),
        answers=AnswerPage.model_validate({"address": ADDRESS, **answers}),
    )
    return Office.model_validate({"code": code, "name": "O", "siren": "123456789", "alerts": alerts})


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ANSWER_KEY", KEY)


@pytest.fixture
def incident_id(home: Home) -> str:
    (found,) = enter(home, office(), [finding()], AT)
    return found


@pytest.fixture
def browser(home: Home) -> Iterator[httpx.Client]:
    """Someone who opens links of the page, which runs as `vigie serve` runs it."""
    port, stop = free_port(), threading.Event()
    serving = threading.Thread(target=run, args=(home, office(port=port), stop, lambda *_: None))
    serving.start()
    until(lambda: is_answered(port))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
    stop.set()
    serving.join()


def path_to(incident_id: str, *, key: str = KEY, of: Office | None = None, at: datetime | None = None) -> str:
    return link(key.encode(), of or office(), incident_id, at or now()).removeprefix(ADDRESS)


def known(home: Home, incident_id: str) -> Incident:
    with journal(home, SCHEMA) as kept:
        return book.find_incident(kept, "o", incident_id)


def steps(home: Home, incident_id: str) -> list[tuple[str, str, str]]:
    with journal(home, SCHEMA) as kept:
        return [(one.what, one.who, one.comment) for one in book.read_transitions(kept, "o", incident_id)]


def test_opening_a_link_shows_the_incident_and_does_nothing(
    home: Home, incident_id: str, browser: httpx.Client
) -> None:
    before = steps(home, incident_id)
    for query in ("", "?step=resolve", "?step=resolve&who=x&reason=repaired"):
        answer = browser.get(path_to(incident_id) + query)
        assert answer.status_code == 200
        assert incident_id in answer.text
        assert "auch-door ne compte plus" in answer.text
    assert steps(home, incident_id) == before


@pytest.mark.parametrize(
    ("step", "status"), [("acknowledge", "acknowledged"), ("snooze", "snoozed"), ("resolve", "resolved")]
)
def test_posting_the_form_does_the_step_in_the_name_that_was_given(
    step: str, status: str, home: Home, incident_id: str, browser: httpx.Client
) -> None:
    form = {"step": step, "who": "Anne  Élan", "comment": "j'y <b>vais</b>", "reason": "repaired"}
    answer = browser.post(path_to(incident_id), data=form)
    assert answer.status_code == 200
    assert known(home, incident_id).status == status
    assert steps(home, incident_id)[-1] == (status, "Anne Élan", "j'y <b>vais</b>")


def test_without_a_name_nothing_is_done(home: Home, incident_id: str, browser: httpx.Client) -> None:
    answer = browser.post(path_to(incident_id), data={"step": "resolve", "who": "  ", "reason": "repaired"})
    assert answer.status_code == 422
    assert "Écrivez votre nom" in answer.text
    assert known(home, incident_id).status == "open"


def test_what_somebody_else_has_settled_is_not_settled_again(
    home: Home, incident_id: str, browser: httpx.Client
) -> None:
    form = {"step": "resolve", "who": "Anne", "comment": "", "reason": "repaired"}
    assert browser.post(path_to(incident_id), data=form).status_code == 200
    answer = browser.post(path_to(incident_id), data={**form, "who": "Bea"})
    assert answer.status_code == 409
    assert known(home, incident_id).resolved_by == "Anne"
    assert "<form" not in browser.get(path_to(incident_id)).text


def wrong(incident_id: str) -> dict[str, str]:
    """Ends of links that none made for this incident and office, or that are void."""
    right = path_to(incident_id)
    head, until, signature = right.rsplit("/", 1)[1].split(".")
    other = "0" * 12
    return {
        "of another key": path_to(incident_id, key="f" * 16 + KEY),
        "of another office": path_to(incident_id, of=office("other")),
        "expired": path_to(incident_id, at=now() - timedelta(days=8)),
        "for another incident": f"/answer/{other}.{until}.{signature}",
        "for longer": f"/answer/{head}.{int(until) + 1}.{signature}",
        "without a signature": f"/answer/{head}.{until}.",
        "of other letters": f"/answer/{head}.{until}.{signature[::-1]}",
        "of an unknown incident": path_to(other),
        "of nothing": "/answer/",
        "of somewhere else": "/",
    }


def test_a_link_that_is_forged_expired_or_of_another_office_neither_shows_nor_does(
    home: Home, incident_id: str, browser: httpx.Client
) -> None:
    form = {"step": "resolve", "who": "Eve", "comment": "", "reason": "repaired"}
    before = steps(home, incident_id)
    for what, path in wrong(incident_id).items():
        for answer in (browser.get(path), browser.post(path, data=form)):
            assert answer.status_code in (404, 409), what
            assert "auch-door" not in answer.text, what
    assert steps(home, incident_id) == before


def test_a_link_lasts_for_its_days(incident_id: str) -> None:
    end = path_to(incident_id, at=AT).rsplit("/", 1)[1]
    for days, found in ((0, incident_id), (7, incident_id), (7.01, None)):
        assert incident_of(KEY.encode(), office(), end, AT + timedelta(days=days)) == found


def test_what_a_form_may_not_say_is_refused(home: Home, incident_id: str, browser: httpx.Client) -> None:
    for form in (
        {"step": "delete", "who": "x"}, {"step": "resolve", "who": "x" * 81, "reason": "repaired"},
        {"step": "resolve", "who": "x", "comment": "x" * 20_000}, {"who": "x"},
    ):  # fmt: skip
        assert browser.post(path_to(incident_id), data=form).status_code in (400, 413)
    assert browser.post(path_to(incident_id), json={"step": "resolve", "who": "x"}).status_code == 415
    assert browser.put(path_to(incident_id)).status_code == 405
    assert known(home, incident_id).status == "open"


def test_what_data_say_is_no_part_of_the_page_and_nothing_is_loaded_framed_or_kept(
    home: Home, browser: httpx.Client
) -> None:
    (incident_id,) = enter(home, office(), [finding(subject="counter:<script>alert(1)</script>")], AT)
    answer = browser.get(path_to(incident_id))
    assert "<script" not in answer.text
    assert "src=" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_a_key_that_can_be_guessed_signs_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ANSWER_KEY", "vigie")
    with pytest.raises(UsageError, match="trop faible"):
        key_of(home, office())


def test_a_mail_has_links_that_work_and_no_link_is_kept(
    home: Home, mailbox: Mailbox, browser: httpx.Client
) -> None:
    enter(home, office(), [finding()], AT)
    tell(home, office(), AT)
    (mail,) = mailbox.messages
    html, plain = part(mail, "html"), part(mail, "plain")
    ends = re.findall(rf'href="{ADDRESS}(/answer/[^"?]+)\?step=(\w+)"', html)
    assert [step for _, step in ends] == ["acknowledge", "snooze", "resolve"]
    assert "vigie incidents" not in html + plain
    assert ADDRESS + ends[0][0] in plain
    assert browser.get(ends[0][0]).status_code == 200
    signature = ends[0][0].rsplit(".", 1)[1].encode()
    assert not [path for path in home.root.rglob("*") if path.is_file() and signature in path.read_bytes()]


def test_without_the_secret_the_mail_names_the_command(
    home: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIE_ANSWER_KEY")
    enter(home, office(), [finding()], AT)
    tell(home, office(), AT)
    assert "vigie incidents acknowledge" in part(mailbox.messages[0], "plain")


def test_what_is_over_has_no_buttons(home: Home, mailbox: Mailbox) -> None:
    enter(home, office(), [finding(ended_at=DETECTED + timedelta(hours=1))], AT + timedelta(hours=2))
    tell(home, office(), AT + timedelta(hours=2))
    assert "/answer/" not in part(mailbox.messages[0], "html")
