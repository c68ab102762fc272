"""A source whose models fail is withheld: the others are built, and nothing of it is left as if fresh."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.night import tables_by_source
from flows.preparing import prepare
from transforms.building import Project
from warehouse.database import rows, working
from warehouse.errors import VigieError
from warehouse.layout import Home
from warehouse.office import Office

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
PAYMENT = """INSERT INTO raw.motorhome_payments BY NAME
    SELECT 'auch' AS office, 1 AS delivery_id, 'ile-saint-martin' AS site,
           unnest(['1', '2']) AS payment_number,
           DATE '2025-07-05' AS local_date, TIMESTAMP '2025-07-05 08:00' AS paid_at, 1 AS nights_count,
           90000000000000 AS amount_eur, 0 AS tourist_tax_eur, 'sale' AS payment_kind"""
STATEMENT = """INSERT INTO raw.tax_operator_statements BY NAME
    SELECT 'auch' AS office, 1 AS delivery_id, 'Airbnb' AS statement_operator, 'Airbnb' AS operator,
           DATE '2025-01-01' AS statement_start, DATE '2025-06-30' AS statement_end,
           DATE '2025-04-12' AS perceived_on, false AS is_month_assumed, 6.45 AS declared_eur"""


def test_a_sum_that_only_a_model_of_all_sources_meets_withholds_its_own_source(
    home: Home, office: Office
) -> None:
    prepare(home, office, AS_OF)
    with working(home) as connection:
        connection.execute(PAYMENT)
        connection.execute(STATEMENT)
    prepare(home, office, AS_OF)
    project = Project(home)
    project.build(["seed"])
    project.run(tables_by_source(), ["staging", "facts"])
    assert project.failed == []
    project.run(tables_by_source(), ["indicators"])
    (failed,) = project.failed
    assert (failed.source, failed.model) == ("motorhome", "staging.indicator_period")
    assert "90000000000000" in failed.detail or "180000000000000" in failed.detail
    with working(home) as connection:
        found = rows(connection, "SELECT DISTINCT indicator FROM marts.indicator_value ORDER BY 1")
        left = rows(connection, "SELECT * FROM marts.motorhome_payment")
    assert [row["indicator"] for row in found] == ["tax_declared"]
    assert left == []

    with working(home) as connection:
        connection.execute("DROP TABLE settings.opening_hour")
    with pytest.raises(VigieError, match="dbt run failed"):
        project.run(tables_by_source(), ["calendar"])
