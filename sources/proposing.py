"""Draft the layout of a file that no layout fits: what each of its columns seems to be, on which evidence.

A guess stands on headings that are alike, words that a category knows, and cells that are all numbers or
dates. What is ready is YAML that loads as it is; what is open is a question in a comment.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import islice
from pathlib import Path

from sources.layouts import Layout
from sources.reading.heading import is_pattern, plain
from sources.reading.recognising import Opened, Table, look
from sources.reading.workbooks import cell_text, cells_of_sheet
from warehouse.spec import COMMON_COLUMNS, ColumnSpec, SourceSpec, TableSpec
from warehouse.words.messages import number, say
from warehouse.words.personal import looks_personal
from warehouse.words.printable import printable
from warehouse.words.shapes import shape

ALIKE = 0.6  # of two headings, from which on they are taken for the same
MOST_OF = 0.8  # of the cells of a column that have to fit
MOST_ROWS = 100_000
CENTS = re.compile(r"\b(cts?|cents?|centimes?)\b")
MOST_WORDS = 20  # of a column that is one of categories
SHOWN_SAMPLES = 2
FORMS = {
    "number": r"[+-]?\s*[€$£]?\s*\d[\d\s\u00a0\u202f.,']*\s*(€|EUR|%)?",
    "date": r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T,]+\d{1,2}[:h]\d{2}.*)?",
    "time": r"\d{1,2}[:h]\d{2}(:\d{2})?",
}
FORM_OF = {
    "integer": "number", "number": "number", "decimal": "number", "date": "date", "timestamp": "date",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A column of the file: its heading, and its cells that are not empty."""

    heading: str
    cells: Sequence[str]

    def share(self, form: str) -> float:
        """Share of the cells that have a form."""
        fits = sum(re.fullmatch(FORMS[form], cell.strip()) is not None for cell in self.cells)
        return fits / len(self.cells) if self.cells else 0.0


@dataclass(frozen=True)
class Guess:
    """What a column of the file seems to be, how sure that is, and the share of its cells that fit."""

    seen: Seen
    score: float
    share: float


def propose(
    path: Path, name: str, spec: SourceSpec, layouts: Sequence[Layout], work: Path, language: str
) -> str:
    """The draft as YAML; raises RefusedDeliveryError for a file that is neither a text nor a workbook."""
    opened = look(path, name, work, language)
    tables = [spec.table(one.tables[0]) for one in spec.deliveries if one.tables]
    best: tuple[float, int, TableSpec, Table, list[str]] | None = None
    for place in opened.tables:
        for rank, cells in enumerate(place.head):
            texts = [cell.strip() for cell in cells]
            # Values are no headings.
            filled = [t for t in texts if t and not any(re.fullmatch(form, t) for form in FORMS.values())]
            for table in tables:
                alike = sum(
                    max((_alike(text, names) for text in filled), default=0.0)
                    for names in _spellings(table, layouts).values()
                )
                score = alike + len(filled) / 100 + place.is_visible / 1000
                if best is None or score > best[0]:
                    best = (score, rank, table, place, texts)
    assert best is not None, "a file that is opened has a row"
    _, rank, table, place, headings = best
    columns = _columns(opened, place, rank, headings, language)
    return "\n".join(_written(table, layouts, columns, name, language)) + "\n"


def _columns(opened: Opened, place: Table, rank: int, headings: Sequence[str], language: str) -> list[Seen]:
    """The columns below the headings; those of total lines and the like stay among their cells."""
    rows: list[list[str]]
    if opened.workbook is not None:
        found = cells_of_sheet(opened.workbook, place.sheet or "", opened.name, language)
        rows = [[cell_text(cell) for cell in row] for row in found[rank + 1 : rank + 1 + MOST_ROWS]]
    else:
        with opened.path.open(encoding="utf-8", newline="") as lines:
            for _ in range(rank + 1):
                next(lines)
            rows = list(islice(csv.reader(lines, delimiter=place.separator), MOST_ROWS))
    return [
        Seen(heading, [row[at].strip() for row in rows if at < len(row) and row[at].strip()])
        for at, heading in enumerate(headings)
        if heading
    ]


def _spellings(table: TableSpec, layouts: Sequence[Layout]) -> dict[str, tuple[str, ...]]:
    """How tools that are known write each column that a layout of the table names."""
    known: dict[str, tuple[str, ...]] = {}
    common = {column.name for column in COMMON_COLUMNS}
    for layout in layouts:
        if layout.table == table.name:
            for name, column in layout.columns.items():
                written = tuple(one for one in column.heading if not is_pattern(one))
                known[name] = (*known.get(name, ()), *written)
    for ours in table.columns:
        if ours.name not in common and (ours.required or not known):
            known.setdefault(ours.name, ())
    return {name: (*names, name.replace("_", " ")) for name, names in known.items()}


def _alike(text: str, names: Sequence[str]) -> float:
    return max((_ratio(plain(text), plain(name)) for name in names), default=0.0)


@cache
def _ratio(one: str, other: str) -> float:
    ratio = SequenceMatcher(None, one, other).ratio()
    return ratio if ratio >= ALIKE else 0.0


def _words(column: ColumnSpec, table: TableSpec, layouts: Sequence[Layout]) -> dict[str, str]:
    """Our category for each word that is known for it, folded."""
    words = {plain(one): one for one in column.categories}
    for layout in layouts:
        if layout.table == table.name and column.name in layout.columns:
            for category, names in layout.columns[column.name].values.items():
                words |= {plain(one): category for one in names if not is_pattern(one)}
    return words


def _guess(
    column: ColumnSpec,
    table: TableSpec,
    layouts: Sequence[Layout],
    names: Sequence[str],
    columns: Sequence[Seen],
) -> Guess | None:
    """The column of the file that is most likely ours, if any is likely."""
    best: Guess | None = None
    words = _words(column, table, layouts)
    is_key = column.name.endswith(("_number", "_reference", "_id")) and column.required
    for seen in columns:
        score, share = _alike(seen.heading, names), 1.0
        form = FORM_OF.get(column.type)
        if form is not None:
            share = seen.share(form)
            score = 0.0 if share < MOST_OF else score + (1.0 if form == "date" else 0.0)
        elif column.categories:
            share = sum(plain(cell) in words for cell in seen.cells) / max(len(seen.cells), 1)
            is_closed = 0 < len(set(seen.cells)) <= MOST_WORDS
            score = score + share if is_closed else 0.0
        elif is_key and len(set(seen.cells)) == len(seen.cells) > 1 and seen.share("date") < MOST_OF:
            score += 0.5 if seen.share("number") < MOST_OF or score else 0.0
        if seen.cells and score > 0 and (best is None or score > best.score):
            best = Guess(seen, score, share)
    return best


def _written(
    table: TableSpec, layouts: Sequence[Layout], columns: Sequence[Seen], name: str, language: str
) -> Iterator[str]:
    """The lines of the draft."""
    spellings = _spellings(table, layouts)
    specs = {column.name: column for column in table.columns}
    guesses = {
        ours: found
        for ours, names in spellings.items()
        if (found := _guess(specs[ours], table, layouts, names, columns)) is not None
    }
    guesses = dict(_each_once(guesses, specs))
    yield "# " + say("propose.head", language, file=printable(name))
    yield "# " + say("propose.tool", language)
    yield f"tool: {_yaml(Path(name).stem)}"
    yield f"table: {table.name}"
    yield "columns:"
    clock = next((one for one in columns if one.cells and one.share("time") >= MOST_OF), None)
    for ours, guess in guesses.items():
        yield "  # " + _evidence(specs[ours], guess, language)
        yield from _column(ours, specs[ours], guess, table, layouts, clock, language)
    for ours in spellings:
        if ours not in guesses:
            key = "propose.missing" if specs[ours].required else "propose.absent"
            yield "  # " + say(key, language, column=ours, description=specs[ours].description.strip())
            yield f"  # {ours}: {{heading: …}}"
    used = {guess.seen.heading for guess in guesses.values()} | {clock.heading if clock else ""}
    for seen in columns:
        if seen.heading not in used:
            samples = _samples(seen.cells, language, is_hidden=True)
            yield "# " + say("propose.unused", language, heading=printable(seen.heading), samples=samples)
    totals = [one for one in columns if any(plain(cell).startswith("total") for cell in one.cells)]
    if totals:
        yield "# " + say("propose.totals", language, heading=printable(totals[0].heading))
        yield f'rows: {{totals: {{heading: {_yaml(totals[0].heading)}, values: "/^total/"}}}}'


def _each_once(guesses: Mapping[str, Guess], specs: Mapping[str, ColumnSpec]) -> Iterator[tuple[str, Guess]]:
    """The guesses, without a column that is surer to be another of ours; a date may be day and instant."""
    for ours, guess in guesses.items():
        rivals = [
            other.score
            for name, other in guesses.items()
            if name != ours
            and other.seen is guess.seen
            and not (FORM_OF.get(specs[name].type) == FORM_OF.get(specs[ours].type) == "date")
        ]
        if all(guess.score > score for score in rivals):
            yield ours, guess


def _column(
    ours: str,
    spec: ColumnSpec,
    guess: Guess,
    table: TableSpec,
    layouts: Sequence[Layout],
    clock: Seen | None,
    language: str,
) -> Iterator[str]:
    """The line of a column, and the questions that it leaves."""
    said = [f"heading: {_yaml(guess.seen.heading)}"]
    if spec.type == "timestamp" and clock is not None:
        said.append(f"time: {_yaml(clock.heading)}")
    open_words: list[tuple[str, int]] = []
    if spec.categories:
        words = _words(spec, table, layouts)
        meant: dict[str, list[str]] = {}
        for cell, count in Counter(guess.seen.cells).most_common(MOST_WORDS):
            if plain(cell) in words:
                meant.setdefault(words[plain(cell)], []).append(cell)
            else:
                open_words.append((cell, count))
        if meant:
            listed = ", ".join(f"{one}: [{', '.join(map(_yaml, cells))}]" for one, cells in meant.items())
            said.append(f"values: {{{listed}}}")
    line = f"{ours}: {{{', '.join(said)}}}"
    if spec.unit == "EUR" and CENTS.search(plain(guess.seen.heading)):
        # Taken for euros each would count a hundred times, and no layout divides.
        yield "  # " + say("propose.cents", language, heading=printable(guess.seen.heading))
        yield f"  # {line}"
    else:
        yield f"  {line}"
    for cell, count in open_words:
        shown = shape(cell, language) if looks_personal(cell) else printable(cell)
        words_told = {"word": shown, "count": number(count, language), "choices": ", ".join(spec.categories)}
        yield "  # " + say("propose.word", language, column=ours, **words_told)


def _evidence(spec: ColumnSpec, guess: Guess, language: str) -> str:
    cells = guess.seen.cells
    is_shown = spec.type in FORM_OF  # a number or a date is nobody's, however many digits it has
    samples = _samples(cells, language, is_hidden=spec.personal, is_shown=is_shown)
    share = number(100 * guess.share, language)
    count = number(len(cells), language)
    heading = printable(guess.seen.heading)
    return say("propose.evidence", language, heading=heading, samples=samples, share=share, count=count)


def _samples(cells: Sequence[str], language: str, *, is_hidden: bool, is_shown: bool = False) -> str:
    """Two values of a column, by their shapes where they may be somebody's."""

    def shown(cell: str) -> str:
        is_safe = is_shown or not looks_personal(cell)
        return f"« {printable(cell)} »" if is_safe and not is_hidden else shape(cell, language)

    return ", ".join(map(shown, list(dict.fromkeys(cells))[:SHOWN_SAMPLES])) or "–"


def _yaml(text: str) -> str:
    """A text as YAML reads it back: JSON is a part of it."""
    return json.dumps(printable(text), ensure_ascii=False)
