"""docs/indicators.md: every indicator, from its entry in transforms/dictionary."""

from __future__ import annotations

from collections.abc import Iterator

from reports.order import SECTIONS
from transforms.dictionary.entries import (
    Component,
    Entry,
    Peak,
    Published,
    Ratio,
    Share,
    Sum,
    sections,
)
from warehouse.words.messages import catalogue, say, unit

PAGE = """\
# The indicators

{notice}
What every figure means, by the sections of the activity report. Kinds: a `sum` adds up over days, a `level`
is the last observation of a period, a `distinct` counts different things once; a `ratio`, a `share` and a
`peak` are computed at each period from its sums, and never averaged. Periods are the day, week, month,
quarter and year, and the seasons of the office file. How to add one: [add an indicator](add-an-indicator.md).

{chapters}
"""


def indicators_page(notice: str) -> str:
    """The page: a chapter a section, a paragraph an indicator, components in a table at its end."""
    found = sections()
    named = [name for name in SECTIONS if name in found] + sorted(found.keys() - set(SECTIONS))
    chapters = ("\n".join(_chapter(name, dict(found[name]))) for name in named)
    return PAGE.format(notice=notice, chapters="\n".join(chapters))


def _chapter(section: str, entries: dict[str, Entry]) -> Iterator[str]:
    yield f"## {_word('section', section)}\n"
    for code, entry in entries.items():
        if not isinstance(entry, Component):
            yield from _indicator(code, entry)
    components = {code: entry for code, entry in entries.items() if isinstance(entry, Component)}
    if components:
        yield "Components, which are not published:\n"
        yield "| component | source | what it is |"
        yield "|---|---|---|"
        for code, entry in components.items():
            yield f"| `{code}` | {entry.source} | {_line(entry.definition.en)} |"
        yield ""


def _indicator(code: str, entry: Published) -> Iterator[str]:
    yield f"### {entry.label.en} · {entry.label.fr}\n"
    yield f"`{code}`: {_line(entry.definition.en)}\n"
    yield f"- unit: {unit(entry.unit, 'en')}; kind: {how(entry)}"
    yield f"- source: {entry.source}; model: `observed_{entry.source}`"
    if entry.scheme_actions:
        yield f"- actions of the scheme: {', '.join(map(str, entry.scheme_actions))}"
    if entry.quality_family:
        yield f"- family of the quality manual: {entry.quality_family}"
    if entry.wholes:
        yield f"- sums of other dimensions: {', '.join(f'`{one}`' for one in entry.wholes)}"
    if entry.largest:
        yield f"- published: the {entry.largest} largest of a place and period"
    if entry.not_comparable:
        yield f"- not comparable: {_line(entry.not_comparable.en)}"
    yield ""


def how(entry: Published) -> str:
    """How an indicator comes about, in words."""
    if isinstance(entry, Ratio):
        return f"ratio of `{entry.of}` to `{entry.by}`"
    if isinstance(entry, Share):
        whole = "its dimensions" if entry.within == "dimension" else f"`{entry.within}`"
        without = f", without {', '.join(entry.leaving_out)}" if entry.leaving_out else ""
        return f"share of `{entry.of}` in {whole}{without}"
    if isinstance(entry, Peak):
        return f"peak of `{entry.of}`"
    if isinstance(entry, Sum):
        by_slot = ", compared slot by slot" if entry.comparison == "slots" else ""
        return f"sum{by_slot}{', what was not observed estimated beside it' if entry.is_estimated else ''}"
    return entry.kind


def _word(kind: str, code: str) -> str:
    return say(f"{kind}.{code}", "en") if f"{kind}.{code}" in catalogue() else code


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
