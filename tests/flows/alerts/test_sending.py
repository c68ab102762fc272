"""A mail as it arrives at a real SMTP server, read with Python's own parser."""

from __future__ import annotations

import os
from email.message import EmailMessage

import pytest

from flows.alerts.sending import LONGEST_TITLE, Answers, Attached, one_line, send
from tests.flows.conftest import Mailbox

TEXT = (
    "Depuis le 15 mai 2025 : « <b>zéros</b> » & rien.\nDeuxième ligne.\n\nQue faire : vérifier.\n\n"
    "Prendre en charge : vigie incidents acknowledge 99c0\nClore : vigie incidents resolve 99c0"
)
PNG = b"\x89PNG\r\n\x1a\n"


def sent(mailbox: Mailbox, title: str = "Vigie : la porte", text: str = TEXT, **more: object) -> EmailMessage:
    assert send(os.environ["VIGIE_ALERT_STAFF"], title, text, "fr", **more)  # type: ignore[arg-type]
    return mailbox.messages[-1]


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return ordinary(str(found.get_content()).replace("\r\n", "\n"))


def ordinary(text: str) -> str:
    """A text with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_no_line_of_a_mail_begins_with_a_sign_and_a_command_keeps_its_spaces(mailbox: Mailbox) -> None:
    found = sent(
        mailbox, text="Perdu ; vite : « 3 jours » !\n\nTapez : vigie incidents resolve 99c0 ici"
    ).get_body(("html",))
    assert found is not None
    page = str(found.get_content())
    assert "Perdu\u202f; vite\u00a0: «\u00a03\u00a0jours\u00a0»\u00a0!" in page
    assert "vigie incidents resolve 99c0 ici" in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page


def test_each_line_of_a_message_is_a_line_of_both_parts(mailbox: Mailbox) -> None:
    mail = sent(mailbox)
    lines = [line.strip() for line in part(mail, "plain").split("\n")]
    for line in filter(None, TEXT.split("\n")):
        assert line in lines
    page = part(mail, "html")
    assert "« &lt;b&gt;zéros&lt;/b&gt; » &amp; rien.<br>Deuxième ligne.</p>" in page
    assert "<h1" in page
    assert page.count("<tr>") == 2
    assert ">vigie incidents acknowledge 99c0</span>" in page


def test_what_the_lines_below_are_about_is_a_heading(mailbox: Mailbox) -> None:
    mail = sent(mailbox, text="La semaine.\n\nÀ traiter (2)\nLa porte\nLa barrière : ouvert.\n\nFin")
    assert ">À traiter (2)</h2><p>La porte<br>La barrière : ouvert.</p>" in part(mail, "html").replace(
        "\n", ""
    )
    assert "À traiter (2)\nLa porte\nLa barrière : ouvert.\n" in part(mail, "plain")
    assert part(mail, "html").count("<h2") == 1


def test_the_picture_stands_in_the_page(mailbox: Mailbox) -> None:
    mail = sent(mailbox, picture=Attached("vigie-99c0.png", PNG, 'La "porte" : 0 < 12'))
    (image,) = mail.iter_attachments()
    assert image.get_content() == PNG
    assert image["Content-ID"] == "<vigie-99c0.png>"
    assert 'src="cid:vigie-99c0.png" alt="La &quot;porte&quot; : 0 &lt; 12"' in part(mail, "html")


LINK = "https://vigie.example/answer/99c0.1.x"
ANSWERS = Answers(TEXT.split("\n\n")[-1], (("Clore", f"{LINK}?step=resolve"),), "Ouvrez", LINK)


def test_buttons_stand_where_the_commands_stood_and_their_address_in_the_text(mailbox: Mailbox) -> None:
    mail = sent(mailbox, answers=ANSWERS)
    page = part(mail, "html")
    assert f'<a href="{LINK}?step=resolve"' in page
    assert "vigie incidents" not in page + part(mail, "plain")
    assert f"Ouvrez : {LINK}" in part(mail, "plain").replace("\n", " ")


def test_paragraphs_of_the_text_part_stand_apart(mailbox: Mailbox) -> None:
    assert "Deuxième ligne.\n\nQue faire : vérifier.\n\n" in part(sent(mailbox), "plain")


def test_one_blank_line_parts_the_paragraphs_of_the_text_part_with_a_picture_and_buttons_too(
    mailbox: Mailbox,
) -> None:
    told = part(sent(mailbox, picture=Attached("v.png", PNG, "La porte"), answers=ANSWERS), "plain")
    assert told.rstrip().split("\n\n") == [
        "Vigie : la porte",
        "Depuis le 15 mai 2025 : « <b>zéros</b> » & rien.\nDeuxième ligne.",
        "Que faire : vérifier.",
        "- Clore",
        f"Ouvrez : {LINK}",
    ]


def test_who_wants_text_alone_gets_the_link_in_it(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ALERT_STAFF", os.environ["VIGIE_ALERT_STAFF"] + "&format=text")
    told = part(sent(mailbox, answers=ANSWERS), "plain")
    assert told.strip().endswith(f"Que faire : vérifier.\n\nOuvrez : {LINK}")


def test_who_wants_text_alone_gets_it_line_by_line(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ALERT_STAFF", os.environ["VIGIE_ALERT_STAFF"] + "&format=text")
    mail = sent(mailbox)
    assert mail.get_content_type() == "text/plain"
    assert part(mail, "plain").strip() == TEXT


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("a\nb\r\nBcc: x@example.org", "a b Bcc: x@example.org"),
        ("« guillemets » \"quotes\" 'x' <b>", "« guillemets » \"quotes\" 'x' <b>"),
        ("barrière 🚐 et 👩‍🔧", "barrière 🚐 et 👩‍🔧"),
        ("מונה הדלת", "מונה הדלת"),
        ("gnp.\u202ecsv\u2066 \x00\x1b[31m\ud800fin", "gnp.csv [31mfin"),
        ("a\u2028b\x85c\td", "a b c d"),
        ("é" * 500, "é" * (LONGEST_TITLE - 1) + "…"),
        ("mot " * 500, ("mot " * 500)[: LONGEST_TITLE - 1].rstrip() + "…"),
    ],
)
def test_a_title_of_any_characters_is_sent_clean_and_short(
    mailbox: Mailbox, title: str, subject: str
) -> None:
    mail = sent(mailbox, title)
    assert str(mail["subject"]) == subject
    assert mail["bcc"] is None
    assert one_line(subject) == subject


def test_a_text_of_any_characters_is_sent(mailbox: Mailbox) -> None:
    mail = sent(mailbox, text="fichier \udce9\x00.csv\r\nligne\u2028suite\n.\nFrom ici")
    lines = [line.strip() for line in part(mail, "plain").split("\n")]
    assert [line for line in ("fichier .csv", "ligne", "suite", ".", "From ici") if line not in lines] == []
