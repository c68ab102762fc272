"""`make real`: the same night on real files that we did not write; prints the ledger, which balances.

Two offices, because the files lie in two time zones. Skips with a message where ../shared/data is absent.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

os.environ.setdefault("VIGIE_PLATE_KEY", "no plate in these files")

from tests.sources.tourism_information.real import api_pull

from flows.console import notes, out, published, show, show_night
from flows.night import night
from tests.conftest import SHARED_DATA
from warehouse.clock import nightly_instant
from warehouse.database import rows
from warehouse.layout import Home
from warehouse.office import load_office

OFFICES = Path(__file__).parent / "real"
LEEDS_DUPLICATES = 576


def main() -> int:
    """Run both nights; 0 when every ledger balances and says what is known of the files."""
    if not SHARED_DATA.is_dir():
        out.print(
            f"make real: skipped, {SHARED_DATA} is absent (the real files are not part of the repository)"
        )
        return 0
    with tempfile.TemporaryDirectory(prefix="vigie-real-") as folder:
        work = Path(folder)
        run(french_home(work / "france"), date(2026, 1, 5))
        leeds = run(leeds_home(work / "leeds"), date(2017, 1, 2))
    duplicates = sum(row["rows_duplicate"] for row in leeds)
    out.print(f"Leeds: {duplicates} duplicate rows, {LEEDS_DUPLICATES} expected")
    return 0 if duplicates == LEEDS_DUPLICATES else 1


def french_home(root: Path) -> Home:
    """The vendor's example of the national schema, Apidae's export and objects, the deliberations."""
    home = start(root, "france.yml")
    counting = SHARED_DATA / "counters" / "comptage-mobilites"
    for name in ("site-eco-compteur.csv", "channel-eco-compteur.csv", "measure-eco-compteur.csv"):
        drop(home, "counters", counting / name)
    drop(home, "tourism_information", SHARED_DATA / "apidae" / "hotentic-json_export.zip")
    drop(home, "tourism_information", api_pull(SHARED_DATA / "apidae", root))
    drop(home, "tourist_tax", SHARED_DATA / "tourist-tax" / "deliberations-excerpt.xml")
    return home


def leeds_home(root: Path) -> Home:
    """The Leeds footfall file: three date forms in one column, 576 duplicate rows."""
    home = start(root, "leeds.yml")
    plain = root / "leeds-footfall.csv"
    with (
        gzip.open(SHARED_DATA / "counters" / "leeds-footfall-2009-2016.csv.gz") as packed,
        plain.open("wb") as f,
    ):
        shutil.copyfileobj(packed, f)
    drop(home, "counters", plain)
    return home


def start(root: Path, office_file: str) -> Home:
    """A home with that office file."""
    root.mkdir(parents=True)
    home = Home(root)
    shutil.copyfile(OFFICES / office_file, home.office_file)
    return home


def drop(home: Home, source: str, path: Path) -> None:
    """Copy a file into the inbox, as if it had been there for an hour."""
    folder = home.inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    shutil.copyfile(path, target)
    os.utime(target, (0, 0))


def run(home: Home, day: date) -> list[dict[str, int]]:
    """Run the night and print its ledger; the rows of the ledger."""
    office = load_office(home.office_file)
    report = night(home, office, nightly_instant(day, office.zone), progress=notes.print)
    show_night(home, office, report)
    with published(home) as connection:
        ledger = rows(connection, "SELECT * FROM quality.load ORDER BY delivery_id")
    columns = ("rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate", "rows_filtered")
    show(
        f"quality.load, {office.name}",
        ["file", "status", *columns, "message"],
        [[row["file"], row["status"], *(row[c] for c in columns), row["message"]] for row in ledger],
        right=range(2, 7),
    )
    for row in ledger:
        assert row["rows_read"] == sum(row[c] for c in columns[1:]), row
    if report.failures:
        raise SystemExit(f"sources failed: {report.failures}")
    return ledger


if __name__ == "__main__":
    sys.exit(main())
