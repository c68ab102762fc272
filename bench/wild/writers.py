"""How tools and people write a value into a cell: the text in CSV, the typed value in a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bench.wild.pages import Cell

Writer = Callable[[Any], Cell]
Manner = Callable[[Any, Cell], Cell]

PARIS = ZoneInfo("Europe/Paris")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
          "novembre", "décembre")  # fmt: skip
SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
                "déc.")  # fmt: skip
NARROW, HARD = "\u202f", "\u00a0"  # the two spaces that never break a line
SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - day 0 of a workbook's calendar


def utc(local: datetime) -> datetime:
    """The naive UTC instant of a naive local time in Paris."""
    return local.replace(tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)


def local(instant: datetime) -> datetime:
    """The naive local time in Paris of a naive UTC instant."""
    return instant.replace(tzinfo=UTC).astimezone(PARIS).replace(tzinfo=None)


def text(value: Any) -> Cell:
    """The value as it is."""
    return Cell("" if value is None else str(value))


def whole(value: Any) -> Cell:
    """A whole number."""
    return Cell("") if value is None else Cell(str(value), int(value))


def amount(
    decimal: str = ",", thousands: str = "", before: str = "", after: str = "", parentheses: bool = False
) -> Writer:
    """Money with two places; negative in parentheses or with a minus sign."""

    def write(value: Any) -> Cell:
        if value is None:
            return Cell("")
        digits = f"{abs(value):,.2f}".replace(",", "~").replace(".", decimal).replace("~", thousands)
        written = f"{before}{digits}{after}"
        if value < 0:
            written = f"({written})" if parentheses else f"-{written}"
        return Cell(written, Decimal(value), "#,##0.00")

    return write


def grouped(thousands: str) -> Writer:
    """A whole number with its thousands apart."""

    def write(value: Any) -> Cell:
        return Cell("") if value is None else Cell(f"{value:,}".replace(",", thousands), int(value))

    return write


def day(form: str = "%d/%m/%Y", shown: str = "dd/mm/yyyy") -> Writer:
    """A local day."""

    def write(value: Any) -> Cell:
        if value is None:
            return Cell("")
        return Cell(value.strftime(form), datetime(value.year, value.month, value.day), shown)  # noqa: DTZ001

    return write


def moment(form: str = "%d/%m/%Y %H:%M", shown: str = "dd/mm/yyyy hh:mm") -> Writer:
    """The local time of an instant."""

    def write(value: Any) -> Cell:
        return Cell("") if value is None else Cell(local(value).strftime(form), local(value), shown)

    return write


def in_words(months: Sequence[str], time: bool = False) -> Writer:
    """A day, or the local time of an instant, with the month in French: `2 juil. 2025 10:12`."""

    def write(value: Any) -> Cell:
        there = local(value) if isinstance(value, datetime) else value
        clock = f" {there:%H:%M}" if time else ""
        return Cell(f"{there.day} {months[there.month - 1]} {there.year}{clock}")

    return write


def serial(value: Any) -> Cell:
    """A day or the local time of an instant as the number that Excel counts, with no format of a date."""
    there = local(value) if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    number = (there - SERIAL_ZERO) / timedelta(days=1)
    number = round(number, 9)
    written = str(int(number)) if number == int(number) else str(number).replace(".", ",")
    return Cell(written, int(number) if number == int(number) else number)


def coded(words: Mapping[Any, str]) -> Writer:
    """A category or a truth by the tool's word for it."""

    def write(value: Any) -> Cell:
        return Cell("") if value is None else Cell(words[value])

    return write


def listed(words: Mapping[str, str], separator: str) -> Writer:
    """Several categories in a cell; the value holds them apart by commas."""

    def write(value: Any) -> Cell:
        return Cell("") if value is None else Cell(separator.join(words[one] for one in value.split(",")))

    return write


def as_text(_: Any, cell: Cell) -> Cell:
    """Typed as text into a workbook."""
    return replace(cell, value=None, format="@")


def by(writer: Writer) -> Manner:
    """Written by another writer."""
    return lambda value, _: writer(value)


def typed(writer: Writer) -> Manner:
    """Written by another writer, as text in a workbook too."""
    return lambda value, cell: as_text(value, writer(value))


def around(before: str, after: str) -> Manner:
    """With something before and behind the text, as text in a workbook too."""
    return lambda _, cell: Cell(f"{before}{cell.text}{after}")


def computed(formula: str, known: bool = True) -> Manner:
    """By a formula; its result is kept in the workbook, or nobody ever computed it."""
    return lambda _, cell: replace(cell, formula=formula, value=cell.value if known else None)
