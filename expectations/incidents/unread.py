"""Files that came and could not be read, wholly or for many of their rows: the table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.spec import SourceSpec
from warehouse.storage.database import transaction
from warehouse.storage.ledger import FAMILY

UNREAD = Path(__file__).with_name("unread.sql").read_text(encoding="utf-8").replace("{family}", FAMILY)
HANDFUL = 5  # bad rows that are ordinary in a file of any length


def write_unread_files(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    specs: Iterable[SourceSpec],
    subjects: Callable[[str, str], list[str]],
) -> None:
    """Replace the office's rows of quality.unread_file.

    How much of a file may be unread, `specs` say by kind; `subjects` gives the counted series that a file of
    a source tells of, by its name.
    """
    limits = [
        {"source": spec.name, "kind": one.kind, **one.rows.model_dump(exclude={"least_share", "reason"})}
        for spec in specs
        for one in spec.deliveries
    ]
    connection.register("limits", pa.Table.from_pylist(limits))
    with transaction(connection):
        connection.execute("DELETE FROM quality.unread_file WHERE office = ?", [office])
        connection.execute(
            f"INSERT INTO quality.unread_file BY NAME {UNREAD}", {"office": office, "handful": HANDFUL}
        )
        files = connection.execute(
            "SELECT source, file, delivery_id FROM quality.unread_file WHERE office = ?", [office]
        ).fetchall()
        for source, file, delivery_id in files:
            connection.execute(
                "UPDATE quality.unread_file SET subjects = ? WHERE delivery_id = ?",
                [subjects(source, file), delivery_id],
            )
    connection.unregister("limits")
