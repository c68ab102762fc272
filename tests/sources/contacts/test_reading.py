"""Contacts of the desks: the workbook and Verdon's export, their words as ours and nobody's name in them."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from sources.reading.faults import MOST_WORDS, faults_of, nearest, remedy
from tests.refusals import refused
from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"
HEADING = (
    "Date;Heure;Bureau;Canal;Profil;Composition;Nombre de personnes;dont enfants;dont ados;Pays;Département;"
    "Langue;Demande 1;Demande 2;Demande 3;Agent (initiales)\n"
)
ROW = (
    "02/07/2025;10:40;Auch;Comptoir;Touriste;Famille;4;2;0;France;31 - Haute-Garonne;Français;Marchés;;;AB\n"
)
VERDON = (
    "ID", "Ville", "Statut", "Date de création", "Date de complétion", "Étape actuelle", "Nom de l'agent",
    "Email de l'agent", "Type de visiteur", "Pays", "Département(s)", "Département inconnu", "Email visiteur",
    "Consent Newsletter", "Consent Traitement données", "Profil visiteur", "Tranches d'âge",
    "Caractéristiques",
    "Date de modification", "Méthode de contact", "Demandes spécifiques ville", "Autres demandes spécifiques",
    "Demandes générales", "Autres demandes générales", "Demande texte libre",
)  # fmt: skip


def verdon(*rows: dict[str, str]) -> bytes:
    """A workbook of Verdon's tool, its first sheet the contacts and its second computed."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Listing qualifications"
    page.append(VERDON)
    for row in rows:
        page.append([row.get(name) for name in VERDON])
    book.create_sheet("KPIs").append(["Total", 12])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


CONTACT = {
    "ID": "12", "Ville": "Auch", "Statut": "Complété", "Date de création": "05/07/2025 09:00",
    "Nom de l'agent": "Jeanne Martin", "Email visiteur": "x@exemple.fr", "Type de visiteur": "Habitant",
    "Pays": "Angleterre", "Profil visiteur": "Groupe d'amis", "Date de modification": "02/07/2025 10:40",
    "Méthode de contact": "Direct", "Demandes générales": "Commerces, Randonnées",
    "Demande texte libre": "Jeanne veut un plan",
}  # fmt: skip


def test_the_workbook_is_read_in_our_words(read_source: ReadSource) -> None:
    read = read_source("contacts", FIXTURES / "accueil-auch-2025.csv")
    columns = (
        "site",
        "local_date",
        "channel",
        "profile",
        "party",
        "persons_count",
        "country_code",
        "language",
    )
    assert read.rows(*columns)[:2] == [
        ("auch", date(2025, 7, 2), "desk", "tourist", "family", 4, "FR", "fr"),
        ("auch", date(2025, 7, 2), "desk", "same_day_visitor", "solo", 1, "ES", "es"),
    ]
    # On a local clock; a party whose hour nobody noted has none.
    assert read.rows("contacted_at", "department_code", "themes", "second_theme")[:1] == [
        (datetime(2025, 7, 2, 8, 40), "31", "documentation", "cathedral")  # noqa: DTZ001
    ]
    assert read.rows("contacted_at")[3] == (None,)


def test_two_parties_that_are_noted_alike_are_two(read_source: ReadSource) -> None:
    assert (
        read_source("contacts", HEADING + ROW + ROW, "accueil-auch-2025.csv").reading.account.rows_loaded == 2
    )


def test_a_party_of_nobody_is_quarantined(read_source: ReadSource) -> None:
    row = ROW.replace(";4;", ";0;")
    read = read_source("contacts", HEADING + ROW + row, "accueil-auch-2025.csv")
    assert read.faults() == [(3, "Nombre de personnes", "out_of_bounds")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Royaume-Uni", "GB"), ("ANGLETERRE", "GB"), ("pays bas", "NL"), ("Etats-Unis", "US"),
        ("Spain", "ES"),        ("be", "BE"), ("Inconnu", "unknown"), ("", None), ("Syldavie", "other"),
    ],
)  # fmt: skip
def test_a_country_is_told_by_its_name_or_its_code(
    read_source: ReadSource, said: str, code: str | None
) -> None:
    read = read_source("contacts", HEADING + ROW.replace("France", said), "accueil-auch-2025.csv")
    assert read.rows("country_code") == [(code,)]
    assert ("Syldavie" in read.reading.account.message) == (code == "other")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("31 - Haute-Garonne", "31"), ("1", "01"), ("2a - Corse-du-Sud", "2A"), ("974 - La Réunion", "974"),
        ("Inconnu", "unknown"), ("", None), ("99 - Ailleurs", "other"),
        ("31 - Haute-Garonne, 32 - Gers", "other"),        ("313", "other"),
    ],
)  # fmt: skip
def test_a_department_is_told_by_the_code_that_it_begins_with(
    read_source: ReadSource, said: str, code: str | None
) -> None:
    read = read_source("contacts", HEADING + ROW.replace("31 - Haute-Garonne", said), "accueil-auch-2025.csv")
    assert read.rows("department_code") == [(code,)]


def with_department(cell: object) -> bytes:
    """A workbook of one contact whose department is this cell."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Contacts"
    page.append(HEADING.strip().split(";"))
    page.append(ROW.strip().split(";"))
    page.cell(2, 11).value = cell
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cell", "code"), [(1, "01"), (1.0, "01"), (9, "09"), (32, "32"), (971, "971"), (100, "other")]
)
def test_a_department_that_a_spreadsheet_took_for_a_number_gets_its_zero_back(
    read_source: ReadSource, cell: object, code: str
) -> None:
    read = read_source("contacts", with_department(cell), "accueil-auch-2025.xlsx")
    assert read.rows("department_code") == [(code,)]
    assert ("Département" in read.reading.account.message) == (code == "other")


@pytest.mark.parametrize("cell", [0.01, date(2025, 2, 1)])
def test_a_department_that_a_spreadsheet_took_for_anything_else_is_a_faulty_cell(
    read_source: ReadSource, cell: object
) -> None:
    read = read_source("contacts", with_department(cell), "accueil-auch-2025.xlsx")
    assert read.faults() == [(2, "Département", "spoilt_identifier")]


def test_verdon_s_contacts_count_on_the_day_of_the_contact_and_have_no_number_of_persons(
    read_source: ReadSource,
) -> None:
    read = read_source("contacts", verdon(CONTACT), "qualifications_01-07-2025_au_31-07-2025.xlsx")
    columns = ("local_date", "profile", "party", "persons_count", "country_code", "themes")
    assert read.rows(*columns) == [
        (date(2025, 7, 2), "local", "friends", None, "GB", "local_shops,walks"),
    ]


def test_a_draft_of_verdon_s_is_left_out_by_name(read_source: ReadSource) -> None:
    draft = CONTACT | {"ID": "13", "Statut": "En cours"}
    read = read_source("contacts", verdon(CONTACT, draft), "qualifications.xlsx")
    assert read.reading.account.rows_filtered == 1
    assert "draft 1" in read.reading.account.message


def test_no_name_and_no_free_text_is_loaded(read_source: ReadSource) -> None:
    read = read_source("contacts", verdon(CONTACT), "qualifications.xlsx")
    assert "Jeanne" not in str(read.rows("*"))
    assert "exemple" not in str(read.rows("*"))


@pytest.mark.parametrize("content", [HEADING.replace("Profil;", "") + ROW.replace("Touriste;", ""), "", "x"])
def test_a_file_that_is_no_log_of_contacts_is_refused(read_source: ReadSource, content: str) -> None:
    with refused(r"Profil|vide|aucune description"):
        read_source("contacts", content, "accueil-auch-2025.csv")


def test_a_faulty_day_is_told_in_its_own_column_and_not_as_a_fault_of_the_hour(
    read_source: ReadSource,
) -> None:
    rest = ROW.split(";", 2)[2]
    moments = ("02/07/2025;10:40", "32/07/2025;10:40", "03/07/2025;25:10", "03/07/2035;10:40")
    lines = HEADING + "".join(f"{moment};{rest}" for moment in moments)
    account = read_source("contacts", lines, "accueil-auch-2025.csv").reading.account
    faults = faults_of([*account.quarantine, *account.beside])
    assert [(one.line, one.column) for one in faults] == [(3, "Date"), (4, "Heure"), (5, "Date")]


def test_of_a_country_that_is_misspelt_the_nearest_is_told_and_not_all(read_source: ReadSource) -> None:
    lines = HEADING + ROW + ROW.replace("France", "Franse")
    account = read_source("contacts", lines, "accueil-auch-2025.csv").reading.account
    (fault,) = faults_of(account.beside)
    assert nearest(fault) == "France"
    assert remedy(fault, "fr").count("«") == MOST_WORDS
