from __future__ import annotations

import gc
import json
import struct
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.reading.zips import EXPORT
from sources.tourism_information import bundle
from sources.tourism_information.openings import easter
from sources.tourism_information.source import SPEC
from tests.refusals import refused
from tests.sources.tourism_information.deliveries import (
    DIFFERENTIAL,
    FULL,
    export,
    fixture,
    hotel,
    objects,
    quarantined,
    reading,
)
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.words.shapes import plain

COMMUNES = {"communes.json": fixture("communes")}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


# --- what an export gives --------------------------------------------------------------------------------


def test_an_ungrouped_export_gives_the_object_its_beds_and_the_labels_to_join(
    tmp_path: Path, work: Path, office: Office
) -> None:
    members = {
        **COMMUNES,
        "elements_reference.json": fixture("elements_reference"),
        "objets_modifies/hotel-898922.json": hotel(),
    }
    account, tables = reading(export(tmp_path, members), office, work)
    assert (account.kind, account.rows_read, account.rows_loaded) == ("differential_export", 1, 1)
    [item] = tables["tourism_objects"]
    assert item["created_at"].isoformat() == "2016-09-27T07:12:24.039000"
    assert (item["commune_id"], item["classification_id"]) == (12001, 2757)
    assert (item["longitude"], item["latitude"]) == (0.5853, 43.6465)
    [beds] = tables["tourism_bed_places"]
    assert (beds["bed_count"], beds["basis"]) == (70, "nombreTotalPersonnes")
    assert {"commune_id": 12001, "municipality_code": "32013", "municipality_name": "Auch"}.items() <= tables[
        "tourism_communes"
    ][0].items()
    assert tables["tourism_reference_elements"][0]["label"] == "3 étoiles"


def test_a_grouped_export_reads_every_object_of_every_file(
    tmp_path: Path, work: Path, office: Office
) -> None:
    members = {
        "objets_modifies/objets_modifies-1.json": fixture("grouped-events"),
        "objets_modifies/objets_modifies-2.json": [hotel()],
    }
    account, tables = reading(export(tmp_path, members), office, work)
    assert account.rows_read == account.rows_loaded == len(tables["tourism_objects"]) == 3


def test_every_period_of_an_event_is_read_with_its_rule(tmp_path: Path, work: Path, office: Office) -> None:
    _, tables = reading(export(tmp_path, objects(*fixture("grouped-events"))), office, work)
    first, second = tables["tourism_openings"]
    assert (first["first_date"], first["opens_at"], first["weekdays"]) == (
        date(2025, 7, 5),
        "17:00",
        "1111111",
    )
    assert (second["first_date"], second["last_date"], second["weekdays"]) == (
        date(2025, 7, 12),
        date(2025, 8, 31),
        "0000010",
    )
    assert [
        (r["period_rank"], r["exceptional_date"], r["is_open"]) for r in tables["tourism_exceptional_dates"]
    ] == [(2, date(2025, 8, 15), True), (0, date(2025, 7, 26), False)]


@pytest.mark.parametrize(
    ("period", "weekdays", "month_days"),
    [
        ({"type": "OUVERTURE_SAUF", "ouverturesJournalieres": [{"jour": "LUNDI"}]}, "0111111", None),
        ({"type": "OUVERTURE_SEMAINE", "ouverturesJournalieres": [{"jour": "TOUS"}]}, "1111111", None),
        ({"type": "OUVERTURE_SEMAINE"}, "1111111", None),
        (
            {
                "type": "OUVERTURE_MOIS",
                "ouverturesJourDuMois": [
                    {"jourDuMois": "D_2EME", "jour": "VENDREDI"},
                    {"jourDuMois": "D_DERNIER", "jour": "DIMANCHE"},
                ],
            },
            "1111111",
            ",2-5,L-7,",
        ),
    ],
)
def test_each_rule_of_days_becomes_weekdays_or_days_of_the_month(
    tmp_path: Path, work: Path, office: Office, period: dict[str, Any], weekdays: str, month_days: str | None
) -> None:
    whole = {"dateDebut": "2025-01-01", "dateFin": "2025-12-31", **period}
    item = hotel(ouverture={"periodesOuvertures": [whole]})
    _, tables = reading(export(tmp_path, objects(item)), office, work)
    [opening] = tables["tourism_openings"]
    assert (opening["weekdays"], opening["month_days"]) == (weekdays, month_days)


def horaires(*time_periods: dict[str, Any], kind: int = 7457) -> dict[str, Any]:
    return {"type": {"elementReferenceType": "HoraireType", "id": kind}, "timePeriods": list(time_periods)}


def frames(*hours: str) -> list[dict[str, str]]:
    return [dict(zip(("startTime", "endTime", "recurrence"), one.split("-"), strict=False)) for one in hours]


WEEK = ["MON", "TUE", "WED", "THU", "FRI"]
MORNING, TOUR = {"timeFrames": frames("10:00-12:00")}, {"timeFrames": frames("15:00-17:00-00:30")}


@pytest.mark.parametrize(
    ("given", "weekdays", "hours"),
    [
        # A market on Thursdays.
        ([horaires({"weekdays": ["THU"], **MORNING})], "0001000", {0: "10:00-12:00", 4: "10:00-12:00"}),
        # Two time frames a day, whatever their order; another day has its own.
        (
            [
                horaires(
                    {"weekdays": WEEK, "timeFrames": frames("14:00-18:00", "10:00-12:00")},
                    {"weekdays": ["SAT"], "timeFrames": frames("08:00-24:00")},
                )
            ],
            "1111110",
            {**dict.fromkeys(range(1, 6), "10:00-12:00 14:00-18:00"), 6: "08:00-24:00"},
        ),
        # Closed wins over open.
        (
            [horaires({"weekdays": WEEK, **MORNING}, {"closed": True, "weekdays": ["MON"]})],
            "0111100",
            dict.fromkeys((0, 2, 3, 4, 5), "10:00-12:00"),
        ),
        # Only closings: all other days are open, at hours that nobody tells.
        ([horaires({"closed": True, "weekdays": ["MON", "HOL"]})], "0111111", {}),
        # A public holiday with hours of its own.
        (
            [horaires({"weekdays": ["SUN", "HOL"], **MORNING})],
            "0000001",
            dict.fromkeys((0, 7, 8), "10:00-12:00"),
        ),
        # Opening hours count, guided tours only where there is nothing else.
        (
            [horaires({"weekdays": ["TUE"], **MORNING}), horaires({"weekdays": ["WED"], **TOUR}, kind=7460)],
            "0100000",
            dict.fromkeys((0, 2), "10:00-12:00"),
        ),
        (
            [horaires({"weekdays": ["WED"], **TOUR}, kind=7460)],
            "0010000",
            dict.fromkeys((0, 3), "15:00-17:00/00:30"),
        ),
        # Every day when none is named.
        ([horaires(MORNING)], "1111111", dict.fromkeys((0, *range(1, 8)), "10:00-12:00")),
    ],
)
def test_hours_by_weekday_win_over_what_is_out_of_date(
    tmp_path: Path,
    work: Path,
    office: Office,
    given: list[dict[str, Any]],
    weekdays: str,
    hours: dict[int, str],
) -> None:
    old = {"type": "OUVERTURE_SAUF", "ouverturesJournalieres": [{"jour": "DIMANCHE"}]}
    times = {"horaireOuverture": "07:00:00", "horaireFermeture": "08:00:00"}
    whole = {"dateDebut": "2025-07-01", "dateFin": "2025-07-31", "horaires": given, **old, **times}
    item = hotel(ouverture={"periodesOuvertures": [whole]})
    account, tables = reading(export(tmp_path, objects(item)), office, work)
    [opening] = tables["tourism_openings"]
    assert (opening["weekdays"], opening["opens_at"], opening["closes_at"]) == (weekdays, None, None)
    found = {row["weekday"]: row["hours"] for row in tables["tourism_opening_hours"] if row["hours"]}
    assert found == hours
    assert "laissées de côté" not in plain(account.message)


def test_a_public_holiday_has_a_rule_only_where_it_is_named(
    tmp_path: Path, work: Path, office: Office
) -> None:
    for names, expected in ((["MON"], []), (["MON", "HOL"], [False])):
        closing = horaires({"closed": True, "weekdays": names})
        whole = {"dateDebut": "2025-07-01", "dateFin": "2025-07-31", "horaires": [closing]}
        item = hotel(ouverture={"periodesOuvertures": [whole]})
        _, tables = reading(export(tmp_path, objects(item)), office, work)
        found = [row["is_open"] for row in tables["tourism_opening_hours"] if row["weekday"] == 8]
        assert found == expected


def test_empty_hours_leave_the_old_fields_in_force(tmp_path: Path, work: Path, office: Office) -> None:
    nothing: list[list[dict[str, Any]]] = [[], [{"timePeriods": []}]]
    for empty in nothing:
        old = {"dateDebut": "2025-07-01", "horaireOuverture": "17:00:00", "horaires": empty}
        item = hotel(ouverture={"periodesOuvertures": [old]})
        _, tables = reading(export(tmp_path, objects(item)), office, work)
        assert tables["tourism_openings"][0]["opens_at"] == "17:00"
        assert not tables.get("tourism_opening_hours")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"weekdays": ["THU", "EVE"], **MORNING}, "EVE"),
        ({"weekdays": ["THU"], "weeks": [1, 3], **MORNING}, "weeks"),
        ({"weekdays": ["THU"], "timeFrames": [{"startTime": "10:00", "capacity": 3}]}, "capacity"),
        ({"closed": True}, "closed, weekdays –"),
    ],
)
def test_what_is_unknown_in_hours_is_told(
    tmp_path: Path, work: Path, office: Office, given: dict[str, Any], told: str
) -> None:
    whole = {"dateDebut": "2025-07-01", "dateFin": "2025-07-31", "horaires": [horaires(given)]}
    account, _ = reading(
        export(tmp_path, objects(hotel(ouverture={"periodesOuvertures": [whole]}))), office, work
    )
    assert account.rows_loaded == 1
    assert f"laissées de côté : {told}" in plain(account.message)


def test_an_unknown_kind_of_hours_and_a_wrong_time_are_told(
    tmp_path: Path, work: Path, office: Office
) -> None:
    whole = {"dateDebut": "2025-07-01", "dateFin": "2025-07-31"}
    other = {**whole, "horaires": [horaires({"weekdays": ["THU"]}, kind=9999)]}
    wrong = {**whole, "horaires": [horaires({"weekdays": ["THU"], "timeFrames": [{"startTime": "25:00"}]})]}
    items = [
        hotel(ouverture={"periodesOuvertures": [other]}),
        hotel(id=2, ouverture={"periodesOuvertures": [wrong]}),
    ]
    account, _ = reading(export(tmp_path, objects(*items)), office, work)
    assert "9999" in plain(account.message)
    assert (account.rows_loaded, account.rows_quarantined) == (1, 1)


def test_days_given_by_name_are_written_out_and_unknown_names_told(
    tmp_path: Path, work: Path, office: Office
) -> None:
    names = ("PREMIER_MAI", "LUNDI_PAQUES", "FETE_DIEU")
    item = hotel(ouverture={"fermeturesExceptionnelles": [{"dateSpeciale": name} for name in names]})
    account, tables = reading(export(tmp_path, objects(item)), office, work)
    closed = {row["exceptional_date"] for row in tables["tourism_exceptional_dates"]}
    assert {date(2026, 5, 1), date(2026, 4, 6), date(2025, 4, 21)} <= closed
    assert "FETE_DIEU" in plain(account.message)


def test_easter_falls_on_the_known_sundays() -> None:
    assert [easter(year) for year in (2000, 2008, 2024, 2025, 2026, 2038)] == [
        date(2000, 4, 23),
        date(2008, 3, 23),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2038, 4, 25),
    ]


@pytest.mark.parametrize(
    ("object_type", "capacity", "expected"),
    [
        ("HOTELLERIE", {"nombreChambresDeclareesHotelier": 26}, (52, "nombreChambresDeclareesHotelier x 2")),
        ("HOTELLERIE", {"nombreTotalPersonnes": "70"}, (70, "nombreTotalPersonnes")),
        ("HEBERGEMENT_LOCATIF", {"capaciteMaximumPossible": 6}, (6, "capaciteMaximumPossible")),
        ("HEBERGEMENT_COLLECTIF", {"capaciteTotale": 0}, (0, "capaciteTotale")),
        (
            "HOTELLERIE_PLEIN_AIR",
            {"nombreEmplacementsDeclares": 20},
            (60, "nombreEmplacementsDeclares x 3"),
        ),
        ("HEBERGEMENT_LOCATIF", {}, (None, None)),
    ],
)
def test_bed_places_are_found_where_each_type_keeps_them(
    tmp_path: Path,
    work: Path,
    office: Office,
    object_type: str,
    capacity: dict[str, Any],
    expected: tuple[int | None, str | None],
) -> None:
    own = "informations" + "".join(word.capitalize() for word in object_type.split("_"))
    item = {"id": 1, "type": object_type, own: {"capacite": capacity}}
    _, tables = reading(export(tmp_path, objects(item)), office, work)
    [beds] = tables["tourism_bed_places"]
    assert (beds["bed_count"], beds["basis"]) == expected


def test_people_are_never_loaded(tmp_path: Path, work: Path, office: Office) -> None:
    reading(export(tmp_path, objects(hotel())), office, work)
    stored = b"".join(path.read_bytes() for path in work.iterdir())
    stored += b"".join(str(pq.read_table(path).to_pylist()).encode() for path in work.iterdir())
    for personal in (b"Dupont", b"example.org", b"05 62", b"place de la Halle"):
        assert personal not in stored
    assert b"898922" in stored


def test_rows_have_exactly_the_columns_of_the_tables(tmp_path: Path, work: Path, office: Office) -> None:
    members = {**COMMUNES, **objects(hotel(), *fixture("grouped-events")), "objets_supprimes.json": [5]}
    _, tables = reading(export(tmp_path, members), office, work)
    for name, rows in tables.items():
        assert list(rows[0]) == list(SPEC.table(name).all_columns)


# --- full, differential, deletions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "is_complete"),
    [
        (FULL, "full_export", True),
        ("export-full.zip", "full_export", True),
        (DIFFERENTIAL, "differential_export", False),
        ("whatever.zip", "differential_export", False),
    ],
)
def test_the_name_tells_a_full_export_and_anything_else_removes_nothing_by_absence(
    tmp_path: Path, work: Path, office: Office, name: str, kind: str, is_complete: bool
) -> None:
    account, tables = reading(export(tmp_path, objects(hotel()), name), office, work)
    assert account.kind == kind
    assert tables["tourism_deliveries"][0]["is_complete"] is is_complete


def test_the_time_in_the_name_dates_the_delivery_in_the_offices_zone(
    tmp_path: Path, work: Path, office: Office
) -> None:
    _, tables = reading(export(tmp_path, objects(hotel()), "672_20250701-0030_V4BjvT.zip"), office, work)
    assert tables["tourism_deliveries"][0]["produced_at"].isoformat() == "2025-06-30T22:30:00"


def test_an_impossible_time_in_the_name_falls_back_on_the_reception(
    tmp_path: Path, work: Path, office: Office
) -> None:
    _, tables = reading(export(tmp_path, objects(hotel()), "672_20251399-9999_V4BjvT.zip"), office, work)
    assert tables["tourism_deliveries"][0]["produced_at"].isoformat() == "2026-01-05T01:30:00"


def test_what_is_deleted_but_still_selected_is_kept_and_told(
    tmp_path: Path, work: Path, office: Office
) -> None:
    members = {
        "selections.json": [{"id": 9, "objetsTouristiques": [{"type": "HOTELLERIE", "id": 7}]}],
        "objets_supprimes.json": [7, 8],
    }
    account, tables = reading(export(tmp_path, members), office, work)
    assert [row["object_id"] for row in tables["tourism_deletions"]] == [8]
    assert [row["object_id"] for row in tables["tourism_sightings"]] == [7]
    assert "conservés : 1 (7)" in plain(account.message)
    assert "objets supprimés : 1" in plain(account.message)


@pytest.mark.parametrize("content", [[], [{"nom": "sans id", "type": "HOTELLERIE"}]])
def test_a_full_export_that_is_empty_or_unreadable_in_part_removes_nothing(
    tmp_path: Path, work: Path, office: Office, content: list[Any]
) -> None:
    account, tables = reading(export(tmp_path, objects(*content), FULL), office, work)
    assert tables["tourism_deliveries"][0]["is_complete"] is False
    assert "aucun objet n'est supprimé par absence" in plain(account.message)


# --- bad objects, unknown values -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"id": None}, "id", "missing_value"),
        ({"id": "abc"}, "id", "not_a_number"),
        ({"type": ""}, "type", "missing_value"),
        (
            {"gestion": {"dateCreation": "1970-01-01T00:00:00.000+0000"}},
            "gestion.dateCreation",
            "date_too_early",
        ),
        (
            {"gestion": {"dateCreation": "2031-01-01T00:00:00.000+0000"}},
            "gestion.dateCreation",
            "date_in_the_future",
        ),
        ({"gestion": {"dateModification": "04/03/2025"}}, "gestion.dateModification", "not_a_date"),
        ({"gestion": ["?"]}, "gestion", "not_an_object"),
        (
            {"informationsHotellerie": {"capacite": {"nombreTotalPersonnes": -4}}},
            "informationsHotellerie.capacite.nombreTotalPersonnes",
            "negative",
        ),
        (
            {"ouverture": {"periodesOuvertures": [{"dateDebut": "2025-02-30"}]}},
            "ouverture.periodesOuvertures[0].dateDebut",
            "not_a_date",
        ),
        (
            {"ouverture": {"periodesOuvertures": [{"dateDebut": "2025-02-03", "dateFin": "2025-02-01"}]}},
            "ouverture.periodesOuvertures[0].dateFin",
            "ends_before_start",
        ),
    ],
)
def test_one_bad_object_is_quarantined_with_its_rank_path_and_reason_and_the_others_load(
    tmp_path: Path, work: Path, office: Office, change: dict[str, Any], column: str, rule: str
) -> None:
    good = {"id": 1, "type": "RESTAURATION"}
    account, tables = reading(export(tmp_path, objects(good, hotel(**change))), office, work)
    assert (account.rows_read, account.rows_loaded, account.rows_quarantined) == (2, 1, 1)
    assert quarantined(account) == [(2, column, rule)]
    assert [row["object_id"] for row in tables["tourism_objects"]] == [1]


def test_a_quarantined_object_is_still_seen_so_a_full_export_does_not_remove_it(
    tmp_path: Path, work: Path, office: Office
) -> None:
    bad = hotel(gestion={"dateCreation": "?"})
    _, tables = reading(export(tmp_path, objects(bad), FULL), office, work)
    assert [row["object_id"] for row in tables["tourism_sightings"]] == [898922]
    assert tables["tourism_deliveries"][0]["is_complete"] is True


def test_an_ungrouped_file_that_is_not_json_is_one_bad_object(
    tmp_path: Path, work: Path, office: Office
) -> None:
    members = {"objets_modifies/hotel-1.json": b'{"id": 1, ', "objets_modifies/hotel-2.json": hotel()}
    account, _ = reading(export(tmp_path, members), office, work)
    assert quarantined(account) == [(1, "$", "not_json")]
    assert account.rows_loaded == 1


def test_the_same_object_twice_is_a_duplicate_and_another_under_its_id_is_quarantined(
    tmp_path: Path, work: Path, office: Office
) -> None:
    account, _ = reading(export(tmp_path, objects(hotel(), hotel(), hotel(state="HIDDEN"))), office, work)
    assert (account.rows_loaded, account.rows_duplicate, account.rows_quarantined) == (1, 1, 1)
    assert quarantined(account) == [(3, "id", "conflicting_key")]


def test_unknown_types_and_states_are_loaded_and_told_once(
    tmp_path: Path, work: Path, office: Office
) -> None:
    strange = [{"id": n, "type": "ASTRONEF", "state": "FLYING"} for n in (1, 2)]
    account, tables = reading(export(tmp_path, objects(*strange)), office, work)
    assert [row["object_type"] for row in tables["tourism_objects"]] == ["ASTRONEF", "ASTRONEF"]
    assert plain(account.message).count("ASTRONEF") == plain(account.message).count("FLYING") == 1


def test_municipalities_that_the_export_does_not_list_are_told_once(
    tmp_path: Path, work: Path, office: Office
) -> None:
    members = {**COMMUNES, **objects(*fixture("grouped-events"))}
    account, _ = reading(export(tmp_path, members), office, work)
    assert "12099" in plain(account.message)
    assert "12001" not in plain(account.message)


# --- hostile and damaged files ---------------------------------------------------------------------------


def refusal(path: Path, office: Office, work: Path) -> str:
    with pytest.raises(RefusedDeliveryError) as refused:
        reading(path, office, work)
    assert [p for p in path.parent.parent.rglob("evil*") if p != path] == []
    return str(refused.value)


@pytest.mark.parametrize(
    "name", ["../evil.json", "/tmp/evil.json", "a/../../evil.json", "C:\\evil.json", "..\\evil"]
)
def test_a_path_that_leaves_its_folder_is_refused_and_nothing_is_written(
    tmp_path: Path, work: Path, office: Office, name: str
) -> None:
    path = export(tmp_path / "inbox", {**objects(hotel()), name: [1]})
    assert "sort de son dossier" in refusal(path, office, work)


def test_an_empty_file_is_refused(tmp_path: Path, work: Path, office: Office) -> None:
    path = tmp_path / "empty.zip"
    path.touch()
    assert "est vide" in refusal(path, office, work)


def test_a_truncated_zip_is_refused_and_nothing_is_loaded(tmp_path: Path, work: Path, office: Office) -> None:
    path = export(tmp_path / "inbox", objects(hotel()))
    path.write_bytes(path.read_bytes()[:-40])
    assert "endommagé" in refusal(path, office, work)
    assert list(work.iterdir()) == []


def test_a_flipped_byte_is_refused(tmp_path: Path, work: Path, office: Office) -> None:
    path = export(tmp_path / "inbox", objects(hotel()))
    content = bytearray(path.read_bytes())
    content[120] ^= 0xFF
    path.write_bytes(content)
    assert "endommagé" in refusal(path, office, work)


def test_a_bomb_by_its_declared_size_is_refused(tmp_path: Path, work: Path, office: Office) -> None:
    bomb = {"objets_modifies/objets_modifies-1.json": b" " * (40 << 20)}
    assert "décompressé" in refusal(export(tmp_path / "inbox", bomb), office, work)


def test_a_bomb_that_declares_a_small_size_is_refused(tmp_path: Path, work: Path, office: Office) -> None:
    path = export(
        tmp_path / "inbox", {"objets_modifies/objets_modifies-1.json": b"[" + b" " * (8 << 20) + b"]"}
    )
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", (8 << 20) + 2), struct.pack("<I", 2)))
    assert "endommagé" in refusal(path, office, work)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    path = export(
        tmp_path, {f"objets_modifies/x-{n}.json": {"id": n, "type": "TERRITOIRE"} for n in range(4)}
    )
    with (
        refused(r"4 fichiers \(au plus 3\)"),
        bundle.opened(path, path.name, "fr", replace(EXPORT, entries=3)),
    ):
        pass


def test_an_encrypted_zip_is_refused(tmp_path: Path, work: Path, office: Office) -> None:
    path = export(tmp_path / "inbox", objects(hotel()))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    assert "mot de passe" in refusal(path, office, work)


def test_rubbish_of_macos_is_ignored(tmp_path: Path, work: Path, office: Office) -> None:
    members = {
        "__MACOSX/objets_modifies/._objets_modifies-1.json": b"\x00\x05\x16\x07",
        "objets_modifies/._objets_modifies-1.json": b"\x00\x05\x16\x07",
        **objects(hotel()),
    }
    account, _ = reading(export(tmp_path, members), office, work)
    assert (account.rows_read, account.rows_loaded) == (1, 1)


@pytest.mark.parametrize("members", [{}, {"photo.jpg": b"x"}, {"communes.xml": b"<communes/>"}])
def test_a_zip_that_is_no_json_export_is_refused(
    tmp_path: Path, work: Path, office: Office, members: dict[str, Any]
) -> None:
    assert "JSON d'un export Apidae" in refusal(export(tmp_path / "inbox", members), office, work)


@pytest.mark.parametrize("content", [b'[{"id": 1', b"\xff\xfe\x00", b"[" * 100_000])
def test_a_file_of_many_objects_that_is_not_json_refuses_the_delivery(
    tmp_path: Path, work: Path, office: Office, content: bytes
) -> None:
    path = export(tmp_path / "inbox", {"objets_modifies/objets_modifies-1.json": content})
    # Hypothesis looks on at each collection, for which there is no room at the bottom of a recursion.
    gc.disable()
    try:
        assert "endommagé" in refusal(path, office, work)
    finally:
        gc.enable()


# --- wild input ------------------------------------------------------------------------------------------

WILD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(
        ["2025-07-14", "9999-12-31", "0001-01-01T00:00:00+1400", "OUVERTURE_MOIS", "LUNDI", "-0"]
    ),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["dateDebut", "dateFin", "type", "id", "jour", "jourDuMois", "commune", "capacite"]
            )
            | st.text(max_size=4),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["id", "type", "nom", "state", "gestion", "localisation", "ouverture", "criteresInternes",
     "informationsHotellerie", "identifier"]
)  # fmt: skip
OPENING = st.fixed_dictionaries(
    {},
    optional={
        "periodesOuvertures": st.lists(st.dictionaries(st.sampled_from(
            ["dateDebut", "dateFin", "type", "tousLesAns", "horaireOuverture", "ouverturesJournalieres",
             "ouverturesJourDuMois", "ouverturesExceptionnelles"]), WILD, max_size=5), max_size=2),
        "fermeturesExceptionnelles": WILD,
    },
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(wild=st.lists(WILD | st.dictionaries(KEYS, WILD | OPENING, max_size=5), max_size=4), opening=OPENING)
def test_whatever_json_comes_every_object_is_accounted_for(
    wild: list[Any], opening: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, office: Office
) -> None:
    folder = tmp_path_factory.mktemp("wild")
    sound = {"id": 424242, "type": "HOTELLERIE"}
    members = {
        "objets_modifies/objets_modifies-1.json": json.dumps(
            [*wild, hotel(ouverture=opening), sound]
        ).encode()
    }
    account, tables = reading(export(folder, members), office, folder / "work")
    assert account.rows_read == len(wild) + 2
    ids = [row["object_id"] for row in tables["tourism_objects"]]
    assert 424242 in ids
    assert len(ids) == len(set(ids)) == account.rows_loaded


# --- real files ------------------------------------------------------------------------------------------


@pytest.mark.real
def test_the_real_export_is_read_whole(shared_data: Path, work: Path, office: Office) -> None:
    path = shared_data / "apidae" / "hotentic-json_export.zip"
    account, tables = reading(path, office, work)
    announced = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("objets_modifies/objets"):
                announced += len(json.loads(archive.read(name)))
    assert account.rows_read == account.rows_loaded == announced == 5
    assert [row["object_id"] for row in tables["tourism_deletions"]] == [123]
    assert len(tables["tourism_communes"]) == 3
    assert "30248, 30287" in plain(account.message)


@pytest.mark.real
def test_real_objects_of_the_api_and_of_exports_are_read(
    shared_data: Path, tmp_path: Path, work: Path, office: Office
) -> None:
    found: list[Any] = []
    for path in sorted((shared_data / "apidae").glob("*.json")):
        content = json.loads(path.read_bytes())
        if isinstance(content, list):
            found += content
        elif "apidae" in path.name:
            found += content.get("objetsTouristiques", [])
    account, tables = reading(export(tmp_path, objects(*found)), office, work)
    assert account.rows_loaded == account.rows_read == len(found) >= 7
    hotels = [row for row in tables["tourism_bed_places"] if row["object_id"] == 898922]
    assert [row["bed_count"] for row in hotels] == [70]
    assert "05118" in {row["municipality_code"] for row in tables["tourism_communes"]}
