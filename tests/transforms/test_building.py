"""A source whose models fail is withheld: the others are built, and nothing of it is left as if fresh."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.night.preparing import prepare
from flows.night.steps import tables_by_source
from transforms.building import Project
from warehouse.office.model import Office
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
COUNT = """INSERT INTO raw.counter_counts BY NAME
    SELECT 'auch' AS office, 1 AS delivery_id, 'auch-door' AS counter, 'E' AS channel_id, 'in' AS direction,
           TIMESTAMP '2025-07-04 10:00' AS start_at, TIMESTAMP '2025-07-04 11:00' AS end_at,
           1e30 AS passage_count"""
STATEMENT = """INSERT INTO raw.tax_operator_statements BY NAME
    SELECT 'auch' AS office, 1 AS delivery_id, 'Airbnb' AS statement_operator, 'Airbnb' AS operator,
           DATE '2025-01-01' AS statement_start, DATE '2025-06-30' AS statement_end,
           DATE '2025-04-12' AS perceived_on, false AS is_month_assumed, 6.45 AS declared_eur
    FROM range(100)"""  # so many that they are told (docs/decisions.md)

DELIVERY = """
    INSERT INTO quality.load
    SELECT 'auch', 'tourist_tax', 1, 'statements', 'airbnb-2025-S1.csv', 's', 1, TIMESTAMP '2025-07-10',
           TIMESTAMP '2025-07-10', 100, 100, 0, 0, 0, 'loaded', '', '', NULL"""


def test_a_sum_that_only_a_model_of_all_sources_meets_withholds_its_own_source(
    home: Home, office: Office
) -> None:
    prepare(home, office, AS_OF)
    with working(home) as connection:
        connection.execute(COUNT)
        connection.execute(STATEMENT)
        connection.execute(DELIVERY)
    prepare(home, office, AS_OF)
    project = Project(home)
    project.seed()
    project.run(tables_by_source(), ["facts"])
    assert project.failed == []
    project.run(tables_by_source(), ["indicators"])
    (failed,) = project.failed
    assert (failed.source, failed.model) == ("counters", "staging.observed_period")
    assert "DECIMAL(18,4)" in failed.detail
    with working(home) as connection:
        found = rows(connection, "SELECT DISTINCT indicator FROM marts.indicator_value ORDER BY 1")
        left = rows(connection, "SELECT * FROM marts.counter_hour")
    assert [row["indicator"] for row in found] == ["tax_declared"]
    assert left == []
