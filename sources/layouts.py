"""Layouts: how a tool writes a table, declared in YAML. Their model, and those that Vigie and an office have.

`source.yml` says what a table holds; a layout says how one tool writes it. `sources.reading.recognising`
finds the layout of a file, `sources.by_layout` reads the file as it says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sources.reading.heading import is_pattern
from sources.reading.rows import Described
from warehouse.errors import UsageError
from warehouse.office.misfits import MisfitError, Near, in_words, refuse
from warehouse.office.strict_yaml import read
from warehouse.spec import NUMERIC, KnownBy, SourceSpec, TableSpec
from warehouse.storage.layout import Home
from warehouse.words.messages import say

ROOT = Path(__file__).parent


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Texts = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...]),
]
"""One text or several."""


class LayoutPart(BaseModel):
    """A part of a layout: unknown keys are refused, because a typing error must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LayoutFile(LayoutPart):
    """What narrows the files that a layout fits; mostly its headings are enough."""

    names: Texts = Field(
        default=(), description="Patterns of file names, such as `ventes-*.csv`; any name by default."
    )
    sheet: Texts = Field(default=(), description="Sheets of a workbook that are read, by name or pattern.")
    ignored_sheets: Texts = Field(
        default=(), description="Sheets that are known and not read, by name or pattern, without a word."
    )
    heading_row: int | None = Field(
        default=None,
        ge=1,
        description="Line of the headings; by default they are looked for in the first 30.",
    )
    separator: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="What separates the cells of a CSV; by default the file shows it.",
    )
    encoding: Literal["utf-8", "cp1252"] | None = Field(
        default=None, description="By default the file shows it; a byte order mark always wins."
    )
    ends_last_line: bool | None = Field(
        default=None,
        description="The tool ends the last line of a CSV too: one that does not end was cut, and its "
        "last row is quarantined. By default so of workbooks that Vigie describes, which spreadsheets save.",
    )


class Sign(LayoutPart):
    """A column that says the sign of an amount, which is then written without one."""

    heading: Texts
    minus: Texts = Field(description="What it holds where the amount counts as negative.")
    plus: Texts = Field(default=(), description="What else it may hold; any other text is a faulty cell.")


class Slot(LayoutPart):
    """A row counts what happened in a slot of time; the column says when it begins, or ends."""

    minutes: int = Field(
        default=60, ge=0, le=1440, description="Its length; 0 for a reading of a meter at an instant."
    )
    time_is: Literal["start", "end"] | None = Field(
        default=None,
        description="What the time of a row tells: `start` (hours 0 to 23) or `end` (hours 1 to 24). When "
        "absent, a file that holds a 24 and never a 0 is read as `end`, one that holds both is refused.",
    )


class LayoutColumn(LayoutPart):
    """Where one column of the table comes from: exactly one of `heading`, `constant`, `file_name`, `rank`.

    Type, unit, bounds and categories are those of source.yml. Headings are compared without case, accents and
    doubled spaces; one between slashes, `/^montant( ttc)?$/`, is a regular expression.
    """

    heading: Texts = Field(
        default=(), description="Its heading, or several spellings of which the first found counts."
    )
    constant: str | int | None = Field(default=None, description="The same value in every row.")
    file_name: str | None = Field(
        default=None, description="Regular expression of file names; the value is its first group."
    )
    rank: Texts = Field(
        default=(),
        description="The rank of the row, from 1, among those with the same cells under these headings.",
    )
    exported: bool = Field(
        default=False,
        description="The value is the day of the state that the file holds: the one in its name, else that "
        "on which it was last saved, and the night's message says so.",
    )
    optional: bool = Field(default=False, description="A file may lack the heading.")
    date: Texts = Field(
        default=(),
        description="strptime forms of its dates, such as `%d/%m/%Y`; by default the whole column shows it.",
    )
    time: Texts = Field(
        default=(), description="Heading of the time of day, where it stands in a column of its own."
    )
    clock: Literal["local", "winter", "utc"] = Field(
        default="local",
        description="What a time without an offset is written in, `winter` being winter time all year; the "
        "local day is that of the instant.",
    )
    slot: Slot | None = Field(
        default=None, description="Of an instant that is the start or the end of a slot of counts."
    )
    decimal: Literal[",", ".", "cents"] | None = Field(
        default=None,
        description="Its decimal sign; by default the whole column shows it. `cents`: an amount of at most "
        "two decimals, whose sign is a comma where any cell holds one, else a point.",
    )
    usual_decimal: Literal[",", "."] | None = Field(
        default=None,
        description="The decimal sign of a column that does not show the other one without any doubt; cells "
        "with the other one are then faulty, where else the file would be refused.",
    )
    values: dict[str, Texts] = Field(
        default_factory=dict,
        description="What the file writes for each category of source.yml, or for `true` and `false`; of a "
        'number, `""` is what it writes for none.',
    )
    separator: str | None = Field(
        default=None, min_length=1, description="What separates the values of a list in a cell."
    )
    sign: Sign | None = None
    once_per: Texts = Field(
        default=(),
        description="Heading of what the amount is of as a whole, such as the number of the order, when the "
        "tool repeats it on each of its rows: it counts once, in the first of them that counts.",
    )

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> LayoutColumn:
        given = [self.heading, self.constant is not None, self.file_name, self.rank, self.exported]
        if sum(map(bool, given)) != 1:
            raise MisfitError("layout.one_origin")
        refuse(_patterns("heading", self.heading))
        if self.file_name is not None:
            refuse(_patterns("file_name", (f"/{self.file_name}/",), groups=1))
        return self


class Keep(LayoutPart):
    """Rows that count, by a status; the others are left out under a named rule of the ledger."""

    heading: Texts
    values: Texts = Field(description="What it holds in a row that counts.")
    others: Texts = Field(
        default=(),
        description="What it holds in a row that does not; any other text is a faulty cell. `/^$/` is an "
        "empty one.",
    )
    otherwise: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="Name of the rule in the ledger, such as `cancelled`."
    )


class Totals(LayoutPart):
    """Lines of totals: left out, and compared with what was loaded."""

    heading: Texts = Field(description="Where such a line shows itself; any of them.")
    values: Texts = Field(description="What it then holds: a text, or a pattern between slashes.")
    control: Texts = Field(default=(), description="Our columns of which these lines state the sum.")


class LayoutRows(LayoutPart):
    """Which rows count, and what they share with the row above."""

    keep: Keep | None = None
    totals: Totals | None = None
    filled_down: Texts = Field(
        default=(),
        description="Headings of which only the first row of a group is filled, such as the order of its "
        "lines: an empty cell is the last filled one above it.",
    )


class Scale(LayoutPart):
    """What the cells below some of the headings mean, where not all of them are written alike."""

    of: Texts = Field(description="What these headings mean: keys of `values`.")
    means: dict[str, Texts] = Field(
        default_factory=dict,
        description="What is written for each category of the value, or for `true` and `false`; where "
        "nothing is said, any cell counts and has no value.",
    )


class Across(LayoutPart):
    """A wide table: headings that are values, such as months, each with a cell of the row below it.

    With `above`, the row above the headings says another value for each; a merged cell counts for all that it
    covers.
    """

    heading: Texts = Field(description="The headings, by texts and patterns; each becomes a row.")
    becomes: str = Field(description="Our column for what the heading says.")
    value: str = Field(description="Our column for the cell.")
    values: dict[str, Texts] = Field(
        default_factory=dict, description="What headings mean, such as `1: [janv., janvier]`."
    )
    above: str | None = Field(
        default=None, description="Our column for what stands in the row above the headings."
    )
    scales: Annotated[
        tuple[Scale, ...], BeforeValidator(_several, json_schema_input_type=tuple[Scale, ...])
    ] = Field(
        default=(), description="Such as the answers to each question; then every key of `values` has one."
    )

    @model_validator(mode="after")
    def _every_value_has_one_scale(self) -> Across:
        refuse(_patterns("values", [one for names in self.values.values() for one in names]))
        scaled = [one for scale in self.scales for one in scale.of]
        for one in self.values if self.scales else ():
            if scaled.count(one) != 1:
                raise MisfitError("layout.one_scale", "scales", value=one)
        return self


class Blocks(LayoutPart):
    """Tables below each other in one sheet, with the same headings, each under a line of its own."""

    title: str = Field(description="Pattern of the line, between slashes; its first group is the value.")
    becomes: str = Field(description="Our column for that value.")


class Replaces(LayoutPart):
    """What a file replaces beyond the rows that it holds: a day that a corrected export left out is emptied.

    The rows of the table that agree with the file in `same`, and lie on the days of one of `days`, `year` or
    `whole`; with none of these, all that agree (an event). Without it a file replaces what source.yml says.
    """

    same: Texts = Field(
        default=(),
        description="Our columns in which the rows replaced agree with rows of the file, such as the event; "
        "by default the other columns of `replaces` in source.yml, and the site.",
    )
    days: str | None = Field(
        default=None, description="Our column of the day; replaced are those that the file's name asks for."
    )
    file_name: str | None = Field(
        default=None,
        description="Regular expression of file names, for `days`: its groups are the first and the last "
        "day, or its only group both.",
    )
    date: Texts = Field(
        default=("%d-%m-%Y", "%Y-%m-%d"),
        description="strptime forms of these groups; `%Y-%m` is a month, `%Y` a year.",
    )
    year: str | None = Field(
        default=None, description="Our column of the day; replaced are the years in which the file has rows."
    )
    whole: bool = Field(default=False, description="Replaced is all that there is, whatever its day.")

    @model_validator(mode="after")
    def _is_one_scope(self) -> Replaces:
        given = sum(map(bool, (self.days, self.year, self.whole)))
        if given > 1 or not (given or self.same) or bool(self.days) != (self.file_name is not None):
            raise MisfitError("layout.one_scope")
        if self.file_name is not None:
            refuse(_patterns("file_name", (f"/{self.file_name}/",), groups=1))
        return self


class Template(LayoutPart):
    """The workbook that people keep by hand, which `vigie init --templates` writes empty."""

    file: str = Field(
        pattern=r"^[^/\\\\]+\.xlsx$",
        description="Its name; `{year}` is the year at hand, and of `{site}` there is one a site. Layouts of "
        "one file are sheets of one workbook.",
    )
    sheet: str = Field(min_length=1, max_length=31, description="The name of its sheet.")


class WrittenLayout(LayoutPart):
    """How one tool writes one table, as it stands in a file."""

    tool: str = Field(min_length=1, description="The tool's name, for people.")
    table: str = Field(description="The table of source.yml that it fills.")
    known_by: KnownBy | None = Field(
        default=None,
        description="What its format is known by, of a layout that Vigie ships; its workbooks are its own.",
    )
    template: Template | None = None
    file: LayoutFile = LayoutFile()
    columns: dict[str, LayoutColumn] = Field(min_length=1, description="Our columns.")
    ignored: Texts = Field(default=(), description="Headings that are known and dropped without a word.")
    rows: LayoutRows = LayoutRows()
    newest_by: Texts = Field(
        default=(), description="Heading of the version: the row with the greatest counts for its key."
    )
    replaces: Replaces | None = None
    across: Across | None = None
    blocks: Blocks | None = None

    @model_validator(mode="after")
    def _parts_fit(self) -> WrittenLayout:
        refuse(_patterns("ignored", self.ignored))
        return self


class Layout(WrittenLayout):
    """A layout and where it comes from: the name of its file, whether of a home, or of office.yml's `csv`."""

    name: str = ""
    is_of_home: bool = False
    is_csv: bool = False

    @property
    def ends_last_line(self) -> bool:
        """Whether a CSV whose last line does not end was cut."""
        said = self.file.ends_last_line
        return self.template is not None if said is None else said


def _patterns(key: str, texts: Sequence[str], groups: int = 0) -> Iterator[MisfitError]:
    """The patterns among texts that are no regular expressions."""
    for one in texts:
        if is_pattern(one):
            try:
                if re.compile(one[1:-1]).groups < groups:
                    yield MisfitError("layout.no_group", key, value=one)
            except re.error as error:
                yield MisfitError("layout.pattern", key, value=one, reason=str(error))


class LayoutError(UsageError):
    """A layout is wrong: `problems` are all that is, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


def load(path: Path, spec: SourceSpec, language: str, *, is_of_home: bool = False) -> Layout:
    """The layout in a file; raises LayoutError with all that is wrong in it, line by line, in words."""
    document = read(path.read_bytes())
    if document.faults:
        raise LayoutError(
            [_line(path, f.line, f.path, say(f.key, language, **f.values)) for f in document.faults]
        )
    try:
        written = WrittenLayout.model_validate_json(json.dumps(document.content), strict=True)
    except ValidationError as error:
        wrong = in_words(error, WrittenLayout, language)
        found = [(document.line(where), where, text) for where, text in wrong]
        raise LayoutError([_line(path, *one) for one in sorted(found, key=lambda one: one[0])]) from None
    layout = Layout(**dict(written), name=path.stem, is_of_home=is_of_home)
    if misfits := list(_misfits(layout, spec)):
        raise LayoutError(
            [_line(path, document.line(m.where), m.where, m.in_words(language)) for m in misfits]
        )
    return layout


def _line(path: Path, line: int, where: Sequence[str | int], text: str) -> str:
    return f"{path}:{line}: {'.'.join(map(str, where))}{': ' if where else ''}{text}"


def _misfits(layout: Layout, spec: SourceSpec) -> Iterator[MisfitError]:
    """What is wrong in a layout by the source's description."""
    tables = {table.name: table for table in spec.tables}
    if layout.table not in tables:
        yield MisfitError(
            "layout.unknown_table", "table", value=layout.table, near=Near(layout.table, tables)
        )
        return
    yield from _column_misfits(layout, tables[layout.table])


def _column_misfits(layout: Layout, table: TableSpec) -> Iterator[MisfitError]:
    known = {column.name: column for column in table.columns}
    named: list[tuple[tuple[str, ...], str]] = [(("columns", name), name) for name in layout.columns]
    if layout.across is not None:
        named += [(("across", "becomes"), layout.across.becomes), (("across", "value"), layout.across.value)]
        if layout.across.above is not None:
            named.append((("across", "above"), layout.across.above))
    if layout.blocks is not None:
        named.append((("blocks", "becomes"), layout.blocks.becomes))
    if layout.rows.totals is not None:
        named += [(("rows", "totals", "control"), name) for name in layout.rows.totals.control]
    if layout.replaces is not None:
        yield from _scope_misfits(layout.replaces, table)
        named += [(("replaces", "same"), name) for name in layout.replaces.same]
    for where, name in named:
        if name not in known:
            yield MisfitError(
                "layout.unknown_column", *where, value=name, table=table.name, near=Near(name, known)
            )
    for name, column in layout.columns.items():
        if column.slot is not None and name in known and known[name].type != "timestamp":
            instants = ", ".join(one.name for one in table.columns if one.type == "timestamp")
            yield MisfitError(
                "layout.slot_of_no_instant", "columns", name, "slot", value=name, choices=instants
            )
        if column.once_per and name in known and (known[name].required or known[name].type not in NUMERIC):
            amounts = [one.name for one in table.columns if one.type in NUMERIC and not one.required]
            where, listed = ("columns", name, "once_per"), ", ".join(amounts)
            yield MisfitError("layout.once_per", *where, value=name, choices=listed)
        categories = known[name].categories if name in known else ()
        if known.get(name) is not None and known[name].type == "boolean":
            categories = ("true", "false")
        for value in column.values if categories else ():
            if value not in categories:
                at = ("columns", name, "values", value)
                near = Near(value, categories)
                yield MisfitError(
                    "layout.unknown_category", *at, value=value, choices=", ".join(categories), near=near
                )


def _scope_misfits(scope: Replaces, table: TableSpec) -> Iterator[MisfitError]:
    """The day of a scope is a date; where source.yml says what is replaced, it is one of its columns."""
    days = [one.name for one in table.columns if one.type == "date"]
    days = [one for one in days if one in table.replaces] if table.replaces else days
    for key, name in (("days", scope.days), ("year", scope.year)):
        if name is not None and name not in days:
            at, choices = ("replaces", key), ", ".join(days)
            yield MisfitError("layout.no_day", *at, value=name, choices=choices, near=Near(name, days))


def described(layout: Layout, source: str, language: str) -> Described:
    """Where a layout of a source is to be changed: a shipped one by one of the office's own."""
    if layout.is_csv:
        return Described(say("described.csv", language), is_csv=True)
    kind = "home" if layout.is_of_home else "shipped"
    return Described(say(f"described.{kind}", language, source=source, name=layout.name))


@cache
def shipped(spec: SourceSpec) -> tuple[Layout, ...]:
    """The layouts that Vigie has for a source, by name; raises LayoutError, which is a programming error."""
    return tuple(load(path, spec, "en") for path in sorted((ROOT / spec.name / "layouts").glob("*.yml")))


def of_home(home: Home, spec: SourceSpec, language: str) -> tuple[Layout, ...]:
    """The layouts that an office has for a source, empty files left out; raises LayoutError."""
    folder = home.root / "layouts" / spec.name
    # A shell makes the file that `vigie layout propose … > file` writes before it starts the command.
    written = [path for path in sorted(folder.glob("*.yml")) if path.stat().st_size]
    return tuple(load(path, spec, language, is_of_home=True) for path in written)


def known(home: Home, spec: SourceSpec, language: str) -> tuple[Layout, ...]:
    """Every layout of a source: an office's own first, each in the place of the shipped one of its name."""
    own = of_home(home, spec, language)
    return (*own, *(one for one in shipped(spec) if one.name not in {mine.name for mine in own}))
