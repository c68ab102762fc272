"""The help of every command, in one language."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer._click.core import Context

from flows.command.cli import command, main
from tests.languages import WORD, words_of
from warehouse.words.messages import catalogue

# What is typed as it stands in both languages: options, choices, names of files and codes between backticks,
# and the office of the demonstration.
TYPED = re.compile(r"--[\w-]+|`[^`]*`|[a-z]+(\|[a-z]+)+|\.\w+|:\s+auch\b")


def helps(one: Any, above: Context | None = None) -> Iterator[Context]:
    """Each command of the tree, as it would be called."""
    context = Context(one, above, info_name=one.name or "vigie", **one.context_settings)
    yield context
    for below in getattr(one, "commands", {}).values():
        yield from helps(below, context)


def printed(language: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The help of every command, by its path."""
    found = {}
    for context in helps(command(language)):
        context.get_help()
        found[context.command_path] = capsys.readouterr().out
    return found


@pytest.mark.parametrize(("language", "other"), [("fr", "en"), ("en", "fr")])
def test_no_help_holds_a_word_of_the_other_language(
    language: str, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words are those of the rest of the catalogue: so a text of help that was not translated is found."""
    texts = printed(language, capsys)
    begins = tuple(sorted({key.partition(".")[0] + "." for key in catalogue()} - {"help."}))
    foreign = words_of(*begins, language=other)
    names = {word for path in texts for word in WORD.findall(path)}
    assert len(texts) > 20
    assert {
        (path, word)
        for path, text in texts.items()
        for word in WORD.findall(TYPED.sub(" ", text).lower())
        if word in foreign - names
    } == set()


def test_help_is_in_french_before_any_office_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VIGIE_HOME", raising=False)
    monkeypatch.setattr(sys, "argv", ["vigie", "why", "-h"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "Usage : vigie why [OPTIONS] INDICATEUR" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--home={}", "--home {}", ""])
def test_help_is_in_the_language_of_the_home_that_is_named(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "office.yml").write_text("language: en\n", encoding="utf-8")
    monkeypatch.setenv("VIGIE_HOME", "/nowhere" if option else str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["vigie", "why", "-h", *option.format(tmp_path).split()])
    with pytest.raises(SystemExit):
        main()
    assert "Usage: vigie why [OPTIONS] INDICATOR" in capsys.readouterr().out
