"""The register of reviews and Google's exports: what counts, and that nobody's name or words are read."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.refusals import refused
from tests.sources.conftest import ReadFile, ReadSource
from warehouse.office.model import Office
from warehouse.office.subjects.reviews import ReviewedPlace

FIXTURES = Path(__file__).parent / "fixtures"

GOOGLE = FIXTURES / "reviews.json"


@pytest.fixture
def placed(office: Office) -> Office:
    """The office, with one location of Google's that is a site."""
    place = ReviewedPlace(location="locations/2", site="tresor")
    return office.model_copy(update={"systems": office.systems.model_copy(update={"reviews": (place,)})})


def rows(read: ReadFile, table: str, *columns: str) -> list[tuple[object, ...]]:
    query = f"SELECT {', '.join(columns)} FROM read_parquet(?) ORDER BY ALL"
    return duckdb.execute(query, [str(read.reading.tables[table])]).fetchall()


def test_the_register_knows_the_office_and_its_sites(read_source: ReadSource) -> None:
    read = read_source("reviews", FIXTURES / "avis.csv")
    assert read.rows("created_on", "row_rank", "site", "platform", "rating", "replied_on") == [
        (date(2025, 7, 14), 1, "tresor", "tripadvisor", 4.0, date(2025, 7, 15)),
        (date(2025, 7, 14), 2, "office", "google", 4.5, None),
    ]
    assert read.faults() == [(4, "Lieu", "unknown_site")]


def test_a_rating_out_of_ten_is_not_read_as_one_out_of_five(read_source: ReadSource) -> None:
    text = (FIXTURES / "avis.csv").read_text(encoding="utf-8")
    with refused("Note"):
        read_source("reviews", text.replace("Note (/5)", "Note (/10)"), "avis.csv")
    assert read_source("reviews", text.replace(";4;", ";8;"), "avis.csv").faults()[0][2] == "out_of_bounds"


def test_of_one_review_the_last_edition_counts_whatever_the_account(
    read_source: ReadSource, placed: Office
) -> None:
    read = read_source("reviews", GOOGLE, office=placed)
    columns = ("review_id", "site", "created_on", "updated_at", "rating", "replied_on")
    assert rows(read, "reviews", *columns) == [
        (
            "locations/2/reviews/a", "tresor", date(2025, 7, 3), datetime(2025, 7, 9, 8, 12), 4.0,  # noqa: DTZ001
            date(2025, 7, 10),
        ),
        (
            "locations/2/reviews/b", "tresor", date(2025, 8, 3), datetime(2025, 8, 3, 9), None, None,  # noqa: DTZ001
        ),
    ]  # fmt: skip
    assert (read.reading.account.rows_read, read.reading.account.rows_duplicate) == (4, 1)
    assert read.faults() == [(4, "name", "unknown_location")]
    assert rows(read, "review_exports", "location") == [], "a page is not complete"


def test_neither_name_nor_words_of_an_author_are_kept(read_source: ReadSource, placed: Office) -> None:
    read = read_source("reviews", GOOGLE, office=placed)
    stored = str(
        [duckdb.execute("FROM read_parquet(?)", [str(p)]).fetchall() for p in read.reading.tables.values()]
    )
    assert "Invent" not in stored
    assert "welcome" not in stored


def takeout(pages: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as export:
        for name, content in pages.items():
            export.writestr(f"Takeout/Google Business Profile/account-1/{name}", json.dumps(content))
    return stream.getvalue()


def test_a_whole_export_is_complete_by_location_and_dated_by_its_name(
    read_source: ReadSource, placed: Office
) -> None:
    reviews = json.loads(GOOGLE.read_text(encoding="utf-8"))["reviews"]
    content = takeout(
        {
            "location-2/reviews.json": {"reviews": reviews[:1]},
            "location-2/reviews-abc.json": {"reviews": reviews[2:3]},
            "location-2/additionalData.json": {"title": "x"},
        }
    )
    read = read_source("reviews", content, "takeout-20250901T101112Z-001.zip", placed)
    assert rows(read, "reviews", "review_id", "seen_at") == [
        (f"locations/2/reviews/{one}", datetime(2025, 9, 1, 10, 11, 12))  # noqa: DTZ001
        for one in "ab"
    ]
    assert rows(read, "review_exports", "location", "review_count") == [("locations/2", 2)]


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b'{"type": "FeatureCollection", "features": []}', "Reviews.json", "a écrits ailleurs"),
        (b'{"autre": []}', "reviews.json", "Profil d'établissement"),
        (b'{"reviews": [', "reviews.json", "Profil d'établissement"),
        (takeout({"location-2/additionalData.json": {}}), "takeout.zip", "Profil d'établissement"),
    ],
    ids=["own reviews", "other", "cut", "without reviews"],
)
def test_a_file_that_is_no_export_of_received_reviews_is_refused(
    read_source: ReadSource, content: bytes, name: str, told: str
) -> None:
    with refused(told):
        read_source("reviews", content, name)
