"""`vigie why`: the way back from a figure to the files that it stands on."""

from __future__ import annotations

import duckdb
import pytest

from flows.command.why import asked, days_of, why
from tests.flows.command.test_cli import vigie
from tests.flows.conftest import Life
from transforms.compiled import compiled
from warehouse.errors import UsageError


def test_a_figure_tells_its_estimate_its_models_and_every_file_behind_it(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vigie("why", "counter_passages", "--period", "2025", "--home", life.home.root) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    with duckdb.connect(str(life.home.database), read_only=True) as working:
        files = working.execute(
            "SELECT file FROM quality.load WHERE source = 'counters' AND rows_loaded > 0"
        ).fetchall()
    assert files
    assert [file for (file,) in files if file not in said] == []
    for told in (
        "Passages à la porte (counter_passages)",
        "observed_counters",
        "raw.counter_counts",
        "(lignes 2–",
        "estimation",
    ):
        assert told in said


def test_every_published_figure_has_its_way_back(life: Life) -> None:
    models = compiled(life.home)
    with (
        duckdb.connect(str(life.home.published_database), read_only=True) as published,
        duckdb.connect(str(life.home.database), read_only=True) as working,
    ):
        figures = published.execute(
            """SELECT DISTINCT indicator, site, dimension, period_start, period_end FROM marts.indicator_value
               WHERE period_kind = 'year'"""
        ).fetchall()
        assert figures
        for indicator, site, dimension, first, last in figures:
            figure = asked(published, indicator, site, dimension, first, last, "fr")
            told = dict(why(published, working, models, figure, "fr"))
            assert {"figure", "parts", "models", "files"} <= told.keys(), indicator


def test_a_figure_that_cannot_be_given_says_why_not(life: Life) -> None:
    with (
        duckdb.connect(str(life.home.published_database), read_only=True) as published,
        duckdb.connect(str(life.home.database), read_only=True) as working,
    ):
        figure = asked(published, "tax_declared", None, None, *days_of("2025"), "fr")
        told = dict(why(published, working, compiled(life.home), figure, "fr"))
    assert ("pas de chiffre", "aucune donnée exploitable n'a jamais été reçue") in told["figure"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("counter_pasages",), "counter_passages"),
        (("counter_passages", "--period", "1999"), "vigie figures"),
        (("counter_passages", "--period", "T1 2025"), "2025-07"),
    ],
)
def test_what_is_no_figure_is_told(
    life: Life, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vigie("why", *arguments, "--home", life.home.root) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_several_figures_are_named(life: Life) -> None:
    with duckdb.connect() as published:
        published.execute(
            """CREATE SCHEMA marts;
               CREATE TABLE marts.indicator_value AS
               SELECT unnest(['auch', 'jegun']) AS site, 'counter_passages' AS indicator, '' AS dimension,
                      DATE '2025-01-01' AS period_start, DATE '2025-12-31' AS period_end;
               CREATE TABLE marts.indicator_gap AS FROM marts.indicator_value LIMIT 0"""
        )
        with pytest.raises(UsageError, match="--site auch; --site jegun"):
            asked(published, "counter_passages", None, None, *days_of("2025"), "fr")
        found = asked(published, "counter_passages", "jegun", None, *days_of("2025"), "fr")
    assert found.site == "jegun"
