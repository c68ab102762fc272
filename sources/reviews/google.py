"""Google's reviews: a page of JSON, or a whole Takeout export; a review is one row of the ledger.

No name, photograph, comment or reply is read.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sources.catalogue import Context, SourceReading
from sources.reading.zips import Limits, refuse_bomb
from sources.staged import Quarantined, write_quarantine, write_rows
from warehouse.clock import naive_utc
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Account, Delivery
from warehouse.words.messages import say
from warehouse.words.shapes import typed

RATINGS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "STAR_RATING_UNSPECIFIED": None}
REVIEW = re.compile(r"(?:^|/)((locations/[^/]+)/reviews/[^/]+)$")
# reviews.json, then reviews-<token>.json or reviews_001.json.
PAGE = re.compile(r"(?:^|/)location-([^/]+)/reviews([-_][^/]*)?\.json$", re.IGNORECASE)
INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")
EXPORTED = re.compile(r"takeout-(\d{8}T\d{6})Z", re.IGNORECASE)
EXPORT = Limits(entries=100_000, member_bytes=64 << 20, total_bytes=512 << 20)


class _BadReviewError(ValueError):
    """A review that does not hold what it must: the member, the broken rule, its text."""

    def __init__(self, member: str, rule: str, value: object) -> None:
        super().__init__(f"{member}: {rule}")
        self.member, self.rule, self.value = member, rule, value


@dataclass
class _Found:
    """Reviews of a file so far: the newest of each, those quarantined, and how many there were."""

    newest: dict[str, dict[str, Any]] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)
    read: int = 0
    duplicate: int = 0


def read_google(spec: SourceSpec, delivery: Delivery, context: Context) -> SourceReading:
    """Read one export; raises RefusedDeliveryError for a damaged file or one that is no such export."""
    language, work = context.office.language, context.work
    is_whole = zipfile.is_zipfile(delivery.path)
    seen_at = _exported_at(delivery)
    sites = {one.location: one.site for one in context.office.systems.reviews}
    found, counts = _Found(), dict[str, int]()
    for location, reviews in _pages(delivery, language, is_whole=is_whole):
        if location is not None:
            counts[location] = counts.get(location, 0) + len(reviews)
        for review in reviews:
            _take(found, review, sites, seen_at, context)
    tables = {"reviews": write_rows(spec.table("reviews"), list(found.newest.values()), delivery, work)}
    exports = [{"location": one, "exported_at": seen_at, "review_count": n} for one, n in counts.items()]
    tables["review_exports"] = write_rows(spec.table("review_exports"), exports, delivery, work)
    quarantine = work / "quarantine.parquet"
    write_quarantine(quarantine, found.quarantined)
    account = Account(
        kind="google",
        rows_read=found.read,
        rows_loaded=len(found.newest),
        rows_quarantined=len(found.quarantined),
        rows_duplicate=found.duplicate,
        quarantine=(quarantine,) if found.quarantined else (),
    )
    return SourceReading(account, tables)


def _exported_at(delivery: Delivery) -> datetime:
    """When the export was made, by its name; else when it was last saved (naive UTC)."""
    said = EXPORTED.search(delivery.file_name)
    if said is not None:
        return datetime.strptime(said[1], "%Y%m%dT%H%M%S")  # noqa: DTZ007 the name says UTC
    return naive_utc(delivery.saved_at)


def _pages(delivery: Delivery, language: str, *, is_whole: bool) -> Iterator[tuple[str | None, list[Any]]]:
    """The reviews of each page, with the location where the whole of it is in the file."""
    if not is_whole:
        yield None, _reviews(delivery.path.read_bytes(), delivery.file_name, language)
        return
    try:
        with zipfile.ZipFile(delivery.path) as export:
            size = delivery.path.stat().st_size
            refuse_bomb(export.infolist(), size, EXPORT, delivery.file_name, language)
            pages = [(name, page[1]) for name in sorted(export.namelist()) if (page := PAGE.search(name))]
            if not pages:
                raise RefusedDeliveryError(say("refused.not_reviews", language, file=delivery.file_name))
            for name, location in pages:
                yield f"locations/{location}", _reviews(export.read(name), delivery.file_name, language)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        told = say("refused.damaged", language, file=delivery.file_name, detail=error)
        raise RefusedDeliveryError(told) from error


def _reviews(content: bytes, name: str, language: str) -> list[Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise RefusedDeliveryError(say("refused.not_reviews", language, file=name)) from error
    if isinstance(document, Mapping) and document.get("type") == "FeatureCollection":
        raise RefusedDeliveryError(say("refused.own_reviews", language, file=name))
    reviews = document.get("reviews") if isinstance(document, Mapping) else None
    if not isinstance(reviews, list):
        raise RefusedDeliveryError(say("refused.not_reviews", language, file=name))
    return reviews


def _take(found: _Found, review: Any, sites: Mapping[str, str], seen_at: datetime, context: Context) -> None:
    """Add a review; of two with the same identifier the one edited last counts."""
    found.read += 1
    try:
        row = {**_row(review, sites, context.office.time_zone), "seen_at": seen_at}
    except _BadReviewError as bad:
        words = {"value": typed("" if bad.value is None else str(bad.value))}
        reason = say(f"quarantine.{bad.rule}", context.office.language, **words)
        found.quarantined.append(Quarantined(found.read, bad.member, bad.rule, reason))
        return
    standing = found.newest.get(row["review_id"])
    found.duplicate += standing is not None
    if standing is None or row["updated_at"] > standing["updated_at"]:
        found.newest[row["review_id"]] = row


def _row(review: Any, sites: Mapping[str, str], zone: str) -> dict[str, Any]:
    if not isinstance(review, Mapping):
        raise _BadReviewError("reviews", "missing_value", None)
    named = REVIEW.search(str(review.get("name") or ""))
    if named is None:
        raise _BadReviewError("name", "missing_value", None)
    if named[2] not in sites:
        raise _BadReviewError("name", "unknown_location", named[2])
    rating = review.get("starRating")
    if rating not in RATINGS:
        raise _BadReviewError("starRating", "not_a_rating", rating)
    created, updated = (_instant(review, member) for member in ("createTime", "updateTime"))
    reply = review.get("reviewReply")
    replied = _instant(reply, "updateTime") if isinstance(reply, Mapping) else None
    return {
        "review_id": named[1],
        "location": named[2],
        "site": sites[named[2]],
        "platform": "google",
        "created_on": _local_day(created, zone),
        "updated_at": naive_utc(updated),
        "rating": RATINGS[rating],
        "replied_on": None if replied is None else _local_day(replied, zone),
    }


def _instant(of: Mapping[str, Any], member: str) -> datetime:
    """An instant of Google's, whose fraction may have nine digits."""
    said = INSTANT.fullmatch(str(of.get(member) or ""))
    if said is None:
        raise _BadReviewError(member, "not_a_time", of.get(member))
    return datetime.fromisoformat(said[1] + said[3].replace("Z", "+00:00")).astimezone(UTC)


def _local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def is_google(path: Path, file_name: str) -> bool:
    """True for a file that Google's export may be: a page of JSON, or a ZIP that is no workbook."""
    if not zipfile.is_zipfile(path):
        return file_name.lower().endswith(".json")
    with zipfile.ZipFile(path) as archive:
        return "[Content_Types].xml" not in archive.namelist()
