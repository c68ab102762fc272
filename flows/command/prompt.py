"""`vigie sql` without a query: a prompt whose Tab key completes schemas, tables, columns and words of SQL."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb

WORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY ALL", "ORDER BY ALL", "JOIN", "LEFT JOIN", "USING", "ON", "AND",
    "OR", "NOT", "IS NULL", "BETWEEN", "LIKE", "LIMIT", "DISTINCT", "count(*)", "sum(", "avg(", "round(",
    "DATE '", "FILTER (", "WITH", "DESCRIBE", "SHOW ALL TABLES", "SUMMARIZE",
)  # fmt: skip
READLINE_DELIMITERS = " \t\n\"\\'`@$><=;|&{(,*+-/"


@dataclass
class Completer:
    """What a text may go on with: `tables` maps `schema.table` to its columns."""

    tables: dict[str, tuple[str, ...]]
    _found: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Completer:
        """Of the published tables."""
        found: dict[str, list[str]] = {}
        for schema, table, column in connection.execute(
            """SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal
               ORDER BY schema_name, table_name, column_index"""
        ).fetchall():
            found.setdefault(f"{schema}.{table}", []).append(column)
        return cls({name: tuple(columns) for name, columns in found.items()})

    def continuations(self, line: str, text: str) -> list[str]:
        """What `text`, the end of a line, may become: a table, a column of the tables that the line names."""
        named = {name for name in self.tables if re.search(rf"\b{re.escape(name)}\b", line)}
        aliases = {
            alias: name
            for name in named
            for alias in re.findall(rf"\b{re.escape(name)}\s+(?:AS\s+)?(\w+)", line, flags=re.IGNORECASE)
        }
        before, dot, _ = text.rpartition(".")
        if dot and before in aliases:
            candidates = [f"{before}.{column}" for column in self.tables[aliases[before]]]
        elif dot:
            candidates = [*self.tables, *(f"{name}.{c}" for name in named for c in self.tables[name])]
        else:
            schemas = {f"{name.partition('.')[0]}." for name in self.tables}
            of = named or self.tables
            columns = {column for name in of for column in self.tables[name]} if text or named else set()
            candidates = [*sorted(columns), *sorted(schemas), *WORDS]
        return [one for one in candidates if one.lower().startswith(text.lower())]

    def __call__(self, text: str, state: int) -> str | None:
        """The continuation of that number, as readline asks for them."""
        import readline

        if state == 0:
            self._found = self.continuations(readline.get_line_buffer(), text)
        return self._found[state] if state < len(self._found) else None


class Dropped(Exception):  # noqa: N818 - what somebody wanted is no error
    """Somebody drops what they were typing (Ctrl-C)."""


def typed_line(prompt: str) -> str:
    """A line typed at this terminal; raises Dropped, and EOFError at the end (Ctrl-D), after a line break."""
    try:
        return input(prompt)
    except EOFError:
        sys.stderr.write("\n")
        raise
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise Dropped from None


def queries(ask: Callable[[str], str], prompt: str) -> Iterator[str]:
    """The queries that are typed, each until its semicolon or an empty line; ends with the input."""
    lines: list[str] = []
    while True:
        try:
            line = ask("   … " if lines else prompt)
        except EOFError:
            if "".join(lines).strip():
                yield "\n".join(lines)
            return
        except Dropped:
            lines.clear()
            continue
        if line.strip() or lines:
            lines.append(line)
        if lines and (not line.strip() or line.rstrip().endswith(";")):
            yield "\n".join(lines)
            lines.clear()


def complete_with(completer: Completer) -> None:
    """Have the Tab key of this terminal complete."""
    import readline

    readline.set_completer(completer)
    readline.set_completer_delims(READLINE_DELIMITERS)
    readline.parse_and_bind("tab: complete")
