"""Several statements of an operator for one half-year: all are kept, the ledger names those that meet."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from flows.night.ingesting import read_and_load, receive
from warehouse.office.model import Office
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain

LINE = "Airbnb;01/01/2025;{end}/2025;12/04/2025;{commune};{amount}"
SETTLED = 1_750_000_000


@pytest.mark.parametrize("nights", [1, 2])
def test_a_second_statement_of_a_half_year_is_kept_and_names_the_first(
    home: Home, office: Office, nights: int
) -> None:
    files = {
        "airbnb-2025-S1.csv": LINE.format(end="30/06", commune="32013", amount="10.00"),
        "airbnb-2025-S1-rectifie.csv": LINE.format(end="30/06", commune="32013", amount="12.00"),
        "airbnb-2025-01.csv": LINE.format(end="31/01", commune="32013", amount="3.00"),
    }
    inbox = home.inbox / "tourist_tax"
    inbox.mkdir(parents=True)
    for rank, (name, line) in enumerate(files.items()):
        path = inbox / name
        path.write_text(
            f"Plateforme;Période du;Période au;Date de perception;Code INSEE;Montant de la taxe\n{line}\n"
        )
        os.utime(path, (SETTLED + rank, SETTLED + rank))
        if nights == 2 or rank == len(files) - 1:
            as_of = datetime(2026, 1, 5 + rank, tzinfo=UTC)
            receive(home, office, "tourist_tax", as_of)
            read_and_load(home, office, "tourist_tax", as_of)
    with working(home) as connection:
        kept = rows(connection, "SELECT sum(declared_eur)::INT AS eur FROM raw.tax_operator_statements")
        told = {
            row["file"]: row["message"] for row in rows(connection, "SELECT file, message FROM quality.load")
        }
    assert kept == [{"eur": 25}]
    second = max(told, key=lambda name: ("S1" in told[name], name))
    assert "même opérateur et même période que airbnb-2025-S1" in plain(told[second])
    assert told["airbnb-2025-01.csv"] == ""
