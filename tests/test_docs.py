"""The documents are true: generated ones are current, every command and source is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sources.catalogue
from docs.generate import documents
from docs.marts import GRAIN, USE, marts
from flows.command.cli import app
from warehouse.words.messages import catalogue

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: path.name)
def test_a_generated_document_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == documents()[path], "run `make generate`"


def test_every_mart_has_a_page_that_says_its_grain_and_what_to_use_it_for() -> None:
    bare = [mart.name for mart in marts() if not mart.sentences(GRAIN) or not mart.sentences(USE)]
    assert bare == []
    written = {path.name for path in (REPOSITORY / "docs" / "marts").glob("*.md")}
    assert written == {f"{mart.name}.md" for mart in marts()}


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


def test_every_file_that_the_decisions_name_is_there() -> None:
    """Of a path with a folder and an ending: a decision whose file is gone is one that no longer holds."""
    said = (REPOSITORY / "docs" / "decisions.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+\w+\.(?:py|sql|yml|csv))`", said))
    assert len(named) > 30
    assert sorted(name for name in named if not (REPOSITORY / name).is_file()) == []


def test_every_source_is_in_the_reference() -> None:
    page = documents()[REPOSITORY / "docs" / "sources.md"]
    assert [name for name in sources.catalogue.names() if f"## {name}:" not in page] == []


def test_what_to_do_when_the_night_failed_quotes_what_is_printed() -> None:
    """Each quotation of the first column is a part of the French catalogue, of a rule or of our code."""
    printed = [words["fr"] for words in catalogue().values()]
    folders = ("expectations", "flows", "sources", "transforms", "warehouse")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.*")]
    written = " ".join(
        path.read_text(encoding="utf-8") for path in files if path.suffix in (".py", ".yml", ".sql")
    )
    page = (REPOSITORY / "docs" / "night-failed.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    quoted = [words for cell in cells for words in re.findall(r"`([^`]+)`", cell)]
    assert len(quoted) > 20
    assert [words for words in quoted if words not in written and not any(words in p for p in printed)] == []


def test_every_fault_that_stops_a_night_has_its_row() -> None:
    page = (REPOSITORY / "docs" / "night-failed.md").read_text(encoding="utf-8")
    quoted = re.findall(r"`([^`]+)`", page)
    faults = [key for key in catalogue() if key.startswith("fault.")]
    silent = {"fault.trace", "fault.no_trace", "fault.holder"}
    assert [
        key
        for key in faults
        if key not in silent and not any(len(one) > 8 and one in catalogue()[key]["fr"] for one in quoted)
    ] == []
