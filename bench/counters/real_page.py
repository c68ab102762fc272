"""How real deaths are told: bars and tables of both pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from scipy import stats

from bench.counters.lives import BESIDE, shares
from bench.counters.real import CLEAN, TRICKLES
from bench.counters.tables import bar, table

Row = Mapping[str, Any]
Told = Callable[[Row, Row, str], str]
OURS = "vigie"
WHO = {"desk": "with a desk", "neighbour": "with a neighbour alone", "alone": "alone"}
# What was measured before trickles were looked for, by volume: alarms a year beside a desk, and open hours to
# the alarm of a clean death, median and P90.
ALARMS_BEFORE = {20: 0.8, 60: 0.8, 200: 0.6}
DELAYS_BEFORE = {
    "tune": {20: (13.0, 22.0), 60: (6.0, 13.0), 200: (3.0, 9.0)},
    "test": {20: (11.0, 23.0), 60: (7.0, 13.0), 200: (5.0, 11.0)},
}
LONGER = 1.05
FEW = """These are some 50 lives a line at three sizes of doors, several of them at one door and on the same
days: one life is 2 %, and what befalls one door stands in several lines. A fault that comes in pieces
(`in_pieces`) is one incident that is told as over between them, because the counter is at work there; each
time it takes longer.
"""


def section(split: str, real: Row, noticing: Row) -> Iterator[str]:
    """The section of one split, given the rows of `bench.counters.real` and of `bench.counters.noticing`."""
    yield "### Real deaths\n"
    yield (
        "Few counters die cleanly: most that die still count a little. Faults of 60 days at 2, 5 and 10 % of"
        " the passages (trickles) and at none, then repaired, are followed to the 60th day after the repair,"
        " as people had them from the incidents. Closings too early are those told while the counter was"
        " still wrong. A door alone has neither a desk nor a neighbour: an office that closes without saying"
        " so looks dead there.\n"
    )
    yield from table(("line", "volume", "bar", "measured", ""), _bars(split, real, noticing))
    yield FEW
    yield "Every fault; hours are open hours to the first alarm, median.\n"
    yield from table(
        ("fault", "", "cases", "found", "hours", "right name", "under alarm", "incidents", "messages",
         "closed too early", "repairs named falsely"),
        (_life(row) for row in real["lives"]),
    )  # fmt: skip
    yield "Files that come seldom: days to the delivery at which a fault is told, median and longest.\n"
    rows = real["deliveries"]
    faults = [name for name in rows[0] if name.endswith("_days")]
    yield from table(
        ("files", *(name.removesuffix("_days") for name in faults), "false alarms a year", "taken back"),
        (
            [
                row["rhythm"],
                *(_days(row[name]) for name in faults),
                _number(row["a_year"], 2),
                row["taken_back"],
            ]
            for row in rows
        ),
    )
    yield "Totals printed of the days of a trickle, in per cent of the truth.\n"
    yield from table(
        ("", "printed", "cases", "with an interval", "truth within it", "error, median", "worst", "width"),
        (
            [WHO[row["beside"]], row["when"], row["cases"], row["printed"], row["covered"],
             row["error_median"], row["error_worst"], row["width_median"]]
            for row in real["totals"]
        ),
    )  # fmt: skip


def _bars(split: str, real: Row, noticing: Row) -> Iterator[list[Any]]:
    for beside in BESIDE:
        trickles = _chosen(real["lives"], TRICKLES, beside)
        repaired = [*trickles, *_chosen(real["lives"], (CLEAN,), beside)]
        own, every, who = shares(trickles), shares(repaired), WHO[beside]
        yield _at_least(f"trickles under alarm from detection on, {who}", 95, own["under_alarm"])
        yield _at_most(f"incidents a fault, {who}", 1.2, every["incidents"], "")
        early, closings = (sum(row[name] for row in repaired) for name in ("early", "closings"))
        shown = f"{_number(every['early'], 1, ' %')} ({_of(early, closings)})"
        is_reached = every["early"] is not None and every["early"] <= 2
        yield bar(f"closings while still wrong, {who}", "", "at most 2 %", shown, is_reached)
        yield _at_most(f"repairs followed by a false alarm, {who}", 5, every["falsely_named"])
    for row in noticing["false_alarms"]:
        if row["judge"] == OURS:
            yield _alarms("desk", row, ALARMS_BEFORE[row["volume"]])
    for row in real["calm"]:
        if row["conditions"] == "odd holidays":
            wrong = row["names"].get("clock_shift", 0)
            yield bar("clock_shift on odd holidays", row["volume"], "none", wrong, wrong == 0)
        else:
            yield _alarms(row["beside"], row, 1.0)
    for row in noticing["findings"]:
        if row["judge"] == OURS and row["fault"] == CLEAN:
            now = row["delay_hours_median"], row["delay_hours_p90"]
            before = DELAYS_BEFORE[split][row["volume"]]
            reached = all(n is not None and n <= LONGER * b for n, b in zip(now, before, strict=True))
            asked = f"at most {before[0]:.0f}, {before[1]:.0f} and 5 %"
            shown = ", ".join(_number(value, 0) for value in now)
            yield bar("hours to a clean death: median, P90", row["volume"], asked, shown, reached)
    totals = real["totals"]
    covered, printed = (sum(row[name] for row in totals) for name in ("covered", "printed"))
    shown = f"{_number(_percent(covered, printed), 1, ' %')} ({_of(covered, printed)})"
    is_reached = printed > 0 and covered / printed >= 0.85
    yield bar(
        "totals printed over a trickle: truth within the interval", "", "at least 85 %", shown, is_reached
    )


def missed(split: str, real: Row, noticing: Row) -> list[str]:
    """The bars of real deaths that are not reached, each with what was measured."""
    return [
        f"{what}{f' ({volume} a day)' if volume else ''}: {measured} (bar: {asked})"
        for what, volume, asked, measured, reached in _bars(split, real, noticing)
        if reached != "reached"
    ]


def _trickles(name: str, digits: int, unit: str) -> Told:
    def told(real: Row, _: Row, beside: str) -> str:
        return _number(shares(_chosen(real["lives"], TRICKLES, beside))[name], digits, unit)

    return told


def _of_repairs(part: str, whole: str) -> Told:
    def told(real: Row, _: Row, beside: str) -> str:
        rows = _chosen(real["lives"], (*TRICKLES, CLEAN), beside)
        return _of(*(sum(row[name] for row in rows) for name in (part, whole)))

    return told


def _of(found: int, cases: int) -> str:
    """A share by its numbers, and what it may be in 95 of 100 such samples (Wilson)."""
    low, high = stats.binomtest(found, cases).proportion_ci(method="wilson") if cases else (0.0, 1.0)
    return f"{found} of {cases}: {100 * low:.0f} to {100 * high:.0f} %"


def _false_alarms(real: Row, noticing: Row, beside: str) -> str:
    rows = [row for row in noticing["false_alarms"] if row["judge"] == OURS]
    if beside != "desk":
        rows = [row for row in real["calm"] if row["beside"] == beside and row["conditions"] == "closures"]
    return ", ".join(f"{row['a_year']:.1f}" for row in rows)


# Lines of the table for readers: of the results and of who helps to judge.
TOLD: dict[str, Told] = {
    "share of a trickle's time under alarm, from the first alarm on": _trickles("under_alarm", 1, " %"),
    "incidents a trickle": _trickles("incidents", 2, ""),
    "messages a trickle": _trickles("messages", 1, ""),
    "closings while the counter was still wrong": _of_repairs("early", "closings"),
    "repairs followed by a false alarm": _of_repairs("falsely_named", "cases"),
    "false alarms a year": _false_alarms,
}


def _alarms(beside: str, row: Row, most: float) -> list[Any]:
    """The line of false alarms; the bar is written with one digit."""
    a_year = row["a_year"]
    what = f"false alarms a year, {WHO[beside]}"
    return bar(what, row["volume"], f"at most {most:g}", a_year, round(a_year, 1) <= most)


def _chosen(rows: Sequence[Row], faults: Sequence[str], beside: str) -> list[Any]:
    return [row for row in rows if row["fault"] in faults and row["beside"] == beside]


def _at_least(what: str, asked: float, share: float | None) -> list[Any]:
    return bar(
        what, "", f"at least {asked:g} %", _number(share, 1, " %"), share is not None and share >= asked
    )


def _at_most(what: str, asked: float, share: float | None, unit: str = " %") -> list[Any]:
    shown = _number(share, 1 if unit else 2, unit)
    return bar(what, "", f"at most {asked:g}{unit}", shown, share is not None and share <= asked)


def _life(row: Row) -> list[Any]:
    share = shares([dict(row)])
    where = f"{WHO[row['beside']]}, {row['volume']} a day"
    return [
        row["fault"], where, row["cases"], _number(share["found"], 0, " %"),
        "∞" if row["delay_hours_median"] is None else f"{row['delay_hours_median']:.0f}",
        _number(share["right"], 0, " %"), _number(share["under_alarm"], 0, " %"),
        _number(share["incidents"], 2), _number(share["messages"], 1),
        f"{row['early']} of {row['closings']}", _number(share["falsely_named"], 0, " %"),
    ]  # fmt: skip


def _days(delays: Mapping[str, float | None]) -> str:
    return ", ".join(_number(value, 1) for value in delays.values())


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def _number(value: float | None, digits: int, unit: str = "") -> str:
    return "–" if value is None else f"{value:.{digits}f}{unit}"
