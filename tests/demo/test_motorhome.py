"""The demonstration motorhome area: the published figures come out of its raw files, and only of them."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.motorhome import generate
from flows.ingesting import read_and_load, receive
from flows.preparing import prepare
from transforms.building import build
from warehouse.database import working
from warehouse.layout import Home
from warehouse.office import Office

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
SITE = "ile-saint-martin"
# As the judge of outages finds them (UTC), with the hours of silence around the two and the ten days.
OUTAGES = (
    (f"barrier:{SITE}", datetime(2025, 7, 2, 19), datetime(2025, 7, 5, 5)),  # noqa: DTZ001
    (f"kiosk:{SITE}", datetime(2025, 12, 8, 20), datetime(2025, 12, 19, 7)),  # noqa: DTZ001
)


@dataclass(frozen=True)
class Area:
    """The demonstration area, read, loaded and built."""

    home: Home
    office: Office

    def night(self) -> None:
        """Take in what lies in the inbox and build the area's models."""
        receive(self.home, self.office, "motorhome", AS_OF)
        read_and_load(self.home, self.office, "motorhome", AS_OF)
        prepare(self.home, self.office, AS_OF)
        with working(self.home) as connection:
            connection.execute("DELETE FROM quality.outage")
            for subject, onset, end in OUTAGES:
                connection.execute(
                    "INSERT INTO quality.outage VALUES (?, ?, 'zeros', ?, ?, ?, 50)",
                    [self.office.code, subject, onset, end, end],
                )
        build(self.home, ["run", "--select", "+observed_motorhome", "series_motorhome"])

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The answer of the working database."""
        with duckdb.connect(str(self.home.database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def total(self, indicator: str, year: int) -> Decimal:
        """The measured value of a year."""
        ((value,),) = self.ask(
            f"""SELECT sum(measured_value) FROM staging.observed_motorhome
                WHERE indicator = '{indicator}' AND extract(year FROM period_start) = {year}"""
        )
        return Decimal(value)


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Iterator[Area]:
    home = Home(tmp_path_factory.mktemp("motorhome"))
    generate(home.inbox, 2025)
    found = Area(home, office)
    found.night()
    yield found


def test_the_same_seed_writes_the_same_bytes_and_dates(area: Area, tmp_path: Path) -> None:
    generate(tmp_path, 2025)
    files = sorted((tmp_path / "motorhome").iterdir())
    assert len(files) == 30
    assert max(path.stat().st_mtime for path in files) < AS_OF.timestamp()
    written = {
        (path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime)
        for path in files
        if "(1)" not in path.name  # the second copy is known by its hash
    }
    first = area.ask("SELECT file, sha256, modified_at FROM quality.load WHERE delivery_id <= 29")
    assert written == {(name, sha, at.replace(tzinfo=UTC).timestamp()) for name, sha, at in first}


def test_every_row_is_accounted_for_and_the_corrected_file_is_known_the_second_time(area: Area) -> None:
    files = area.ask(
        """SELECT count(*), sum(rows_quarantined + rows_duplicate), count(*) FILTER (status <> 'loaded'),
                  count(*) FILTER (message LIKE '%remplace%')
           FROM quality.load"""
    )
    assert files == [(29, 0, 0, 1)]


def test_the_published_nights_and_takings_come_out(area: Area) -> None:
    assert area.total("overnight_stays", 2025) == 11_992
    assert abs(area.total("turnover_excluding_tax", 2025) - 71_585) < Decimal("0.5")
    takings = area.total("turnover_excluding_tax", 2025) / area.total("turnover_excluding_tax", 2024)
    assert round(100 * (takings - 1)) == 1
    # With or without the nights estimated for the outage, the change is the printed one.
    ((estimated,),) = area.ask("SELECT sum(estimated_value) FROM staging.observed_motorhome")
    for nights in (11_992, 11_992 + estimated):
        assert round(100 * (nights / area.total("overnight_stays", 2024) - 1)) == -1


def test_outages_are_whole_days_of_silence_and_there_are_no_others(area: Area) -> None:
    silent = area.ask(
        """SELECT subject_kind, min(local_date), count(*) FROM (
               SELECT subject_kind, local_date FROM staging.series_motorhome
               WHERE local_date < DATE '2026-01-05' GROUP BY ALL HAVING sum(observed_count) = 0
           ) GROUP BY ALL ORDER BY ALL"""
    )
    assert silent == [("barrier", date(2025, 7, 3), 2), ("kiosk", date(2025, 12, 9), 10)]
    told = area.ask(
        """SELECT indicator, date_trunc('month', period_start)::DATE, sum(measured_value)::INTEGER
           FROM staging.observed_motorhome
           WHERE indicator LIKE '%outage_days' AND measured_value <> 0 GROUP BY ALL ORDER BY ALL"""
    )
    assert told == [
        ("barrier_outage_days", date(2025, 7, 1), 2),
        ("kiosk_outage_days", date(2025, 12, 1), 10),
    ]


def test_the_faults_of_2025_are_in_the_logs(area: Area) -> None:
    phantoms = area.ask("SELECT ticket FROM marts.motorhome_payment WHERE NOT has_passage")
    assert phantoms == [("T0900317",)]
    ((forced, unread, no_exit, no_entry, paid),) = area.ask(
        """SELECT (SELECT count(*) FROM marts.motorhome_passage WHERE opening = 'forced'),
                  (SELECT count(*) FROM marts.motorhome_passage WHERE NOT is_plate_read),
                  count(*) FILTER (pairing = 'unpaired_entry'), count(*) FILTER (pairing = 'unpaired_exit'),
                  count(*) FILTER (pairing = 'unpaired_entry' AND nights_basis = 'payment')
           FROM marts.motorhome_stay"""
    )
    assert forced == 1
    assert unread > 50
    assert no_exit > paid > 9
    assert no_entry > 9


def test_the_area_is_never_more_than_full(area: Area) -> None:
    ((fullest,),) = area.ask(
        "SELECT max(measured_value) FROM staging.observed_motorhome WHERE indicator = 'overnight_stays'"
    )
    assert 50 < fullest <= 58


def test_changed_raw_rows_move_the_figures(area: Area) -> None:
    nights, takings = (area.total(i, 2025) for i in ("overnight_stays", "turnover_excluding_tax"))
    ((ticket,),) = area.ask(
        """SELECT min(ticket) FROM marts.motorhome_stay
           WHERE pairing = 'ticket' AND nights_count = 2 AND entry_date > DATE '2025-05-02'
             AND exit_date < DATE '2025-05-20'"""
    )
    # The stay disappears from the barrier's log, and a payment of 12 € is added to the kiosk's.
    edit(area.home, f"passages-{SITE}-2025-05.csv", lambda rows: [r for r in rows if ticket not in r])
    extra = ["999999", "20/05/2025", "10:00:00", ticket, "0", "12,00", "2,00", "0,00", "carte", "", "vente"]
    edit(area.home, f"paiements-{SITE}-2025-05.csv", lambda rows: [*rows, extra])
    area.night()
    assert area.total("overnight_stays", 2025) == nights - 2
    assert area.total("turnover_excluding_tax", 2025) == takings + 10


def edit(home: Home, name: str, change: Any) -> None:
    """Drop a corrected copy of a demonstration file into the inbox."""
    with working(home) as connection:
        found = connection.execute("SELECT sha256 FROM quality.load WHERE file = ?", [name]).fetchone()
    assert found is not None
    with (home.archive / "motorhome" / found[0]).open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file, delimiter=";")
    corrected = home.inbox / "motorhome" / name
    with corrected.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerows([heading, *change(rows)])
    os.utime(corrected, (AS_OF.timestamp(), AS_OF.timestamp()))
