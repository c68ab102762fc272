"""A marked copy: its faulty cells are coloured and commented, and nothing else is changed."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from PIL import Image as Picture
from python_calamine import CalamineWorkbook

from sources.reading.marking import AUTHOR, COLOUR, UnmarkedError, mark, marked_name
from sources.staged import Quarantined

# The parts that a mark may change: the sheet at fault with its comments, the styles, and what lists parts.
CHANGED = {"[Content_Types].xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"}
NEW = {
    "xl/commentsVigie1.xml",
    "xl/drawings/vmlDrawingVigie1.vml",
    "xl/worksheets/_rels/sheet1.xml.rels",
}


def fault(line: int, position: int, found: str = "x", sheet: str | None = "Ventes") -> Quarantined:
    reason = f"« {found} » n'est pas un nombre"
    return Quarantined(line, "Montant", "not_a_number", reason, sheet, position, found)


def rich_workbook(path: Path) -> Path:
    """A workbook with all that spreadsheets put around a table."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Ventes"
    sheet.append(["Ventes 2025"])
    sheet.merge_cells("A1:C1")
    sheet.append(["Date", "Montant", "Double"])
    for row in range(3, 9):
        sheet.append([f"0{row}/07/2025", row, f"=B{row}*2"])
    sheet["B4"].font, sheet["B4"].fill = Font(bold=True), PatternFill("solid", fgColor="FF00FF00")
    sheet["B4"].number_format = "0.00 €"
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["B"].width = 33
    sheet.freeze_panes, sheet.auto_filter.ref = "A3", "A2:C8"
    validation = DataValidation(type="list", formula1='"oui,non"')
    validation.add("C3:C8")
    sheet.add_data_validation(validation)
    sheet.conditional_formatting.add("B3:B8", CellIsRule(operator="lessThan", formula=["0"]))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=2, max_row=8))
    sheet.add_chart(chart, "F2")
    picture = BytesIO()
    Picture.new("RGB", (4, 4)).save(picture, "PNG")
    sheet.add_image(Image(picture), "F20")
    book.create_sheet("Notes").append(["=1+1", "à garder"])
    book.create_sheet("Cachée").sheet_state = "hidden"
    book.save(path)
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def with_part(path: Path, changes: dict[str, bytes]) -> Path:
    """The workbook with these parts in the place of its own, or beside them."""
    content = parts(path) | changes
    with zipfile.ZipFile(path, "w") as packed:
        for name, part in content.items():
            packed.writestr(name, part)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return rich_workbook(tmp_path / "ventes.xlsx")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.xlsx"


def test_every_other_part_of_the_workbook_is_the_same_bytes(book: Path, copy: Path) -> None:
    assert mark(book, "ventes.xlsx", [fault(4, 2), fault(6, 2)], copy, "fr") == 2
    before, after = parts(book), parts(copy)
    rels = "xl/worksheets/_rels/sheet1.xml.rels"
    assert set(after) - set(before) == NEW - {rels}
    assert {name for name in before if before[name] != after[name]} == CHANGED | {rels}


def test_a_faulty_cell_is_coloured_and_commented_and_keeps_all_else_of_its_look(
    book: Path, copy: Path
) -> None:
    mark(book, "ventes.xlsx", [fault(4, 2, "=2+2")], copy, "fr")
    sheet = openpyxl.load_workbook(copy)["Ventes"]
    cell = sheet["B4"]
    assert cell.fill.fgColor.rgb == COLOUR
    assert cell.font.bold and cell.number_format == "0.00 €" and cell.value == 4
    assert cell.comment is not None and cell.comment.author == AUTHOR
    assert cell.comment.text.startswith("« =2+2 » n'est pas un nombre. Attendu : un nombre")
    assert sheet["B5"].fill.fgColor.rgb != COLOUR and sheet["B5"].comment is None


def test_values_formulas_hidden_rows_widths_lists_and_merges_survive(book: Path, copy: Path) -> None:
    mark(book, "ventes.xlsx", [fault(4, 2)], copy, "fr")
    was, now = (openpyxl.load_workbook(path)["Ventes"] for path in (book, copy))
    assert [[c.value for c in row] for row in was] == [[c.value for c in row] for row in now]
    assert now.row_dimensions[5].hidden and now.column_dimensions["B"].width == 33
    assert str(now.merged_cells.ranges) == str(was.merged_cells.ranges)
    assert now.data_validations.count == 1 and now.auto_filter.ref == "A2:C8"
    calamine = [CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Ventes") for path in (book, copy)]
    assert calamine[0].to_python() == calamine[1].to_python()


def test_an_empty_cell_is_marked_in_its_place_of_the_row(tmp_path: Path, copy: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Ventes"
    sheet["A1"], sheet["D1"], sheet["A2"], sheet["D2"] = "a", "d", 1, 4
    book.save(tmp_path / "a.xlsx")
    assert mark(tmp_path / "a.xlsx", "a.xlsx", [fault(2, 3), fault(2, 9)], copy, "fr") == 2
    marked = openpyxl.load_workbook(copy)["Ventes"]
    for name in ("C2", "I2"):
        assert marked[name].fill.fgColor.rgb == COLOUR and marked[name].value is None
    order = [c.coordinate for c in marked[2] if c.has_style]
    assert order == ["C2", "I2"] and marked["D2"].value == 4


def test_comments_that_are_there_stay_and_ours_come_beside_or_below_them(tmp_path: Path, copy: Path) -> None:
    path = rich_workbook(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    for name in ("A3", "B4"):
        book["Ventes"][name].comment = Comment("à vérifier", "Jeanne")
    book.save(path)
    assert mark(path, "a.xlsx", [fault(4, 2), fault(6, 2)], copy, "fr") == 2
    sheet = openpyxl.load_workbook(copy)["Ventes"]
    assert sheet["A3"].comment.text == "à vérifier" and sheet["A3"].comment.author == "Jeanne"
    assert sheet["B4"].comment.text.startswith("à vérifier\nVigie : « x »")
    assert sheet["B6"].comment.author == AUTHOR
    drawings = [name for name in parts(copy) if name.endswith(".vml")]
    assert len(drawings) == 1 and parts(copy)[drawings[0]].count(b'ObjectType="Note"') == 3


def test_macros_and_what_no_library_knows_survive(tmp_path: Path) -> None:
    path = rich_workbook(tmp_path / "a.xlsx").rename(tmp_path / "a.xlsm")
    extension = (
        b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
        b'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
        b'<x14:dataValidations count="0"/></ext></extLst></worksheet>'
    )
    sheet = parts(path)["xl/worksheets/sheet1.xml"].replace(b"</worksheet>", extension)
    with_part(path, {"xl/vbaProject.bin": b"\xd0\xcfmacro", "xl/worksheets/sheet1.xml": sheet,
                     "xl/pivotTables/pivotTable1.xml": b"<pivotTableDefinition/>"})  # fmt: skip
    copy = tmp_path / "copy.xlsm"
    mark(path, "a.xlsm", [fault(4, 2)], copy, "fr")
    after = parts(copy)
    assert after["xl/vbaProject.bin"] == b"\xd0\xcfmacro"
    assert after["xl/pivotTables/pivotTable1.xml"] == b"<pivotTableDefinition/>"
    marked = after["xl/worksheets/sheet1.xml"]
    assert extension in marked and marked.index(b"<legacyDrawing") < marked.index(b"<extLst>")


def test_prefixed_parts_are_marked_too(tmp_path: Path, copy: Path) -> None:
    """Some programs write `<x:c>` where others write `<c>`."""
    path = rich_workbook(tmp_path / "a.xlsx")
    main = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    changed = {}
    for name in ("xl/worksheets/sheet1.xml", "xl/styles.xml"):
        content = parts(path)[name].replace(main, main.replace(b"xmlns=", b"xmlns:x="))
        head, _, rest = content.partition(b"?>") if content.startswith(b"<?") else (b"", b"", content)
        body = rest.replace(b"</", b"</x:")
        body = b"".join(
            b"<" + (b"" if piece.startswith((b"/", b"?", b"!")) else b"x:") + piece if n else piece
            for n, piece in enumerate(body.split(b"<"))
        )
        changed[name] = (head + b"?>" if head else b"") + body
    with_part(path, changed)
    assert mark(path, "a.xlsx", [fault(4, 2), fault(4, 8)], copy, "fr") == 2
    assert openpyxl.load_workbook(copy)["Ventes"]["B4"].fill.fgColor.rgb == COLOUR


def test_what_a_comment_quotes_is_text_whatever_it_is(book: Path, copy: Path) -> None:
    nasty = '</t><f>1</f> & "x" \x00\x1b[31m \u202e'
    mark(book, "ventes.xlsx", [fault(4, 2, nasty)], copy, "fr")
    comment = openpyxl.load_workbook(copy)["Ventes"]["B4"].comment
    assert comment is not None
    assert '</t><f>1</f> & "x" \\u0000\\u001b[31m \\u202e' in comment.text


def test_a_csv_comes_back_as_a_workbook_of_texts(tmp_path: Path, copy: Path) -> None:
    path = tmp_path / "ventes.csv"
    path.write_text('Date;Montant;Note\n01/07/2025;007;"sur\ndeux lignes"\n02/07/2025;x;=1+1\n')
    assert mark(path, "ventes.csv", [fault(4, 2, sheet=None)], copy, "fr") == 1
    sheet = openpyxl.load_workbook(copy).worksheets[0]
    values = [[c.value for c in row] for row in sheet]
    assert values[1] == ["01/07/2025", "007", "sur\ndeux lignes"]
    assert values[2] == ["02/07/2025", "x", "=1+1"]
    assert sheet["C3"].data_type == "s" and sheet["C3"].number_format == "@"
    assert sheet["B3"].fill.fgColor.rgb == COLOUR and sheet["B3"].comment.author == AUTHOR


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xls", b"\xd0\xcf\x11\xe0"), ("a.xlsx", b"no zip"), ("a.json", b"{}"), ("a.ods", b"PK\x03\x04")],
)
def test_what_cannot_be_marked_says_so(tmp_path: Path, copy: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnmarkedError, match="ni un classeur"):
        mark(path, name, [fault(1, 1)], copy, "fr")
    assert not copy.exists()


def test_a_part_with_entities_of_its_own_is_not_touched(book: Path, copy: Path) -> None:
    sheet = parts(book)["xl/worksheets/sheet1.xml"]
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    start = sheet.index(b"<worksheet")
    with_part(book, {"xl/worksheets/sheet1.xml": sheet[:start] + bomb + sheet[start:]})
    with pytest.raises(UnmarkedError, match="DOCTYPE"):
        mark(book, "ventes.xlsx", [fault(4, 2)], copy, "fr")


def test_the_name_of_a_copy_keeps_the_ending_that_macros_need() -> None:
    names = [marked_name(name) for name in ("a.xlsx", "b.XLSM", "c.2025.csv", "d.zip")]
    assert names == ["a.marked.xlsx", "b.marked.XLSM", "c.2025.marked.xlsx", None]
