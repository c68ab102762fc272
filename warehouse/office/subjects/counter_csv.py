"""How a counter's own CSV is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from warehouse.office.misfits import MisfitError, refuse
from warehouse.office.part import Direction, Part

FIXED_OFFSET = re.compile(r"[+-]\d\d:?\d\d$")
# What a date form must hold, by the code that people know, and the codes of strptime that give it.
DATE_PARTS = {"%d": set("dejcxs"), "%m": set("mbBjcxs"), "%Y": set("YyGcxs"), "%H": set("HIcXs")}


class CounterCsv(Part):
    """A counter's own CSV, declared. Columns are named by their headings in the file.

    Two doors of one export `Date;Heure;Porte A;Porte B` with hours 1 to 24 are declared alike, with their
    own column: `csv: {files: "portes-*.csv", date_column: Date, time_column: Heure, time_is: end,
    date_formats: ["%d/%m/%Y"], count_columns: {"Porte A": in}}`. Instants with an offset: `instant_column:
    Quand, date_formats: ["%Y-%m-%dT%H:%M:%S%z"]`.
    """

    files: str = Field(description="Pattern of its file names in inbox/counters, such as `door-*.csv`.")
    separator: str = Field(";", min_length=1, max_length=1, description="One character.")
    encoding: Literal["utf-8", "cp1252"] = Field(
        default="utf-8", description="A byte order mark in the file wins."
    )
    clock: Literal["local", "winter", "utc"] = Field(
        "local",
        description="`local` follows summer time, `winter` stays in winter time all year. An offset in the "
        "cell (`%z` in `date_formats`) wins.",
    )
    instant_column: str | None = Field(None, description="Column with date and time together.")
    date_column: str | None = Field(default=None, description="Column with the date alone.")
    time_column: str | None = Field(
        None, description="Column with a time of day or an hour number, 0 to 23 or 1 to 24 (`time_is`)."
    )
    time_is: Literal["start", "end"] | None = Field(
        None,
        description="What the time of a line tells of its slot. `start`: hours 0 to 23, 00:00 to 23:00. "
        "`end`: hours 1 to 24, 01:00 to 24:00, or 01:00 to 00:00 of the next day. When absent, a file that "
        "holds a 24 and never a 0 is read as `end`, one that holds both is refused, and any other is read as "
        "`start`: write `end` where a file may lack its 24. An index is read at its own instant.",
    )
    date_formats: tuple[str, ...] = Field(
        description="strptime forms tried in order, such as `%d/%m/%Y`; with the time for `instant_column`, "
        "and with `%z` where the cells carry an offset or a `Z`: `%Y-%m-%dT%H:%M:%S%z`."
    )
    minutes: int = Field(60, ge=1, le=1440, description="Length of a slot in minutes.")
    channel_column: str | None = Field(None, description="Column that tells the counters of one file apart.")
    count_columns: dict[str, Direction] = Field(
        description="Count columns and the direction of each. Counters whose `csv` differs in nothing else "
        "share a file that has a column for each of them."
    )
    decimal: Literal[",", "."] | None = Field(
        None,
        description="Decimal sign of the counts. When absent: a comma, or a point where commas separate the "
        "cells; but the other one in a column that holds it alone and never before exactly three digits "
        "(`12.0`).",
    )
    direction_column: str | None = Field(None, description="Column that holds the direction of each row.")
    direction_values: dict[str, Direction] = Field(
        default_factory=dict, description="What its values mean, such as E: in, S: out."
    )
    values: Literal["counts", "index"] = Field(
        "counts", description="`index` for a cumulative meter whose differences are the counts."
    )
    index_modulus: int | None = Field(None, description="Where a cumulative index rolls over to 0.")

    @model_validator(mode="after")
    def _has_a_time(self) -> CounterCsv:
        if bool(self.instant_column) == bool(self.date_column):
            raise MisfitError("office.csv_time")
        if self.direction_column and not self.direction_values:
            raise MisfitError("office.csv_directions", "direction_column")
        has_time = self.time_column or any("%H" in form or "%I" in form for form in self.date_formats)
        if self.time_is and not has_time:
            raise MisfitError("office.time_is", "time_is")
        return self

    @model_validator(mode="after")
    def _offsets_are_read(self) -> CounterCsv:
        for rank, form in enumerate(self.date_formats):
            if "%Z" in form or FIXED_OFFSET.search(form):
                raise MisfitError("office.form_offset", "date_formats", rank, value=form)
            if self.time_column and carries_offset(form):
                raise MisfitError("office.form_offset_beside_time", "date_formats", rank, value=form)
        return self

    def is_written_like(self, other: CounterCsv) -> bool:
        """True when one file can be read by both declarations, which then differ in what they count alone."""
        apart: dict[str, object] = {"files": "", "count_columns": {}, "index_modulus": None}
        return self.model_copy(update=apart) == other.model_copy(update=apart)

    def may_share(self, other: CounterCsv) -> bool:
        """True when one file may hold this counter's counts and the other's, in columns or channels."""
        ours, theirs = ({heading.casefold() for heading in one.count_columns} for one in (self, other))
        are_apart = self.count_columns == other.count_columns if self.channel_column else not ours & theirs
        return self.is_written_like(other) and are_apart

    @model_validator(mode="after")
    def _files_and_forms_are_declared(self) -> CounterCsv:
        refuse(any_file(self.files))
        refuse(self._forms_that_lack_something())
        return self

    def _forms_that_lack_something(self) -> Iterator[MisfitError]:
        """Date forms that leave a part of the date open: strptime would fill it in, with 1900 or midnight."""
        if not self.date_formats:
            yield MisfitError("office.no_date_form", "date_formats")
        for rank, form in enumerate(self.date_formats):
            parts = set(re.findall(r"%-?([A-Za-z])", form))
            lacking = [name for name, codes in DATE_PARTS.items() if parts.isdisjoint(codes)]
            if self.instant_column is None:
                lacking = [name for name in lacking if name != "%H"]
            if "I" in parts and "p" not in parts:
                lacking.append("%p")
            if lacking:
                yield MisfitError(
                    "office.date_form", "date_formats", rank, value=form, lacking=", ".join(lacking)
                )


def carries_offset(form: str) -> bool:
    """True for a strptime form of cells that tell how far they are from UTC."""
    return "%z" in form or form.endswith(("Z", "UTC", "GMT"))


def any_file(pattern: str) -> Iterator[MisfitError]:
    """A pattern of file names that takes every file of its folder, such as `*.csv`."""
    stem = pattern.rpartition(".")[0] or pattern
    if not re.search(r"\w", stem):
        yield MisfitError("office.any_file", "files", value=pattern)


def may_share_a_file(one: str, other: str) -> bool:
    """True when some file name matches both patterns of `*` and `?`."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return may_share_a_file(one[1:], other) or may_share_a_file(one, other[1:])
    if other[0] == "*":
        return may_share_a_file(other, one)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and may_share_a_file(one[1:], other[1:])
