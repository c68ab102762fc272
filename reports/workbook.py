"""A new workbook (XLSX) of which no cell is a formula or a link, whatever a text looks like."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook

LONGEST_CELL = 32_767  # characters
LONGEST_SHEET_NAME = 31


def workbook(file: IO[bytes], *, is_small: bool = True) -> Workbook:
    """A workbook to be written into an open file, closed by `with`.

    One that `is_small` is made in memory, which takes half the time; another one row by row, in order.
    """
    from xlsxwriter import Workbook

    return Workbook(
        file,
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "constant_memory": not is_small,
            "in_memory": is_small,
        },
    )
