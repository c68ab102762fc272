"""Syndications of Tourinsoft: pulled whole or not at all, read into the tables of Apidae."""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from flows.night.ingesting import fetch, read_and_load
from sources.catalogue import Context
from sources.pulling import Patience
from sources.tourism_information.source import pull_tourinsoft
from sources.tourism_information.syndications import answer
from sources.tourism_information.tourinsoft import number_of
from tests.refusals import refused
from tests.sources.tourism_information.deliveries import AS_OF, context, quarantined, reading
from tests.sources.tourism_information.tourinsoft_simulator import (
    CLIENT,
    TourinsoftSimulator,
    festival,
    hotel,
)
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.office.subjects.tourism_information import TourismInformation
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain

HOTELS, EVENTS = "7780B30D-9aed-42a4-bde5-5deb6a4bc444", "2d56b8f2-c624-4c36-8352-3d7480b422a8"
SECRETS = {"VIGIE_HOTELS": HOTELS, "VIGIE_EVENTS": EVENTS}
AT_ONCE = Patience(attempts=1, backoff_seconds=0.01)
AGAIN = Patience(attempts=2, backoff_seconds=0.01)


@pytest.fixture
def tourinsoft() -> Iterator[TourinsoftSimulator]:
    offers = {HOTELS: [hotel(n) for n in range(5)], EVENTS: [festival(n) for n in range(2)]}
    with TourinsoftSimulator(offers) as simulator:
        yield simulator


def connected(office: Office, url: str, **more: Any) -> Office:
    """The office with a syndication of each version at `url`, pages of two objects."""
    hotels = {"name": "hotels", "version": 2, "secret": "VIGIE_HOTELS", "url": url}
    hotels |= {"capacity": {"column": "CapaciteTotale"}}
    events = {"name": "events", "version": 3, "secret": "VIGIE_EVENTS", "url": url}
    settings = {
        "client": CLIENT,
        "syndications": [hotels, events],
        "page_size": 2,
        "timeout_seconds": 5,
        **more,
    }
    system = TourismInformation.model_validate({"tourinsoft": settings})
    systems = office.systems.model_copy(update={"tourism_information": system})
    return office.model_copy(update={"systems": systems})


def asking(office: Office, work: Path) -> Context:
    return Context(office, SECRETS.__getitem__, context(office, work).work, AS_OF, Home(work))


def pull(simulator: TourinsoftSimulator, office: Office, work: Path, patience: Patience = AT_ONCE) -> Path:
    (path,) = pull_tourinsoft(asking(connected(office, simulator.url), work), patience)
    return path


def failure(simulator: TourinsoftSimulator, office: Office, work: Path) -> str:
    """The message of a pull that fails: nothing is kept of it and no GUID is in it."""
    with pytest.raises(UpstreamError) as error:
        pull(simulator, office, work)
    assert list(work.iterdir()) == []
    assert error.value.__cause__ is None
    assert HOTELS.lower() not in str(error.value).lower()
    return plain(str(error.value))


def read_offers(
    office: Office, folder: Path, *offers: dict[str, Any], total: int | None = None, **settings: Any
) -> Any:
    """The account and the tables of a pull that brought these offers of the syndication of hotels."""
    path = folder / "tourinsoft-syndications.zip"
    folder.mkdir(parents=True, exist_ok=True)
    page = {"total": len(offers) if total is None else total, "objects": offers}
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("pull.json", "{}")
        written.writestr("syndications/hotels/00001.json", json.dumps(page))
    return reading(path, connected(office, "http://127.0.0.1:1", **settings), folder / "read")


# --- pulling ---------------------------------------------------------------------------------------------


def test_syndications_that_another_hand_brings_are_read_and_nobody_is_asked(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path
) -> None:
    path = pull(tourinsoft, office, tmp_path / "work")
    tourinsoft.asked.clear()
    apart = connected(office, tourinsoft.url, is_pulled=False)
    assert list(pull_tourinsoft(asking(apart, tmp_path / "apart"), AT_ONCE)) == []
    assert tourinsoft.asked == []
    assert reading(path, apart, tmp_path / "read")[0].rows_loaded == 7


def test_all_syndications_are_pulled_and_read_into_the_tables_of_apidae(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path
) -> None:
    path = pull(tourinsoft, office, tmp_path / "work")
    assert [asked.params.get("$skip") for asked in tourinsoft.asked] == ["0", "2", "4", None]
    account, tables = reading(path, connected(office, tourinsoft.url), tmp_path / "read")
    assert (account.kind, account.rows_read, account.rows_loaded) == ("syndications", 7, 7)
    assert account.message == ""
    types = [row["object_type"] for row in tables["tourism_objects"]]
    assert (types.count("HOTELLERIE"), types.count("FETE_ET_MANIFESTATION")) == (5, 2)
    assert [row["bed_count"] for row in tables["tourism_bed_places"]] == [40] * 5
    assert tables["tourism_deliveries"][0]["is_complete"] is True
    communes = tables["tourism_communes"]
    assert [(row["municipality_code"], row["municipality_name"]) for row in communes] == [
        ("40224", "PEYREHORADE")
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_every_count_of_objects_is_pulled_whole(office: Office, tmp_path: Path, count: int) -> None:
    with TourinsoftSimulator({HOTELS: [hotel(n) for n in range(count)], EVENTS: []}) as simulator:
        path = pull(simulator, office, tmp_path / "work")
    account, tables = reading(path, connected(office, simulator.url), tmp_path / "read")
    assert account.rows_loaded == count
    # An empty answer removes nothing.
    assert tables["tourism_deliveries"][0]["is_complete"] is (count > 0)


def test_a_service_that_gives_fewer_than_asked_is_asked_on_from_what_came(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path
) -> None:
    tourinsoft.largest_page = 1
    pull(tourinsoft, office, tmp_path / "work")
    assert [asked.params.get("$skip") for asked in tourinsoft.asked][:5] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("json_500", "HTTP 500, Erreur lors du traitement"),
        ("html_502", "HTTP 502"),
        ("html_200", "JSON"),
        ("401", "HTTP 401, unauthorized"),
        ("429", "HTTP 429, Too many requests"),
        ("drop", "ConnectionError"),
        ("redirect", "JSON"),
        ("cut", "IncompleteRead|ChunkedEncodingError|ConnectionError"),
    ],
)
def test_a_failure_on_page_2_of_3_names_syndication_and_page_and_keeps_nothing(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path, fault: str, told: str
) -> None:
    tourinsoft.faults = {2: fault}
    message = failure(tourinsoft, office, tmp_path / "work")
    assert "Tourinsoft (hotels)" in message
    assert "page 2 sur 3" in message
    assert any(one in message for one in told.split("|"))


def test_a_failure_of_the_last_syndication_keeps_nothing_of_the_others(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path
) -> None:
    tourinsoft.faults = {4: "html_502"}
    assert "Tourinsoft (events)" in failure(tourinsoft, office, tmp_path / "work")


def test_a_wrong_guid_names_its_secret_and_not_itself(office: Office, tmp_path: Path) -> None:
    with TourinsoftSimulator({}) as simulator:
        message = failure(simulator, office, tmp_path / "work")
    assert "VIGIE_HOTELS" in message
    assert "no syndication REDACTED" in message


def test_what_asks_to_wait_is_asked_again_after_that_time(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    tourinsoft.faults = {2: "429", 4: "drop"}
    tourinsoft.retry_after = "42"
    pull(tourinsoft, office, tmp_path / "work", AGAIN)
    assert waited[0] == 42


def test_a_total_that_is_never_reached_is_told(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path
) -> None:
    tourinsoft.announced = 1
    assert "6, 5" in failure(tourinsoft, office, tmp_path / "work")


@pytest.mark.parametrize(
    ("reply", "version", "told"),
    [
        ([], 2, "d"),
        ({"d": {"__count": "1"}}, 2, "results"),
        ({"d": {"results": []}}, 2, "__count"),
        ({"d": {"results": [], "__count": "-1"}}, 2, "__count"),
        ({"value": {}}, 3, "value"),
    ],
)
def test_an_answer_that_is_no_page_is_refused(reply: Any, version: int, told: str) -> None:
    with pytest.raises(Exception, match=told):
        answer(reply, version)


def test_neither_guid_nor_what_is_personal_is_archived_or_logged(
    tourinsoft: TourinsoftSimulator,
    home: Home,
    office: Office,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for secret, guid in SECRETS.items():
        monkeypatch.setenv(secret, guid)
    pull(tourinsoft, office, tmp_path / "first")  # dlt sets up its logger at its first use
    monkeypatch.setattr("dlt.common.logger.LOGGER", logging.getLogger("dlt"))
    monkeypatch.setattr(logging.getLogger("dlt"), "propagate", True)
    for name in (None, "dlt", "urllib3", "urllib3.connectionpool", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    declared = connected(office, tourinsoft.url)
    assert len(fetch(home, declared, "tourism_information", AS_OF).new) == 1
    assert read_and_load(home, declared, "tourism_information", AS_OF).new == ["tourinsoft-syndications.zip"]
    assert "/Syndication/cdt40/" in caplog.text  # the addresses were logged
    (path,) = [p for p in home.archive.rglob("*") if p.is_file() and zipfile.is_zipfile(p)]
    with zipfile.ZipFile(path) as archived:
        kept = b"".join(archived.read(name) for name in archived.namelist()).decode()
    for text in (caplog.text, kept):
        for private in (HOTELS, EVENTS, "jeanne@exemple", "Chez Jeanne", "rue Inventée"):
            assert private.lower() not in text.lower()


def test_the_same_pull_on_the_same_day_is_the_same_file(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path
) -> None:
    one, other = (pull(tourinsoft, office, tmp_path / name) for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()


# --- reading ---------------------------------------------------------------------------------------------


def test_an_object_keeps_its_identifier_and_has_a_number_that_apidae_cannot_give(
    office: Office, tmp_path: Path
) -> None:
    _, tables = read_offers(office, tmp_path, hotel(7))
    (row,) = tables["tourism_objects"]
    assert row["identifier"] == "HOTAQU0400000007"
    assert row["object_id"] == number_of(row["identifier"]) > 99_999_999
    assert row["object_id"] < 10**15  # every spreadsheet keeps it whole
    assert (row["latitude"], row["longitude"]) == (43.588, -1.034)


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        # A clock of the zone, whatever it is written in.
        ("/Date(1736985600000)/", datetime(2025, 1, 15, 23, 0)),  # noqa: DTZ001
        ("2025-01-16T00:00:00", datetime(2025, 1, 15, 23, 0)),  # noqa: DTZ001
        ("2025-07-16T00:00:00.553", datetime(2025, 7, 15, 22, 0, 0, 553000)),  # noqa: DTZ001
        # An instant, where an offset or a zone is said.
        ("/Date(1736985600000+0060)/", datetime(2025, 1, 16, 0, 0)),  # noqa: DTZ001
        ("2025-01-16T00:00:00Z", datetime(2025, 1, 16, 0, 0)),  # noqa: DTZ001
        ("/Date(-62135596800000)/", None),
        (None, None),
    ],
)
def test_instants_of_both_versions_are_read(
    office: Office, tmp_path: Path, given: str | None, utc: datetime | None
) -> None:
    _, tables = read_offers(office, tmp_path, hotel(1, Updated=given))
    assert tables["tourism_objects"][0]["modified_at"] == utc


def test_packed_periods_become_openings_and_hours_by_weekday(office: Office, tmp_path: Path) -> None:
    _, tables = read_offers(office, tmp_path, hotel(1))
    (period,) = tables["tourism_openings"]
    assert (period["first_date"], period["last_date"]) == (date(2025, 4, 1), date(2025, 9, 30))
    assert (period["weekdays"], period["opens_at"]) == ("0111000", None)
    hours = {row["weekday"]: (row["is_open"], row["hours"]) for row in tables["tourism_opening_hours"]}
    assert hours[1] == (False, None)
    assert hours[2] == (True, "08:00-12:00 14:00-19:00")
    assert hours[3] == (True, "14:00-19:00")


@pytest.mark.parametrize(
    ("packed", "hours", "weekdays"),
    [
        ("14/07/2025|14/07/2025||||||", (None, None), "1111111"),
        ("14/07/2025", (None, None), "1111111"),
        ("14/07/2025|20/07/2025|10:00", ("10:00", None), "1111111"),
        ("14/07/2025|20/07/2025|10:00|||18:00||", ("10:00", "18:00"), "1111111"),
        ("14/07/2025|20/07/2025|10:00|18:00|||| Lundi ", (None, None), "0111111"),
    ],
)
def test_periods_say_only_what_they_hold(
    office: Office, tmp_path: Path, packed: str, hours: tuple[str | None, str | None], weekdays: str
) -> None:
    _, tables = read_offers(office, tmp_path, hotel(1, PeriodeOuverture=f"#{packed}#"))
    (period,) = tables["tourism_openings"]
    assert ((period["opens_at"], period["closes_at"]), period["weekdays"]) == (hours, weekdays)


def test_days_that_cannot_be_read_are_told(office: Office, tmp_path: Path) -> None:
    packed = "01/01/2025|31/12/2025|08:00|||18:00|Lundi$Pleine lune|Mardi midi|inattendu"
    account, _ = read_offers(office, tmp_path, hotel(1, PeriodeOuverture=packed))
    assert account.message.startswith("valeurs de « PeriodeOuverture »")
    for left_out in ("Pleine lune", "Mardi midi", "inattendu"):
        assert left_out in plain(account.message)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"SyndicObjectID": None}, ("SyndicObjectID", "missing_value")),
        ({"ObjectTypeName": ""}, ("ObjectTypeName", "missing_value")),
        ({"Updated": "hier"}, ("Updated", "not_a_date")),
        ({"Updated": "/Date(4102444800000)/"}, ("Updated", "date_in_the_future")),
        ({"GmapLatitude": "quarante"}, ("GmapLatitude", "not_a_number")),
        ({"GmapLatitude": "430.588"}, ("GmapLatitude", "not_a_number")),
        ({"CapaciteTotale": "une quarantaine"}, ("CapaciteTotale", "not_a_number")),
        ({"CapaciteTotale": "50001"}, ("tourism_bed_places.bed_count", "out_of_bounds")),
        ({"PeriodeOuverture": "31/02/2025|"}, ("PeriodeOuverture", "not_a_date")),
        ({"PeriodeOuverture": "02/01/2025|01/01/2025"}, ("PeriodeOuverture", "ends_before_start")),
        ({"PeriodeOuverture": "02/01/2025||25:00"}, ("PeriodeOuverture", "not_a_time")),
        ({"AdresseComplete": "40300|PEYREHORADE|4022"}, ("AdresseComplete", "misformed_code")),
        ({"AdresseComplete": ["40300"]}, ("AdresseComplete", "not_a_text")),
    ],
)
def test_a_value_that_cannot_be_what_its_column_says_is_quarantined(
    office: Office, tmp_path: Path, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    account, _ = read_offers(office, tmp_path, hotel(1), hotel(2, **change))
    assert quarantined(account) == [(2, *fault)]
    assert account.rows_loaded == 1


def test_pitches_make_bed_places_by_what_the_office_declares(office: Office, tmp_path: Path) -> None:
    syndication = {"name": "hotels", "version": 2, "secret": "X"}
    syndication |= {"capacity": {"column": "NombreEmplacements", "beds_each": 3}}
    campsite = hotel(1, ObjectTypeName="Hôtellerie de plein air", NombreEmplacements=60)
    types = {"Hôtellerie de plein air": "HOTELLERIE_PLEIN_AIR"}
    _, tables = read_offers(office, tmp_path, campsite, syndications=[syndication], object_types=types)
    (beds,) = tables["tourism_bed_places"]
    assert (beds["bed_count"], beds["basis"]) == (180, "NombreEmplacements x 3")


def test_without_a_declared_column_bed_places_are_unknown_and_not_zero(
    office: Office, tmp_path: Path
) -> None:
    syndication = {"name": "hotels", "version": 2, "secret": "X"}
    _, tables = read_offers(office, tmp_path, hotel(1), syndications=[syndication])
    assert tables["tourism_bed_places"][0]["bed_count"] is None


def test_a_type_that_is_not_declared_is_told(office: Office, tmp_path: Path) -> None:
    account, tables = read_offers(office, tmp_path, hotel(1, ObjectTypeName="Itinéraires"))
    assert tables["tourism_objects"][0]["object_type"] == "Itinéraires"
    assert "Itinéraires" in plain(account.message)


def test_an_object_of_two_syndications_counts_once(
    tourinsoft: TourinsoftSimulator, office: Office, tmp_path: Path
) -> None:
    tourinsoft.syndications[EVENTS] = [hotel(1), festival(1)]
    path = pull(tourinsoft, office, tmp_path / "work")
    account, _ = reading(path, connected(office, tourinsoft.url), tmp_path / "read")
    assert (account.rows_loaded, account.rows_duplicate) == (6, 1)


def test_a_pull_whose_pages_were_cut_is_refused(office: Office, tmp_path: Path) -> None:
    with refused("hotels: 3, 1"):
        read_offers(office, tmp_path, hotel(1), total=3)


def test_a_syndication_that_the_office_file_has_not_is_refused(office: Office, tmp_path: Path) -> None:
    other = {"name": "campings", "version": 2, "secret": "X"}
    with refused("hotels"):
        read_offers(office, tmp_path, hotel(1), syndications=[other])


def test_an_office_has_apidae_or_tourinsoft() -> None:
    one = {"client": CLIENT, "syndications": [{"name": "hotels", "version": 2, "secret": "X"}]}
    with pytest.raises(ValidationError, match="both declared"):
        TourismInformation.model_validate({"tourinsoft": one, "api": {"project_id": 1, "selection_ids": []}})


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "identifier", "object_type", "municipality", "beds", "closed"),
    [
        ("Content", "HOTCEN0280010001", "HOTELLERIE", "28280", 40, [1]),
        ("ContentV3", "HOTCEN0280010001", "HOTELLERIE", "28280", 40, [1]),
        ("Event", "FMACEN0280060359", "FETE_ET_MANIFESTATION", "28123", None, None),
    ],
)
def test_real_answers_are_read(
    office: Office,
    tmp_path: Path,
    shared_data: Path,
    name: str,
    identifier: str,
    object_type: str,
    municipality: str,
    beds: int | None,
    closed: list[int] | None,
) -> None:
    reply = json.loads(
        (shared_data / "apidae" / f"geotrek-tourinsoft{name}.json").read_text(encoding="utf-8")
    )
    total, objects = answer(reply, 3 if name.endswith("V3") else 2)
    assert total == {"Content": 11, "ContentV3": None, "Event": 801}[name]
    account, tables = read_offers(office, tmp_path, *objects)
    assert (account.rows_loaded, account.message) == (len(objects), "")
    first = tables["tourism_objects"][0]
    assert (first["identifier"], first["object_type"]) == (identifier, object_type)
    assert tables["tourism_communes"][0]["municipality_code"] == municipality
    assert [row["bed_count"] for row in tables.get("tourism_bed_places", [])][:1] == ([beds] if beds else [])
    if closed is not None:
        days = [row["weekday"] for row in tables["tourism_opening_hours"] if not row["is_open"]]
        assert sorted(set(days)) == closed
