"""Raw files of the reviews: Google's exports of three years, and the workbook of what other platforms hold.

The stars of 2025 are given out so that number and mean of each place are those of the published report. The
workbook also notes some of Google's reviews, which must not count twice; one harsh review of Google's was
removed between two exports, another one edited.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from demo.workbooks import drop, workbook

LOCATIONS = {
    "office": "1001", "tresor": "1002", "musee-resistance": "1003", "ile-saint-martin": "1004",
    "escape-dartagnan": "1005",
}  # fmt: skip
NAMES = {
    "office": "Office de tourisme",
    "tresor": "Trésor de la cathédrale",
    "musee-resistance": "Musée de la Résistance",
    "ile-saint-martin": "Aire de camping-cars de l'Île Saint-Martin",
    "escape-dartagnan": "Jeu d'évasion d'Artagnan",
}
# Stars of 2025 by place, Google's and those of other platforms: numbers and means are the published ones.
OF_2025: dict[str, tuple[Sequence[int], Sequence[int]]] = {
    "office": ([5] * 14 + [4, 4, 3], [5, 5, 1]),
    "tresor": ([5, 5, 4, 4, 4], [5, 3]),
    "musee-resistance": ([5, 5, 4, 4, 3], [4]),
    "ile-saint-martin": ([5] * 23 + [4] * 13 + [3] * 6 + [2] * 2 + [1], [5] * 2 + [4] * 3 + [3]),
    "escape-dartagnan": ([5, 5], []),
}
BEFORE = {"office": 14, "tresor": 5, "musee-resistance": 4, "ile-saint-martin": 38, "escape-dartagnan": 1}
WORDS = {1: "ONE", 2: "TWO", 3: "THREE", 4: "FOUR", 5: "FIVE"}
COMMENTS = ("Accueil parfait", "Toujours fermé !", "Téléphone sans réponse", "Très belle visite", "")
HEADINGS = ("Date", "Lieu", "Plateforme", "Note (/5)", "Langue", "Mots-clés", "Répondu le")


@dataclass
class Review:
    """A review as it was written."""

    identifier: str
    site: str
    platform: str
    written_at: datetime
    stars: int
    replied: date | None


def generate(inbox: Path, seed: int) -> None:
    """Write the files into `inbox/reviews`."""
    random = Random(f"{seed}-reviews")
    reviews = [review for year in (2023, 2024, 2025) for review in _of_year(random, year)]
    folder = inbox / "reviews"
    removed = Review("gone", "office", "Google", datetime(2024, 8, 12, 9), 1, None)  # noqa: DTZ001
    for year, received in ((2024, date(2025, 1, 6)), (2025, date(2026, 1, 4))):
        known = [one for one in reviews if one.platform == "Google" and one.written_at.year <= year]
        if year == 2024:
            known.append(removed)
        name = f"takeout-{received:%Y%m%d}T081500Z-001.zip"
        drop(folder / name, _takeout(known, year), received)
    noted = [one for one in reviews if one.platform != "Google" or one.site == "office"]
    for year in (2023, 2024, 2025):
        rows = [_row(random, one) for one in noted if one.written_at.year == year]
        content = workbook({"Avis": [HEADINGS, *rows]})
        drop(folder / f"avis-{year}.xlsx", content, date(year + 1, 1, 3))


def _of_year(random: Random, year: int) -> list[Review]:
    made = []
    for site in LOCATIONS:
        google, others = OF_2025[site] if year == 2025 else (_stars(random, BEFORE[site]), _stars(random, 1))
        platforms = ["Google"] * len(google) + [random.choice(("Tripadvisor", "Facebook")) for _ in others]
        for rank, (stars, platform) in enumerate(zip((*google, *others), platforms, strict=True)):
            after = timedelta(days=random.randrange(350), minutes=random.randrange(500))
            day = datetime(year, 1, 8, 10) + after  # noqa: DTZ001
            replied = day.date() + timedelta(days=random.randint(1, 9)) if random.random() < 0.8 else None
            made.append(Review(f"{site}-{year}-{rank}", site, platform, day, stars, replied))
    return sorted(made, key=lambda one: one.written_at)


def _stars(random: Random, count: int) -> list[int]:
    return random.choices((5, 4, 3, 2, 1), weights=(60, 25, 8, 4, 3), k=count)


def _takeout(reviews: Sequence[Review], year: int) -> bytes:
    """A whole export: for each location pages of 20 reviews."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as export:
        for site, number in LOCATIONS.items():
            folder = f"Takeout/Google Business Profile/account-1/location-{number}"
            own = [_object(one, number, year) for one in reviews if one.site == site]
            for rank in range(0, max(len(own), 1), 20):
                page = "reviews.json" if rank == 0 else f"reviews_{rank // 20:03}.json"
                content = json.dumps({"reviews": own[rank : rank + 20]}, ensure_ascii=False)
                export.writestr(zipfile.ZipInfo(f"{folder}/{page}"), content)
            title = json.dumps({"title": NAMES[site]}, ensure_ascii=False)
            export.writestr(zipfile.ZipInfo(f"{folder}/additionalData.json"), title)
    return stream.getvalue()


def _object(review: Review, number: str, year: int) -> dict[str, Any]:
    """Google's object; the first export has the worst stars of the area, edited before the second one."""
    written = f"{review.written_at:%Y-%m-%dT%H:%M:%S}"
    is_edited = review.identifier == "ile-saint-martin-2024-0"
    stars = 1 if is_edited and year == 2024 else review.stars
    updated = "2025-02-03T10:00:00Z" if is_edited and year == 2025 else f"{written}Z"
    found: dict[str, Any] = {
        "name": f"accounts/{year}/locations/{number}/reviews/{review.identifier}",
        "reviewer": {"displayName": "Personne Inventée"},
        "starRating": WORDS[stars],
        "createTime": f"{written}.123456789Z",
        "updateTime": updated,
    }
    comment = COMMENTS[len(review.identifier) % len(COMMENTS)]
    if comment:
        found["comment"] = comment
    if review.replied is not None:
        found["reviewReply"] = {"comment": "Merci.", "updateTime": f"{review.replied}T08:00:00Z"}
    return found


def _row(random: Random, review: Review) -> list[Any]:
    words = random.choice(("accueil", "horaires", "accueil, visite", ""))
    language = random.choice(("Français", "Français", "Anglais", "Espagnol"))
    return [
        review.written_at.date(), NAMES[review.site], review.platform, review.stars, language, words,
        review.replied,
    ]  # fmt: skip
