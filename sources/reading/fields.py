"""Output columns computed from a file's text columns: one builder per type, each with its strict checks.

Every builder returns a Field whose SQL runs in DuckDB over trimmed text columns, for all rows at once. A
check is a named rule and the SQL condition under which a row breaks it; the row is then quarantined.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import duckdb

from warehouse.spec import FIRST_DAY, LAST_DAY, Bounds

EARLIEST = "2000-01-01"
# What a column of known categories holds for a value that is none of them: the text itself is not loaded.
OTHER = "other"
SPACES = " \t\u00a0\u202f"


class Check(NamedTuple):
    """A named rule, the SQL condition under which a row breaks it, and what its message names beside it."""

    rule: str
    condition: str
    words: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True)
class Field:
    """One output column.

    `sql` is NULL where the text is empty or unreadable; it is computed once, and `value` is what checks and
    filters call the result. `checks` are (rule, condition) pairs, the first
    that holds names the row's fault. `unknown` is the condition under which the value is new to us: the
    row is loaded and the value reported once. `personal` keeps the text out of every message. `known` are
    the words that the column takes, for whoever corrects one.
    """

    name: str
    column: str
    sql: str
    checks: tuple[Check | tuple[str, str], ...] = ()
    unknown: str | None = None
    personal: bool = False
    known: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """SQL name of the computed value, for conditions above `evaluated`."""
        return quoted(f"={self.name}")


def evaluated(source: str, fields: Sequence[Field]) -> str:
    """SQL of the rows of `source` with the value of every field beside the text columns."""
    values = ", ".join(f"{field.sql} AS {field.value}" for field in fields)
    return f"(SELECT *, {values} FROM {source})"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def trimmed(column: str) -> str:
    """SQL of a cell without outer spaces, NULL when nothing is left: what a file is opened as."""
    text = quoted(column)
    # trim() costs ten times as much as looking whether there is anything to trim.
    spaced = " OR ".join(f"contains({text}, {literal(space)})" for space in SPACES)
    return f"nullif(CASE WHEN {spaced} THEN trim({text}, {literal(SPACES)}) ELSE {text} END, '')"


def bounded(one: Field, bounds: Bounds, where: str = "true") -> Field:
    """The field with bounds for the rows of a condition, judged after its own checks: `out_of_bounds`."""
    check = Check("out_of_bounds", f"({where}) AND {bounds.beyond(one.value)}", bounds.in_words)
    return replace(one, checks=(*one.checks, check))


def within(one: Field, wholes: Sequence[Field]) -> Field:
    """The field as a part of others: more than they come to is `exceeds_whole`; of an empty one, nothing."""
    come_to = " + ".join(whole.value for whole in wholes)
    named = {"whole": " + ".join(whole.column for whole in wholes)}
    return replace(one, checks=(*one.checks, Check("exceeds_whole", f"{one.value} > {come_to}", named)))


def _required(column: str, required: bool) -> tuple[tuple[str, str], ...]:
    return (("missing_value", f"{quoted(column)} IS NULL"),) if required else ()


def text(name: str, column: str, *, required: bool = False, personal: bool = False) -> Field:
    """The cell as it stands."""
    return Field(name, column, quoted(column), _required(column, required), personal=personal)


def identifier(
    name: str, column: str, *, kind: str = "NULL", required: bool = False, personal: bool = False
) -> Field:
    """The cell as it stands, when a spreadsheet cannot have spoilt it.

    `kind` is SQL of what the cell is in a workbook (`TextRows.kind`). A number keeps 15 digits and no more, a
    text such as 1.22E+17 lost the rest of them, and what became a date or true is no identifier any more.
    """
    said = quoted(column)
    spoilt = (
        f"{kind} = 'number' AND (length({said}) > 15 OR contains({said}, '.'))"
        f" OR {kind} IN ('date', 'boolean')"
        f" OR regexp_full_match({said}, '[0-9]+([.,][0-9]+)?E[+][0-9]+')"
    )
    checks = (*_required(column, required), ("spoilt_identifier", spoilt))
    return Field(name, column, said, checks, personal=personal)


def constant(name: str, value: str | int | None) -> Field:
    """The same value in every row."""
    if value is None:
        return Field(name, "", "NULL")
    return Field(name, "", literal(value) if isinstance(value, str) else str(int(value)))


def category(
    name: str,
    column: str,
    known: Mapping[str, str],
    *,
    required: bool = False,
    otherwise: str = f"'{OTHER}'",
) -> Field:
    """A coded value: `known` maps the file's values (compared without case) to ours.

    A value that `known` does not hold is loaded as `otherwise` (SQL), and reported once with its text.
    """
    value = f"lower({quoted(column)})"
    cases = " ".join(f"WHEN {literal(key.lower())} THEN {literal(ours)}" for key, ours in known.items())
    keys = ", ".join(literal(key.lower()) for key in known)
    return Field(
        name,
        column,
        f"CASE WHEN {value} IS NOT NULL THEN CASE {value} {cases} ELSE {otherwise} END END",
        _required(column, required),
        unknown=f"{value} NOT IN ({keys})",
        known=tuple(known),
    )


def number(
    name: str,
    column: str,
    sql_type: str = "DECIMAL(18,4)",
    *,
    decimal: str = ",",
    required: bool = False,
    negative: bool = False,
    is_number: str = "false",
) -> Field:
    """A number with that decimal sign, its thousands apart by spaces or not.

    A whole number may have one zero or two behind that sign; three could be thousands.
    `negative` allows negative values; else they break the rule `negative`. `is_number` is the SQL condition
    under which the cell of a workbook is a number, which needs no decimal sign (`TextRows.is_number`).
    """
    compact = f"regexp_replace({quoted(column)}, '[{SPACES}]', '', 'g')"
    if decimal != ".":
        # A point where the decimal sign is a comma is not a number: 1.234 could be 1234.
        point = f"replace({compact}, {literal(decimal)}, '.')"
        said = f"CASE WHEN contains({compact}, '.') THEN NULL ELSE {point} END"
        compact = f"CASE WHEN {is_number} THEN {compact} ELSE {said} END"
    whole = sql_type in ("BIGINT", "INTEGER")
    pattern = r"[+-]?\d+(\.00?)?" if whole else r"[+-]?(\d+(\.\d*)?|\.\d+)"
    value = f"CASE WHEN regexp_full_match({compact}, '{pattern}') THEN try_cast({compact} AS {sql_type}) END"
    checks = [*_required(column, required)]
    computed = quoted(f"={name}")
    checks.append(("not_a_number", f"{quoted(column)} IS NOT NULL AND {computed} IS NULL"))
    if not negative:
        checks.append(("negative", f"{computed} < 0"))
    return Field(name, column, value, tuple(checks))


def whole(name: str, column: str, *, required: bool = False, negative: bool = False) -> Field:
    """A whole number."""
    return number(name, column, "BIGINT", required=required, negative=negative)


def _in_range(value: str, latest: str) -> tuple[tuple[str, str], ...]:
    return (
        ("date_too_early", f"{value} < TIMESTAMP {literal(EARLIEST)}"),
        ("date_in_the_future", f"{value} > TIMESTAMP {literal(latest)}"),
    )


def day(
    name: str,
    column: str,
    formats: Sequence[str],
    received_at: datetime,
    *,
    required: bool = False,
    future: bool = False,
) -> Field:
    """A local date. Before 2000 (a reset clock) or after the reception it is refused, unless `future`."""
    value = f"CAST(try_strptime({quoted(column)}, {_list(formats)}) AS DATE)"
    checks = [*_required(column, required)]
    computed = quoted(f"={name}")
    checks.append(("not_a_date", f"{quoted(column)} IS NOT NULL AND {computed} IS NULL"))
    range_checks = _in_range(computed, f"{received_at:%Y-%m-%d %H:%M:%S}")
    checks.extend(range_checks[:1] if future else range_checks)
    return Field(name, column, value, tuple(checks))


def instant(
    name: str,
    column: str,
    local_sql: str,
    received_at: datetime,
    *,
    zone: str,
    required: bool = True,
) -> Field:
    """An instant in UTC from `local_sql`, a TIMESTAMP in local time of `zone` (NULL when unreadable).

    Summer time: an hour that does not exist breaks the rule `no_such_local_time`; one that exists twice is
    taken as the second of the two, in winter time.
    """
    utc = f"timezone('UTC', timezone({literal(zone)}, {local_sql}))"
    back = f"timezone({literal(zone)}, timezone({literal(zone)}, {local_sql}))"
    checks = [*_required(column, required)]
    checks.append(("not_a_date", f"{quoted(column)} IS NOT NULL AND ({local_sql}) IS NULL"))
    checks.extend(_in_range(quoted(f"={name}"), f"{received_at:%Y-%m-%d %H:%M:%S}"))
    checks.append(("no_such_local_time", f"({back}) <> ({local_sql})"))
    return Field(name, column, utc, tuple(checks))


def local_time(cell_sql: str, formats: Sequence[str]) -> str:
    """SQL of the local TIMESTAMP that a text holds in one of these strptime forms."""
    return f"try_strptime({cell_sql}, {_list(formats)})"


def keyed_hash(name: str, column: str, year: str, *, required: bool = False) -> Field:
    """HMAC-SHA256 of a plate, upper case, letters and digits only; `set_hash_key` comes first.

    `year` is SQL of the year of whose key it is. It is null where that is null.
    """
    plate = f"regexp_replace(upper({quoted(column)}), '[^A-Z0-9]', '', 'g')"
    block = f"[({year}) - {FIRST_DAY.year - 1}]"
    inner = f"unhex(sha256(getvariable('hash_inner'){block} || encode(nullif({plate}, ''))))"
    return Field(
        name,
        column,
        f"sha256(getvariable('hash_outer'){block} || {inner})",
        _required(column, required),
        personal=True,
    )


def set_hash_key(connection: duckdb.DuckDBPyConnection, secret: str) -> None:
    """Give the connection the keys of `keyed_hash`, one a year: the two padded blocks of HMAC (RFC 2104)."""
    keys = [year_key(secret, year).ljust(64, b"\0") for year in range(FIRST_DAY.year, LAST_DAY.year + 1)]
    for name, pad in (("hash_inner", 0x36), ("hash_outer", 0x5C)):
        padded = [bytes(byte ^ pad for byte in key) for key in keys]
        connection.execute(f"SET VARIABLE {name} = ?::BLOB[]", [padded])


def year_key(secret: str, year: int) -> bytes:
    """The key that hashes plates of one year: that of another year is of no use for it."""
    return hmac.digest(secret.encode(), str(year).encode(), hashlib.sha256)


def plate_hash(secret: str, plate: str, year: int) -> str:
    """What `keyed_hash` makes of a plate in that year."""
    bare = re.sub("[^A-Z0-9]", "", plate.upper())
    return hmac.new(year_key(secret, year), bare.encode(), hashlib.sha256).hexdigest()


def _list(formats: Sequence[str]) -> str:
    return "[" + ", ".join(literal(form) for form in formats) + "]"
