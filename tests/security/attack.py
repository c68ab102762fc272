"""An attack on statistical secrecy: all linear equations that published figures are, solved.

It reads published tables and nothing else, and knows nothing of how figures are withheld. Unknowns are the
amounts of each cell (month, commune, nature, category), which the table lists, empty ones too. `determined`
tells which sums of cells follow from the figures; the truth, which the attacker does not have, tells which of
those are a host's own.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import numpy as np
from scipy.optimize import linprog

Cell = tuple[Any, ...]  # month, municipality, nature, category
Truth = Mapping[Cell, Mapping[str, float]]  # of one measure: amounts by host and cell
MONTHS = {"month": 1, "july_august": 2, "quarter": 3, "year": 12}
SEASONS = {"july_august": (7, 8)}  # first and last month, as in the demonstration's office.yml
MONEY = ("declared_eur", "base_eur", "additional_shares_eur", "taxable_person_nights")
MEASURES = (*MONEY, "exempt_person_nights", "person_nights")


@dataclass
class System:
    """Equations between the amounts of cells, of one measure: each a set of cells and their known sum."""

    cells: list[Cell]
    equations: list[tuple[frozenset[Cell], float]] = field(default_factory=list)

    def tell(self, cells: Iterable[Cell], value: float) -> None:
        """Add that these cells come to a value."""
        self.equations.append((frozenset(cells), value))

    def matrix(self) -> tuple[np.ndarray, np.ndarray]:
        """The equations as rows, and their values."""
        place = {cell: n for n, cell in enumerate(self.cells)}
        rows = np.zeros((len(self.equations), len(self.cells)))
        for row, (cells, _) in zip(rows, self.equations, strict=True):
            row[[place[cell] for cell in cells]] = 1
        return rows, np.array([value for _, value in self.equations])

    def determined(self, targets: Sequence[frozenset[Cell]]) -> list[frozenset[Cell]]:
        """The sums of cells that follow from the equations: those in the span of their rows."""
        if not self.equations or not targets:
            return []
        rows, _ = self.matrix()
        place = {cell: n for n, cell in enumerate(self.cells)}
        # Cells that are told one by one are known: what is left are few equations of many unknowns.
        known = {next(iter(cells)) for cells, _ in self.equations if len(cells) == 1}
        unknown = [n for cell, n in place.items() if cell not in known]
        left = rows[:, unknown]
        _, singular, basis = np.linalg.svd(left[left.any(axis=1)], full_matrices=False)
        basis = basis[singular > 1e-9]
        found = []
        for target in targets:
            wanted = np.zeros(len(self.cells))
            wanted[[place[cell] for cell in target]] = 1
            wanted = wanted[unknown]
            rest = wanted - basis.T @ (basis @ wanted)
            if np.abs(rest).max(initial=0) < 1e-7:
                found.append(target)
        return found


def start_of(kind: str, month: date) -> date:
    """First day of the period of a kind that holds a month; outside of a season, that of the month itself."""
    if kind in SEASONS:
        first, last = SEASONS[kind]
        return month.replace(month=first) if first <= month.month <= last else month
    return date(month.year, (month.month - 1) // MONTHS[kind] * MONTHS[kind] + 1, 1)


def read_systems(connection: duckdb.DuckDBPyConnection, schema: str = "marts") -> dict[str, System]:
    """The equations of a published version, by measure; `money` is all that tariffs make of one another."""

    def ask(query: str) -> list[dict[str, Any]]:
        answer = connection.execute(query.replace("marts.", f"{schema}."))
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    rows = ask("FROM marts.tax_declaration_month")
    cells = [(row["month_start"], row["municipality_code"], row["nature"], row["category"]) for row in rows]
    systems = {name: System(cells) for name in (*MEASURES, "share", "money")}
    for cell, row in zip(cells, rows, strict=True):
        for measure in MEASURES:
            if row[measure] is not None:
                systems[measure].tell([cell], float(row[measure]))
                if measure in MONEY:
                    systems["money"].tell([cell], float(row[measure]))
        nights = [row[name] for name in ("taxable_person_nights", "exempt_person_nights", "person_nights")]
        if sum(value is not None for value in nights) == 2:  # the third is their sum or difference
            for name in ("taxable_person_nights", "exempt_person_nights", "person_nights"):
                systems[name].tell([cell], 0.0)
    figures = ask(
        """SELECT dimension, indicator, period_kind, period_start, value, previous_value
           FROM marts.indicator_value
           WHERE indicator = 'tax_share' OR dimension = 'without_digital_operators'"""
    )
    for row in figures:
        share = row["indicator"] == "tax_share"
        names = (
            ["share", "base_eur", "additional_shares_eur", "money"] if share else ["declared_eur", "money"]
        )
        kinds = {
            (one["period_kind"], one["period_start"])
            for one in figures
            if (one["indicator"], one["dimension"]) == (row["indicator"], row["dimension"])
        }
        held = _months(cells, row["period_kind"], row["period_start"], kinds)
        for name in names:
            systems[name].tell([cell for cell in cells if cell[0] in held], float(row["value"]))
        if row["previous_value"] is not None:
            before = row["period_start"].replace(year=row["period_start"].year - 1)
            held = _months(cells, row["period_kind"], before, kinds)
            for name in names:
                systems[name].tell([cell for cell in cells if cell[0] in held], float(row["previous_value"]))
    # Beds on offer can be counted by anybody: a rate of them tells the person-nights of its category.
    for row in ask(
        """SELECT indicator, dimension, period_start, value FROM marts.indicator_value
           WHERE period_kind = 'year'
             AND (indicator = 'bed_fill_rate' OR indicator = 'tourist_tax_nights' AND dimension = '')"""
    ):
        year = [cell for cell in cells if cell[0].year == row["period_start"].year]
        held_cells = [cell for cell in year if row["dimension"] in ("", cell[3])]
        systems["person_nights"].tell(held_cells, float(row["value"]))
    for row in ask("FROM marts.tax_reconciliation WHERE subject = 'hosts'"):
        kinds = {
            (one["period_kind"], one["period_start"]) for one in figures if one["indicator"] == "tax_declared"
        }
        held = _months(cells, "year", row["year_start"], kinds)
        for name in ("declared_eur", "base_eur", "additional_shares_eur"):
            if row[name] is not None:
                for told in (name, "money"):
                    systems[told].tell([cell for cell in cells if cell[0] in held], float(row[name]))
    return systems


def _months(cells: Sequence[Cell], kind: str, start: date, figures: set[tuple[str, date]]) -> set[date]:
    """The months that a figure holds: those with a figure of their own, where any of its year has one."""
    months = {cell[0] for cell in cells if start_of(kind, cell[0]) == start}
    for finer in ("month", "quarter"):
        if any(of == finer and at.year == start.year for of, at in figures) and MONTHS[finer] <= MONTHS[kind]:
            return {month for month in months if (finer, start_of(finer, month)) in figures}
    return months


def targets(truth: Truth) -> Iterator[frozenset[Cell]]:
    """What an attacker may want: all sums of cells by period and dimensions, and those of each host's own."""
    cells = list(truth)
    groups: defaultdict[Any, set[Cell]] = defaultdict(set)
    for cell in cells:
        for kind in MONTHS:
            for size in range(4):
                for dimensions in itertools.combinations((1, 2, 3), size):
                    values = tuple(cell[n] for n in dimensions)
                    groups[kind, start_of(kind, cell[0]), dimensions, values].add(cell)
        hosts = tuple(sorted(host for host, amount in truth[cell].items() if amount))
        if len(hosts) < 3:
            groups["own", hosts].add(cell)
            groups["own", hosts, cell[0].year].add(cell)
    yield from dict.fromkeys(frozenset(group) for group in groups.values())


def is_unsafe(truth: Truth, cells: Iterable[Cell], *, fewest: int = 3, largest_share: float = 0.85) -> bool:
    """Whether a sum of cells is that of fewer than three hosts, or mostly that of one."""
    by_host: defaultdict[str, float] = defaultdict(float)
    for cell in cells:
        for host, amount in truth.get(cell, {}).items():
            by_host[host] += amount
    sizes = [abs(amount) for amount in by_host.values() if abs(amount) > 1e-9]
    return len(sizes) < fewest or max(sizes) > largest_share * sum(sizes) + 1e-9


def broken(system: System, truth: Truth) -> list[frozenset[Cell]]:
    """The unsafe sums of cells that the published figures give away."""
    wanted = [target for target in targets(truth) if is_unsafe(truth, target)]
    return system.determined(wanted)


def bounds(system: System, truth: Truth, host: str, cells: Iterable[Cell]) -> tuple[float, float]:
    """Between what a host's amount in some cells lies, for who knows all hosts of all cells and no amount."""
    unknowns = [(cell, one) for cell in system.cells for one in truth[cell]]
    wanted = set(cells)
    goal = np.array([1.0 if cell in wanted and one == host else 0.0 for cell, one in unknowns])
    rows = np.array([[float(cell in held) for cell, _ in unknowns] for held, _ in system.equations])
    rows = rows.reshape(len(system.equations), len(unknowns))
    values = np.array([value for _, value in system.equations])
    found = []
    for sign in (1, -1):
        answer = linprog(sign * goal, A_eq=rows, b_eq=values, bounds=(0, None), method="highs")
        found.append(float("inf") if answer.status == 3 else sign * answer.fun)
    return found[0], found[1]
