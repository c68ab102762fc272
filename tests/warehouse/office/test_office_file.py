"""The office file is read as it is written, and what is wrong in it is told by its line, in its language."""

# ruff: noqa: E501  # a file and what is told of it stand on one line
from __future__ import annotations

import ast
from pathlib import Path

import pytest

from warehouse.office import subjects
from warehouse.office.model import Office, load_office
from warehouse.office.office_file import OfficeFileError
from warehouse.office.strict_yaml import read
from warehouse.office.subjects.counter_csv import may_share_a_file

HEAD = """\
code: auch
name: Office d'Auch
siren: "200066926"
"""
SITES = """\
municipalities:
  - {code: "32013", name: Auch}
sites:
  - code: desk
    name: Bureau
"""
OPEN = "    always_open: true\n"
COUNTERS = "counters:\n"


def counter(
    code: str = "door", *, files: str = "porte-*.csv", columns: str = "{E: in}", more: str = ""
) -> str:
    """A counter of the desk, five lines."""
    return (
        f"  - code: {code}\n    label: Porte\n    site: desk\n    format: csv\n"
        f'    csv: {{files: "{files}", date_column: D, date_formats: ["%d/%m/%Y"], count_columns: {columns}{more}}}\n'
    )


def load(tmp_path: Path, text: str) -> Office:
    path = tmp_path / "office.yml"
    path.write_text(text, encoding="utf-8")
    return load_office(path)


def problems(tmp_path: Path, text: str) -> list[str]:
    """What is told of a wrong file, from the line on."""
    with pytest.raises(OfficeFileError) as refused:
        load(tmp_path, text)
    assert "\n" not in str(refused.value)
    return [one.removeprefix(f"{tmp_path / 'office.yml'}:") for one in refused.value.problems]


# --- what is written is what is read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("14:00", "14:00"), ("9:30", "9:30"), ("010", "010"), ("0x1F", "0x1F"), ("1_000", "1_000"), ("no", "no"),
        ("on", "on"), ("2025-05-15", "2025-05-15"), (".inf", ".inf"), ("12e3x", "12e3x"), ('"14"', "14"),
        ("14", 14), ("-5", -5), ("5.5", 5.5), ("true", True), ("False", False), ("~", None), ("", None),
    ],
)  # fmt: skip
def test_only_plain_numbers_true_false_and_null_are_more_than_text(written: str, value: object) -> None:
    found = read(f"key: {written}\n".encode()).content["key"]
    assert (found, type(found)) == (value, type(value))


def test_a_key_is_the_text_that_is_written() -> None:
    assert read(b"{001: a, no: b, 1.0: c}").content == {"001": "a", "no": "b", "1.0": "c"}


def test_an_hour_without_quotes_is_the_hour_that_it_shows(tmp_path: Path) -> None:
    hours = "    opening: [{hours: [{start: 09:00, end: 14:00}]}]\n"
    (site,) = load(tmp_path, HEAD + SITES + hours).sites
    (span,) = site.opening[0].hours
    assert str(span) == "09:00–14:00"


# --- everything that is wrong, by its line ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "code: auch2\n", "4: code: « code » est déjà écrit à la ligne 1"),
        (HEAD + "nmae: Auch\n", "4: nmae: « nmae » n'est pas un champ connu ici ; vouliez-vous écrire « name » ?"),
        (HEAD + "zzz: 1\n", "4: zzz: « zzz » n'est pas un champ connu ici."),
        (HEAD.replace('"200066926"', "200066926"), "3: siren: « 200066926 » est lu comme un nombre ou un groupe"),
        (HEAD.replace('"200066926"', '"200 066 926"'), "3: siren: « 200 066 926 » n'est pas un SIREN : neuf"),
        (HEAD.replace("code: auch", "code: Auch"), "1: code: « Auch » n'est pas un code : minuscules"),
        (HEAD + "name2: x\nlanguage: fr\n", "4: name2: « name2 » n'est pas un champ connu ici ; vouliez-vous"),
        ("code: auch\nsiren: '200066926'\n", "1: name: champ obligatoire absent"),
        (HEAD.replace("Office d'Auch", ""), "2: name: le champ est vide"),
        (HEAD + "school_zone: c\n", "4: school_zone: « c » n'est pas un choix possible (A, B, C) ; vouliez-vous écrire « C »"),
        (HEAD + "time_zone: europe/paris\n", "4: time_zone: « europe/paris » n'est pas un fuseau horaire"),
        (HEAD + "sites: desk\n", "4: sites: « desk » n'est pas une liste"),
        (HEAD + "sites: [desk]\n", "4: sites.0: « desk » n'est pas un groupe de champs"),
        (HEAD + "privacy: {archive_days: {counters: 3.5}}\n", "4: privacy.archive_days.counters: « 3.5 » n'est pas un nombre entier"),
        (HEAD + "privacy: {archive_days: {counters: 0}}\n", "4: privacy.archive_days.counters: 0 est trop petit : au moins 1."),
        (HEAD + "privacy: {personal_days: {motorhome: -30}}\n", "4: privacy.personal_days.motorhome: -30 est trop petit : au moins 1."),
        (HEAD + SITES + "    always_open: yes\n", "9: sites.0.always_open: « yes » n'est ni true ni false"),
        (HEAD + SITES + "    opening: [{hours: [{start: 840, end: 12:00}]}]\n", "9: sites.0.opening.0.hours.0.start: « 840 » n'est pas une heure"),
        (HEAD + SITES + "    opening: [{hours: [{start: 9:30, end: 12:00}]}]\n", "9: sites.0.opening.0.hours.0.start: « 9:30 » n'est pas une heure"),
        (HEAD + SITES + "    opening: [{hours: [{start: 09:30Z, end: 12:00}]}]\n", "9: sites.0.opening.0.hours.0.start: « 09:30:00+00:00 »"),
        (HEAD + SITES + OPEN + "breaks: [{indicator: x, date: 15/05/2025, reason: r}]\n", "10: breaks.0.date: « 15/05/2025 » n'est pas une date"),
        (HEAD + SITES + "    opening: [{hours: [{start: 18:00, end: 09:00}]}]\n", "9: sites.0.opening.0.hours.0: les heures finissent à 09:00"),
        (
            HEAD + SITES + "    opening:\n      - hours:\n        - {start: 09:00, end: 13:00}\n        - {start: 12:30, end: 18:00}\n",
            "12: sites.0.opening.0.hours.1: les heures 12:30–18:00 chevauchent 09:00–13:00",
        ),
        (
            HEAD + SITES + "    opening:\n      - {hours: [{start: 09:00, end: 13:00}]}\n"
            "      - {first_day: 07-01, last_day: 08-31, weekdays: [sun], hours: [{start: 10:00, end: 19:00}]}\n",
            "11: sites.0.opening.1.hours.0: les heures 10:00–19:00 chevauchent 09:00–13:00",
        ),
        (
            HEAD + SITES + "    opening:\n      - {first_day: 11-01, last_day: 03-31, hours: [{start: 09:00, end: 13:00}]}\n"
            "      - {first_day: 03-31, last_day: 10-31, hours: [{start: 12:00, end: 19:00}]}\n",
            "11: sites.0.opening.1.hours.0: les heures 12:00–19:00 chevauchent 09:00–13:00",
        ),
        (
            HEAD + SITES + OPEN + "    exceptions:\n      - {first_date: 2025-05-01, last_date: 2025-05-03, reason: grève}\n"
            "      - {first_date: 2025-05-03, reason: travaux}\n",
            "12: sites.0.exceptions.1: deux exceptions pour le 2025-05-03 (« grève » et « travaux »)",
        ),
        (HEAD + SITES + OPEN + '    municipality: "32014"\n', "10: sites.0.municipality: « 32014 » n'est pas parmi les `municipalities` ; vouliez-vous écrire « 32013 »"),
        (HEAD + SITES + OPEN + COUNTERS + counter().replace("site: desk", "site: desks"), "13: counters.0.site: « desks » n'est pas parmi les `sites` ; vouliez-vous écrire « desk »"),
        (HEAD + SITES + OPEN + "breaks: [{indicator: x, site: desc, date: 2025-05-15, reason: r}]\n", "10: breaks.0.site: « desc » n'est pas parmi"),
        (HEAD + SITES + OPEN + COUNTERS + counter() + counter(files="b-*.csv"), "16: counters.1.code: « door » est écrit deux fois dans counters"),
        (HEAD + "alerts: {channels: [{name: a, address_secret: X}, {name: a, address_secret: Y}]}\n", "4: alerts.channels.1.name: « a » est écrit deux fois"),
        (HEAD + SITES + OPEN + COUNTERS + counter() + counter("gate"), "20: counters.1.csv.files: les compteurs door et gate liraient les mêmes colonnes"),
        (HEAD + SITES + OPEN + COUNTERS + counter() + counter("gate", files="porte-a-*.csv"), "20: counters.1.csv.files: les compteurs door et gate liraient"),
        (HEAD + SITES + OPEN + COUNTERS + counter() + counter("gate", columns="{F: in}", more=', separator: ","'), "20: counters.1.csv.files: les compteurs door et gate prennent les mêmes fichiers"),
        (HEAD + SITES + OPEN + COUNTERS + counter(files="*.csv"), "15: counters.0.csv.files: « *.csv » prend tous les fichiers"),
        (HEAD + SITES + OPEN + COUNTERS + counter().replace("%d/%m/%Y", "%m/%Y"), "15: counters.0.csv.date_formats.0: la forme « %m/%Y » ne dit pas tout, il manque %d "),
        (HEAD + SITES + OPEN + COUNTERS + counter().replace("date_column", "instant_column"), "15: counters.0.csv.date_formats.0: la forme « %d/%m/%Y » ne dit pas tout, il manque %H "),
        (HEAD + SITES + OPEN + COUNTERS + counter().replace("date_column", "instant_column").replace("%Y", "%Y %I:%M"), "15: counters.0.csv.date_formats.0: la forme « %d/%m/%Y %I:%M » ne dit pas tout, il manque %p "),
        ("code: [\n", "2: le YAML ne se lit pas ici"),
        ("code: &a [*a]\n", "1: code.0: ce renvoi se contient lui-même"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_line_in_french(tmp_path: Path, text: str, told: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(told)


def test_everything_that_is_wrong_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "code: Auch\nname: 12\nsiren: '1'\nsites: [{code: a, name: A}]\nlanguage: en\n"
    assert [problem.split(": ")[:2] for problem in problems(tmp_path, text)] == [
        ["1", "code"], ["2", "name"], ["3", "siren"], ["4", "sites.0"],
    ]  # fmt: skip


def test_what_does_not_hold_together_is_told_at_once(tmp_path: Path) -> None:
    wrong = counter().replace("site: desk", "site: x") + counter("gate").replace("site: desk", "site: y")
    told = problems(tmp_path, HEAD + SITES + OPEN + COUNTERS + wrong)
    assert len(told) == 3  # two unknown sites, and the files that both take


def test_errors_are_in_the_language_of_the_file(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, HEAD + "language: en\nnmae: Auch\n")
    assert problem == "5: nmae: “nmae” is no field known here; did you mean “name”?"


@pytest.mark.parametrize("columns", ["{F: in}", "{F: in, G: out}"])
def test_two_counters_may_share_a_file_in_columns_of_their_own(tmp_path: Path, columns: str) -> None:
    office = load(tmp_path, HEAD + SITES + OPEN + COUNTERS + counter() + counter("gate", columns=columns))
    assert len(office.counters) == 2


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a-*.csv", "a-*.csv", True), ("a-*.csv", "a-b-*.csv", True), ("a-*.csv", "b-*.csv", False),
        ("*-a.csv", "b-*.csv", True), ("a?.csv", "ab.csv", True), ("a?.csv", "abc.csv", False), ("*", "x", True),
    ],
)  # fmt: skip
def test_patterns_of_file_names_meet_when_one_name_matches_both(one: str, other: str, meet: bool) -> None:
    assert may_share_a_file(one, other) is meet
    assert may_share_a_file(other, one) is meet


def test_what_the_models_refuse_is_said_by_the_catalogue() -> None:
    trees = [
        ast.parse(path.read_text(encoding="utf-8")) for path in Path(subjects.__file__).parent.glob("*.py")
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    raised = [node.exc for node in nodes if isinstance(node, ast.Raise) and node.exc is not None]
    assert raised
    assert [ast.unparse(one) for one in raised if not ast.unparse(one).startswith("MisfitError(")] == []


@pytest.mark.parametrize("key", ["privacy.archive_days", "privacy.personal_days", "alerts.keepers"])
def test_what_is_said_of_a_source_that_nobody_knows_is_refused_with_the_nearest(
    tmp_path: Path, key: str
) -> None:
    path = tmp_path / "office.yml"
    subject, name = key.split(".")
    value = '"30"' if name == "keepers" else 30
    content = f"{subject}:\n  {name}: {{counter: {value}, motorhome: {value}}}\n"
    path.write_text(HEAD + content, encoding="utf-8")
    with pytest.raises(OfficeFileError) as refused:
        load_office(path, ("counters", "motorhome"))
    (told,) = refused.value.problems
    assert told == (
        f"{path}:5: {key}.counter: « counter » n'est pas une source connue ; vouliez-vous écrire "
        "« counters » ?"
    )
