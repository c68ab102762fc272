"""What the tests of the tourist tax share: files written by hand, and reading one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from sources.catalogue import Context, SourceReading
from sources.tourist_tax.source import read
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery

GOOD = {
    "Référence": "D1",
    "Début de période": "01/07/2025",
    "Fin de période": "31/07/2025",
    "Compte logeur": "L1",
    "Identifiant hébergement": "H1",
    "N° d'enregistrement": "32013000018A9",
    "Code INSEE": "32013",
    "Commune": "Auch",
    "Nature": "Meublé de tourisme",
    "Catégorie": "3 étoiles",
    "Capacité": "4",
    "Nuits": "10",
    "Personnes assujetties": "2",
    "Personnes exonérées": "1",
    "Nuitées assujetties": "20",
    "Nuitées exonérées": "10",
    "Nuitées": "30",
    "Prix de la nuit HT": "",
    "Montant de la taxe": "32,26",
    "Motif": "",
    "Nom du logeur": "Jeanne Dargelos",
    "Adresse": "1 chemin de la Fontaine",
}
HEADINGS = tuple(GOOD)


@pytest.fixture
def declaration() -> Callable[..., str]:
    """One line of a declarations CSV: a good one, with these cells changed (by heading)."""
    return lambda changes=None: ";".join({**GOOD, **(changes or {})}.values())


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a declarations CSV from its lines, heading included."""

    def write(lines: Sequence[str], name: str = "declarations-2025-T3.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\r\n".join([";".join(HEADINGS), *lines, ""]).encode(encoding))
        return path

    return write


@pytest.fixture
def read_file(tmp_path: Path, office: Office, as_of: datetime) -> Callable[[Path], SourceReading]:
    """Read one file as the night would, from a path without suffix as in the archive."""

    def run(path: Path) -> SourceReading:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        archived = tmp_path / "archived"
        archived.write_bytes(path.read_bytes())
        delivery = Delivery(7, office.code, "tourist_tax", path.name, "0" * 64, as_of, archived)
        reading = read(delivery, Context(office, lambda name: "key", work, as_of, Home(work)))
        assert reading.account.balances
        return reading

    return run


@pytest.fixture
def rows_of() -> Callable[[SourceReading, str, str], list[tuple[object, ...]]]:
    """Some columns (SQL) of a table that a reading gave, in order of the first of them."""
    return lambda reading, table, columns: duckdb.execute(
        f"SELECT {columns} FROM read_parquet(?) ORDER BY 1", [str(reading.tables[table])]
    ).fetchall()


@pytest.fixture
def reasons_of() -> Callable[[SourceReading], list[tuple[int, str, str]]]:
    """Line, column and rule of every quarantined row of a reading."""
    return lambda reading: [
        row
        for path in reading.account.quarantine
        for row in duckdb.execute(
            'SELECT line, "column", rule FROM read_parquet(?) ORDER BY line', [str(path)]
        ).fetchall()
    ]
