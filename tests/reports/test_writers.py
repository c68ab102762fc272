"""The writers beside HTML: PDF that is tagged, DOCX with real headings, workbooks that run nothing."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx as word_files
import pikepdf
import pytest
from openpyxl import load_workbook
from pdfua import Severity, validate

from reports.charts.drawing import Drawer
from reports.document import Listing, Section, text
from reports.docx import docx
from reports.pdf import pdf
from reports.xlsx import xlsx
from tests.reports.writers import HOSTILE, document

AT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
SEEN = HOSTILE.replace("\u0000", "\\u0000").replace("\u202e", "\\u202e")


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Drawer:
    return Drawer("fr", tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module")
def printed(drawer: Drawer) -> bytes:
    return pdf(document(), "Office", AT, drawer)


@pytest.fixture(scope="module")
def edited(drawer: Drawer) -> bytes:
    return docx(document(), "Office", AT.replace(tzinfo=None), drawer)


def kinds(node: pikepdf.Object) -> list[tuple[str, str]]:
    """The structure of a PDF, in order: kind and alternative text of each element."""
    found = []
    if isinstance(node, pikepdf.Dictionary) and "/S" in node:
        found.append((str(node.S), str(node.get("/Alt", ""))))
    children: Any = node.get("/K", []) if isinstance(node, pikepdf.Dictionary) else []
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary):
            found += kinds(child)
    return found


def test_a_pdf_says_that_it_is_pdf_ua_and_is_found_to_be(printed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(printed)
    with pikepdf.open(path) as opened:
        metadata = opened.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert str(opened.Root.Lang) == "fr"
        assert opened.Root.ViewerPreferences.DisplayDocTitle
        assert opened.Root.MarkInfo.Marked
    assert [one for one in validate(str(path)).findings if one.severity is Severity.ERROR] == []


def test_headings_figures_lists_and_tables_of_a_pdf_are_such_to_a_screen_reader(printed: bytes) -> None:
    with pikepdf.open(io.BytesIO(printed)) as opened:
        found = kinds(opened.Root.StructTreeRoot)
    names = [kind for kind, _ in found]
    assert names.count("/H1") == 3  # the contents have one
    assert {"/TOC", "/H2", "/P", "/L", "/LI", "/Table", "/THead", "/TH", "/TD", "/Strong"} <= set(names)
    assert [alternative for kind, alternative in found if kind == "/Figure"] == [
        "Moins de monde. Une phrase."
    ]


def test_the_same_document_gives_the_same_bytes(printed: bytes, edited: bytes, drawer: Drawer) -> None:
    assert pdf(document(), "Office", AT, drawer) == printed


def test_text_that_looks_like_markup_is_only_printed_in_a_pdf(printed: bytes, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is absent (Debian: poppler-utils): the text of PDF is not read")
    path = tmp_path / "report.pdf"
    path.write_bytes(printed)
    said = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True, text=True).stdout
    assert said.count('=HYPERLINK("http://ailleurs.example") #import "x" ] *gras* \\ $ @a') == 2
    with pikepdf.open(path) as opened:
        links = [one for page in opened.pages for one in page.get("/Annots", [])]
        assert links  # of the contents
        assert not any("/URI" in one.get("/A", {}) for one in links)


def test_a_character_that_no_font_has_is_printed_by_its_name(drawer: Drawer, tmp_path: Path) -> None:
    one = replace(document(), title=text("Fête 🎉 et 你好"))
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf(one, "Office", AT, drawer))
    with pikepdf.open(path) as opened:
        assert str(opened.docinfo["/Title"]).startswith("Fête [party popper] et [cjk")


def test_headings_of_a_docx_are_headings_and_its_tables_have_headings(edited: bytes) -> None:
    word = word_files.Document(io.BytesIO(edited))
    styled = [(one.style.name, one.text) for one in word.paragraphs if one.style and one.text]
    assert styled[0] == ("Title", "Rapport")
    assert [pair for pair in styled if pair[0].startswith("Heading")] == [
        ("Heading 1", "Accueil"), ("Heading 2", "Moins de monde"), ("Heading 1", "Chiffres"),
        ("Heading 2", "Détail"),
    ]  # fmt: skip
    (table,) = word.tables
    assert [cell.text for cell in table.rows[0].cells] == ["Mois", "Valeur", "Évolution"]
    assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    assert table.cell(1, 1).text == "25\u202f646,5 personnes"


def test_a_docx_without_a_template_is_on_numbered_pages_of_a4(edited: bytes) -> None:
    page = word_files.Document(io.BytesIO(edited)).sections[0]
    assert page.page_width is not None and page.page_height is not None
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    assert "PAGE" in page.footer._element.xml


def test_pictures_of_a_docx_have_an_alternative_text_and_nothing_leads_elsewhere(edited: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(edited)) as archive:
        body = archive.read("word/document.xml").decode("utf-8")
        relations = archive.read("word/_rels/document.xml.rels").decode("utf-8")
    assert 'descr="Moins de monde. Une phrase."' in body
    assert "w:hyperlink" not in body
    assert "w:fldSimple" not in body
    assert "w:instrText" not in body
    assert 'TargetMode="External"' not in relations


def test_a_list_that_counts_begins_at_one_again(drawer: Drawer) -> None:
    lists = tuple(Listing((text("a"), text("b")), is_numbered=True) for _ in range(2))
    one = replace(document(), sections=(Section(text("Listes"), lists),))
    word = word_files.Document(io.BytesIO(docx(one, "Office", AT.replace(tzinfo=None), drawer)))
    numbers = [
        paragraph._p.xpath("./w:pPr/w:numPr/w:numId/@w:val")
        for paragraph in word.paragraphs
        if paragraph.style is not None and paragraph.style.name == "List Number"
    ]
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]


def test_a_template_without_lists_shows_their_signs(tmp_path: Path, drawer: Drawer) -> None:
    template = word_files.Document()
    template.styles.element.remove(template.styles["List Bullet"].element)
    template.save(str(tmp_path / "template.docx"))
    made = docx(document(), "Office", AT.replace(tzinfo=None), drawer, tmp_path / "template.docx")
    assert any(
        one.text.startswith("• =HYPERLINK") for one in word_files.Document(io.BytesIO(made)).paragraphs
    )


def test_text_that_looks_like_markup_is_only_printed_in_a_docx(edited: bytes) -> None:
    word = word_files.Document(io.BytesIO(edited))
    assert word.tables[0].cell(2, 0).text == SEEN


def test_a_template_gives_its_styles_and_what_stands_in_it(tmp_path: Path, drawer: Drawer) -> None:
    template = word_files.Document()
    template.add_paragraph("Couverture de l'office")
    for name in ("Heading 1", "Caption", "Table Grid"):
        template.styles.element.remove(template.styles[name].element)
    template.save(str(tmp_path / "template.docx"))
    made = docx(document(), "Office", AT.replace(tzinfo=None), drawer, tmp_path / "template.docx")
    word = word_files.Document(io.BytesIO(made))
    assert word.paragraphs[0].text == "Couverture de l'office"
    (heading, *_) = [one for one in word.paragraphs if one.text == "Accueil"]
    assert heading.style is not None
    assert heading.style.name == "Heading 1"
    assert heading.style.element.xpath("./w:pPr/w:outlineLvl/@w:val") == ["0"]


def test_a_workbook_holds_numbers_in_their_form_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(xlsx(document(), "Office"))
    book = load_workbook(path)
    sheet = book["Passages"]
    assert sheet["B2"].value == 25646.5
    assert sheet["B2"].number_format == '#,##0.0" personnes"'
    assert sheet["C2"].value == -8.9
    assert (sheet["A3"].data_type, sheet["A3"].value) == ("s", SEEN)
    assert not any(cell.data_type == "f" or cell.hyperlink for one in book for row in one for cell in row)
