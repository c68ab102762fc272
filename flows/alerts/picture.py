"""The picture in a message: what a series counted in its last days, beside what was expected of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from reports.charts import palette
from reports.charts.drawing import Drawer
from reports.document import Chart
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.words.messages import day as day_in_words
from warehouse.words.messages import number, say
from warehouse.words.printable import printable

DAYS = 14
LONGEST_TITLE = 80  # characters: what fits above the picture
WIDTH, HEIGHT = 560, 170
LETTER = 7  # pixels that a letter of the legend takes

Day = tuple[float | None, float, int]  # counted, expected, open slots


@dataclass(frozen=True)
class Picture:
    """A PNG, and what it shows in words."""

    png: bytes
    says: str


def picture(
    connection: duckdb.DuckDBPyConnection, office: Office, subject: str, name: str, at: datetime
) -> Picture | None:
    """The last 14 local days of a series as a picture, or None when nothing is known of it in them."""
    found = last_days(connection, office, subject, name, at)
    return None if found is None else Picture(Drawer(office.language).png(found[0]), found[1])


def last_days(
    connection: duckdb.DuckDBPyConnection, office: Office, subject: str, name: str, at: datetime
) -> tuple[Chart, str] | None:
    """The last 14 local days of a series: what is drawn, and what it shows in words; None without a day.

    `at` is aware: only slots that were over then. Reads marts.counted_series and quality.expected_count.
    """
    last = at.astimezone(office.zone).date()
    first = last - timedelta(days=DAYS - 1)
    rows = connection.execute(
        """SELECT local_date, sum(observed_count) FILTER (open_minutes > 0) AS counted,
                  coalesce(sum(expected_count) FILTER (open_minutes > 0), 0) AS expected,
                  count(*) FILTER (open_minutes > 0) AS open_slots
           FROM marts.counted_series AS counted
           JOIN (SELECT office, subject, utc_hour, expected_count FROM quality.expected_count)
               USING (office, subject, utc_hour)
           WHERE office = ? AND subject = ? AND local_date BETWEEN ? AND ?
             AND utc_hour + to_minutes(slot_minutes::BIGINT) <= ?
           GROUP BY local_date ORDER BY local_date""",
        [office.code, subject, first, last, naive_utc(at)],
    ).fetchall()
    if not rows:
        return None
    language = office.language
    known = {row[0]: row[1:] for row in rows}
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return _chart(days, known, short(name), language), _says(last, known, name, language)


def short(name: str) -> str:
    """A name as it fits above the picture."""
    title = printable(name)
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def _chart(days: list[date], known: dict[date, Day], title: str, language: str) -> Chart:
    """Bars of what was counted, a stepped line of what was expected; what was closed is shaded."""
    rows = [
        {
            "rank": rank,
            "counted": known[day][0] if day in known else None,
        }
        for rank, day in enumerate(days)
    ]
    # A stroke a day: a line from day to day would lose the last one before each closed day.
    strokes = [
        {"from": rank - 0.5, "to": rank + 0.5, "expected": known[day][1]}
        for rank, day in enumerate(days)
        if day in known and known[day][2]
    ]
    labels = " : ".join(f"datum.value == {rank} ? '{day:%d/%m}'" for rank, day in enumerate(days))
    x = {
        "field": "rank", "type": "quantitative", "title": None,
        "scale": {"domain": [-0.5, DAYS - 0.5], "nice": False},
        "axis": {"values": list(range(DAYS)), "labelExpr": f"{labels} : ''", "grid": False},
    }  # fmt: skip
    axis = {"title": None, "domain": False, "tickCount": 5}
    y = {"type": "quantitative", "scale": {"zero": True}, "axis": axis}
    closed = [
        {"from": rank - 0.5, "to": rank + 0.5}
        for rank, day in enumerate(days)
        # What is open has its rows, with or without a count.
        if day not in known or not known[day][2]
    ]
    return Chart(
        "last_days",
        {
            "width": WIDTH, "height": HEIGHT,
            "title": {
                "text": title, "anchor": "start", "offset": 10, "color": palette.INK,
            },
            "layer": [
                *_legend(language, is_closed=bool(closed)),
                {
                    "data": {"values": closed}, "mark": {"type": "rect", "color": palette.OUTAGE},
                    "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
                },
                {
                    "data": {"values": rows}, "mark": {"type": "bar", "color": palette.MEASURED, "size": 26},
                    "encoding": {"x": x, "y": {**y, "field": "counted"}},
                },
                {
                    "data": {"values": strokes},
                    "mark": {
                        "type": "rule", "color": palette.ESTIMATED, "strokeWidth": 2, "strokeDash": [6, 3],
                    },
                    "encoding": {
                        "x": {**x, "field": "from"}, "x2": {"field": "to"}, "y": {**y, "field": "expected"},
                    },
                },
            ],
        },
    )  # fmt: skip


def _legend(language: str, *, is_closed: bool) -> list[dict[str, Any]]:
    """What each colour means, side by side above the days: its mark, and its name behind it."""
    bar: dict[str, Any] = {"type": "rect"}
    marks = {
        "counted": {**bar, "color": palette.MEASURED},
        "expected": {
            "type": "rule", "color": palette.ESTIMATED, "strokeWidth": 2, "strokeDash": [6, 3],
        },
    }  # fmt: skip
    if is_closed:
        marks["closed"] = {**bar, "color": palette.OUTAGE, "stroke": palette.QUIET, "strokeWidth": 0.5}
    layers: list[dict[str, Any]] = []
    left = 0
    for name, mark in marks.items():
        said = say(f"picture.{name}", language)
        text = {"type": "text", "align": "left", "x": left + 24, "y": -12, "color": palette.QUIET}
        at = {"x": left, "x2": left + 18} | ({"y": -17, "y2": -7} if mark["type"] == "rect" else {"y": -12})
        placed = {channel: {"value": value} for channel, value in at.items()}
        layers += [
            {"name": f"legend_{name}", "data": {"values": [{}]}, "mark": mark, "encoding": placed},
            {"data": {"values": [{}]}, "mark": text, "encoding": {"text": {"value": said}}},
        ]
        left += 24 + LETTER * len(said) + 24
    return layers


def _says(last: date, known: dict[date, Day], name: str, language: str) -> str:
    """What the picture shows, in a sentence, for who does not see it."""
    open_days = [day for day in sorted(known) if known[day][2]]
    empty = sum(not known[day][0] for day in open_days)
    return say(
        "picture.says",
        language,
        name=short(name),
        last=day_in_words(last, language),
        days=DAYS,
        counted=number(sum(known[day][0] or 0 for day in known), language),
        expected=number(sum(known[day][1] for day in known), language),
        empty=empty,
        open_days=len(open_days),
    )
