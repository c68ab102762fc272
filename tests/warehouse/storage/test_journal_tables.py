"""A journal that an earlier version of Vigie made gets the columns of today, with the rows that it had."""

from __future__ import annotations

from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

EARLIER = "CREATE TABLE IF NOT EXISTS note (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a))"
TODAY = """CREATE TABLE IF NOT EXISTS note (
    a TEXT NOT NULL, b TEXT, c INTEGER NOT NULL DEFAULT 3, PRIMARY KEY (a))"""


def test_a_table_of_before_is_made_as_it_is_declared_today_and_keeps_its_rows(home: Home) -> None:
    with journal(home, EARLIER) as kept:
        kept.execute("INSERT INTO note VALUES ('z', 'first'), ('a', 'second')")
    for _ in range(2):
        with journal(home, TODAY) as kept:
            rows = [tuple(row) for row in kept.execute("SELECT a, b, c FROM note ORDER BY rowid")]
            assert rows == [("z", "first", 3), ("a", "second", 3)]
    with journal(home, TODAY) as kept:
        kept.execute("INSERT INTO note VALUES ('n', NULL, 4)")
