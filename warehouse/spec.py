"""The description of a source, `source.yml`: read here, used for loading, checks and documentation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from warehouse.yaml_file import read_yaml

ColumnType = Literal["text", "integer", "number", "decimal", "date", "timestamp", "boolean"]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "decimal": "DECIMAL(18,4)",  # money, and prices to four places
    "date": "DATE",
    "timestamp": "TIMESTAMP",  # always UTC
    "boolean": "BOOLEAN",
}
NUMERIC: tuple[ColumnType, ...] = ("integer", "number", "decimal")
# No system of an office tells of days outside of these: beyond lies a clock or a date that nobody set.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
Bound = int | float | date
MUNICIPALITY_CODE = r"\d{5}|2[AB]\d{3}"
# The form of codes, wherever a column of the name stands: in raw tables and in published ones.
FORMS = {"municipality_code": MUNICIPALITY_CODE}


class Described(BaseModel):
    """A part of source.yml; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Described):
    """A sentence in the two languages of the office."""

    fr: str
    en: str


class Processing(Described):
    """Personal data held somewhere, as the record of processing tells of them (article 30 of the GDPR)."""

    purpose: Words
    legal_basis: Words
    people: Words = Field(description="Categories of people.")
    data: Words = Field(description="Categories of data, and what is dropped unread.")
    readers: Words = Field(description="Who can read them.")
    recipients: Words = Field(description="To whom they are given.")


class Retention(Described):
    """How long something is kept, and why so long."""

    days: int | None = Field(default=None, ge=1, description="Days; without end where none is given.")
    reason: Words


# A value that a retention took the place of: random, so that nothing leads back to what stood there.
TOKEN = "token-"


class PersonalRetention(Retention):
    """How long the personal columns of a raw table are kept. Rows stay, so that no figure changes.

    The columns become empty, but for those `tokened`. Their values become random tokens, by `token`: `year`,
    the same for equal values of one calendar year, which goes as a whole when its last day is over for so
    long; `link`, the same for rows that a view of the models, <table>_link, tells to be of one fact, else its
    own.
    """

    days: int = Field(ge=1)
    after: str = Field(description="Column of the day or the instant from which on it is reckoned.")
    token: Literal["year", "link"] | None = None
    tokened: tuple[str, ...] = ()
    recognised_by: tuple[str, ...] = Field(
        (),
        description="Columns by which a row that comes again, in a late correction, is known to be one whose "
        "value was erased: what is linked with it is then linked again.",
    )


class ColumnSpec(Described):
    """A column of a raw table."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: ColumnType
    description: str
    unit: str | None = None
    personal: bool = Field(default=False, description="Personal data: never published, never in a message.")
    required: bool = Field(default=False, description="Never null in a loaded row.")
    categories: tuple[str, ...] = Field(
        default=(), description="Known values; another is reported once, and its text published nowhere."
    )
    several: bool = Field(default=False, description="One or more categories, apart by commas.")
    pattern: str | None = Field(
        default=None,
        description="Regular expression that the whole of a code fulfils, such as `[0-9]{5}`: a spreadsheet "
        "that took it for a number lost its zeros; the row is quarantined. By default that of `FORMS`.",
    )
    minimum: Bound | None = Field(
        default=None, description="Least value that it can mean; a row below is quarantined."
    )
    maximum: Bound | None = Field(default=None, description="Largest value that it can mean.")
    part_of: tuple[str, ...] = Field(
        default=(),
        description="Columns of which it is a part, all of them together (of which …): a row in which it is "
        "more than they come to is quarantined. Nothing is judged where one of them is empty.",
    )

    @model_validator(mode="before")
    @classmethod
    def _has_the_form_of_its_name(cls, said: Any) -> Any:
        if isinstance(said, dict) and said.get("name") in FORMS:
            return {"pattern": FORMS[said["name"]], **said}
        return said

    @property
    def sql_type(self) -> str:
        """The column's type in DuckDB."""
        return SQL_TYPES[self.type]

    @property
    def bounds(self) -> Bounds | None:
        """The least and the largest value that it can mean; None for what is no number and no date.

        Dates without bounds of their own are between FIRST_DAY and LAST_DAY.
        """
        is_date = self.type in ("date", "timestamp")
        if not is_date and self.minimum is None and self.maximum is None:
            return None
        if not is_date:
            return Bounds(self.minimum, self.maximum)
        return Bounds(self.minimum or FIRST_DAY, self.maximum or LAST_DAY)


class Bounds(NamedTuple):
    """The least and the largest value of a column, both included; the largest day is included whole."""

    minimum: Bound | None
    maximum: Bound | None

    def holds(self, value: Any) -> bool:
        """True for a value between them, and for none."""
        if isinstance(value, datetime):
            value = value.date()
        return value is None or not (
            (self.minimum is not None and value < self.minimum)
            or (self.maximum is not None and value > self.maximum)
        )

    def beyond(self, value: str) -> str:
        """SQL that is true when the value of an SQL expression lies outside of them."""
        beyond = []
        if self.minimum is not None:
            beyond.append(f"{value} < {_literal(self.minimum)}")
        if isinstance(self.maximum, date):
            beyond.append(f"{value} >= {_literal(self.maximum + timedelta(1))}")
        elif self.maximum is not None:
            beyond.append(f"{value} > {_literal(self.maximum)}")
        return f"({' OR '.join(beyond)})"

    @property
    def in_words(self) -> dict[str, object]:
        """The values of the message `quarantine.out_of_bounds`."""
        return {
            name: "…" if bound is None else str(bound)
            for name, bound in (("minimum", self.minimum), ("maximum", self.maximum))
        }


def _literal(bound: Bound) -> str:
    return f"DATE '{bound.isoformat()}'" if isinstance(bound, date) else repr(bound)


class TableSpec(Described):
    """A raw table. Exactly one of `primary_key` and `replaces` says what a new delivery does to the old."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str
    grain: str
    primary_key: tuple[str, ...] = Field((), description="A later delivery wins row by row.")
    replaces: tuple[str, ...] = Field(
        (), description="A later delivery replaces every row that has the same values in these columns."
    )
    identity: tuple[str, ...] = Field(
        default=(),
        description="Where whole scopes are replaced: columns that tell the rows of one delivery apart. "
        "A row that repeats them is a duplicate when it is equal, else in conflict.",
    )
    resembles: tuple[str, ...] = Field(
        default=(),
        description="Where all deliveries are kept and the models choose: columns whose equal values in an "
        "earlier delivery are told in the ledger.",
    )
    happened: str | None = Field(
        None, description="Column that tells when a row happened; the calendar begins with the earliest."
    )
    happened_in_year: str | None = Field(
        default=None,
        description="Column that tells the year of a row which has no day: a number, or a text that begins "
        "with it. `vigie why` finds the files of a period by it.",
    )
    retention: PersonalRetention | None = Field(
        default=None, description="How long its personal columns are kept; mandatory where it has any."
    )
    columns: tuple[ColumnSpec, ...]

    @model_validator(mode="after")
    def _tells_how_long_personal_columns_are_kept(self) -> TableSpec:
        if bool(self.personal_columns) != (self.retention is not None):
            raise ValueError(f"table {self.name}: personal columns and a `retention` go together")
        if self.retention is None:
            return self
        kept = self.retention
        unknown = {kept.after, *kept.tokened, *kept.recognised_by} - set(self.all_columns)
        if unknown:
            raise ValueError(f"table {self.name}: `retention` names unknown columns {sorted(unknown)}")
        if (kept.token is None) == bool(kept.tokened):
            raise ValueError(f"table {self.name}: `token` and `tokened` go together")
        required = [c.name for c in self.personal_columns if c.required and c.name not in kept.tokened]
        if required:
            raise ValueError(f"table {self.name}: {required} are required and cannot become empty")
        return self

    @model_validator(mode="after")
    def _has_one_key_of_known_columns(self) -> TableSpec:
        if bool(self.primary_key) == bool(self.replaces):
            raise ValueError(f"table {self.name}: give either `primary_key` or `replaces`")
        unknown = {
            *self.key, *self.identity, *self.resembles,
            *(name for name in (self.happened, self.happened_in_year) if name),
        } - set(self.all_columns)  # fmt: skip
        if unknown:
            raise ValueError(f"table {self.name}: key columns without a column: {sorted(unknown)}")
        wholes = {name for column in self.columns for name in column.part_of} - set(self.all_columns)
        if wholes:
            raise ValueError(f"table {self.name}: parts of unknown columns {sorted(wholes)}")
        return self

    def out_of_bounds(self, row: Mapping[str, Any]) -> tuple[ColumnSpec, Bounds] | None:
        """The first column of a row whose value lies beyond its bounds, with these; None when none does."""
        for name, value in row.items():
            column = self.all_columns[name]
            if (bounds := column.bounds) is not None and not bounds.holds(value):
                return column, bounds
        return None

    @property
    def key(self) -> tuple[str, ...]:
        """The columns by which a later delivery replaces an earlier one."""
        return self.primary_key or self.replaces

    @cached_property
    def personal_columns(self) -> tuple[ColumnSpec, ...]:
        """Its columns that hold personal data."""
        return tuple(column for column in self.columns if column.personal)

    @cached_property
    def all_columns(self) -> dict[str, ColumnSpec]:
        """Its columns by name: those that every raw table has, then its own."""
        return {column.name: column for column in (*COMMON_COLUMNS, *self.columns)}


OFFICE = ColumnSpec(name="office", type="text", required=True, description="Code of the office.")
COMMON_COLUMNS = (
    OFFICE,
    ColumnSpec(
        name="delivery_id",
        type="integer",
        required=True,
        minimum=1,
        maximum=9_999_999_999,
        description="Delivery that brought the row (quality.load).",
    ),
)


class Rows(Described):
    """Fewest and most rows of a healthy delivery, from a healthy run. Moving one needs a reason."""

    fewest: int = Field(ge=0)
    most: int = Field(ge=1)
    least_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Of the largest of the ten deliveries before; for kinds that bring everything.",
    )
    many_quarantined: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of its rows in quarantine beyond which somebody is told. A handful of bad rows is "
        "ordinary (a test of the kiosk, a slip of the hand); one in ten is a cause that comes again.",
    )
    most_quarantined: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share beyond which what depends on the delivery is not published: what is left of it is "
        "no longer what happened.",
    )
    reason: str


class DeliverySpec(Described):
    """A kind of file that the source receives."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str
    format: str = Field(description="In words: separator, encoding, heading, decimal sign.")
    files: tuple[str, ...] = Field((), description="File name patterns, when office.yml does not give them.")
    tables: tuple[str, ...] = Field(description="Raw tables that it feeds; the first holds its rows.")
    rows: Rows
    retention: Retention = Field(description="How long its bytes are kept in the archive, from reception.")
    sample: str


KnownBy = Literal["own", "verified", "partly", "unknown"]
"""What a format is known by: it is Vigie's own; it was read in a public source; its headings were, and the
rest is supposed; or nothing public tells it, or too little, and nothing reads it."""


class Format(Described):
    """A tool's format that no layout of Vigie says: a reader of the source reads it, or nothing does."""

    tool: str
    known_by: KnownBy
    note: str = ""


class SourceSpec(Described):
    """A source: one system of the office."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label_fr: str
    label_en: str
    description: str
    publisher: str
    obtain: str = Field(description="How to get the files.")
    is_watched: bool = Field(
        default=False,
        description="Its machines are looked at every hour by day: one that falls silent is told.",
    )
    processing: Processing
    formats: tuple[Format, ...] = Field(
        default=(), description="Formats of tools that no layout of Vigie says."
    )
    deliveries: tuple[DeliverySpec, ...]
    tables: tuple[TableSpec, ...]

    @model_validator(mode="after")
    def _deliveries_feed_known_tables(self) -> SourceSpec:
        for delivery in self.deliveries:
            unknown = set(delivery.tables) - {table.name for table in self.tables}
            if unknown:
                raise ValueError(f"delivery {delivery.kind} feeds unknown tables {sorted(unknown)}")
        return self

    @property
    def shortest_retention(self) -> Retention:
        """That of its kinds which is kept least long: holds for a file of which no kind is known."""
        return min(
            (delivery.retention for delivery in self.deliveries),
            key=lambda kept: (kept.days is None, kept.days or 0),
        )

    def table(self, name: str) -> TableSpec:
        """The raw table `name`; raises KeyError."""
        return {table.name: table for table in self.tables}[name]

    def delivery(self, kind: str) -> DeliverySpec:
        """The delivery of that kind; raises KeyError."""
        return {delivery.kind: delivery for delivery in self.deliveries}[kind]


def load_spec(path: Path) -> SourceSpec:
    """Read and validate one source.yml; raises pydantic.ValidationError, which is a programming error."""
    return SourceSpec.model_validate(read_yaml(path))
