"""`vigie forget`: find one person everywhere in a home, erase them, and keep the proof that it was done.

Everything in the home is looked through, whatever it is; what is done depends on where it lies. A file that
a system delivered is deleted as a whole, for nobody can take a person out of every format: what was read of
it stays in the raw tables, and its hash is kept, so that the same bytes do not bring the person back. Rows
stay in their tables, so that no figure changes. Killed at any point, it is run again and finds what is left.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

import sources.catalogue
from flows.command.own_files import count_in_own
from flows.night.drawing import draw
from flows.night.expiring import leftovers
from sources.reading.fields import plate_hash
from warehouse.clock import naive_utc, now
from warehouse.office.model import Office
from warehouse.publishing.datapackage import quoted
from warehouse.publishing.versions import remake_current
from warehouse.spec import FIRST_DAY, LAST_DAY
from warehouse.storage import archive, ledger
from warehouse.storage.contents import count_in, decoded, text_columns
from warehouse.storage.database import limit, rewrite_where_erased, transaction, working
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.retention import note_erasure
from warehouse.storage.secrets import secret
from warehouse.words.faults import words_of
from warehouse.words.messages import say
from warehouse.words.person import Identifier, Person

log = logging.getLogger("vigie")
SCHEMA = """
CREATE TABLE IF NOT EXISTS erasure (
    erasure_id TEXT PRIMARY KEY, office TEXT NOT NULL, begun_at TEXT NOT NULL, done_at TEXT,
    who TEXT NOT NULL, proof TEXT NOT NULL, places TEXT NOT NULL
)
"""
# In the order in which they are erased: what could bring the person back goes first.
PLACES = ("inbox", "archive", "warehouse", "journal", "published", "work", "prefect", "logs")
BY_HAND = "by_hand"  # what people write: office.yml, secrets, layouts, reports
SIDE_FILES = ("-wal", "-shm", "-journal", ".wal")  # parts of the database beside them


@dataclass
class Found:
    """How often a person is in each place of a home; `files` are those that are to be changed by hand.

    `not_looked_into` are PDFs of which Vigie cannot say whether the person is in them.
    """

    places: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    not_looked_into: list[Path] = field(default_factory=list)
    unread: int = 0  # files deleted before anything was read of them

    @property
    def is_anywhere(self) -> bool:
        """True when the person is somewhere."""
        return bool(self.places.total() or self.files)


@dataclass(frozen=True)
class Erased:
    """What was done: its number, when and by whom, the proof, what was found, what is left all the same.

    `pages_failed` says why the pages could not be written anew, else None.
    """

    erasure_id: str
    done_at: datetime
    who: str
    proof: str
    found: Found
    left: Found
    pages_failed: str | None


def person_of(home: Home, office: Office, identifiers: Sequence[Identifier]) -> Person:
    """The person with the hashes of their plates; raises UsageError when too little is given."""
    plates = [one.normal for one in identifiers if one.kind == "plate"]
    key = secret(home, office.privacy.plate_key_secret) if plates else ""
    years = range(FIRST_DAY.year, LAST_DAY.year + 1)
    hashes = {plate_hash(key, plate, year) for plate in plates for year in years}
    return Person(identifiers, hashes, office.language)


def find(home: Home, office: Office, person: Person) -> Found:
    """Where the person is; nothing is changed. The home's lock is held meanwhile."""
    with refresh_lock(home, language=office.language):
        return _look(home, person)


def forget(home: Home, office: Office, person: Person, who: str) -> Erased:
    """Erase the person everywhere, and enter in the journal that it was done, not of whom."""
    proof = person.proof(secret(home, office.privacy.plate_key_secret))
    with refresh_lock(home, language=office.language):
        begun_at = now()
        erasure_id = _begin(home, office, who, proof, begun_at)
        found = Found()
        for place in PLACES:
            one = _look(home, person, only=place)
            found.places += one.places
            if one.places[place]:
                found.unread += _erase(home, office, person, place, begun_at)
                _enter_places(home, erasure_id, one.places)
        pages_failed = _draw(home, office) if found.places["published"] else None
        left = _look(home, person)
        found.files = left.files
        if not left.places.total():
            with journal(home, SCHEMA) as kept:
                kept.execute(
                    "UPDATE erasure SET done_at = ? WHERE erasure_id = ?", [now().isoformat(), erasure_id]
                )
    return Erased(erasure_id, begun_at, who, proof, found, left, pages_failed)


def _draw(home: Home, office: Office) -> str | None:
    """Write the pages anew, since those of before went with their version; gives why that failed, if it did.

    The person is erased all the same.
    """
    try:
        draw(home, office)
    except Exception as error:
        log.exception("the pages could not be written")
        return words_of(error)
    return None


def place_of(home: Home, path: Path) -> str:
    """The place that a file of the home belongs to."""
    first = path.relative_to(home.root).parts[0]
    if path in (home.database, home.journal):
        return "warehouse" if path == home.database else "journal"
    if path.is_relative_to(home.prefect):
        return "logs" if path.suffix == ".log" else "prefect"
    if path.name.startswith(home.log_file.name):
        return "logs"
    if path.is_relative_to(home.work):
        return "work"
    return {"inbox": "inbox", "returned": "inbox", "archive": "archive", "published": "published"}.get(
        first, BY_HAND
    )


def _files(home: Home) -> Iterator[Path]:
    """Every regular file of the home, but for the parts of databases beside them. No link is followed."""
    for folder, _, names in os.walk(home.root):
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and not name.endswith(SIDE_FILES):
                yield path


def _look(home: Home, person: Person, only: str | None = None) -> Found:
    found = Found()
    for path in _files(home):
        place = place_of(home, path)
        if only is not None and place != only:
            continue
        if path.suffix == ".duckdb":
            count = _count_in_duckdb(path, person)
        elif path.suffix in (".sqlite", ".db"):
            count = _count_in_sqlite(path, person)
        elif place == BY_HAND:
            own = count_in_own(person, path)
            if own is None:
                found.not_looked_into.append(path)
            count = own or 0
        else:
            count = count_in(person, path)
        if count and place == BY_HAND:
            found.files.append(path)
        elif count:
            found.places[place] += count
    return found


def _count_in_duckdb(path: Path, person: Person) -> int:
    connection = duckdb.connect(str(path), read_only=not path.parent.joinpath(f"{path.name}.wal").exists())
    try:
        limit(connection)
        return sum(len(_matching(connection, person, *column)) for column in text_columns(connection))
    finally:
        connection.close()


def _matching(
    connection: duckdb.DuckDBPyConnection, person: Person, schema: str, table: str, column: str, _type: str
) -> list[str]:
    """The values of a column that the person is in."""
    place = f"{quoted(schema)}.{quoted(table)}"
    answer = connection.execute(
        f"SELECT DISTINCT {quoted(column)}::VARCHAR FROM {place} WHERE {quoted(column)} IS NOT NULL"
    )
    found: list[str] = []
    while batch := answer.fetchmany(10_000):
        found += [value for (value,) in batch if person.count(value)]
    return found


def _count_in_sqlite(path: Path, person: Person) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return sum(1 for _ in _cells(connection, person))


def _cells(connection: sqlite3.Connection, person: Person) -> Iterator[tuple[str, str, int, str | bytes]]:
    """Table, column, row and new value of each cell that the person is in."""
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    for (table,) in tables:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]
        listed = ", ".join(map(quoted, columns))
        for row, *values in connection.execute(f"SELECT rowid, {listed} FROM {quoted(table)}"):
            for column, value in zip(columns, values, strict=True):
                if isinstance(value, str) and person.count(value):
                    yield table, column, row, person.clean(value)
                elif isinstance(value, bytes) and person.count(value.decode("latin-1")):
                    yield table, column, row, b""


def _erase(home: Home, office: Office, person: Person, place: str, at: datetime) -> int:
    """Erase the person from one place; how many files were deleted of which nothing had been read."""
    if place == "inbox":
        return _erase_inbox(home, person, at)
    if place == "archive":
        return _erase_archive(home, office, person, at)
    if place == "warehouse":
        _erase_warehouse(home, person, at)
    elif place == "published":
        _erase_published(home, person)
    elif place == "work":
        for folder in leftovers(home):
            shutil.rmtree(folder, ignore_errors=True)
        _erase_files(home, person, place)
    else:
        _erase_files(home, person, place)
    return 0


def _erase_inbox(home: Home, person: Person, at: datetime) -> int:
    """What waits in the inbox is received, then forgotten with the archive; the rest is deleted."""
    unread = 0
    for path in [one for one in _files(home) if place_of(home, one) == "inbox" and count_in(person, one)]:
        source = path.relative_to(home.root).parts[1]
        is_to_be_taken = path.is_relative_to(home.inbox) and not path.name.startswith((".", "~$"))
        if is_to_be_taken and source in sources.names():
            archived, is_new = archive.store(home, source, path, at)
            if is_new:
                archive.forget_person(home, source, archived.sha256, person.clean(archived.file_name), at)
                unread += 1
        path.unlink()
    return unread


def _erase_archive(home: Home, office: Office, person: Person, at: datetime) -> int:
    """Delete the bytes of every file that the person is in; one that waited to be read is given up."""
    found = {path for path in _files(home) if place_of(home, path) == "archive" and count_in(person, path)}
    unread = 0
    for source, sha256 in sorted({(path.parent.name, path.name.split(".")[0]) for path in found}):
        record = home.archive / source / f"{sha256}.json"
        if not record.is_file():
            (home.archive / source / sha256).unlink(missing_ok=True)  # an interrupted reception
            continue
        with working(home) as connection:
            unread += ledger.give_up(connection, source, sha256, say("forget.given_up", office.language))
        name = json.loads(record.read_text(encoding="utf-8"))["file_name"]
        archive.forget_person(home, source, sha256, person.clean(name), at)
    for path in found:
        if path.exists() and count_in(person, path):
            path.unlink()  # another name of the same bytes, or a copy that was interrupted
    return unread


def _erase_warehouse(home: Home, person: Person, at: datetime) -> None:
    """Erase the person from the working database, in one transaction, and from its file."""
    specs = [sources.catalogue.find(name).SPEC for name in sources.names()]
    personal = {t.name: [c.name for c in t.personal_columns] for spec in specs for t in spec.tables}
    with working(home) as connection, transaction(connection):
        instead = _instead(connection, person, personal)
        for schema, table, column, kind in text_columns(connection):
            old = _matching(connection, person, schema, table, column, kind)
            # Of raw tables and of what is built on them: the columns of these names hold these values.
            known = instead.get(column, {})
            new = {value: known.get(value, person.clean(value)) for value in old} | known
            _replace(connection, f"{quoted(schema)}.{quoted(table)}", column, kind, new)
        note_erasure(connection, naive_utc(at))
    rewrite_where_erased(home)


def _instead(
    connection: duckdb.DuckDBPyConnection, person: Person, personal: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, str]]:
    """By column: what takes the place of every personal value of the raw rows that the person is in.

    Equal values get the same one, so that what was linked stays linked: no figure changes.
    """
    given: dict[str, str] = {}
    instead: dict[str, dict[str, str]] = {}
    columns = [one for one in text_columns(connection) if one[0].startswith("raw")]
    for table in sorted({table for _, table, _, _ in columns}):
        for schema, _, column, kind in [one for one in columns if one[1] == table]:
            for value in _matching(connection, person, schema, table, column, kind):
                for other in personal.get(table, ()):
                    found = connection.execute(
                        f"""SELECT DISTINCT {quoted(other)} FROM {quoted(schema)}.{quoted(table)}
                            WHERE {quoted(column)}::VARCHAR = ? AND {quoted(other)} IS NOT NULL""",
                        [value],
                    ).fetchall()
                    for (value,) in found:
                        is_hash = "_hash" in other
                        random = secrets.token_hex(32) if is_hash else f"effacé-{secrets.token_hex(8)}"
                        instead.setdefault(other, {})[value] = given.setdefault(value, random)
    return instead


def _replace(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str, new: Mapping[str, str]
) -> None:
    for old, value in new.items():
        connection.execute(
            f"""UPDATE {table} SET {quoted(column)} = CAST(? AS {kind})
                WHERE {quoted(column)} = CAST(? AS {kind})""",
            [value, old],
        )


def _erase_published(home: Home, person: Person) -> None:
    """Delete the versions that the person is in; the current one is made anew without them."""

    def clean(connection: duckdb.DuckDBPyConnection) -> None:
        for schema, table, column, kind in text_columns(connection):
            new = {
                value: person.clean(value)
                for value in _matching(connection, person, schema, table, column, kind)
            }
            _replace(connection, f"{quoted(schema)}.{quoted(table)}", column, kind, new)

    for version in sorted((home.published / "versions").iterdir()):
        files = [path for path in _files(home) if path.is_relative_to(version)]
        if not any(
            _count_in_duckdb(path, person) if path.suffix == ".duckdb" else count_in(person, path)
            for path in files
        ):
            continue
        if version == home.current.resolve():
            remake_current(home, clean)
        else:
            shutil.rmtree(version)


def _erase_files(home: Home, person: Person, place: str) -> None:
    """Take the person out of texts and SQLite databases; delete what is neither."""
    for path in [one for one in _files(home) if place_of(home, one) == place]:
        if path.suffix in (".sqlite", ".db"):
            _erase_sqlite(path, person)
        elif person.count(path.name):
            path.unlink()
        elif count_in(person, path):
            cleaned = person.clean(decoded(path.read_bytes())).encode()
            # In place, for a log is open in the process that writes it.
            with path.open("r+b") as file:
                file.write(cleaned)
                file.truncate()
            if count_in(person, path):
                path.unlink()


def _erase_sqlite(path: Path, person: Person) -> None:
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN IMMEDIATE")
        for table, column, row, value in list(_cells(connection, person)):
            connection.execute(
                f"UPDATE {quoted(table)} SET {quoted(column)} = ? WHERE rowid = ?", [value, row]
            )
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _begin(home: Home, office: Office, who: str, proof: str, at: datetime) -> str:
    """Enter in the journal that it begins, or take up the one of the same person that did not end."""
    with journal(home, SCHEMA) as kept:
        open_one = kept.execute(
            "SELECT erasure_id FROM erasure WHERE office = ? AND proof = ? AND done_at IS NULL",
            [office.code, proof],
        ).fetchone()
        if open_one is not None:
            return str(open_one["erasure_id"])
        erasure_id = hashlib.sha256(f"{proof}{at.isoformat()}".encode()).hexdigest()[:12]
        kept.execute(
            "INSERT OR IGNORE INTO erasure VALUES (?, ?, ?, NULL, ?, ?, '{}')",
            [erasure_id, office.code, at.isoformat(), who, proof],
        )
        return erasure_id


def _enter_places(home: Home, erasure_id: str, places: Counter[str]) -> None:
    """Add to the journal's entry how often the person was in a place that is erased now."""
    with journal(home, SCHEMA) as kept:
        (before,) = kept.execute("SELECT places FROM erasure WHERE erasure_id = ?", [erasure_id]).fetchone()
        value = Counter(json.loads(before)) + places
        kept.execute("UPDATE erasure SET places = ? WHERE erasure_id = ?", [json.dumps(value), erasure_id])
