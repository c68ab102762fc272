"""Which sums of a year's person-nights may be published (transforms/secrecy.py says why)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

import pyarrow as pa

from transforms.secrecy import Amounts, Block, Rule, disclosed_nights

COLUMNS = pa.schema(
    [
        ("office", pa.string()),
        ("year_start", pa.date32()),
        ("part", pa.string()),
        ("code", pa.string()),
    ]
)


def model(dbt: Any, session: Any) -> Any:
    """One row a sum that may be told: `total`, or a `territory` or `category` with its code."""
    rule = Rule(int(dbt.config.get("fewest_hosts")), Fraction(str(dbt.config.get("largest_share"))))
    lines = dbt.ref("tax_declaration_line")  # noqa: F841 (named in the query)
    told = dbt.ref("tax_disclosed")  # noqa: F841
    territories = dbt.source("settings", "tax_territory")  # noqa: F841
    nights: dict[tuple[str, date], dict[Block, Amounts]] = defaultdict(dict)
    untold: dict[tuple[str, date], dict[Block, Amounts]] = defaultdict(dict)
    # Of a cell whose taxable person-nights are told the exempt ones stay unknown. Who declared none in a cell
    # that is withheld is unknown too: a total beside it would tell that it was none.
    for office, year, territory, category, host, all_nights, unknown in session.sql(
        """SELECT line.office, CAST(date_trunc('year', line.month_start) AS DATE),
                  coalesce(territory.territory, ''), line.category, line.host_id,
                  CAST(sum(line.person_nights) AS BIGINT),
                  CAST(sum(CASE WHEN told.is_exempt_disclosed THEN NULL
                                WHEN told.is_disclosed THEN nullif(line.exempt_person_nights, 0)
                                ELSE line.person_nights END) AS BIGINT)
           FROM lines AS line
           LEFT JOIN territories AS territory USING (office, municipality_code)
           JOIN told
               ON line.office = told.office AND line.month_start = told.month_start
               AND line.municipality_code IS NOT DISTINCT FROM told.municipality_code
               AND line.nature IS NOT DISTINCT FROM told.nature
               AND line.category IS NOT DISTINCT FROM told.category
           GROUP BY ALL ORDER BY ALL"""
    ).fetchall():
        block = (territory, category)
        nights[office, year].setdefault(block, {})[host] = all_nights
        if unknown is not None:
            untold[office, year].setdefault(block, {})[host] = unknown
    rows: list[tuple[str, date, str, str]] = []
    for (office, year), blocks in nights.items():
        found = disclosed_nights(blocks, untold[office, year], rule)
        rows += [(office, year, "total", "")] if found.is_total else []
        rows += [(office, year, "territory", one) for one in sorted(found.territories)]
        rows += [(office, year, "category", one) for one in sorted(found.categories)]
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pa.table(list(map(list, columns)), schema=COLUMNS)
