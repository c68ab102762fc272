"""A draft of a layout: ready lines load as they are, what is open is a question, and nobody is quoted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from sources.catalogue import Context
from sources.layouts import known, shipped
from sources.motorhome.source import SPEC, read
from sources.proposing import propose
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery

NAME = "ventes_juillet.csv"
EXPORT = """"Parking Exemple - export du 01/08/2025"
"Période : juillet 2025"
N° opération,Horodatage,Ticket,Nuits,Montant TTC (€),Taxe séjour,Opération,Client
A-101,25/07/2025 08:58,T1,2,15.16,1.16,Encaissement,Jeanne Martin
A-102,26/07/2025 09:10,T2,1,7.58,0.58,Encaissement,Paul Dupont
A-103,27/07/2025 10:02,T2,-1,-7.58,-0.58,Remboursement,Paul Dupont
TOTAL,,,2,15.16,1.16,,
"""


@pytest.fixture
def draft(tmp_path: Path) -> str:
    path = tmp_path / "export"
    path.write_text(EXPORT, encoding="cp1252", errors="replace")
    return propose(path, NAME, SPEC, shipped(SPEC), tmp_path, "fr")


def test_the_draft_of_an_unknown_export_loads_once_its_questions_are_answered(
    draft: str, tmp_path: Path, office: Office, as_of: datetime
) -> None:
    assert [line for line in draft.splitlines() if "QUESTION : que veut dire" in line] == [
        "  # QUESTION : que veut dire « Encaissement » (2 fois) ? Mettez-le sous `values` de payment_kind, "
        "à l'un de : sale, refund, cancellation."
    ]
    answered = draft.replace("values: {refund:", "values: {sale: [Encaissement], refund:").replace(
        'tool: "ventes_juillet"', "tool: Parking Exemple"
    )
    home = Home(tmp_path / "home")
    layout = home.root / "layouts" / "motorhome" / "exemple.yml"
    layout.parent.mkdir(parents=True)
    layout.write_text(answered, encoding="utf-8")
    received = datetime(2025, 8, 1, tzinfo=UTC).replace(tzinfo=None)
    delivery = Delivery(1, office.code, "motorhome", NAME, "0", received, tmp_path / "export")
    work = tmp_path / "work"
    work.mkdir()
    reading = read(delivery, Context(office, lambda _: "k" * 32, work, as_of, home))
    account = reading.account
    assert (account.rows_loaded, account.rows_quarantined, account.rows_filtered) == (3, 0, 1)


def test_each_guess_has_its_evidence_and_no_person_is_quoted(draft: str) -> None:
    lines = draft.splitlines()
    at = lines.index('  amount_eur: {heading: "Montant TTC (€)"}')
    assert lines[at - 1] == "  # « Montant TTC (€) » : « 15.16 », « 7.58 » ; 100 % de 4 cellules conviennent"
    assert "# « Client » (texte de 13 caractères, texte de 11 caractères) n'est pas lu." in lines
    assert "Martin" not in draft and "Dupont" not in draft
    assert any(line.startswith("  # QUESTION : site est obligatoire") for line in lines)


def test_plates_of_a_workbook_of_passages_are_told_by_their_shape(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Date", "Heure", "Sens", "Immatriculation véhicule", "Ticket"])
    sheet.append(["03/07/2025", "16:42", "Entrée", "AB-123-CD", "T1"])
    sheet.append(["05/07/2025", "09:12", "Sortie", "AB-123-CD", "T1"])
    book.save(tmp_path / "export")
    draft = propose(tmp_path / "export", "passages.xlsx", SPEC, shipped(SPEC), tmp_path, "fr")
    assert "table: motorhome_passages" in draft
    assert '  passed_at: {heading: "Date", time: "Heure"}' in draft
    assert '  direction: {heading: "Sens", values: {in: ["Entrée"], out: ["Sortie"]}}' in draft
    assert '  plate_hash: {heading: "Immatriculation véhicule"}' in draft
    assert "AB-123-CD" not in draft


def test_an_amount_in_cents_is_a_question_and_no_ready_line(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text(EXPORT.replace("Montant TTC (€)", "Montant TTC (cts)"), encoding="utf-8")
    drafted = propose(path, NAME, SPEC, shipped(SPEC), tmp_path, "fr").splitlines()
    (asked,) = [rank for rank, line in enumerate(drafted) if "semble en centimes" in line]
    assert drafted[asked + 1].startswith("  # amount_eur: {heading:")
    assert not [line for line in drafted if line.startswith("  amount_eur:")]


def test_a_draft_may_be_written_straight_into_the_folder_of_layouts(tmp_path: Path) -> None:
    """The shell has made the file, empty, when the command reads the layouts of the home."""
    home = Home(tmp_path / "home")
    written = home.root / "layouts" / "motorhome" / "exemple.yml"
    written.parent.mkdir(parents=True)
    written.touch()
    assert known(home, SPEC, "fr") == shipped(SPEC)
