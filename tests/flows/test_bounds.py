"""The extreme values that reading accepts go through a night; one beyond holds its own source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import duckdb
import pytest
import yaml

import sources.catalogue
from flows.night.steps import NightReport, night
from sources.staged import write_rows
from tests.flows.conftest import OFFICE, Mailbox, mail_server
from transforms.dictionary.entries import indicators
from warehouse.clock import nightly_instant
from warehouse.office.model import Office, load_office
from warehouse.spec import NUMERIC, ColumnSpec, TableSpec
from warehouse.storage.database import ensure_raw_tables, rows, working
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery

FIRST_NIGHT = date(2025, 7, 1)
FIRST_ROW = date(2024, 3, 1)
# What rows must share to meet in a model; a column of another table is what its name says.
MEETS = {
    "period": "2025",
    "value": "-999 999 999 999,99",
    "counter": "door", "site": "aire", "weekdays": "1111111", "opens_at": "09:00",
    "month_days": ",1-1,", "municipality_code": "32013", "authority_siren": "200066926", "operator": "Airbnb",
    "statement_operator": "Airbnb", "department_code": "32", "nature": "hotel",
    "plate_hash": "0" * 64, "plate_hash_last_year": "0" * 64,
    "category": "unclassified", "regime": "flat_rate", "deliberated_on": date(2022, 3, 1),
    "state": "PUBLISHED", "entered_on": date(2022, 6, 1), "kind": "OUVERTURE_TOUS_LES_JOURS",
}  # fmt: skip
CATEGORIES = ("unclassified", "four_star")  # a percentage of the price, and an amount a person-night


def office_file() -> dict[str, Any]:
    """The small office with all four systems."""
    area = {"code": "aire", "name": "Aire", "always_open": True}
    return {
        **OFFICE,
        "department": "32",
        "municipalities": [{"code": "32013", "name": "Auch"}],
        "sites": [*OFFICE["sites"], area],
        "systems": {
            "tourism_information": {"platform_criterion_ids": [0, 9_999_999_999]},
            "motorhome": [{"site": "aire", "capacity": 20, "vat_pct": 20}],
            "tourist_tax": {
                "authority_siren": "200066926",
                "operators": [{"code": "Airbnb", "files": "airbnb-*.csv"}],
            },
        },
    }


def extreme_rows(table: TableSpec) -> list[dict[str, Any]]:
    """Rows whose numbers are the least or the largest accepted: all least, all largest, then mixed."""
    random = Random(table.name)
    # Of a delivery there is one row, and all rows are of one delivery; it does not delete all that it brings.
    steps = {"counter_counts": 1200, "tourism_deliveries": 1, "tourism_deletions": 2}.get(table.name, 40)
    return [
        {
            name: value_of(table, column, rank, steps, random)
            for name, column in table.all_columns.items()
            if name not in ("office", "delivery_id")
        }
        for rank in range(steps)
    ]


def value_of(table: TableSpec, column: ColumnSpec, rank: int, steps: int, random: Random) -> Any:
    """The value of a column in the row of a rank."""
    is_largest = (rank == 1) if rank < 2 else random.random() < 0.5
    # Three open hours of a day, 400 days; other tables have a row every ten days.
    happened = datetime(FIRST_ROW.year, FIRST_ROW.month, FIRST_ROW.day, 10) + (  # noqa: DTZ001
        timedelta(days=rank // 3, hours=rank % 3)
        if steps > 100
        else timedelta(days=400 * (rank + 1) // steps)
    )
    bounds = column.bounds
    if column.name == "category":
        return CATEGORIES[rank % 2]
    if column.name in MEETS:
        return MEETS[column.name]
    if table.name == "counter_counts" and column.name in ("channel_id", "direction"):
        return {"channel_id": "Entrées", "direction": "in"}[column.name]
    if column.name == "end_at":
        return happened + timedelta(hours=1)
    if column.name == "index_reading":
        return None  # a count is either; the index has a test of its own
    if column.name in table.primary_key and column.type == "integer":
        return (rank if rank else bounds.minimum) if rank != 1 else bounds.maximum  # type: ignore[union-attr]
    if column.type in NUMERIC:
        assert bounds is not None
        return bounds.maximum if is_largest else bounds.minimum
    if column.type in ("date", "timestamp"):
        assert bounds is not None
        is_of_the_calendar = column.name in (table.happened, *table.key, "local_date", "period_start")
        if is_of_the_calendar or rank > 1:
            return happened if column.type == "timestamp" else happened.date()
        day = bounds.maximum if rank else bounds.minimum
        assert isinstance(day, date)
        return day if column.type == "date" else datetime.combine(day, time())
    if column.type == "boolean":
        return (
            rank % 2 == 0 if column.name == "is_percent" else column.name.startswith(("has_", "is_complete"))
        )
    if column.categories:
        return column.categories[rank % len(column.categories)]
    return f"{column.name}-{rank}"


def fill(home: Home, office: Office) -> None:
    """Raw tables of all sources with their extreme rows."""
    home.work.mkdir(parents=True, exist_ok=True)
    delivery = Delivery(1, office.code, "x", "x", "0" * 64, datetime(2025, 6, 1), home.root)  # noqa: DTZ001
    with working(home) as connection:
        for name in sources.catalogue.names():
            for table in sources.catalogue.find(name).SPEC.tables:
                ensure_raw_tables(connection, [table])
                path = write_rows(table, extreme_rows(table), delivery, home.work)
                connection.execute(
                    f"INSERT INTO raw.{table.name} BY NAME SELECT * FROM read_parquet(?)", [str(path)]
                )
                path.unlink()


@dataclass(frozen=True)
class Held:
    """Nights of one home: of extreme values, then with values that no model can take."""

    home: Home
    extreme: NightReport
    poisoned: NightReport
    box: Mailbox


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    home = Home(tmp_path_factory.mktemp("bounds") / "home")
    home.root.mkdir()
    home.office_file.write_text(yaml.safe_dump(office_file(), allow_unicode=True), encoding="utf-8")
    office = load_office(home.office_file)
    fill(home, office)
    with mail_server() as box:
        extreme = night(home, office, nightly_instant(FIRST_NIGHT, office.zone))
        keep(home)
        with working(home) as connection:
            connection.execute("UPDATE raw.tax_declarations SET taxable_person_nights = 123456789")
            connection.execute(
                "INSERT INTO raw.counter_counts SELECT * REPLACE (5 AS passage_count, "
                "TIMESTAMP '2025-07-01 10:00' AS start_at, TIMESTAMP '2025-07-01 11:00' AS end_at) "
                "FROM raw.counter_counts LIMIT 1"
            )
        poisoned = night(home, office, nightly_instant(FIRST_NIGHT + timedelta(1), office.zone))
        yield Held(home, extreme, poisoned, box)


def keep(home: Home) -> None:
    """Keep the published version beside the home."""
    (home.root / "first.duckdb").write_bytes(home.published_database.read_bytes())


def first(held: Held, query: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(held.home.root / "first.duckdb"), read_only=True) as connection:
        return rows(connection, query)


def now(held: Held, query: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(held.home.published_database), read_only=True) as connection:
        return rows(connection, query)


def test_the_largest_and_smallest_accepted_values_go_through_all_models(held: Held) -> None:
    assert held.extreme.failures == {}
    assert held.extreme.published is not None
    (row,) = first(held, "SELECT count(DISTINCT indicator) AS n FROM marts.indicator_value")
    assert row["n"] > 0.8 * len(indicators())


def test_a_source_whose_models_fail_is_named_with_its_model_and_why(held: Held) -> None:
    failures = held.poisoned.failures
    assert set(failures) == {"tourist_tax"}
    assert "tax_declaration_line" in failures["tourist_tax"]
    assert "123456789" in failures["tourist_tax"]
    assert "Taxe de séjour" in failures["tourist_tax"]
    assert held.poisoned.exit_status == 1


def test_its_failure_is_a_failed_check_an_incident_and_a_message(held: Held) -> None:
    failed = now(held, 'SELECT "check" FROM quality.check_result WHERE "check" LIKE \'builds:%\' ORDER BY 1')
    assert [row["check"] for row in failed] == ["builds:tourist_tax"]
    (incident,) = now(
        held, "SELECT status FROM quality.incident WHERE subject = 'check:staging.tax_declaration_line'"
    )
    assert incident["status"] == "open"
    told = "".join(str(mail.get_body(("plain",)).get_content()) for mail in held.box.messages)  # type: ignore[union-attr]
    assert "tax_declaration_line" in told
    assert "123456789" not in told  # a mail tells what stood in a cell by its shape
    (run,) = now(held, "SELECT status, message FROM quality.run ORDER BY as_of DESC LIMIT 1")
    assert run["status"] == "check_failed"
    assert "tax_declaration_line" in run["message"]


def test_its_last_published_figures_stay(held: Held) -> None:
    query = """SELECT value.* FROM marts.indicator_value AS value JOIN marts.indicator USING (indicator)
                WHERE source_system = 'tourist_tax' ORDER BY ALL"""
    assert first(held, query)
    assert now(held, query) == first(held, query)


def test_a_mart_of_its_own_is_the_one_published_before(held: Held) -> None:
    query = "SELECT * FROM marts.tax_declaration_month ORDER BY ALL"
    assert first(held, query)
    assert now(held, query) == first(held, query)


@pytest.mark.parametrize("source", ["counters", "motorhome", "tourism_information"])
def test_the_other_sources_are_published_fresh(held: Held, source: str) -> None:
    query = f"""SELECT DISTINCT refreshed_at FROM marts.indicator_value JOIN marts.indicator USING (indicator)
                WHERE source_system = '{source}'"""
    assert now(held, query) != first(held, query)
    assert len(now(held, query)) == 1


def test_the_counts_of_the_day_are_published(held: Held) -> None:
    query = "SELECT max(local_date) AS last FROM marts.counter_hour WHERE passage_count IS NOT NULL"
    assert (first(held, query), now(held, query)) == (
        [{"last": date(2025, 4, 4)}], [{"last": date(2025, 7, 1)}]
    )  # fmt: skip
