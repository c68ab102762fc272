"""The document as an editable DOCX: real headings, lists and tables, and charts with alternative texts.

Where the office has a template, its styles are used and what stands in it comes first (a cover, a logo).
Paragraphs and tables are written as XML: through python-docx, run by run, a report takes ten times as long.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from reports.charts.drawing import Drawer
from reports.document import (
    Block,
    Chart,
    Code,
    Document,
    Figure,
    Heading,
    Link,
    Listing,
    Paragraph,
    Stressed,
    Table,
    Text,
    text,
)  # fmt: skip
from reports.spacing import unbroken
from warehouse.words.printable import printable

if TYPE_CHECKING:
    from docx.document import Document as Word

WIDTH_CM, TALL_WIDTH_CM, MARGIN_CM = 16.0, 10.5, 2.2
TALL = 1000  # pixels of a drawn chart: a higher one is not printed over the whole width
LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SMALL = 16  # half points
TABLE_WIDTH, NUMBER_WIDTH = 9400, 1300  # twentieths of a point
KEPT = "<w:keepNext/>"  # on the page of what follows


def docx(
    document: Document, office: str, as_of: datetime, drawer: Drawer, template: Path | None = None
) -> bytes:
    """The document as the bytes of a DOCX; `as_of` is naive UTC.

    Raises docx.opc.exceptions.PackageNotFoundError for a template that is no DOCX.
    """
    import docx as word_files

    word = word_files.Document(str(template) if template is not None else None)
    if template is None:
        _on_a4(word)
    about = word.core_properties
    about.title, about.author, about.language = str(document.title), office, LANGUAGES[document.language]
    about.created = about.modified = as_of
    about.comments, about.last_modified_by = "", office
    _Writer(word, document.language, drawer).write(document)
    held = io.BytesIO()
    word.save(held)
    return held.getvalue()


class _Writer:
    """Writes the parts of one document behind what its template holds."""

    def __init__(self, word: Word, language: str, drawer: Drawer) -> None:
        self._word, self._language, self._drawer = word, language, drawer
        self._level = 1  # of the heading that what follows stands under
        self._styles = {style.name: style.style_id for style in word.styles}
        self._speak()

    def write(self, document: Document) -> None:
        """All of it."""
        self.paragraph(document.title, "Title")
        for block in document.lead:
            self.block(block)
        for section in document.sections:
            self._level = 1
            self.heading(section.title, 1)
            for block in section.blocks:
                self.block(block)

    def block(self, block: Block) -> None:
        """A block of a section."""
        match block:
            case Heading():
                self._level = block.level + 1
                self.heading(block.text, self._level)
            case Paragraph():
                self.paragraph(block.text)
            case Listing():
                self.listing(block)
            case Table():
                self.table(block)
            case Figure():
                self.figure(block)

    def listing(self, listing: Listing) -> None:
        """A list; one that counts begins at one again. A template without lists has its signs as text."""
        style = "List Number" if listing.is_numbered else "List Bullet"
        identifier = self._style(style)
        found = self._word.styles.element.xpath(f'w:style[@w:styleId="{identifier}"]/w:pPr/w:numPr/w:numId')
        more = ""
        if found and listing.is_numbered:
            numbering = self._word.part.numbering_part.element
            kind = numbering.num_having_numId(found[0].val).abstractNumId.val
            number = numbering.add_num(kind)
            number.add_lvlOverride(ilvl=0).add_startOverride(1)
            more = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number.numId}"/></w:numPr>'
        for rank, item in enumerate(listing.items, 1):
            sign = "" if found else f"{rank}. " if listing.is_numbered else "• "
            self.paragraph(text(sign, item), style, more=more)

    def heading(self, said: Text, level: int) -> None:
        """A heading."""
        self.paragraph(said, f"Heading {level}")

    def figure(self, figure: Figure) -> None:
        """A chart under its finding, with its sentence, and what it stands on below."""
        self.heading(figure.title, self._level + 1)
        if figure.sentence:
            self.paragraph(figure.sentence, more=KEPT)
        if figure.chart is not None:
            self.picture(figure.chart, figure.alternative)
        source = text(figure.source, " · ", figure.why) if figure.why is not None else figure.source
        self.paragraph(source, size=SMALL)
        if figure.table is not None:
            self.table(figure.table)

    def picture(self, chart: Chart, alternative: str) -> None:
        """The chart, with the words for those who cannot see it."""
        from docx.shared import Cm

        png = self._drawer.png(chart)
        height = int.from_bytes(png[20:24], "big")
        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        width = Cm(TALL_WIDTH_CM if height > TALL else WIDTH_CM)
        picture = paragraph.add_run().add_picture(io.BytesIO(png), width=width)
        picture._inline.docPr.set("descr", self.said(alternative))

    def paragraph(self, said: Text, style: str = "", *, more: str = "", size: int = 0) -> None:
        """A paragraph of a style; `more` are other properties of it, `size` is in half points."""
        self._put(self._paragraph(said, style, more=more, size=size, outermost=f" {NAMESPACE}"))

    def table(self, table: Table) -> None:
        """A table under its caption; its first row is one of headings, repeated on each page."""
        if table.caption:
            self.paragraph(table.caption, "Caption", more=KEPT)
        style = f'<w:tblStyle w:val="{self._styles["Table Grid"]}"/>' if "Table Grid" in self._styles else ""
        edge = "".join(
            f'<w:{side} w:val="single" w:sz="4" w:color="B7C0C9"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in _widths(table))
        rows = "".join(
            self._row(table, row, is_head=line == 0) for line, row in enumerate((table.headings, *table.rows))
        )
        self._put(
            f'<w:tbl {NAMESPACE}><w:tblPr>{style}<w:tblW w:w="5000" w:type="pct"/>'
            f'<w:tblBorders>{edge}</w:tblBorders><w:tblLook w:val="0620" w:firstRow="1"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
        )

    def _row(self, table: Table, row: tuple[Text, ...], *, is_head: bool) -> str:
        aligned = (_aligned(rank in table.numeric) for rank in range(len(row)))
        cells = "".join(
            f"<w:tc>{self._paragraph(cell, more=more, size=SMALL, bold=is_head)}</w:tc>"
            for cell, more in zip(row, aligned, strict=True)
        )
        return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if is_head else ''}</w:trPr>{cells}</w:tr>"

    def _paragraph(
        self, said: Text, style: str = "", *, more: str = "", size: int = 0, bold: bool = False,
        outermost: str = "",
    ) -> str:  # fmt: skip
        named = f'<w:pStyle w:val="{self._style(style)}"/>' if style else ""
        runs = "".join(self._runs(said, size, bold=bold))
        return f"<w:p{outermost}><w:pPr>{named}{more}</w:pPr>{runs}</w:p>"

    def _runs(self, said: Text, size: int, *, bold: bool = False, italic: bool = False) -> Iterator[str]:
        for piece in said.pieces:
            if isinstance(piece, Link | Stressed):
                is_strong = isinstance(piece, Stressed) and piece.is_strong
                is_light = isinstance(piece, Stressed) and not piece.is_strong
                yield from self._runs(piece.text, size, bold=bold or is_strong, italic=italic or is_light)
                continue
            is_code = isinstance(piece, Code)
            words = printable(piece.text) if isinstance(piece, Code) else self.said(str(piece))
            form = (
                (
                    '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/>'
                    if is_code
                    else ""
                )
                + ("<w:b/>" if bold else "")
                + ("<w:i/>" if italic else "")
                + (f'<w:sz w:val="{size}"/>' if size else "")
            )
            yield f'<w:r><w:rPr>{form}</w:rPr><w:t xml:space="preserve">{escape(words)}</w:t></w:r>'

    def said(self, words: str) -> str:
        """Words with the spaces that lines do not break at, and no character that XML cannot hold."""
        return printable(unbroken(words, self._language))

    def _style(self, name: str) -> str:
        """The identifier of a style of Word's own, which is made where the template does not hold it."""
        if name not in self._styles:
            from docx.enum.style import WD_STYLE_TYPE

            made = self._word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            kind, _, level = name.partition(" ")
            if kind == "Heading":
                outline = f'<w:outlineLvl {NAMESPACE} w:val="{int(level) - 1}"/>'
                made.element.get_or_add_pPr().append(_parsed(outline))
            self._styles[name] = made.style_id
        return str(self._styles[name])

    def _put(self, xml: str) -> None:
        """Put an element at the end of the document, before what says how its pages are."""
        self._word.element.body.insert_element_before(_parsed(xml), "w:sectPr")

    def _speak(self) -> None:
        """Say the language of the texts, in which they are read aloud and corrected."""
        from docx.oxml.ns import qn

        properties = self._word.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
        if properties is not None:
            for known in properties.findall(qn("w:lang")):
                properties.remove(known)
            properties.append(_parsed(f'<w:lang {NAMESPACE} w:val="{LANGUAGES[self._language]}"/>'))


def _on_a4(word: Word) -> None:
    """Pages of A4 with their number below: the library's own are those of an American office."""
    from docx.shared import Cm

    page = word.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(MARGIN_CM)
    page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    number = f'<w:p {NAMESPACE}><w:pPr><w:jc w:val="right"/></w:pPr><w:fldSimple w:instr="PAGE"/></w:p>'
    below = page.footer
    below.is_linked_to_previous = False
    below.paragraphs[0]._p.getparent().replace(below.paragraphs[0]._p, _parsed(number))


def _parsed(xml: str) -> Any:
    from docx.oxml import parse_xml

    return parse_xml(xml)


def _aligned(is_number: bool) -> str:
    return '<w:spacing w:before="20" w:after="20"/>' + ('<w:jc w:val="right"/>' if is_number else "")


def _widths(table: Table) -> list[int]:
    """How wide each column is: numbers alike, texts share the rest by how long they are."""
    texts = [rank for rank in range(len(table.headings)) if rank not in table.numeric]
    longest = {
        rank: min(max([8, *(len(str(row[rank])) for row in (table.headings, *table.rows))]), 60)
        for rank in texts
    }
    number = min(NUMBER_WIDTH, TABLE_WIDTH // len(table.headings))
    rest = TABLE_WIDTH - number * len(table.numeric)
    return [
        rest * longest[rank] // sum(longest.values()) if rank in longest else number
        for rank in range(len(table.headings))
    ]
