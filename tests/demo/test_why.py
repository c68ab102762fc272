"""`vigie why` on the demonstration: of a register that tells only years, the files of the year alone."""

from __future__ import annotations

import duckdb
import pytest

from flows.command.why import asked, days_of, why
from tests.demo.conftest import Demonstration
from transforms.compiled import compiled


@pytest.mark.parametrize(
    ("indicator", "dimension", "files"),
    [
        ("budget_balance", None, ["compte-administratif-2024.xml"]),
        ("budget_result", "operating", ["compte-administratif-2024.xml"]),
    ],
)
def test_a_figure_of_a_year_stands_on_the_files_of_that_year(
    indicator: str, dimension: str | None, files: list[str], demonstration: Demonstration
) -> None:
    home = demonstration.home
    with (
        duckdb.connect(str(home.published_database), read_only=True) as published,
        duckdb.connect(str(home.database), read_only=True) as working,
    ):
        figure = asked(published, indicator, None, dimension, *days_of("2024"), "fr")
        told = dict(why(published, working, compiled(home), figure, "fr"))
    assert [file.partition(" ")[0] for file, _ in told["files"]] == files
