"""What a reader made of a wild file, held against what is right.

A silent error is a value that was loaded and differs from the truth, a row that was loaded and should not
be, a row that vanished without being named, or a file that was loaded where it must be refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from bench.wild.pages import Fact, File, Line, Page, Values
from warehouse.spec import TableSpec
from warehouse.words.person import fold

Outcome = Literal["right", "named", "refused", "unnamed", "silent"]


@dataclass(frozen=True)
class Named:
    """A fault that the reader named: its row, and its column by heading and position, where it says them."""

    row: int | None
    column: str | None
    reason: str
    sheet: str | None = None
    position: int | None = None  # of the column, from 1


@dataclass(frozen=True)
class Read:
    """What a reader gives: the rows it loaded, what it named, what it left out by rule, what it tells."""

    rows: list[Values] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    filtered: Mapping[str, int] = field(default_factory=dict)
    refusal: str | None = None
    crashed: bool = False  # `refusal` is then the error
    notices: list[str] = field(default_factory=list)


Reader = Callable[[Path, str, TableSpec], Read]


@dataclass(frozen=True)
class Silent:
    """A silent error: the row of the file (None where no line resembles), what was read, what is right."""

    kind: Literal["wrong value", "row too many", "row lost", "guessed"]
    row: int | None
    read: str
    right: str


@dataclass
class Verdict:
    """What became of one file: rows read right, silent errors, and the traps by outcome."""

    file: str
    loaded: bool
    as_meant: bool  # loaded where it should be, refused with the reason where it should be
    rows_right: int = 0
    rows_named: int = 0
    silent: list[Silent] = field(default_factory=list)
    traps: Counter[Outcome] = field(default_factory=Counter)
    unmet: list[str] = field(default_factory=list)  # traps that are neither right nor named
    refusal: str | None = None


def judge(file: File, read: Read) -> Verdict:
    """Hold what was read of a written file against its truth."""
    loaded = read.refusal is None
    verdict = Verdict(file.name, loaded, False, refusal=read.refusal)
    traps = [*file.traps, *(trap for page in file.pages for trap in page.traps)]
    lines = file.lines
    if not loaded:
        is_meant = file.refused is not None and _holds([read.refusal or ""], file.refused)
        verdict.as_meant = is_meant and not read.crashed
        outcome: Outcome = (
            "named" if verdict.as_meant else "unnamed" if file.refused is not None else "refused"
        )
        every = traps + [trap for _, line in lines for trap in line.traps]
        verdict.traps[outcome] += len(every)
        if outcome != "named":
            verdict.unmet = [f"{trap.kind}: {trap.right}" for trap in every]
        return verdict

    facts = [(page, line, fact) for page, line in lines for fact in line.facts]
    extras, unread = _difference(facts, read.rows)
    verdict.rows_right = len(facts) - len(unread)
    wrong = _attribute(extras, unread, verdict)
    named_lines: set[int] = set()
    for page, line, fact in unread:
        if _names(read.named, page, line, fact.column) or _is_told(page, file, read):
            verdict.rows_named += 1
            named_lines.add(id(line))
        elif id(fact) not in wrong:
            verdict.silent.append(Silent("row lost", line.row, "nothing", shown(fact.values)))
            wrong[id(fact)] = line
    if file.refused is not None and not file.either:
        verdict.silent.append(
            Silent("guessed", None, f"{len(read.rows)} rows", "refused: " + ", ".join(file.refused))
        )
    verdict.as_meant = (file.refused is None or file.either) and not verdict.silent
    silent_lines = {id(line) for line in wrong.values()}
    _judge_traps(lines, read, silent_lines, named_lines, verdict)
    told = _holds([*read.notices, *(one.reason for one in read.named)], file.told)
    for trap in traps:
        outcome = "silent" if verdict.silent else "right" if told else "unnamed"
        verdict.traps[outcome] += 1
        if outcome == "unnamed":
            verdict.unmet.append(f"{trap.kind}: {trap.right}")
    return verdict


def _difference(
    facts: Sequence[tuple[Page, Line, Fact]], rows: Iterable[Values]
) -> tuple[list[Values], list[tuple[Page, Line, Fact]]]:
    """Loaded rows that are no fact, and the facts that were not loaded (those to be named among them)."""
    names = {name for _, _, fact in facts for name in fact.values}
    loaded: dict[tuple[Any, ...], list[Values]] = {}
    for row in rows:
        loaded.setdefault(_canonical(row, names), []).append(row)
    unread = []
    for page, line, fact in facts:
        same = loaded.get(_canonical(fact.values, names)) if fact.fate == "loads" else None
        if same:
            same.pop()
        else:
            unread.append((page, line, fact))
    return [row for left in loaded.values() for row in left], unread


def _canonical(row: Values, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(plain_value(row.get(name)) for name in sorted(names))


def plain_value(value: Any) -> Any:
    """A value for comparison: numbers as decimals of nine places, a day as its midnight, lists as sets."""
    if isinstance(value, bool) or value is None or isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return frozenset(value.split(",")) if "," in value else value
    if isinstance(value, int | float | Decimal):
        return round(Decimal(str(value)), 9)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value  # noqa: DTZ001


def _attribute(
    extras: list[Values], unread: Sequence[tuple[Page, Line, Fact]], verdict: Verdict
) -> dict[int, Line]:
    """Tell each loaded row that is no fact as a silent error of the line it resembles most; these lines."""
    wrong: dict[int, Line] = {}
    for row in extras:
        free = [one for one in unread if id(one[2]) not in wrong]
        alike = max(free, key=lambda one: _alikeness(row, one[2]), default=None)
        if alike is None or not _alikeness(row, alike[2]):
            verdict.silent.append(Silent("row too many", None, shown(row), "no such row"))
            continue
        _, line, fact = alike
        differing = [n for n, v in fact.values.items() if plain_value(v) != plain_value(row.get(n))]
        read = shown({name: row.get(name) for name in differing})
        right = shown({name: fact.values[name] for name in differing})
        if fact.fate == "named":
            read, right = shown(row), "named by its cell"
        verdict.silent.append(Silent("wrong value", line.row, read, right))
        wrong[id(fact)] = line
    return wrong


def _alikeness(row: Values, fact: Fact) -> int:
    equal = (v is not None and plain_value(v) == plain_value(row.get(n)) for n, v in fact.values.items())
    return sum(equal)


def _judge_traps(
    lines: Sequence[tuple[Page, Line]],
    read: Read,
    silent: set[int],
    named: set[int],
    verdict: Verdict,
) -> None:
    for page, line in lines:
        columns = {trap.column for trap in line.traps}
        for trap in line.traps:
            outcome: Outcome = "right"
            if id(line) in silent:
                outcome = "silent"
            elif id(line) in named:
                is_named = _names_one(read.named, page, line, columns) or not _of_line(read.named, page, line)
                outcome = "named" if is_named else "unnamed"
            elif any(one.kind == "row too many" for one in verdict.silent) and not line.facts:
                outcome = "silent"
            verdict.traps[outcome] += 1
            if outcome in ("unnamed", "silent"):
                verdict.unmet.append(f"row {line.row}, {trap.kind}: {trap.right}")


def _names(named: Iterable[Named], page: Page, line: Line, column: int | None) -> bool:
    """True where a fault was named in that line, and in that column where the fact comes from one cell."""
    for one in _of_line(named, page, line):
        if column is None or one.column is None or _is_column(one, page, column):
            return True
    return False


def _is_told(page: Page, file: File, read: Read) -> bool:
    """True where a notice names the sheet, one of several, as one that was not read."""
    return len(file.pages) > 1 and _holds(read.notices, [f"« {page.name} »"])


def _names_one(named: Iterable[Named], page: Page, line: Line, columns: set[int | None]) -> bool:
    """True where a fault was named in one of these columns of the line, or of the line as a whole."""
    return any(
        None in columns or one.column is None or _is_column(one, page, rank)
        for one in _of_line(named, page, line)
        for rank in columns
    )


def _of_line(named: Iterable[Named], page: Page, line: Line) -> list[Named]:
    return [n for n in named if n.row == line.row and n.sheet in (None, "", page.name)]


def _is_column(one: Named, page: Page, rank: int | None) -> bool:
    if rank is None:
        return False
    if one.position == rank + 1:
        return True
    heading = page.headings[rank].text if rank < len(page.headings) else ""
    return bool(heading) and fold(heading)[0] in fold(one.column or "")[0]


def _holds(texts: Sequence[str], words: Sequence[str]) -> bool:
    """True where each of the words stands in one of the texts, whatever its case and accents."""
    whole = fold("\n".join(texts))[0]
    return all(fold(word)[0] in whole for word in words)


def shown(values: Values) -> str:
    """Values for people, by column."""
    return ", ".join(f"{name} {_plain(value)}" for name, value in values.items()) or "nothing"


def _plain(value: Any) -> str:
    return str(value) if value is not None else "empty"
