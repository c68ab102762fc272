"""What an auditor asks of a report: the grave faults of its year, what changed, who signed, the way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from reports.document import Code, Number, Paragraph, Section, Table, Text, joined, text, told
from reports.frozen import VALUE, WRITTEN, Revision
from reports.pages.published import Published
from reports.pages.theme import told_rows
from reports.reading import Row, read, written
from reports.wording import why, written_word, year_of
from warehouse.words.messages import say, unit
from warehouse.words.units import unit_of_change

MOST_ROWS = 8  # of one indicator in a table


@dataclass(frozen=True)
class Signing:
    """Who signed which days, when (a local day), and the digest of what was signed."""

    first: date
    last: date
    who: str
    on: date
    digest: str


@dataclass(frozen=True)
class Release:
    """What a report is besides its figures: a draft, or published with a digest; what changed since others.

    `digest` is that of the year's figures as they are printed; None in a draft, which nobody answers for.
    """

    digest: str | None = None
    signings: Sequence[Signing] = ()
    revisions: Sequence[Revision] = ()


def annexes(published: Published, sections: Sequence[str], release: Release) -> Iterator[Section]:
    """What an auditor asks for: faults of the year, changes since publishing, signatures, the way back."""
    language = published.language
    if faults := _faults(published):
        yield Section(text(say("annual.faults", language)), (faults,), "faults")
    if release.revisions:
        lead = Paragraph(text(say("annual.changed_lead", language)))
        yield Section(
            text(say("annual.changed", language)), (lead, _changed(published, release.revisions)), "changed"
        )
    if release.signings:
        yield Section(text(say("annual.signed", language)), (_signed(published, release.signings),), "signed")
    rows = [row for section in sections if section in published.sections
            for row in told_rows(published, section, MOST_ROWS)[0]]  # fmt: skip
    if rows:
        lead = Paragraph(text(say("annual.way_back_lead", language)))
        yield Section(text(say("annual.way_back", language)), (lead, _way_back(published, rows)), "way-back")


def _table(language: str, caption: Text, headings: Sequence[str], rows: Sequence[tuple[Text, ...]],
           numeric: Sequence[int] = ()) -> Table:  # fmt: skip
    return Table(
        caption, tuple(text(say(one, language)) for one in headings), tuple(rows), frozenset(numeric)
    )


def _faults(published: Published) -> Table | None:
    """The grave incidents that began in the year: what the figures had to do without."""
    language, year = published.language, published.year
    rows = []
    for row in read(
        published.connection,
        "incident",
        f"severity IN ('high', 'critical') AND year(onset_at) = {year}",
        "onset_at",
    ):
        rows.append(
            (
                published.names.headline(row["rule"], row["fault"], row["subject"]),
                text(row.quoted("evidence")),
                text(say(f"status.{row['status']}", language)),
            )
        )
    caption = told("annual.faults_caption", language, year=year_of(year))
    return _table(language, caption, ("page.incident", "page.evidence", "page.state"), rows) if rows else None


def _changed(published: Published, revisions: Sequence[Revision]) -> Table:
    """Figures of reports that were published, as they were then and as they are now.

    Bounds and changes follow from the values: they are told where the value stayed.
    """
    language, wording = published.language, published.wording
    moved = {(one.digest, one.change.figure) for one in revisions if one.change.column == VALUE}
    rows = []
    for one in revisions:
        change = one.change
        if change.column not in (VALUE, WRITTEN) and (one.digest, change.figure) in moved:
            continue
        known = None if change.column == WRITTEN else published.indicators.get(change.indicator)
        if change.column == WRITTEN:
            name = text(change.indicator)
        else:
            name = text(known.quoted(f"label_{language}")) if known else text(Code(change.indicator))
        place = wording.place(_placed(published, one))
        column = "" if change.column in (VALUE, WRITTEN) else say(COLUMNS[change.column], language)
        rows.append(
            (
                joined((name, place, column), " · "),
                text(_period(published, change.period_kind, date.fromisoformat(change.period_start))),
                text(wording.day(one.published_on)),
                _shown(change.signed, one.of("published"), change.column, known, language),
                _shown(change.now, one.of("now"), change.column, known, language),
                text(wording.day(one.since)),
            )
        )
    headings = ("page.figure", "annual.period", "annual.published_on", "annual.published_value",
                "annual.value_now", "annual.since")  # fmt: skip
    return _table(language, text(say("annual.changed", language)), headings, rows, (3, 4))


COLUMNS = {
    name: f"figures.column.{name.removesuffix('_percent')}" for name in ("low", "high", "change_percent")
}


def _shown(value: str | None, of: str, column: str, indicator: Row | None, language: str) -> Text:
    """A value that was frozen, or is now, in the form of its indicator; a word that a person wrote.

    A weekday or a month, which is a rank, has no unit.
    """
    if value is None:
        return text("—")
    try:
        number = Decimal(value)
    except InvalidOperation:
        return written_word(value, language)
    if column == WRITTEN or indicator is None:
        decimals = max(0, -int(number.normalize().as_tuple().exponent))
        return text(Number(written(number, language, decimals), of, number))
    if column == "change_percent":
        said = Number(written(number, language, 1, signed=True), of, number)
        return text(said, f" {unit_of_change(indicator['unit'], language, said)}")
    said = Number(written(number, language, int(indicator["decimals"])), of, number)
    return (
        text(said)
        if indicator["kind"] == "peak"
        else text(said, f" {unit(indicator['unit'], language, said)}")
    )


def _placed(published: Published, one: Revision) -> Row:
    """A row with what `Wording.place` asks for, of a figure that may be published no more."""
    sites = {row["site"]: row["site_name"] for row in read(published.connection, "place")}
    change = one.change
    content = {"site": change.site, "site_name": sites.get(change.site), "dimension": change.dimension}
    return Row("place", content)


def _period(published: Published, kind: str, start: date) -> Text:
    row = Row("figure", {"period_start": start, "period_kind": kind})
    return text(published.wording.period(row))


def _signed(published: Published, signings: Sequence[Signing]) -> Table:
    language, day = published.language, published.wording.day
    rows = [
        (
            text(day(one.first), " – ", day(one.last)),
            text(one.who),
            text(day(one.on)),
            text(Code(one.digest[:12])),
        )
        for one in signings
    ]
    headings = ("annual.period", "annual.signed_by", "annual.signed_on", "annual.digest")
    return _table(language, text(say("annual.signed", language)), headings, rows)


def _way_back(published: Published, rows: Sequence[Row]) -> Table:
    """The command that goes back from each figure that a table of the report tells."""
    language, wording = published.language, published.wording
    lines = []
    for row in rows:
        name = text(published.link(row["indicator"]))
        place = wording.place(row)
        lines.append((text(name, f" · {place}") if place else name, text(why(row))))
    caption = text(say("annual.way_back", language))
    return _table(language, caption, ("page.figure", "annual.command"), lines)
