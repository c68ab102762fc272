"""`vigie forget` on a home that holds one person everywhere: then they are nowhere, and no figure moved."""

# ruff: noqa: E501  # what is delivered stands on the lines that it has
from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

import flows.command.forgetting
from expectations.incidents import book
from expectations.incidents.life import Case, Incident, Transition
from flows.alerts.outbox import JOURNAL, Message, queue
from flows.command.forgetting import find, forget, person_of
from flows.night.ingesting import read_and_load, receive
from flows.night.preparing import prepare
from tests.flows.command.test_cli import vigie
from warehouse.office.model import Office
from warehouse.publishing.versions import publish
from warehouse.storage.contents import text_columns
from warehouse.storage.database import rows, working
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.words.person import Identifier

AS_OF = datetime(2025, 7, 10, 1, 30, tzinfo=UTC)
IDENTIFIERS = (
    Identifier("plate", "ZQ-987-XW"),
    Identifier("name", "Hélène Zirkovitch"),
    Identifier("email", "helene.zirkovitch@example.org"),
    Identifier("telephone", "+33 6 98 76 54 32"),
    Identifier("host", "L77812"),
    Identifier("text", "zirkovitch"),  # as it stands alone in names of files
)
# What must be in no byte of the home: as they are written there, and the hash of the plate.
CANARIES = (
    "ZQ-987-XW",
    "ZQ987XW",
    "Zirkovitch",
    "ZIRKOVITCH",
    "zirkovitch",
    "98 76 54 32",
    "98765432",
    "L77812",
)
PASSAGES = """Date;Heure;Sens;Plaque;Ticket;Ouverture
01/07/2025;10:00:00;E;ZQ-987-XW;;plaque
03/07/2025;10:00:00;S;ZQ 987 XW;;plaque
03/07/2025;11:00:00;E;AB-123-CD;;plaque
"""
DECLARATIONS = """Référence;Début de période;Fin de période;Compte logeur;Identifiant hébergement;N° d'enregistrement;\
Code INSEE;Commune;Nature;Catégorie;Capacité;Nuits;Personnes assujetties;Personnes exonérées;Nuitées assujetties;\
Nuitées exonérées;Nuitées;Prix de la nuit HT;Montant de la taxe;Motif;Nom du logeur;Adresse
D1;01/05/2025;31/05/2025;L77812;H00991;3201300009901;32013;Auch;Meublé de tourisme;3 étoiles;4;12;3;1;36;12;48;;58,06;;ZIRKOVITCH Hélène;Rue
D2;01/05/2025;31/05/2025;L11111;H00992;3201300009902;32013;Auch;Meublé de tourisme;3 étoiles;4;12;3;1;36;12;48;;58,06;;Un Autre;Rue
"""


def settled(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (0, 0))
    return path


def workbook() -> bytes:
    """A workbook in which she is a cell, and her number a number."""
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.append(["Nom", 698765432])
    made.active.append(["Hélène Zirkovitch", "x"])
    packed = BytesIO()
    made.save(packed)
    return packed.getvalue()


def fill(home: Home, office: Office) -> None:
    """Put her everywhere: files read, refused and waiting, tables, journal, logs, Prefect, published copies."""
    settled(home.inbox / "motorhome" / "passages-2025-07.csv", PASSAGES.encode())
    settled(home.inbox / "tourist_tax" / "declarations-zirkovitch.csv", DECLARATIONS.encode())
    settled(home.inbox / "tourist_tax" / "declarations-2024.xlsx", workbook())
    for source in ("motorhome", "tourist_tax"):
        receive(home, office, source, AS_OF)
        read_and_load(home, office, source, AS_OF)
    settled(
        home.inbox / "tourist_tax" / "declarations-2023.csv", b"a letter of helene.zirkovitch@example.org"
    )
    receive(home, office, "tourist_tax", AS_OF)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("objets/1.json", '{"nom": "H\\u00e9l\\u00e8ne Zirkovitch"}')
    settled(home.inbox / "tourism_information" / "waiting.zip", packed.getvalue())
    settled(home.inbox / "tourism_information" / "Zirkovitch.txt", b"nothing")
    settled(home.inbox / "counters" / ".mqtt-1.ndjson", b'{"payload": "0698765432"}\n')
    prepare(home, office, AS_OF)
    with working(home) as connection:
        connection.execute(
            """INSERT INTO quality.quarantined_row
               SELECT office, source, sha256, delivery_id, 2, 'Nom', 'r', 'not: Zirkovitch Hélène', NULL FROM quality.load"""
        )
        connection.execute("CREATE TABLE marts.leak AS SELECT '' AS told, [''] AS hosts")
        connection.execute(
            "CREATE TABLE staging.line AS SELECT host_id, lodging_id FROM raw.tax_declarations"
        )
    publish(home, AS_OF)
    publish(home, AS_OF)
    with duckdb.connect(str(home.published_database)) as connection:
        # As an older Vigie published it.
        connection.execute("UPDATE marts.leak SET told = 'chez ZQ 987 XW', hosts = ['L77812', 'x']")
        connection.execute(f"COPY marts.leak TO '{home.current / 'marts' / 'leak.parquet'}'")
    for version in sorted((home.published / "versions").iterdir()):
        settled(version / "pages" / "index.html", "<p>chez Hélène Zirkovitch</p>".encode())
    with journal(home, JOURNAL) as kept:
        one = Incident(
            "auch", "i1", "counter_silent", "counter:door", "zeros", "medium", AS_OF, AS_OF, None, "e", None, None,
            status="acknowledged", acknowledged_by="hélène zirkovitch", comment="rappeler au 06 98 76 54 32",
        )  # fmt: skip
        step = Transition(
            "i1", AS_OF, "Zirkovitch, Hélène", "acknowledged", "acknowledged", comment="ZQ987XW"
        )
        book.write_cases(kept, [Case(one, AS_OF, [step])])
        queue(kept, [Message("m1", "staff", "i1", "auch", "opened", "medium", "counter:door", AS_OF, AS_OF, "t",
                             "Helene Zirkovitch, +33698765432", None)])  # fmt: skip
    home.prefect.mkdir(parents=True)
    with closing(sqlite3.connect(home.prefect / "prefect.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE log (message TEXT, payload BLOB)")
        connection.execute(
            "INSERT INTO log VALUES ('{\"a\": \"H\\u00e9l\\u00e8ne Zirkovitch\"}', CAST('L77812' AS BLOB))"
        )
        connection.commit()
    for log in (home.log_file, home.prefect / "server.log", home.work / "vigie.log.1"):
        log.write_text(
            "2025 ERROR declarations-zirkovitch.csv: Hélène Zirkovitch\nanother line\n", encoding="utf-8"
        )
    settled(home.staging / "motorhome" / "1" / "rows.csv.gz", gzip.compress(b"ZQ-987-XW"))
    settled(home.pipelines / "vigie_motorhome" / "load" / "loaded" / "1" / "x.txt", b"L77812")
    settled(home.root / "returned" / "tourist_tax" / "declarations.xlsx", workbook())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("forget") / "home")
    home.root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIE_PLATE_KEY", "k" * 64)
        settled(home.office_file, (Path(__file__).parents[2] / "demo" / "auch" / "office.yml").read_bytes())
        fill(home, office)
        yield home


@pytest.fixture
def home(filled: Home, tmp_path: Path) -> Home:
    """A copy of that home."""
    shutil.copytree(filled.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def remains(home: Home) -> list[str]:
    """Every place of the home, at any depth, that holds one of the canaries or a hash of her plate."""
    person = person_of(home, OFFICE[0], IDENTIFIERS)
    words = [word.encode() for word in (*CANARIES, *person.exact)]
    words += [word.encode("utf-16-le") for word in CANARIES]
    found: list[str] = []

    def look(name: str, content: bytes) -> None:
        found.extend(f"{name}: {word!r}" for word in words if word in content or word in name.encode())
        if content.startswith(b"PK"):
            with zipfile.ZipFile(BytesIO(content)) as container:
                for inside in container.namelist():
                    look(f"{name}/{inside}", container.read(inside))
        if content.startswith(b"PAR1"):
            values = duckdb.sql(f"SELECT * FROM read_parquet('{name}')").fetchall()
            look(f"{name}, read", repr(values).encode())

    for path in home.root.rglob("*"):
        if path.is_file():
            look(str(path), path.read_bytes())
            if path.suffix == ".duckdb":
                with duckdb.connect(str(path), read_only=True) as connection:
                    for schema, table, column, _ in text_columns(connection):
                        values = connection.execute(f'SELECT "{column}" FROM "{schema}"."{table}"').fetchall()
                        look(f"{path.name} {schema}.{table}.{column}", repr(values).encode())
    return found


OFFICE: list[Office] = []


@pytest.fixture(autouse=True)
def _known(office: Office) -> None:
    OFFICE[:] = [office]


def figures(home: Home) -> list[Any]:
    """What figures are reckoned from: every raw row, its personal columns but for which values are equal."""
    with working(home) as connection:
        return [
            rows(
                connection,
                """SELECT passed_at, direction, plate_hash IS NULL AS is_unread,
                          dense_rank() OVER (ORDER BY min_at) AS vehicle
                   FROM (SELECT *, min(passed_at) OVER (PARTITION BY plate_hash) AS min_at
                         FROM raw.motorhome_passages) ORDER BY ALL""",
            ),
            rows(
                connection,
                """SELECT count(*) AS n, count(DISTINCT host_id) AS hosts, count(DISTINCT lodging_id) AS lodgings,
                          sum(declared_eur) AS eur FROM raw.tax_declarations""",
            ),
            rows(
                connection,
                "SELECT delivery_id, rows_read, rows_loaded, status FROM quality.load ORDER BY ALL",
            ),
        ]


def test_she_is_everywhere_before(home: Home) -> None:
    places = {line.removeprefix(str(home.root) + "/").split("/")[0].split(":")[0] for line in remains(home)}
    assert places >= {"archive", "inbox", "journal.sqlite", "published", "returned", "warehouse"}


def test_nothing_of_her_is_left_in_any_byte_of_the_home_and_no_figure_changed(
    home: Home, office: Office
) -> None:
    before = figures(home)
    erased = forget(home, office, person_of(home, office, IDENTIFIERS), "dpo")
    assert remains(home) == []
    assert not erased.left.is_anywhere
    after = figures(home)
    assert after[:2] == before[:2]
    statuses = [(row["status"], later["status"]) for row, later in zip(before[2], after[2], strict=True)]
    assert set(statuses) == {("loaded", "loaded"), ("refused", "expired"), ("received", "expired")}
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        assert connection.execute("SELECT told, hosts FROM marts.leak").fetchall() == [
            ("chez [effacé]", ["[effacé]", "x"])
        ]
    assert len(list((home.published / "versions").iterdir())) == 1


def test_others_are_left_as_they_are(home: Home, office: Office) -> None:
    forget(home, office, person_of(home, office, IDENTIFIERS), "dpo")
    with working(home) as connection:
        hosts = rows(connection, "SELECT host_id, lodging_id FROM raw.tax_declarations ORDER BY ALL")
    assert hosts[0] == {"host_id": "L11111", "lodging_id": "H00992"}
    assert all(value.startswith("effacé-") for value in hosts[1].values())
    assert "another line" in home.log_file.read_text(encoding="utf-8")


def test_a_dry_run_tells_where_and_how_often_and_changes_nothing(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    def state() -> dict[Path, str]:
        return {
            path: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in home.root.rglob("*")
            if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))
        }

    before = state()
    given = [part for one in IDENTIFIERS for part in (f"--{one.kind}", one.given)]
    assert vigie("forget", "--home", home.root, "--dry-run", *given) == 0
    said = " ".join(capsys.readouterr().out.split())
    for place in ("archive", "inbox", "base de travail", "journal", "publiées", "journaux techniques"):
        assert place in said
    assert "Rien n'a été changé" in said
    assert not any(word in said for word in (*CANARIES, "Un Autre", "L11111"))
    assert state() == before


def test_the_receipt_tells_what_was_done_and_not_of_whom(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [part for one in IDENTIFIERS for part in (f"--{one.kind}", one.given)]
    assert vigie("forget", "--home", home.root, "--by", "dpo", *given) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "ATTESTATION D'EFFACEMENT" in said
    assert "RGPD, article 17" in said
    assert not any(word in said for word in CANARIES)
    with journal(home, flows.command.forgetting.SCHEMA) as kept:
        (entry,) = [dict(row) for row in kept.execute("SELECT * FROM erasure")]
    assert entry["who"] == "dpo"
    assert entry["done_at"] is not None
    assert entry["erasure_id"] in said
    assert '"archive"' in entry["places"]
    assert vigie("forget", "--home", home.root, *given) == 0
    assert "Introuvable" in capsys.readouterr().out


def test_the_same_bytes_do_not_bring_her_back(home: Home, office: Office) -> None:
    forget(home, office, person_of(home, office, IDENTIFIERS), "dpo")
    settled(home.inbox / "motorhome" / "passages-2025-07.csv", PASSAGES.encode())
    settled(home.inbox / "tourist_tax" / "declarations-zirkovitch-bis.csv", DECLARATIONS.encode())
    settled(home.inbox / "tourism_information" / "Zirkovitch.txt", b"nothing")
    for source in ("motorhome", "tourist_tax", "tourism_information"):
        assert receive(home, office, source, AS_OF).new == ()
        result = read_and_load(home, office, source, AS_OF)
        assert (result.new, result.refused, result.failed) == ([], [], [])
    assert remains(home) == []


@pytest.mark.parametrize("place", ("inbox", "archive", "warehouse", "published"))
def test_killed_at_any_place_it_is_run_again_and_ends_what_it_began(
    home: Home, office: Office, place: str
) -> None:
    # In a process of its own, which dies once the place was erased and before that is entered anywhere.
    code = f"""
import os
from pathlib import Path
import flows.command.forgetting as f
from warehouse.storage.layout import Home
from warehouse.office.model import load_office
from warehouse.words.person import Identifier
erase = f._erase
def dying(home, office, person, place, at):
    done = erase(home, office, person, place, at)
    if place == {place!r}: os._exit(9)
    return done
f._erase = dying
home = Home(Path({str(home.root)!r}))
office = load_office(home.office_file)
given = [Identifier(*one) for one in {[(one.kind, one.given) for one in IDENTIFIERS]!r}]
f.forget(home, office, f.person_of(home, office, given), "dpo")
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == 9
    erased = forget(home, office, person_of(home, office, IDENTIFIERS), "dpo")
    assert remains(home) == []
    assert not erased.left.is_anywhere
    with journal(home, flows.command.forgetting.SCHEMA) as kept:
        entries = kept.execute("SELECT done_at FROM erasure").fetchall()
    assert [row["done_at"] is not None for row in entries] == [True]


def test_what_the_office_wrote_itself_is_left_to_it(home: Home, office: Office) -> None:
    with home.office_file.open("a", encoding="utf-8") as file:
        file.write("# Hélène Zirkovitch\n")
    found = find(home, office, person_of(home, office, IDENTIFIERS))
    assert found.files == [home.office_file]
    erased = forget(home, office, person_of(home, office, IDENTIFIERS), "dpo")
    assert erased.left.files == [home.office_file]
    assert "Zirkovitch" in home.office_file.read_text(encoding="utf-8")
