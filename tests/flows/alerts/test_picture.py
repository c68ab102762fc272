"""The picture of a message."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from flows.alerts.picture import last_days, picture, short
from reports.charts.drawing import Drawer
from reports.document import Chart
from tests.flows.alerts.test_channels import office
from warehouse.storage.database import make_tables

AT = datetime(2025, 5, 15, 18, tzinfo=ZoneInfo("Europe/Paris"))


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


def bars(chart: Chart) -> list[float]:
    """The counts of the days that have a bar."""
    (bars,) = [layer for layer in chart.specification["layer"] if layer["mark"]["type"] == "bar"]
    return [row["counted"] for row in bars["data"]["values"] if row["counted"]]


def test_days_that_counted_have_a_bar_and_dead_days_none(connection: duckdb.DuckDBPyConnection) -> None:
    chart, says = last_days(connection, office(), "counter:door", "Porte", AT) or pytest.fail()
    assert bars(chart) == [100.0] * 9  # 2 to 10 May, of the 14 days up to 15 May
    assert says == (
        "Porte, 14 jours jusqu'au 15 mai 2025 : 900 comptés pour 1 380 attendus ; rien compté pendant "
        "5 jours ouverts sur 14."
    ).replace("1 380", "1\u202f380")


def test_the_picture_is_a_png_of_its_chart_and_the_same_days_give_the_same_bytes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    one, other = (picture(connection, office(), "counter:door", "Porte", AT) for _ in range(2))
    assert one == other
    assert one is not None
    assert one.png.startswith(b"\x89PNG")
    assert len(one.png) < 200_000


def test_a_name_of_any_characters_is_drawn_as_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("10 $ \\frac{$", "<img onerror>&", "a\x1b[31m\u202e\n\n\nb", "é" * 4096):
        chart, says = last_days(connection, office(), "counter:door", name, AT) or pytest.fail()
        assert bars(chart)
        assert short(name) in says
        assert "<img" not in Drawer("fr").svg(chart)


def test_every_colour_of_the_picture_is_in_its_legend(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM marts.counted_series WHERE local_date = DATE '2025-05-05'")
    chart, _ = last_days(connection, office(), "counter:door", "Porte", AT) or pytest.fail()
    svg = Drawer("fr").svg(chart)
    assert [one for one in ("compté", "attendu", "fermé") if f">{one}<" not in svg] == []
    layers = [layer for layer in chart.specification["layer"] if layer["mark"]["type"] != "text"]
    told = {layer["mark"]["color"] for layer in layers if "name" in layer}
    assert told == {layer["mark"]["color"] for layer in layers if "name" not in layer}
    assert len(told) == 3


def test_a_series_of_which_nothing_is_known_has_no_picture(connection: duckdb.DuckDBPyConnection) -> None:
    assert picture(connection, office(), "counter:other", "Autre", AT) is None
