"""The real hourly counts that the benchmark's doors are thinned from.

Facts about the two files: counters.md, section 1. A truth must be true: an hour at zero where the same hour
of the four weeks around it usually counts twenty is a fault of the real counter (chance exp(-20) for a
Poisson count), so it is read as missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import numpy as np

from warehouse.counted.series import Floats

DATA = Path(__file__).parents[3] / "shared" / "data" / "counters"
LEEDS = DATA / "leeds-footfall-2009-2016.csv.gz"
MUENSTER = DATA / "muenster-hourly-2019-2022.csv.gz"
USUAL_DAYS = 28
BUSY_HOUR = 20.0


@dataclass(frozen=True)
class RealSeries:
    """Counts of one real counter: `counts` is (days, 24) by local day and hour, NaN where not known.

    `first_day` is the local day of row 0, as days since 1970. All series of one source have the same rows.
    """

    source: str
    name: str
    first_day: int
    counts: Floats


@cache
def leeds() -> tuple[RealSeries, ...]:
    """The eight pedestrian cameras of Leeds, 2009 to 2016.

    `Date` is written in three formats; `NewDate` says the same day in one format throughout.

    Raises
    ------
    FileNotFoundError
        When the file is not there.
    ValueError
        When two rows that differ claim one hour of one camera.
    """
    return _read(
        "leeds",
        LEEDS,
        """SELECT DISTINCT LocationName AS name, "Hour"::BIGINT AS hour, InCount::DOUBLE AS count,
                  strptime(NewDate, '%d-%b-%Y')::DATE - DATE '1970-01-01' AS day
           FROM read_csv(?, all_varchar = true)""",
    )


@cache
def muenster() -> tuple[RealSeries, ...]:
    """The bicycle counters of Münster, 2019 to 2022: sums of their channels, in hours where all have a row.

    Raises
    ------
    FileNotFoundError
        When the file is not there.
    ValueError
        When two rows claim one hour of one counter.
    """
    return _read(
        "muenster",
        MUENSTER,
        f"""WITH channel AS ({_MUENSTER_CHANNELS}),
                size AS (SELECT counter, count(DISTINCT channel) AS channels FROM channel GROUP BY counter)
            SELECT counter AS name, day, hour, sum(count) AS count
            FROM channel JOIN size USING (counter)
            GROUP BY counter, channels, day, hour HAVING count(*) = channels""",
    )


@cache
def muenster_channels() -> tuple[RealSeries, ...]:
    """Every channel of the bicycle counters of Münster, named `counter/channel`.

    Raises
    ------
    FileNotFoundError
        When the file is not there.
    ValueError
        When two rows claim one hour of one channel.
    """
    return _read(
        "muenster",
        MUENSTER,
        f"SELECT counter || '/' || channel AS name, day, hour, count FROM ({_MUENSTER_CHANNELS})",
    )


_MUENSTER_CHANNELS = """
    SELECT counter, channel, "hour"::TIMESTAMP::DATE - DATE '1970-01-01' AS day,
           extract(hour FROM "hour"::TIMESTAMP) AS hour, "count"::DOUBLE AS count
    FROM read_csv(?, all_varchar = true) WHERE channel <> 'total'"""


def _read(source: str, path: Path, query: str) -> tuple[RealSeries, ...]:
    if not path.is_file():
        raise FileNotFoundError(f"the real counts of {source} are not at {path}")
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        columns = connection.execute(query, [str(path)]).fetchnumpy()
    names, at = np.unique(columns["name"].astype(str), return_inverse=True)
    day = columns["day"].astype(np.int64)
    first = int(day.min())
    slot = (at, day - first, columns["hour"].astype(np.int64))
    shape = (names.size, int(day.max()) - first + 1, 24)
    if np.unique(np.ravel_multi_index(slot, shape)).size < day.size:
        raise ValueError(f"{path} has two counts for one hour of one counter")
    counts = np.full(shape, np.nan)
    counts[slot] = columns["count"]
    return tuple(
        RealSeries(source, str(name), first, _without_false_zeros(own))
        for name, own in zip(names, counts, strict=True)
    )


def _without_false_zeros(counts: Floats) -> Floats:
    """The same (days, 24) counts, NaN where a busy hour is at zero: see the module's text."""
    padded = np.pad(counts, ((USUAL_DAYS // 2, USUAL_DAYS // 2), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, USUAL_DAYS + 1, axis=0)
    zero = np.nonzero(counts == 0)
    around = windows[zero]
    # A median of nothing but NaN cannot occur: the zero itself is known.
    false = np.nanmedian(around, axis=1) >= BUSY_HOUR
    cleaned = counts.copy()
    cleaned[zero[0][false], zero[1][false]] = np.nan
    return cleaned
