"""`vigie forget` and the reports: who stands in one is told file by file, none is changed in silence."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import docx
import pytest

from flows.command.console import published
from flows.command.forgetting import find, forget, person_of
from flows.command.own_files import what_to_do
from flows.command.reporting import report
from reports.frozen import digest, freeze
from tests.flows.command.test_cli import vigie
from tests.flows.conftest import Life
from warehouse.clock import naive_utc
from warehouse.office.model import Office, load_office
from warehouse.storage import signatures
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.signatures import Signature
from warehouse.words.person import Identifier, Person

NAME = "Hélène Zirkovitch"
AT = datetime(2026, 1, 6, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(life: Life, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose report of 2025 names her: in a text, in its draft and in what was published."""
    home = Home(tmp_path_factory.mktemp("told") / "home")
    shutil.copytree(life.home.root, home.root, symlinks=True)
    office = load_office(home.office_file)
    texts = home.reports / "2025" / "texts"
    texts.mkdir(parents=True)
    (texts / "listening.md").write_text("Merci à **Hélène** Zirkovitch.\n\nSuite.\n", encoding="utf-8")
    year, at = (date(2025, 1, 1), date(2025, 12, 31)), naive_utc(AT)
    with published(home) as connection, journal(home, signatures.SCHEMA) as kept:
        # The nights of this home end in May: `vigie report sign` would not take the whole year.
        figures = freeze(connection, *year)
        signed = Signature(office.code, *year, at, "Anne", "", "v", digest(figures), figures)
        signatures.enter(kept, signed)
    report(home, office, 2025, AT, publish=True)
    report(home, office, 2025, AT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIE_PLATE_KEY", "k" * 64)
        yield home


@pytest.fixture
def home(told: Home, tmp_path: Path) -> Home:
    """A copy of that home."""
    shutil.copytree(told.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def her(home: Home) -> tuple[Office, Person]:
    office = load_office(home.office_file)
    return office, person_of(home, office, [Identifier("name", NAME)])


def kinds(home: Home) -> dict[str, set[str]]:
    """The names of the files in which she is found, by what is to be done of them."""
    found = find(home, *her(home))
    assert found.places.total() == 0
    return {one.kind: {path.name for path in one.files} for one in what_to_do(home, found.files, "fr")}


def test_every_form_of_a_report_in_which_somebody_stands_is_found(home: Home) -> None:
    report_of_2025 = {f"rapport-activite-2025.{form}" for form in ("html", "pdf", "docx")}
    found = kinds(home)
    assert found == {"text": {"listening.md"}, "draft": report_of_2025, "published": report_of_2025}
    assert find(home, *her(home)).not_looked_into == []


def test_it_is_told_what_to_do_of_each_and_a_published_report_is_frozen(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vigie("forget", "--home", home.root, "--name", NAME, "--dry-run") == 0
    said = " ".join(capsys.readouterr().out.split())
    (published,) = (home.reports / "2025" / "published").iterdir()
    for words in ("listening.md, un texte de l'office", "brouillon du rapport 2025", "publié, donc figé"):
        assert words in said
    assert published.name in said
    assert "Zirkovitch" not in said


def test_forgetting_changes_none_of_them_and_says_that_they_are_left(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    def state() -> dict[Path, str]:
        found = (path for path in home.reports.rglob("*") if path.is_file())
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}

    before = state()
    assert vigie("forget", "--home", home.root, "--name", NAME, "--by", "dpo") == 1
    assert state() == before
    assert "publié, donc figé" in " ".join(capsys.readouterr().err.split())


def test_once_the_text_is_corrected_and_the_draft_written_anew_only_what_is_published_is_left(
    home: Home,
) -> None:
    (home.reports / "2025" / "texts" / "listening.md").write_text("Merci.\n", encoding="utf-8")
    report(home, load_office(home.office_file), 2025, AT)
    assert kinds(home).keys() == {"published"}


def test_a_document_that_somebody_saved_is_not_said_to_be_written_anew(home: Home) -> None:
    draft = home.reports / "2025" / "draft"
    edited = draft / "rapport-financier-2025.docx"
    edited = edited if edited.exists() else next(draft.glob("*financier*.docx"))
    document = docx.Document(str(edited))
    document.add_paragraph(NAME)
    document.save(str(edited))
    (draft / "notes.txt").write_text(NAME, encoding="utf-8")
    assert kinds(home)["changed"] == {edited.name, "notes.txt"}


def test_a_pdf_that_nothing_beside_it_says_is_named_for_somebody_to_look_into(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = home.reports / "2025" / "draft"
    shutil.copy(draft / "rapport-activite-2025.pdf", home.reports / "2025" / "conseil.pdf")
    # The documents beside this one were saved later: they may say something else.
    for form in ("html", "docx"):
        os.utime(draft / f"rapport-activite-2025.{form}", (1_800_000_000, 1_800_000_000))
    named = {path.name for path in find(home, *her(home)).not_looked_into}
    assert named == {"conseil.pdf", "rapport-activite-2025.pdf"}
    office, _ = her(home)
    nobody = person_of(home, office, [Identifier("name", "Aldébert Quincampoix")])
    assert not forget(home, office, nobody, "dpo").left.is_anywhere
    assert vigie("forget", "--home", home.root, "--name", "Aldébert Quincampoix", "--dry-run") == 0
    assert "conseil.pdf" in " ".join(capsys.readouterr().err.split())
