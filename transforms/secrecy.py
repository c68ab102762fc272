"""Statistical secrecy: which figures may be published, so that nobody's own amount follows from them.

A figure is safe when at least `fewest` contributors stand behind it, none of whom makes up more than
`largest_share` of the sum of their absolute amounts; who contributes nothing is no contributor. Published
totals form a tree (year, quarter, month, cell): all that can be computed from them are the remainders, what
is left of a total once its published parts are taken away, and sums of remainders. So it is enough that every
remainder is a safe figure too; sums of safe figures are safe. The most that anybody can know of a
contributor is then a sum of which he makes up `largest_share` at most.

Amounts that follow from public tariffs say more: person-nights are whole, and an amount may be a sum of two
tariffs in one way alone. So a remainder holds `FEWEST_TARIFFS` of them at least, or one that nobody knows, or
what each tariff comes to is safe itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

Amounts = dict[str, int]  # by contributor, in whole units small enough to be exact: cents
Cell = Mapping[str, Amounts]  # by measure
Key = TypeVar("Key", bound=tuple[Any, ...])

KINDS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}  # months that a period holds
COMPLETE_FROM = (4, 1)  # the day of the next year by which the declarations of a year's last months have come
DECLARED = "declared"
FEWEST_TARIFFS = 4  # in a remainder: the sums of three can still be told apart now and then
PRICED = ("base", "share")  # measures that begin so follow from a tariff: they are known in proportion


@dataclass(frozen=True)
class Rule:
    """When a figure is safe."""

    fewest: int
    largest_share: Fraction

    def allows(self, amounts: Mapping[str, int]) -> bool:
        """Whether a sum over these contributors may be known."""
        sizes = [abs(amount) for amount in amounts.values() if amount]
        return len(sizes) >= self.fewest and max(sizes) <= self.largest_share * sum(sizes)


@dataclass(frozen=True)
class Period:
    """Months that a total is published for."""

    kind: str
    start: date
    months: tuple[date, ...]


def withheld(
    cells: Mapping[Key, Cell], unsafe: Collection[Key], is_hidden: Callable[[Collection[Key]], bool]
) -> set[Key]:
    """The cells to withhold beside a total of all that is published.

    These are the unsafe ones, and with them the smallest others until their sum `is_hidden`; those that prove
    not to be needed stay published. All of them are withheld when nothing less is enough.
    """
    chosen = set(unsafe)
    others = sorted(
        cells.keys() - chosen,
        key=lambda key: (sum(map(abs, cells[key][DECLARED].values())), [str(part) for part in key]),
    )
    added: list[Key] = []
    while chosen and not is_hidden(chosen) and len(added) < len(others):
        added.append(others[len(added)])
        chosen.add(added[-1])
    for key in reversed(added[:-1]):
        if is_hidden(chosen - {key}):
            chosen.discard(key)
    return chosen


def tariff(cell: Cell) -> Fraction | None:
    """What a taxable person-night of a cell costs; None where its hosts have no tariff in common."""
    base, nights = cell.get("base", {}), cell.get("taxable", {})
    if any(amount and not nights.get(host) for host, amount in base.items()):
        return None
    rates = {Fraction(base.get(host, 0), count) for host, count in nights.items() if count}
    return rates.pop() if len(rates) == 1 else None


def is_ambiguous(cells: Iterable[Cell], rule: Rule) -> bool:
    """Whether the sum of these cells tells nobody's amount to whoever knows the tariffs."""
    by_tariff: defaultdict[Fraction | None, list[Cell]] = defaultdict(list)
    for cell in cells:
        if any(cell.get(DECLARED, {}).values()):
            by_tariff[tariff(cell)].append(cell)
    return (
        None in by_tariff
        or len(by_tariff) >= FEWEST_TARIFFS
        or all(rule.allows(total(own, DECLARED)) for own in by_tariff.values())
    )


def total(cells: Iterable[Cell], measure: str) -> Amounts:
    """What each contributor adds to the sum of some cells, of one measure."""
    found: defaultdict[str, int] = defaultdict(int)
    for cell in cells:
        for contributor, amount in cell.get(measure, {}).items():
            found[contributor] += amount
    return found


def start_of(kind: str, month: date) -> date:
    """First day of the period of a kind that holds a month."""
    return date(month.year, (month.month - 1) // KINDS[kind] * KINDS[kind] + 1, 1)


def periods(
    kinds: Sequence[str],
    months: Sequence[date],
    is_safe: Callable[[Collection[date]], bool],
    *,
    is_running: bool = False,
) -> list[Period]:
    """The finest periods of a year, all of one kind, that may be published; none when not even the year may.

    Longer ones are their sums, and must be safe too: corrections may cancel from one to the other. Of a year
    that `is_running` the last periods may still wait for more contributors: they are left out.
    """
    for rank, kind in enumerate(kinds):
        found = by_period(kind, months)
        while found and is_running and kind != "year" and not is_safe(found[-1].months):
            found.pop()
        kept = [month for period in found for month in period.months]
        longer = [period for other in kinds[rank + 1 :] for period in by_period(other, kept)]
        if found and all(is_safe(period.months) for period in [*found, *longer]):
            return found
    return []


def by_period(kind: str, months: Iterable[date]) -> list[Period]:
    """Months put together in periods of a kind, in order."""
    by_start: defaultdict[date, list[date]] = defaultdict(list)
    for month in sorted(months):
        by_start[start_of(kind, month)].append(month)
    return [Period(kind, start, tuple(own)) for start, own in by_start.items()]


# --- hosts' declarations ------------------------------------------------------------------------------------

Place = tuple[Any, ...]  # municipality, nature, category


@dataclass(frozen=True)
class DisclosedCell:
    """What may be published of a month and place, and the kinds of period its month is published in."""

    month: date
    place: Place
    is_disclosed: bool
    is_exempt_disclosed: bool
    declared_kind: str | None
    shares_kind: str | None


def disclosed_declarations(
    cells: Mapping[tuple[date, Place], Cell],
    incomplete: Collection[tuple[date, Place]],
    as_of: date,
    rule: Rule,
) -> Iterator[DisclosedCell]:
    """What may be published of an office's declarations, cell by cell, by month and place.

    Measures: `declared`, `taxable`, `exempt`, `nights` (the two together), `base` and `share:<kind>`. Base,
    shares, declared amounts and taxable person-nights follow from one another by published tariffs: of a cell
    they are told together or not at all. Exempt person-nights and all person-nights tell each other beside
    taxable ones, so these two are told together. `incomplete` are cells in which a line has no tariff: their
    base is not published. Totals are those of the office, by period.
    """
    for year in sorted({month.year for month, _ in cells}):
        own = {key: cell for key, cell in cells.items() if key[0].year == year}
        yield from _disclosed_year(own, incomplete, as_of < date(year + 1, *COMPLETE_FROM), rule)


def _disclosed_year(
    cells: Mapping[tuple[date, Place], Cell],
    incomplete: Collection[tuple[date, Place]],
    is_running: bool,
    rule: Rule,
) -> Iterator[DisclosedCell]:
    by_month: defaultdict[date, list[tuple[date, Place]]] = defaultdict(list)
    for key in cells:
        by_month[key[0]].append(key)
    priced = sorted({m for cell in cells.values() for m in cell if m.startswith(PRICED)})

    def keys_of(months: Iterable[date]) -> list[tuple[date, Place]]:
        return [key for month in months for key in by_month[month]]

    def is_safe(keys: Iterable[tuple[date, Place]], measure: str) -> bool:
        return rule.allows(total((cells[key] for key in keys), measure))

    unsafe = {
        key
        for key, cell in cells.items()
        if not all(
            rule.allows(amounts)
            for measure, amounts in cell.items()
            if measure in (DECLARED, "taxable") or (measure.startswith(PRICED) and key not in incomplete)
        )
    }

    def is_total_safe(months: Iterable[date]) -> bool:
        """Whether the total of these months may be known, if need be with every cell of them withheld."""
        own = keys_of(months)
        is_whole = unsafe.isdisjoint(own)
        return is_safe(own, DECLARED) and (is_whole or is_ambiguous((cells[key] for key in own), rule))

    declared = periods(("month", "quarter", "year"), list(by_month), is_total_safe, is_running=is_running)
    hidden = set(unsafe)
    for period in declared:
        own = keys_of(period.months)
        unpriced = {key for key in own if key in incomplete}
        disclosed = [measure for measure in priced if is_safe(own, measure)]

        def is_hidden(keys: Collection[tuple[date, Place]]) -> bool:
            return (
                is_safe(keys, DECLARED)
                and is_ambiguous((cells[key] for key in keys), rule)
                and all(
                    is_safe({*keys, *unpriced}, measure)  # noqa: B023 (called before the next turn)
                    for measure in disclosed  # noqa: B023
                )
            )

        hidden |= withheld({key: cells[key] for key in own}, unsafe & set(own), is_hidden)

    def is_share_disclosed(months: Iterable[date]) -> bool:
        """Whether base and shares of these months may be known beside those of the cells told."""
        own = keys_of(months)
        rest = [key for key in own if key in hidden or key in incomplete]
        is_open = not rest or is_ambiguous((cells[key] for key in rest), rule)
        return is_open and all(
            is_safe(own, measure) and (not rest or is_safe(rest, measure)) for measure in priced
        )

    months = [month for period in declared for month in period.months]
    kinds = list(KINDS)[list(KINDS).index(declared[0].kind) :] if declared else []
    shares = periods([kind for kind in kinds if kind != "half_year"], months, is_share_disclosed)
    declared_kind = {month: period.kind for period in declared for month in period.months}
    shares_kind = {month: period.kind for period in shares for month in period.months}
    for key in sorted(cells, key=lambda key: (key[0], [str(part) for part in key[1]])):
        month, place = key
        yield DisclosedCell(
            month, place, key not in hidden,
            key not in hidden and is_safe([key], "exempt") and is_safe([key], "nights"),
            declared_kind.get(month), shares_kind.get(month),
        )  # fmt: skip


# --- person-nights of a year --------------------------------------------------------------------------------

Block = tuple[str, str]  # intercommunality (empty where there is one), category


@dataclass(frozen=True)
class DisclosedNights:
    """Of which sums of a year's person-nights the figures may tell: all, by territory, by category."""

    is_total: bool
    territories: frozenset[str]
    categories: frozenset[str]


def disclosed_nights(
    nights: Mapping[Block, Amounts], untold: Mapping[Block, Amounts], rule: Rule
) -> DisclosedNights:
    """What may be published of a year's person-nights beside the cells that are told.

    `untold` is what the cells leave unknown, with the hosts of whom it is unknown that they had none. Totals
    by territory and by category tell no more than sums of atoms: a category that is told, and all others
    together, each within a territory. So every atom must be safe, or hold nothing that is unknown.
    Categories give way first, those of an unsafe atom and then the smallest; then territories.
    """
    territories = frozenset(territory for territory, _ in nights)

    def of(blocks: Mapping[Block, Amounts], inside: Callable[[Block], bool]) -> Amounts:
        return total(({DECLARED: amounts} for block, amounts in blocks.items() if inside(block)), DECLARED)

    def is_safe(inside: Callable[[Block], bool]) -> bool:
        rest = of(untold, inside)
        return not rest or rule.allows(rest)

    if not rule.allows(of(nights, lambda _: True)):
        return DisclosedNights(False, frozenset(), frozenset())
    by_category = {
        name: of(nights, lambda block, name=name: block[1] == name)  # type: ignore[misc]
        for name in {category for _, category in nights}
    }
    for told in (territories, frozenset[str]()):
        if not all(rule.allows(of(nights, lambda block: block[0] == one)) for one in told):  # noqa: B023
            continue
        groups = [frozenset([one]) for one in told] or [territories]
        categories = sorted(
            (
                name
                for name, amounts in by_category.items()
                if rule.allows(amounts)
                and all(is_safe(lambda block: block[0] in group and block[1] == name) for group in groups)  # noqa: B023
            ),
            key=lambda name: (-sum(map(abs, by_category[name].values())), name),
        )
        while True:
            if all(
                is_safe(lambda block: block[0] in group and block[1] not in categories)  # noqa: B023
                for group in groups
            ):
                return DisclosedNights(True, told, frozenset(categories))
            if not categories:
                break
            categories.pop()
    return DisclosedNights(False, frozenset(), frozenset())


# --- digital operators' statements --------------------------------------------------------------------------


@dataclass(frozen=True)
class DisclosedOperator:
    """The kind of period in which an operator's year is published; none when it is not."""

    operator: str
    year: int
    kind: str | None
    is_sum_disclosed: bool  # of all operators


def disclosed_operators(cells: Mapping[tuple[str, date], Cell], rule: Rule) -> Iterator[DisclosedOperator]:
    """What may be published of operators' statements, by operator and month, of the measure `declared`.

    By half-year, else by year; the sum of all operators by year, beside which a single operator that is
    withheld takes the smallest other with it.
    """
    for year in sorted({month.year for _, month in cells}):
        months: defaultdict[str, list[date]] = defaultdict(list)
        for operator, month in sorted(cells):
            if month.year == year:
                months[operator].append(month)
        kinds: dict[tuple[str], str] = {}
        whole: dict[tuple[str], Cell] = {}
        for operator, own in months.items():
            of = {month: cells[operator, month] for month in own}
            found = periods(
                ("half_year", "year"),
                own,
                lambda some: rule.allows(total((of[month] for month in some), DECLARED)),  # noqa: B023
            )
            whole[operator,] = {DECLARED: total(of.values(), DECLARED)}
            if found:
                kinds[operator,] = found[0].kind

        def is_hidden(keys: Collection[tuple[str]]) -> bool:
            return rule.allows(total((whole[key] for key in keys), DECLARED))  # noqa: B023

        is_sum_disclosed = is_hidden(whole.keys())
        hidden = whole.keys() - kinds.keys()
        if is_sum_disclosed:
            hidden = withheld(whole, hidden, is_hidden)
        for key in sorted(whole):
            yield DisclosedOperator(key[0], year, None if key in hidden else kinds[key], is_sum_disclosed)
