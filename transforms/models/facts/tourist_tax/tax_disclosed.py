"""What of hosts' declarations may be published, cell by cell (transforms/secrecy.py says why)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

import pyarrow as pa

from transforms.secrecy import Amounts, Place, Rule, disclosed_declarations

CELL = "office, month_start, municipality_code, nature, category"
COLUMNS = pa.schema(
    [
        ("office", pa.string()),
        ("month_start", pa.date32()),
        ("municipality_code", pa.string()),
        ("nature", pa.string()),
        ("category", pa.string()),
        ("is_disclosed", pa.bool_()),
        ("is_exempt_disclosed", pa.bool_()),
        ("declared_kind", pa.string()),
        ("shares_kind", pa.string()),
    ]
)


def model(dbt: Any, session: Any) -> Any:
    """One row a cell of the declarations: whether it may be published, and in which periods its month is."""
    rule = Rule(int(dbt.config.get("fewest_hosts")), Fraction(str(dbt.config.get("largest_share"))))
    lines = dbt.ref("tax_declaration_line")  # noqa: F841 (named in the query)
    shares = dbt.ref("tax_share_line")  # noqa: F841
    offices = dbt.source("settings", "office")  # noqa: F841
    contributions = session.sql(
        f"""SELECT {CELL}, host_id, measure, CAST(100 * sum(amount) AS BIGINT) FROM (
                SELECT {CELL}, host_id, 'declared' AS measure, declared_eur AS amount FROM lines
                UNION ALL SELECT {CELL}, host_id, 'taxable', taxable_person_nights FROM lines
                UNION ALL SELECT {CELL}, host_id, 'exempt', exempt_person_nights FROM lines
                UNION ALL SELECT {CELL}, host_id, 'nights', person_nights FROM lines
                UNION ALL SELECT {CELL}, host_id, 'base', base_eur FROM lines WHERE base_eur IS NOT NULL
                UNION ALL SELECT {CELL}, host_id, 'share:' || kind, share_eur FROM shares
                WHERE share_eur IS NOT NULL)
            GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    unpriced = session.sql(f"SELECT DISTINCT {CELL} FROM lines WHERE base_eur IS NULL").fetchall()
    as_of = dict(session.sql("SELECT office, as_of_date FROM offices").fetchall())
    cells: dict[str, dict[tuple[date, Place], dict[str, Amounts]]] = defaultdict(dict)
    for office, month, municipality, nature, category, host, measure, amount in contributions:
        cell = cells[office].setdefault((month, (municipality, nature, category)), {})
        cell.setdefault(measure, {})[host] = amount
    rows = [
        (
            office,
            one.month,
            *one.place,
            one.is_disclosed,
            one.is_exempt_disclosed,
            one.declared_kind,
            one.shares_kind,
        )
        for office, own in cells.items()
        for one in disclosed_declarations(
            own, {(month, tuple(place)) for _, month, *place in unpriced}, as_of[office], rule
        )
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pa.table(list(map(list, columns)), schema=COLUMNS)
