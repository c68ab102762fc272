"""Charts as SVG and PNG: drawn by vl-convert, offline, and not again while nothing in them changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from reports.charts import palette
from reports.document import Chart

LOCALES: Mapping[str, Literal["fr-FR", "en-GB"]] = {"fr": "fr-FR", "en": "en-GB"}
RENDERER = "2"  # another one draws all charts again
PNG_SCALE = 2.0
# Vega's own words for those who cannot see are English, and its roles are nested: the page has its own.
SPOKEN = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
CLASSES = re.compile(r' class="([^"]*)"')
KEPT_CLASSES = {"role-axis-label", "role-legend-label"}
CONFIG: Mapping[str, Any] = {
    "background": "transparent",
    "font": palette.FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": palette.QUIET, "titleColor": palette.QUIET, "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": "normal", "domainColor": palette.QUIET, "tickColor": palette.QUIET,
        "gridColor": palette.GRID, "labelPadding": 6,
    },
    "text": {"color": palette.INK, "fontSize": 12},
}  # fmt: skip


@dataclass
class Drawer:
    """Draws charts, and keeps what it drew in a folder (`kept`), each under a hash of all that makes it.

    `used` are the files that were asked for: the others are nobody's any more (`forget_others`).
    """

    language: str
    kept: Path | None = None
    drawn: int = 0
    used: set[str] = field(default_factory=set)

    def svg(self, chart: Chart) -> str:
        """The chart as an SVG element to be put into a page, without a role or words of its own."""
        if chart.svg:
            return chart.svg
        return self._kept(chart, "svg").decode("utf-8")

    def png(self, chart: Chart) -> bytes:
        """The chart as a PNG on white, twice as many pixels as its size, for mail."""
        return self._kept(chart, "png")

    def forget_others(self) -> None:
        """Delete the kept drawings that were not asked for."""
        if self.kept is not None and self.kept.is_dir():
            for path in self.kept.iterdir():
                if path.name not in self.used:
                    path.unlink(missing_ok=True)

    def made(self, content: str, form: str, make: Callable[[], bytes]) -> bytes:
        """What `make` gives, kept under a hash of all that it is made of, and not made again."""
        name = f"{hashlib.sha256(content.encode()).hexdigest()[:32]}.{form}"
        self.used.add(name)
        path = self.kept / name if self.kept is not None else None
        if path is not None and path.is_file():
            return path.read_bytes()
        done = make()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(".aside")
            aside.write_bytes(done)
            aside.replace(path)
        return done

    def _kept(self, chart: Chart, form: str) -> bytes:
        content = json.dumps([RENDERER, self.language, form, chart.svg, chart.specification], sort_keys=True)
        return self.made(content, form, lambda: self._draw(chart, form))

    def _draw(self, chart: Chart, form: str) -> bytes:
        # It starts an engine, which a second goes into: only when something is to be drawn.
        import vl_convert

        self.drawn += 1
        locale = LOCALES[self.language]
        if chart.svg:
            return bytes(vl_convert.svg_to_png(alone(chart.svg, palette.FONT), scale=PNG_SCALE))
        specification = {**chart.specification, "config": CONFIG}
        if form == "png":
            specification["background"] = palette.PAPER
            png = vl_convert.vegalite_to_png(
                specification, scale=PNG_SCALE, format_locale=locale, time_format_locale=locale
            )
            return bytes(png)
        svg = vl_convert.vegalite_to_svg(specification, format_locale=locale, time_format_locale=locale)
        return small(svg).encode("utf-8")


def alone(svg: str, font: str) -> str:
    """An SVG element as a file of its own, which has no page to take its font from."""
    return svg.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" font-family="{font}" ', 1)


def small(svg: str) -> str:
    """An SVG of Vega without what a page does not need; axes and legends keep their class."""
    svg = SPOKEN.sub("", svg)
    svg = CLASSES.sub(lambda found: _kept_class(found[1]), svg)
    svg = re.sub(r' xmlns(?::xlink)?="[^"]*"| version="1\.1"| pointer-events="none"', "", svg)
    svg = re.sub(r' font-family="[^"]*"', "", svg)
    svg = re.sub(r'<path d="M0,0h0v0h0Z"/>|<g></g>', "", svg)
    return re.sub(r"(\d\.\d{2})\d+", r"\1", svg)


def _kept_class(classes: str) -> str:
    kept = KEPT_CLASSES & set(classes.split())
    return f' class="{kept.pop()}"' if kept else ""
