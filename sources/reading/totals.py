"""Totals that a file states of itself, compared with what was loaded of it.

A total may be of the lines since the total before it (by commune, by day), of all lines before it, or of the
whole file: it is held to whichever is nearest, and a difference is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import duckdb

from sources.reading.fields import SPACES, Field, quoted
from warehouse.storage.ledger import Control
from warehouse.words.messages import say

NOTICED_FROM = Decimal("0.005")
TOLD_AT_MOST = 3
# No total of an office comes near; a telephone number in its place is no total, and must not be told as one.
LARGEST = Decimal(10) ** 8


def said(name: str) -> str:
    """Name of the column of `judged` that keeps the text of a total's cell."""
    return quoted(f"~said:{name}")


def of_total_lines(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], headings: Mapping[str, str], verdict: int
) -> list[tuple[int, str, Decimal, Decimal]]:
    """Rank of each total line, its column, what it states, what the loaded rows come to.

    Total lines are those of the temporary table `judged` with that verdict; the rows of `repeated` that are
    not repeated were loaded.
    """
    found = []
    for field in fields:
        name = quoted(field.name)
        totals = connection.execute(
            f"""WITH line AS (
                    SELECT "~rank", "~verdict" = {verdict} AS is_total, {said(field.name)} AS said,
                           try_cast({name} AS DECIMAL(18, 4)) AS value,
                           CASE WHEN "~rank" IN (SELECT "~rank" FROM repeated WHERE NOT is_repeated)
                                THEN {name} END AS loaded
                    FROM judged),
                parted AS (
                    SELECT *, count(*) FILTER (is_total) OVER before AS part FROM line
                    WINDOW before AS (ORDER BY "~rank" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
                summed AS (
                    SELECT *, sum(loaded) OVER (PARTITION BY part ORDER BY "~rank") AS since_last,
                           sum(loaded) OVER (ORDER BY "~rank") AS since_start, sum(loaded) OVER () AS whole
                    FROM parted)
                SELECT "~rank", said, value, try_cast(coalesce(since_last, 0) AS DECIMAL(18, 4)),
                       try_cast(coalesce(since_start, 0) AS DECIMAL(18, 4)),
                       try_cast(coalesce(whole, 0) AS DECIMAL(18, 4))
                FROM summed WHERE is_total AND said IS NOT NULL ORDER BY "~rank" """
        ).fetchall()
        for rank, text, value, *sums in totals:
            stated = [value] if value is not None and abs(value) < LARGEST else list(_numbers(text))
            pairs = [(one, total) for one in stated for total in sums if total is not None]
            if pairs:
                column = headings.get(field.column, field.column)
                found.append((rank, column, *min(pairs, key=_difference)))
    return found


def of_footer(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    headings: Mapping[str, str],
    cells: Iterable[str],
) -> tuple[str, Decimal, Decimal] | None:
    """Column, stated and loaded of a total line that has too few cells to tell whose its numbers are.

    It agrees when one of its numbers is the sum of a column; else its last number is held to the nearest.
    """
    sums = []
    for field in fields:
        (total,) = connection.execute(
            f"""SELECT try_cast(coalesce(sum({quoted(field.name)}), 0) AS DECIMAL(18, 4)) FROM judged
                WHERE "~rank" IN (SELECT "~rank" FROM repeated WHERE NOT is_repeated)"""
        ).fetchone() or (None,)
        if total is not None:
            sums.append((headings.get(field.column, field.column), total))
    numbers = [cell for text in cells if (cell := list(_numbers(text)))]
    if not sums or not numbers:
        return None
    for cell in numbers:
        pairs = [(column, stated, total) for column, total in sums for stated in cell]
        nearest = min(pairs, key=lambda pair: _difference(pair[1:]))
        if cell is numbers[-1] or _difference(nearest[1:]) < NOTICED_FROM:
            break
    return nearest


def notices(controls: Sequence[Control], language: str) -> list[str]:
    """What people should know of the totals that differ from what was loaded."""
    differing = [c for c in controls if abs(c.stated - c.loaded) >= NOTICED_FROM]
    told = [
        say("notice.total_differs_untold", language, line=control.line, column=control.column)
        if not control.is_disclosed
        else say(
            "notice.total_differs",
            language,
            line=control.line,
            column=control.column,
            stated=_shown(control.stated, language),
            loaded=_shown(control.loaded, language),
            difference=_shown(control.stated - control.loaded, language),
        )
        for control in differing[:TOLD_AT_MOST]
    ]
    if more := differing[TOLD_AT_MOST:]:
        told.append(say("notice.totals_differ", language, count=len(more)))
    return told


def _numbers(text: str) -> Iterable[Decimal]:
    """What a cell may mean as a number: 1,234 alone does not say which sign its comma is."""
    compact = re.sub(f"[{SPACES}€]", "", text)
    comma, point = compact.rfind(","), compact.rfind(".")
    forms = []
    if comma >= point or comma < 0:
        forms.append(compact.replace(".", "").replace(",", "."))
    if point >= comma or point < 0:
        forms.append(compact.replace(",", ""))
    for form in dict.fromkeys(forms):
        try:
            number = Decimal(form)
        except InvalidOperation:
            continue
        if number.is_finite() and abs(number) < LARGEST:
            yield number


def _difference(pair: tuple[Decimal, Decimal]) -> Decimal:
    return abs(pair[0] - pair[1])


def _shown(value: Decimal, language: str) -> str:
    shown = f"{value:,.2f}".removesuffix(".00")
    return shown if language == "en" else shown.replace(",", "\u202f").replace(".", ",")
