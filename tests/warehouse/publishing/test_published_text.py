"""What published columns of text may hold, and what stands there instead of all else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.publishing.published_text import Known
from warehouse.publishing.versions import publish
from warehouse.storage.database import working
from warehouse.storage.layout import Home
from warehouse.words.personal import looks_personal
from warehouse.words.shapes import typed

NIGHT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
KNOWN = Known("fr", frozenset({"porte", "auch"}), {"nature": ("hotel", "other")})


def published(home: Home, content: str, known: Known | None = KNOWN) -> list[tuple[Any, ...]]:
    """The rows of a mart with these columns, once they are published."""
    with working(home) as connection:
        connection.execute(f"CREATE OR REPLACE TABLE marts.things AS {content}")
        connection.execute("CREATE OR REPLACE TABLE settings.site AS SELECT 'desk' AS site")
    publish(home, NIGHT, known=known)
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        found = connection.execute("SELECT * FROM marts.things").fetchall()
    parquet = home.current / "marts" / "things.parquet"
    assert duckdb.sql(f"FROM read_parquet('{parquet}')").fetchall() == found
    return found


CASES = [
    ("nobody_declared_it", "Jean Dupont", "texte de 11 caractères"),
    ("nature", "hotel", "hotel"),
    ("nature", "other", "other"),
    ("nature", "0612345678", "10 chiffres"),
    ("site", "desk", "desk"),
    ("site", "all", "all"),
    ("site", "Dupont", "texte de 6 caractères"),
    ("municipality_code", "2A004", "2A004"),
    ("municipality_code", "0612345678", "10 chiffres"),
    ("object_name", "Domaine d'Arton", "Domaine d'Arton"),
    ("object_name", "Anne 06.12.34.56.78", "texte de 19 caractères"),
    ("file", "porte-auch-2025-07.csv", "porte-auch-2025-07.csv"),
    ("file", "porte-Dupont-2025-07.csv", "porte-[texte de 6 caractères]-2025-07.csv"),
    ("message", "remplace 3 lignes", "remplace 3 lignes"),
    ("message", f"« {typed('Dupont')} » n'en est pas", "« texte de 6 caractères » n'en est pas"),
    ("subject", "check:raw.tax_declarations", "check:raw.tax_declarations"),
    ("subject", "porte:Dupont", "porte:[texte de 6 caractères]"),
]


def test_a_text_that_its_column_may_not_hold_is_published_by_its_shape(home: Home) -> None:
    with working(home) as connection:
        connection.execute("CREATE TABLE settings.site AS SELECT 'desk' AS site")
        for rank, (column, text, _) in enumerate(CASES):
            connection.execute(f'CREATE TABLE marts.things_{rank} AS SELECT ?::VARCHAR AS "{column}"', [text])
    publish(home, NIGHT, known=KNOWN)
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        shown = [
            connection.execute(f"SELECT * FROM marts.things_{rank}").fetchone() for rank in range(len(CASES))
        ]
    assert shown == [(expected,) for *_, expected in CASES]


def test_the_texts_of_lists_are_closed_one_by_one(home: Home) -> None:
    found = published(home, "SELECT ['run:night', 'Dupont'] AS subjects, [1] AS numbers")
    assert found == [(["run:night", "[texte de 6 caractères]"], [1])]


def test_several_values_of_one_cell_are_each_looked_at(home: Home) -> None:
    known = Known("fr", frozenset(), {"mobility_type": ("BIKE", "CAR", "other")})
    cells = "VALUES ('BIKE,CAR'), ('BIKE,Dupont'), ('BIKE,other')"
    found = published(home, f"SELECT * FROM ({cells}) t(mobility_type) ORDER BY 1", known)
    assert {cell for (cell,) in found} == {"BIKE,CAR", "BIKE,other", "texte de 11 caractères"}


def test_rows_that_nothing_tells_apart_but_what_was_typed_stay_as_many(home: Home) -> None:
    found = published(home, "SELECT * FROM (VALUES ('Anne', 1), ('Paul', 2), ('hotel', 3)) t(nature, n)")
    assert sorted(n for _, n in found) == [1, 2, 3]
    assert {nature for nature, _ in found} == {"hotel", "texte de 4 caractères"}


def test_no_byte_of_the_version_holds_what_was_typed(home: Home) -> None:
    published(home, "SELECT 'Quastemarque' || i AS nature FROM range(3000) t(i)")
    files = [path for path in home.current.resolve().rglob("*") if path.is_file()]
    assert files and not [path for path in files if b"Quastemarque" in Path(path).read_bytes()]


def test_without_what_is_known_codes_of_the_office_file_are_shown_and_lists_are_not(home: Home) -> None:
    assert published(home, "SELECT 'desk' AS site, 'hotel' AS nature", None) == [
        ("desk", "texte de 5 caractères")
    ]


@pytest.mark.parametrize(
    "text",
    ["06 12 34 56 78", "+33612345678", "a.b@exemple.fr", "AB-123-CD", "1234 AB 32", "1234 BCD", "HH-AB 123",
     "1-ABC-123", "AB-123-C", "AB12 CDE"],
)  # fmt: skip
def test_numbers_and_plates_look_personal(text: str) -> None:
    assert looks_personal(f"vu par {text} hier")


@pytest.mark.parametrize(
    "text",
    ["Du 4 mars au 12 avril 2025", "Marché de Noël 2024", "Le GR 65", "La saisie a commencé en juin 2024."],
)
def test_dates_and_names_do_not(text: str) -> None:
    assert not looks_personal(text)
