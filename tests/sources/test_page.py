"""docs/add-a-source.md, followed as it is written: from the page alone a source is read and counted."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from jinja2 import Environment

from sources import catalogue, layouts
from sources.loading import load
from tests.conftest import REPOSITORY
from tests.sources.conftest import ReadSource
from transforms.dictionary.entries import sections
from warehouse.storage.layout import Home

PAGE = (REPOSITORY / "docs" / "add-a-source.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) ?(\S*)([^\n]*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
COMMANDS = next(text for language, _, _, text in BLOCK.findall(PAGE) if language == "console")
TEST = "tests/sources/lockers/test_reading.py"


def write_files(root: Path) -> None:
    """Write what the page says to write below a checkout; what it says to add stands at the end of a file."""
    for language, name, is_added, text in BLOCK.findall(PAGE):
        if language != "console":
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text(encoding="utf-8") if is_added and path.exists() else ""
            path.write_text(f"{before}\n{text}" if before else text, encoding="utf-8")


def test_the_source_of_the_page_is_read_loaded_and_counted(
    home: Home, read_source: ReadSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "checkout"
    write_files(root)
    monkeypatch.setattr(catalogue, "ROOT", root / "sources")
    monkeypatch.setattr(layouts, "ROOT", root / "sources")
    layouts.shipped.cache_clear()

    # The test that the page writes.
    names: dict[str, Any] = {"__file__": str(root / TEST)}
    exec(compile((root / TEST).read_text(encoding="utf-8"), TEST, "exec"), names)
    (written,) = [value for name, value in names.items() if name.startswith("test_")]
    written(read_source)

    fixture = next((root / TEST).parent.glob("fixtures/*"))
    reading = read_source("lockers", fixture, "casiers-auch-2025-07.csv").reading
    spec = catalogue.find("lockers").SPEC
    staged = {name: [path] for name, path in reading.tables.items()}
    load(home, spec, staged, set(staged))

    ((code, entry),) = sections(root / "transforms" / "dictionary")["equipment"].items()
    macros = (REPOSITORY / "transforms" / "macros" / "figures.sql").read_text(encoding="utf-8")
    line = (root / "transforms/models/indicators/observed_lockers.sql").read_text(encoding="utf-8")
    query = Environment().from_string(macros + line).render(config=lambda **_: "", raw="raw.{}".format)
    with duckdb.connect(str(home.database)) as connection:
        found = connection.execute(
            f"SELECT indicator, site, sum(measured_value)::INTEGER FROM ({query}) GROUP BY ALL"
        ).fetchall()
    assert (entry.source, found) == ("lockers", [(code, "auch", 3)])


def test_no_line_of_python_is_needed_but_the_test() -> None:
    written = {name: len(text.splitlines()) for language, name, _, text in BLOCK.findall(PAGE) if name}
    assert [name for name in written if name.endswith(".py")] == [TEST]
    assert sum(lines for name, lines in written.items() if name.startswith("sources/")) <= 60


@pytest.mark.audit
def test_the_commands_of_the_page_make_figures_of_a_new_source(tmp_path: Path) -> None:
    """As somebody types them, in a copy of this checkout and a home that `vigie init` made."""
    root = tmp_path / "checkout"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info", "node_modules")
    shutil.copytree(REPOSITORY, root, ignore=ignored)
    write_files(root)
    told = []
    environment = {
        **{name: value for name, value in os.environ.items() if name != "VIGIE_MODELS"},
        "VIGIE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(root),
    }  # fmt: skip
    for line in ["vigie init", *COMMANDS.splitlines()]:
        program, *words = shlex.split(line)
        command = ["-m", "flows.command.cli", *words] if program == "vigie" else words
        done = subprocess.run(
            [sys.executable, *command],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        told.append(done.stdout)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    assert "Consignes Exemple" in told[2]
    assert re.search(r"Locations de consignes, Bureau d'accueil +│ +3 locations", told[-1])
