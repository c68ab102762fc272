"""Read values out of wild JSON strictly: a value is absent, sound, or a fault that names its path."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

EARLIEST = date(2000, 1, 1)
LARGEST = 2**63 - 1
SHOWN_CHARACTERS = 40
PLAIN_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DIGITS = re.compile(r"[+-]?\d{1,19}", re.ASCII)


class FaultError(Exception):
    """A value that cannot be what its place says. `rule` is the name of a `quarantine.*` message."""

    def __init__(self, rule: str, path: str, value: object = None, **words: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.path = path
        self.words = {"value": shown(value), **words}


def shown(value: object) -> str:
    """A value for a message: short, on one line, writable in UTF-8."""
    text = clean(str(value) if not isinstance(value, dict | list) else type(value).__name__)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def clean(text: str) -> str:
    """The text without outer or doubled spaces, lone surrogates and NUL, which no database stores."""
    sound = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return " ".join(sound.split())


@dataclass(frozen=True)
class Node:
    """A place in a JSON document. Apidae omits what is null or empty, so absence is never a fault."""

    value: Any
    path: str = "$"

    def at(self, *names: str) -> Node:
        """The place below these keys; raises FaultError where something else than an object stands."""
        node = self
        for name in names:
            path = name if node.path == "$" else f"{node.path}.{name}"
            if node.is_absent:
                node = Node(None, path)
            elif isinstance(node.value, dict):
                node = Node(node.value.get(name), path)
            else:
                raise FaultError("not_an_object", node.path, node.value)
        return node

    @property
    def is_absent(self) -> bool:
        """True for null and for the empty forms of it."""
        return self.value is None or self.value in ("", [], {})

    def items(self) -> Iterator[Node]:
        """The members of a list."""
        if self.is_absent:
            return
        if not isinstance(self.value, list):
            raise FaultError("not_a_list", self.path, self.value)
        for rank, value in enumerate(self.value):
            yield Node(value, f"{self.path}[{rank}]")

    def text(self) -> str | None:
        """A text on one line; None when absent or blank."""
        if self.is_absent:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise FaultError("not_a_text", self.path, self.value)
        return clean(str(self.value)) or None

    def whole(self) -> int | None:
        """A whole number from 0, which some clients write as text."""
        if self.is_absent:
            return None
        value: object = self.value
        if isinstance(value, str) and DIGITS.fullmatch(value.strip()):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
            raise FaultError("not_a_number", self.path, self.value)
        if value < 0:
            raise FaultError("negative", self.path, self.value)
        return value

    def number(self, limit: float) -> float | None:
        """A finite number between -limit and limit."""
        if self.is_absent:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise FaultError("not_a_number", self.path, self.value)
        if not math.isfinite(self.value) or abs(self.value) > limit:
            raise FaultError("not_a_number", self.path, self.value)
        return float(self.value)

    def flag(self) -> bool:
        """True or false; false when absent."""
        if self.is_absent or self.value in (False, "false"):
            return False
        if self.value in (True, "true"):
            return True
        raise FaultError("not_a_flag", self.path, self.value)

    def day(self) -> date | None:
        """A local date such as 2025-07-14, from 2000 on."""
        if self.is_absent:
            return None
        try:
            # fromisoformat would also take 2025-W03-1.
            if not (isinstance(self.value, str) and PLAIN_DAY.fullmatch(self.value)):
                raise ValueError(self.value)
            found = date.fromisoformat(self.value)
        except ValueError as error:
            raise FaultError("not_a_date", self.path, self.value) from error
        if found < EARLIEST:
            raise FaultError("date_too_early", self.path, self.value)
        return found

    def instant(self, latest: datetime) -> datetime | None:
        """An instant as naive UTC, such as 2018-11-06T11:03:21.304+0000, from 2000 to `latest`."""
        if self.is_absent:
            return None
        try:
            if not isinstance(self.value, str):
                raise ValueError(self.value)
            found = datetime.fromisoformat(self.value)
            if found.tzinfo is None:
                raise ValueError(self.value)
            utc = found.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError) as error:
            raise FaultError("not_a_date", self.path, self.value) from error
        if utc.date() < EARLIEST:
            raise FaultError("date_too_early", self.path, self.value)
        if utc > latest:
            raise FaultError("date_in_the_future", self.path, self.value)
        return utc

    def clock(self) -> str | None:
        """A time of day as HH:MM; 24:00 is the end of the day."""
        if self.is_absent:
            return None
        if str(self.value) in ("24:00", "24:00:00"):
            return "24:00"
        try:
            return time.fromisoformat(str(self.value)).isoformat("minutes")[:5]
        except ValueError as error:
            raise FaultError("not_a_time", self.path, self.value) from error
