"""`vigie check FILE…` reads files without loading them, and says where each faulty cell is and what to do."""

from __future__ import annotations

import stat
from pathlib import Path

import openpyxl
import pytest

from flows.command.file_check import SHOWN_FAULTS, FileCheck, lines
from sources.staged import Quarantined
from tests.flows.command.test_cli import vigie
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account

HEADINGS = (
    "Référence", "Début de période", "Fin de période", "Identifiant hébergement", "Code INSEE", "Nature",
    "Catégorie", "Nuits", "Nuitées assujetties", "Nuitées exonérées", "Nuitées", "Montant de la taxe",
)  # fmt: skip
GOOD = "Date;Heure;Entrées\n14/03/2025;10;5\n14/03/2025;11;3\n"
BAD = "Date;Heure;Entrées\n14/03/2025;10;5\n14/03/2025;11;cinq\n99/03/2025;12;-3\n"


def declarations(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Déclarations"
    sheet.append(["Déclarations du trimestre"])
    sheet.append(list(HEADINGS))
    sheet.append(["R1", "01/07/2025", "31/07/2025", "H1", "32013", "meubles", "1 étoile", "x", 4, 0, 4, 4.4])
    book.save(path)
    return path


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "porte-bonne.csv").write_text(GOOD, encoding="utf-8")
    (folder / "porte-fautes.csv").write_text(BAD, encoding="utf-8")
    (folder / "rien.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    declarations(folder / "declarations-2025-T3.xlsx")
    return folder


def test_files_are_read_and_marked_without_being_loaded(
    door_home: Home, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = sorted(files.iterdir())
    before = {path: path.read_bytes() for path in names}
    assert vigie("check", *names, "--mark", "--home", door_home.root) == 1
    said = capsys.readouterr().out
    sound = "porte-bonne.csv : Compteurs de passages (declared), 2 lignes lues : 2 seraient chargées"
    assert sound in said and "Aucune cellule en faute" in said, said
    assert "ligne 3, colonne « Entrées » : « cinq » n'est pas un nombre" in said
    assert "ligne 4, colonne « Date » : « 99/03/2025 » n'est pas une date" in said
    assert "ligne 4, colonne « Entrées » : « -3 » est négatif" in said
    assert "feuille « Déclarations », cellule H3 : « x » n'est pas un nombre" in said
    assert "feuille « Déclarations », cellule F3 : « meubles » n'est pas un mot connu" in said
    assert "(mot connu le plus proche : « meublé »)" in said
    assert "rien.csv n'est reconnu par aucune source" in said
    assert said.count("n'est reconnu par aucune source") == 1
    copies = {path for path in files.iterdir() if path not in before}
    assert {path.name for path in copies} == {"porte-fautes.marked.xlsx", "declarations-2025-T3.marked.xlsx"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in copies)
    assert before == {path: path.read_bytes() for path in names}
    assert not door_home.database.exists() and not door_home.archive.exists()


def test_a_file_that_no_source_recognises_is_told_the_nearest_layout_and_what_it_lacks(
    door_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export-4.csv"
    file.write_text("Date de l'appel;Heure;Durée\n03/07/2025;10:12;12\n", encoding="utf-8")
    assert vigie("check", file, "--home", door_home.root) == 1
    said = capsys.readouterr().out
    assert said.count("export-4.csv n'est reconnu par aucune source") == 1
    assert "La plus proche est" in said and "il y manque" in said, said
    assert "ne peut être lu comme" not in said


def test_a_file_of_a_known_name_is_read_as_no_other_source(
    door_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The office has no motorhome area, and its passages have a heading that other registers have too."""
    passages = tmp_path / "passages-area-2025-07.csv"
    passages.write_text("Date;Heure;Borne\n03/07/2025;10:12;Entrée\n", encoding="utf-8")
    assert vigie("check", passages, "--home", door_home.root) == 1
    said = capsys.readouterr().out
    assert "passages-area-2025-07.csv ne peut être lu comme Aire de camping-cars" in said
    assert "seraient chargées" not in said and "serait chargée" not in said


def test_a_sound_file_ends_with_0_and_a_marked_copy_is_never_written_over(
    door_home: Home, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = files / "porte-fautes.marked.xlsx"
    copy.write_text("my corrections")
    assert vigie("check", files / "porte-bonne.csv", "--home", door_home.root) == 0
    assert vigie("check", files / "porte-fautes.csv", "--mark", "--home", door_home.root) == 1
    assert "est déjà là et peut porter des corrections" in capsys.readouterr().out
    assert copy.read_text() == "my corrections"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mark"], "--mark vaut pour des fichiers à lire"),
        (["porte-bonne.csv", "--source", "weather"], "weather n'est pas une source"),
        (["nobody.csv"], "« nobody.csv » n'est ni un fichier d'ici"),
    ],
)
def test_wrong_use_ends_with_2(
    door_home: Home,
    files: Path,
    arguments: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(files)
    assert vigie("check", *arguments, "--home", door_home.root) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("is_whole", "shown"), [(False, SHOWN_FAULTS), (True, 70)])
def test_of_many_faults_the_first_are_shown_and_the_others_counted(is_whole: bool, shown: int) -> None:
    faults = [Quarantined(n, column, "not_a_number", "« x »") for column in ("A", "B") for n in range(2, 37)]
    check = FileCheck(Path("a.csv"), "counters", Account("declared", 70, 0, 70), faults=faults)
    told = list(lines(check, "fr", is_whole=is_whole))
    assert sum(line.startswith("  ligne") for line in told) == shown
    assert told[1].startswith("Colonne « A », 35 cellules en faute.")
    assert ("  … et 20 autres ; `--all` montre tout." in told) is not is_whole


def test_a_layout_is_proposed_for_a_file_of_an_unknown_tool(
    door_home: Home, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = files / "kiosk.csv"
    export.write_text("N°;Horodatage;Montant;Taxe\n1;25/07/2025 08:58;15,16;1,16\n", encoding="utf-8")
    options = ("--source", "motorhome", "--home", door_home.root)
    assert vigie("layout", "propose", export, *options) == 0
    assert '  local_date: {heading: "Horodatage"}' in capsys.readouterr().out.splitlines()
    assert vigie("layout", "propose", files / "none.csv", *options) == 2
