"""Questionnaires of four tools, each by a layout of the office: answers, never a name or a free text."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest

from sources.catalogue import Context, SourceReading, find
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery

FIXTURES = Path(__file__).parent / "fixtures"
SATISFIED = '{"true": [Très satisfait, Satisfait], "false": [Peu satisfait, Pas du tout satisfait]}'
LIMESURVEY = f"""
tool: LimeSurvey, satisfaction 2025
table: survey_answers
file: {{names: "results-survey732001*"}}
columns:
  questionnaire: {{constant: satisfaction-2025}}
  response_number: {{heading: ID de la réponse}}
  answered_on: {{heading: Date de soumission}}
  channel: {{constant: on_site}}
  site: {{constant: auch}}
across:
  heading: [Date de lancement, "/accueil/", "/documentation/", "/recommanderiez-vous/"]
  becomes: item
  value: is_satisfied
  values:
    response: Date de lancement
    welcome_staff: "/accueil/"
    documents: "/documentation/"
    destination_recommendation: "/recommanderiez-vous/"
  scales:
    - {{of: response}}
    - {{of: [welcome_staff, documents], means: {SATISFIED}}}
    - {{of: destination_recommendation, means: {{"true": ["7", "8", "9", "10"], "false": "/^[0-6]$/"}}}}
ignored: [Dernière page, Langue de départ, Tête de série, Date de la dernière action, Adresse IP]
rows:
  keep: {{heading: Date de soumission, values: "/[0-9]/", others: "/^$/", otherwise: not_submitted}}
"""
FORMS = """
tool: Microsoft Forms, distance 2025
table: survey_answers
file: {names: "distance*"}
columns:
  questionnaire: {constant: distance-2025}
  response_number: {heading: ID}
  answered_on: {heading: Heure de fin}
  channel: {constant: remote}
across:
  heading: [Heure de début, "/site internet/"]
  becomes: item
  value: is_satisfied
  values: {response: Heure de début, website_consulted: "/site internet/"}
  scales:
    - {of: response}
    - {of: website_consulted, means: {"true": Oui, "false": Non}}
ignored: [Adresse de messagerie, Nom, Heure de la dernière modification]
"""
GOOGLE = """
tool: Google Forms, satisfaction 2025
table: survey_answers
file: {names: "reponses-google*"}
columns:
  questionnaire: {constant: sondage-2025}
  response_number: {heading: Horodateur}
  answered_on: {heading: Horodateur}
  channel: {constant: remote}
across:
  heading: ["/accueil/", "/site internet/"]
  becomes: item
  value: is_satisfied
  values: {welcome_staff: "/accueil/", website_consulted: "/site internet/"}
  scales:
    - {of: welcome_staff, means: {"true": ["Tout à fait d'accord", "Plutôt d'accord"], "false": "/pas/"}}
    - {of: website_consulted, means: {"true": Oui, "false": Non}}
ignored: [Adresse e-mail]
"""
TYPEFORM = f"""
tool: Typeform, accueil 2025
table: survey_answers
file: {{names: "typeform*"}}
columns:
  questionnaire: {{constant: accueil-2025}}
  response_number: {{heading: "#"}}
  answered_on: {{heading: Submit Date (UTC), clock: utc}}
  channel: {{constant: remote}}
across:
  heading: [Start Date (UTC), "/accueil/", "/site internet/"]
  becomes: item
  value: is_satisfied
  values: {{response: Start Date (UTC), welcome_staff: "/accueil/", website_consulted: "/site internet/"}}
  scales:
    - {{of: response}}
    - {{of: welcome_staff, means: {SATISFIED}}}
    - {{of: website_consulted, means: {{"true": Oui, "false": Non}}}}
ignored: [Response Type, Stage Date (UTC), Network ID, Tags]
rows:
  keep: {{heading: Submit Date (UTC), values: "/[0-9]/", others: "/^$/", otherwise: not_submitted}}
"""
ANSWER = "response_number, answered_on, item, is_satisfied"
Read = Callable[..., SourceReading]


@pytest.fixture
def read(tmp_path: Path, office: Office, as_of: datetime) -> Read:
    """Reads content as a delivery of a home that has these layouts."""

    def reader(content: bytes, name: str, *layouts: str) -> SourceReading:
        folder = tmp_path / "layouts" / "surveys"
        folder.mkdir(parents=True, exist_ok=True)
        for rank, text in enumerate(layouts):
            (folder / f"questionnaire{rank}.yml").write_text(text, encoding="utf-8")
        path = tmp_path / "archived"
        path.write_bytes(content)
        delivery = Delivery(7, office.code, "surveys", name, "0" * 64, naive_utc(as_of), path)
        reading = find("surveys").read(delivery, Context(office, str, tmp_path, as_of, Home(tmp_path)))
        assert reading.account.balances
        return reading

    return reader


def answers(reading: SourceReading, columns: str = ANSWER) -> list[tuple[object, ...]]:
    (path,) = reading.tables.values()
    return duckdb.execute(f"SELECT {columns} FROM read_parquet('{path}')").fetchall()


def test_limesurvey_gives_a_row_a_response_and_one_an_answer_of_those_that_were_submitted(read: Read) -> None:
    name = "results-survey732001.csv"
    found = read((FIXTURES / name).read_bytes(), name, LIMESURVEY, FORMS, GOOGLE)
    first, last = date(2025, 7, 2), date(2025, 7, 14)
    assert answers(found) == [
        ("1", first, "response", None), ("1", first, "welcome_staff", True), ("1", first, "documents", False),
        ("1", first, "destination_recommendation", True),
        ("3", last, "response", None), ("3", last, "destination_recommendation", False),
    ]  # fmt: skip
    assert set(answers(found, "channel, site")) == {("on_site", "auch")}
    (path,) = found.tables.values()
    text = str(duckdb.execute(f"FROM read_parquet('{path}')").fetchall())
    assert "signalétique" not in text and "192.0.2" not in text


def test_microsoft_forms_gives_its_answers_by_the_day_of_its_serial_dates(read: Read) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(
        [
            "ID",
            "Heure de début",
            "Heure de fin",
            "Adresse de messagerie",
            "Nom",
            "Avez-vous consulté notre site internet ?",
        ]
    )
    book.active.append([1, datetime(2025, 7, 2, 9), datetime(2025, 7, 2, 9, 5), "anonymous", None, "Oui"])  # noqa: DTZ001
    book.active.append([2, datetime(2025, 7, 3, 9), datetime(2025, 7, 3, 9, 5), "anonymous", None, None])  # noqa: DTZ001
    stream = io.BytesIO()
    book.save(stream)
    assert answers(read(stream.getvalue(), "distance 2025.xlsx", FORMS, LIMESURVEY)) == [
        ("1", date(2025, 7, 2), "response", None), ("1", date(2025, 7, 2), "website_consulted", True),
        ("2", date(2025, 7, 3), "response", None),
    ]  # fmt: skip


def test_google_forms_gives_its_answers_with_the_instant_as_their_number(read: Read) -> None:
    name = "reponses-google.csv"
    assert answers(read((FIXTURES / name).read_bytes(), name, GOOGLE)) == [
        ("02/07/2025 10:12:00", date(2025, 7, 2), "welcome_staff", True),
        ("02/07/2025 10:12:00", date(2025, 7, 2), "website_consulted", True),
        ("14/07/2025 09:00:00", date(2025, 7, 14), "welcome_staff", False),
        ("14/07/2025 09:00:00", date(2025, 7, 14), "website_consulted", False),
    ]


def test_an_answer_of_another_scale_is_a_faulty_cell(read: Read) -> None:
    name = "results-survey732001.csv"
    text = (FIXTURES / name).read_text(encoding="utf-8").replace("Très satisfait", "Plutôt content")
    assert read(text.encode(), name, LIMESURVEY).account.rows_quarantined == 1


def test_a_day_of_typeform_is_the_local_one_of_its_instant(read: Read) -> None:
    reading = read((FIXTURES / "typeform.csv").read_bytes(), "typeform.csv", TYPEFORM)
    late, morning = date(2025, 7, 3), date(2025, 7, 14)
    assert answers(reading) == [
        ("a1b2", late, "welcome_staff", True),
        ("a1b2", late, "website_consulted", True),
        ("a1b2", late, "response", None),
        ("c3d4", morning, "welcome_staff", False),
        ("c3d4", morning, "website_consulted", False),
        ("c3d4", morning, "response", None),
    ]
    assert "not_submitted" in reading.account.message
