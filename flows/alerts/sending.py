"""One message through one channel: a mail as HTML and text with its picture, text to anything else."""

from __future__ import annotations

import logging
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import apprise

from reports.spacing import unbroken
from warehouse.addresses import is_loopback
from warehouse.deadline import within
from warehouse.words.messages import titled
from warehouse.words.shapes import shown

log = logging.getLogger("vigie")
SEND_SECONDS = 30.0  # mail servers think for some seconds about whom they do not know
LONGEST_TITLE = 150  # characters: what mail programs show of a subject, and a push service takes
# Kept of the invisible characters: those that join the parts of an emoji or of an Indic or Persian word.
JOINERS = "\u200c\u200d"
PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8">\
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>
<body style="font-family: sans-serif; font-size: 15px; line-height: 1.45; color: #1a1a1a; max-width: 640px;">
<h1 style="font-size: 19px; line-height: 1.3;">{title}</h1>
{body}
</body></html>
"""
HEADING = '<h2 style="font-size: 16px; margin: 20px 0 4px;">{heading}</h2>'
# Apprise's text part breaks the line at <code>, and not at <span>.
ROW = '<tr><td style="padding: 4px 10px; border: 1px solid #ccc;">{line}</td></tr>'
# No paragraph of its own: the text part would have an empty one.
IMAGE = (
    '<img src="cid:{name}" alt="{says}" width="620" '
    'style="display: block; margin: 16px 0; max-width: 100%; height: auto;">'
)
# An item of a list: the text part has a line for each.
BUTTON = (
    '<li style="display: inline-block; margin: 0 8px 8px 0;">'
    '<a href="{address}" style="display: inline-block; padding: 9px 16px; border-radius: 5px; '
    'background: #0b5394; color: #ffffff; text-decoration: none;">{label}</a></li>'
)
SMALL = "font-size: 13px; color: #5a6673; overflow-wrap: anywhere;"
# A blank line between the paragraphs of the text part, which Apprise makes of the page; nothing in the page.
BLANK_LINE = '<br style="display: none;">'
SAID = '<span style="font-family: monospace;">{}</span>'
LISTED = '<ul style="margin: 4px 0 12px; padding-left: 20px;">{items}</ul>'
ITEM = "- "  # how a line of a list begins, in the text part too
# What is typed at a prompt: a space that does not break would not part its words there.
COMMAND = re.compile(r"\bvigie [a-z].*")
# A line such as `Clore : vigie incidents resolve …`: a label, what it says.
LABELLED = re.compile(r"([^:\n]{1,40}?)(\s?: )(.+)")


@dataclass(frozen=True)
class Attached:
    """A PNG of a mail: its name, its bytes, and what it shows in words."""

    name: str
    png: bytes
    says: str


@dataclass(frozen=True)
class Answers:
    """How a mail is answered: `buttons` (label, address) in the place of a paragraph of its text.

    `link` is the address for who sees no buttons, and `says` what it is called.
    """

    paragraph: str
    buttons: tuple[tuple[str, str], ...]
    says: str
    link: str


def send(
    address: str, title: str, text: str, language: str, *,
    picture: Attached | None = None, headers: Mapping[str, str] | None = None, answers: Answers | None = None,
) -> bool:  # fmt: skip
    """Send one message; False when the channel did not take it, whatever the reason.

    `address` is Apprise's, a secret: never logged. `picture`, `headers` and `answers` are those of a mail:
    what goes through another channel has none of them, for it may be read by others and is kept for long.
    Title and text may hold any characters; what is marked in them as typed goes out by
    its shape. Raises TimeoutError when the channel neither takes nor refuses it in SEND_SECONDS; it may have
    it all the same.
    """
    title, text = shown(title, language), shown(text, language)
    return within(SEND_SECONDS, lambda: _send(address, title, text, language, picture, headers, answers))


def is_plain(plugin: apprise.NotifyBase, address: str) -> bool:
    """True for a channel whose secret would go over the network in clear.

    The address of a web service is a secret itself, of a mail server its password is; Apprise has an
    encrypted form of each of these addresses.
    """
    if isinstance(plugin, apprise.plugins.N_MGR["mailto"]):
        return bool(
            plugin.user and plugin.password and not plugin.secure and not is_loopback(plugin.smtp_host)
        )
    plain = (plugin.protocol,) if isinstance(plugin.protocol, str) else plugin.protocol or ()
    scheme = address.partition("://")[0].lower()
    return bool(plugin.secure_protocol) and scheme in plain and not is_loopback(plugin.host)


def _send(
    address: str, title: str, text: str, language: str,
    picture: Attached | None, headers: Mapping[str, str] | None, answers: Answers | None,
) -> bool:  # fmt: skip
    try:
        plugin = apprise.Apprise.instantiate(address, suppress_exceptions=True)
        if plugin is None:
            return False
        if is_plain(plugin, address):
            log.error("a channel's address is not encrypted: nothing was sent, `vigie check` says which")
            return False
        title, text = one_line(title), clean(text)
        body_format, body = apprise.NotifyFormat.TEXT, text
        if isinstance(plugin, apprise.plugins.N_MGR["mailto"]):
            plugin.headers |= {"Auto-Submitted": "auto-generated", **(headers or {})}
            if plugin.notify_format == apprise.NotifyFormat.HTML:
                # Apprise makes the text part of it, and puts the picture where the page names it.
                plugin.inline = True
                body_format = apprise.NotifyFormat.HTML
                body = page(title, text, language, picture, answers)
            elif answers is not None:
                body = text.replace(clean(answers.paragraph), titled(answers.says, answers.link, language))
        channel = apprise.Apprise()
        channel.add(plugin)
        with tempfile.TemporaryDirectory() as folder:
            attached = apprise.AppriseAttachment()
            if picture is not None:
                path = Path(folder) / picture.name
                path.write_bytes(picture.png)
                attached.add(str(path))
            return bool(
                channel.notify(
                    title=title, body=body, body_format=body_format, attach=attached if picture else None
                )
            )
    except Exception as error:  # noqa: BLE001
        # A library that breaks on one message must not hold those behind it; its words may hold the address.
        log.error("a message could not be sent: %s", type(error).__name__)
        return False


def one_line(title: str) -> str:
    """A title as a mail's subject can hold it: one line, nothing invisible, not too long."""
    line = " ".join(clean(title).split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def clean(text: str) -> str:
    """A text without what no mail program shows: controls, marks that turn the direction, half characters.

    Line breaks of any system become `\\n`.
    """
    lines = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    return "".join(c for c in lines if c == "\n" or c in JOINERS or unicodedata.category(c)[0] != "C")


def page(
    title: str, text: str, language: str, picture: Attached | None = None, answers: Answers | None = None
) -> str:
    """The text as a sober HTML page: each paragraph one, each line a line, labelled lines as a table."""
    blocks = [
        _buttons(answers, language)
        if answers is not None and paragraph == clean(answers.paragraph)
        else _block(paragraph.split("\n"), language)
        for paragraph in re.split(r"\n{2,}", text.strip())
    ]
    if picture is not None:
        # After what is known and before what is to be done.
        blocks[0] += IMAGE.format(name=escape(picture.name), says=escape(picture.says))
    said = _said(title, language)
    return PAGE.format(language=language, title=said, body=f"\n{BLANK_LINE}".join(blocks))


def _buttons(answers: Answers, language: str) -> str:
    """Links that look like buttons, side by side, and the address of them all for who sees none."""
    cells = "".join(
        BUTTON.format(address=escape(address), label=escape(label)) for label, address in answers.buttons
    )
    shown_link = f'<a href="{escape(answers.link)}" style="color: #5a6673;">{escape(answers.link)}</a>'
    told = _said(titled(answers.says, "", language), language) + shown_link
    listed = f'<ul style="margin: 20px 0 6px; padding: 0; list-style: none;">{cells}</ul>'
    return f'{listed}{BLANK_LINE}<p style="{SMALL}">{told}</p>'


def _said(words: str, language: str) -> str:
    """Words as the page holds them, with the spaces that the language does not break at, but in a command."""
    command = COMMAND.search(words)
    end = command.start() if command else len(words)
    return escape(unbroken(words[:end], language) + words[end:])


def _block(lines: Iterable[str], language: str) -> str:
    first, *others = lines = list(lines)
    # No sentence and no label: what the lines below are about.
    is_item = first.startswith(ITEM)
    if others and not is_item and first[-1:] not in (".", "!", "?", ":") and not LABELLED.fullmatch(first):
        return f"{HEADING.format(heading=_said(first, language))}{_lines(others, language)}"
    return _lines(lines, language)


def _lines(lines: Sequence[str], language: str) -> str:
    if all(line.startswith(ITEM) for line in lines):
        items = (f"<li>{_said(line.removeprefix(ITEM), language)}</li>" for line in lines)
        return LISTED.format(items="".join(items))
    found = [LABELLED.fullmatch(line) for line in lines]
    if len(lines) > 1 and all(found):
        rows = (
            ROW.format(
                line=f"<b>{_said(one[1], language)}</b>{_said(one[2], language)}{_labelled(one[3], language)}"
            )
            for one in found
            if one is not None
        )
        return f'<table style="border-collapse: collapse;">{"".join(rows)}</table>'
    return f"<p>{'<br>'.join(_said(line, language) for line in lines)}</p>"


def _labelled(words: str, language: str) -> str:
    """What stands behind a label: a command as it is typed, or words."""
    return SAID.format(escape(words)) if COMMAND.match(words) else _said(words, language)
