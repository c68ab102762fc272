"""Statistical secrecy, by attack: nothing that is published tells what one host declared."""

from __future__ import annotations

import csv
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from demo.auch import tourist_tax
from demo.auch.tourist_tax import HEADINGS
from demo.making import FIRST, OFFICES
from flows.night.steps import night
from reports.exports.open_data import write_open_data
from reports.exports.writing import cell_of_csv
from tests.security.attack import Cell, System, Truth, bounds, broken, is_unsafe, read_systems, start_of
from transforms.secrecy import (
    KINDS,
    Amounts,
    DisclosedCell,
    Rule,
    disclosed_declarations,
    disclosed_nights,
    disclosed_operators,
)
from warehouse.office.model import load_office
from warehouse.storage.layout import Home

RULE = Rule(3, Fraction("0.85"))
LONG_AFTER = date(2030, 1, 1)
Cells = dict[tuple[date, tuple[Any, ...]], dict[str, Amounts]]


# --- what is decided, on any table --------------------------------------------------------------------------


def lines(amount: st.SearchStrategy[int]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Declared lines: month, municipality, nature, category, host, amount."""
    return st.lists(
        st.tuples(
            st.sampled_from([date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 5, 1)]),
            st.sampled_from(["32013", "32307", "32003"]),
            st.sampled_from(["hotel", "furnished"]),
            st.sampled_from(["one_star", "two_star"]),
            st.sampled_from("abcdefgh"),
            amount,
        ),
        max_size=60,
    )


def cells_of(found: list[tuple[Any, ...]]) -> Cells:
    """Cells with what follows from an amount declared: the base, one share, as many taxable person-nights."""
    cells: Cells = {}
    for month, municipality, nature, category, host, amount in found:
        cell = cells.setdefault((month, (municipality, nature, category)), defaultdict(dict))
        for measure in ("declared", "taxable", "base", "share:department", "nights"):
            cell[measure][host] = cell[measure].get(host, 0) + amount
        cell["exempt"].setdefault(host, 0)
    return cells


def truth_of(cells: Cells, measure: str = "declared") -> Truth:
    return {
        (month, *place): {host: float(amount) for host, amount in cell.get(measure, {}).items()}
        for (month, place), cell in cells.items()
    }


def published(cells: Cells, told: list[DisclosedCell], measure: str, incomplete: set[Any]) -> System:
    """The figures of a measure that are published: cells told, and the totals of the office by period."""
    system = System([(month, *place) for month, place in cells])
    truth = truth_of(cells, measure)
    is_declared = measure == "declared"
    for one in told:
        cell = (one.month, *one.place)
        if one.is_disclosed and (is_declared or (one.month, one.place) not in incomplete):
            system.tell([cell], sum(truth[cell].values()))
    kinds = {one.month: one.declared_kind if is_declared else one.shares_kind for one in told}
    for kind, months in KINDS.items():
        by_start: dict[date, set[date]] = {}
        for month, finest in kinds.items():
            if kind != "half_year" and finest is not None and KINDS[finest] <= months:
                by_start.setdefault(start_of(kind, month), set()).add(month)
        for held in by_start.values():
            own = [cell for cell in system.cells if cell[0] in held]
            system.tell(own, sum(sum(truth[cell].values()) for cell in own))
    return system


@settings(max_examples=300, deadline=None)
@given(lines(st.integers(0, 9) | st.integers(50, 5000)), st.booleans())
def test_no_combination_of_published_totals_tells_a_host_s_amount(
    found: list[tuple[Any, ...]], is_running: bool
) -> None:
    cells = cells_of(found)
    told = list(disclosed_declarations(cells, [], date(2025, 6, 5) if is_running else LONG_AFTER, RULE))
    truth = truth_of(cells)
    # All that tariffs link is one system: a cell or total that is published of one of them is of all.
    system = published(cells, told, "declared", set())
    system.equations += published(cells, told, "base", set()).equations
    assert broken(system, truth) == []


TARIFFS = {"one": 20, "two": 45, "three": 78, "four": 90, "five": 112, "six": 157, "seven": 205}  # cents


def small_month(random: Random) -> Cells:
    """A month of an office: big hotels, which are told, and two to four categories of few hosts."""
    cells: Cells = {}

    def cell(place: str, category: str, hosts: int, fewest: int, most: int) -> None:
        nights = {f"{place}{rank}": random.randint(fewest, most) for rank in range(hosts)}
        money = {host: TARIFFS[category] * count for host, count in nights.items()}
        cells[date(2025, 1, 1), (place, "hotel", category)] = {
            "declared": money, "base": money, "taxable": nights, "nights": nights,
            "exempt": dict.fromkeys(nights, 0),
        }  # fmt: skip

    for category in random.sample(list(TARIFFS), random.randint(1, 3)):
        cell(f"big-{category}", category, 4, 150, 400)
    for category in random.sample(list(TARIFFS), random.randint(2, 4)):
        cell(f"small-{category}", category, random.choice([1, 1, 2]), 1, random.choice([20, 60]))
    return cells


def ways(amount: int, tariffs: Sequence[int], most: int = 2) -> int:
    """In how many ways an amount is a sum of whole person-nights at these tariffs; counts up to `most`."""
    first, *others = tariffs
    if not others:
        return int(amount % first == 0)
    found = 0
    for count in range(amount // first + 1):
        found += ways(amount - first * count, others, most - found)
        if found >= most:
            break
    return found


def solved_months(seed: int, months: int) -> tuple[int, int]:
    """Of random months with a published total: how many withhold something, how many can be solved."""
    random, attacked, solved = Random(seed), 0, 0
    for _ in range(months):
        cells = small_month(random)
        told = list(disclosed_declarations(cells, [], LONG_AFTER, RULE))
        if any(one.declared_kind != "month" for one in told):
            continue
        withheld: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for one in told:
            if not one.is_disclosed:
                withheld[TARIFFS[one.place[2]]].update(cells[one.month, one.place]["declared"])
        if all(RULE.allows(amounts) for amounts in withheld.values()):
            continue
        attacked += 1
        amount = sum(sum(amounts.values()) for amounts in withheld.values())
        solved += ways(amount, sorted(withheld, reverse=True)) == 1
    return attacked, solved


def test_whole_person_nights_at_public_tariffs_solve_no_remainder(monkeypatch: pytest.MonkeyPatch) -> None:
    attacked, solved = solved_months(1, 100)
    assert attacked > 30
    assert solved == 0
    # The attack is one: without the rule it succeeds.
    monkeypatch.setattr("transforms.secrecy.FEWEST_TARIFFS", 0)
    attacked, solved = solved_months(1, 100)
    assert solved > 2


@settings(max_examples=200, deadline=None)
@given(lines(st.integers(-300, 300)))
def test_corrections_that_cancel_hide_nobody(found: list[tuple[Any, ...]]) -> None:
    cells = cells_of(found)
    told = list(disclosed_declarations(cells, [], LONG_AFTER, RULE))
    truth = truth_of(cells)
    system = published(cells, told, "declared", set())
    periods = [frozenset(c for c in truth if start_of("quarter", c[0]) == date(2025, n, 1)) for n in (1, 4)]
    wanted = [*(frozenset([cell]) for cell in truth), frozenset(truth), *periods]
    wanted = [target for target in wanted if target and is_unsafe(truth, target)]
    assert system.determined(wanted) == []


@settings(max_examples=200, deadline=None)
@given(lines(st.integers(1, 900)), st.sets(st.integers(0, 20), max_size=6))
def test_bases_that_are_not_all_known_tell_nobody_s(found: list[tuple[Any, ...]], unpriced: set[int]) -> None:
    cells = cells_of(found)
    # Lines without a tariff have no base: their hosts are missing from the base of their cells.
    incomplete = set()
    for rank, (month, *place, host, _) in enumerate(found):
        if rank in unpriced:
            key = (month, tuple(place))
            incomplete.add(key)
            for measure in ("base", "share:department"):
                cells[key][measure].pop(host, None)
    told = list(disclosed_declarations(cells, incomplete, LONG_AFTER, RULE))
    assert broken(published(cells, told, "base", incomplete), truth_of(cells, "base")) == []
    assert broken(published(cells, told, "declared", incomplete), truth_of(cells)) == []


@settings(max_examples=25, deadline=None)
@given(lines(st.integers(1, 9) | st.integers(50, 5000)))
def test_who_knows_all_hosts_knows_no_amount_within_a_tenth(found: list[tuple[Any, ...]]) -> None:
    cells = cells_of(found)
    told = list(disclosed_declarations(cells, [], LONG_AFTER, RULE))
    truth = truth_of(cells)
    system = published(cells, told, "declared", set())
    for one in told:
        cell = (one.month, *one.place)
        if not one.is_disclosed:
            host, amount = max(truth[cell].items(), key=lambda pair: pair[1])
            low, high = bounds(system, truth, host, [cell])
            assert low == 0
            assert high > 1.1 * amount


SOUTH = {"32003"}


@settings(max_examples=200, deadline=None)
@example(
    [
        (date(2025, 1, 1), "32013", "hotel", *one)
        for one in [("one_star", "a", 0), ("two_star", "a", 5), ("two_star", "b", 50), ("two_star", "c", 4)]
    ]
)
@given(lines(st.integers(0, 9) | st.integers(50, 900)))
def test_person_nights_of_a_year_tell_nobody_s_beside_the_cells(found: list[tuple[Any, ...]]) -> None:
    """Totals of two intercommunalities, of categories and of all, beside every cell that is told."""
    cells = cells_of(found)
    told = {(one.month, one.place) for one in disclosed_declarations(cells, [], LONG_AFTER, RULE)
            if one.is_disclosed}  # fmt: skip

    def block(key: tuple[date, tuple[Any, ...]]) -> tuple[str, str]:
        return ("south" if key[1][0] in SOUTH else "north", key[1][2])

    nights: dict[tuple[str, str], Amounts] = defaultdict(dict)
    untold: dict[tuple[str, str], Amounts] = defaultdict(dict)
    for key, cell in cells.items():
        for host, amount in cell["nights"].items():
            for into in (nights,) if key in told else (nights, untold):
                into[block(key)][host] = into[block(key)].get(host, 0) + amount
    disclosed = disclosed_nights(nights, untold, RULE)
    system = System([(month, *place) for month, place in cells])
    for month, place in told:
        system.tell([(month, *place)], 0)
    wholes = [cells] if disclosed.is_total else []
    wholes += [{key: {} for key in cells if block(key)[0] == one} for one in disclosed.territories]
    wholes += [{key: {} for key in cells if block(key)[1] == one} for one in disclosed.categories]
    for whole in wholes:
        system.tell([(month, *place) for month, place in whole], 0)
    assert broken(system, truth_of(cells, "nights")) == []


def test_without_secondary_suppression_the_attack_succeeds() -> None:
    """Three cells of July, one of a single host; the month is published."""
    july = date(2025, 7, 1)
    found = [(july, town, "hotel", "two_star", town + host, 100) for town in "12" for host in "abc"]
    found.append((july, "3", "hotel", "two_star", "lone", 77))
    cells = cells_of(found)
    truth = truth_of(cells)
    told = [
        DisclosedCell(*key, not is_unsafe(truth, [(key[0], *key[1])]), False, "month", "month")
        for key in cells
    ]
    lone = frozenset({(july, "3", "hotel", "two_star")})
    assert lone in broken(published(cells, told, "declared", set()), truth)
    told = list(disclosed_declarations(cells, [], LONG_AFTER, RULE))
    assert [one.place[0] for one in told if one.is_disclosed] == ["2"]
    assert broken(published(cells, told, "declared", set()), truth) == []


@settings(max_examples=50, deadline=None)
@given(lines(st.integers(0, 900)), lines(st.integers(0, 900)), st.randoms(use_true_random=False))
def test_a_year_is_told_alike_whatever_comes_after_it_and_in_whatever_order(
    found: list[tuple[Any, ...]], later: list[tuple[Any, ...]], dice: Any
) -> None:
    told = list(disclosed_declarations(cells_of(found), [], LONG_AFTER, RULE))
    mixed = [*found, *((month.replace(year=2026), *rest) for month, *rest in later)]
    dice.shuffle(mixed)
    again = disclosed_declarations(cells_of(mixed), [], LONG_AFTER, RULE)
    assert [one for one in again if one.month.year == 2025] == told


def test_a_month_that_waits_for_declarations_is_in_no_total_until_its_year_is_over() -> None:
    found = [(date(2025, month, 1), "1", "hotel", "two_star", host, 9) for month in (1, 2) for host in "abc"]
    cells = cells_of([*found, (date(2025, 3, 1), "1", "hotel", "two_star", "a", 9)])

    def kinds(as_of: date) -> list[str | None]:
        return [one.declared_kind for one in disclosed_declarations(cells, [], as_of, RULE)]

    assert kinds(date(2025, 4, 15)) == ["month", "month", None]
    assert kinds(date(2026, 3, 31)) == ["month", "month", None]
    assert kinds(date(2026, 4, 1)) == ["quarter", "quarter", "quarter"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Airbnb", "Booking", "GTG"]), st.sampled_from([2, 5, 8]),
            st.sampled_from(["32013", "32307", "32003", "32014"]), st.integers(1, 500),
        ),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_no_combination_of_operators_totals_tells_a_lodging_s_amount(
    found: list[tuple[str, int, str, int]],
) -> None:
    cells: dict[tuple[str, date], dict[str, Amounts]] = {}
    for operator, month, commune, amount in found:
        amounts = cells.setdefault((operator, date(2025, month, 1)), {"declared": {}})["declared"]
        amounts[commune] = amounts.get(commune, 0) + amount
    truth = {
        (month, operator, "", ""): {key: float(value) for key, value in cell["declared"].items()}
        for (operator, month), cell in cells.items()
    }
    system = System(list(truth))
    told = list(disclosed_operators(cells, RULE))
    for one in told:
        own = [cell for cell in truth if cell[1] == one.operator]
        for first in (1, 7) if one.kind == "half_year" else ():
            half = [cell for cell in own if first <= cell[0].month < first + 6]
            if half:
                system.tell(half, 0)
        if one.kind is not None:
            system.tell(own, 0)
    if told[0].is_sum_disclosed:
        system.tell(truth, 0)
    assert broken(system, truth) == []


# --- what a night publishes, on the demonstration's declarations with small cells among them ----------------

# Month, commune, nature, category, host, taxable and exempt person-nights of lodgings that are few.
SMALL = [
    # A hotel that makes up nearly all of its cell, and two small ones beside it.
    (5, "32091", "Hôtel de tourisme", "3 étoiles", "big", 4000, 0),
    (5, "32091", "Hôtel de tourisme", "3 étoiles", "small-1", 20, 0),
    (5, "32091", "Hôtel de tourisme", "3 étoiles", "small-2", 20, 0),
    # Accounts that let nothing are no hosts of their cell.
    (6, "32091", "Chambre d'hôtes", "Chambre d'hôtes", "alone", 60, 4),
    (6, "32091", "Chambre d'hôtes", "Chambre d'hôtes", "empty-1", 0, 0),
    (6, "32091", "Chambre d'hôtes", "Chambre d'hôtes", "empty-2", 0, 0),
    # Three hosts, exempt person-nights of one.
    (7, "32117", "Meublé de tourisme", "5 étoiles", "rich-1", 90, 30),
    (7, "32117", "Meublé de tourisme", "5 étoiles", "rich-2", 80, 0),
    (7, "32117", "Meublé de tourisme", "5 étoiles", "rich-3", 70, 0),
]
SETTLED = 1_750_000_000  # June 2025: long ago
TARIFF = {"3 étoiles": "1.12", "Chambre d'hôtes": "0.78", "5 étoiles": "2.05"}


def small_declarations() -> bytes:
    """A file of declarations of the few lodgings of SMALL."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for rank, (month, commune, nature, category, host, taxable, exempt) in enumerate(SMALL):
        base = (Decimal(TARIFF[category]) * taxable).quantize(Decimal("0.01"))
        declared = sum((base * part).quantize(Decimal("0.01")) for part in map(Decimal, ("1", "0.1", "0.34")))
        last = {5: 31, 6: 30, 7: 31}[month]
        writer.writerow([
            f"S{rank}", f"01/{month:02}/2025", f"{last}/{month:02}/2025", host, f"H-{host}", "", commune, "",
            nature, category, "50", "30", "", "", taxable, exempt, taxable + exempt, "",
            str(declared).replace(".", ","), "", "", "",
        ])  # fmt: skip
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def secret_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a night on the tourist tax alone."""
    home = Home(tmp_path_factory.mktemp("secret") / "home")
    home.root.mkdir()
    shutil.copyfile(OFFICES / FIRST / "office.yml", home.office_file)
    tourist_tax.generate(home.inbox, seed=2025)
    small = home.inbox / "tourist_tax" / "declarations-2025-petits.csv"
    small.write_bytes(small_declarations())
    os.utime(small, (SETTLED, SETTLED))
    report = night(
        home, load_office(home.office_file), datetime(2026, 4, 5, 1, 30, tzinfo=UTC), only=["tourist_tax"]
    )
    assert report.published is not None
    assert set(report.published.held) <= {"method_break"}
    return home


@pytest.fixture(scope="module")
def true_amounts(secret_home: Home) -> dict[str, Truth]:
    """What each host contributes to each cell, by measure: what no reader of the published copy has."""
    columns = {
        name: name
        for name in ("declared_eur", "base_eur", "additional_shares_eur", "taxable_person_nights",
                     "exempt_person_nights", "person_nights")
    } | {"share": "additional_shares_eur", "money": "declared_eur"}  # fmt: skip
    truths: dict[str, Truth] = {}
    with duckdb.connect(str(secret_home.database), read_only=True) as connection:
        for measure, column in columns.items():
            truth: dict[Cell, dict[str, float]] = {}
            for *cell, host, amount in connection.execute(
                f"""SELECT month_start, municipality_code, nature, category, host_id, sum({column})
                    FROM staging.tax_declaration_line GROUP BY ALL"""
            ).fetchall():
                truth.setdefault(tuple(cell), {})[host] = float(amount or 0)
            truths[measure] = truth
    return truths


@pytest.fixture(scope="module", params=["database", "parquet"])
def version(request: pytest.FixtureRequest, secret_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published version, in either form."""
    if request.param == "database":
        with duckdb.connect(str(secret_home.published_database), read_only=True) as connection:
            yield connection
        return
    with duckdb.connect() as connection:
        for folder in ("marts", "quality"):
            connection.execute(f"CREATE SCHEMA {folder}")
            for path in (secret_home.current / folder).glob("*.parquet"):
                connection.execute(f"CREATE VIEW {folder}.{path.stem} AS FROM read_parquet('{path}')")
        yield connection


def test_no_published_table_of_a_night_gives_a_host_s_amount_away(
    version: duckdb.DuckDBPyConnection, true_amounts: Mapping[str, Truth]
) -> None:
    systems = read_systems(version)
    assert len(systems["money"].equations) > 500
    found = {measure: broken(systems[measure], truth) for measure, truth in true_amounts.items()}
    assert {measure: given[:2] for measure, given in found.items() if given} == {}


def test_the_open_data_package_holds_published_cells_alone_and_what_is_withheld_is_empty(
    secret_home: Home, tmp_path: Path
) -> None:
    """From less than what is published, which the attack above does not break, nobody computes more."""
    office = load_office(secret_home.office_file)
    with duckdb.connect(str(secret_home.published_database), read_only=True) as connection:
        write_open_data(connection, office, "v", datetime(2026, 4, 5, tzinfo=UTC), tmp_path / "open")
        for path in (tmp_path / "open" / "data").glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                _, *opened = csv.reader(file)
            published = connection.execute(f"FROM marts.{path.stem}").fetchall()
            cells = [["" if one is None else str(cell_of_csv(one)) for one in row] for row in published]
            assert sorted(opened) == sorted(cells), path.stem
        (suppressed,) = connection.execute(
            "SELECT count(*) FROM marts.tax_declaration_month WHERE is_suppressed"
        ).fetchone() or (0,)
    assert suppressed > 0
    with (tmp_path / "open" / "data" / "tax_declaration_month.csv").open(encoding="utf-8") as file:
        withheld = [row for row in csv.DictReader(file) if row["is_suppressed"] == "true"]
    assert len(withheld) == suppressed
    assert {row["declared_eur"] for row in withheld} == {""}


def test_what_a_night_publishes_without_secondary_suppression_is_broken(
    version: duckdb.DuckDBPyConnection, true_amounts: Mapping[str, Truth]
) -> None:
    """The same version with every safe cell of May told, and every cell of its totals but one host's."""
    system, truth = read_systems(version)["money"], true_amounts["money"]
    unsafe = [cell for cell in truth if cell[0] == date(2025, 5, 1) and is_unsafe(truth, [cell])]
    for cell in truth:
        if cell[0] == date(2025, 5, 1) and cell != unsafe[0]:
            system.tell([cell], sum(truth[cell].values()))
    assert frozenset(unsafe[:1]) in broken(system, truth)


def test_cells_of_few_hosts_are_empty_in_each_of_their_measures(version: duckdb.DuckDBPyConnection) -> None:
    rows = version.execute(
        """SELECT month(month_start), is_suppressed, host_count, declared_eur IS NULL,
                  exempt_person_nights, person_nights
           FROM marts.tax_declaration_month
           WHERE (month_start, municipality_code, category) IN (
               (DATE '2025-05-01', '32091', 'three_star'), (DATE '2025-07-01', '32117', 'five_star'))
             AND nature IN ('hotel', 'furnished') ORDER BY 1"""
    ).fetchall()
    assert rows == [(5, True, None, True, None, None), (7, False, 3, False, None, None)]


def test_no_file_s_total_of_the_tourist_tax_is_published(version: duckdb.DuckDBPyConnection) -> None:
    totals = version.execute(
        "SELECT count(*), count(stated), count(loaded), min(is_met) FROM quality.control_total"
    ).fetchall()
    assert totals == [(4, 0, 0, True)]
    columns = version.execute("SELECT * FROM marts.tax_statement LIMIT 0").description or []
    assert not [name for name, *_ in columns if name.endswith("_eur")]


def test_operators_are_told_by_year_and_half_year_at_the_finest(version: duckdb.DuckDBPyConnection) -> None:
    kinds = version.execute(
        """SELECT DISTINCT period_kind FROM marts.indicator_value
           WHERE indicator = 'tax_declared' AND dimension <> 'without_digital_operators'"""
    ).fetchall()
    assert kinds == [("year",)]
    told = version.execute(
        """SELECT period_kind, declared_eur FROM marts.tax_operator_period
           WHERE operator = 'other_operators' AND year_start = DATE '2025-01-01'"""
    ).fetchall()
    # Three lines of two communes in one half of the year.
    assert told == [("year", Decimal("306.57"))]


# Instants of published marts: hours, files, machines and public records; none is one visitor's or payer's.
INSTANTS = {
    "counted_series.utc_hour", "counter.first_count_at", "counter.last_count_at", "counter.until_at",
    "counter_channel.ended_at", "counter_channel.started_at", "counter_hour.utc_hour",
    "indicator_value.refreshed_at", "motorhome_payment_day.first_unseen_hour", "museum_year.stated_at",
    "published_account.stated_at", "tourism_bed_place.version_at",
    "tourism_delivery.produced_at", "tourism_object.created_at", "tourism_object.modified_at",
    "tourism_object.removed_at",
}  # fmt: skip


def test_no_published_mart_holds_what_singles_out_a_vehicle_a_payment_or_a_host(
    version: duckdb.DuckDBPyConnection,
) -> None:
    columns = version.execute(
        """SELECT table_name || '.' || column_name, data_type FROM duckdb_columns()
           WHERE schema_name = 'marts' AND NOT internal"""
    ).fetchall()
    assert len(columns) > 200
    assert {name for name, type_ in columns if type_.startswith("TIMESTAMP")} <= INSTANTS
    telling = ("ticket", "plate", "lane", "payment_number", "host_id", "lodging_id", "registration_number")
    assert [name for name, _ in columns if name.split(".")[1].removeprefix("is_").startswith(telling)] == []
