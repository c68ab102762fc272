"""A small chart as SVG: lines or labelled points over two axes; no library, no fonts from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 110, 34, 44
COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7a5195", "#8a6d1d", "#444444", "#d1798b", "#00868b")


def chart(
    title: str,
    x_label: str,
    y_label: str,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    x_most: float,
    y_most: float = 100.0,
) -> str:
    """Each line is points (x, y), from 0 to `x_most` and to `y_most`; what lies beyond is at the edge."""

    def place(x: float, y: float) -> tuple[float, float]:
        right = min(max(x / x_most, 0), 1) * (WIDTH - LEFT - RIGHT)
        up = min(max(y / y_most, 0), 1) * (HEIGHT - TOP - BOTTOM)
        return round(LEFT + right, 1), round(HEIGHT - BOTTOM - up, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 18, title, weight="bold"),
    ]
    for tick in range(5):
        x, y = place(x_most * tick / 4, y_most * tick / 4)
        parts.append(
            f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd" fill="none"/>'
        )
        parts.append(_text(x, HEIGHT - BOTTOM + 15, f"{x_most * tick / 4:g}", anchor="middle"))
        parts.append(_text(LEFT - 6, y + 4, f"{y_most * tick / 4:g}", anchor="end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, anchor="middle"))
    parts.append(
        f'<g transform="translate(14 {HEIGHT / 2}) rotate(-90)">{_text(0, 0, y_label, anchor="middle")}</g>'
    )
    for at, (name, points) in enumerate(lines.items()):
        colour = COLOURS[at % len(COLOURS)]
        placed = [place(x, y) for x, y in points]
        path = " ".join(f"{x},{y}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in placed]
        parts.append(_text(WIDTH - RIGHT + 10, TOP + 12 + 16 * at, name, colour=colour))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(
    x: float, y: float, text: str, anchor: str = "start", colour: str = "#222222", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
