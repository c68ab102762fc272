"""The kinds of charts, each from plain values: what they mean is said by the figure that they stand in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from babel.dates import get_day_names, get_month_names

from reports.charts import palette
from reports.document import Chart

WIDTH, HEIGHT = 620, 260
ROOM = 1.15  # of the greatest value: how high the axis goes
FEW = 5  # ticks of an axis: below it, those between whole numbers would be asked for
CLOSE = 0.07  # of the greatest value: names of lines that end nearer are moved apart
BROKEN = "break-paths-show-domains"  # how Vega-Lite calls a line that stops where nothing is known
BAR_STEP = 36  # pixels from a bar to the next one
BAR_SHARE = 72  # percent of the width: what the longest bar takes, beside what is written at its end
MAP = Path(__file__).parent / "departments" / "departments.json"


@dataclass(frozen=True)
class Point:
    """A period of a series. `value` is null where nothing is known; `low` and `high` bound an estimate."""

    start: date
    value: float | None
    measured: float | None = None
    low: float | None = None
    high: float | None = None


def by_month(name: str, series: Mapping[str, Sequence[float | None]], unit: str, language: str) -> Chart:
    """Values of twelve months: the last of the series solid with dots, those before dashed with squares.

    A line breaks at a month without a value; one between two such months shows its point.
    """
    months = get_month_names("abbreviated", locale=language)
    names = list(series)
    last = names[-1]
    values: list[dict[str, Any]] = [
        {"rank": rank, "value": value, "series": one}
        for one, twelve in series.items()
        for rank, value in enumerate(twelve, 1)
    ]
    known = [row for row in values if row["value"] is not None]
    # Copies: where a name stands is moved, never the point that it names.
    ends: list[dict[str, Any]] = [
        {**max((row for row in known if row["series"] == one), key=lambda row: row["rank"])}
        for one in names
        if any(row["series"] == one for row in known)
    ]
    numbers = [0.0, *(row["value"] for row in known)]
    apart = CLOSE * ((max(numbers) - min(numbers)) or 1)
    # Of a series that ends within the year the name stands above what the other one goes on with.
    for row in ends:
        row["value"] += apart if row["rank"] < 12 else 0
    ends.sort(key=lambda row: row["value"])
    for lower, upper in pairwise(ends):
        upper["value"] = max(upper["value"], lower["value"] + apart)
    labels = " : ".join(f"datum.value == {rank} ? '{months[rank]}'" for rank in range(1, 13)) + " : ''"
    x = {
        "field": "rank", "type": "quantitative", "title": None,
        "scale": {"domain": [0.8, 12.15], "nice": False},  # names stand behind it: no line crosses them
        "axis": {"values": list(range(1, 13)), "labelExpr": labels, "grid": False},
    }  # fmt: skip
    is_last = {"test": f"datum.series == '{last}'"}
    colour = {"condition": {**is_last, "value": palette.MEASURED}, "value": palette.BEFORE}
    dash = {"condition": {**is_last, "value": [1, 0]}, "value": [6, 4]}
    y = _y("value", unit)
    low, high = int(min(numbers)), int(max(numbers))
    if high - low <= FEW and all(number == int(number) for number in numbers):
        y["axis"]["values"] = list(range(low, high + 1))  # what is counted has no halves
    name_of = {"type": "text", "align": "left", "dx": 9, "fontWeight": "bold", "aria": False}
    named = {"data": {"values": ends}, "encoding": {"text": {"field": "series", "type": "nominal"}}}
    return Chart(
        name,
        {
            "width": WIDTH,
            "height": HEIGHT,
            "data": {"values": values},
            "encoding": {"x": x, "y": y, "detail": {"field": "series"}, "color": colour},
            "layer": [
                {
                    "mark": {"type": "line", "strokeWidth": 2.2, "invalid": BROKEN},
                    "encoding": {"strokeDash": dash},
                },
                {
                    "transform": [{"filter": "isValid(datum.value)"}],
                    "mark": {"type": "point", "filled": True, "size": 42, "opacity": 1},
                    "encoding": {"shape": {"condition": {**is_last, "value": "circle"}, "value": "square"}},
                },
                # A halo first: a line that goes on is not seen through the name.
                {**named, "mark": {**name_of, "stroke": palette.PAPER, "strokeWidth": 4}},
                {**named, "mark": name_of},
            ],
        },
    )


def counter(
    name: str,
    points: Sequence[Point],
    outages: Sequence[tuple[date, date]],
    words: Mapping[str, str],
    language: str,
) -> Chart:
    """A counter week by week: the measured line, the estimated one with its interval, and its outages.

    Each line breaks where it has no week: what was not known is not drawn.

    `words` name what is drawn: `measured`, `estimated`, `outage`, and the axis, `unit`.
    """
    months = get_month_names("abbreviated", locale=language)
    rows: list[dict[str, Any]] = [
        {
            "week": f"{one.start:%Y-%m-%d}T00:00:00Z",
            "value": one.value,
            "measured": one.value if one.measured is not None and one.value == one.measured else None,
            "estimated": one.value if one.value != one.measured else None,
            "low": one.low,
            "high": one.high,
        }
        for one in _every_week(points)
    ]
    # The estimated line is joined to what was counted before and after it.
    for before, this, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        near = [one for one in (before, after) if one is not None]
        if this["measured"] is not None and any(one["estimated"] is not None for one in near):
            this["joined"] = this["value"]
    for one in rows:
        if one["estimated"] is not None:
            one["joined"] = one["estimated"]
    gone = [
        {"from": f"{first:%Y-%m-%d}T00:00:00Z", "to": f"{last:%Y-%m-%d}T00:00:00Z"} for first, last in outages
    ]
    labels = " : ".join(f"utcmonth(datum.value) == {rank - 1} ? '{months[rank]}'" for rank in range(1, 13))
    scale_of_time: dict[str, Any] = {"type": "utc"}
    days = [*(one.start for one in points), *(day for span in outages for day in span)]
    if days:  # from the first of a month, so that it is named
        ends = (min(days).replace(day=1), max(days))
        scale_of_time["domain"] = [f"{one:%Y-%m-%d}T00:00:00Z" for one in ends]
    x = {
        "field": "week", "type": "temporal", "scale": scale_of_time, "title": None,
        "axis": {"tickCount": "month", "labelExpr": f"{labels} : ''", "grid": False},
    }  # fmt: skip
    estimated = [one for one in rows if one["estimated"] is not None]
    # Room above the highest value for the words on an outage.
    known = [one for one in rows if one["value"] is not None]
    highest_value = max((one["high"] or one["value"] for one in known), default=0)
    scale = {"zero": True, "domainMax": highest_value * (ROOM if gone else 1), "nice": True}

    def y(field: str) -> dict[str, Any]:
        return {**_y(field, words["unit"]), "scale": scale}

    layers: list[dict[str, Any]] = [
        {
            "data": {"values": gone},
            "mark": {"type": "rect", "color": palette.OUTAGE, "opacity": 1},
            "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
        },
        {
            "data": {"values": gone},
            "mark": {"type": "text", "align": "left", "dx": 4, "dy": 10, "y": 0, "color": palette.QUIET},
            "encoding": {"x": {**x, "field": "from"}, "text": {"value": words["outage"]}},
        },
        {
            "mark": {"type": "area", "color": palette.BAND, "opacity": 1, "line": False, "invalid": BROKEN},
            "encoding": {"x": x, "y": y("low"), "y2": {"field": "high"}},
        },
        {
            "mark": {
                "type": "line",
                "color": palette.ESTIMATED,
                "strokeDash": [5, 4],
                "strokeWidth": 2,
                "invalid": BROKEN,
            },
            "encoding": {"x": x, "y": y("joined")},
        },
        {
            "transform": [{"filter": "isValid(datum.estimated)"}],
            "mark": {
                "type": "point",
                "shape": "diamond",
                "filled": False,
                "color": palette.ESTIMATED,
                "size": 45,
            },
            "encoding": {"x": x, "y": y("estimated")},
        },
        {
            "mark": {
                "type": "line",
                "color": palette.MEASURED,
                "strokeWidth": 2.2,
                "invalid": BROKEN,
            },
            "encoding": {"x": x, "y": y("measured")},
        },
        {
            "transform": [{"filter": "isValid(datum.measured)"}],
            "mark": {
                "type": "point",
                "shape": "circle",
                "filled": True,
                "color": palette.MEASURED,
                "size": 28,
                "opacity": 1,
            },
            "encoding": {"x": x, "y": y("measured")},
        },
    ]
    highest = max(estimated, key=lambda one: one["high"] or one["value"]) if estimated else None
    for which, at, colour, dy in (
        ("measured", known[0] if known else None, palette.MEASURED, 22),
        ("estimated", highest, palette.ESTIMATED, -10),
    ):
        if at is not None:
            top = at["high"] if which == "estimated" and at["high"] is not None else at["value"]
            layers.append(
                {
                    "data": {"values": [{"week": at["week"], "value": top}]},
                    "mark": {
                        "type": "text", "dy": dy, "color": colour, "fontWeight": "bold",
                        "align": "left" if which == "measured" else "center",
                    },
                    "encoding": {"x": x, "y": y("value"), "text": {"value": words[which]}},
                }
            )  # fmt: skip
    return Chart(name, {"width": WIDTH, "height": 300, "data": {"values": rows}, "layer": layers})


def _every_week(points: Sequence[Point]) -> list[Point]:
    """The weeks from the first to the last, those that nothing is known of without a value."""
    by_start = {one.start: one for one in points}
    if not by_start:
        return []
    first, last = min(by_start), max(by_start)
    starts = (first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1))
    return [by_start.get(start, Point(start, None)) for start in starts]


def heat_map(name: str, cells: Sequence[tuple[int, int, float, str]], language: str) -> Chart:
    """A number for each weekday (1 Monday to 7) and local hour: darker for more, and written in its cell."""
    days = get_day_names("abbreviated", locale=language)
    top = max((value for _, _, value, _ in cells), default=0) or 1
    rows = [
        {
            "day": weekday, "hour": hour, "label": label,
            "class": min(int(len(palette.CLASSES) * value / top), len(palette.CLASSES) - 1),
        }
        for weekday, hour, value, label in cells
    ]  # fmt: skip
    sign = " h" if language == "fr" else ":00"
    axis = {"domain": False, "ticks": False}
    at = {"labelAngle": 0, "labelExpr": f"datum.label + '{sign}'", "orient": "top", **axis}
    x = {"field": "hour", "type": "ordinal", "title": None, "axis": at}
    names = " : ".join(f"datum.value == {rank} ? '{days[rank - 1]}'" for rank in range(1, 8))
    y = {"field": "day", "type": "ordinal", "title": None, "axis": {"labelExpr": f"{names} : ''", **axis}}
    colour = {
        "field": "class", "type": "ordinal", "legend": None,
        "scale": {"domain": list(range(len(palette.CLASSES))), "range": list(palette.CLASSES)},
    }  # fmt: skip
    return Chart(
        name,
        {
            "width": WIDTH,
            "height": 34 * len({row["day"] for row in rows}),
            "data": {"values": rows},
            "encoding": {"x": x, "y": y},
            "layer": [
                {
                    "mark": {"type": "rect", "stroke": palette.PAPER, "strokeWidth": 2},
                    "encoding": {"color": colour},
                },
                {
                    "mark": {"type": "text"},
                    "encoding": {
                        "text": {"field": "label"},
                        "color": {
                            "condition": {"test": "datum.class > 2", "value": palette.PAPER},
                            "value": palette.INK,
                        },
                    },
                },
            ],
        },
    )


def bars(name: str, rows: Sequence[tuple[str, float, str]]) -> Chart:
    """Named values as bars, the largest first, each below its name, with what is written of it at its end.

    Lengths are shares of the width that there is: on a telephone bars are shorter, and letters are not
    smaller. Ready-made SVG: Vega knows no such thing.
    """
    top = max((value for _, value, _ in rows), default=0) or 1
    drawn = []
    for rank, (one, value, label) in enumerate(rows):
        y, share = BAR_STEP * rank, f"{BAR_SHARE * value / top:.2f}%"
        # A name is no value, even where it holds a numeral: it has the class of the names of an axis.
        drawn += [
            f'<text class="role-axis-label" y="{y + 13}" fill="{palette.QUIET}">{escape(one)}</text>',
            f'<rect y="{y + 18}" width="{share}" height="10" fill="{palette.MEASURED}"/>',
            f'<text x="{share}" dx="6" y="{y + 27}" fill="{palette.INK}">{escape(label)}</text>',
        ]
    size = f'width="{WIDTH}" height="{BAR_STEP * len(rows)}" font-size="12"'
    return Chart(name, svg=f"<svg {size}>{''.join(drawn)}</svg>", is_fluid=True)


def by_hour(
    name: str,
    series: Mapping[str, Sequence[float]],
    limit: tuple[float, str] | None,
    unit: str,
    language: str,
) -> Chart:
    """A value for each hour of the day, and the line that it cannot pass, with its name."""
    names = list(series)
    values: list[dict[str, Any]] = [
        {"hour": hour, "value": value, "series": one}
        for one in names
        for hour, value in enumerate(series[one])
    ]
    sign = " h" if language == "fr" else ":00"
    x = {
        "field": "hour", "type": "quantitative", "title": None, "scale": {"domain": [0, 23], "nice": False},
        "axis": {"values": list(range(0, 24, 3)), "labelExpr": f"datum.value + '{sign}'", "grid": False},
    }  # fmt: skip
    is_first = {"test": f"datum.series == '{names[0]}'"}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "strokeWidth": 2.2},
            "encoding": {
                "strokeDash": {"condition": {**is_first, "value": [1, 0]}, "value": [6, 4]},
                "color": {"condition": {**is_first, "value": palette.MEASURED}, "value": palette.BEFORE},
                "detail": {"field": "series"},
            },
        },
        {
            "data": {
                "values": [
                    max((one for one in values if one["series"] == name), key=lambda one: one["value"])
                    for name in names
                ]
            },
            "mark": {"type": "text", "dy": -12, "fontWeight": "bold"},
            "encoding": {
                "text": {"field": "series"},
                "color": {"condition": {**is_first, "value": palette.MEASURED}, "value": palette.BEFORE},
            },
        },
    ]
    if limit is not None:
        layers += [
            {
                "data": {"values": [{"value": limit[0], "hour": 0}]},
                "mark": {"type": "rule", "color": palette.QUIET, "strokeDash": [2, 2]},
                "encoding": {"y": _y("value", unit), "x": None},
            },
            {
                "data": {"values": [{"value": limit[0], "hour": 23}]},
                "mark": {"type": "text", "align": "right", "dy": -7, "color": palette.QUIET},
                "encoding": {"text": {"value": limit[1]}},
            },
        ]
    return Chart(
        name,
        {
            "width": WIDTH, "height": HEIGHT, "data": {"values": values},
            "encoding": {"x": x, "y": _y("value", unit)}, "layer": layers,
        },
    )  # fmt: skip


@cache
def departments() -> dict[str, Any]:
    """The map: `viewBox`, `paths` (`name` and `path` of each department that is on it), names `overseas`."""
    content: dict[str, Any] = json.loads(MAP.read_text(encoding="utf-8"))
    return content


@cache
def department_names() -> dict[str, str]:
    """The departments of France by their code, those that are not on the map as well."""
    drawn = departments()
    return {**{code: one["name"] for code, one in drawn["paths"].items()}, **drawn["overseas"]}


def origins(
    name: str, shares: Mapping[str, tuple[float, str]], bounds: Sequence[float], legend: Sequence[str]
) -> Chart:
    """A map of departments by share: `bounds` part the classes that `legend` names; the largest are labelled.

    The map is ready-made SVG: its shapes need no scale and no projection.
    """
    drawn = departments()
    shapes, labels = [], []
    largest = sorted((code for code in shares if code in drawn["paths"]), key=lambda c: -shares[c][0])[:6]
    for code, one in drawn["paths"].items():
        share = shares.get(code, (0.0, ""))[0]
        rank = sum(share >= bound for bound in bounds)
        shapes.append(f'<path d="{one["path"]}" fill="{palette.CLASSES[rank]}"/>')
        if code in largest:
            x, y = _centre(one["path"])
            colour = palette.PAPER if rank > 2 else palette.INK
            place = f'x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="12"'
            labels.append(f'<text {place} fill="{colour}">{escape(shares[code][1])}</text>')
    edge = f'stroke="{palette.QUIET}" stroke-width=".5"'
    keys = []
    for rank, said in enumerate(legend):
        box = f'x="8" y="{420 + 24 * rank}" width="18" height="16"'
        place = f'class="role-legend-label" x="34" y="{433 + 24 * rank}" font-size="13"'
        keys.append(f'<rect {box} fill="{palette.CLASSES[rank]}" {edge}/>')
        keys.append(f'<text {place} fill="{palette.INK}">{escape(said)}</text>')
    body = "".join([f"<g {edge}>", *shapes, "</g>", *labels, *keys])
    return Chart(name, svg=f'<svg viewBox="{drawn["viewBox"]}" width="613" height="585">{body}</svg>')


def _centre(path: str) -> tuple[float, float]:
    """The middle of the box of the largest outline of a path, `M` to a point, `l` by steps, `z`."""
    boxes = []
    for outline in path.split("z")[:-1]:
        start, _, steps = outline.removeprefix("M").partition("l")
        x, y = map(float, start.split(","))
        xs, ys = [x], [y]
        for step in steps.split():
            dx, dy = map(float, step.split(","))
            x, y = x + dx, y + dy
            xs.append(x)
            ys.append(y)
        boxes.append((min(xs), max(xs), min(ys), max(ys)))
    left, right, top, bottom = max(boxes, key=lambda box: (box[1] - box[0]) * (box[3] - box[2]))
    return (left + right) / 2, (top + bottom) / 2


def _y(field: str, unit: str) -> dict[str, Any]:
    """The axis of values: from 0, its unit as its title."""
    return {
        "field": field, "type": "quantitative", "scale": {"zero": True},
        "axis": {
            "title": unit, "titleAnchor": "end", "titleAngle": 0, "titleAlign": "left", "titleX": -30,
            "titleY": -12, "tickCount": 5, "domain": False, "ticks": False, "format": ",~f",
        },
    }  # fmt: skip
