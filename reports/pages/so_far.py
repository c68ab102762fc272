"""The running year, or season, as far as it is known, like for like with the same time of the year before."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from babel.dates import get_month_names

from reports.document import Text, Time, joined, text, told
from reports.pages.published import Published
from reports.reading import Row, read
from reports.wording import WHOLE, year_of
from warehouse.publishing.datapackage import literal
from warehouse.words.messages import SEMICOLON, say


def line(published: Published, indicator: str) -> Text:
    """What there is of the largest place of an indicator; empty where nothing is known of the running year.

    A level is its last month beside the same one a year before; what is neither a sum nor a level is told
    without a comparison, which only a whole year allows.
    """
    found = published.of_year(indicator, published.as_of.year)
    if not found:
        return Text()
    whole = found[0]
    place = published.wording.place(whole)
    name = text(published.link(indicator), f" ({place})" if place else "")
    sentences = _sentences(published, whole)
    said = text(joined(sentences, SEMICOLON[published.language]), ".")
    return told("page.line", published.language, name=name, sentence=said) if sentences else Text()


def _sentences(published: Published, whole: Row) -> list[Text]:
    """One of the year, and one of each season that is running and can be compared."""
    wording, language = published.wording, published.language
    if whole["kind"] == "level":
        months = [
            row
            for row in published.figures.get((whole["indicator"], "month"), [])
            if (row["site"], row["dimension"]) == (whole["site"], whole["dimension"])
            and row["period_end"] < published.as_of.date()
        ]
        if not months:
            return []
        last = max(months, key=lambda row: row["period_start"])
        said = text(wording.value(last), " ", wording.when(last))
        return [joined([said, wording.compared(last), *wording.warnings(last)], SEMICOLON[language])]
    if whole["kind"] != "sum":
        told_parts: list[Text] = [wording.value(whole), *map(text, wording.warnings(whole))]
        return [_since(published, whole, told_parts)]
    keys = ("indicator", "site", "dimension")
    rows = read(
        published.connection,
        "so_far",
        " AND ".join(f"{key} = {literal(whole[key])}" for key in keys),
        "period_kind <> 'year', period_start, period_kind",
    )
    return [
        _sum(published, row)
        for row in rows
        if row["period_kind"] == "year" or row["change_percent"] is not None
    ]


def _sum(published: Published, row: Row) -> Text:
    """A sum so far, how much of the year before's same time it is, and why it is not compared."""
    wording = published.wording
    behind = [_compared(published, row), *map(text, wording.warnings(row))]
    if row["is_by_slot"]:
        counted = wording.counted(row) if row["estimated_value"] else [wording.value(row)]
        return _since(published, row, [*counted, *behind])
    return joined([_months(published, row), *behind], SEMICOLON[published.language])


def _since(published: Published, row: Row, parts: Sequence[Text]) -> Text:
    """What there is since the first day of a period."""
    language, day = published.language, published.wording.day(row["period_start"])
    return told("page.since", language, day=day, value=joined(parts, SEMICOLON[language]))


def _months(published: Published, row: Row) -> Text:
    """A sum of the months that are over."""
    wording, first = published.wording, row["first_month"]
    last, name = wording.month(row["last_month"]), wording.month(first)
    first_name = Time(get_month_names(locale=published.language)[first.month], name.at)
    key = "page.in_month" if first == row["last_month"] else "page.in_months"
    return told(key, published.language, value=wording.value(row), month=last, first=first_name, last=last)


def _compared(published: Published, row: Row) -> Text:
    wording, language = published.wording, published.language
    year = year_of(row["period_start"].year - 1)
    if row["change_percent"] is None:
        if row["previous_value"] is None and not row["is_by_slot"]:
            return text(say("report.first", language))
        known = [
            wording.note(code) for code in row["reasons"] if code not in ("partial_period", "partly_compared")
        ]
        key = "report.not_comparable_because" if known else "report.not_comparable"
        return told(key, language, why=joined([text(one) for one in known], ", "))
    change = wording.change(row)
    if row["is_by_slot"]:
        said = told("page.same_time", language, change=change, year=year)
        if Decimal(str(row["compared_share"])) >= WHOLE:
            return said
        share = row.number("compared_share", language, percent=True)
        return text(said, ", ", told("report.compared_on", language, share=share))
    before = wording.value(row, "previous_value")
    said = told("page.same_months", language, change=change, year=year, before=before)
    if row["compared_months"] == row["months"]:
        return said
    count, months = row.number("compared_months", language), row.number("months", language)
    return text(said, ", ", told("page.compared_months", language, count=count, months=months))
