"""Hand a workbook back with its faulty cells coloured and commented, and nothing else changed.

The workbook's parts are changed by their bytes (`sources.reading.parts`): openpyxl would lose text boxes with
the charts beside them, slicers, extensions of formats and the values of formulas. A text with columns becomes
a workbook of texts first.
"""

from __future__ import annotations

import csv
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from sources.reading.faults import cell_name, found, remedy
from sources.reading.parts import (
    Edit,
    Element,
    UnfitPartError,
    edited,
    elements,
    local,
    named,
    put_in,
    tag_of,
    with_attributes,
)
from sources.reading.zips import WORKBOOK, refuse_bomb
from sources.staged import Quarantined
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import number, say
from warehouse.words.printable import printable

AUTHOR = "Vigie"
COLOUR = "FFFFC7CE"  # what spreadsheets call light red
WORKBOOKS = (".xlsx", ".xlsm")
TEXTS = (".csv", ".tsv", ".txt")
SEPARATORS = (";", ",", "\t", "|")
HEADING_WITHIN = 30
LARGEST_BYTES = 32 << 20
LONGEST_COMMENT = 2_000
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
# What follows the drawing of comments in a sheet, in the order of the schema.
AFTER_DRAWING = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "extLst", "AlternateContent",
)  # fmt: skip
SHAPE_NAMESPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
FIRST_SHAPE = 900_001  # beyond those that spreadsheets number


class UnmarkedError(RefusedDeliveryError):
    """A file of which no marked copy can be made; the text says why and what to do instead."""


Cell = tuple[int, int]
"""Row and column of a cell, from 1."""


def marked_name(file_name: str) -> str | None:
    """What the marked copy of a file is called; None for a file that is no table."""
    name = Path(file_name)
    if name.suffix.lower() in WORKBOOKS:
        return f"{name.stem}.marked{name.suffix}"
    return f"{name.stem}.marked.xlsx" if name.suffix.lower() in TEXTS else None


def mark(path: Path, file_name: str, faults: Sequence[Quarantined], target: Path, language: str) -> int:
    """Write the marked copy of a file to `target`; returns how many cells are marked, nothing when it is 0.

    Raises UnmarkedError for a file that is no workbook and no text with columns, is too large, or has a
    structure that cannot be changed safely.
    """
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        sizes = {"size": number(size / 2**20, language), "most": number(LARGEST_BYTES / 2**20, language)}
        raise UnmarkedError(say("marking.large", language, file=file_name, **sizes))
    try:
        if file_name.lower().endswith(TEXTS):
            content, rows = as_workbook(path.read_bytes(), faults)
            faults = [one._replace(line=rows.get(one.line or 0, one.line)) for one in faults]
        elif file_name.lower().endswith(WORKBOOKS) and zipfile.is_zipfile(path):
            content = path.read_bytes()
        else:
            raise UnmarkedError(say("marking.kind", language, file=file_name))
        with zipfile.ZipFile(BytesIO(content)) as packed:
            refuse_bomb(packed.infolist(), size, WORKBOOK, file_name, language)
            parts, count = _marked_parts(packed, faults, language)
            if count:
                _write(packed, parts, target)
    except (UnfitPartError, zipfile.BadZipFile, LookupError, ValueError, StopIteration, csv.Error) as error:
        detail = f"{type(error).__name__} {error}".strip()
        raise UnmarkedError(say("marking.damaged", language, file=file_name, detail=detail)) from error
    return count


# --- a text as a workbook --------------------------------------------------------------------------------


def as_workbook(content: bytes, faults: Sequence[Quarantined]) -> tuple[bytes, dict[int, int]]:
    """A text with columns as a workbook of one sheet, and the row of each line; every cell is text.

    In cells of the format Text, what begins with `=` is no formula, not even once somebody edits it, and what
    looks like a number or a date stays as it is written.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    text = _decoded(content)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Vigie")
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_separator(text, faults))
    rows: dict[int, int] = {}
    line = 1
    for rank, cells in enumerate(reader, 1):
        rows |= dict.fromkeys(range(line, reader.line_num + 1), rank)
        line = reader.line_num + 1
        written = []
        for value in cells:
            cell = WriteOnlyCell(sheet, value=printable(value, keep="\n")[:32_767])
            cell.data_type, cell.number_format = "s", "@"
            written.append(cell)
        sheet.append(written)
    packed = BytesIO()
    book.save(packed)
    return packed.getvalue(), rows


def _decoded(content: bytes) -> str:
    """The text of a file; UTF-8 or UTF-16, else what Windows writes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _separator(text: str, faults: Sequence[Quarantined]) -> str:
    """The separator by which the headings of the faults stand where they were read; else the commonest."""
    head = list(islice(text.splitlines(), HEADING_WITHIN))
    wanted = {(one.position, one.column) for one in faults if one.position and one.column}

    def score(separator: str) -> tuple[int, int]:
        rows = list(csv.reader(head, delimiter=separator))
        placed = {(rank, cell.strip()) for row in rows for rank, cell in enumerate(row, 1)}
        return len(wanted & placed), sum(map(len, rows))

    return max(SEPARATORS, key=score)


# --- the parts of a workbook -----------------------------------------------------------------------------


@dataclass
class Package:
    """A workbook's parts: as they were, and what they become."""

    packed: zipfile.ZipFile
    changed: dict[str, bytes]

    def read(self, name: str) -> bytes:
        """A part as it is by now; raises KeyError."""
        return self.changed[name] if name in self.changed else self.packed.read(name)

    def has(self, name: str) -> bool:
        """Whether the part is there."""
        return name in self.changed or name in self.packed.namelist()

    def relations(self, of: str) -> list[Element]:
        """What a part refers to."""
        name = _relations_part(of)
        return named(self.read(name), "Relationship") if self.has(name) else []

    def related(self, of: str, kind: str) -> str | None:
        """The part of that kind that a part refers to."""
        for one in self.relations(of):
            if one.attributes.get("Type") == f"{OFFICE}/{kind}":
                return _resolved(of, one.attributes["Target"])
        return None

    def free_name(self, pattern: str) -> str:
        """A name that no part has."""
        rank = 1
        while self.has(pattern.format(rank)):
            rank += 1
        return pattern.format(rank)

    def relate(self, of: str, kind: str, target: str) -> str:
        """Refer to a part from another; the reference."""
        name = _relations_part(of)
        if not self.has(name):
            self.changed[name] = f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"/>'.encode()
        taken = {one.attributes.get("Id") for one in self.relations(of)}
        reference = next(f"rIdVigie{n}" for n in range(1, 10_000) if f"rIdVigie{n}" not in taken)
        content = self.read(name)
        (root, *_) = named(content, "Relationships")
        text = f'<{root.prefix}Relationship Id="{reference}" Type="{OFFICE}/{kind}" Target="/{target}"/>'
        self.changed[name] = edited(content, [put_in(root, content, text)])
        return reference

    def declare(self, part: str, content_type: str) -> None:
        """Say of which type a new part is; of drawings, by their ending."""
        content = self.read("[Content_Types].xml")
        (root, *declared) = named(content, "Types", "Default", "Override")
        extension = Path(part).suffix[1:]
        if extension == "vml":
            if any(one.attributes.get("Extension", "").lower() == extension for one in declared):
                return
            text = f'<{root.prefix}Default Extension="vml" ContentType="{content_type}"/>'
        else:
            text = f'<{root.prefix}Override PartName="/{part}" ContentType="{content_type}"/>'
        self.changed["[Content_Types].xml"] = edited(
            content, [put_in(root, content, text, first=extension == "vml")]
        )


DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _relations_part(of: str) -> str:
    folder, name = posixpath.split(of)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _resolved(of: str, target: str) -> str:
    """The part that a reference names."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(of), target)).lstrip("/")


def _marked_parts(
    packed: zipfile.ZipFile, faults: Sequence[Quarantined], language: str
) -> tuple[dict[str, bytes], int]:
    """The parts that change, and how many cells are marked."""
    package = Package(packed, {})
    workbook = package.related("", "officeDocument")
    if workbook is None:
        raise UnfitPartError("officeDocument")
    targets = {
        one.attributes["Id"]: _resolved(workbook, one.attributes["Target"])
        for one in package.relations(workbook)
    }
    sheets: dict[str, str] = {}
    for one in named(package.read(workbook), "sheet"):
        reference = next(value for name, value in one.attributes.items() if local(name) == "id")
        sheets[one.attributes["name"]] = targets[reference]
    notes: dict[str, dict[Cell, list[str]]] = {}
    for fault in faults:
        part = sheets.get(fault.sheet) if fault.sheet is not None else next(iter(sheets.values()))
        if part is None or fault.line is None:
            continue
        asked = say("place.asked", language)
        text = f"{found(fault, language)}. {asked} {remedy(fault, language)}."
        at = notes.setdefault(part, {}).setdefault((fault.line, fault.position or 1), [])
        if text not in at:
            at.append(text)
    styles = package.related(workbook, "styles")
    if styles is None:
        raise UnfitPartError("styles")
    painter = Painter(package, styles)
    for part, cells in notes.items():
        package.changed[part] = _coloured(package.read(part), cells, painter)
        _comment(package, part, {cell: "\n".join(texts) for cell, texts in cells.items()})
    painter.finish()
    return package.changed, sum(map(len, notes.values()))


class Painter:
    """The styles of a workbook: for each that a marked cell has, one like it with our colour."""

    def __init__(self, package: Package, part: str) -> None:
        self._package, self._part = package, part
        self._content = package.read(part)
        found = named(self._content, "fills", "fill", "cellXfs", "xf")
        self._fills = next(one for one in found if one.local == "fills")
        self._formats = next(one for one in found if one.local == "cellXfs")
        self._fill = sum(one.path[-1] == "fills" for one in found)
        self._known = [one for one in found if one.local == "xf" and one.path[-1] == "cellXfs"]
        self._added: list[str] = []
        self._given: dict[int, int] = {}

    def like(self, style: int) -> int:
        """The number of the style that is like another one, in our colour."""
        if style not in self._given:
            if style >= len(self._known):
                raise UnfitPartError("cellXfs")
            one = self._known[style]
            tag = with_attributes(tag_of(one, self._content), fillId=str(self._fill), applyFill="1")
            self._added.append(tag + self._content[one.inner : one.after].decode())
            self._given[style] = len(self._known) + len(self._added) - 1
        return self._given[style]

    def finish(self) -> None:
        """Write the styles that were asked for."""
        p = self._fills.prefix
        fill = (
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="{COLOUR}"/>'
            f'<{p}bgColor indexed="64"/></{p}patternFill></{p}fill>'
        )
        edits = []
        for element, text, count in (
            (self._fills, fill, self._fill + 1),
            (self._formats, "".join(self._added), len(self._known) + len(self._added)),
        ):
            tag = with_attributes(tag_of(element, self._content), count=str(count))
            edits += [Edit(element.start, element.inner, tag), put_in(element, self._content, text)]
        self._package.changed[self._part] = edited(self._content, edits)


def _coloured(content: bytes, cells: Mapping[Cell, object], painter: Painter) -> bytes:
    """A sheet with our colour in these cells; those that are not there yet are made, empty."""
    rows = {row for row, _ in cells}
    place = {"row": 0, "column": 0}

    def is_wanted(name: str, attributes: Mapping[str, str]) -> bool:
        if name == "row":
            place["row"] = int(attributes.get("r", place["row"] + 1))
            place["column"] = 0
            return place["row"] in rows
        return name in ("sheetData", "col") or (name == "c" and place["row"] in rows)

    found = elements(content, is_wanted)
    columns = [one for one in found if one.local == "col"]
    data = next(one for one in found if one.local == "sheetData")
    edits: list[Edit] = []
    row_of: dict[int, Element] = {}
    cells_of: dict[int, dict[int, Element]] = {}
    number_of_row = 0
    for one in found:
        if one.local == "row":
            # Without a number of its own a row follows the one before, which is not at hand here.
            if "r" not in one.attributes:
                raise UnfitPartError("row")
            number_of_row = int(one.attributes["r"])
            row_of[number_of_row] = one
            last = 0
        elif one.local == "c" and one.path[-1] == "row":
            last = _column(one.attributes["r"]) if "r" in one.attributes else last + 1
            cells_of.setdefault(number_of_row, {})[last] = one
    rest: list[tuple[Cell, str]] = []
    for (row, column), _ in sorted(cells.items()):
        there = cells_of.get(row, {}).get(column)
        if there is not None:
            style = painter.like(int(there.attributes.get("s", "0")))
            edits.append(
                Edit(there.start, there.inner, with_attributes(tag_of(there, content), s=str(style)))
            )
            continue
        style = painter.like(_inherited(row_of.get(row), column, columns))
        text = f'<{data.prefix}c r="{cell_name(row, column)}" s="{style}"/>'
        rest.append(((row, column), text))
    for row in sorted({row for (row, _), _ in rest}):
        new = [(column, text) for (at, column), text in rest if at == row]
        if row not in row_of:
            raise UnfitPartError("row")
        element, later = row_of[row], cells_of.get(row, {})
        appended = ""
        for column, text in new:
            following = min((c for c in later if c > column), default=None)
            if following is None:
                appended += text
            else:
                edits.append(Edit(later[following].start, later[following].start, text))
        if appended:
            edits.append(put_in(element, content, appended))
    return edited(content, edits)


def _column(address: str) -> int:
    """The column of an address such as C14."""
    rank = 0
    for letter in address.rstrip("0123456789").upper():
        rank = rank * 26 + ord(letter) - ord("A") + 1
    return rank


def _inherited(row: Element | None, column: int, columns: Sequence[Element]) -> int:
    """The style of a cell that is not there: that of its row, else of its column."""
    if row is not None and row.attributes.get("customFormat") in ("1", "true"):
        return int(row.attributes.get("s", "0"))
    for one in columns:
        if int(one.attributes["min"]) <= column <= int(one.attributes["max"]):
            return int(one.attributes.get("style", "0"))
    return 0


# --- comments --------------------------------------------------------------------------------------------


def _comment(package: Package, sheet: str, texts: Mapping[Cell, str]) -> None:
    """Give a sheet's cells comments, beside those that it has; one that is there gets ours below it."""
    comments = package.related(sheet, "comments")
    if comments is None:
        comments = package.free_name("xl/commentsVigie{}.xml")
        empty = f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'
        package.changed[comments] = (DECLARATION + empty).encode()
        package.declare(comments, COMMENTS_TYPE)
        package.relate(sheet, "comments", comments)
    content = package.read(comments)
    found = named(content, "authors", "author", "commentList", "comment", "text")
    authors = next(one for one in found if one.local == "authors")
    listed = next(one for one in found if one.local == "commentList")
    there: dict[str, Element] = {}
    reference = ""
    for one in found:
        if one.local == "comment":
            reference = one.attributes["ref"]
        elif one.local == "text":
            there[reference] = one
    p = listed.prefix
    author = sum(one.local == "author" for one in found)
    edits = [put_in(authors, content, f"<{p}author>{AUTHOR}</{p}author>")]
    added, drawn = "", []
    for (row, column), text in texts.items():
        said = f'<{p}t xml:space="preserve">{_comment_text(text)}</{p}t>'
        name = cell_name(row, column)
        if name in there:
            said = said.replace(">", f">\n{AUTHOR} : ", 1)
            edits.append(put_in(there[name], content, f"<{p}r>{said}</{p}r>"))
            continue
        run = f"<{p}text><{p}r>{said}</{p}r></{p}text>"
        added += f'<{p}comment ref="{name}" authorId="{author}">{run}</{p}comment>'
        drawn.append((row, column))
    if added:
        edits.append(put_in(listed, content, added))
    package.changed[comments] = edited(content, edits)
    if drawn:
        _draw(package, sheet, drawn)


def _comment_text(text: str) -> str:
    """A comment as XML: what is not seen is written out, and what is long is cut."""
    shown = printable(text, keep="\n")
    return escape(shown if len(shown) <= LONGEST_COMMENT else shown[: LONGEST_COMMENT - 1] + "…")


def _draw(package: Package, sheet: str, cells: Sequence[Cell]) -> None:
    """Give each comment the box that spreadsheets show it in."""
    shapes = "".join(_shape(FIRST_SHAPE + rank, *cell) for rank, cell in enumerate(cells))
    content = package.read(sheet)
    legacy = [one for one in named(content, "legacyDrawing") if len(one.path) == 1]
    if legacy:
        reference = next(value for name, value in legacy[0].attributes.items() if local(name) == "id")
        drawing = next(
            _resolved(sheet, one.attributes["Target"])
            for one in package.relations(sheet)
            if one.attributes.get("Id") == reference
        )
        old = package.read(drawing)
        end = old.rfind(b"</xml>")
        if end < 0:
            raise UnfitPartError("vmlDrawing")
        package.changed[drawing] = old[:end] + shapes.encode() + old[end:]
        return
    drawing = package.free_name("xl/drawings/vmlDrawingVigie{}.vml")
    package.changed[drawing] = f"<xml {SHAPE_NAMESPACES}>{SHAPE_TYPE}{shapes}</xml>".encode()
    package.declare(drawing, DRAWING_TYPE)
    reference = package.relate(sheet, "vmlDrawing", drawing)
    root = named(content, "worksheet")[0]
    later = [
        one
        for one in elements(content, lambda name, _: name in (*AFTER_DRAWING, "sheetData"))
        if len(one.path) == 1
    ]
    data = next(one for one in later if one.local == "sheetData")
    at = min((one.start for one in later if one.start > data.start), default=root.end)
    text = f'<{root.prefix}legacyDrawing xmlns:r={quoteattr(OFFICE)} r:id="{reference}"/>'
    package.changed[sheet] = edited(content, [Edit(at, at, text)])


SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


def _shape(rank: int, row: int, column: int) -> str:
    """The box of a comment, hidden until somebody points at its cell."""
    return (
        f'<v:shape {SHAPE_NAMESPACES} id="_x0000_s{rank}" type="#_x0000_t202" '
        'style="position:absolute;width:260pt;height:90pt;z-index:1;visibility:hidden" '
        'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{column}, 15, {max(row - 2, 0)}, 10, {column + 4}, 15, {row + 5}, 4</x:Anchor>"
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column>"
        "</x:ClientData></v:shape>"
    )


def _write(packed: zipfile.ZipFile, parts: Mapping[str, bytes], target: Path) -> None:
    """Write the workbook with the parts that changed, the others as they were and in their order."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for member in packed.infolist():
            content = parts[member.filename] if member.filename in parts else packed.read(member)
            written.writestr(member, content)
        for name in parts:
            if name not in packed.namelist():
                written.writestr(
                    zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), parts[name], zipfile.ZIP_DEFLATED
                )
