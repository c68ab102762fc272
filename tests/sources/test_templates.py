"""The empty workbooks of `vigie init --templates`: filled with random truth, they load as filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from sources.reading.tags import MARK
from sources.templates import Sheet, content, write_templates
from tests.sources.conftest import ReadSource
from tests.sources.filling import (
    BOOKS,
    NAMES,
    OFFICE,
    ROWS,
    Filled,
    as_changed,
    as_given,
    filled,
    loaded,
    saved,
)
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office


@pytest.mark.parametrize("written", [as_given, as_changed])
@pytest.mark.parametrize("book", NAMES)
def test_a_filled_template_loads_as_it_was_filled(
    read_source: ReadSource, book: str, written: Callable[[str, Sequence[Sheet], Filled], bytes]
) -> None:
    """As it was written, and with its columns renamed, moved and one more among them."""
    source, name, sheets = BOOKS[NAMES.index(book)]
    rows = filled(name, sheets)
    read = read_source(source, written(name, sheets, rows), name, OFFICE)
    account = read.reading.account
    assert (read.faults(), account.rows_loaded) == ([], ROWS * len(sheets))
    for sheet in sheets:
        found, meant = loaded(read.reading, sheet, rows[sheet.name][1])
        assert found == meant
    # The explaining sheet is known; of the added column only its heading is told.
    assert "Mode d'emploi" not in account.message


def test_a_column_whose_heading_is_another_columns_is_refused(read_source: ReadSource) -> None:
    """Somebody typed new headings instead of moving the columns: which of both is meant nobody knows."""
    source, name, sheets = BOOKS[NAMES.index("accueil-2025.xlsx")]
    book = load_workbook(BytesIO(as_given(name, sheets, filled(name, sheets))))
    page = book["Contacts"]
    page["H2"], page["I2"] = page["I2"].value, page["H2"].value
    with pytest.raises(RefusedDeliveryError, match=r"dont enfants.*dont ados"):
        read_source(source, saved(book), name, OFFICE)


def test_templates_are_written_once_and_never_over_what_was_typed(tmp_path: Path, office: Office) -> None:
    written = write_templates(tmp_path, office, date(2026, 1, 5))
    first = written[0].read_bytes()
    written[0].write_bytes(b"typed")
    assert written[1:] and write_templates(tmp_path, office, date(2026, 1, 5)) == []
    assert written[0].read_bytes() == b"typed"
    written[0].unlink()
    assert write_templates(tmp_path, office, date(2026, 1, 5)) == [written[0]]
    assert written[0].read_bytes() == first


def test_no_cell_of_a_template_is_a_formula_and_its_tags_are_hidden() -> None:
    for _, _, sheets in BOOKS:
        book = load_workbook(BytesIO(content(sheets, OFFICE)))
        for page in book.worksheets:
            assert [cell for cell in _cells(page) if cell.data_type == "f"] == []
        for sheet in sheets:
            page = book[sheet.name]
            assert page.row_dimensions[1].hidden
            assert all(cell.value.startswith(MARK) for cell in page[1])
            assert page.data_validations.dataValidation


def _cells(page: Any) -> Iterator[Any]:
    return (cell for row in page.iter_rows() for cell in row)
