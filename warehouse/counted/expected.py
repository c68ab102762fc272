"""quality.expected_count, the one table of what every series was expected to count: written and read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.counted.months import Key, added, keys
from warehouse.counted.series import AMONG, CountedSeries, ExpectedCounts, ExpectedSeries, by_subject

# Column of the table and field of Expectation.
COLUMNS = {
    "seasonal_count": "seasonal",
    "expected_count": "count",
    "hour_dispersion": "hour_dispersion",
    "day_dispersion": "day_dispersion",
    "day_mean": "day_mean",
    "zero_surprise": "zero_surprise",
}


def forget_expected(connection: duckdb.DuckDBPyConnection, office: str, months: Sequence[Key]) -> None:
    """Delete the rows of some months of some series."""
    if not months:
        return
    first, last = min(month for _, month in months), max(month for _, month in months)
    with keys(connection, months) as rows:
        # The bounds let the database pass over what lies before.
        connection.execute(
            f"""DELETE FROM quality.expected_count AS old USING {rows} AS gone
                WHERE old.office = ? AND old.local_date >= ? AND old.local_date < ?
                  AND old.subject = gone.subject
                  AND date_trunc('month', old.local_date) = gone.first_date""",
            [office, first, added(last, 1)],
        )


def add_expected(
    connection: duckdb.DuckDBPyConnection, series: Iterable[ExpectedSeries], since: date
) -> None:
    """Add the rows of some series from a local day on; they must not be there yet."""
    day = (since - date(1970, 1, 1)).days
    tables = [_rows(one, one.series.day >= day) for one in series]
    if tables:
        connection.register("vigie_expected", pa.concat_tables(tables))
        connection.execute("INSERT INTO quality.expected_count BY NAME FROM vigie_expected")
        connection.unregister("vigie_expected")


def add_partners(
    connection: duckdb.DuckDBPyConnection, series: str, partners: str, office: str, months: Iterable[Key]
) -> None:
    """Write beside the rows of some months what the partners inside counted, and should have counted.

    `series` and `partners` are the tables of the models counted_series and series_partner.
    """
    with keys(connection, months) as rows:
        connection.execute(
            f"""WITH partner AS (
                    SELECT own.subject, beside.utc_hour, sum(counted.observed_count) AS counted,
                           sum(beside.expected_count::DECIMAL(18, 6)) AS expected
                    FROM {rows} AS own
                    JOIN {partners} AS known
                        ON known.office = $office AND own.subject = known.subject
                       AND known.relation = 'inside'
                    JOIN quality.expected_count AS beside
                        ON beside.office = $office AND known.partner = beside.subject
                       AND own.first_date = date_trunc('month', beside.local_date)
                    JOIN {series} AS counted
                        ON beside.office = counted.office AND beside.subject = counted.subject
                       AND beside.utc_hour = counted.utc_hour
                    WHERE counted.observed_count IS NOT NULL
                    GROUP BY own.subject, beside.utc_hour)
                UPDATE quality.expected_count AS row
                SET partner_count = partner.counted, partner_expected_count = partner.expected
                FROM partner
                WHERE row.office = $office AND row.subject = partner.subject
                  AND row.utc_hour = partner.utc_hour""",
            {"office": office},
        )


def read_expected_days(
    connection: duckdb.DuckDBPyConnection, office: str, subjects: Sequence[str], first: date, last: date
) -> dict[str, list[tuple[int, float]]]:
    """Local days (days since 1970) between two, both included, with what season made expected, by subject."""
    found: dict[str, list[tuple[int, float]]] = {}
    for subject, day, seasonal in connection.execute(
        f"""WITH {AMONG}
            SELECT subject, local_date - DATE '1970-01-01', sum(seasonal_count::DECIMAL(18, 6))::DOUBLE
            FROM quality.expected_count JOIN among USING (subject)
            WHERE office = $office AND local_date BETWEEN $first AND $last
            GROUP BY ALL""",
        {"office": office, "subjects": list(subjects), "first": first, "last": last},
    ).fetchall():
        found.setdefault(subject, []).append((day, seasonal))
    return found


def read_expected(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    counted: Mapping[str, CountedSeries],
    first: date,
    last: date,
) -> dict[str, ExpectedSeries]:
    """Counted series between two local days, both included, beside what was expected of them.

    Raises LookupError when the table has not the slots of a series: it was not refreshed.
    """
    subjects = list(counted)
    names = ", ".join(f"{column}::DOUBLE AS {field}" for column, field in COLUMNS.items())
    columns: dict[str, Any] = connection.execute(
        f"""WITH {AMONG}
            SELECT place, utc_hour AS start, {names}
            FROM quality.expected_count JOIN among USING (subject)
            WHERE office = $office AND local_date BETWEEN $first AND $last
            ORDER BY place, utc_hour""",
        {"office": office, "subjects": subjects, "first": first, "last": last},
    ).fetchnumpy()
    found = {}
    for subject, own in by_subject(subjects, columns):
        series = counted[subject].total
        if np.array_equal(own.pop("start"), series.start):
            found[subject] = ExpectedSeries(series, ExpectedCounts(**own))
    if missing := sorted(set(subjects) - set(found)):
        raise LookupError(
            f"quality.expected_count has not the slots of {', '.join(missing)} from {first} to {last}"
        )
    return found


def _rows(one: ExpectedSeries, kept: Any) -> pa.Table:
    series, expected = one.series, one.expected
    size = int(kept.sum())
    return pa.table(
        {
            "office": pa.repeat(series.office, size),
            "subject": pa.repeat(series.subject, size),
            "utc_hour": pa.array(series.start[kept]),
            "local_date": pa.array(series.day[kept].astype("datetime64[D]")),
            "open_minutes": pa.array(series.open_minutes[kept]),
            **{
                column: pa.array(getattr(expected, field)[kept].astype(np.float32))
                for column, field in COLUMNS.items()
            },
        }
    )
