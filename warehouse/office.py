"""Who the office is: `office.yml`, validated with errors that name the field and the remedy.

The JSON Schema for editors and docs/office-file.md are generated from these models.
"""

from __future__ import annotations

import re
from datetime import date, time
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from warehouse.errors import UsageError

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Lower case, digits, - and _.")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+):(?P<port>\d{1,5})")
FIXED_OFFSET = re.compile(r"[+-]\d\d:?\d\d$")
LOOPBACK = ("127.0.0.1", "localhost")
MOST_PER_HOUR = 20_000
DEFAULT_PORTS = {"https": 443, "http": 80}
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


Severity = Literal["question", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("question", "medium", "high", "critical")  # the gravest last


class Part(BaseModel):
    """A part of office.yml: unknown keys are refused, because a typing error must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
            raise ValueError(f"opening hours end at {self.end}, not after their start {self.start}")
        return self


class Opening(Part):
    """Opening hours that hold every year between two days of the year."""

    first_day: DayOfYear = Field("01-01", description="First day of the year, MM-DD.")
    last_day: DayOfYear = Field("12-31", description="Last day of the year, MM-DD, inclusive.")
    weekdays: tuple[Weekday, ...] = Field(WEEKDAYS, description="Days of the week that these hours hold for.")
    hours: tuple[Span, ...] = Field(description="Opening hours of the day, in local time.")


class OpeningException(Part):
    """Days that differ from the ordinary opening hours: a strike, a festival, works."""

    first_date: date = Field(description="First day, YYYY-MM-DD.")
    last_date: date | None = Field(None, description="Inclusive; the first date when absent.")
    hours: tuple[Span, ...] = Field((), description="Hours of these days; none means closed.")
    reason: str = Field(description="Why, for people who read it later.")


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
        default=False, description="Closed on every French public holiday."
    )

    @model_validator(mode="after")
    def _says_when_it_is_open(self) -> Site:
        if self.always_open == bool(self.opening):
            raise ValueError(f"site {self.code}: give either `always_open: true` or `opening` hours")
        return self


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
            raise ValueError("give either `instant_column`, or `date_column` with or without `time_column`")
        if self.direction_column and not self.direction_values:
            raise ValueError("`direction_column` needs `direction_values`")
        has_time = self.time_column or any("%H" in form or "%I" in form for form in self.date_formats)
        if self.time_is and not has_time:
            raise ValueError("`time_is` needs a time: a `time_column`, or %H in `date_formats`")
        return self

    @model_validator(mode="after")
    def _offsets_are_read(self) -> CounterCsv:
        for form in self.date_formats:
            if "%Z" in form or FIXED_OFFSET.search(form):
                raise ValueError(f"date form {form!r}: write %z where the cells carry an offset")
            if self.time_column and carries_offset(form):
                raise ValueError(
                    f"date form {form!r}: an offset goes with `instant_column`, not with a date beside a "
                    "`time_column`"
                )
        return self

    def may_share(self, other: CounterCsv) -> bool:
        """True when one file may hold this counter's counts and the other's, in columns or channels."""
        if self.channel_column:
            return self == other
        apart: dict[str, object] = {"count_columns": {}, "index_modulus": None}
        ours, theirs = ({heading.casefold() for heading in one.count_columns} for one in (self, other))
        return self.model_copy(update=apart) == other.model_copy(update=apart) and not ours & theirs


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
                raise ValueError(f"path {path!r} has an empty step: write it as object.count.in")
        return value

    @field_validator("topic")
    @classmethod
    def _topic_is_one(cls, value: str) -> str:
        levels = value.split("/")
        if "#" in value or any("+" in level and level != "+" for level in levels):
            raise ValueError(f"topic {value!r}: write it out; only a whole level may be replaced by `+`")
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
    silence: Literal["missing", "zero"] = Field(
        "missing", description="What no row means: nothing was recorded, or the device sends no zeros."
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
            raise ValueError(f"counter {self.code}: the national format needs `channels`")
        if (self.format == "csv") != (self.csv is not None):
            raise ValueError(f"counter {self.code}: `csv` goes with `format: csv` and only with it")
        if (self.format == "mqtt") != (self.mqtt is not None):
            raise ValueError(f"counter {self.code}: `mqtt` goes with `format: mqtt` and only with it")
        if self.code in self.partners:
            raise ValueError(f"counter {self.code} is among its own `partners`: name other counters only")
        return self

    @property
    def is_index(self) -> bool:
        """True for a cumulative meter."""
        declared = self.csv or self.mqtt
        return declared is not None and declared.values == "index"

    @property
    def index_modulus(self) -> int | None:
        """Where its cumulative index rolls over to 0."""
        declared = self.csv or self.mqtt
        return declared.index_modulus if declared else None


class ApidaeApi(Part):
    """Apidae's search API. The key is a secret, never written here."""

    url: str = Field("https://api.apidae-tourisme.com", description="Base address, without path.")
    project_id: int = Field(description="Number of the Apidae project.")
    selection_ids: tuple[int, ...] = Field(description="Selections of the project to pull.")
    key_secret: str = Field("VIGIE_APIDAE_KEY", description="Name of the secret that holds the API key.")
    page_size: int = Field(
        200, ge=1, le=200, description="Objects asked for in one page; Apidae gives 200 at most."
    )
    timeout_seconds: float = Field(
        30, gt=0, description="Seconds without an answer after which a request is given up."
    )


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
                raise ValueError(f"{host!r} is no host: write export.example.org or https://example.org:8443")
            if found["scheme"] == "http" and found["host"] not in LOOPBACK:
                raise ValueError(f"{host}: plain HTTP is only for this machine, write https://")
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
    tls: bool = Field(default=True, description="Encrypted, the broker's certificate checked.")
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
            raise ValueError("`ca_file` goes with `tls: true`: without TLS nobody checks a certificate")
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

    indicator: str = Field(description="Indicator code.")
    site: str = Field("all", description="`all` for every site.")
    date: Annotated[date, Field(description="First day of the new method.")]
    reason: str = Field(description="Printed where the comparison would have been.")


class Correction(Part):
    """A known error of a counter. What was delivered stays as it is; the correction stands beside it."""

    counter: Code
    first_date: date = Field(description="First local day that is wrong, YYYY-MM-DD.")
    last_date: date | None = Field(None, description="Inclusive; the first date when absent.")
    action: Literal["ignore", "multiply"] = Field(
        description="`ignore`: not believed, and estimated. `multiply`: the counts times `factor`."
    )
    factor: float | None = Field(
        default=None, gt=0, description="For `multiply`, such as 0.5 for a counter that counted twice."
    )
    reason: str = Field(description="What was found, for people who read it later.")
    reported_by: str = Field("", description="Who found it.")
    expected_entries: float = Field(
        ge=0, description="Sum of the entries delivered for these days when the correction was written."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Correction:
        if (self.action == "multiply") != (self.factor is not None):
            raise ValueError(
                f"correction of {self.counter} from {self.first_date}: `factor` goes with `action: multiply` "
                "and only with it"
            )
        if self.end_date < self.first_date:
            raise ValueError(
                f"correction of {self.counter} ends on {self.end_date}, before its start {self.first_date}"
            )
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
            raise ValueError(f"no days for {', '.join(empty)}: give at least one, such as [7]")
        return {**REMINDER_DAYS, **value}


class Privacy(Part):
    """How personal data are kept."""

    plate_key_secret: str = Field(
        default="VIGIE_PLATE_KEY", description="Secret that keys the hash of plates."
    )
    archive_days: dict[str, int] = Field(
        default_factory=dict, description="By source: days after which archived files are deleted."
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
    department: str = Field("", description="Department code, such as 32: additional taxes, holidays.")
    school_zone: Literal["A", "B", "C"] | None = Field(
        None, description="Zone of the French school holidays; none outside France."
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
            raise ValueError(f"{value} is not a time zone; write one such as Europe/Paris or Indian/Reunion")
        return value

    @model_validator(mode="after")
    def _names_are_known(self) -> Office:
        sites = {site.code for site in self.sites}
        used = [("counter " + c.code, c.site) for c in self.counters]
        used += [("motorhome area", area.site) for area in self.systems.motorhome]
        for user, site in used:
            if site not in sites:
                raise ValueError(f"{user} stands at site {site!r}, which is not among sites: {sorted(sites)}")
        for kind, codes in (
            ("site", [s.code for s in self.sites]),
            ("counter", [c.code for c in self.counters]),
        ):
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"two of a kind: {kind} {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _counters_are_known(self) -> Office:
        known = {counter.code for counter in self.counters}
        used = [
            (f"counter {c.code} has the partner", partner) for c in self.counters for partner in c.partners
        ]
        used += [("a correction names the counter", correction.counter) for correction in self.corrections]
        for user, counter in used:
            if counter not in known:
                raise ValueError(f"{user} {counter!r}, which is not among counters: {sorted(known)}")
        ordered = sorted(self.corrections, key=lambda one: (one.counter, one.first_date))
        for one, other in pairwise(ordered):
            if one.counter == other.counter and other.first_date <= one.end_date:
                raise ValueError(
                    f"two corrections of {one.counter} hold on {other.first_date}: a day is corrected once"
                )
        return self

    @model_validator(mode="after")
    def _messages_have_one_counter(self) -> Office:
        listening = [(c.code, c.mqtt) for c in self.counters if c.mqtt is not None]
        if listening and self.systems.mqtt is None:
            raise ValueError(f"counter {listening[0][0]} sends messages: say where to, in `systems.mqtt`")
        for (one, its), (other, others) in combinations(listening, 2):
            if its.may_hear(others.topic):
                raise ValueError(
                    f"counters {one} and {other} both hear topic {others.topic!r}: a message belongs to one "
                    "counter, whose `counts` may hold several paths"
                )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.time_zone)


def load_office(path: Path) -> Office:
    """Read and validate office.yml; raises UsageError naming the first wrong field and the remedy."""
    if not path.is_file():
        raise UsageError(f"{path} is missing: write it (docs/office-file.md) or run `vigie init`.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} is not valid YAML in UTF-8: {reason}") from error
    try:
        return Office.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise UsageError(
            f"{path}: {where}: {first['msg']}{more}. docs/office-file.md describes each field."
        ) from error
