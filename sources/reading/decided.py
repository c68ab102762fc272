"""How a column writes its numbers and dates: decided once over the whole file, never cell by cell.

What decides is SQL over all cells of a column. A cell that can be read in one way alone decides for those
that can be read in two; where two cells decide differently, or none does, the file is refused with both
readings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from sources.reading.faults import cell_name
from sources.reading.fields import literal, quoted
from sources.reading.rows import TextRows, with_columns
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say
from warehouse.words.shapes import typed

Sign = Literal[",", "."]
Order = Literal["dmy", "mdy", "ymd"]
OTHER_SIGN: dict[Sign, Sign] = {",": ".", ".": ","}
# Ordinary, tabulator, no-break, figure, thin and narrow no-break spaces.
ANY_SPACE = " \t\u00a0\u2007\u2009\u202f"
CURRENCY = "(€|EUR|EUROS?|\\$|£)"

MONTHS = (
    ("janvier|janv|january|jan", 1),
    ("fevrier|fevr|fev|february|feb", 2),
    ("mars|march|mar", 3),
    ("avril|avr|april|apr", 4),
    ("mai|may", 5),
    ("juin|june|jun", 6),
    ("juillet|juil|july|jul", 7),
    ("aout|august|aug", 8),
    ("septembre|sept|september|sep", 9),
    ("octobre|october|oct", 10),
    ("novembre|november|nov", 11),
    ("decembre|dec|december", 12),
)
WEEKDAY = (
    "^(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim"
    "|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun)[.,]? +"
)
TIME = (
    r"(?:(?:t| +|, *| a | at )(\d{1,2})(?:[:h](\d{2})?)(?::(\d{2}))?(?:[.,]\d+)? ?(am|pm)?"
    r" ?(z|utc|gmt|[+-]\d{2}:?\d{2})?)?"
)
DATE = rf"(\d{{1,4}})([-/. ])(\d{{1,2}})[-/. ](\d{{1,4}}){TIME}"
PARTS = ("a", "mark", "b", "c", "hour", "minute", "second", "half", "zone")


@dataclass(frozen=True)
class Found:
    """A cell that decides: its text, and its place as people find it, which costs a look over the file."""

    rows: TextRows
    column: str
    said: str
    rank: int
    total: int

    @property
    def place(self) -> str:
        """`Ventes!C12` in a workbook, `C12` elsewhere."""
        line = self.rows.lines.of_rows(self.total)[self.rank - 1]
        cell = cell_name(line, self.rows.position(self.column, self.rank) or 0)
        sheet = self.rows.sheet_of(self.rank)
        return f"{sheet}!{cell}" if sheet else cell


def compact(cell: str) -> str:
    """SQL of a number's text with ordinary spaces and a plain minus, without a currency sign."""
    spaced = f"regexp_replace(replace({cell}, '−', '-'), '[{ANY_SPACE}]+', ' ', 'g')"
    return f"trim(regexp_replace({spaced}, '(?i)^ ?{CURRENCY} ?| ?{CURRENCY} ?$', '', 'g'))"


def value_of_number(cell: str, sign: Sign, sql_type: str, is_number: str) -> str:
    """SQL of the number in a cell, NULL where it is none; thousands apart by a space or the other sign.

    `is_number` is the condition under which the cell of a workbook is a number, whose text has a point.
    """
    point, apart = re.escape(sign), re.escape(OTHER_SIGN[sign])
    text = compact(cell)
    whole = rf"(\d+|\d{{1,3}}(( \d{{3}})+|({apart}\d{{3}})+))"
    form = literal(rf"[+-]?({whole}({point}\d*)?|{point}\d+)")
    bare = (
        f"replace(replace(replace({text}, ' ', ''), {literal(OTHER_SIGN[sign])}, ''), {literal(sign)}, '.')"
    )
    # Most cells are digits alone, of which nothing has to be replaced.
    as_it_is = f"{is_number} OR regexp_full_match({cell}, '[0-9]+')"
    read = f"CASE WHEN {as_it_is} THEN {cell} WHEN regexp_full_match({text}, {form}) THEN {bare} END"
    if sql_type in ("BIGINT", "INTEGER"):
        # Three zeros behind the sign could be thousands.
        fine = rf"CASE WHEN regexp_full_match({read}, '[+-]?\d+(\.0{{0,2}})?') THEN {read} END"
        return f"try_cast(try_cast({fine} AS DECIMAL(38, 4)) AS {sql_type})"
    return f"try_cast({read} AS {sql_type})"


def decimal_sign(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, column: str, usual: Sign | None = None
) -> Sign:
    """The decimal sign of a column; raises RefusedDeliveryError when its cells differ, or none decides.

    With a `usual` one, that holds unless some cells show the other and no cell leaves a doubt.
    """
    text, is_text = compact(quoted(column)), f"NOT {rows.is_number(column)}"

    def sure(sign: Sign) -> str:
        point, apart = re.escape(sign), re.escape(OTHER_SIGN[sign])
        form = (
            rf"[+-]?(\d[\d ]*{point}(\d{{1,2}}|\d{{4,}})?|[\d ]*\d{{4,}}{point}\d+|0{point}\d+|{point}\d+"
            rf"|\d{{1,3}} [\d ]+{point}\d+|\d{{1,3}}({apart}\d{{3}})+{point}\d*"
            rf"|\d{{1,3}}({apart}\d{{3}}){{2,}})"
        )
        return f"{is_text} AND regexp_full_match({text}, {literal(form)})"

    doubtful = f"{is_text} AND regexp_full_match({text}, '[+-]?[1-9]\\d{{0,2}}[.,]\\d{{3}}')"
    commas, points, doubts = _cells(connection, rows, column, [sure(","), sure("."), doubtful])
    if usual is not None:
        shows_other, shows_usual = (points, commas) if usual == "," else (commas, points)
        return OTHER_SIGN[usual] if shows_other and not (shows_usual or doubts) else usual
    if commas and points:
        raise _two_ways(rows, column, "refused.mixed_decimals", commas, points)
    if commas or points:
        return "," if commas else "."
    if doubts:
        whole, part = re.split("[.,]", doubts.said)
        raise _two_readings(
            rows, column, "refused.ambiguous_decimal", doubts, f"{whole}{part}", f"{whole},{part}"
        )
    return ","


def without_signs(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, columns: Sequence[str]
) -> frozenset[str]:
    """Those of the columns of which no cell holds a comma or a point: they need no decimal sign.

    One look over the file for all of them, and a far cheaper one than `decimal_sign`.
    """
    if not columns:
        return frozenset()
    asked = ", ".join(f"bool_or(regexp_matches({quoted(one)}, '[.,]'))" for one in columns)
    found = connection.execute(f"SELECT {asked} FROM {rows.source}").fetchone() or ()
    return frozenset(one for one, holds in zip(columns, found, strict=True) if not holds)


def sign_of_cents(connection: duckdb.DuckDBPyConnection, rows: TextRows, column: str) -> Sign:
    """The decimal sign of amounts of at most two decimals: a comma where any text holds one, else a point."""
    holds = f"contains({quoted(column)}, ',') AND NOT {rows.is_number(column)}"
    row = connection.execute(f"SELECT coalesce(bool_or({holds}), false) FROM {rows.source}").fetchone()
    return "," if row and row[0] else "."


@dataclass(frozen=True)
class DateForm:
    """How the dates of a column are written: strptime forms, or the order of their parts; and any offset."""

    forms: tuple[str, ...] = ()
    order: Order = "dmy"
    has_offsets: bool = False


def _plain_date(cell: str) -> str:
    """SQL of a date's text in lower case, with numbers for names of months and without the weekday."""
    text = f"regexp_replace(lower({cell}), '[{ANY_SPACE}]+', ' ', 'g')"
    named = f"regexp_replace(strip_accents({text}), '{WEEKDAY}', '')"
    named = f"regexp_replace({named}, '^1er ', '1 ')"
    for names, number in MONTHS:
        named = rf"regexp_replace({named}, '\b({names})\b\.?', '{number:02}')"
    return f"CASE WHEN regexp_matches({text}, '[a-zà-ÿ]{{3}}') THEN {named} ELSE {text} END"


def _parts(cell: str) -> str:
    names = ", ".join(literal(one) for one in PARTS)
    return f"regexp_extract({_plain_date(cell)}, {literal(f'^{DATE}$')}, [{names}])"


def with_dates(rows: TextRows, column: str) -> TextRows:
    """The rows with the parts of the dates of a text column beside it, for `date_form` and `local_moment`."""
    return with_columns(rows, {f"~parts:{column}": _parts(quoted(column))})


def date_form(connection: duckdb.DuckDBPyConnection, rows: TextRows, column: str) -> DateForm:
    """How the texts of a column of `with_dates` write dates; raises RefusedDeliveryError if none decides."""
    part = quoted(f"~parts:{column}")
    kind = rows.kind(column)
    first, second, third = (f"try_cast({part}.{name} AS INTEGER)" for name in "abc")
    short = f"length({part}.c) <= 2 AND length({part}.a) <= 2"
    long = f"length({part}.c) = 4 AND length({part}.a) <= 2"
    turned = f"({kind} IS NULL AND ({long} OR {short}) AND {part}.mark IN ('/', '-'))"
    day_first = f"{turned} AND {first} BETWEEN 13 AND 31 AND {second} <= 12"
    month_first = f"{turned} AND {second} BETWEEN 13 AND 31 AND {first} <= 12"
    open_ = f"{turned} AND {first} <= 12 AND {second} <= 12 AND {first} <> {second}"
    year_first = f"{kind} IS NULL AND {short} AND {third} BETWEEN 1 AND 31 AND {second} BETWEEN 1 AND 12"
    no_year_first = (
        f"{kind} IS NULL AND (({long}) OR ({short} AND NOT ({third} BETWEEN 1 AND 31 AND {second} <= 12)))"
    )
    offset = f"{kind} IS NULL AND {part}.zone <> ''"
    bare = f"{kind} IS NULL AND {part}.hour <> '' AND {part}.zone = ''"
    day_first_cell, month_first_cell, open_cell, year_cell, no_year_cell, offset_cell, bare_cell = _cells(
        connection,
        rows,
        column,
        [day_first, month_first, open_, year_first, no_year_first, offset, bare],
    )
    if day_first_cell and month_first_cell:
        raise _two_ways(rows, column, "refused.mixed_dates", day_first_cell, month_first_cell)
    if offset_cell and bare_cell:
        raise _two_ways(rows, column, "refused.some_offsets", offset_cell, bare_cell)
    order: Order = "mdy" if month_first_cell else "dmy"
    if year_cell and not no_year_cell:
        a, b, c = re.findall(r"\d+", year_cell.said)[:3]
        one, other = f"20{c}-{b}-{a}", f"20{a}-{b}-{c}"
        raise _two_readings(rows, column, "refused.ambiguous_date", year_cell, one, other)
    if open_cell and not (day_first_cell or month_first_cell):
        a, b, c = re.findall(r"\d+", open_cell.said)[:3]
        year = c if len(c) == 4 else f"20{c}"
        one, other = f"{year}-{b:0>2}-{a:0>2}", f"{year}-{a:0>2}-{b:0>2}"
        raise _two_readings(rows, column, "refused.ambiguous_date", open_cell, one, other)
    _refuse_swapped(connection, rows, column, turned, open_)
    return DateForm(order=order, has_offsets=offset_cell is not None)


def _two_ways(rows: TextRows, column: str, key: str, one: Found, other: Found) -> RefusedDeliveryError:
    """The refusal of a column of which two cells are written in two ways."""
    names = {"file": rows.name, "column": rows.headings[column], "one_cell": one.place}
    names |= {"one": typed(one.said), "other": typed(other.said), "other_cell": other.place}
    names["place"] = rows.described.place
    return RefusedDeliveryError(say(key, rows.language, **names))


def _two_readings(
    rows: TextRows, column: str, key: str, found: Found, one: str, other: str
) -> RefusedDeliveryError:
    """The refusal of a column that can be read in two ways, no cell of which decides."""
    names = {"file": rows.name, "column": rows.headings[column], "one": one, "other": other}
    names["place"] = rows.described.place
    return RefusedDeliveryError(say(key, rows.language, **names, value=found.said, cell=found.place))


def _refuse_swapped(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, column: str, turned: str, open_: str
) -> None:
    """Raise RefusedDeliveryError for what a spreadsheet of another country makes of day/month/year.

    Where the day is at most 12 it takes it for the month and stores a date; the others stay text.
    """
    if not rows.has_kinds:
        return
    is_date = f"{rows.kind(column)} = 'date'"
    day = f"day(try_cast({quoted(column)} AS TIMESTAMP))"
    month = f"month(try_cast({quoted(column)} AS TIMESTAMP))"
    text, open_text, small, large = _cells(
        connection,
        rows,
        column,
        [turned, open_, f"{is_date} AND {day} <= 12 AND {day} <> {month}", f"{is_date} AND {day} > 12"],
    )
    if text and small and not open_text and not large:
        names = {"file": rows.name, "column": rows.headings[column], "value": text.said, "cell": text.place}
        raise RefusedDeliveryError(
            say(
                "refused.swapped_dates",
                rows.language,
                **names,
                other=typed(small.said),
                other_cell=small.place,
            )
        )


def local_moment(rows: TextRows, column: str, form: DateForm, zone: str) -> str:
    """SQL of the local TIMESTAMP in a cell of `with_dates`, NULL where there is none.

    A date of a workbook is taken as it is, a number of a workbook as days since 1900 (or 1904).
    """
    cell, kind = quoted(column), rows.kind(column)
    read = _of_forms(cell, form.forms, zone) if form.forms else _of_parts(column, form, zone)
    if not rows.has_kinds:
        return read
    epoch = "1904-01-01" if rows.in_1904 else "1899-12-30"
    days = f"try_cast({cell} AS DOUBLE)"
    since = f"TIMESTAMP {literal(epoch)} + to_milliseconds(CAST(round({days} * 86400000) AS BIGINT))"
    # The first sixty days of 1900 are numbered as if that year had had a 29 February.
    counted = (
        f"CASE WHEN {days} BETWEEN 61 AND 2958465 THEN {since} END" if rows.in_1904 is not None else "NULL"
    )
    return f"""CASE {kind} WHEN 'date' THEN try_cast({cell} AS TIMESTAMP) WHEN 'number' THEN {counted}
               WHEN 'boolean' THEN NULL ELSE {read} END"""


def _of_forms(cell: str, forms: Sequence[str], zone: str) -> str:
    """SQL of the local TIMESTAMP of a text in one of these strptime forms; `%z` is an offset from UTC."""
    bare = ", ".join(literal(one) for one in forms if "%z" not in one)
    told = ", ".join(literal(one) for one in forms if "%z" in one)
    read = [f"try_strptime({cell}, [{bare}])"] if bare else []
    if told:
        read.append(f"timezone({literal(zone)}, try_strptime({cell}, [{told}]))")
    return f"coalesce({', '.join(read)})"


def _of_parts(column: str, form: DateForm, zone: str) -> str:
    part = quoted(f"~parts:{column}")
    year, month, day = f"{part}.c", f"{part}.b", f"{part}.a"
    if form.order == "mdy":
        # Only what is turned has its month first: 5.6.2026 and 5 juin 2026 have the day first everywhere.
        month = f"CASE WHEN {part}.mark IN ('/', '-') THEN {part}.a ELSE {part}.b END"
        day = f"CASE WHEN {part}.mark IN ('/', '-') THEN {part}.b ELSE {part}.a END"
    century = f"CASE WHEN length({year}) = 2 THEN '20' ELSE '' END || {year}"
    date = f"""CASE WHEN length({part}.a) = 4 AND length({part}.c) <= 2
                    THEN {part}.a || '-' || {part}.b || '-' || {part}.c
                    WHEN length({part}.a) <= 2 AND length({part}.c) IN (2, 4)
                    THEN {century} || '-' || {month} || '-' || {day} END"""
    hour = f"try_cast({part}.hour AS INTEGER)"
    half = f"""CASE WHEN {part}.half = '' THEN {hour} WHEN {hour} NOT BETWEEN 1 AND 12 THEN NULL
                    ELSE {hour} % 12 + CASE {part}.half WHEN 'pm' THEN 12 ELSE 0 END END"""
    minute, second = (f"coalesce(nullif({part}.{name}, ''), '0')" for name in ("minute", "second"))
    clock = f"CASE WHEN {part}.hour = '' THEN '0:0:0' ELSE ({half}) || ':' || {minute} || ':' || {second} END"
    local = f"try_strptime({date} || ' ' || {clock}, '%Y-%m-%d %H:%M:%S')"
    if not form.has_offsets:
        return local
    shift = f"""CASE WHEN {part}.zone IN ('z', 'utc', 'gmt', '') THEN 0
                ELSE (CASE left({part}.zone, 1) WHEN '-' THEN -1 ELSE 1 END)
                     * (try_cast(substr({part}.zone, 2, 2) AS INTEGER) * 60
                        + try_cast(right({part}.zone, 2) AS INTEGER)) END"""
    utc = f"({local} - to_minutes({shift}))"
    return f"timezone({literal(zone)}, timezone('UTC', {utc}))"


def time_of_day(rows: TextRows, column: str) -> str:
    """SQL of the INTERVAL since midnight in a cell with a time, NULL where there is none."""
    cell = quoted(column)
    text = f"regexp_replace(lower({cell}), '[{ANY_SPACE}]', '', 'g')"
    read = f"replace(regexp_replace({text}, 'h$', ':00'), 'h', ':')"
    forms = "['%H:%M:%S', '%H:%M', '%I:%M:%S%p', '%I:%M%p', '%H:%M:%S.%f']"
    parsed = f"CAST(try_strptime({read}, {forms}) AS TIME)"
    since = f"to_microseconds(date_diff('microsecond', TIME '00:00', {parsed}))"
    if not rows.has_kinds:
        return since
    days = f"try_cast({cell} AS DOUBLE)"
    counted = (
        f"CASE WHEN {days} >= 0 AND {days} < 1 THEN to_seconds(CAST(round({days} * 86400) AS BIGINT)) END"
    )
    return f"CASE WHEN {rows.is_number(column)} THEN {counted} ELSE {since} END"


def _cells(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, column: str, conditions: list[str]
) -> list[Found | None]:
    """Of each condition the first cell that fulfils it; None where none does."""
    cell = quoted(column)
    asked = ", ".join(
        f"""arg_min({{'said': {cell}, 'rank': "~row"}}, "~row") FILTER (coalesce({one}, false))"""
        for one in conditions
    )
    query = f'SELECT {asked}, count(*) FROM (SELECT *, row_number() OVER () AS "~row" FROM {rows.source})'
    row = connection.execute(query).fetchone()
    assert row is not None
    *found, total = row
    return [Found(rows, column, one["said"], one["rank"], total) if one else None for one in found]
