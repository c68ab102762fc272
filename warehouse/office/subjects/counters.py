"""The counters of the office: where each hangs, how its files or messages are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from warehouse.office.misfits import MisfitError, said_twice, unknown
from warehouse.office.part import Code, Direction, Equipment, Part
from warehouse.office.subjects.counter_csv import CounterCsv, may_share_a_file
from warehouse.office.subjects.mqtt import CounterMqtt
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import BOOL, DATE, INT, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office

MOST_PER_HOUR = 20_000


class Counter(Part):
    """A counter: where it hangs, how its files are read, what its silence means."""

    code: Code
    label: str = Field(description="As people call it: alerts begin with it.")
    site: Code
    format: Literal["national", "csv", "mqtt", "layout"] = Field(
        description="`national` is the French counting schema (site, channel, measure), `mqtt` messages, "
        "`layout` what a layout in layouts/counters of the home says."
    )
    channels: dict[str, Direction] = Field(
        default_factory=dict,
        description="For `national`, its channel_id values; for `csv` with `channel_column`, its values.",
    )
    csv: CounterCsv | None = Field(
        default=None, description="How its own CSV is written; only for `format: csv`."
    )
    mqtt: CounterMqtt | None = Field(
        default=None, description="How its messages are written; only for `format: mqtt`."
    )
    first_date: date | None = Field(
        None,
        alias="from",
        description="First local day on which it serves, YYYY-MM-DD; what it sends for days before is "
        "not counted.",
    )
    last_date: date | None = Field(
        None,
        alias="until",
        description="Last local day on which it serves, inclusive, such as the day it was taken down: "
        "afterwards nothing is expected, estimated or alarmed, and what it sends is not counted.",
    )
    silence: Literal["missing", "zero"] = Field(
        "missing",
        description="What no row means: nothing was recorded, or the device sends no zeros. After the last "
        "day that was delivered, nothing is known either way.",
    )
    delivered: Literal["daily", "weekly", "monthly", "yearly"] | None = Field(
        None,
        description="How often its files come; learnt from those that came when absent. Between two files "
        "that come less often than every day its silence is no alarm; a file that is late by this rhythm is "
        "told.",
    )
    most_per_hour: int = Field(
        MOST_PER_HOUR,
        ge=1,
        description="Most passages that its place can see in one hour, each count for itself. What is above, "
        "in proportion to the length of the slot, is quarantined (`more_than_possible`), never counted: a "
        "busy shopping street sees 15,000 an hour, a door 3,000.",
    )
    partners: tuple[Code, ...] = Field(
        default=(), description="Counters whose level moves with this one's, beside those of the same site."
    )
    equipment: Equipment = Field(default=Equipment(), description="What helps when it fails.")

    @model_validator(mode="after")
    def _is_complete(self) -> Counter:
        if self.format == "national" and not self.channels:
            raise MisfitError("office.counter_channels", "format", counter=self.code)
        if (self.format == "csv") != (self.csv is not None):
            raise MisfitError("office.counter_part", "format", counter=self.code, part="csv")
        if (self.format == "mqtt") != (self.mqtt is not None):
            raise MisfitError("office.counter_part", "format", counter=self.code, part="mqtt")
        if self.code in self.partners:
            raise MisfitError("office.own_partner", "partners", counter=self.code)
        if self.first_date and self.last_date and self.last_date < self.first_date:
            raise MisfitError("office.days_backwards", "until", first=self.first_date, last=self.last_date)
        return self

    @property
    def is_index(self) -> bool:
        """True for a cumulative meter."""
        declared = self.csv or self.mqtt
        return declared is not None and declared.values == "index"

    @property
    def files(self) -> str | None:
        """Pattern of the names of its files, where it has files of its own."""
        return self.csv.files if self.csv else None

    @property
    def index_modulus(self) -> int | None:
        """Where its cumulative index rolls over to 0."""
        declared = self.csv or self.mqtt
        return declared.index_modulus if declared else None


class Keys(Part):
    """The counters."""

    counters: tuple[Counter, ...] = Field(default=(), description="The counters, each at a site.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Counters that are written twice, name what the office has not, or would read the same counts."""
    yield from said_twice("code", [one.code for one in office.counters], "counters")
    for rank, counter in enumerate(office.counters):
        yield from unknown_site(office, counter.site, "counters", rank)
        for place, partner in enumerate(counter.partners):
            yield from unknown_counter(office, partner, "counters", rank, "partners", place)
    yield from _files_of_two(office)
    yield from _messages_of_two(office)


def unknown_counter(office: Office, counter: str, *where: str | int) -> Iterator[MisfitError]:
    """A counter that the office has not, named at `where`."""
    yield from unknown("counter", counter, [one.code for one in office.counters], *where)


def _files_of_two(office: Office) -> Iterator[MisfitError]:
    """Counters that would read the same counts of the same files, or one file in two ways."""
    declared = [(rank, c, c.csv) for rank, c in enumerate(office.counters) if c.csv is not None]
    for (_, one, its), (rank, other, others) in combinations(declared, 2):
        if not may_share_a_file(its.files.lower(), others.files.lower()):
            continue
        named = {"one": one.code, "other": other.code, "value": others.files}
        if not its.is_written_like(others):
            yield MisfitError("office.files_declared_twice", "counters", rank, "csv", "files", **named)
            continue
        if not its.may_share(others) or set(one.channels) & set(other.channels):
            yield MisfitError("office.files_shared", "counters", rank, "csv", "files", **named)
    national = [(rank, c) for rank, c in enumerate(office.counters) if c.format == "national"]
    for (_, first), (rank, second) in combinations(national, 2):
        for channel in sorted(set(first.channels) & set(second.channels)):
            yield MisfitError(
                "office.channel_shared", "counters", rank, "channels", channel,
                one=first.code, other=second.code, value=channel,
            )  # fmt: skip


def _messages_of_two(office: Office) -> Iterator[MisfitError]:
    """Counters whose topics match one message, and those that listen to no broker."""
    listening = [(rank, c.code, c.mqtt) for rank, c in enumerate(office.counters) if c.mqtt is not None]
    if listening and office.systems.mqtt is None:
        yield MisfitError("office.no_broker", "counters", listening[0][0], "mqtt", counter=listening[0][1])
    for (_, one, its), (rank, other, others) in combinations(listening, 2):
        if its.may_hear(others.topic):
            yield MisfitError(
                "office.topic_shared", "counters", rank, "mqtt", "topic",
                one=one, other=other, value=others.topic,
            )  # fmt: skip


def _counters(office: Office, _: Period) -> Iterator[Row]:
    for one in office.counters:
        yield {
            "counter": one.code,
            "counter_label": one.label,
            "site": one.site,
            "silence": one.silence,
            "delivered": one.delivered,
            "files": one.files,
            "is_index": one.is_index,
            "index_modulus": one.index_modulus,
            "most_per_hour": one.most_per_hour,
            "first_date": one.first_date,
            "last_date": one.last_date,
        }


def _partners(office: Office, _: Period) -> Iterator[Row]:
    for one in office.counters:
        for partner in one.partners:
            yield {"counter": one.code, "partner": partner}


TABLES = (
    Table(
        "counter",
        {
            "counter": TEXT,
            "counter_label": TEXT,
            "site": TEXT,
            "silence": TEXT,
            "delivered": TEXT,
            "files": TEXT,
            "is_index": BOOL,
            "index_modulus": INT,
            "most_per_hour": INT,
            "first_date": DATE,
            "last_date": DATE,
        },
        _counters,
    ),
    Table("counter_partner", {"counter": TEXT, "partner": TEXT}, _partners),
)
