"""Sentences on figures, from the rows that hold them: what was counted, estimated, compared, and why not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from babel import Locale
from babel.dates import format_date, get_day_names, get_month_names

from reports.charts import kinds
from reports.document import Code, Number, Read, Text, Time, capitalised, joined, text, told
from reports.reading import Row
from warehouse.words.messages import SEMICOLON, catalogue, day, say, unit
from warehouse.words.units import unit_of_change

COUNTRY = re.compile("[A-Z]{2}")
WHOLE = Decimal("0.995")  # a share above it is printed as all: 100% would be said of what is not whole
# Warnings that a sentence says with their numbers, or by what it does not say.
SAID = frozenset(
    ("estimated_values", "low_coverage", "partly_compared", "method_break", "partial_period", "end_unknown")
)


class Wording:
    """Says figures in a language. `notes` are the words of codes (marts.figure_note), `breaks` the changes
    of method (marts.method_break) that a comparison may be stopped by.
    """

    def __init__(self, language: str, notes: Mapping[str, Row], breaks: Sequence[Row] = ()) -> None:
        self.language = language
        self._notes, self._breaks = notes, breaks

    def note(self, code: str) -> Read | str:
        """What a code of a warning or a reason means."""
        return self._notes[code].quoted(f"label_{self.language}") if code in self._notes else code

    def unit(self, row: Row) -> str:
        """The unit of a row's values, as it stands on an axis or over a column."""
        return unit(row["unit"], self.language)

    def number(self, row: Row, column: str = "value") -> Read:
        """A value of a figure, without its unit: a number, or the name of a weekday or a month."""
        if row["kind"] == "peak" and row["unit"] in ("weekday", "month"):
            rank = int(row[column])
            names = (
                {**{n + 1: name for n, name in get_day_names(locale=self.language).items()}}
                if row["unit"] == "weekday"
                else get_month_names(locale=self.language)
            )
            return Read(str(names[rank]), row.of(column))
        return row.number(column, self.language, row["decimals"])

    def value(self, row: Row, column: str = "value") -> Text:
        """A value of a figure with its unit."""
        said = self.number(row, column)
        if not isinstance(said, Number):
            return text(said)
        if row["unit"] == "hour":
            return told("report.hour", self.language, hour=said)
        if row["unit"].startswith(("score/", "stars/")):
            return text(said, self.unit(row))
        return text(said, f" {unit(row['unit'], self.language, said)}")

    def place(self, row: Row) -> str:
        """The place and the detail of a figure, as people call them; empty for the whole territory."""
        return " · ".join(one for one in (self.site(row), self.dimension(row["dimension"])) if one)

    def site(self, row: Row) -> str:
        """The place of a figure as people call it; empty for the whole territory."""
        if row["site"] == "all":
            return ""
        return str(row["site_name"] or self.word(f"site.{row['site']}"))

    def dimension(self, code: str) -> str:
        """What people call what a figure is broken down by: a word, a department, a country, or a name."""
        if code in kinds.department_names():
            return f"{kinds.department_names()[code]} ({code})"
        if COUNTRY.fullmatch(code):
            return str(Locale(self.language).territories.get(code, code))
        parts = code.split(":") if code else []
        return ", ".join(self.word(f"dimension.{part}") for part in parts)

    def word(self, key: str) -> str:
        """What the catalogue calls a code; the code itself where it has no other name."""
        return say(key, self.language) if key in catalogue() else key.partition(".")[2]

    def change(self, row: Row) -> Text:
        """A change against the year before, in percent or in points; empty where none may be printed."""
        if row["change_percent"] is None:
            return Text()
        said = row.number("change_percent", self.language, 1, signed=True)
        return text(said, f" {unit_of_change(row['unit'], self.language, said)}")

    def sentence(self, row: Row) -> Text:
        """All that the row allows to say: counted, estimated, changed, and what is to be known."""
        return self._sentence([*self.counted(row), self.compared(row), *self.warnings(row)])

    def below_finding(self, row: Row) -> Text:
        """What `finding` does not say of a row, under it as its title; empty where that is nothing."""
        change = self.change(row)
        if change and row["comparison"] == "slots":
            return capitalised(self.sentence(row))
        before = None
        if change and row["previous_value"] is not None:
            value, when = self.value(row, "previous_value"), self.when(row, 1)
            before = told("report.against", self.language, before=value, when=when)
        return capitalised(self.beyond_value(row, before))

    def beyond_value(self, row: Row, compared: Text | None = None) -> Text:
        """All that the row allows to say, but for its value where that is whole; perhaps nothing."""
        counted = self.counted(row) if row["estimated_value"] or not self._is_whole(row) else []
        return self._sentence([*counted, compared or self.compared(row), *self.warnings(row)])

    def _sentence(self, parts: Sequence[Text]) -> Text:
        said = joined(parts, SEMICOLON[self.language])
        return text(said, ".") if said and not str(said).endswith(".") else said

    def _is_whole(self, row: Row) -> bool:
        """Whether all of the time was observed, as far as that can be said of it."""
        return row["coverage"] is None or Decimal(str(row["coverage"])) >= WHOLE

    def counted(self, row: Row) -> list[Text]:
        """What was counted on how much of the time, and what it is with what is estimated."""
        language = self.language
        if not row["estimated_value"]:
            said = self.value(row)
            return [
                said
                if self._is_whole(row)
                else told("report.on", language, value=said, share=self.coverage(row))
            ]
        if row["measured_value"] is None:
            counted = say("report.nothing_counted", language)
            parts: list[Text] = [text(counted)]
        else:
            own = f"report.counted.{row['indicator']}"
            is_named = own in catalogue()
            counted_value = (
                self.number(row, "measured_value") if is_named else self.value(row, "measured_value")
            )
            key = own if is_named else "report.counted"
            parts = [told(key, language, value=counted_value, share=self.coverage(row))]
        if row["low"] is None or row["high"] is None:
            return [*parts, told("report.with_estimated", language, value=self.number(row))]
        low, high = self.number(row, "low"), self.number(row, "high")
        key = "report.with_estimated_between"
        return [*parts, told(key, language, value=self.number(row), low=low, high=high)]

    def coverage(self, row: Row) -> Number:
        """The share of the time that was to be observed, in percent."""
        return row.number("coverage", self.language, percent=True)

    def compared(self, row: Row) -> Text:
        """The change against the year before and what it stands on, or why there is none."""
        language, year = self.language, self.period(row, years_back=1)
        change = self.change(row)
        if not change:
            return self.why_not(row)
        if row["comparison"] != "slots" or row["compared_share"] is None:
            before = self.value(row, "previous_value")
            return told("report.change", language, change=change, before=before, year=self.dated(row, 1))
        said = told("report.like_for_like", language, change=change, year=year)
        if row["change_low"] is not None and row["change_high"] is not None:
            low, high = (row.number(f"change_{end}", language, 1, signed=True) for end in ("low", "high"))
            said = text(said, " ", told("report.change_between", language, low=low, high=high))
        if Decimal(str(row["compared_share"])) < WHOLE:
            share = row.number("compared_share", language, percent=True)
            said = text(said, ", ", told("report.compared_on", language, share=share))
        return said

    def why_not(self, row: Row) -> Text:
        """Why a figure is not compared with the year before; nothing of a peak, which is never."""
        language = self.language
        if row["kind"] == "peak":
            return Text()
        if row["previous_value"] is None:
            return told("report.first", language)
        if "method_break" in row["warnings"]:
            stands_on = (row["indicator"], row["of_indicator"], row["by_indicator"])
            reasons: list[Text | Read | str] = [
                one.quoted("reason")
                for one in self._breaks
                if one["indicator"] in stands_on and one["site"] in ("all", row["site"])
            ] or [self.note("method_break")]
        else:
            codes = [*row["reasons"], *(code for code in row["warnings"] if code in SAID)]
            known = [
                code for code in dict.fromkeys(codes) if code not in ("estimated_values", "partly_compared")
            ]
            if "end_unknown" in known:  # which says why the period is not whole
                known.remove("partial_period")
            reasons = [self.note(code) for code in known]
        if row["comparable"] and not reasons:
            return Text()
        if not reasons:
            return told("report.not_comparable", language)
        return told("report.not_comparable_because", language, why=joined(reasons, ", "))

    def warnings(self, row: Row) -> list[Text]:
        """What else is to be known of a figure."""
        return [text(self.note(code)) for code in row["warnings"] if code not in SAID]

    def finding(self, row: Row, label: str) -> Text:
        """The title of a figure on one indicator, as a finding: its name, its value, its change."""
        name = text(label, ", ", self.site(row)) if self.site(row) else text(label)
        change, value = self.change(row), self.value(row)
        if not change:
            return told("report.finding", self.language, label=name, value=value, period=self.dated(row))
        is_slots = row["comparison"] == "slots"
        key = "report.finding_like_for_like" if is_slots else "report.finding_change"
        return told(key, self.language, label=name, value=value, when=self.when(row), change=change)

    def when(self, row: Row, years_back: int = 0) -> Text:
        """When a figure was, behind it: in a period, or of a level at its end once it is over."""
        key = "report.at_end" if _is_at_end(row) else "report.within"
        return told(key, self.language, period=self.period(row, years_back))

    def dated(self, row: Row, years_back: int = 0) -> Text:
        """What a figure is of, as a name: a period, or of a level the end of it once it is over."""
        period = self.period(row, years_back)
        return told("report.end", self.language, period=period) if _is_at_end(row) else text(period)

    def period(self, row: Row, years_back: int = 0) -> Time:
        """The period of a row as people say it; that of years before."""
        start, kind = row["period_start"], row["period_kind"]
        if years_back:
            start = start.replace(year=start.year - years_back, day=min(start.day, 28))
        if kind == "year":
            return year_of(start.year)
        if kind == "month":
            return self.month(start)
        if kind == "quarter":
            return Time(str(format_date(start, "QQQ y", locale=self.language)), f"{start:%Y-%m}")
        return self.day(start)

    def month(self, start: date, *, short: bool = False) -> Time:
        """A month."""
        form = "MMM y" if short else "MMMM y"
        return Time(str(format_date(start, form, locale=self.language)), f"{start:%Y-%m}")

    def month_name(self, month: int) -> str:
        """The short name of a month."""
        return str(get_month_names("abbreviated", "stand-alone", locale=self.language)[month])

    def day(self, of: date) -> Time:
        """A local day."""
        return Time(day(of, self.language), f"{of:%Y-%m-%d}")

    @cached_property
    def none(self) -> str:
        """What stands in a table where there is nothing, with nothing to explain."""
        return "—"


def _is_at_end(row: Row) -> bool:
    return row["kind"] == "level" and "partial_period" not in row["warnings"]


def year_of(year: int) -> Time:
    """A year."""
    return Time(str(year), f"{year:04d}")


def written_word(code: str | None, language: str) -> Text:
    """What a person wrote in the place of a number, such as `done`; a dash where nothing is known."""
    key = f"manual_word.{code}"
    return text(say(key, language) if key in catalogue() else "—")


def why(row: Row) -> Code:
    """The command that goes the way back from a figure."""
    period = {"year": "%Y", "month": "%Y-%m"}.get(row["period_kind"], "%Y-%m-%d")
    dimension = f" --dimension '{row['dimension']}'" if row["dimension"] else ""
    at = f"{row['period_start']:{period}}"
    return Code(f"vigie why {row['indicator']} --site {row['site']}{dimension} --period {at}")
