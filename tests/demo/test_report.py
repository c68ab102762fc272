"""The demonstration's report: no numeral without its row, one language, signed, frozen, changes told."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import duckdb
import pytest
from openpyxl import load_workbook

from flows.command import reporting
from flows.command.cli import main
from flows.night.drawing import names_of
from flows.night.revising import note_revisions
from reports.annual.annexes import Release
from reports.annual.paper import on_paper
from reports.annual.texts import NAMES
from reports.annual.writing import documents
from reports.charts.drawing import Drawer
from reports.document import (
    Document,
    Figure,
    Number,
    Piece,
    Quoted,
    Read,
    Table,
    Text,
    pieces,
    texts,
)
from reports.order import CHAPTER_OF, CHAPTERS
from reports.pages.published import Names, Published
from reports.reading import reread, written
from sources import names as source_names
from sources.catalogue import find
from tests.demo.conftest import Demonstration
from tests.demo.test_pages import CONSTANTS, NUMERAL, plain, published_names, without, words
from tests.languages import WORD
from warehouse.errors import UsageError
from warehouse.office.model import Office, load_office
from warehouse.storage.layout import Home
from warehouse.words.messages import day

AT = datetime(2026, 1, 6, 9, tzinfo=UTC)
NAMES_OF_FILES = {
    "report": "rapport-activite-2025", "financial": "rapport-financier-2025",
    "quality": "tableau-qualite-2025", "plan": "plan-actions-2025",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, demonstration: Demonstration) -> Home:
    """A home with the published version alone, and the office file."""
    home = Home(tmp_path_factory.mktemp("report") / "home")
    home.root.mkdir()
    shutil.copyfile(demonstration.home.office_file, home.office_file)
    shutil.copytree(demonstration.home.published, home.published, symlinks=True)
    return home


@pytest.fixture(scope="module")
def office(home: Home) -> Office:
    return load_office(home.office_file)


def told() -> list[list[str]]:
    """The commands of the page for those who write the report, in its order: words after `vigie`."""
    page = Path(__file__).parents[2] / "docs" / "annual-report.md"
    return [shlex.split(one) for one in re.findall(r"(?m)^    vigie (report .*)$", page.read_text("utf-8"))]


def vigie(words: list[str], home: Home) -> None:
    """Run the command on a home, as a person types it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIE_HOME", str(home.root))
        patch.setattr("sys.argv", ["vigie", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code


@pytest.fixture(scope="module")
def draft(home: Home) -> Path:
    """The folder of the draft, made by the first command of the page."""
    vigie(told()[0], home)
    return home.reports / "2025" / "draft"


@pytest.fixture(scope="module")
def published(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def composed(published: duckdb.DuckDBPyConnection, office: Office) -> dict[str, Document]:
    """The documents as the draft has them, before any writer."""
    told = Published(published, names_of(office), 2025, is_linked=False)
    return dict(documents(told, {}, Release()))


def figures_of(document: Document) -> list[Figure]:
    return [one for section in document.sections for one in section.blocks if isinstance(one, Figure)]


def all_pieces(document: Document) -> Iterator[Piece]:
    """Every piece of a document, the commands of its figures as well."""
    yield from pieces(document)
    yield from (one.why for one in figures_of(document) if one.why is not None)


def numerals(said: str) -> Counter[str]:
    return Counter(NUMERAL.findall(said))


def numerals_of(document: Document) -> Counter[str]:
    """The numerals of all that a document says; alternative texts say titles and sentences once more."""
    return sum((numerals(str(piece)) for piece in all_pieces(document)), Counter())


def test_every_value_of_every_document_is_that_of_its_row(
    composed: dict[str, Document], published: duckdb.DuckDBPyConnection
) -> None:
    read = {piece for one in composed.values() for piece in all_pieces(one) if isinstance(piece, Read)}
    known = reread(published, {piece.of for piece in read})
    wrong = []
    for piece in read:
        held = known[piece.of]
        if isinstance(piece, Number):
            decimals = len(piece.text.partition(",")[2])
            number = Decimal(str(held)) if held is not None else Decimal("NaN")
            shown = {written(number, "fr", decimals, signed=one) for one in (True, False)}
            is_right = piece.value == number and piece.text in shown
        else:
            is_right = held is not None and (not isinstance(piece, Quoted) or str(held) == piece.text)
        if not is_right:
            wrong.append((piece, held))
    assert wrong == []
    assert len(read) > 800


def test_no_numeral_of_any_document_stands_outside_a_value_a_date_or_a_constant(
    composed: dict[str, Document], published: duckdb.DuckDBPyConnection
) -> None:
    names = published_names(published)
    orphans = []
    for name, document in composed.items():
        for piece in pieces(document):
            if isinstance(piece, str):
                said = re.sub(r"\((\d[\dAB]\d?)\)", "", without(names, plain(piece)))
                orphans += [(name, said) for one in NUMERAL.findall(said) if one not in CONSTANTS]
    assert orphans == []


def printed_html(path: Path) -> str:
    """What a page says: its texts without its style, its charts, its title bar and its list of parts."""
    said: list[str] = []
    hidden: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in ("style", "title", "svg", "nav"):
                hidden.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if hidden and hidden[-1] == tag:
                hidden.pop()

        def handle_data(self, data: str) -> None:
            if not hidden:
                said.append(data)

    Reader().feed(path.read_text(encoding="utf-8"))
    return "\n".join(said)


def printed_docx(path: Path) -> str:
    """What a DOCX says, alternative texts left out."""
    with zipfile.ZipFile(path) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))
    return "\n".join(one.text or "" for one in body.iter() if one.tag.endswith("}t"))


def printed_pdf(path: Path) -> str:
    """What a PDF says above the numbers of its pages; those in the contents are left out."""
    area = ["-x", "0", "-y", "0", "-W", "596", "-H", "790", "-layout"]
    done = subprocess.run(["pdftotext", *area, path, "-"], capture_output=True, check=True, text=True)
    return re.sub(r"(?m)(?:\s\.)+[\s\u2060]*\d+$", "", done.stdout)


@pytest.mark.parametrize("name", ["report", "financial", "quality", "plan"])
def test_a_docx_says_the_numerals_of_its_document_and_no_others(
    name: str, draft: Path, composed: dict[str, Document]
) -> None:
    said = numerals(printed_docx(draft / f"{NAMES_OF_FILES[name]}.docx"))
    assert said == numerals_of(on_paper(composed[name]))


@pytest.mark.parametrize("name", ["report", "financial"])
def test_a_page_says_the_numerals_of_its_document_and_no_others(
    name: str, draft: Path, composed: dict[str, Document]
) -> None:
    said = numerals(printed_html(draft / f"{NAMES_OF_FILES[name]}.html"))
    at = "5 janvier 2026 à 02:30"  # at the foot of the page
    assert said == numerals_of(composed[name]) + numerals(at)


@pytest.mark.parametrize("name", ["report", "financial", "quality", "plan"])
def test_a_pdf_says_the_numerals_of_its_document_and_of_its_charts_and_no_others(
    name: str, draft: Path, composed: dict[str, Document], home: Home
) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is absent (Debian: poppler-utils): the text of PDF is not read")
    said = numerals(printed_pdf(draft / f"{NAMES_OF_FILES[name]}.pdf"))
    own = numerals_of(on_paper(composed[name]))
    contents = numerals(" ".join(str(one.title) for one in composed[name].sections))
    drawn = Counter[str]()
    drawer = Drawer("fr", home.report_charts)
    for figure in figures_of(composed[name]):
        if figure.chart is not None:
            drawn += numerals(re.sub(r"<[^>]*>", " ", drawer.svg(figure.chart)))
    headings = sum((numerals(text) for text in repeated(composed[name])), Counter[str]())
    assert own - said == Counter()
    assert set(said - own - contents - drawn) <= set(headings)


def repeated(document: Document) -> Iterator[str]:
    """The headings of tables, which a PDF repeats on each page."""
    for section in on_paper(document).sections:
        for block in section.blocks:
            yield from (str(one) for one in getattr(block, "headings", ()))


@pytest.mark.parametrize("name", ["quality", "plan"])
def test_a_workbook_holds_the_values_of_its_document_as_numbers(
    name: str, draft: Path, composed: dict[str, Document]
) -> None:
    book = load_workbook(draft / f"{NAMES_OF_FILES[name]}.xlsx")
    values = {float(one.value) for one in pieces(composed[name]) if isinstance(one, Number)}
    said = {plain(str(one)) for one in texts(composed[name])}
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    wrong = [
        cell.value
        for cell in cells
        if (cell.value not in values if cell.data_type == "n" else plain(str(cell.value)) not in said)
    ]
    assert wrong == []
    assert any(cell.data_type == "n" for cell in cells)
    assert {cell.data_type for cell in cells} == {"n", "s"}


def test_the_chapters_are_those_of_the_activity_report_in_its_order(composed: dict[str, Document]) -> None:
    anchors = [section.anchor for section in composed["report"].sections]
    assert [one for one in anchors if one in CHAPTERS] == list(CHAPTERS)
    assert anchors[0] == "brief"


def test_every_section_of_the_dictionary_has_its_chapter(published: duckdb.DuckDBPyConnection) -> None:
    known = published.execute("SELECT DISTINCT section FROM marts.indicator").fetchall()
    assert len(known) > 10
    assert {section for (section,) in known} - CHAPTER_OF.keys() == set()


def test_every_figure_says_how_to_go_back_from_it(composed: dict[str, Document]) -> None:
    figures = figures_of(composed["report"])
    assert len(figures) > 20
    assert all(str(one.why).startswith("vigie why ") for one in figures)
    (way_back,) = [one for one in composed["report"].sections if one.anchor == "way-back"]
    commands = [str(row[1]) for block in way_back.blocks for row in getattr(block, "rows", ())]
    assert len(commands) > 150
    assert all(one.startswith("vigie why ") for one in commands)


def test_the_sentence_of_the_door_says_what_was_counted_estimated_and_compared(
    composed: dict[str, Document],
) -> None:
    figures = figures_of(composed["report"])
    door = next(one for one in figures if "counter_passages" in str(one.why))
    said = plain(str(door.sentence))
    assert said.startswith(
        "25 646 passages comptés sur 74 % du temps d'ouverture ; 39 638 avec ce qui est estimé"
    )
    assert "−8,9 % à périmètre égal par rapport à 2024" in said


def test_nothing_is_said_of_days_outside_the_year_but_the_years_before(composed: dict[str, Document]) -> None:
    """A report is signed for its year: a week that ends in the next one, or a later value, is not of it."""
    read = {piece.of for one in composed.values() for piece in all_pieces(one) if isinstance(piece, Read)}
    later = {of for of in read if of.startswith("figure/") and of.split("/")[5] > "2025-12-28"}
    assert later == set()
    tables = [block for section in composed["plan"].sections for block in section.blocks]
    values = [str(row[2]) for one in tables if isinstance(one, Table) for row in one.rows]
    assert any("2025" in one for one in values)
    assert not any("2026" in one for one in values)


def test_a_french_report_holds_no_english_word(
    composed: dict[str, Document], published: duckdb.DuckDBPyConnection
) -> None:
    names = published_names(published)
    quoted = {
        word
        for one in composed.values()
        for piece in pieces(one)
        if isinstance(piece, Read)
        for word in WORD.findall(str(piece).lower())
    }
    english = words("en") - words("fr") - quoted
    assert len(english) > 100
    assert strangers(composed, names, english) == set()


def test_an_english_report_holds_no_french_word(published: duckdb.DuckDBPyConnection) -> None:
    from reports.charts.kinds import department_names

    names = published_names(published) + sorted(department_names().values(), key=len, reverse=True)
    sources = {name: find(name).SPEC.label_en for name in source_names()}
    labels = [label for (label,) in published.execute("SELECT label_en FROM marts.indicator").fetchall()]
    english = {word for one in (*sources.values(), *labels) for word in WORD.findall(one.lower())}
    own = Names("Office", "en", ZoneInfo("Europe/Paris"), sources, lambda *_: Text(("incident",)))
    told = Published(published, own, 2025, is_linked=False)
    found = dict(documents(told, {}, Release()))
    assert strangers(found, names, words("fr") - words("en") - english) == set()


def strangers(found: dict[str, Document], names: list[str], foreign: set[str]) -> set[tuple[str, str]]:
    """Words of another language in what the documents say in our own words."""
    return {
        (name, word)
        for name, document in found.items()
        for piece in pieces(document)
        if isinstance(piece, str)
        for word in WORD.findall(without(names, plain(piece)).lower())
        if word in foreign
    }


def test_a_first_draft_leaves_a_file_for_the_text_of_each_chapter(draft: Path) -> None:
    assert {path.stem for path in (draft.parent / "texts").iterdir()} == set(NAMES)


def test_what_nobody_signed_is_not_published_and_the_command_is_told(home: Home, office: Office) -> None:
    with pytest.raises(UsageError) as refused:
        reporting.report(home, office, 2025, AT, publish=True)
    assert "des jours du 1er janvier 2025 au 31 décembre 2025" in str(refused.value)
    assert 'vigie report sign 2025 --by "Prénom Nom"' in str(refused.value)
    assert not (home.reports / "2025" / "published").exists()


@dataclass(frozen=True)
class Lived:
    """A home in which the report was published and then figures changed; what a draft says of them."""

    home: Home
    office: Office
    first: Path
    second: Path


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, home: Home, office: Office, draft: Path) -> Lived:
    """The report is signed and published; on the next night figures are others and one is gone."""
    other = Home(tmp_path_factory.mktemp("lived") / "home")
    shutil.copytree(home.root, other.root, symlinks=True)
    (other.reports / "2025" / "texts").mkdir(parents=True, exist_ok=True)
    (other.reports / "2025" / "texts" / "welcome.md").write_text("Une année **pleine**.\n", encoding="utf-8")
    for command in told()[1:]:
        vigie(command, other)
    (first,) = (other.reports / "2025" / "published").iterdir()
    later = other.current.resolve().parent / "20260210T013000Z"
    shutil.copytree(other.current.resolve(), later)
    with duckdb.connect(str(later / "vigie.duckdb")) as connection:
        connection.execute(
            """UPDATE marts.indicator_value SET value = 39000
               WHERE indicator = 'counter_passages' AND period_kind = 'year' AND year(period_start) = 2025;
               DELETE FROM marts.indicator_value
               WHERE indicator = 'own_receipts' AND period_kind = 'year' AND year(period_start) = 2025;
               UPDATE marts.indicator_value SET value = value + 10
               WHERE indicator = 'contact_persons' AND site = 'auch' AND period_kind = 'year'
                 AND year(period_start) = 2024 AND dimension = '';
               UPDATE marts.indicator_value SET low = low - 100
               WHERE indicator = 'overnight_stays' AND period_kind = 'year' AND year(period_start) = 2025;
               UPDATE marts.manual_indicator SET value = 40
               WHERE indicator_label = 'Formations' AND year = 2025"""
        )
    other.current.unlink()
    other.current.symlink_to(Path("versions") / later.name)
    note_revisions(other, office)
    last = later.with_name("20260301T013000Z")
    later.rename(last)
    other.current.unlink()
    other.current.symlink_to(Path("versions") / last.name)
    return Lived(other, office, first, reporting.report(other, office, 2025, AT).folder)


def test_a_published_report_prints_the_digest_of_the_figures_that_lie_beside_it(lived: Lived) -> None:
    frozen = hashlib.sha256((lived.first / "figures.json").read_bytes()).hexdigest()
    said = printed_docx(lived.first / "rapport-activite-2025.docx")
    assert frozen in said
    assert "Anne Martin" in said


def test_the_text_of_a_chapter_is_printed_and_kept(lived: Lived) -> None:
    assert "<p>Une année <strong>pleine</strong>.</p>" in (
        lived.second / "rapport-activite-2025.html"
    ).read_text(encoding="utf-8")
    assert (lived.second.parent / "texts" / "welcome.md").read_text(
        encoding="utf-8"
    ) == "Une année **pleine**.\n"


def test_the_next_report_says_which_figures_changed_from_what_to_what_and_since_when(lived: Lived) -> None:
    rows = changed_rows(lived.second / "rapport-activite-2025.docx")
    at = datetime.strptime(lived.first.name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    on = day(at.astimezone(lived.office.zone).date())
    door = "Passages à la porte · Bureau d'accueil d'Auch"
    desk = "Personnes accueillies · Bureau d'accueil d'Auch"
    nights = "Nuitées de camping-cars · Aire de camping-cars de l'Île Saint-Martin · Valeur, borne basse"
    changed = {
        ("Formations", "2025", "4", "40"),
        (desk, "2024", "24 730 personnes", "24 740 personnes"),
        (door, "2025", "39 638 personnes", "39 000 personnes"),
        (nights, "2025", "12 013 nuitées", "11 913 nuitées"),
        ("Recettes propres", "2025", "161 474,90 €", "—"),
    }
    assert {(row[0], row[1], *row[3:5]) for row in rows} == changed
    assert {(row[2], row[5]) for row in rows} == {(on, "10 février 2026")}
    assert changed_rows(lived.first / "rapport-activite-2025.docx") == []


def changed_rows(path: Path) -> list[list[str]]:
    import docx

    tables = docx.Document(str(path)).tables
    found = [one for one in tables if "Valeur publiée" in [cell.text for cell in one.rows[0].cells]]
    return [[plain(cell.text) for cell in row.cells] for one in found for row in one.rows[1:]]


def test_figures_that_changed_after_they_were_signed_are_not_published(lived: Lived) -> None:
    with pytest.raises(UsageError, match=r"ont changé depuis qu'ils ont été signés.*vigie report sign 2025"):
        reporting.report(lived.home, lived.office, 2025, AT, publish=True)


def test_a_year_without_figures_is_named_with_those_that_are_known(home: Home, office: Office) -> None:
    with pytest.raises(UsageError, match=r"2019.*2023, 2024, 2025"):
        reporting.report(home, office, 2019, AT)


def test_what_has_not_changed_is_not_drawn_again(
    composed: dict[str, Document], draft: Path, home: Home
) -> None:
    drawer = Drawer("fr", home.report_charts)
    charts = [one.chart for one in figures_of(composed["report"]) if one.chart is not None]
    for chart in charts:
        drawer.svg(chart)
        drawer.png(chart)
    assert len(charts) > 20
    assert drawer.drawn == 0
