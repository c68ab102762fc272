"""The documents are true: generated ones are current, every command and source is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sources.catalogue
from docs.generate import documents
from flows.cli import app

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: path.name)
def test_a_generated_document_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == documents()[path], "run `make generate`"


def test_every_command_is_announced() -> None:
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert commands
    assert [
        name
        for name in sorted(commands)
        if f"`{name}`" not in CHANGELOG and f"`vigie {name}`" not in CHANGELOG
    ] == []


def test_every_field_of_the_office_file_is_explained() -> None:
    page = documents()[REPOSITORY / "docs" / "office-file.md"]
    bare = [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert bare == []


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (REPOSITORY / link).exists()] == []


def test_every_source_is_in_the_reference() -> None:
    page = documents()[REPOSITORY / "docs" / "sources.md"]
    assert [name for name in sources.catalogue.names() if f"## {name}:" not in page] == []
