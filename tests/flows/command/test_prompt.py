"""The prompt of `vigie sql`: what the Tab key completes, and where a query ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import StringIO
from select import select

import pytest

from flows.command.prompt import Completer, queries
from tests.flows.command.test_cli import vigie
from tests.security.test_sql import home
from warehouse.storage.database import is_interrupted
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


def obey(terminal: int | None = None) -> None:
    """Have a process end on Ctrl-C, which those that a script leaves running do not, and of this terminal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if terminal is not None:
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def at_a_terminal(*arguments: str, typed: Sequence[tuple[bytes, bytes]]) -> tuple[str, int]:
    """What is said by the command at a terminal, and its exit status.

    Each of `typed` is what is waited for and what is typed then.
    """
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "flows.command.cli", "sql", *arguments]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: obey(theirs),
    ) as process:  # fmt: skip
        os.close(theirs)
        said, seen, left = b"", 0, list(typed)
        until = time.monotonic() + 60
        with suppress(OSError):  # the end, on Linux
            while select([ours], [], [], max(0, until - time.monotonic()))[0]:
                said += os.read(ours, 1024)
                while left and (at := said.find(left[0][0], seen)) >= 0:
                    seen = at + len(left[0][0])
                    if left[0][1] == INTERRUPT:
                        time.sleep(2)  # the query has begun by then
                    os.write(ours, left.pop(0)[1])
        if process.poll() is None and time.monotonic() >= until:
            process.kill()
    os.close(ours)
    return said.decode().replace("\r", ""), process.returncode


INTERRUPT = b"\x03"
LONG = "SELECT count(*) FROM range(100000000000) AS a, range(1000) AS b"


def test_at_a_terminal_the_tab_key_completes_and_what_is_refused_does_not_end_the_prompt(home: Home) -> None:
    text, status = at_a_terminal(
        "--home",
        str(home.root),
        typed=[
            (b"sql> ", b"DROP TABLE marts.site;\r"),
            (b"sql> ", b"FROM marts.si\t;\r"),
            (b"sql> ", b"\x04"),
        ],
    )
    assert "ne fait que lire" in text
    assert "FROM marts.site;" in text
    assert "desk" in text
    assert status == 0


def test_at_a_terminal_ctrl_c_drops_the_query_or_the_line_and_the_prompt_stays(home: Home) -> None:
    text, status = at_a_terminal(
        "--home", str(home.root),
        typed=[
            (b"sql> ", f"{LONG};\r".encode()), (b";", INTERRUPT),
            (b"sql> ", b"SELECT nothing,"), (b"nothing,", INTERRUPT),
            (b"sql> ", b"FROM marts.site;\r"), (b"sql> ", b"\x04"),
        ],
    )  # fmt: skip
    assert "Requête interrompue" in text
    assert re.search(r"SELECT nothing,(\^C)?\n.*sql> FROM marts.site;", text)
    assert "desk" in text
    assert "Erreur inattendue" not in text
    assert text.endswith("\n")
    assert status == 0
    assert [
        path for path in home.root.rglob("*.log") if "interrupted" in path.read_text(encoding="utf-8")
    ] == []


def test_ctrl_c_ends_the_command_of_one_query_with_130_and_no_word(home: Home) -> None:
    command = [sys.executable, "-m", "flows.command.cli", "sql", LONG, "--home", str(home.root)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=obey
    ) as process:
        time.sleep(8)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [one.strip() for one in said] == [b"", b""]


@pytest.mark.parametrize("is_given", [True, False])
def test_a_query_that_is_stopped_is_known_by_its_cause(is_given: bool) -> None:
    error = RuntimeError("Query interrupted")
    error.__cause__ = KeyboardInterrupt() if is_given else ValueError()
    assert is_interrupted(error) is is_given
