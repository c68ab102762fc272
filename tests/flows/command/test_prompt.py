"""The prompt of `vigie sql`: what the Tab key completes, and where a query ends."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from io import StringIO

import pytest

from flows.command.prompt import Completer, queries
from tests.flows.command.test_cli import vigie
from tests.security.test_sql import home
from warehouse.storage.layout import Home

__all__ = ["home"]  # a fixture: a home with a published version of one table

COMPLETER = Completer(
    {"marts.site": ("office", "site", "site_name"), "marts.indicator_value": ("office", "indicator", "value")}
)


@pytest.mark.parametrize(
    ("line", "text", "found"),
    [
        ("FROM mart", "mart", ["marts."]),
        ("FROM marts.", "marts.", ["marts.site", "marts.indicator_value"]),
        ("FROM marts.indic", "marts.indic", ["marts.indicator_value"]),
        ("FROM marts.site WHERE site_", "site_", ["site_name"]),
        ("FROM marts.site WHERE val", "val", []),
        ("FROM marts.site AS s WHERE s.", "s.", ["s.office", "s.site", "s.site_name"]),
        ("sel", "sel", ["SELECT"]),
    ],
)
def test_a_text_goes_on_with_tables_and_with_the_columns_of_those_that_the_line_names(
    line: str, text: str, found: list[str]
) -> None:
    assert COMPLETER.continuations(line, text) == found


def asking(*lines: str) -> Callable[[str], str]:
    left = list(lines)

    def ask(_: str) -> str:
        if not left:
            raise EOFError
        return left.pop(0)

    return ask


def test_a_query_ends_with_a_semicolon_an_empty_line_or_the_input() -> None:
    typed = ["", "SELECT 1;", "SELECT", "2", "", "SELECT 3"]
    assert list(queries(asking(*typed), "")) == ["SELECT 1;", "SELECT\n2\n", "SELECT 3"]


def test_queries_of_the_standard_input_are_answered_and_one_that_writes_is_refused(
    home: Home, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("FROM marts.site;\nDROP TABLE marts.site;\n"))
    assert vigie("sql", "--format", "csv", "--home", home.root) == 2
    said = capfd.readouterr()
    assert said.out == "site,count\ndesk,3\n"
    assert "ne fait que lire" in said.err


def test_at_a_terminal_the_tab_key_completes_and_what_is_refused_does_not_end_the_prompt(home: Home) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "flows.command.cli", "sql", "--home", str(home.root)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as prompt:
        os.close(theirs)
        said = b""
        until = time.monotonic() + 120
        with suppress(OSError):  # the end, on Linux
            typed = [b"DROP TABLE marts.site;\r", b"FROM marts.si\t;\r", b"\x04"]
            while time.monotonic() < until and (some := os.read(ours, 1024)):
                said += some
                if said.count(b"sql> ") > 3 - len(typed) and typed:
                    os.write(ours, typed.pop(0))
    os.close(ours)
    text = said.decode()
    assert "ne fait que lire" in text
    assert "FROM marts.site;" in text
    assert "desk" in text
    assert prompt.returncode == 0
