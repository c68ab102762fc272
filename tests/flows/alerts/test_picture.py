"""The picture of a message."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import duckdb
import matplotlib.image
import numpy as np
import pytest

from flows.alerts.picture import picture
from tests.flows.alerts.test_channels import office
from warehouse.counted.series import Integers
from warehouse.storage.database import make_tables

AT = datetime(2025, 5, 15, 18, tzinfo=ZoneInfo("Europe/Paris"))
BLUE = np.array([0x2A, 0x6F, 0x97]) / 255


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """Ten in each of ten hours a day, and as many expected, until 10 May; zeros since."""
    connection = duckdb.connect()
    make_tables(connection)
    connection.execute(
        """CREATE TABLE marts.counted_series AS
           SELECT 'o' AS office, 'counter:door' AS subject, hour AS utc_hour, 60::BIGINT AS slot_minutes,
                  hour::DATE AS local_date, 60 AS open_minutes,
                  if(hour < TIMESTAMP '2025-05-11', 10, 0)::DOUBLE AS observed_count
           FROM generate_series(
                    TIMESTAMP '2025-04-01', TIMESTAMP '2025-06-01', INTERVAL 1 HOUR) AS hours(hour)
           WHERE hour(hour) BETWEEN 8 AND 17"""
    )
    connection.execute(
        """INSERT INTO quality.expected_count
           SELECT office, subject, utc_hour, local_date, 60, 10, 10, 1, 1, 100, 1, NULL, NULL
           FROM marts.counted_series"""
    )
    return connection


def blue(drawn: bytes) -> Integers:
    """How many pixels of each column show a count."""
    image = matplotlib.image.imread(BytesIO(drawn))[:, :, :3]
    found: Integers = (np.abs(image - BLUE).max(axis=2) < 0.02).sum(axis=0)
    return found


def test_days_that_counted_have_a_bar_and_dead_days_none(connection: duckdb.DuckDBPyConnection) -> None:
    drawn = picture(connection, office(), "counter:door", "Porte", AT)
    assert drawn is not None
    height = blue(drawn)
    bars = np.flatnonzero(np.diff((height > 60).astype(int)) == 1)
    assert len(bars) == 9  # 2 to 10 May, of the 14 days up to 15 May


def test_the_same_days_give_the_same_bytes(connection: duckdb.DuckDBPyConnection) -> None:
    one, other = (picture(connection, office(), "counter:door", "Porte", AT) for _ in range(2))
    assert one == other


def test_a_name_of_any_characters_is_drawn_as_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("10 $ \\frac{$", "<img onerror>&", "a\x1b[31m\u202e\n\n\nb", "é" * 4096):
        drawn = picture(connection, office(), "counter:door", name, AT)
        assert drawn is not None
        assert (blue(drawn) > 60).any()


def test_a_series_of_which_nothing_is_known_has_no_picture(connection: duckdb.DuckDBPyConnection) -> None:
    assert picture(connection, office(), "counter:other", "Autre", AT) is None
