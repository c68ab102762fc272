"""The quality table and the action plan: what the office promised, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from reports.document import Document, Paragraph, Section, Table, Text, text, told
from reports.pages.published import Published
from reports.reading import Row, read
from reports.wording import written_word, year_of
from warehouse.words.messages import catalogue, say, unit
from warehouse.words.units import unit_of_change


def quality(published: Published) -> Document:
    """The table of the quality manual, year by year."""
    language = published.language
    rows = read(published.connection, "quality_objective", f"year = {published.year}")
    headings = (
        "page.objective_of",
        "page.objective",
        "two_before",
        "before",
        "this",
        "page.change",
        "page.state",
    )
    years = {"two_before": published.year - 2, "before": published.year - 1, "this": published.year}
    table = Table(
        told("page.quality_caption", language, year=year_of(published.year)),
        tuple(text(year_of(years[one]) if one in years else say(one, language)) for one in headings),
        tuple(
            (
                text(row.quoted("label")),
                _objective(row, language),
                _value(published, row, "value_two_before"),
                _value(published, row, "value_before"),
                _value(published, row, "value"),
                _change(published, row),
                text(say(f"page.objective.{row['status']}", language)),
            )
            for row in rows
        ),
        frozenset((2, 3, 4, 5)),
    )
    body = table if rows else Paragraph(text(say("page.no_quality", language)))
    return Document(
        text(say("page.quality", language)),
        language,
        (Section(told("page.year", language, year=year_of(published.year)), (body,), "quality"),),
        (Paragraph(text(say("page.quality_lead", language)), "lead"),),
    )


def action_plan(published: Published) -> Document:
    """The action plan, axis by axis, with the last value of what each action is followed by."""
    language = published.language
    rows = read(published.connection, "scheme_action")
    known = _known(published, rows)
    headings = ("page.action", "page.followed_by", "page.last_value", "page.state")
    sections = []
    for axis in dict.fromkeys(row["axis"] for row in rows if row["axis"]):
        own = [row for row in rows if row["axis"] == axis]
        lines = tuple(
            (
                text(row.number("scheme_action", language), ". ", row.quoted("title")),
                text(row.quoted("label")) if row["label"] else text("—"),
                _last(known.get(_control(row)), language),
                text(say(f"page.action.{_state(row, known.get(_control(row)))}", language)),
            )
            for row in own
        )
        title = told("page.axis", language, axis=own[0].quoted("axis"))
        table = Table(title, tuple(text(say(one, language)) for one in headings), lines, frozenset((2,)))
        sections.append(Section(title, (table,)))
    lead = Paragraph(text(say("page.plan_lead" if rows else "page.no_plan", language)), "lead")
    return Document(text(say("page.plan", language)), language, tuple(sections), (lead,))


def _objective(row: Row, language: str) -> Text:
    """The objective as the office has it, with how often and whether it is the most."""
    if not row["objective"]:
        return text("—")
    said = text(row.quoted("objective"))
    if row["target_value"] is None:
        return said
    if row["is_at_most"]:
        said = told("page.at_most", language, objective=said)
    return (
        said
        if row["frequency"] == "year"
        else told(f"page.each.{row['frequency']}", language, objective=said)
    )


def _number(row: Row, column: str, language: str) -> Text:
    """A value with the decimals of its indicator; what a person wrote, with those that it has."""
    written = Decimal(row[column]).normalize().as_tuple().exponent
    decimals = row["decimals"] if row["decimals"] is not None else max(0, -int(written))
    said = row.number(column, language, decimals)
    is_named = row["unit"] and f"unit.{row['unit']}" in catalogue()
    return text(said, f" {unit(row['unit'], language, said)}" if is_named else "")


def _value(published: Published, row: Row, column: str) -> Text:
    word = row["value_word" if column == "value" else f"word_{column.removeprefix('value_')}"]
    if row[column] is not None:
        return _number(row, column, published.language)
    return written_word(word, published.language)


def _change(published: Published, row: Row) -> Text:
    if row["change_percent"] is None:
        return text("—")
    said = row.number("change_percent", published.language, 1, signed=True)
    return text(said, f" {unit_of_change(row['unit'] or '', published.language, said)}")


def _known(published: Published, actions: Sequence[Row]) -> dict[tuple[int, int], Row]:
    """What each control of an action is followed by, in its last year.

    Of a year that was asked for that is the last one up to it: nobody signed a later one with it.
    """
    last = {_control(row): row["last_year"] for row in actions}
    where = "true" if published.asked is None else f"year <= {published.asked}"
    return {
        _control(row): row
        for row in read(published.connection, "scheme_year", where, "year")
        if published.asked is not None or row["year"] == last[_control(row)]
    }


def _control(row: Row) -> tuple[int, int]:
    return row["scheme_action"], row["control_rank"]


def _last(row: Row | None, language: str) -> Text:
    """A value or a word with its year; a dash where nothing is known."""
    if row is None:
        return text("—")
    said = (
        written_word(row["value_word"], language) if row["value"] is None else _number(row, "value", language)
    )
    return text(said, " (", year_of(row["year"]), ")")


def _state(row: Row, known: Row | None) -> str:
    """How an action is followed as far as is known."""
    return "no_data_yet" if row["status"] == "known" and known is None else str(row["status"])
