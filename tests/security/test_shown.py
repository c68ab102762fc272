"""Names and cells that people and files bring act on no terminal, in no log and in no mail."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from flows.alerts.sending import LONGEST_TITLE, send
from flows.alerts.telling import enter, tell
from flows.command.cli import progress_on
from flows.command.console import notes
from flows.night.traces import Sound, Trace, write
from tests.findings import finding
from tests.flows.command.test_cli import vigie
from tests.flows.conftest import OFFICE, Mailbox, mail_server, make_home
from warehouse.clock import naive_utc, now
from warehouse.office.model import load_office
from warehouse.storage.layout import Home
from warehouse.words.printable import printable

# A colour, a title of the window, a C1 control, letters that run backwards, one that is not seen, a new line.
HOSTILE = "a\x1b[31mb\x1b]0;t\x07\u009b2Jc\u202ed\u200be\nvigie: f[red]g[/red][link=x]h[/link]:smiley:"
SEEN = (
    "a\\u001b[31mb\\u001b]0;t\\u0007\\u009b2Jc\\u202ed\\u200be\\nvigie: f[red]g[/red][link=x]h[/link]:smiley:"
)
BREAK = "\\n"


def acts(text: str) -> list[str]:
    """The characters of a text that a terminal obeys, or does not show."""
    return [c for c in text if not c.isprintable() and c not in "\n\u00a0\u202f"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("25\u202f646 visiteurs\u00a0!", "25\u202f646 visiteurs\u00a0!"),
        ("a\tb\r\nc\x00\x7f", "a\\tb\\r\\nc\\u0000\\u007f"),
        ("\u2028\ufeff\u00ad\udce9", "\\u2028\\ufeff\\u00ad\\udce9"),
        ("\U000e0041", "\\udb40\\udc41"),
        (HOSTILE, SEEN),
    ],
)
def test_what_is_not_seen_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.fixture
def hostile_home(home: Home) -> Home:
    """The small office, whose counter has such a name."""
    make_home(home)
    counter = OFFICE["counters"][0] | {"label": HOSTILE}  # type: ignore[index]
    home.office_file.write_text(yaml.safe_dump(OFFICE | {"counters": [counter]}), encoding="utf-8")
    return home


def an_incident(home: Home, **values: object) -> str:
    onset = naive_utc(now()) - timedelta(hours=9)
    found = finding(subject="counter:door", onset_at=onset, **values)  # type: ignore[arg-type]
    (reference,) = enter(home, load_office(home.office_file), [found], now())
    return reference


@pytest.mark.parametrize("command", ["list", "show"])
def test_incidents_and_what_people_said_of_them(
    command: str, hostile_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ("--home", hostile_home.root)
    reference = an_incident(hostile_home)
    assert vigie("incidents", "acknowledge", reference, "--by", HOSTILE, "--comment", HOSTILE, *home) == 0
    capsys.readouterr()
    assert vigie("incidents", *(["show", reference] if command == "show" else []), *home) == 0
    said = capsys.readouterr().out
    assert acts(said) == []
    assert "vigie: f" not in [line[:8] for line in said.splitlines()]
    assert "[red]g[/red]" in said


def test_the_status(hostile_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    mark = {"started_at": "2025-05-17T00:30:00+00:00", "pid": 7, "host": HOSTILE, "error": HOSTILE}
    hostile_home.work.mkdir()
    hostile_home.run_file.write_text(json.dumps(mark), encoding="utf-8")
    assert vigie("status", "--home", hostile_home.root) == 1
    said = capsys.readouterr().out
    assert SEEN in said
    assert acts(said) == []


def test_what_is_wrong_with_the_office_file(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    make_home(home)
    text = yaml.safe_dump(OFFICE | {"department": HOSTILE})
    home.office_file.write_text(text, encoding="utf-8")
    assert vigie("check", "--home", home.root) == 2
    said = capsys.readouterr().out
    assert "[red]g[/red]" in said
    assert acts(said) == []


def test_an_error_is_one_line(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    make_home(home)
    assert vigie("ingest", "counters", HOSTILE, "--home", home.root) == 2
    said = capsys.readouterr().err
    assert SEEN in said
    assert said.count("\n") == 1
    assert acts(said) == []


def test_the_steps_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    with notes.status("…") as shown:
        progress_on(shown)(f"counters: {HOSTILE} (1/1)")
    said = capsys.readouterr().err
    assert SEEN in said
    assert acts(said) == []


def test_no_text_that_is_logged_looks_like_an_entry_of_its_own(home: Home) -> None:
    home.work.mkdir(parents=True)
    try:
        raise ValueError(HOSTILE + "\n2025-01-01 00:00:00,000 ERROR forged")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    write(home, logging.LogRecord("vigie", logging.ERROR, "f", 1, "source %s failed", (HOSTILE,), info))
    first, *rest = home.log_file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert first.endswith(f"ERROR source {SEEN.partition(BREAK)[0]}")
    assert rest[0] == f"    {SEEN.partition(BREAK)[2]} failed"
    assert [line for line in rest if not line.startswith("    ")] == []
    assert acts(first + "".join(rest)) == []


def test_what_runs_log_is_sound_whoever_writes_it(tmp_path: Path) -> None:
    log, plain = logging.Logger("vigie"), logging.FileHandler(tmp_path / "worker.log", encoding="utf-8")
    log.addFilter(Sound())
    log.addHandler(plain)
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        log.exception("source %s failed", HOSTILE)
    plain.close()
    first, *rest = (tmp_path / "worker.log").read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert first == f"source {SEEN.partition(BREAK)[0]}"
    assert [line for line in rest if not line.startswith("    ")] == []


def test_a_log_is_its_account_s_alone(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    make_home(home)
    home.work.mkdir()
    assert vigie("status", "--home", home.root) == 1
    Trace(home.log_file).handle(logging.LogRecord("vigie", logging.ERROR, "f", 1, "x", (), None))
    assert home.log_file.stat().st_mode & 0o077 == 0


# --- mails -----------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """What the staff is sent."""
    with mail_server() as box:
        yield box


class Page(HTMLParser):
    """What a mail program makes of a page: its tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


OURS = {
    "html", "head", "meta", "title", "body", "h1", "h2", "p", "br", "table", "tr", "td", "b", "span", "img",
}  # fmt: skip
NAMES = [
    "<img src=x onerror=alert(1)>.csv",
    '"><script>alert(1)</script>&lt;b&gt;.csv',
    "R&D &amp; Cie.csv",
    "a\r\nBcc: x@example.org\r\n\r\n<b>.csv",
    "gnp.\u202ecsv\u2066\u200b\x1b[31m",
    "cid:vigie.png\" onload='x'",
    "é<" * 2048,
]


def page_of(mail: EmailMessage) -> Page:
    body = mail.get_body(("html",))
    assert body is not None
    page = Page(str(body.get_content()).replace("\r\n", "\n"))
    assert {tag for tag, _ in page.tags} <= OURS
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
    assert [attributes for tag, attributes in page.tags if tag == "img"] == []  # none of these has a picture
    return page


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_characters_is_text_in_a_mail(name: str, mailbox: Mailbox) -> None:
    text = f"Le fichier {name} n'a pas été lu.\n\nFichier : {name}\nClore : vigie incidents resolve 99c0"
    address = os.environ["VIGIE_ALERT_STAFF"]
    assert send(address, f"Vigie : {name}", text, "fr", headers={"References": "<99c0@vigie>"})
    (mail,) = mailbox.messages
    page = page_of(mail)
    seen = "".join(c for c in name if c.isprintable()).split("Bcc")[0][:100]
    assert seen in page.text
    assert (mail["bcc"], mail["to"]) == (None, "staff@example.org")
    subject = str(mail["subject"])
    assert len(subject) <= LONGEST_TITLE
    assert acts(subject + page.text) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_on_a_file_and_a_counter_of_any_name(name: str, home: Home, mailbox: Mailbox) -> None:
    make_home(home)
    counter = OFFICE["counters"][0] | {"label": name}  # type: ignore[index]
    home.office_file.write_text(yaml.safe_dump(OFFICE | {"counters": [counter]}), encoding="utf-8")
    an_incident(home, fault="unread", file=name, reason=name)
    assert tell(home, load_office(home.office_file), now()) == 1
    (mail,) = mailbox.messages
    page_of(mail)
    assert mail["bcc"] is None
    assert acts(str(mail["subject"])) == []
