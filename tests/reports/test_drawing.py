"""Drawing: what is drawn is SVG for a page, and nothing is drawn twice."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from reports.charts import kinds, palette
from reports.charts.drawing import Drawer
from reports.pages.figures import leaves

MONTHS: dict[str, list[float | None]] = {
    "2024": [float(10 * n) for n in range(12)],
    "2025": [float(11 * n) for n in range(11)] + [None],
}
CHART = kinds.by_month("nights", MONTHS, "nuitées", "fr")


def test_a_chart_that_did_not_change_is_not_drawn_again(tmp_path: Path) -> None:
    first, second = Drawer("fr", tmp_path), Drawer("fr", tmp_path)
    assert first.svg(CHART) == second.svg(CHART)
    assert (first.drawn, second.drawn) == (1, 0)


def test_a_drawing_that_nobody_asks_for_any_more_is_deleted(tmp_path: Path) -> None:
    Drawer("fr", tmp_path).svg(CHART)
    later = Drawer("fr", tmp_path)
    later.png(kinds.bars("other", [("a", 1.0, "1")]))
    later.forget_others()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_drawing_says_nothing_in_vegas_own_words_and_uses_the_colours_of_the_palette_alone() -> None:
    weeks = [kinds.Point(date(2025, 1, 6) + timedelta(7 * n), n + 5.0, n + 5.0) for n in range(6)]
    weeks[3] = kinds.Point(weeks[3].start, 9.0, None, 7.0, 12.0)
    words = {"measured": "compté", "estimated": "estimé", "outage": "panne", "unit": "personnes"}
    outages = [(date(2025, 1, 27), date(2025, 2, 2))]
    known = {value for name, value in vars(palette).items() if name.isupper() and isinstance(value, str)}
    known |= set(palette.CLASSES)
    for chart in (
        CHART,
        kinds.counter("door", weeks, outages, words, "fr"),
        kinds.heat_map("hours", [(1, 9, 4.0, "4"), (7, 10, 30.0, "30")], "fr"),
        kinds.bars("tax", [("Airbnb", 60459.57, "60 460 €")]),
        kinds.by_hour("area", {"été": [1.0] * 24}, (58.0, "58 places"), "camping-cars", "fr"),
        kinds.origins("map", {"32": (37.0, "37"), "974": (1.0, "1")}, (1, 5, 10, 20), list("abcde")),
    ):
        svg = Drawer("fr").svg(chart)
        assert not re.search(r'aria-|role="', svg), chart.name
        assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= known, chart.name
        assert not set(re.findall(r'(?:fill|stroke)="([a-z]+)"', svg)) - {"none", "transparent"}, chart.name


def test_names_of_lines_that_end_together_are_moved_apart() -> None:
    svg = Drawer("fr").svg(
        kinds.by_month("nights", {"2024": [5.0] * 12, "2025": [5.0] * 12}, "nuitées", "fr")
    )
    low, high = sorted({y for _, y, said in texts_of(svg) if said in MONTHS})
    assert high - low > 12


def test_a_name_that_is_moved_moves_no_point() -> None:
    near: dict[str, list[float | None]] = {"2024": [1.0] * 12, "2025": [1.0] * 12}
    drawn = kinds.by_month("nights", near, "nuitées", "fr").specification["data"]["values"]
    assert {row["value"] for row in drawn} == {1.0}


def texts_of(svg: str) -> list[tuple[float, float, str]]:
    """The texts of a drawing with where they stand, in their own group."""
    found = re.findall(r"<text[^>]*translate\((-?[\d.]+),(-?[\d.]+)\)[^>]*>([^<]+)<", svg)
    return [(float(x), float(y), said) for x, y, said in found]


def test_the_name_of_a_line_at_zero_stands_behind_the_axis_and_not_on_it() -> None:
    whole = kinds.by_month("days", {"2024": [3.0] + [0.0] * 11, "2025": [0.0] * 12}, "jours", "fr")
    svg = Drawer("fr").svg(whole)
    axis_ends = max(x for x, _, said in texts_of(svg) if said == "déc.")
    names = {said: x for x, _, said in texts_of(svg) if said in MONTHS}
    assert min(names.values()) > axis_ends


def test_the_name_of_a_year_that_is_not_over_stands_above_its_last_point() -> None:
    running: dict[str, list[float | None]] = {"2024": [0.0, 4.0, *[0.0] * 10], "2025": [0.0] * 4 + [None] * 8}
    drawn = kinds.by_month("days", running, "jours", "fr").specification
    names = {row["series"]: row["value"] for row in drawn["layer"][-1]["data"]["values"]}
    assert names["2025"] > names["2024"] == 0


def drawn_lines(svg: str, colour: str) -> list[str]:
    """The paths of the lines of a colour: `M` where a line begins, `L` where it goes on."""
    paths = re.findall(rf'<path d="([^"]*)"[^>]*stroke="{colour}"[^>]*>', svg)
    return [one for one in paths if "L" in one]


def test_a_line_breaks_at_a_month_without_a_value_and_a_month_between_two_of_them_shows_its_point() -> None:
    gaps: dict[str, list[float | None]] = {"2025": [1.0, 2.0, None, 4.0, None, *[6.0] * 7]}
    svg = Drawer("fr").svg(kinds.by_month("days", gaps, "jours", "fr"))
    (line,) = drawn_lines(svg, palette.MEASURED)
    assert [one.count("L") for one in line.split("M")[1:]] == [1, 0, 6]
    assert len(re.findall(rf'<path [^>]*fill="{palette.MEASURED}"', svg)) == 10


def test_the_lines_of_a_counter_break_at_a_week_without_a_value_or_without_a_row() -> None:
    weeks = [kinds.Point(date(2025, 1, 6) + timedelta(7 * n), n + 5.0, n + 5.0) for n in range(12)]
    weeks[4] = kinds.Point(weeks[4].start, None)
    del weeks[8]
    words = {"measured": "compté", "estimated": "estimé", "outage": "panne", "unit": "personnes"}
    svg = Drawer("fr").svg(kinds.counter("door", weeks, [], words, "fr"))
    (line,) = drawn_lines(svg, palette.MEASURED)
    assert [one.count("L") for one in line.split("M")[1:]] == [3, 2, 2]


def test_what_is_counted_has_no_halves_on_its_axis() -> None:
    svg = Drawer("fr").svg(kinds.by_month("days", {"2025": [0.0, 1.0] * 6}, "jours", "fr"))
    assert [said for _, _, said in texts_of(svg) if "," in said] == []
    assert [said for _, _, said in texts_of(svg) if said in "01"] == ["0", "1"]


def test_the_first_month_of_a_counter_is_named() -> None:
    weeks = [kinds.Point(date(2025, 1, 6) + timedelta(7 * n), n + 5.0, n + 5.0) for n in range(12)]
    words = {"measured": "compté", "estimated": "estimé", "outage": "panne", "unit": "personnes"}
    said = [one for _, _, one in texts_of(Drawer("fr").svg(kinds.counter("door", weeks, [], words, "fr")))]
    assert "janv." in said


def test_bars_have_room_for_their_names_and_for_what_is_written_at_their_ends() -> None:
    rows = [("externe, téléphonie et informatique", 40.0, "143 356,28 €"), ("interne", 10.0, "1 €")]
    svg = kinds.bars("incidents", rows).svg
    assert re.findall(r'<rect y="(\d+)" width="([\d.]+)%"', svg) == [("18", "72.00"), ("54", "18.00")]
    # Names begin at the left edge, above their bars.
    assert re.findall(r'<text class="role-axis-label" y="(\d+)"', svg) == ["13", "49"]
    assert "viewBox" not in svg


def test_a_whole_is_not_drawn_beside_its_parts() -> None:
    told = ["external", "external:premises", "external:signage", "internal", "internally"]
    assert leaves(told) == {"external:premises", "external:signage", "internal", "internally"}
    assert leaves(["platforms", "Airbnb", "Booking", "hosts"], ["platforms"]) == {
        "Airbnb",
        "Booking",
        "hosts",
    }
