"""A published version as pages read it: all figures once, and the words for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import duckdb

from reports.document import Link, Read, Text, Time, text
from reports.exports.selection import published_tables
from reports.order import rank
from reports.reading import Row, read
from reports.wording import Wording, why
from warehouse.publishing.datapackage import Table
from warehouse.words.messages import moment, say

COVERAGE_FILE = "coverage.html"
FIRST_MONTHS = 2  # of a year that tell nothing yet of it: the year before is told


@dataclass(frozen=True)
class Names:
    """What the published copy does not hold: the office, its systems, and what incidents are about.

    `headline` says the rule, the fault and the subject of an incident in a few words.
    """

    office: str
    language: str
    zone: ZoneInfo
    sources: Mapping[str, str]
    headline: Callable[[str, str, str], Text]


class Published:
    """What pages are made of. Everything is read when it is first asked for.

    `asked` is the year that is told where it is not the running one; without links, names lead nowhere.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        names: Names,
        asked: int | None = None,
        *,
        is_linked: bool = True,
    ) -> None:
        self.connection, self.names, self.language = connection, names, names.language
        self.asked, self._is_linked = asked, is_linked
        notes = {row["code"]: row for row in read(connection, "note")}
        self.wording = Wording(names.language, notes, read(connection, "method_break"))

    @cached_property
    def standing(self) -> Row:
        """How many things are open, and as of when."""
        (row,) = read(self.connection, "standing")
        return row

    @cached_property
    def values_table(self) -> Table:
        """The published table of figures, as files to take away describe it."""
        return published_tables(self.connection)["marts.indicator_value"]

    @cached_property
    def as_of(self) -> datetime:
        """The instant of the figures, in the office's zone."""
        return self.local(self.standing["refreshed_at"])

    @cached_property
    def year(self) -> int:
        """The year that is told: the one that was asked for, else the running one once it tells something."""
        if self.asked is not None:
            return self.asked
        return self.as_of.year if self.as_of.month > FIRST_MONTHS else self.as_of.year - 1

    @cached_property
    def is_running(self) -> bool:
        """Whether the year that pages tell is not over."""
        return self.year == self.as_of.year

    @cached_property
    def indicators(self) -> dict[str, Row]:
        """The dictionary, by section in the report's order, those that lead first."""
        found = read(self.connection, "indicator")
        return {row["indicator"]: row for row in sorted(found, key=lambda row: rank(row["section"]))}

    @cached_property
    def sections(self) -> list[str]:
        """The sections of which there is something, in the report's order."""
        return list(dict.fromkeys(row["section"] for row in self.indicators.values()))

    @cached_property
    def figures(self) -> dict[tuple[str, str], list[Row]]:
        """The figures of months and years, by indicator and kind of period."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in read(
            self.connection,
            "figure",
            "period_kind IN ('year', 'month')",
            "indicator, site, dimension <> '', value DESC, dimension, period_start",
        ):
            found.setdefault((row["indicator"], row["period_kind"]), []).append(row)
        return found

    @cached_property
    def gaps(self) -> dict[tuple[str, str], list[Row]]:
        """The gaps of months and years, likewise."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in read(self.connection, "gap", "period_kind IN ('year', 'month')"):
            found.setdefault((row["indicator"], row["period_kind"]), []).append(row)
        return found

    def of_year(self, indicator: str, year: int) -> list[Row]:
        """The figures of an indicator in a year: without a dimension first, the greatest first.

        What does not add up says nothing of a place's size: there, what was told most often comes first.
        """
        found = [row for row in self.figures.get((indicator, "year"), []) if row["period_start"].year == year]
        months = Counter(row["site"] for row in self.figures.get((indicator, "month"), []))

        def size(row: Row) -> int:
            return 0 if row["kind"] in ("sum", "level", "distinct") else -months[row["site"]]

        return sorted(found, key=lambda row: (row["dimension"] != "", size(row), -row["value"]))

    def has_figures(self, indicator: str) -> bool:
        """Whether any month or year of an indicator has a figure."""
        return any((indicator, kind) in self.figures for kind in ("year", "month"))

    def gaps_of_year(self, indicator: str, year: int) -> list[Row]:
        """What cannot be given of an indicator in a year."""
        return [row for row in self.gaps.get((indicator, "year"), []) if row["period_start"].year == year]

    def label(self, indicator: str) -> str:
        """The name of an indicator."""
        return str(self.indicators[indicator][f"label_{self.language}"])

    def source(self, code: str) -> str:
        """What people call a system."""
        return self.names.sources.get(code, code)

    def link(self, indicator: str) -> Link | Read:
        """The name of an indicator, which leads to its page."""
        name = self.indicators[indicator].quoted(f"label_{self.language}")
        return Link(text(name), indicator_file(indicator)) if self._is_linked else name

    def local(self, at: datetime) -> datetime:
        """An instant of the database (UTC) in the office's zone."""
        return at.replace(tzinfo=UTC).astimezone(self.names.zone)

    def moment(self, at: datetime) -> Time:
        """An instant of the database (UTC) as people of the office say it."""
        local = self.local(at)
        return Time(moment(local, self.language), f"{local:%Y-%m-%dT%H:%M}")

    def source_line(self, row: Row) -> Text:
        """What a figure stands on: its system, how much was observed, as of when."""
        language, wording = self.language, self.wording
        said = text(say("page.source", language), " ", self.source(row["source_system"]))
        if row["coverage"] is not None:
            share = wording.coverage(row)
            said = text(said, " · ", say("page.observed", language), " ", share, " %")
        as_of = wording.day(self.as_of.date())
        return text(said, " · ", say("page.as_of", language), " ", as_of)

    def why(self, row: Row) -> Text:
        """The command that goes the way back from a figure."""
        return text(why(row))


def theme_file(section: str) -> str:
    """The page of a section."""
    return f"theme-{section.replace('_', '-')}.html"


def indicator_file(indicator: str) -> str:
    """The page of an indicator."""
    return f"indicator-{indicator.replace('_', '-')}.html"
