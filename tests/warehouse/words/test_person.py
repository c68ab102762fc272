"""A person is found however they are written, and nobody else is."""

from __future__ import annotations

import json

import pytest

from warehouse.errors import UsageError
from warehouse.words.person import MARK, Identifier, Kind, Person


def person(kind: Kind, text: str) -> Person:
    return Person([Identifier(kind, text)])


@pytest.mark.parametrize(
    ("kind", "given", "written"),
    [
        ("plate", "AB-123-CD", "le ab 123 cd, vers 10 h"),
        ("plate", "ab123cd", "03/07/2025;AB-123-CD;T1"),
        ("plate", "B XY 1234", "B·XY-1234"),
        ("telephone", "06 12 34 56 78", "+33 6 12 34 56 78"),
        ("telephone", "+33612345678", "06.12.34.56.78"),
        ("telephone", "0612345678", "0033 (0)6-12-34-56-78"),
        ("telephone", "0612345678", "<v>612345678</v>"),
        ("telephone", "+49 170 1234567", "0049-170/1234567"),
        ("name", "Hélène Dùpont", "DUPONT  Helene"),
        ("name", "Jean-Luc O'Brien", "o'brien jean luc"),
        ("name", "Hélène Dupont", json.dumps({"nom": "Hélène Dupont"})),
        ("name", "Hélène Dupont", "H&eacute;l&egrave;ne Dupont"),
        ("name", "Hélène Dupont", "<r><t>Hél</t></r><r><t>ène Dupont</t></r>"),
        (
            "name",
            "Hélène Dupont",
            "<w:p><w:t>Hél</w:t><w:t>ène Dupont</w:t></w:p><w:p><w:t>Accueil</w:t></w:p>",
        ),
        ("name", "Hélène Dupont", "<p><b>Hélène</b> Dupont<br>Accueil</p>"),
        ("email", "Helene@Example.org", "mailto:helene@example.org?subject=x"),
        ("email", "helene@example.org", "to=helene%40example.org"),
        ("host", "L0012", "D1;l0012;H0018"),
        ("text", "12 rue des Lices", "12  RUE des\nLices"),
    ],
)
def test_a_person_is_found_and_taken_out_however_they_are_written(
    kind: Kind, given: str, written: str
) -> None:
    who = person(kind, given)
    assert who.count(written) == 1
    cleaned = who.clean(written)
    assert who.count(cleaned) == 0
    assert MARK in cleaned


@pytest.mark.parametrize(
    ("kind", "given", "written"),
    [
        ("plate", "AB-123-CD", "XAB-123-CD"),
        ("plate", "AB-123-CD", "AB-123-CDE"),
        ("telephone", "0612345678", "06123456789"),
        ("telephone", "0612345678", "1.0612345678912"),
        ("name", "Jean Dupont", "Jean Dupontel"),
        ("name", "Jean Dupont", "Jeanne, Dupont"),
        ("email", "a.b@example.org", "xa.b@example.org"),
        ("email", "a.b@example.org", "a.b@example.organic"),
        ("host", "L0012", "L00123"),
    ],
)
def test_nobody_else_is_found(kind: Kind, given: str, written: str) -> None:
    assert person(kind, given).count(written) == 0
    assert person(kind, given).clean(written) == written


def test_what_stands_around_stays_as_it_is() -> None:
    assert person("name", "Hélène Dupont").clean("Été : Hélène Dupont, Œuvre") == f"Été : {MARK}, Œuvre"


def test_what_is_too_short_to_be_one_person_is_refused() -> None:
    with pytest.raises(UsageError, match="« L12 » est trop court"):
        person("host", "L12")
    with pytest.raises(UsageError, match="Dites de qui il s'agit"):
        Person([])


def test_the_proof_is_the_same_for_all_ways_of_writing_and_tells_nothing_without_its_key() -> None:
    one, other = person("telephone", "06 12 34 56 78"), person("telephone", "+33612345678")
    assert one.proof("key") == other.proof("key") != one.proof("another")
    assert person("name", "Hélène Dupont").proof("key") == person("name", "DUPONT Helene").proof("key")
