"""The office file: what is wrong is told with its field and the remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from warehouse.errors import UsageError
from warehouse.office.model import Office, load_office

MINIMAL = {"code": "auch", "name": "Office d'Auch", "siren": "200066926", "school_zone": "C"}
SITE = {"code": "desk", "name": "Bureau", "always_open": True}
CSV = {
    "files": "door-*.csv",
    "date_column": "Date",
    "date_formats": ["%d/%m/%Y"],
    "count_columns": {"E": "in"},
}
BACKWARDS = {"start": "18:00", "end": "09:00"}
CORRECTION = {
    "counter": "door",
    "first_date": "2025-05-15",
    "action": "ignore",
    "reason": "travaux",
    "expected_entries": 40,
}
BY_HAND = {
    "counter": "door",
    "first_date": "2025-06-14",
    "action": "replace",
    "entries": 200,
    "reason": "compté à la main",
}
MQTT = {"topic": "lora/door/up", "counts": {"object.in": "in"}}
PUSHING = {"code": "door", "label": "Porte", "site": "desk", "format": "mqtt", "mqtt": MQTT}
COUNTER = {"code": "door", "label": "Porte", "site": "desk", "format": "csv", "csv": CSV}


def announced(**more: object) -> dict[str, object]:
    return {"systems": {"tourism_information": {"notifications": {"project_id": 672, **more}}}}


def load(tmp_path: Path, content: object) -> Office:
    path = tmp_path / "office.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_office(path)


def test_a_few_lines_are_an_office(tmp_path: Path) -> None:
    office = load(tmp_path, MINIMAL)
    assert (office.language, office.time_zone, office.counters) == ("fr", "Europe/Paris", ())


def test_the_demonstration_office_is_valid(office: Office) -> None:
    assert len(office.municipalities) == 34
    assert [area.capacity for area in office.systems.motorhome] == [58]


def test_a_counter_has_its_dates_and_a_day_counted_by_hand_needs_no_expected_entries(tmp_path: Path) -> None:
    counter = {**COUNTER, "from": date(2024, 1, 2), "until": date(2025, 6, 30)}
    office = load(tmp_path, {**MINIMAL, "sites": [SITE], "counters": [counter], "corrections": [BY_HAND]})
    (door,), (correction,) = office.counters, office.corrections
    assert (door.first_date, door.last_date) == (date(2024, 1, 2), date(2025, 6, 30))
    assert (correction.entries, correction.expected_entries) == (200, None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"siren": "123"}, "siren"),
        ({"nom": "Auch"}, "nom"),
        ({"language": "de"}, "language"),
        ({"school_zone": "D"}, "school_zone"),
        *(
            ({"department": code}, r"department.*is no department: write its code in quotation marks")
            for code in ("00", "1", "20", "2a", "69M", "96", "979", 67)
        ),
        ({"department": "974"}, "`school_zone: C` does not hold in department 974"),
        ({"department": "2B"}, "take the line out, school holidays are then not known"),
        ({"time_zone": "Paris"}, r"time_zone.*Paris” is no time zone: write one such as Europe/Paris"),
        ({"municipalities": [{"code": "3213", "name": "Auch"}]}, r"municipalities\.0\.code"),
        ({"sites": [{"code": "desk", "name": "B"}]}, r"sites\.0.*either `always_open: true` or `opening`"),
        ({"sites": [SITE, SITE]}, r"sites\.1\.code: “desk” is written twice"),
        ({"counters": [COUNTER]}, r"counters\.0\.site: “desk” is not among `sites`"),
        ({"sites": [SITE], "counters": [COUNTER, COUNTER]}, r"counters\.1\.code: “door” is written twice"),
        (
            {"sites": [SITE], "counters": [{**COUNTER, "format": "national"}]},
            "the national format needs `channels`",
        ),
        (
            {"sites": [SITE], "counters": [{**COUNTER, "csv": {**CSV, "instant_column": "Quand"}}]},
            "give either `instant_column`, or `date_column`",
        ),
        (
            {"sites": [SITE], "counters": [{**COUNTER, "csv": {**CSV, "direction_column": "Sens"}}]},
            "`direction_column` needs `direction_values`",
        ),
        (
            {"sites": [{"code": "desk", "name": "B", "opening": [{"hours": [BACKWARDS]}]}]},
            r"sites\.0\.opening\.0\.hours\.0",
        ),
        (
            {"sites": [SITE], "counters": [{**COUNTER, "partners": ["gate"]}]},
            r"counters\.0\.partners\.0: “gate” is not among `counters`",
        ),
        (
            {"sites": [SITE], "counters": [{**COUNTER, "partners": ["door"]}]},
            "counter door is among its own `partners`",
        ),
        (
            {"sites": [SITE], "counters": [COUNTER], "corrections": [{**CORRECTION, "counter": "gate"}]},
            r"corrections\.0\.counter: “gate” is not among `counters`",
        ),
        (
            {"sites": [SITE], "counters": [COUNTER], "corrections": [{**CORRECTION, "factor": 0.5}]},
            "`factor` goes with `action: multiply` and only with it",
        ),
        (
            {"sites": [SITE], "counters": [COUNTER], "corrections": [{**CORRECTION, "action": "multiply"}]},
            "`factor` goes with `action: multiply` and only with it",
        ),
        (
            {
                "sites": [SITE],
                "counters": [COUNTER],
                "corrections": [{**CORRECTION, "last_date": "2025-05-14"}],
            },
            "the period ends on 2025-05-14, before its start on 2025-05-15",
        ),
        (
            {"sites": [SITE], "counters": [COUNTER], "corrections": [CORRECTION, CORRECTION]},
            "two corrections of door hold on 2025-05-15: a day is corrected once",
        ),
        (
            {"sites": [SITE], "counters": [COUNTER], "corrections": [{**CORRECTION, "entries": 200}]},
            "`entries` goes with `action: replace` and only with it",
        ),
        (
            {"sites": [SITE], "counters": [COUNTER], "corrections": [{**CORRECTION, "action": "replace"}]},
            "`entries` goes with `action: replace` and only with it",
        ),
        (
            {"sites": [SITE], "counters": [COUNTER], "corrections": [{**BY_HAND, "last_date": "2025-06-15"}]},
            "`replace` tells of one day; write a correction for each",
        ),
        (
            {
                "sites": [SITE],
                "counters": [COUNTER],
                "corrections": [{**CORRECTION, "expected_entries": None}],
            },
            "write `expected_entries`, the entries delivered for these days by now",
        ),
        (
            {"sites": [SITE], "counters": [{**COUNTER, "from": "2025-06-01", "until": "2025-05-31"}]},
            "until: the period ends on 2025-05-31, before its start on 2025-06-01",
        ),
        (
            {"sites": [SITE], "counters": [PUSHING]},
            r"counter door sends messages: say where to, in `systems\.mqtt`",
        ),
        (
            {"sites": [SITE], "counters": [{**COUNTER, "format": "mqtt"}]},
            "`csv` goes with `format: csv` and only with it",
        ),
        (
            {"sites": [SITE], "counters": [{**PUSHING, "mqtt": None}]},
            "`mqtt` goes with `format: mqtt` and only with it",
        ),
        (
            {"sites": [SITE], "counters": [{**PUSHING, "mqtt": {**MQTT, "topic": "lora/#"}}]},
            r"topic “lora/#”: write it out; only a whole level may be replaced by `\+`",
        ),
        (
            {"sites": [SITE], "counters": [{**PUSHING, "mqtt": {**MQTT, "counts": {"object..in": "in"}}}]},
            r"path “object\.\.in” has an empty step",
        ),
        (
            {
                "sites": [SITE],
                "counters": [PUSHING, {**PUSHING, "code": "gate", "mqtt": {**MQTT, "topic": "+/door/up"}}],
                "systems": {"mqtt": {"host": "broker.example.org"}},
            },
            r"counters door and gate both hear topic “\+/door/up”.*one counter",
        ),
        (
            {"systems": {"mqtt": {"host": "broker", "tls": False, "ca_file": "broker.pem"}}},
            "`ca_file` goes with `tls: true`",
        ),
        (announced(allowed_hosts=["http://export.example.org"]), "plain HTTP is only for this machine"),
        (announced(allowed_hosts=["https://export.example.org/exports"]), "is no host: write export"),
        (announced(allowed_hosts=["user@export.example.org"]), "is no host: write export"),
        (announced(port=0), r"notifications\.port"),
        (announced(expected_every_hours=0), "expected_every_hours"),
        (
            {"systems": {"motorhome": [{"site": "x", "capacity": 1, "vat_pct": 20}]}},
            r"motorhome\.0\.site: “x” is not among `sites`"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_what_to_write(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        load(tmp_path, {**MINIMAL, "language": "en", **change})
    assert "docs/office-file.md" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_first_of_several_errors_is_named_and_the_others_counted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^\S+yml:1: .*\w \(et 2 de plus : `vigie check` les dit tous\)\. "):
        load(tmp_path, {"name": "Auch", "siren": "1", "language": "de"})


def test_a_counter_that_pushes_tells_whether_its_index_rolls_over(tmp_path: Path) -> None:
    index = {**PUSHING, "mqtt": {**MQTT, "values": "index", "index_modulus": 65536}}
    broker = {"mqtt": {"host": "broker.example.org"}}
    office = load(tmp_path, {**MINIMAL, "sites": [SITE], "counters": [index], "systems": broker})
    assert (office.counters[0].is_index, office.counters[0].index_modulus) == (True, 65536)


@pytest.mark.parametrize(("settings", "port"), [({}, 8883), ({"tls": False}, 1883), ({"port": 9}, 9)])
def test_a_broker_is_at_the_port_that_mqtt_has_unless_one_is_given(
    tmp_path: Path, settings: dict[str, object], port: int
) -> None:
    office = load(tmp_path, {**MINIMAL, "systems": {"mqtt": {"host": "broker.example.org", **settings}}})
    assert office.systems.mqtt is not None
    assert office.systems.mqtt.port_used == port


@pytest.mark.parametrize("content", [None, [], "auch"])
def test_a_file_that_is_no_mapping_is_told_as_such(tmp_path: Path, content: object) -> None:
    with pytest.raises(UsageError, match=r"office\.yml:1: (le champ est vide|.*groupe de champs)"):
        load(tmp_path, content)


@pytest.mark.parametrize("content", [b"code: [", b"name: \xc9t\xe9\n"])
def test_what_is_no_yaml_in_utf_8_is_told_on_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "office.yml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"office\.yml:[12]: .*(YAML ne se lit pas|UTF-8)") as refused:
        load_office(path)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"n'existe pas.*vigie init"):
        load_office(tmp_path / "office.yml")
