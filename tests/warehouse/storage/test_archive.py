"""Reception: what is finished is archived once and in order; what is being written waits."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warehouse.storage import archive, dropped
from warehouse.storage.layout import Home

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


# --- what cannot be taken --------------------------------------------------------------------------------


def test_what_is_no_regular_file_is_left_and_told_and_holds_nothing_up(home: Home) -> None:
    drop(home, "door.csv")
    folder = home.inbox / "doors"
    os.mkfifo(folder / "pipe.csv")  # who opens it waits for its other end
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "socket.csv"))
    (folder / "nowhere.csv").symlink_to(folder / "gone.csv")
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    (folder / "elsewhere").symlink_to(home.root)
    inbox = receive(home, "doors", NIGHT)
    assert [file.file_name for file in inbox.new] == ["door.csv"]
    assert {left.file_name: left.reason for left in inbox.left} == dict.fromkeys(
        ["pipe.csv", "socket.csv", "nowhere.csv", "loop.csv", "elsewhere"], "not_a_file"
    )
    assert [path.name for path in archive.waiting(home, "doors")] == []


def test_what_leads_to_a_file_elsewhere_is_left_and_told(home: Home) -> None:
    home.root.mkdir(parents=True)
    home.secrets_file.write_bytes(b"KEY=x\n")
    os.utime(home.secrets_file, (0, 0))
    folder = home.inbox / "doors"
    folder.mkdir(parents=True)
    (folder / "link.csv").symlink_to(home.secrets_file)
    (folder / "name.csv").hardlink_to(home.secrets_file)
    inbox = receive(home, "doors", NIGHT)
    assert {left.file_name: left.reason for left in inbox.left} == dict.fromkeys(
        ["link.csv", "name.csv"], "not_a_file"
    )
    assert list(home.archive.glob("*/*")) == []
    assert home.secrets_file.exists()


def test_a_link_that_takes_a_file_s_place_after_it_was_looked_at_is_not_followed(home: Home) -> None:
    home.root.mkdir(parents=True)
    home.secrets_file.write_bytes(b"KEY=x\n")
    path = drop(home, "door.csv")
    path.unlink()
    path.symlink_to(home.secrets_file)
    with pytest.raises(dropped.NotAFileError):
        archive.store(home, "doors", path, NIGHT, home.inbox / "doors")
    assert list(home.archive.glob("*/*")) == []


def test_a_folder_that_becomes_a_link_meanwhile_is_neither_entered_nor_emptied(home: Home) -> None:
    inside = home.inbox / "doors" / "2025"
    inside.mkdir(parents=True)
    path = inside / "secrets.env"
    home.secrets_file.write_bytes(b"KEY=x\n")
    inside.rmdir()
    inside.symlink_to(home.root)
    with pytest.raises(archive.NotReadableError):
        archive.store(home, "doors", path, NIGHT, home.inbox / "doors")
    with pytest.raises(OSError, match="Not a directory"):
        dropped.remove(path, home.inbox / "doors")
    assert home.secrets_file.exists()


def test_folders_without_end_are_told_and_hold_nothing_up(home: Home) -> None:
    drop(home, "door.csv")
    deep = home.inbox / "doors"
    for _ in range(1500):  # more than Python's own stack
        deep = deep / "d"
    subprocess.run(["mkdir", "-p", "--", str(deep)], check=True)
    inbox = receive(home, "doors", NIGHT)
    assert [file.file_name for file in inbox.new] == ["door.csv"]
    assert [(left.file_name, left.reason) for left in inbox.left] == [("d", "too_deep")]
    subprocess.run(["rm", "-r", "--", str(home.inbox / "doors" / "d")], check=True)


@pytest.fixture
def open_home() -> Iterator[Home]:
    """A home that any user may write in: pytest's own folders are closed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        for path in (home.root, home.archive, home.inbox, home.inbox / "doors"):
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
        yield home


def test_a_file_or_folder_that_may_not_be_read_is_left_and_told(open_home: Home) -> None:
    """Root may read all: the inbox is looked into by a process that is nobody."""
    drop(open_home, "door.csv")
    drop(open_home, "secret.csv", b"x").chmod(0)
    closed = open_home.inbox / "doors" / "closed"
    closed.mkdir(mode=0)
    inbox = as_nobody(open_home)
    closed.chmod(0o700)
    assert inbox["new"] == ["door.csv"]
    assert inbox["left"] == {
        "secret.csv": ["not_readable", "Permission denied"], "closed": ["not_readable", "Permission denied"],
    }  # fmt: skip
    assert inbox["waiting"] == []


def as_nobody(home: Home) -> dict[str, Any]:
    """What `receive` gives to a process without rights, and what waits after it."""
    program = f"""
import json, os
from datetime import UTC, datetime
from pathlib import Path
from warehouse.storage import archive
from warehouse.storage.layout import Home
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
home = Home(Path({str(home.root)!r}))
inbox = archive.receive(home, "doors", datetime.now(UTC), lambda _: None)
print(json.dumps({{
    "new": [file.file_name for file in inbox.new],
    "left": {{left.file_name: [left.reason, left.detail] for left in inbox.left}},
    "waiting": [path.name for path in archive.waiting(home, "doors")],
}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_file_that_is_too_large_is_left_without_being_copied(home: Home) -> None:
    path = drop(home, "sparse.csv")
    with path.open("ab") as stream:
        stream.truncate(archive.MOST_BYTES + 1)  # a hole, which costs its sender nothing
    os.utime(path, (0, 0))
    inbox = receive(home, "doors", NIGHT)
    assert inbox.left == (archive.Left("sparse.csv", "too_large", archive.MOST_BYTES + 1),)
    assert path.exists()
    assert not home.archive.exists()
    assert archive.waiting(home, "doors") == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"relev\xe9.csv", "relevé.csv"),  # Latin-1, of a Windows program
        (b"relev\xc3\xa9.csv", "relevé.csv"),
        (b"releve\xcc\x81.csv", "relevé.csv"),  # decomposed, of a Mac
        (b"two\nlines\x1b.csv", "two\ufffdlines\ufffd.csv"),
        (b"\xff\xfe\x80.csv", "ÿþ\ufffd.csv"),
    ],
)
def test_a_name_of_any_bytes_becomes_text_that_everything_can_write(
    home: Home, written: bytes, name: str
) -> None:
    folder = home.inbox / "doors"
    folder.mkdir(parents=True)
    path = os.path.join(os.fsencode(folder), written)  # noqa: PTH118 - bytes
    with open(path, "wb") as stream:  # noqa: PTH123
        stream.write(b"a;b\n")
    assert receive(home, "doors", NIGHT).unfinished == (name,)
    stamps = archive.stamps(home, "doors")
    json.dumps(stamps, ensure_ascii=False).encode()
    assert list(stamps) == [name]
    (received,) = receive(home, "doors", NIGHT, settled=stamps.values()).new
    assert received.file_name == name
    assert tuple(archive.records(home)) == (received,)
