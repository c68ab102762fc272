"""Hashes of plates go a month after the stay, and no stay changes, also when a day is corrected late."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from flows.night.expiring import expire_linked
from flows.night.ingesting import read_and_load, receive
from flows.night.preparing import prepare
from flows.night.steps import tables_by_source
from transforms.building import Project
from warehouse.office.model import Office
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home

FACTS = ("motorhome_stay", "motorhome_passage")
HEADING = "Date;Heure;Sens;Plaque;Ticket;Ouverture"
FIRST = datetime(2024, 12, 1)  # noqa: DTZ001
AS_OF = datetime(2025, 1, 31, 1, 30, tzinfo=UTC)
LATER = datetime(2025, 4, 1, 1, 30, tzinfo=UTC)
# A stay over New Year that only the plate joins, one that ends with the window of January, and a vehicle that
# comes back.
SURE = [
    (datetime(2024, 12, 28, 15), "E", "AA-111-AA", "", "plaque"),  # noqa: DTZ001
    (datetime(2025, 1, 3, 9), "S", "AA-111-AA", "", "plaque"),  # noqa: DTZ001
    (datetime(2024, 12, 31, 23, 50), "E", "BB-222-BB", "", "plaque"),  # noqa: DTZ001
    (datetime(2025, 1, 21, 23, 40), "S", "BB-222-BB", "", "plaque"),  # noqa: DTZ001
    (datetime(2025, 1, 10, 9), "E", "AA-111-AA", "", "plaque"),  # noqa: DTZ001
    (datetime(2025, 1, 12, 9), "S", "AA-111-AA", "", "plaque"),  # noqa: DTZ001
]


def passages() -> list[tuple[datetime, str, str, str, str]]:
    """Two months of a bad camera and lost tickets: entries, exits, readings twice, gates opened by hand."""
    chance = Random(11)
    told = list(SURE)
    for _ in range(400):
        plate = chance.choice(
            ["", "ILLISIBLE", *(f"C{chance.choice('ABCDE')}-{n:03d}-ZZ" for n in range(12))]
        )
        ticket = chance.choice(["", f"T{chance.randrange(90):03d}"])
        entry = FIRST + timedelta(minutes=chance.randrange(58 * 1440))
        opening = "ticket" if ticket else "plaque"
        if chance.random() < 0.85:
            told.append((entry, "E", plate, ticket, opening))
        if chance.random() < 0.1:
            told.append((entry + timedelta(minutes=1), "E", plate, ticket, opening))
        if chance.random() < 0.85:
            leave = entry + timedelta(minutes=chance.randrange(30 * 1440))
            seen = chance.choice([plate, plate, plate, "", "ILLISIBLE"])
            told.append((leave, "S", seen, chance.choice([ticket, ticket, ""]), opening))
    return sorted(set(told))


def drop(
    home: Home, office: Office, name: str, told: list[tuple[datetime, str, str, str, str]], at: datetime
) -> None:
    """Receive and load a file of passages."""
    lines = [
        f"{when:%d/%m/%Y;%H:%M:%S};{way};{plate};{ticket};{opening}"
        for when, way, plate, ticket, opening in told
    ]
    path = home.inbox / "motorhome" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADING, *lines, ""]), encoding="utf-8")
    os.utime(path, (0, 0))
    receive(home, office, "motorhome", at)
    result = read_and_load(home, office, "motorhome", at)
    assert (result.new, result.failed, result.refused) == ([name], [], [])


class Area:
    """The home of an area, its models parsed once."""

    def __init__(self, home: Home, office: Office) -> None:
        self.home, self.office = home, office
        self.project = Project(home)

    def build(self, at: datetime) -> None:
        """Build the facts of the area."""
        prepare(self.home, self.office, at)
        models = [*FACTS, "motorhome_passages_link"]
        self.project.run(tables_by_source(), models)
        assert self.project.failed == []

    def ask(self, query: str) -> list[dict[str, Any]]:
        with working(self.home) as connection:
            return rows(connection, query)

    @property
    def facts(self) -> list[list[dict[str, Any]]]:
        """What the facts of passages hold."""
        return [self.ask(f"SELECT * FROM staging.{table} ORDER BY ALL") for table in FACTS]

    @property
    def hashes(self) -> set[str]:
        """The personal values of the raw passages that are no tokens."""
        found = self.ask(
            """SELECT DISTINCT unnest([plate_hash, plate_hash_last_year]) AS value
               FROM raw.motorhome_passages"""
        )
        return {row["value"] for row in found if row["value"] and not row["value"].startswith("token-")}


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Iterator[Area]:
    home = Home(tmp_path_factory.mktemp("area") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIE_PLATE_KEY", "k" * 64)
        drop(home, office, "passages-2024.csv", [one for one in passages() if one[0].year == 2024], AS_OF)
        drop(home, office, "passages-2025.csv", [one for one in passages() if one[0].year == 2025], AS_OF)
        area = Area(home, office)
        area.build(AS_OF)
        yield area


def test_a_stay_over_new_year_is_joined_though_the_key_changed(area: Area) -> None:
    found = area.ask(
        """SELECT entry_date::VARCHAR AS entry, exit_date::VARCHAR AS exit, nights_count AS nights
           FROM staging.motorhome_stay WHERE pairing = 'plate' AND entry_at IN
               ('2024-12-28 14:00:00', '2024-12-31 22:50:00', '2025-01-10 08:00:00') ORDER BY ALL"""
    )
    assert [tuple(row.values()) for row in found] == [
        ("2024-12-28", "2025-01-03", 6), ("2024-12-31", "2025-01-21", 21), ("2025-01-10", "2025-01-12", 2),
    ]  # fmt: skip


def test_no_stay_changes_while_hashes_become_tokens_night_by_night(area: Area) -> None:
    before = area.facts
    assert len({one["pairing"] for one in before[0]}) == 5
    known = area.hashes
    assert len(known) > 20
    for days in (0, 5, 10, 17, 24, 31, 45, 60):
        expire_linked(area.home, area.office, AS_OF + timedelta(days=days))
        area.project.run(tables_by_source(), FACTS)
        assert area.facts == before, f"after {days} days"
        assert days < 60 or area.hashes == set()
    content = area.home.database.read_bytes()
    assert not any(value.encode() in content for value in known)
    assert not area.home.database.with_name("vigie.duckdb.wal").exists()


def test_two_stays_of_one_vehicle_have_nothing_in_common_any_more(area: Area) -> None:
    expire_linked(area.home, area.office, LATER)
    shared = area.ask(
        """SELECT count(*) AS passages, count(DISTINCT direction) AS ways FROM raw.motorhome_passages
           WHERE plate_hash IS NOT NULL GROUP BY plate_hash"""
    )
    assert {(row["passages"], row["ways"]) for row in shared} == {(1, 1), (2, 2)}


def test_a_late_correction_of_one_day_finds_the_other_end_of_its_stays_again(area: Area) -> None:
    expire_linked(area.home, area.office, LATER)
    area.project.run(tables_by_source(), FACTS)
    before = area.facts
    for day in ("2025-01-03", "2024-12-31"):
        of_day = [one for one in passages() if f"{one[0]:%Y-%m-%d}" == day]
        drop(area.home, area.office, f"passages-{day}.csv", of_day, LATER)
        area.build(LATER)
        assert area.facts == before, day
        expire_linked(area.home, area.office, LATER)
        assert area.hashes == set()
        area.project.run(tables_by_source(), FACTS)
        assert area.facts == before, day


def test_what_a_late_correction_adds_is_joined_with_what_it_brings_again(area: Area) -> None:
    entry, way = datetime(2025, 1, 15, 8), "plaque"  # noqa: DTZ001
    of_days = [one for one in passages() if entry <= one[0] < entry + timedelta(days=2)]
    of_days = [
        one for one in passages() if one[0].date() in {entry.date(), (entry + timedelta(days=1)).date()}
    ]
    added = [(entry, "E", "XX-999-XX", "", way), (entry + timedelta(days=1), "S", "XX-999-XX", "", way)]
    drop(area.home, area.office, "passages-2025-01-15.csv", sorted([*of_days, *added]), LATER)
    area.build(LATER)
    expire_linked(area.home, area.office, LATER)
    area.project.run(tables_by_source(), ["motorhome_stay"])
    (stay,) = area.ask("SELECT * FROM staging.motorhome_stay WHERE entry_at = '2025-01-15 07:00:00'")
    assert (stay["pairing"], stay["nights_count"]) == ("plate", 1)
