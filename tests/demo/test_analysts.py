"""The questions of docs/analysts.md, asked of the demonstration's version, and the tables that it lists."""

from __future__ import annotations

import re

import duckdb
import pytest

from docs.analysts import QUESTIONS, RECIPES, Question
from docs.marts import marts
from tests.demo.conftest import Demonstration
from warehouse.storage.asked import reading
from warehouse.storage.database import only_read


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.asked)
def test_a_question_of_analysts_is_answered_and_only_reads(
    question: Question, demonstration: Demonstration
) -> None:
    with only_read(demonstration.home.published_database) as connection:
        assert reading(connection, question.sql)
        answer = connection.execute(question.sql).fetchall()
    assert answer
    # No column of an answer is empty throughout: it would ask for what is not there.
    assert all(any(row[rank] is not None for row in answer) for rank in range(len(answer[0])))


def test_the_euros_and_the_nights_of_the_tourist_tax_are_told_of_the_same_cells(
    demonstration: Demonstration,
) -> None:
    """Nights of which the exempt ones are withheld would be told beside the euros of all cells."""
    (question,) = (one for one in QUESTIONS if "tourist tax" in one.asked)
    told = "declared_eur", "taxable_person_nights"
    assert all(f"sum({column})" in question.sql for column in told)
    assert "person_nights)" not in question.sql.replace("taxable_person_nights)", "")
    with only_read(demonstration.home.published_database) as connection:
        cells = connection.execute(
            f"""SELECT count(*), count(*) FILTER (({told[0]} IS NULL) <> ({told[1]} IS NULL)),
                       count(*) FILTER (({told[0]} IS NULL) <> (person_nights IS NULL))
                FROM marts.tax_declaration_month"""
        ).fetchone()
        assert cells is not None
        assert cells[0] > 0
        assert cells[1] == 0
        assert cells[2] > 0, "all nights are told: the question may ask for them again"


def test_readers_of_several_files_are_told_to_resolve_the_pointer() -> None:
    read = re.findall(r"scan_parquet\(.*|read_parquet\(.*", RECIPES)
    assert read
    assert [one for one in read if "current" in one] == []


def test_every_published_mart_is_listed_and_no_other(demonstration: Demonstration) -> None:
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        published = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'")
        assert {mart.name for mart in marts()} == {name for (name,) in published.fetchall()}
