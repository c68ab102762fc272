"""The questions of docs/analysts.md, asked of the demonstration's version, and the tables that it lists."""

from __future__ import annotations

import duckdb
import pytest

from docs.analysts import QUESTIONS, Question
from docs.marts import marts
from tests.demo.conftest import Demonstration
from warehouse.storage.database import only_read, reading


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


def test_every_published_mart_is_listed_and_no_other(demonstration: Demonstration) -> None:
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        published = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'")
        assert {mart.name for mart in marts()} == {name for (name,) in published.fetchall()}
