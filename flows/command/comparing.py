"""What an office published by hand, beside what its raw files give: figures, and lines of its quality manual.

`published.csv` has a row a figure, `quality-manual.csv` a row a line of the manual with its years; a folder
has either or both. A number is compared as precisely as it is printed (`7E3`: nearly 7,000).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb

from flows.command.figures import in_words, word
from flows.command.why import days_of
from warehouse.storage.database import rows
from warehouse.words.messages import say

FIGURES, MANUAL = "published.csv", "quality-manual.csv"
GIVEN = "given"  # printed as a drawing: that there is a figure is all that can be compared


@dataclass(frozen=True)
class Comparison:
    """What was published beside what the raw files give, both as people read them."""

    what: str
    period: str
    published: str
    measured: str
    value: str
    agrees: bool
    remarks: tuple[str, ...]


def compare(connection: duckdb.DuckDBPyConnection, folder: Path, language: str) -> list[Comparison]:
    """Every published figure of a demonstration office, and every line of its manual."""
    found: list[Comparison] = []
    if (folder / FIGURES).exists():
        found += _figures(connection, folder / FIGURES, language)
    if (folder / MANUAL).exists():
        found += _lines(connection, folder / MANUAL, language)
    return found


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def decimals_of(printed: Decimal) -> int:
    """How many decimals a number is printed with; less than none when it is rounded to tens or thousands."""
    return -int(printed.as_tuple().exponent)


def is_printed(computed: Decimal | None, printed: Decimal) -> bool:
    """True when a value, rounded as it was printed, is what was printed."""
    return computed is not None and round(computed, decimals_of(printed)) == printed


def _figures(connection: duckdb.DuckDBPyConnection, path: Path, language: str) -> Iterator[Comparison]:
    """Figures: what was measured must be what was printed. One without a value must have a reason for it."""
    notes = {row["code"]: row[f"label_{language}"] for row in rows(connection, "FROM marts.figure_note")}
    for row in _read(path):
        key = [row["indicator"], row["site"], row["dimension"]]
        first, last = days_of(row["period"])
        found = rows(
            connection,
            """SELECT measured_value, value, warnings, unit, kind FROM marts.indicator_value
               JOIN marts.indicator USING (indicator, unit)
               WHERE indicator = ? AND site = ? AND dimension = ? AND period_start = ? AND period_end = ?
               ORDER BY period_kind""",
            [*key, first, last],
        )
        answer: Mapping[str, Any] = found[0] if found else {}
        measured, kind, unit = answer.get("measured_value"), answer.get("kind", ""), answer.get("unit", "")
        codes = list(answer.get("warnings", ()))
        if not found:
            codes = [
                gap["reason_code"]
                for gap in rows(
                    connection,
                    """SELECT reason_code FROM marts.indicator_gap
                       WHERE indicator = ? AND site = ? AND dimension = ? AND period_start = ?""",
                    [*key, first],
                )
            ]
        printed = None if row["value"] in ("", GIVEN) else Decimal(row["value"])
        decimals = max(0, decimals_of(printed)) if printed is not None else 1
        if printed is not None:
            agrees = is_printed(measured, printed)
        else:
            agrees = measured is not None if row["value"] == GIVEN else not found and bool(codes)
        yield Comparison(
            " ".join(part for part in key if part),
            row["period"],
            say("compare.given", language) if row["value"] == GIVEN
            else in_words(printed, kind, unit, decimals, language),
            in_words(measured, kind, unit, decimals, language),
            in_words(answer.get("value"), kind, unit, decimals, language),
            agrees,
            tuple(notes.get(code, code) for code in codes),
        )  # fmt: skip


def _lines(connection: duckdb.DuckDBPyConnection, path: Path, language: str) -> Iterator[Comparison]:
    """Lines of the quality manual: the values of all its years must be what was printed, or the word."""
    for row in _read(path):
        years = sorted(int(name[1:]) for name in row if name[0] == "y" and name[1:].isdigit())
        found = {
            line["year"]: line
            for line in rows(
                connection,
                """SELECT year, value, value_word, given_by, status FROM marts.quality_objective
                   WHERE label = ?""",
                [row["label"]],
            )
        }
        printed = [row[f"y{year}"] for year in years]
        given = [_told(found.get(year), language) for year in years]
        status = found[years[-1]]["status"] if years[-1] in found else "no_data"
        yield Comparison(
            row["label"],
            f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]),
            " · ".join(_said(text, language) for text in printed),
            " · ".join(_said(text, language) for text in given),
            "",
            all(_agree(text, told) for text, told in zip(printed, given, strict=True)),
            (
                *(word(f"given_by.{one}", language) for one in {line["given_by"] for line in found.values()}),
                word(f"objective_status.{status}", language),
            ),
        )  # fmt: skip


def _told(line: Mapping[str, Any] | None, language: str) -> str:
    """What a year of a line comes to: a number, the word that a person wrote, or nothing."""
    if line is None or (line["value"] is None and line["value_word"] in (None, "number")):
        return ""
    if line["value"] is None:
        return word(f"manual_word.{line['value_word']}", language)
    return str(line["value"])


def _agree(printed: str, told: str) -> bool:
    number = _number(printed)
    return is_printed(_number(told), number) if number is not None else printed == told


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _said(text: str, language: str) -> str:
    """A cell as people read it: a dash for an empty one, a number with the decimals that it needs."""
    number = _number(text)
    if number is None:
        return text or "—"
    return in_words(number, "", "", max(0, decimals_of(number.normalize())), language)
