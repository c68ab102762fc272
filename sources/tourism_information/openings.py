"""Opening periods: when an object is open, period by period, and the days that differ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sources.tourism_information.values import FaultError, Node
from sources.tourism_information.weekly_hours import weekly_hours

WEEKDAYS = ("LUNDI", "MARDI", "MERCREDI", "JEUDI", "VENDREDI", "SAMEDI", "DIMANCHE")
RANKS = {"D_1ER": "1", "D_2EME": "2", "D_3EME": "3", "D_4EME": "4", "D_DERNIER": "L"}
EVERY_DAY, SOME_DAYS, ALL_DAYS_BUT, SOME_DAYS_OF_MONTH = (
    "OUVERTURE_TOUS_LES_JOURS",
    "OUVERTURE_SEMAINE",
    "OUVERTURE_SAUF",
    "OUVERTURE_MOIS",
)
KINDS = (EVERY_DAY, SOME_DAYS, ALL_DAYS_BUT, SOME_DAYS_OF_MONTH)

# Days that Apidae gives by a name instead of a date: (month, day), or days after Easter Sunday.
FIXED = {
    "PREMIER_JANVIER": (1, 1),
    "PREMIER_MAI": (5, 1),
    "HUIT_MAI": (5, 8),
    "QUATORZE_JUILLET": (7, 14),
    "QUINZE_AOUT": (8, 15),
    "PREMIER_NOVEMBRE": (11, 1),
    "ONZE_NOVEMBRE": (11, 11),
    "VINGT_CINQ_DECEMBRE": (12, 25),
}
MOVABLE = {"VENDREDI_SAINT": -2, "LUNDI_PAQUES": 1, "ASCENSION": 39, "LUNDI_PENTECOTE": 50}
# A named day returns every year; it is written out around the year of the delivery that gives it.
YEARS_BEFORE, YEARS_AFTER = 2, 5

Row = dict[str, Any]


def periods(item: Node) -> Iterator[Row]:
    """One row a period of `ouverture.periodesOuvertures`, numbered from 1; raises FaultError."""
    for rank, period in enumerate(item.at("ouverture", "periodesOuvertures").items(), 1):
        first = period.at("dateDebut").day()
        if first is None:
            raise FaultError("missing_value", period.at("dateDebut").path)
        last = period.at("dateFin").day() or first
        if last < first:
            raise FaultError("ends_before_start", period.at("dateFin").path, last)
        kind = period.at("type").text() or EVERY_DAY
        weekly = weekly_hours(period)
        yield {
            "period_rank": rank,
            "kind": kind,
            "first_date": first,
            "last_date": last,
            "opens_at": None if weekly else period.at("horaireOuverture").clock(),
            "closes_at": None if weekly else period.at("horaireFermeture").clock(),
            "weekdays": weekly.weekdays if weekly else _weekdays(period, kind),
            "month_days": _month_days(period) if kind == SOME_DAYS_OF_MONTH else None,
            "is_every_year": period.at("tousLesAns").flag(),
        }


def hours_of_weekdays(item: Node) -> Iterator[Row]:
    """One row a period and a day of the week, for periods whose hours are given by `horaires`."""
    for rank, period in enumerate(item.at("ouverture", "periodesOuvertures").items(), 1):
        if weekly := weekly_hours(period):
            for row in weekly.rows():
                yield {"period_rank": rank, **row}


def exceptional_dates(item: Node, year: int) -> Iterator[Row]:
    """Days open outside the rule of a period (its rank), and days on which all is closed (rank 0).

    `year` is the year of the delivery, around which days given by name are written out.
    """
    for rank, period in enumerate(item.at("ouverture", "periodesOuvertures").items(), 1):
        for opening in period.at("ouverturesExceptionnelles").items():
            for day in _days(opening, "dateOuverture", year):
                if opening.at("dateSpeciale").is_absent or _holds(period, day):
                    yield {"period_rank": rank, "exceptional_date": day, "is_open": True}
    for closing in item.at("ouverture", "fermeturesExceptionnelles").items():
        for day in _days(closing, "dateFermeture", year):
            yield {"period_rank": 0, "exceptional_date": day, "is_open": False}


def left_out(item: Node) -> set[tuple[str, str]]:
    """What the object's openings say and we cannot read, by its place: it is reported."""
    found = {("dateSpeciale", name) for name in _named_days(item)}
    for period in item.at("ouverture", "periodesOuvertures").items():
        if weekly := weekly_hours(period):
            found |= weekly.left_out
        if not period.at("timePeriods").is_absent:
            found.add(("periodesOuvertures", "timePeriods"))
    return found


def _named_days(item: Node) -> set[str]:
    """Names of days in the object that we cannot place in a year."""
    places = [item.at("ouverture", "fermeturesExceptionnelles")]
    places += [p.at("ouverturesExceptionnelles") for p in item.at("ouverture", "periodesOuvertures").items()]
    names = {day.at("dateSpeciale").text() for place in places for day in place.items()}
    return {name for name in names if name and name not in FIXED and name not in MOVABLE}


def _days(place: Node, field: str, year: int) -> list[date]:
    given = place.at(field).day()
    if given is not None:
        return [given]
    name = place.at("dateSpeciale").text()
    years = range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)
    if name in FIXED:
        return [date(y, *FIXED[name]) for y in years]
    if name in MOVABLE:
        return [easter(y) + timedelta(days=MOVABLE[name]) for y in years]
    return []


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _holds(period: Node, day: date) -> bool:
    first = period.at("dateDebut").day()
    last = period.at("dateFin").day() or first
    if first is None or last is None:
        return False
    if not period.at("tousLesAns").flag():
        return first <= day <= last
    start, end, own = ((d.month, d.day) for d in (first, last, day))
    inside = start <= own <= end if start <= end else own >= start or own <= end
    return day >= first and (inside or (last - first).days >= 365)


def _weekdays(period: Node, kind: str) -> str:
    """Open weekdays as seven digits from Monday, 1 for open; all when the rule names none."""
    named = {day.at("jour").text() for day in period.at("ouverturesJournalieres").items()}
    if kind not in (SOME_DAYS, ALL_DAYS_BUT) or not named:
        return "1111111"
    if "TOUS" in named:
        return "1111111" if kind == SOME_DAYS else "0000000"
    return "".join(str(int((day in named) == (kind == SOME_DAYS))) for day in WEEKDAYS)


def _month_days(period: Node) -> str | None:
    """Open days of the month as `,2-5,L-7,`: rank in the month (L is the last) and weekday from 1 Monday."""
    tokens = set()
    for day in period.at("ouverturesJourDuMois").items():
        rank, weekday = day.at("jourDuMois").text(), day.at("jour").text()
        ranks = [RANKS[rank]] if rank in RANKS else ["1", "2", "3", "4", "5"]
        numbers = [WEEKDAYS.index(weekday) + 1] if weekday in WEEKDAYS else list(range(1, 8))
        tokens |= {f"{r}-{n}" for r in ranks for n in numbers}
    return f",{','.join(sorted(tokens))}," if tokens else None
