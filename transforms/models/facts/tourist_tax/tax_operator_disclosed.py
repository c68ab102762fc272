"""What of operators' statements may be published, by operator and year (transforms/secrecy.py says why)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

import pyarrow as pa

from transforms.secrecy import Amounts, Rule, disclosed_operators

COLUMNS = pa.schema(
    [
        ("office", pa.string()),
        ("operator", pa.string()),
        ("year_start", pa.date32()),
        ("disclosed_kind", pa.string()),
        ("is_sum_disclosed", pa.bool_()),
    ]
)


def model(dbt: Any, session: Any) -> Any:
    """One row an operator and year: the kind of period that may be published, and whether the sum may."""
    rule = Rule(int(dbt.config.get("fewest_hosts")), Fraction(str(dbt.config.get("largest_share"))))
    lines = dbt.ref("tax_operator_line")  # noqa: F841 (named in the query)
    contributions = session.sql(
        """SELECT office, operator, month_start, lodging_area, CAST(100 * sum(declared_eur) AS BIGINT)
           FROM lines GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    cells: dict[str, dict[tuple[str, date], dict[str, Amounts]]] = defaultdict(dict)
    for office, operator, month, area, amount in contributions:
        cells[office].setdefault((operator, month), {"declared": {}})["declared"][area] = amount
    rows = [
        (office, one.operator, date(one.year, 1, 1), one.kind, one.is_sum_disclosed)
        for office, own in cells.items()
        for one in disclosed_operators(own, rule)
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pa.table(list(map(list, columns)), schema=COLUMNS)
