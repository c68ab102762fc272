"""The figures and tables of pages: what is drawn of an indicator, with the numbers beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from babel.dates import get_day_names, get_month_names

from reports.charts import kinds
from reports.document import Block, Figure, Paragraph, Table, Text, capitalised, joined, text, told
from reports.pages.published import Published
from reports.reading import Row, read
from reports.wording import why, year_of
from warehouse.publishing.datapackage import literal
from warehouse.words.messages import SEMICOLON, number, say

FEWEST_MONTHS = 6  # of a series that is drawn
MOST_SERIES = 3  # of one indicator: places that are drawn each on its own
MOST_BARS = 12
UNKNOWN = "unknown"  # where nobody noted it
SHARES = (0.5, 2, 5, 10)  # bounds of the classes of the map, in percent


def yearly(
    published: Published, rows: Sequence[Row], gaps: Sequence[Row], caption: Text, linked: bool
) -> Table:
    """The figures of a year as a table: value, year before, change, what is to be known.

    `linked`: of several indicators, each with a link to its page. The column of what is to be known is there
    where anything is.
    """
    wording, language = published.wording, published.language
    # A place that all rows share and that the title above says is not said in each.
    is_one_place = not linked and len({row["site"] for row in (*rows, *gaps)}) == 1

    def name(row: Row) -> Text:
        if linked:
            return joined((text(published.link(row["indicator"])), wording.place(row)), " · ")
        shown = wording.dimension(row["dimension"]) if is_one_place else ""
        return text(shown or wording.place(row) or all_of(language))

    lines = []
    for row in rows:
        before = wording.value(row, "previous_value") if row["previous_value"] is not None else text("—")
        change = wording.change(row) or text("—")
        lines.append((name(row), wording.value(row), before, change, note(published, row)))
    for gap in gaps:
        lines.append((name(gap), text("—"), text("—"), text("—"), text(gap.quoted("reason"))))
    headings = (
        "page.figure" if linked else "page.place",
        "page.value",
        "page.before",
        "page.change",
        "page.note",
    )
    width = len(headings) if any(line[-1] for line in lines) else len(headings) - 1
    return Table(
        caption,
        tuple(text(say(heading, language)) for heading in headings[:width]),
        tuple(line[:width] for line in lines),
        frozenset((1, 2, 3)),
    )


def note(published: Published, row: Row) -> Text:
    """What is to be known of a figure in a table: what is estimated, why it is not compared, warnings."""
    wording = published.wording
    parts: list[Text] = []
    if row["estimated_value"]:
        parts += wording.counted(row)
    if not wording.change(row) or row["comparison"] == "slots":
        parts.append(wording.compared(row))
    parts += wording.warnings(row)
    return joined(parts, SEMICOLON[published.language])


def all_of(language: str) -> str:
    """What a row without a place or a detail is of."""
    return say("page.all", language)


def of_indicator(published: Published, indicator: str, year: int, most: int = MOST_SERIES) -> list[Figure]:
    """What is drawn of an indicator in a year: its own kinds of charts, else months, else its parts."""
    found: list[Figure] = []
    for draw in OWN.get(indicator, (by_month,)):
        found += draw(published, indicator, year)[:most]
    if not found:
        found += by_dimension(published, indicator, year)[:most]
    return found


def by_month(published: Published, indicator: str, year: int) -> list[Figure]:
    """The months of a year beside those of the year before, a figure a place; shares and peaks have none."""
    wording, language = published.wording, published.language
    rows = published.figures.get((indicator, "month"), [])
    figures = []
    for whole in published.of_year(indicator, year):
        if whole["kind"] in ("peak", "share") or whole["dimension"]:
            continue
        own = [row for row in rows if (row["site"], row["dimension"]) == (whole["site"], "")]
        by_start = {row["period_start"]: row for row in own}
        months = [[by_start.get(date(one, month, 1)) for month in range(1, 13)] for one in (year - 1, year)]
        if sum(row is not None for row in months[1]) < FEWEST_MONTHS:
            continue
        if not any(months[0]):
            months = months[1:]
        drawn = {
            str(year - len(months) + 1 + rank): [float(row["value"]) if row else None for row in twelve]
            for rank, twelve in enumerate(months)
        }
        chart = kinds.by_month(f"{indicator}-{whole['site']}", drawn, wording.unit(whole), language)
        headings = [text(say("page.month", language)), *(text(year_of(int(one))) for one in reversed(drawn))]
        lines = []
        for month, name in get_month_names("wide", "stand-alone", locale=language).items():
            cells = [twelve[month - 1] for twelve in reversed(months)]
            values = (wording.value(row) if row else text("—") for row in cells)
            lines.append((text(name), *values, note(published, cells[0]) if cells[0] else Text()))
        figures.append(
            Figure(
                wording.finding(whole, published.label(indicator)),
                wording.below_finding(whole),
                chart,
                Table(
                    text(_measured(published.label(indicator), wording.unit(whole))),
                    (*headings, text(say("page.note", language))),
                    tuple(lines),
                    frozenset(range(1, len(headings))),
                ),
                published.source_line(whole),
                why(whole),
            )
        )
    return figures


def _measured(label: str, unit: str) -> str:
    """The name of what is measured and its unit, where the name does not say it: "Avis" are "avis"."""
    return label if unit.casefold() in label.casefold().split() else f"{label}, {unit}"


def by_dimension(published: Published, indicator: str, year: int) -> list[Figure]:
    """What a figure of a year is made of, the greatest first, a figure a place."""
    wording, language = published.wording, published.language
    figures = []
    wholes = (published.indicators[indicator]["wholes"] or "").split("|")
    rows = [row for row in published.of_year(indicator, year) if row["dimension"] and row["kind"] != "peak"]
    for site in dict.fromkeys(row["site"] for row in rows):
        own = [row for row in rows if row["site"] == site and row["value"] > 0]
        finest = leaves((row["dimension"] for row in own), wholes)
        shown = [row for row in own if row["dimension"] in finest][:MOST_BARS]
        if len(shown) < 2:
            continue
        bars = [
            (wording.dimension(row["dimension"]), float(row["value"]), str(wording.value(row)))
            for row in shown
        ]
        first, second = shown[:2]
        value, other = wording.value(first), wording.value(second)
        label = published.label(indicator)
        where = wording.site(first)
        figures.append(
            Figure(
                told(
                    "page.largest" if str(value) != str(other) else "page.largest_alike", language,
                    label=f"{label}, {where}" if where else label, when=wording.when(first),
                    first=wording.dimension(first["dimension"]), value=value,
                    second=wording.dimension(second["dimension"]), other=other,
                ),
                _of_first(published, first),
                kinds.bars(f"{indicator}-{site}", bars),
                yearly(published, own, (), text(label, ", ", wording.period(first)), linked=False),
                published.source_line(first),
                why(first),
            )
        )  # fmt: skip
    return figures


def _of_first(published: Published, row: Row) -> Text:
    """What the title does not say of the greatest part; empty where that is nothing."""
    name, said = published.wording.dimension(row["dimension"]), published.wording.beyond_value(row)
    return capitalised(told("page.first_of", published.language, name=name, sentence=said)) if said else said


def leaves(dimensions: Iterable[str], wholes: Iterable[str] = ()) -> set[str]:
    """The details that are not parted further: beside its parts, a whole would be drawn twice.

    `wholes` are those that are the sum of others without bearing their name.
    """
    found = set(dimensions) - set(wholes)
    return {one for one in found if not any(other.startswith(f"{one}:") for other in found)}


def _down(published: Published, outage: Row) -> Text:
    """From when until when a counter was wrong: the instants, since it may be repaired at any hour."""
    first = published.moment(outage["onset_at"])
    if outage["ended_at"] is None:
        return told("page.is_down", published.language, first=first)
    return told("page.was_down", published.language, first=first, last=published.moment(outage["ended_at"]))


def counter(published: Published, indicator: str, year: int) -> list[Figure]:
    """Weeks of a counter: what was counted, what is estimated with its interval, and when it was wrong."""
    wording, language = published.wording, published.language
    figures = []
    for whole in published.of_year(indicator, year):
        where = f"indicator = {literal(indicator)} AND site = {literal(whole['site'])} AND dimension = ''"
        weeks = read(
            published.connection,
            "figure",
            f"{where} AND period_kind = 'week' AND year(period_start) = {year} AND year(period_end) = {year}",
        )
        outages = [
            row
            for row in read(published.connection, "outage", f"site = {literal(whole['site'])}", "onset_at")
            if row["fault"] not in ("unannounced_closure", "closed_or_dead") and row["onset_at"].year == year
        ]
        points = [kinds.Point(row["period_start"], *(_float(row[one]) for one in VALUES)) for row in weeks]
        words = {name: say(f"page.{name}", language) for name in ("measured", "estimated", "outage")}
        ends = [published.local(row["ended_at"]) if row["ended_at"] else published.as_of for row in outages]
        spans = [
            (published.local(row["onset_at"]).date(), end.date())
            for row, end in zip(outages, ends, strict=True)
        ]
        told_outages = [_down(published, row) for row in outages]
        lines = tuple(
            (
                text(wording.day(row["period_start"])),
                wording.value(row),
                text(wording.number(row, "measured_value"))
                if row["measured_value"] is not None
                else text("—"),
                text(wording.number(row, "low"), " – ", wording.number(row, "high"))
                if row["estimated_value"] and row["low"] is not None
                else text("—"),
            )
            for row in weeks
        )
        headings = ("page.week", "page.value", "page.measured", "page.interval")
        figures.append(
            Figure(
                wording.finding(whole, published.label(indicator)),
                joined((wording.below_finding(whole), *told_outages), " "),
                kinds.counter(
                    f"{indicator}-{whole['site']}",
                    points,
                    spans,
                    {**words, "unit": wording.unit(whole)},
                    language,
                ),
                Table(
                    text(
                        published.label(indicator), ", ", say("page.by_week", language), ", ", year_of(year)
                    ),
                    tuple(text(say(one, language)) for one in headings),
                    lines,
                    frozenset((1, 2, 3)),
                ),
                published.source_line(whole),
                why(whole),
            )
        )
    return figures


VALUES = ("value", "measured_value", "low", "high")


def rush_hours(published: Published, indicator: str, year: int) -> list[Figure]:
    """When people come: a number an hour and weekday, and the hours that hold most."""
    wording, language = published.wording, published.language
    figures = []
    days = get_day_names("wide", locale=language)
    for whole in published.of_year(indicator, year):
        cells = read(published.connection, "rush_hour", f"site = {literal(whole['site'])} AND year = {year}")
        if not cells:
            continue
        by_cell = {(row["weekday"], row["local_hour"]): row for row in cells}
        hours = sorted({hour for _, hour in by_cell})
        most = max(cells, key=lambda row: row["mean_count"])
        drawn = [
            (day, hour, float(row["mean_count"]), str(row.number("mean_count", language)))
            for (day, hour), row in by_cell.items()
        ]
        lines = tuple(
            (
                text(str(days[day - 1])),
                *(
                    text(by_cell[day, hour].number("mean_count", language))
                    if (day, hour) in by_cell
                    else text("—")
                    for hour in hours
                ),
            )
            for day in sorted({day for day, _ in by_cell})
        )
        in_order = sorted(cells, key=lambda row: -row["mean_count"])[:3]
        where = wording.site(whole)
        figures.append(
            Figure(
                told(
                    "page.rush", language, place=where, day=str(days[most["weekday"] - 1]),
                    hour=most.number("local_hour", language), count=most.number("mean_count", language),
                ),
                told(
                    "page.rush_sentence", language, year=year_of(year),
                    hours=text(
                        *[
                            piece
                            for rank, row in enumerate(in_order)
                            for piece in (
                                ", " if rank else "",
                                told(
                                    "page.rush_hour", language, day=str(days[row["weekday"] - 1]),
                                    hour=row.number("local_hour", language),
                                    count=row.number("mean_count", language),
                                ),
                            )
                        ]
                    ),
                ),
                kinds.heat_map(f"rush-{whole['site']}", drawn, language),
                Table(
                    told("page.rush_table", language, year=year_of(year)),
                    (
                        text(say("page.weekday", language)),
                        *(
                            told("report.hour", language, hour=_hour(cells, hour, language))
                            for hour in hours
                        ),
                    ),
                    lines,
                    frozenset(range(1, len(hours) + 1)),
                ),
                published.source_line(whole),
                why(whole),
            )
        )  # fmt: skip
    return figures


def _hour(cells: Sequence[Row], hour: int, language: str) -> Text:
    return text(next(row for row in cells if row["local_hour"] == hour).number("local_hour", language))


def presence(published: Published, indicator: str, year: int) -> list[Figure]:
    """How many motorhomes stand on an area, hour by hour, in summer and in the other months."""
    wording, language = published.wording, published.language
    figures = []
    for whole in published.of_year(indicator, year):
        rows = read(published.connection, "presence", f"site = {literal(whole['site'])} AND year = {year}")
        summer = {row["local_hour"]: row for row in rows if row["is_summer"]}
        rest = {row["local_hour"]: row for row in rows if not row["is_summer"]}
        if len(summer) < 24 or len(rest) < 24:
            continue
        names = {say("page.summer", language): summer, say("page.other_months", language): rest}
        drawn = {name: [float(own[hour]["mean_count"]) for hour in range(24)] for name, own in names.items()}
        most, least = (pick(summer.values(), key=lambda row: row["mean_count"]) for pick in (max, min))
        pitches = most["pitch_count"]
        limit = None
        if pitches is not None:
            limit = (
                float(pitches),
                str(told("page.pitches", language, count=most.number("pitch_count", language))),
            )
        said = told(
            "page.presence", language, place=wording.site(whole),
            most=most.number("mean_count", language), least=least.number("mean_count", language),
            hour=least.number("local_hour", language),
        )  # fmt: skip
        sentence = told("page.presence_sentence", language, year=year_of(year),
                        days=most.number("days", language),
                        others=rest[0].number("days", language))  # fmt: skip
        if pitches is not None:
            room = told("page.of_pitches", language, count=most.number("pitch_count", language))
            sentence = text(sentence, " ", room)
        figures.append(
            Figure(
                said,
                sentence,
                kinds.by_hour(
                    f"presence-{whole['site']}", drawn, limit, say("page.motorhomes", language), language
                ),
                Table(
                    told("page.presence_table", language, year=year_of(year)),
                    tuple(map(text, (say("page.hour", language), *names))),
                    tuple(
                        (
                            told("report.hour", language, hour=summer[hour].number("local_hour", language)),
                            text(summer[hour].number("mean_count", language, 1)),
                            text(rest[hour].number("mean_count", language, 1)),
                        )
                        for hour in range(24)
                    ),
                    frozenset((1, 2)),
                ),
                published.source_line(whole),
                why(whole),
            )
        )
    return figures


def origins(published: Published, indicator: str, year: int) -> list[Figure]:
    """Where visitors come from, on the map of departments; those that are not on it stand in the table."""
    wording, language = published.wording, published.language
    figures = []
    rows = published.of_year(indicator, year)
    for site in dict.fromkeys(row["site"] for row in rows):
        own = [row for row in rows if row["site"] == site and row["value"] > 0]
        known = [row for row in own if row["dimension"] in kinds.departments()["paths"]]
        if len(known) < 5:
            continue
        shares = {row["dimension"]: (float(row["value"]), str(wording.value(row))) for row in known}
        first, second = known[0], known[1]
        caption = text(published.label(indicator), ", ", wording.period(first))
        figures.append(
            Figure(
                told(
                    "page.origin", language, place=wording.site(first), period=wording.period(first),
                    first=wording.dimension(first["dimension"]), share=wording.value(first),
                    second=wording.dimension(second["dimension"]), other=wording.value(second),
                ),
                _origin_sentence([row["dimension"] for row in own], language),
                kinds.origins(f"origins-{site}", shares, SHARES, _classes(language)),
                yearly(published, own, (), caption, linked=False),
                published.source_line(first),
                why(first),
            )
        )  # fmt: skip
    return figures or by_dimension(published, indicator, year)


def _origin_sentence(dimensions: Sequence[str], language: str) -> Text:
    """What the map shows, and what it cannot: departments overseas, and what was not noted."""
    overseas = kinds.department_names().keys() - kinds.departments()["paths"].keys()
    beside = [
        name
        for name, is_there in (
            ("overseas", not overseas.isdisjoint(dimensions)), ("unknown", UNKNOWN in dimensions),
        )
        if is_there
    ]  # fmt: skip
    said = [say("page.origin_sentence", language)]
    if beside:
        said.append(say(f"page.origin_table.{'_'.join(beside)}", language))
    return text(" ".join(said))


def _classes(language: str) -> list[str]:
    bounds = [number(bound, language, 1 if bound < 1 else 0) for bound in SHARES]
    between = [say("page.share_between", language, low=low, high=high) for low, high in pairwise(bounds)]
    return [
        say("page.share_below", language, high=bounds[0]), *between,
        say("page.share_above", language, low=bounds[-1]),
    ]  # fmt: skip


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def warnings(published: Published, indicator: str) -> list[Block]:
    """What stands before the figures of an indicator: when its years cannot be compared."""
    row = published.indicators[indicator]
    column = f"not_comparable_{published.language}"
    return [] if row[column] is None else [Paragraph(text(row.quoted(column)), "warning")]


def account(published: Published, year: int) -> list[Block]:
    """The account of a year as a table, where one was delivered: what came in and went out, by section."""
    language = published.language
    columns = {
        "receipts_eur": "page.receipts",
        "expenses_eur": "page.expenses",
        "result_eur": "page.result",
        "carried_eur": "page.carried",
    }
    rows = read(published.connection, "account", f"fiscal_year = {year}", "section DESC")
    lines = tuple(
        (
            text(published.wording.dimension(row["section"])),
            *(
                text(row.number(column, language, 2), " €") if row[column] is not None else text("—")
                for column in columns
            ),
        )
        for row in rows
    )
    caption = told("page.account", language, year=year_of(year))
    headings = tuple(text(say(one, language)) for one in ("page.account_section", *columns.values()))
    return [Table(caption, headings, lines, frozenset((1, 2, 3, 4)))] if lines else []


# Tables that a section has beside that of its indicators.
TABLES: dict[str, Callable[[Published, int], list[Block]]] = {"finance": account}
Draw = Callable[[Published, str, int], list[Figure]]
# Indicators that have charts of their own, in order.
OWN: dict[str, tuple[Draw, ...]] = {
    "counter_passages": (counter, rush_hours),
    "origin_department_share": (origins,),
    "overnight_stays": (by_month, presence),
    "tax_declared": (by_dimension,),
}
