"""The demonstration's pages: no numeral without its row, no link that leads nowhere, one language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import duckdb
import pytest

from reports.charts.kinds import department_names
from reports.document import Text, pieces
from reports.pages.published import Names, Published
from reports.pages.writing import documents
from reports.reading import PERCENT, reread, written
from sources import names as source_names
from sources.catalogue import find
from tests.demo.conftest import Demonstration
from tests.languages import WORD, words_of

FIRST_PAGE_BYTES = 100_000
CONSTANTS = {"10", "5"}  # of a unit: /10, /5
NUMERAL = re.compile(r"\d+")
Pages = dict[str, "Read"]


@dataclass
class Read(HTMLParser):
    """What a page holds: its bound values, its other texts, its links and its identifiers."""

    bound: list[tuple[str, str, str]] = field(default_factory=list)  # of, value, text
    times: list[tuple[str, str]] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)  # texts in charts, but for those of axes and legends
    loose: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        if own.get("id"):
            self.names.append(str(own["id"]))
        if tag == "a":
            self.links.append(str(own["href"]))
        if tag not in ("meta", "br", "img", "link"):
            self._open.append((tag, own))
        if tag == "data":
            self.bound.append((str(own["data-of"]), str(own["value"]), ""))
        elif tag == "span" and "data-of" in own:
            self.bound.append((str(own["data-of"]), "", ""))
        elif tag == "time":
            self.times.append((str(own["datetime"]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "style" in tags:
            return
        last, own = self._open[-1] if self._open else ("", {})
        if "data-of" in own:
            of, value, text = self.bound[-1]
            self.bound[-1] = (of, value, text + data)
        elif last == "time":
            at, text = self.times[-1]
            self.times[-1] = (at, text + data)
        elif "svg" in tags:
            groups = " ".join(str(one.get("class", "")) for _, one in self._open)
            if "role-axis-label" not in groups and "role-legend-label" not in groups:
                self.drawn.append(data)
        elif "code" in tags:
            self.commands.append(data)
        elif data.strip():
            self.loose.append(data)


@pytest.fixture(scope="module")
def folder(demonstration: Demonstration) -> Path:
    return demonstration.home.current / "pages"


@pytest.fixture(scope="module")
def pages(folder: Path) -> Pages:
    """Every page, read once."""
    found = {}
    for path in sorted(folder.glob("*.html")):
        found[path.name] = Read()
        found[path.name].feed(path.read_text(encoding="utf-8"))
    assert len(found) > 80
    return found


@pytest.fixture(scope="module")
def published(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        yield connection


def plain(text: str) -> str:
    """A text with ordinary spaces."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " ")).strip()


def test_every_value_on_every_page_is_that_of_its_row(
    pages: Pages, published: duckdb.DuckDBPyConnection
) -> None:
    places = {place for page in pages.values() for place in page.bound}
    known = reread(published, {of for of, _, _ in places})
    wrong = []
    for of, value, text in sorted(places):
        held = known[of]
        if not value:
            is_right = held is not None and (plain(str(held)) == plain(text) or isinstance(held, Decimal))
        else:
            decimals = len(text.partition(",")[2])
            number = Decimal(str(held)) if held is not None else Decimal("NaN")
            shown = {plain(written(number, "fr", decimals, signed=one)) for one in (True, False)}
            is_right = Decimal(value) == number and plain(text) in shown
        if not is_right:
            wrong.append((of, value, text, held))
    assert wrong == []
    assert len(places) > 2000
    assert any(unquote(of).endswith(PERCENT) for of, _, _ in places)


def test_no_numeral_on_any_page_stands_outside_a_value_a_date_or_a_constant(
    pages: Pages, published: duckdb.DuckDBPyConnection
) -> None:
    """Names hold numerals too: of operators, products, sections, files, sites, departments."""
    names = published_names(published)
    orphans = []
    for file, page in pages.items():
        for text in page.loose:
            said = without(names, plain(text))
            said = re.sub(r"\((\d[\dAB]\d?)\)", "", said)  # the code of a department behind its name
            orphans += [(file, said) for one in NUMERAL.findall(said) if one not in CONSTANTS]
    assert orphans == []


def test_what_is_written_in_a_chart_stands_in_a_value_of_its_page(pages: Pages) -> None:
    for file, page in pages.items():
        said = {plain(text) for _, _, text in page.bound} | {plain(text) for _, text in page.times}
        for text in page.drawn:
            # A value with its unit; the title of an axis is a unit alone.
            number = re.match(r"[-−+\d][\d ,.]*", plain(text))
            if number is not None and NUMERAL.search(text):
                assert number[0].strip() in said or plain(text) in said, (file, text)


def test_a_repaired_counter_was_down_until_the_hour_in_which_it_counted_again(folder: Path) -> None:
    page = plain(
        re.sub("<[^>]*>", "", (folder / "indicator-counter-passages.html").read_text(encoding="utf-8"))
    )
    assert "Compteur en panne du 15 mai 2025 à 09:00 au 6 août 2025 à 09:00." in page


def test_every_link_leads_to_a_page_or_a_file_that_is_there(folder: Path, pages: Pages) -> None:
    wrong = set()
    for file, page in pages.items():
        for link in page.links:
            path, _, anchor = link.partition("#")
            assert "://" not in link
            if path and not (folder / path).is_file():
                wrong.add((file, link))
            if anchor and anchor not in pages[path or file].names:
                wrong.add((file, link))
    assert wrong == set()


def test_every_page_can_be_reached_from_the_first_one(pages: Pages) -> None:
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        for link in pages[waiting.pop()].links:
            target = link.partition("#")[0]
            if target in pages and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert set(pages) - reached == set()


def test_no_bar_is_the_sum_of_others_beside_it(folder: Path) -> None:
    """Of amounts with cents: small counts may come to each other's sum by chance."""
    seen = 0
    for path in folder.glob("theme-*.html"):
        for svg in re.findall(r'<div class="chart fluid".*?</svg>', path.read_text(encoding="utf-8")):
            told = [
                re.sub(r"[^\d,]", "", one).replace(",", ".") for one in re.findall(r">([^<]*)</text>", svg)
            ]
            cents = [Decimal(one) for one in told[1::2] if re.fullmatch(r"\d+\.\d\d", one)]
            seen += len(cents)
            for value in cents:
                others = sorted((one for one in cents if one < value), reverse=True)
                sums = {Decimal(0)}
                for one in others:
                    sums |= {one + other for other in sums}
                assert value not in sums or not others, (path.name, value)
    assert seen > 5


def test_a_theme_draws_nothing_about_the_observing_and_tells_it_last(
    folder: Path, published: duckdb.DuckDBPyConnection
) -> None:
    found = published.execute(
        "SELECT section, label_fr FROM marts.indicator WHERE is_about_observation ORDER BY section"
    ).fetchall()
    assert found
    for section, label in found:
        page = (folder / f"theme-{section.replace('_', '-')}.html").read_text(encoding="utf-8")
        seen, _, table = page.partition('id="figures"')
        assert f">{label} :" not in seen
        assert f">{label}," not in seen
        rows = re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', table)
        behind = rows[next(rank for rank, one in enumerate(rows) if label in unescape(one)) :]
        assert {re.sub("<[^>]*>", "", unescape(one)) for one in behind} <= {
            one for where, one in found if where == section
        } | set(gaps_of(published))


def gaps_of(published: duckdb.DuckDBPyConnection) -> list[str]:
    """The indicators of which something is missing: a table names them below its figures."""
    found = published.execute(
        "SELECT DISTINCT label_fr FROM marts.indicator_gap JOIN marts.indicator USING (indicator)"
    )
    return [label for (label,) in found.fetchall()]


def test_a_theme_whose_table_leaves_figures_out_leads_to_the_page_that_has_them(folder: Path) -> None:
    page = plain((folder / "theme-listening.html").read_text(encoding="utf-8"))
    (said,) = re.findall(r"<p>De ce qui est détaillé, .*?</p>", page)
    assert 'href="indicator-incidents.html"' in said
    assert "De ce qui est détaillé" not in (folder / "theme-information.html").read_text(encoding="utf-8")


def published_names(published: duckdb.DuckDBPyConnection) -> list[str]:
    """Names that figures are told under, the longest first."""
    queries = (
        "SELECT DISTINCT dimension FROM marts.indicator_value",
        "SELECT DISTINCT site_name FROM marts.site",
        "SELECT label_fr FROM marts.indicator",
        "SELECT DISTINCT partner_id FROM marts.partner_label",
    )
    found = {name for query in queries for (name,) in published.execute(query).fetchall() if name}
    return sorted({plain(name) for name in found if len(name) > 3}, key=len, reverse=True)


def without(names: list[str], text: str) -> str:
    for name in names:
        text = text.replace(name, "")
    return text


def words(language: str) -> set[str]:
    """Words of the catalogue's texts of pages and reports that the other language does not have."""
    return words_of(
        "annual.", "page.", "report.", "dimension.", "unit.", "section.", "severity.", language=language
    )


def test_a_french_page_holds_no_english_word(pages: Pages, published: duckdb.DuckDBPyConnection) -> None:
    names = published_names(published)
    english = words("en")
    assert len(english) > 100
    published_french = {
        word
        for page in pages.values()
        for of, value, text in page.bound
        if not value
        for word in WORD.findall(text.lower())
    }
    found = {
        (file, word)
        for file, page in pages.items()
        for text in page.loose
        for word in WORD.findall(without(names, plain(text)).lower())
        if word in english - published_french
    }
    assert found == set()


def test_an_english_page_holds_no_french_word(published: duckdb.DuckDBPyConnection) -> None:
    """Composed for an office whose language is English; what its database quotes is in its own words."""
    names = published_names(published) + sorted(department_names().values(), key=len, reverse=True)
    sources = {name: find(name).SPEC.label_en for name in source_names()}
    labels = [label for (label,) in published.execute("SELECT label_en FROM marts.indicator").fetchall()]
    english = {word for text in (*sources.values(), *labels) for word in WORD.findall(text.lower())}
    french = words("fr") - english
    own = Names("Office", "en", ZoneInfo("Europe/Paris"), sources, lambda *_: Text(("incident",)))
    found = {
        (file, word)
        for file, document in documents(Published(published, own))
        for piece in pieces(document)
        if isinstance(piece, str)
        for word in WORD.findall(without(names, plain(piece)).lower())
        if word in french
    }
    assert found == set()


def test_the_first_page_is_small(folder: Path) -> None:
    assert (folder / "index.html").stat().st_size <= FIRST_PAGE_BYTES


def test_pages_need_no_script_and_no_other_place(folder: Path) -> None:
    for path in folder.glob("*.html"):
        content = path.read_text(encoding="utf-8")
        assert "<script" not in content, path.name
        assert not re.search(r'(?:src|href)="(?:https?:)?//', content), path.name
        assert "url(" not in content, path.name
