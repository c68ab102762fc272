"""Apidae's export notification: what its form says, the export it announces, and the confirmation.

Apidae cannot sign: whoever knows the secret address can post. So an address in a form is only ever asked when
its host is one of the office's (`allowed_hosts`), and so is every redirection.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

import requests

from sources.asking import TooLargeError, bounded
from sources.catalogue import Context, Fates
from sources.tourism_information.reading import STAMP
from warehouse.deadline import within
from warehouse.errors import UpstreamError
from warehouse.office.subjects.tourism_information import ApidaeNotifications, origin
from warehouse.storage import notifications
from warehouse.storage.ledger import LOADED
from warehouse.storage.notifications import Announcement, Notification
from warehouse.words.messages import say

SOURCE = "tourism_information"
FIELDS = ("projetId", "statut", "ponctuel", "reinitialisation")
ADDRESSES = ("urlRecuperation", "urlConfirmation")
FLAGS = {"true": True, "false": False}
# No user name, no fragment, no backslash: nothing that two parsers would read differently.
ADDRESS = re.compile(r"(?P<origin>https?://[A-Za-z0-9.-]+(:\d{1,5})?)(?P<path>/[!$-.0-\[\]-~/]*)")
LONGEST_ADDRESS = 2000
REDIRECTIONS = 5
LARGEST_BYTES = 1 << 30  # ten times the export of Apidae's largest projects
LONGEST_SECONDS = 1800.0
CHUNK = 1 << 20
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
# What still fails after so long is given up, so that later exports get their turn.
PATIENCE = timedelta(days=7)


class NotAnAnnouncementError(ValueError):
    """A form that is no notification of ours; the text says why."""


def announcement(form: Mapping[str, str], settings: ApidaeNotifications) -> Announcement:
    """What a form announces; raises NotAnAnnouncementError naming the field at fault."""
    # Of an export that could not be made, nobody documents that it has addresses.
    wanted = FIELDS if form.get("statut") == "ERROR" else FIELDS + ADDRESSES
    missing = [name for name in wanted if name not in form]
    if missing:
        raise NotAnAnnouncementError(f"missing: {', '.join(missing)}")
    if form["projetId"] != str(settings.project_id):
        raise NotAnAnnouncementError(f"projetId is not {settings.project_id}")
    if form["statut"] not in ("SUCCESS", "ERROR"):
        raise NotAnAnnouncementError("statut is neither SUCCESS nor ERROR")
    for name in ("ponctuel", "reinitialisation"):
        if form[name] not in FLAGS:
            raise NotAnAnnouncementError(f"{name} is neither true nor false")
    is_success = form["statut"] == "SUCCESS"
    addresses = [form.get(name, "") for name in ADDRESSES]
    for name, address in zip(ADDRESSES, addresses, strict=True):
        if address and not is_allowed(address, settings):
            raise NotAnAnnouncementError(f"{name} is not on a host of allowed_hosts")
    if is_success and not addresses[0]:
        raise NotAnAnnouncementError("urlRecuperation is empty")
    return Announcement(
        is_success=is_success,
        is_full=FLAGS[form["reinitialisation"]],
        is_occasional=FLAGS[form["ponctuel"]],
        download_url=addresses[0],
        confirmation_url=addresses[1],
    )


def is_allowed(address: str, settings: ApidaeNotifications) -> bool:
    """True for an address on one of the office's hosts, in the scheme and at the port that it declares."""
    found = ADDRESS.fullmatch(address) if len(address) <= LONGEST_ADDRESS else None
    return found is not None and origin(found["origin"]) in settings.origins


# --- fetching --------------------------------------------------------------------------------------------


def fetch(context: Context) -> Iterator[Path]:
    """Each announced export that is not archived yet, as a file in `context.work`, the oldest first.

    Raises UpstreamError at the first that cannot be had: those after it wait, because they build on it,
    unless one of them is full. After PATIENCE it is given up. One that is gone, or announced after a newer
    one, is not loaded; its notification says so, and when a reinitialisation must be asked for.
    """
    system = context.office.systems.tourism_information
    if system is None or system.notifications is None:
        return
    home, language = context.home, context.office.language
    archived = notifications.of_status(home, SOURCE, notifications.ARCHIVED, notifications.INTEGRATED)
    waiting = notifications.of_status(home, SOURCE, notifications.WAITING)
    for notification in sorted(waiting, key=lambda one: (_made_at(one), one.notification_id)):
        newer = _newer(archived, notification)
        if any(one.is_full for one in newer):
            message = say("notification.superseded", language)
            notifications.update(home, notification, message, status=notifications.SUPERSEDED)
            continue
        if newer:
            # Loaded now, it would put the older record of an object over the newer one.
            message = say("notification.late", language)
            notifications.update(home, notification, message, status=notifications.LOST)
            continue
        try:
            path = _download(notification, system.notifications, context)
        except UpstreamError as error:
            if context.as_of - notification.received_at <= PATIENCE:
                notifications.update(home, notification, str(error))
                if any(one.is_full for one in _newer(waiting, notification)):
                    continue
                raise
            path = None
        if path is None:
            message = say("notification.lost", language)
            notifications.update(home, notification, message, status=notifications.LOST)
            continue
        sha256 = _sha256(path)
        yield path
        # The caller has archived it; killed before this line, it is fetched again and known by its hash.
        notifications.update(home, notification, status=notifications.ARCHIVED, sha256=sha256)


def _newer(others: Iterable[Notification], notification: Notification) -> list[Notification]:
    """Those whose export Apidae made after the one of the notification, as far as their names tell."""
    return [one for one in others if _made_at(one) > _made_at(notification) > ""]


def _made_at(notification: Notification) -> str:
    """When Apidae made the export, by its file name (YYYYMMDD-HHMM); empty when that does not say."""
    stamp = STAMP.search(notification.download_url)
    return stamp[1] if stamp else ""


def _download(notification: Notification, settings: ApidaeNotifications, context: Context) -> Path | None:
    """The export's file, or None when its address leads to none any more; raises UpstreamError."""
    path = context.work / file_name(notification)
    # A download that was given up may write on: into a file that nobody else has.
    draft = context.work / f"{secrets.token_hex(8)}.draft"
    try:
        status = within(LONGEST_SECONDS, lambda: _write(notification.download_url, draft, settings))
        if status in GONE:
            return None
        if status != HTTPStatus.OK:
            raise _failure("upstream.export_failed", f"HTTP {status}", context)
        draft.replace(path)
    except TimeoutError:
        raise _failure("upstream.export_failed", f"> {LONGEST_SECONDS:g} s", context) from None
    except TooLargeError as error:
        raise _failure("upstream.export_failed", str(error), context) from None
    except requests.RequestException as error:
        raise _failure("upstream.export_failed", type(error).__name__, context) from None
    finally:
        draft.unlink(missing_ok=True)
    return path


def _write(address: str, path: Path, settings: ApidaeNotifications) -> int:
    """Write what an address gives into a file, when it is found; returns the status of the answer."""
    until = time.monotonic() + LONGEST_SECONDS
    size = 0
    with _get(address, settings) as response:
        if response.status_code == HTTPStatus.OK:
            with path.open("xb") as target:
                for chunk in response.iter_content(CHUNK):
                    size += len(chunk)
                    if size > LARGEST_BYTES:
                        raise TooLargeError(f"> {LARGEST_BYTES >> 20} MiB")
                    if time.monotonic() > until:
                        raise requests.ReadTimeout
                    target.write(chunk)
        return response.status_code


def file_name(notification: Notification) -> str:
    """The name under which an export is archived: Apidae's own, marked when it brings everything."""
    last = notification.download_url.partition("?")[0].rstrip("/").rpartition("/")[2]
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", last.removesuffix(".zip"))
    return f"{stem}-reinitialisation.zip" if notification.is_full else f"{stem}.zip"


# --- confirming ------------------------------------------------------------------------------------------


def acknowledge(context: Context, fates: Fates) -> None:
    """Note which exports are loaded, and confirm those to Apidae; a refused one is never confirmed.

    Raises UpstreamError, after trying all, when a confirmation fails: the next run tries again, for PATIENCE.
    """
    system = context.office.systems.tourism_information
    if system is None or system.notifications is None:
        return
    home, as_of = context.home, context.as_of
    for notification in notifications.of_status(home, SOURCE, notifications.ARCHIVED):
        status, message = fates.get(notification.sha256 or "", ("", ""))
        if status == LOADED:
            notifications.update(home, notification, status=notifications.INTEGRATED, integrated_at=as_of)
        else:
            notifications.update(home, notification, message)
    failures: list[UpstreamError] = []
    for notification in notifications.of_status(home, SOURCE, notifications.INTEGRATED):
        is_wanted = notification.confirmation_url and notification.confirmed_at is None
        if not is_wanted or as_of - (notification.integrated_at or as_of) > PATIENCE:
            continue
        try:
            _confirm(notification, system.notifications, context)
        except UpstreamError as error:
            failures.append(error)
            notifications.update(home, notification, str(error))
            continue
        notifications.update(home, notification, confirmed_at=as_of)
    if failures:
        raise failures[0]


def _confirm(notification: Notification, settings: ApidaeNotifications, context: Context) -> None:
    try:
        with _get(notification.confirmation_url, settings) as response:
            if not response.ok:
                raise _failure("upstream.confirmation_failed", f"HTTP {response.status_code}", context)
    except requests.RequestException as error:
        raise _failure("upstream.confirmation_failed", type(error).__name__, context) from None


# --- asking ----------------------------------------------------------------------------------------------


class ForeignHostError(requests.RequestException):
    """A redirection leads where nothing may be asked."""


def _get(address: str, settings: ApidaeNotifications) -> requests.Response:
    """The answer to a GET, its body not read yet; redirections are followed on allowed hosts alone.

    Raises requests.RequestException.
    """
    for _ in range(REDIRECTIONS + 1):
        # Checked at the last moment too: the office file may have changed since the notification came.
        if not is_allowed(address, settings):
            raise ForeignHostError
        asking = bounded(requests.Session(), settings.timeout_seconds)
        response = asking.get(
            address,
            # A ZIP shrinks no more, and its hash is that of its own bytes.
            headers={"Accept-Encoding": "identity"},
            timeout=settings.timeout_seconds,
            stream=True,
            allow_redirects=False,
        )
        if not response.is_redirect:
            return response
        response.close()
        address = urljoin(address, response.headers["Location"])
    raise requests.TooManyRedirects


def _failure(key: str, detail: str, context: Context) -> UpstreamError:
    # The address is left out: whoever has it can fetch the export.
    return UpstreamError(say(key, context.office.language, detail=detail))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
