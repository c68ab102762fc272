"""Who the office is: `office.yml`, validated with errors that name the field and the remedy.

The JSON Schema for editors and docs/office-file.md are generated from these models.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, time
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from warehouse.addresses import is_loopback, is_protected
from warehouse.office.departments import DEPARTMENTS, OWN_SCHOOL_CALENDAR
from warehouse.office.misfits import MisfitError, Near, refuse
from warehouse.office.office_file import load, refuse_file

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Lower case, digits, - and _.")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[int, Field(ge=1)]
DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+):(?P<port>\d{1,5})")
FIXED_OFFSET = re.compile(r"[+-]\d\d:?\d\d$")
MOST_PER_HOUR = 20_000
DEFAULT_PORTS = {"https": 443, "http": 80}
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


Place = tuple[str | int, ...]  # keys and ranks that lead to a part of the file
Severity = Literal["question", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("question", "medium", "high", "critical")  # the gravest last


class Part(BaseModel):
    """A part of office.yml: unknown keys are refused, because a typing error must not be ignored."""

    # What is written out is read again, by the keys of the file (`from`).
    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    @field_validator("*")
    @classmethod
    def _times_are_local(cls, value: object) -> object:
        """A time of the day with an offset would not be the office's own."""
        if isinstance(value, time) and value.tzinfo is not None:
            raise MisfitError("office.not_a_time", value=value)
        return value


def origin(address: str) -> str:
    """`scheme://host:port` of a host or an address without path, HTTPS and its port by default."""
    scheme, _, host = address.lower().rpartition("://")
    scheme = scheme or "https"
    return f"{scheme}://{host}" if ":" in host else f"{scheme}://{host}:{DEFAULT_PORTS.get(scheme, 0)}"


def carries_offset(form: str) -> bool:
    """True for a strptime form of cells that tell how far they are from UTC."""
    return "%z" in form or form.endswith(("Z", "UTC", "GMT"))


class Municipality(Part):
    """A municipality of the territory."""

    code: str = Field(pattern=r"^(\d{5}|2[AB]\d{3})$", description="INSEE code, five characters.")
    name: str = Field(description="As people write it.")


class Span(Part):
    """Open from one time of the day to another."""

    start: time = Field(description="HH:MM, local time.")
    end: time = Field(description="HH:MM, local time, after the start.")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Span:
        if self.end <= self.start:
            raise MisfitError("office.hours_backwards", start=f"{self.start:%H:%M}", end=f"{self.end:%H:%M}")
        return self

    def overlaps(self, other: Span) -> bool:
        """True when some moment lies in both."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


class Opening(Part):
    """Opening hours that hold every year between two days of the year, or from one over the new year."""

    first_day: DayOfYear = Field("01-01", description="First day of the year, MM-DD.")
    last_day: DayOfYear = Field(
        "12-31",
        description="Last day of the year, MM-DD, inclusive. Before the first one, it is a day of the year "
        "after: from 11-01 to 03-31 is the winter.",
    )
    weekdays: tuple[Weekday, ...] = Field(WEEKDAYS, description="Days of the week that these hours hold for.")
    hours: tuple[Span, ...] = Field(description="Opening hours of the day, in local time.")

    @model_validator(mode="after")
    def _can_hold(self) -> Opening:
        refuse(overlapping_hours(self.hours, "hours"))
        return self

    def holds_on(self, day: date) -> bool:
        """True when these are the hours of a local day."""
        return self._spans(f"{day:%m-%d}") and WEEKDAYS[day.weekday()] in self.weekdays

    def meets(self, other: Opening) -> bool:
        """True when both hold on some day: where two spans meet, one begins within the other."""
        return (self._spans(other.first_day) or other._spans(self.first_day)) and not set(
            self.weekdays
        ).isdisjoint(other.weekdays)

    def _spans(self, day: str) -> bool:
        """True when a day of the year (MM-DD) lies between the first and the last one."""
        if self.first_day <= self.last_day:
            return self.first_day <= day <= self.last_day
        return day >= self.first_day or day <= self.last_day


def overlapping_hours(hours: Sequence[Span], *where: str) -> Iterator[MisfitError]:
    """Spans of one day that overlap: one of them is a typing error."""
    for (_, one), (rank, other) in combinations(enumerate(hours), 2):
        if one.overlaps(other):
            yield MisfitError("office.hours_overlap", *where, rank, one=one, other=other)


class OpeningException(Part):
    """Days that differ from the ordinary opening hours: a strike, a festival, works."""

    first_date: date = Field(description="First day, YYYY-MM-DD.")
    last_date: date | None = Field(None, description="Inclusive; the first date when absent.")
    hours: tuple[Span, ...] = Field((), description="Hours of these days; none means closed.")
    reason: str = Field(description="Why, for people who read it later.")

    @model_validator(mode="after")
    def _can_hold(self) -> OpeningException:
        if self.end_date < self.first_date:
            raise MisfitError("office.days_backwards", "last_date", first=self.first_date, last=self.end_date)
        refuse(overlapping_hours(self.hours, "hours"))
        return self

    @property
    def end_date(self) -> date:
        """The last day, inclusive."""
        return self.last_date or self.first_date


class Site(Part):
    """A place that the office keeps: desk, motorhome area, museum, street."""

    code: Code
    name: str = Field(description="As people call it.")
    municipality: str | None = Field(None, description="INSEE code.")
    always_open: bool = Field(False, description="True for a place that never closes (barrier, street).")
    opening: tuple[Opening, ...] = Field(default=(), description="Opening hours; absent when always open.")
    exceptions: tuple[OpeningException, ...] = Field(
        default=(), description="Days that differ; they win over everything else."
    )
    closed_on: tuple[DayOfYear, ...] = Field((), description="Days of the year always closed, MM-DD.")
    closed_on_public_holidays: bool = Field(
        default=False, description="Closed on every public holiday of the office's department."
    )

    @model_validator(mode="after")
    def _says_when_it_is_open(self) -> Site:
        if self.always_open == bool(self.opening):
            raise MisfitError("office.site_opening", site=self.code)
        return self

    @model_validator(mode="after")
    def _says_it_once(self) -> Site:
        refuse(self._said_twice())
        return self

    def _said_twice(self) -> Iterator[MisfitError]:
        for (_, one), (rank, other) in combinations(enumerate(self.opening), 2):
            for first in one.hours if one.meets(other) else ():
                for place, second in enumerate(other.hours):
                    if first.overlaps(second):
                        yield MisfitError(
                            "office.hours_overlap", "opening", rank, "hours", place, one=first, other=second
                        )
        for (_, this), (rank, that) in combinations(enumerate(self.exceptions), 2):
            if this.first_date <= that.end_date and that.first_date <= this.end_date:
                yield MisfitError(
                    "office.exceptions_overlap", "exceptions", rank,
                    day=max(this.first_date, that.first_date), one=this.reason, other=that.reason,
                )  # fmt: skip


Direction = Literal["in", "out", "both"]


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
    def _files_and_forms_are_told(self) -> CounterCsv:
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


# What a date form must hold, by the code that people know, and the codes of strptime that give it.
DATE_PARTS = {"%d": set("dejcxs"), "%m": set("mbBjcxs"), "%Y": set("YyGcxs"), "%H": set("HIcXs")}


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


class Equipment(Part):
    """What helps whoever is told that a piece of equipment is at fault."""

    runbook: str = Field(
        default="",
        description="What to do when it fails, as alerts print it; each rule's own advice when absent.",
    )
    keeps_data_days: int | None = Field(
        default=None, ge=0, description="Days of counts that the device itself keeps; 0 for none."
    )


class CounterMqtt(Part):
    """A counter's MQTT messages, declared. Paths into their JSON are dotted; `0` is the first of a list."""

    topic: str = Field(description="Topic of its messages; `+` stands for any one level of it.")
    counts: dict[str, Direction] = Field(
        min_length=1,
        description="Paths of the counts and the direction of each, such as `object.in: in` (ChirpStack) or "
        "`uplink_message.decoded_payload.in: in` (The Things Stack).",
    )
    instant: str | None = Field(
        None,
        description="Path of the instant at which the counts were taken, ISO 8601 with an offset or an epoch "
        "in seconds or milliseconds; when absent, the instant at which the message came.",
    )
    minutes: int = Field(
        60, ge=1, le=1440, description="Length of the slot that ends at the instant, in minutes."
    )
    values: Literal["counts", "index"] = Field(
        "counts", description="`index` for a cumulative meter whose differences are the counts."
    )
    index_modulus: int | None = Field(None, description="Where a cumulative index rolls over to 0.")

    @field_validator("counts", "instant")
    @classmethod
    def _paths_have_no_gap(
        cls, value: dict[str, Direction] | str | None
    ) -> dict[str, Direction] | str | None:
        for path in [value] if isinstance(value, str) else value or ():
            if not all(path.split(".")):
                raise MisfitError("office.json_path", value=path)
        return value

    @field_validator("topic")
    @classmethod
    def _topic_is_one(cls, value: str) -> str:
        levels = value.split("/")
        if "#" in value or any("+" in level and level != "+" for level in levels):
            raise MisfitError("office.topic", value=value)
        return value

    def may_hear(self, topic: str) -> bool:
        """True when a message of this topic, or of some topic that this filter matches, matches ours."""
        ours, theirs = self.topic.split("/"), topic.split("/")
        pairs = zip(ours, theirs, strict=False)
        return len(ours) == len(theirs) and all(a == b or "+" in (a, b) for a, b in pairs)


class Counter(Part):
    """A counter: where it hangs, how its files are read, what its silence means."""

    code: Code
    label: str = Field(description="As people call it: alerts begin with it.")
    site: Code
    format: Literal["national", "csv", "mqtt"] = Field(
        description="`national` is the French counting schema (site, channel, measure), `mqtt` messages."
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


class ApidaeApi(Part):
    """Apidae's search API. The key is a secret, never written here."""

    url: str = Field(
        "https://api.apidae-tourisme.com",
        description="Base address, without path. HTTPS, unless it is on this machine.",
    )
    project_id: int = Field(description="Number of the Apidae project.")
    selection_ids: tuple[int, ...] = Field(description="Selections of the project to pull.")
    key_secret: str = Field("VIGIE_APIDAE_KEY", description="Name of the secret that holds the API key.")
    page_size: int = Field(
        200, ge=1, le=200, description="Objects asked for in one page; Apidae gives 200 at most."
    )
    timeout_seconds: float = Field(
        30,
        gt=0,
        description="Seconds without an answer after which a request is given up; so is an answer that is "
        "not whole after four times as long.",
    )

    @field_validator("url")
    @classmethod
    def _key_is_protected(cls, value: str) -> str:
        if not is_protected(value):
            raise MisfitError("office.plain_http", value=value)
        return value


class ApidaeNotifications(Part):
    """Apidae's export notifications, received on loopback: a reverse proxy with TLS stands before the port.

    Apidae is given the address `https://<office's server>/apidae/<value of the secret>`.
    """

    project_id: int = Field(description="Number of the Apidae project whose exports are announced.")
    secret: str = Field(
        "VIGIE_APIDAE_NOTIFICATION",
        description="Name of the secret that ends the address given to Apidae, which cannot sign: 20 letters "
        "or digits at least.",
    )
    port: int = Field(8377, ge=1, le=65535, description="Port on 127.0.0.1.")
    allowed_hosts: tuple[str, ...] = Field(
        ("export.apidae-tourisme.com", "api.apidae-tourisme.com"),
        description="Hosts that exports are fetched from and confirmed to, by HTTPS on its own port; another "
        "port is written out, such as `https://proxy.example.org:8443`. Nothing else is ever asked.",
    )
    expected_every_hours: float = Field(
        24, gt=0, description="Hours between two exports of the project: a longer silence is told."
    )
    timeout_seconds: float = Field(
        30, gt=0, description="Seconds without an answer after which a request is given up."
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts_are_safe(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            found = ORIGIN.fullmatch(origin(host))
            if found is None:
                raise MisfitError("office.host", value=host)
            if found["scheme"] == "http" and not is_loopback(found["host"]):
                raise MisfitError("office.plain_http", value=host)
        return value

    @property
    def origins(self) -> frozenset[str]:
        """The allowed hosts as `scheme://host:port`."""
        return frozenset(origin(host) for host in self.allowed_hosts)


class TourismInformation(Part):
    """The tourism information system (Apidae): export ZIP in the inbox, announced exports, the search API."""

    api: ApidaeApi | None = Field(default=None, description="When it is pulled, not only received.")
    notifications: ApidaeNotifications | None = Field(
        default=None, description="When Apidae announces its exports."
    )
    platform_criterion_ids: tuple[int, ...] = Field(
        (), description="Internal criteria that mark a lodging as occasional, let through platforms."
    )


class MotorhomeArea(Part):
    """A motorhome area with a barrier and a payment kiosk."""

    site: Code
    capacity: int = Field(ge=1, description="Pitches.")
    vat_pct: float = Field(ge=0, le=100, description="VAT included in what the kiosk takes, percent.")
    barrier: Equipment = Field(default=Equipment(), description="What helps when the barrier fails.")
    kiosk: Equipment = Field(default=Equipment(), description="What helps when the payment kiosk fails.")


class DigitalOperator(Part):
    """An operator (platform) that collects the tax and sends statements."""

    code: str = Field(description="As printed in reports and used as a dimension, such as `Airbnb`.")
    spellings: tuple[str, ...] = Field((), description="Other spellings found in statements.")
    files: str = Field(description="Pattern of its statements' file names in inbox/tourist_tax.")
    encoding: Literal["utf-8", "cp1252"] = Field(default="utf-8", description="Encoding of its statements.")
    separator: str = Field(";", min_length=1, max_length=1, description="One character.")
    statements: Literal["whole", "parts"] = Field(
        "whole",
        description="`whole`: a statement replaces the earlier one of the same period. `parts`: the files of "
        "a period add up (one a listing, say), and only one of the same name replaces another.",
    )
    amounts: Literal["gross", "net", "unknown"] = Field(
        "unknown", description="Whether its amounts include the additional shares."
    )


class TouristTax(Part):
    """The tourist tax: the deliberating authority, and the operators that send statements."""

    authority_siren: str = Field(pattern=r"^\d{9}$", description="SIREN in the deliberations file.")
    operators: tuple[DigitalOperator, ...] = Field(
        default=(), description="Operators whose statements are expected."
    )


class MqttBroker(Part):
    """The MQTT broker to which door counters push, directly or through a LoRaWAN network server."""

    host: str = Field(description="Name or address of the broker.")
    tls: bool = Field(
        default=True,
        description="Encrypted, the broker's certificate checked. A password goes to another machine with "
        "TLS alone.",
    )
    ca_file: str | None = Field(
        default=None,
        description="Certificate (PEM) of the authority that signed the broker's, in the home; the system's "
        "authorities when absent.",
    )
    port: int | None = Field(None, ge=1, le=65535, description="8883 with TLS and 1883 without when absent.")
    username: str | None = Field(default=None, description="User name, when the broker wants one.")
    password_secret: str = Field(
        "VIGIE_MQTT_PASSWORD", description="Name of the secret that holds the user's password."
    )

    @model_validator(mode="after")
    def _authority_goes_with_tls(self) -> MqttBroker:
        if self.ca_file is not None and not self.tls:
            raise MisfitError("office.ca_file", "ca_file")
        return self

    @model_validator(mode="after")
    def _password_is_protected(self) -> MqttBroker:
        if self.username is not None and not self.tls and not is_loopback(self.host):
            raise MisfitError("office.plain_password", "tls", host=self.host, user=self.username)
        return self

    @property
    def port_used(self) -> int:
        """The port, MQTT's own when none is given."""
        return self.port or (8883 if self.tls else 1883)


class Systems(Part):
    """The systems that the office has; what is absent is not expected."""

    tourism_information: TourismInformation | None = Field(default=None, description="Apidae.")
    motorhome: tuple[MotorhomeArea, ...] = Field(default=(), description="Motorhome areas.")
    tourist_tax: TouristTax | None = Field(default=None, description="Tourist tax.")
    mqtt: MqttBroker | None = Field(
        default=None, description="MQTT broker of the counters of `format: mqtt`."
    )


class Break(Part):
    """A change of method that forbids a comparison across its date."""

    indicator: str = Field(
        description="Indicator code. Of `counter_passages`, the counters of the site are judged afresh."
    )
    site: str = Field("all", description="`all` for every site.")
    date: Annotated[date, Field(description="First day of the new method.")]
    reason: str = Field(
        description="Printed where the comparison would have been. It is published: it names nobody."
    )


class Correction(Part):
    """A known error of a counter. What was delivered stays as it is; the correction stands beside it."""

    counter: Code
    first_date: date = Field(description="First local day that is wrong, YYYY-MM-DD.")
    last_date: date | None = Field(None, description="Inclusive; the first date when absent.")
    action: Literal["ignore", "multiply", "replace"] = Field(
        description="`ignore`: not believed, and estimated. `multiply`: the counts times `factor`. "
        "`replace`: `entries` were counted in another way, by hand for instance, and count for the whole day."
    )
    factor: float | None = Field(
        default=None, gt=0, description="For `multiply`, such as 0.5 for a counter that counted twice."
    )
    entries: float | None = Field(
        default=None, ge=0, description="For `replace`, the people who came in on that one day."
    )
    reason: str = Field(
        description="What was found, for people who read it later. It is published: it names nobody."
    )
    reported_by: str = Field("", description="Who found it; not published.")
    expected_entries: float | None = Field(
        default=None,
        ge=0,
        description="Sum of the entries delivered for these days when the correction was written; only "
        "`replace` does without, as it holds whatever is delivered.",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Correction:
        told = {"counter": self.counter, "first": self.first_date}
        for name, value, action in (
            ("factor", self.factor, "multiply"), ("entries", self.entries, "replace")
        ):  # fmt: skip
            if (self.action == action) != (value is not None):
                raise MisfitError("office.goes_with_action", "action", name=name, action=action, **told)
        if self.action != "replace" and self.expected_entries is None:
            raise MisfitError("office.no_expected_entries", **told)
        if self.action == "replace" and self.end_date != self.first_date:
            raise MisfitError("office.replaces_one_day", "last_date", **told)
        if self.end_date < self.first_date:
            raise MisfitError("office.days_backwards", "last_date", first=self.first_date, last=self.end_date)
        return self

    @property
    def end_date(self) -> date:
        """The last local day, inclusive."""
        return self.last_date or self.first_date


class Objective(Part):
    """What the office wants to reach."""

    indicator: str = Field(description="Indicator code.")
    site: str = Field(default="all", description="Site code, or `all`.")
    year: int = Field(description="Year that it is for.")
    value: float = Field(description="In the indicator's unit.")


class QuietHours(Part):
    """When a channel is silent; what is critical is told all the same."""

    start: time = Field(description="HH:MM, local time.")
    end: time = Field(description="HH:MM, local time; before the start when they last over midnight.")


class AlertChannel(Part):
    """Where alerts go: an Apprise address (mailto, SMS gateways, chats), kept as a secret."""

    name: Code
    address_secret: str = Field(description="Name of the secret that holds the Apprise address.")
    least_severity: Severity = Field(
        default="question",
        description="It gets incidents at least so grave: question, medium, high or critical.",
    )
    subjects: tuple[str, ...] = Field(
        default=("*",),
        description="Patterns of the subjects it gets, such as `counter:*` or `barrier:ile-*`.",
    )
    backup: bool = Field(
        default=False, description="True for one that is used only when another one fails to take a message."
    )
    quiet_hours: QuietHours | None = Field(default=None, description="When it is silent.")


REMINDER_DAYS: dict[Severity, tuple[int, ...]] = {
    "question": (3, 14), "medium": (7, 30), "high": (1, 3, 7), "critical": (1, 3, 7),
}  # fmt: skip


class Alerts(Part):
    """Who is told."""

    channels: tuple[AlertChannel, ...] = Field(
        default=(), description="Every channel gets every alert that it is declared for, once."
    )
    heartbeat_secret: str | None = Field(
        default=None,
        min_length=1,
        description="Name of the secret with a web address that is asked for after each night that was done.",
    )
    reminder_days: dict[Severity, tuple[Annotated[int, Field(ge=1)], ...]] = Field(
        default=REMINDER_DAYS,
        description="By severity, days from one reminder to the next, the last one again and again.",
    )

    @field_validator("reminder_days")
    @classmethod
    def _has_every_severity(cls, value: dict[Severity, tuple[int, ...]]) -> dict[Severity, tuple[int, ...]]:
        if empty := [severity for severity, days in value.items() if not days]:
            raise MisfitError("office.no_days", *empty[:1], severities=", ".join(empty))
        return {**REMINDER_DAYS, **value}


class Privacy(Part):
    """How personal data are kept."""

    plate_key_secret: str = Field(
        default="VIGIE_PLATE_KEY", description="Secret that keys the hash of plates."
    )
    archive_days: dict[str, Days] = Field(
        default_factory=dict,
        description="By source: days after which the bytes of its archived files are deleted, instead of "
        "what docs/data-protection.md says of each kind.",
    )
    personal_days: dict[str, Days] = Field(
        default_factory=dict,
        description="By source: days after which the personal columns of its raw tables are emptied, instead "
        "of what docs/data-protection.md says of each table.",
    )
    published_group: str | None = Field(
        default=None,
        min_length=1,
        description="Group of the machine whose members may read `published/`. Everything else in the home "
        "is for Vigie's account alone, which must be a member of the group.",
    )
    inbox_group: str | None = Field(
        default=None,
        min_length=1,
        description="Group of the machine whose members, such as the account of an SFTP server, may drop "
        "files in `inbox/<source>/`. Vigie's account must be a member of it.",
    )


class Office(Part):
    """The office file."""

    code: Code = Field(description="Short name: the `office` column of every table.")
    name: str = Field(description="Its name, as alerts and reports print it.")
    siren: str = Field(description="SIREN, nine digits.", pattern=r"^\d{9}$")
    language: Literal["fr", "en"] = Field(
        default="fr", description="Language of alerts, reports and the command."
    )
    time_zone: str = Field(
        default="Europe/Paris", description="Zone of local days and of every file that writes local time."
    )
    department: str = Field(
        "",
        description='Code of the department or overseas territory, in quotation marks, such as `"01"`, '
        '`"2A"`, `"67"` or `"974"`: its additional taxes and its public holidays (Alsace, Moselle and '
        "overseas have days of their own; Good Friday counts as one in all of Alsace and Moselle).",
    )
    school_zone: Literal["A", "B", "C"] | None = Field(
        None,
        description="Zone of the French school holidays; none outside France, and none for Corsica and "
        "overseas, whose school calendars are in no zone: school holidays are then not known.",
    )
    municipalities: tuple[Municipality, ...] = Field(
        default=(), description="The municipalities of the territory; rows from elsewhere are told."
    )
    sites: tuple[Site, ...] = Field(default=(), description="The places that the office keeps.")
    counters: tuple[Counter, ...] = Field(default=(), description="The counters, each at a site.")
    systems: Systems = Field(default=Systems(), description="The systems it has.")
    breaks: tuple[Break, ...] = Field(
        default=(), description="Changes of method: no comparison is made across them."
    )
    corrections: tuple[Correction, ...] = Field(
        default=(), description="Known errors of counters; one that no longer fits the data fails its check."
    )
    objectives: tuple[Objective, ...] = Field(
        default=(), description="What it wants to reach, by indicator and year."
    )
    alerts: Alerts = Field(default=Alerts(), description="Who is told.")
    privacy: Privacy = Field(default=Privacy(), description="How personal data are kept.")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise MisfitError("office.time_zone", value=value, near=Near(value, available_timezones()))
        return value

    @field_validator("department", mode="before")
    @classmethod
    def _department_exists(cls, value: object) -> object:
        # Without quotation marks YAML reads 01 as 1 and 010 as 8.
        if isinstance(value, str) and (not value or value in DEPARTMENTS):
            return value
        raise MisfitError("office.department", value=value)

    @model_validator(mode="after")
    def _school_zone_holds_there(self) -> Office:
        if self.school_zone and self.department in OWN_SCHOOL_CALENDAR:
            raise MisfitError(
                "office.no_school_zone", "school_zone", zone=self.school_zone, department=self.department
            )
        return self

    @model_validator(mode="after")
    def _holds_together(self) -> Office:
        refuse(
            [
                *self._said_twice(),
                *self._unknown_sites(),
                *self._unknown_counters(),
                *self._corrected_twice(),
                *self._files_of_two_counters(),
                *self._messages_of_two_counters(),
            ]
        )
        return self

    def _said_twice(self) -> Iterator[MisfitError]:
        """Things that one code names twice: the second would hide the first, or add to it."""
        tax = self.systems.tourist_tax
        objectives = [f"{one.indicator} {one.site} {one.year}" for one in self.objectives]
        named: list[tuple[Place, list[str], str]] = [
            (("municipalities",), [one.code for one in self.municipalities], "code"),
            (("sites",), [one.code for one in self.sites], "code"),
            (("counters",), [one.code for one in self.counters], "code"),
            (("systems", "motorhome"), [one.site for one in self.systems.motorhome], "site"),
            (("systems", "tourist_tax", "operators"), [o.code for o in tax.operators] if tax else [], "code"),
            (("objectives",), objectives, "year"),
            (("alerts", "channels"), [one.name for one in self.alerts.channels], "name"),
        ]
        for where, codes, key in named:
            for rank, code in enumerate(codes):
                if code in codes[:rank]:
                    yield MisfitError("office.same_code", *where, rank, key, value=code, kind=where[-1])

    def _unknown_sites(self) -> Iterator[MisfitError]:
        municipalities, sites = [one.code for one in self.municipalities], [one.code for one in self.sites]
        used: list[tuple[str | None, list[str], Place]] = []
        if municipalities:
            used += [
                (s.municipality, municipalities, ("sites", n, "municipality"))
                for n, s in enumerate(self.sites)
            ]
        used += [(one.site, sites, ("counters", n, "site")) for n, one in enumerate(self.counters)]
        used += [
            (one.site, sites, ("systems", "motorhome", n, "site"))
            for n, one in enumerate(self.systems.motorhome)
        ]
        used += [(one.site, [*sites, "all"], ("breaks", n, "site")) for n, one in enumerate(self.breaks)]
        used += [
            (one.site, [*sites, "all"], ("objectives", n, "site")) for n, one in enumerate(self.objectives)
        ]
        for code, known, where in used:
            if code is not None and code not in known:
                kind = "municipality" if where[-1] == "municipality" else "site"
                yield MisfitError(f"office.unknown_{kind}", *where, value=code, near=Near(code, known))

    def _unknown_counters(self) -> Iterator[MisfitError]:
        known = [counter.code for counter in self.counters]
        used: list[tuple[str, Place]] = [
            (partner, ("counters", n, "partners", m))
            for n, counter in enumerate(self.counters)
            for m, partner in enumerate(counter.partners)
        ]
        used += [(one.counter, ("corrections", n, "counter")) for n, one in enumerate(self.corrections)]
        for code, where in used:
            if code not in known:
                yield MisfitError("office.unknown_counter", *where, value=code, near=Near(code, known))

    def _corrected_twice(self) -> Iterator[MisfitError]:
        ordered = sorted(enumerate(self.corrections), key=lambda one: (one[1].counter, one[1].first_date))
        for (_, one), (rank, other) in pairwise(ordered):
            if one.counter == other.counter and other.first_date <= one.end_date:
                yield MisfitError(
                    "office.corrected_twice", "corrections", rank, "first_date",
                    counter=one.counter, day=other.first_date,
                )  # fmt: skip

    def _files_of_two_counters(self) -> Iterator[MisfitError]:
        """Counters that would read the same counts of the same files, or one file in two ways."""
        declared = [(rank, c, c.csv) for rank, c in enumerate(self.counters) if c.csv is not None]
        for (_, one, its), (rank, other, others) in combinations(declared, 2):
            if not may_share_a_file(its.files.lower(), others.files.lower()):
                continue
            told = {"one": one.code, "other": other.code, "value": others.files}
            if not its.is_written_like(others):
                yield MisfitError("office.files_declared_twice", "counters", rank, "csv", "files", **told)
                continue
            if not its.may_share(others) or set(one.channels) & set(other.channels):
                yield MisfitError("office.files_shared", "counters", rank, "csv", "files", **told)
        national = [(rank, c) for rank, c in enumerate(self.counters) if c.format == "national"]
        for (_, first), (rank, second) in combinations(national, 2):
            for channel in sorted(set(first.channels) & set(second.channels)):
                yield MisfitError(
                    "office.channel_shared", "counters", rank, "channels", channel,
                    one=first.code, other=second.code, value=channel,
                )  # fmt: skip

    def _messages_of_two_counters(self) -> Iterator[MisfitError]:
        listening = [(rank, c.code, c.mqtt) for rank, c in enumerate(self.counters) if c.mqtt is not None]
        if listening and self.systems.mqtt is None:
            yield MisfitError(
                "office.no_broker", "counters", listening[0][0], "mqtt", counter=listening[0][1]
            )
        for (_, one, its), (rank, other, others) in combinations(listening, 2):
            if its.may_hear(others.topic):
                yield MisfitError(
                    "office.topic_shared", "counters", rank, "mqtt", "topic",
                    one=one, other=other, value=others.topic,
                )  # fmt: skip

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.time_zone)


def load_office(path: Path, sources: Collection[str] | None = None) -> Office:
    """Read and validate office.yml; raises OfficeFileError, which names all that is wrong with its remedy.

    `sources` are the names of those that there are: a retention of another one is refused. They are not
    looked at where none are given.
    """
    office = load(path, Office)
    if sources is None:
        return office
    wrong = [
        MisfitError(
            "office.unknown_source", "privacy", key, name, value=name, near=Near(name, sorted(sources))
        )
        for key in ("archive_days", "personal_days")
        for name in getattr(office.privacy, key)
        if name not in sources
    ]
    refuse_file(path, wrong, office.language)
    return office
