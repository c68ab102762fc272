"""What others drop in the inbox has Vigie read or write nothing else (more in test_archive.py)."""

from __future__ import annotations

import os
import stat

from flows.night.ingesting import put_in_inbox
from flows.serve.spool import HIDDEN, Spool
from tests.flows.conftest import make_home
from warehouse.storage import archive
from warehouse.storage.layout import Home


def test_a_file_that_is_ingested_is_not_written_through_a_link_of_its_name(home: Home) -> None:
    make_home(home)
    before = home.office_file.read_bytes()
    folder = home.inbox / "counters"
    folder.mkdir(parents=True)
    (folder / "door.csv").symlink_to(home.office_file)
    (home.root / "door.csv").write_bytes(b"a;b\n")
    put_in_inbox(home, "counters", home.root / "door.csv")
    assert home.office_file.read_bytes() == before
    assert (folder / "door.csv").read_bytes() == b"a;b\n"
    assert [path.name for path in archive.waiting(home, "counters")] == ["door.csv"]
    assert stat.S_IMODE((folder / "door.csv").stat().st_mode) == 0o600


def test_what_looks_like_messages_that_were_left_behind_is_taken_only_when_it_is_a_file(home: Home) -> None:
    make_home(home)
    folder = home.inbox / "counters"
    folder.mkdir(parents=True)
    os.mkfifo(folder / f"{HIDDEN}1.ndjson")  # who opens it waits for its other end
    (folder / f"{HIDDEN}2.ndjson").symlink_to(home.office_file)
    (folder / f"{HIDDEN}3.ndjson").write_bytes(b"{}\n")
    Spool(folder)
    assert [path.name for path in archive.waiting(home, "counters")] == ["mqtt-3.ndjson"]
