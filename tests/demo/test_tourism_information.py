from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.tourism_information import generate
from flows.ingesting import read_and_load, receive
from flows.preparing import prepare
from transforms.building import build
from warehouse.layout import Home
from warehouse.office import Office

SOURCE = "tourism_information"
AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


def night(home: Home, office: Office) -> None:
    """Receive, read, load and build what the tourism information system needs."""
    receive(home, office, SOURCE, AS_OF)
    read_and_load(home, office, SOURCE, AS_OF)
    prepare(home, office, AS_OF)
    build(home, ["run", "--select", "+observed_tourism_information", "+tourism_opening_date"])


def ask(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def created(home: Home) -> dict[int, int]:
    """Event records created, by year."""
    return dict(
        ask(
            home,
            """SELECT extract(year FROM period_start), cast(sum(measured_value) AS INTEGER)
               FROM staging.observed_tourism_information
               WHERE indicator = 'event_records_created' GROUP BY ALL""",
        )
    )


def level(home: Home, indicator: str, day: str) -> int:
    """The last level of bed places known on that day."""
    [(found,)] = ask(
        home,
        f"""SELECT cast(arg_max(measured_value, period_start) AS INTEGER)
            FROM staging.observed_tourism_information
            WHERE indicator = '{indicator}' AND period_start <= DATE '{day}'""",
    )
    return int(found)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Home:
    home = Home(tmp_path_factory.mktemp("demo") / "home")
    generate(home.inbox, seed=1)
    night(home, office)
    return home


def test_the_same_seed_writes_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    def written(seed: int) -> dict[str, str]:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        generate(folder, seed)
        files = sorted((folder / SOURCE).iterdir())
        assert len(files) < 40
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    first = written(1)
    assert written(1) == first
    assert not set(written(2).values()) & set(first.values())


def test_files_are_received_in_the_order_in_which_apidae_made_them(tmp_path: Path) -> None:
    generate(tmp_path, 1)
    files = sorted((tmp_path / SOURCE).iterdir(), key=lambda path: path.stat().st_mtime)
    stamps = [path.name.split("_")[1] for path in files]
    assert stamps == sorted(stamps)
    assert files[-1].stat().st_mtime < AS_OF.timestamp()


def test_every_object_announced_is_loaded_and_nothing_is_strange(demonstration: Home) -> None:
    rows = ask(
        demonstration,
        "SELECT kind, rows_read, rows_loaded, status, message FROM quality.load ORDER BY delivery_id",
    )
    assert [row[0] for row in rows] == ["full_export", *["differential_export"] * 24, "full_export"]
    assert all(read == loaded and status == "loaded" for _, read, loaded, status, _ in rows)
    assert not any("inconnu" in row[4] or "absentes" in row[4] for row in rows)


def test_the_published_event_records_come_out_of_the_raw_files(demonstration: Home) -> None:
    figures = created(demonstration)
    assert (figures[2024], figures[2025]) == (831, 1495)
    [(first,)] = ask(
        demonstration,
        """SELECT min(period_start)::VARCHAR FROM staging.observed_tourism_information
           WHERE indicator = 'event_records_created'""",
    )
    assert first.startswith("2024-06")


def test_the_published_bed_places_come_out_of_the_raw_files(demonstration: Home) -> None:
    assert level(demonstration, "bed_places_commercial", "2025-12-31") == 2901
    assert level(demonstration, "bed_places_platform", "2025-12-31") == 2934


def test_removed_events_still_count_and_what_the_last_full_export_lacks_is_gone(demonstration: Home) -> None:
    [(events, absent)] = ask(
        demonstration,
        """SELECT count(*) FILTER (object_type = 'FETE_ET_MANIFESTATION' AND is_removed),
                  count(*) FILTER (removed_on = DATE '2026-01-04' AND object_type <> 'FETE_ET_MANIFESTATION')
           FROM marts.tourism_object""",
    )
    assert events > 50
    assert absent == 3


def test_municipalities_and_stars_are_joined_by_their_ids(demonstration: Home) -> None:
    [(objects, municipalities, outside, hotels, stars)] = ask(
        demonstration,
        """SELECT count(*), count(DISTINCT municipality_code), count(*) FILTER (NOT is_in_territory),
                  count(*) FILTER (object_type = 'HOTELLERIE'),
                  count(classification_label) FILTER (object_type = 'HOTELLERIE')
           FROM marts.tourism_object""",
    )
    assert objects > 3000
    assert (municipalities, outside) == (34, 0)
    assert stars == hotels == 18


def test_every_date_of_an_event_is_there_the_coming_ones_included(demonstration: Home) -> None:
    [(dates, coming)] = ask(
        demonstration,
        """SELECT count(*), count(*) FILTER (local_date > DATE '2026-01-05')
           FROM marts.tourism_opening_date JOIN marts.tourism_object USING (office, object_id)
           WHERE object_type = 'FETE_ET_MANIFESTATION'""",
    )
    [(announced,)] = ask(
        demonstration,
        """SELECT sum(date_diff('day', first_date, last_date) + 1)
           FROM raw.tourism_openings JOIN raw.tourism_objects USING (object_id, delivery_id)
           WHERE object_type = 'FETE_ET_MANIFESTATION'""",
    )
    assert dates == announced
    assert coming > 100


def test_the_same_files_again_add_nothing(demonstration: Home, office: Office, tmp_path: Path) -> None:
    generate(tmp_path, seed=1)
    shutil.copytree(tmp_path / SOURCE, demonstration.inbox / SOURCE, dirs_exist_ok=True)
    found = receive(demonstration, office, SOURCE, AS_OF)
    assert (len(found.new), len(found.known)) == (0, 26)
    assert read_and_load(demonstration, office, SOURCE, AS_OF).new == []


def test_changed_raw_rows_move_the_figures(demonstration: Home, office: Office, tmp_path: Path) -> None:
    shutil.copytree(demonstration.root, tmp_path / "later")
    home = Home(tmp_path / "later")
    [(lodging, beds)] = ask(
        home,
        """SELECT object_id, bed_count FROM marts.tourism_bed_place
           WHERE is_current AND is_published AND NOT is_platform ORDER BY object_id LIMIT 1""",
    )
    events = [
        {"id": number, "type": "FETE_ET_MANIFESTATION", "state": "PUBLISHED", "gestion": {"dateCreation": at}}
        for number, at in ((1, "2025-12-31T22:30:00.000+0000"), (2, "2025-12-31T23:30:00.000+0000"))
    ]
    path = home.inbox / SOURCE / "3367_20260105-0100_zzzzzz.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as export:
        export.writestr("objets_modifies/objets_modifies-1.json", json.dumps(events))
        export.writestr("objets_supprimes.json", json.dumps([lodging]))
    os.utime(path, (AS_OF.timestamp(), AS_OF.timestamp()))
    night(home, office)
    # The second was created in the new year, local time.
    assert created(home) == {2024: 831, 2025: 1496, 2026: 1}
    assert level(home, "bed_places_commercial", "2025-12-31") == 2901
    assert level(home, "bed_places_commercial", "2026-01-05") == 2901 - beds
