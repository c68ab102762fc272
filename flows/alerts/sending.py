"""One message through one channel: a mail as HTML and text with its picture, text to anything else."""

from __future__ import annotations

import logging
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

import apprise

from warehouse.addresses import is_loopback
from warehouse.deadline import within
from warehouse.words.shapes import shown

log = logging.getLogger("vigie")
SEND_SECONDS = 30.0  # mail servers think for some seconds about whom they do not know
LONGEST_TITLE = 150  # characters: what mail programs show of a subject, and a push service takes
# Kept of the invisible characters: those that join the parts of an emoji or of an Indic or Persian word.
JOINERS = "\u200c\u200d"
PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family: sans-serif; font-size: 15px; line-height: 1.45; color: #1a1a1a; max-width: 640px;">
<h1 style="font-size: 19px; line-height: 1.3;">{title}</h1>
{body}
</body></html>
"""
# Apprise's text part breaks the line at <code>, and not at <span>.
ROW = '<tr><td style="padding: 4px 10px; border: 1px solid #ccc;">{line}</td></tr>'
SAID = '<span style="font-family: monospace;">{}</span>'
# A line such as `Clore : vigie incidents resolve …`: a label, what it says.
LABELLED = re.compile(r"([^:\n]{1,40}?)(\s?: )(.+)")


def send(
    address: str, title: str, text: str, language: str, *,
    picture: tuple[str, bytes] | None = None, headers: Mapping[str, str] | None = None,
) -> bool:  # fmt: skip
    """Send one message; False when the channel did not take it, whatever the reason.

    `address` is Apprise's, a secret: never logged. `picture` is the name and the bytes of a PNG; `headers`
    are those of a mail. Title and text may hold any characters; what is marked in them as typed goes out by
    its shape. Raises TimeoutError when the channel neither takes nor refuses it in SEND_SECONDS; it may have
    it all the same.
    """
    title, text = shown(title, language), shown(text, language)
    return within(SEND_SECONDS, lambda: _send(address, title, text, language, picture, headers))


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
    picture: tuple[str, bytes] | None, headers: Mapping[str, str] | None,
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
                body = page(title, text, language, picture and picture[0])
        channel = apprise.Apprise()
        channel.add(plugin)
        with tempfile.TemporaryDirectory() as folder:
            attached = apprise.AppriseAttachment()
            if picture is not None:
                path = Path(folder) / picture[0]
                path.write_bytes(picture[1])
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


def page(title: str, text: str, language: str, picture: str | None) -> str:
    """The text as a sober HTML page: each paragraph one, each line a line, labelled lines as a table."""
    blocks = [_block(paragraph.split("\n")) for paragraph in re.split(r"\n{2,}", text.strip())]
    if picture is not None:
        # After what is known and before what is to be done.
        blocks.insert(1, f'<p><img src="cid:{picture}" alt="" style="max-width: 100%;"></p>')
    return PAGE.format(language=language, title=escape(title), body="\n".join(blocks))


def _block(lines: Iterable[str]) -> str:
    lines = list(lines)
    found = [LABELLED.fullmatch(line) for line in lines]
    if len(lines) > 1 and all(found):
        rows = (
            ROW.format(line=f"<b>{escape(one[1])}</b>{escape(one[2])}{SAID.format(escape(one[3]))}")
            for one in found
            if one is not None
        )
        return f'<table style="border-collapse: collapse;">{"".join(rows)}</table>'
    return f"<p>{'<br>'.join(map(escape, lines))}</p>"
