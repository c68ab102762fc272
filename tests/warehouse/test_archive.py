"""Reception: what is finished is archived once and in order; what is being written waits."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warehouse import archive
from warehouse.layout import Home

NIGHT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


def receive(home: Home, source: str, as_of: datetime, **given: Any) -> archive.Inbox:
    return archive.receive(home, source, as_of, lambda _: None, **given)


def drop(home: Home, name: str, content: bytes = b"Nom\nA\n", age: float = 3600) -> Path:
    """Put a file into the inbox of `doors`, last changed `age` seconds ago."""
    path = home.inbox / "doors" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    changed = time.time() - age
    os.utime(path, (changed, changed))
    return path


def archived(home: Home) -> list[str]:
    return sorted(path.name for path in (home.archive / "doors").iterdir())


def test_a_finished_file_moves_to_the_archive_by_its_hash(home: Home) -> None:
    path = drop(home, "door.csv")
    inbox = receive(home, "doors", NIGHT)
    digest = hashlib.sha256(b"Nom\nA\n").hexdigest()
    assert [(file.file_name, file.sha256, file.size_bytes) for file in inbox.new] == [("door.csv", digest, 6)]
    assert inbox.new[0].received_at == NIGHT
    assert inbox.new[0].path.read_bytes() == b"Nom\nA\n"
    assert not path.exists()
    assert archived(home) == [digest, f"{digest}.json"]


def test_an_absent_inbox_is_an_empty_one(home: Home) -> None:
    assert receive(home, "doors", NIGHT) == archive.Inbox((), (), ())


@pytest.mark.parametrize("name", ["a.csv.part", "a.CSV.PART", "a.crdownload", "a.tmp", "a.filepart"])
def test_a_file_that_says_it_is_being_written_is_left_for_later(home: Home, name: str) -> None:
    path = drop(home, name)
    assert receive(home, "doors", NIGHT).unfinished == (name,)
    assert path.exists()


def test_a_file_that_changed_just_now_is_left_for_later(home: Home) -> None:
    path = drop(home, "door.csv", age=5)
    assert receive(home, "doors", NIGHT) == archive.Inbox((), (), ("door.csv",))
    assert path.exists()
    assert len(receive(home, "doors", NIGHT, settled_after=1).new) == 1


def test_hidden_files_and_locks_of_office_programs_are_not_files(home: Home) -> None:
    drop(home, ".DS_Store")
    drop(home, "~$statement.xlsx")
    assert receive(home, "doors", NIGHT) == archive.Inbox((), (), ())


def test_the_same_bytes_again_are_known_by_their_hash_whatever_the_name(home: Home) -> None:
    drop(home, "door.csv")
    receive(home, "doors", NIGHT)
    again = drop(home, "door (1).csv")
    assert receive(home, "doors", NIGHT) == archive.Inbox((), ("door (1).csv",), ())
    assert not again.exists()
    records = list(archive.records(home))
    assert [one.file_name for one in records] == ["door.csv", "door (1).csv"]
    assert len({one.path for one in records}) == 1


def test_two_files_of_the_same_bytes_in_one_night_are_received_once(home: Home) -> None:
    drop(home, "a.csv", age=200)
    drop(home, "b.csv", age=100)
    inbox = receive(home, "doors", NIGHT)
    assert [file.file_name for file in inbox.new] == ["a.csv"]
    assert inbox.known == ("b.csv",)


def test_files_are_received_from_the_oldest_to_the_newest(home: Home) -> None:
    for name, age in (("a-correction.csv", 100), ("z-first.csv", 300), ("m/second.csv", 200)):
        drop(home, name, name.encode(), age=age) if "/" not in name else None
    (home.inbox / "doors" / "m").mkdir()
    drop(home, "m/second.csv", b"second", age=200)
    inbox = receive(home, "doors", NIGHT)
    order = ["z-first.csv", "second.csv", "a-correction.csv"]
    assert [file.file_name for file in inbox.new] == order
    assert [file.file_name for file in archive.records(home)] == order


def test_a_file_that_grows_while_it_is_copied_is_not_kept(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(home, "door.csv")
    store = archive.store

    def store_while_it_grows(*given: object) -> object:
        stored = store(*given)  # type: ignore[arg-type]
        with path.open("ab") as stream:
            stream.write(b"B\n")
        return stored

    monkeypatch.setattr(archive, "store", store_while_it_grows)
    assert receive(home, "doors", NIGHT) == archive.Inbox((), (), ("door.csv",))
    assert archived(home) == []
    monkeypatch.undo()
    drop(home, "door.csv", b"Nom\nA\nB\n")
    (received,) = receive(home, "doors", NIGHT).new
    assert received.path.read_bytes() == b"Nom\nA\nB\n"


def test_a_reception_that_was_killed_before_its_record_is_done_again(home: Home) -> None:
    drop(home, "door.csv")
    digest = hashlib.sha256(b"Nom\nA\n").hexdigest()
    folder = home.archive / "doors"
    folder.mkdir(parents=True)
    (folder / digest).write_bytes(b"Nom\nA\n")
    (folder / ".incoming-1").write_bytes(b"No")
    assert list(archive.records(home)) == []
    assert [file.sha256 for file in receive(home, "doors", NIGHT).new] == [digest]
    assert [file.sha256 for file in archive.records(home)] == [digest]


def test_a_record_comes_back_as_it_was_written(home: Home) -> None:
    drop(home, "été.csv")
    inbox = receive(home, "doors", NIGHT)
    assert tuple(archive.records(home)) == inbox.new


def test_a_file_that_was_forgotten_can_come_again(home: Home) -> None:
    drop(home, "door.csv")
    archive.forget(receive(home, "doors", NIGHT).new[0])
    assert archived(home) == []
    drop(home, "door.csv")
    assert len(receive(home, "doors", NIGHT).new) == 1


def test_a_file_that_could_not_be_entered_stays_in_the_inbox_and_is_received_again(home: Home) -> None:
    path = drop(home, "door.csv", b"a;b")

    def killed(_: archive.Received) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.receive(home, "doors", NIGHT, killed)
    assert path.exists()
    entered: list[str] = []
    inbox = archive.receive(home, "doors", NIGHT, lambda file: entered.append(file.file_name))
    assert (entered, inbox.known, path.exists()) == (["door.csv"], ("door.csv",), False)
