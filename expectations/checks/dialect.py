"""DuckDB as Great Expectations can read it.

Great Expectations reads rows after it has given the connection back; DuckDB drops an open result then, and
every expectation fails without an exception. Here results are fetched whole as soon as they exist.
"""

from __future__ import annotations

from typing import Any

from duckdb_sqlalchemy import Dialect
from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.interfaces import ReflectedPrimaryKeyConstraint

NAME = "duckdb.buffered"
URL = "duckdb+buffered:///{path}"


class BufferedContext(Dialect.execution_ctx_cls):  # type: ignore[misc,valid-type]  # made at run time
    """An execution whose rows are fetched at once."""

    def post_exec(self) -> None:
        """Fetch every row while the result is open."""
        super().post_exec()
        if self.cursor is not None and getattr(self.cursor, "description", None):
            rows = self.cursor.fetchall()
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(self.cursor, initial_buffer=rows)


class BufferedDuckDB(Dialect):
    """The DuckDB dialect with results fetched at once."""

    execution_ctx_cls = BufferedContext
    supports_statement_cache = False

    def get_pk_constraint(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> ReflectedPrimaryKeyConstraint:
        """No key: Great Expectations asks for it with each table's columns, and its checks need none."""
        return {"constrained_columns": [], "name": None}


def register() -> None:
    """Make `duckdb+buffered:///path` known to SQLAlchemy."""
    registry.register(NAME, __name__, BufferedDuckDB.__name__)
