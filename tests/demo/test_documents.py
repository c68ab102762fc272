"""Commands that documents and messages tell people to type: each is known, those that only read run."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.exceptions import TyperException

from flows.command.cli import app, main
from tests.demo.conftest import Demonstration

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
# What people read of the code itself: messages, and what to do about an incident.
TOLD = sorted(path for room in ("expectations", "warehouse") for path in (REPOSITORY / room).rglob("*.yml"))
# A line of a block, and words between backquotes; comments and what follows a pipe are not arguments.
TYPED = re.compile(r"(?:^ {4,}|`)(?:VIGIE_HOME=\S+ )?(vigie [^`\n]*(?:\"[^\"`]*\")?[^`\n]*)", re.MULTILINE)
# Commands that change nothing: they run here, on the night of the demonstration office.
READING = {"status", "figures", "backtest", "check", "privacy"}


def quoted(paths: list[Path]) -> Iterator[tuple[str, list[str]]]:
    """Commands as (where, words after `vigie`); those cut by an ellipsis are left out."""
    for path in paths:
        for text in TYPED.findall(path.read_text(encoding="utf-8")):
            if "…" in text:
                continue
            try:
                words = shlex.split(text.split(" && ")[0], comments=True)
            except ValueError:  # a query over several lines: `sql` has its own test
                words = text.split()[:2]
            yield path.name, words[1:]


def wrong(words: list[str], whole: bool = False) -> str | None:
    """What is wrong with a command's name or options, or when `whole` with what is missing; else None."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("vigie", [], resilient_parsing=True)
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"no command {words[0]}"
        command, words = found, words[1:]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in options]
    if unknown:
        return f"no option {unknown[0]}"
    try:
        command.make_context("vigie", list(words), resilient_parsing=not whole)
    except TyperException as error:
        return str(error)
    return None


def test_every_command_that_a_person_is_told_to_type_is_known() -> None:
    told = list(quoted([*DOCUMENTS, *TOLD]))
    assert len(told) > 50
    assert [(where, words, wrong(words)) for where, words in told if wrong(words)] == []


def test_a_command_that_is_not_there_is_found() -> None:
    assert wrong(["refesh"])
    assert wrong(["refresh", "--tomorrow"])


def reading() -> list[list[str]]:
    """Commands of the documents that only read, whole, and name nothing that an office has to fill in."""
    found = set()
    for _, words in quoted(DOCUMENTS):
        is_reading = (words[:1] == ["forget"] and "--dry-run" in words) or (words[:1] and words[0] in READING)
        has_gaps = any(re.fullmatch(r"[A-Z]{3,}", word) for word in words)
        if is_reading and not has_gaps and not wrong(words, whole=True):
            found.add(tuple(words))
    return [list(words) for words in sorted(found)]


def queries() -> list[str]:
    """Queries of the documents, over however many lines they go."""
    pages = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    return sorted({query for page in pages for query in re.findall(r'vigie sql "([^"]+)"', page)})


@pytest.mark.parametrize("words", reading(), ids=" ".join)
def test_a_command_of_the_documents_runs(
    words: list[str],
    demonstration: Demonstration,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)  # where --to writes
    status = vigie(words, demonstration, monkeypatch)
    said = capsys.readouterr()
    # 1: a check of the demonstration failed, or something is open; it was told.
    assert status in (0, 1), said.err
    assert said.out.strip()


@pytest.mark.parametrize("query", queries())
def test_a_query_of_the_documents_runs(
    query: str,
    demonstration: Demonstration,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert vigie(["sql", query], demonstration, monkeypatch) == 0, capsys.readouterr().err


def vigie(words: list[str], demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command on the demonstration's home; its exit status."""
    monkeypatch.setenv("VIGIE_HOME", str(demonstration.home.root))
    monkeypatch.setattr(sys, "argv", ["vigie", *words])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
