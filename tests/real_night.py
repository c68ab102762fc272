"""`make real`: the same night on real files that we did not write; prints the ledger, which balances.

Three homes, because a night has one day and the files end in three years. Exits 0 with a message where
../shared/data is absent, 1 when a ledger does not balance or says something else than is known of the files.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from expectations.incidents.findings import read_findings
from flows.alerts.backtesting import backtest
from flows.command.console import notes, out, published, show_backtest, show_night
from flows.night.steps import NightReport, night
from tests.conftest import SHARED_DATA
from tests.sources.tourism_information.real import api_pull
from warehouse.clock import nightly_instant
from warehouse.office.model import Office, load_office
from warehouse.storage.database import rows
from warehouse.storage.layout import Home

OFFICES = Path(__file__).parent / "real"
SUMS = ("rows_loaded", "rows_quarantined", "rows_duplicate", "rows_filtered")
# Quarantined and filtered are those of the spring nights: 21 counts and 42 zeros in the hour that is not.
LEEDS = dict(zip(SUMS, (553_721, 21, 576, 42), strict=True))
# Without a terminal rich takes 80 columns, in which a ledger cannot be read.
LEAST_WIDTH = 140
TEXT_WIDTH = 100

Row = dict[str, Any]


def main(data: Path = SHARED_DATA) -> int:
    """Run the nights; 0 when every file was read, every ledger balances and Leeds has its duplicates."""
    if not data.is_dir():
        out.print(
            f"make real: skipped, {data} is absent (the real files are not part of the repository)",
            soft_wrap=True,
        )
        return 0
    if not out.is_terminal:
        out.width = max(out.width, LEAST_WIDTH)
    with tempfile.TemporaryDirectory(prefix="vigie-real-") as folder:
        work = Path(folder)
        wrong = [
            *counting_schema(start(work, "eco-compteur"), data / "counters" / "comptage-mobilites"),
            *records(start(work, "france"), data),
            *footfall(start(work, "leeds"), data / "counters" / "leeds-footfall-2009-2016.csv.gz"),
        ]
    for line in wrong:
        say(f"WRONG: {line}")
    return 1 if wrong else 0


def counting_schema(home: Home, folder: Path) -> list[str]:
    """The national counting schema: the vendor's example of 2022, the schema's own, and its invalid one."""
    drop(home, "counters", sorted(folder.glob("*.csv")))
    return run(home, date(2023, 1, 2))


def records(home: Home, data: Path) -> list[str]:
    """Apidae's export and API objects, and the deliberations."""
    pulled = api_pull(data / "apidae", load_office(home.office_file), home.root)
    drop(home, "tourism_information", [pulled, data / "apidae" / "hotentic-json_export.zip"])
    drop(home, "tourist_tax", [data / "tourist-tax" / "deliberations-excerpt.xml"])
    return run(home, date(2026, 1, 5))


def footfall(home: Home, packed: Path) -> list[str]:
    """The Leeds footfall file: three date forms in one column, 576 duplicate rows."""
    plain = home.root / packed.stem
    with gzip.open(packed) as source, plain.open("wb") as target:
        shutil.copyfileobj(source, target)
    drop(home, "counters", [plain])
    wrong = run(home, date(2017, 1, 1))
    sums = {name: sum(row[name] for row in ledger(home)) for name in SUMS}
    say(f"Leeds: {sums}, {LEEDS} expected")
    return wrong if sums == LEEDS else [*wrong, f"Leeds: {sums}, {LEEDS} expected"]


def start(work: Path, name: str) -> Home:
    """A home with that office file."""
    home = Home(work / name)
    home.root.mkdir()
    shutil.copyfile(OFFICES / f"{name}.yml", home.office_file)
    return home


def drop(home: Home, source: str, paths: Iterable[Path]) -> None:
    """Copy files into the inbox, as if they had been there for long."""
    folder = home.inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        target = folder / path.name
        shutil.copyfile(path, target)
        os.utime(target, (0, 0))


def run(home: Home, day: date) -> list[str]:
    """Run the night of that day and print what it gave; what is wrong with it, a line each."""
    office = load_office(home.office_file)
    say("", f"=== {office.name}, night of {day} ===", "")
    expected = sum(path.is_file() for path in home.inbox.rglob("*"))
    report = night(home, office, nightly_instant(day, office.zone), progress=notes.print)
    show_night(home, office, report)
    show_alerts(home, office, day)
    show_years(home)
    show_ledger(home, office)
    return faults(office, report, ledger(home), expected)


def faults(office: Office, report: NightReport, found: Sequence[Row], expected: int) -> list[str]:
    """Files that are lost, refused or do not balance, and sources that failed."""
    wrong = [f"{office.code}: {source}: {text}" for source, text in report.failures.items()]
    if len(found) != expected:
        wrong.append(f"{office.code}: {expected} files dropped, {len(found)} in the ledger")
    for row in found:
        if row["status"] != "loaded":
            wrong.append(f"{office.code}: {row['file']} is {row['status']}: {row['message']}")
        if row["rows_read"] != sum(row[name] for name in SUMS):
            wrong.append(f"{office.code}: {row['file']} does not balance")
    return wrong


def ledger(home: Home) -> list[Row]:
    """The published ledger, a row a file."""
    with published(home) as connection:
        return rows(connection, "SELECT * FROM quality.load ORDER BY delivery_id")


def show_alerts(home: Home, office: Office, day: date) -> None:
    """What would have been written in the years of the files, and when: no threshold was chosen on them."""
    with published(home) as connection:
        findings = read_findings(connection, office.code, nightly_instant(day, office.zone))
        (first,) = rows(connection, "SELECT min(local_date) AS day FROM marts.calendar")
    say("")
    show_backtest(backtest(findings, office, first["day"], day), office, first["day"], day)


def show_years(home: Home) -> None:
    """The indicators by year, as they were published."""
    with published(home) as connection:
        found = rows(
            connection,
            """SELECT indicator, site, dimension, year(period_start) AS year, measured_value, value,
                      round(100 * coverage, 1) AS coverage_pct, array_to_string(warnings, ', ') AS warnings
               FROM marts.indicator_value WHERE period_kind = 'year' ORDER BY ALL""",
        )
    if not found:
        say("marts.indicator_value: no year was published (none counted, or held by the checks above)")
        return
    names = ("indicator", "site", "dimension", "year", "measured_value", "value", "coverage_pct", "warnings")
    lines = [
        [f"{row[n]:,.0f}" if n in names[4:6] and row[n] is not None else row[n] for n in names]
        for row in found
    ]
    say("", "marts.indicator_value, by year", *aligned(names, lines, right=range(3, 7)))


def show_ledger(home: Home, office: Office) -> None:
    """The ledger, the messages below their files, and why rows were quarantined."""
    names = ("rows_read", *SUMS)
    found = ledger(home)
    headings = [*(name.removeprefix("rows_") for name in names), "file"]
    table = [[*(f"{row[name]:,}" for name in names), row["file"]] for row in found]
    first, *lines = aligned(headings, table, right=range(5))
    say("", f"quality.load, {office.name}: read = loaded + quarantined + duplicate + filtered", first)
    for line, row in zip(lines, found, strict=True):
        say(line)
        note(row["message"])
    with published(home) as connection:
        reasons = rows(
            connection,
            """SELECT file, "column", rule, count(*) AS count, min(line) AS first, max(line) AS last
               FROM quality.quarantined_row JOIN quality.load USING (source, delivery_id)
               GROUP BY ALL ORDER BY ALL""",
        )
    for row in reasons:
        say("quarantined: {count} of {file}, column {column}, {rule}, lines {first} to {last}".format(**row))


def aligned(headings: Sequence[str], lines: Sequence[Sequence[Any]], right: Iterable[int]) -> list[str]:
    """Plain lines, the headings first; columns whose rank is in `right` are numbers."""
    table = [list(headings), *(["" if cell is None else str(cell) for cell in line] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    numbers = set(right)
    return [
        "  ".join(
            cell.rjust(width) if rank in numbers else cell.ljust(width)
            for rank, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    ]


def note(text: str) -> None:
    """A message below what it is about."""
    say(*textwrap.wrap(text, TEXT_WIDTH, initial_indent="    ", subsequent_indent="    "))


def say(*lines: str) -> None:
    """Plain lines, never folded."""
    for line in lines:
        out.print(line, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
