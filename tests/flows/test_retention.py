"""Archives of personal data are deleted when their retention is over."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.night import expire
from warehouse import archive, ledger
from warehouse.database import rows, working
from warehouse.layout import Home
from warehouse.ledger import Account, Refusal
from warehouse.office import Office, Privacy

RECEIVED_AT = datetime(2025, 1, 10, tzinfo=UTC)


def prepared(home: Home, office: Office) -> tuple[Office, dict[str, Path]]:
    """Three files received on 10 January 2025: one loaded, one refused, one still to read."""
    folder = home.inbox / "motorhome"
    folder.mkdir(parents=True)
    for name in ("loaded.csv", "refused.csv", "waiting.csv"):
        (folder / name).write_text(name, encoding="utf-8")
        os.utime(folder / name, (0, 0))
    found = archive.receive(home, "motorhome", RECEIVED_AT, lambda _: None)
    with working(home) as connection:
        ledger.register(connection, office.code, found.new)
        pending = {d.file_name: d for d in ledger.pending(connection, "motorhome", home.archive, "")}
        ledger.settle(
            connection,
            [
                (pending["loaded.csv"], Account("passages")),
                (pending["refused.csv"], Refusal("no such column")),
            ],
            "x",
        )
    kept = office.model_copy(update={"privacy": Privacy(archive_days={"motorhome": 90})})
    return kept, {file.file_name: file.path for file in found.new}


def test_files_are_deleted_after_their_retention_but_never_before_they_were_read(
    home: Home, office: Office
) -> None:
    kept, paths = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=91))
    left = {name for name, path in paths.items() if path.exists()}
    assert left == {"waiting.csv"}
    with working(home) as connection:
        statuses = rows(connection, "SELECT file, status FROM quality.load ORDER BY file")
    assert [row["status"] for row in statuses] == ["loaded", "expired", "received"]


def test_files_are_kept_until_their_retention_is_over(home: Home, office: Office) -> None:
    kept, paths = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=89))
    assert all(path.exists() for path in paths.values())


def test_a_file_whose_bytes_are_gone_is_still_recognised(home: Home, office: Office) -> None:
    kept, _ = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=91))
    again = home.inbox / "motorhome" / "again.csv"
    again.write_text("loaded.csv", encoding="utf-8")
    os.utime(again, (0, 0))
    assert archive.receive(home, "motorhome", RECEIVED_AT, lambda _: None).known == ("again.csv",)
