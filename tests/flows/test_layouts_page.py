"""docs/layouts.md, followed as it is written: from an unknown kiosk's export to figures."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.command.cli import app
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "layouts.md").read_text(encoding="utf-8")
OFFICE = """code: demo
name: Office de démonstration
siren: "200066926"
language: fr
time_zone: Europe/Paris
department: "32"
school_zone: C
municipalities: [{code: "32013", name: Auch}]
sites: [{code: aire, name: Aire, municipality: "32013", always_open: true}]
systems:
  motorhome: [{site: aire, capacity: 58, vat_pct: 20}]
"""


def blocks(language: str) -> list[tuple[str, str]]:
    """The blocks of the page in a language: what stands behind its name, and the text."""
    return re.findall(rf"^```{language} ?([^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_page_leads_from_an_unknown_export_to_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((layout, yaml),) = blocks("yaml")
    ((export, rows),) = blocks("csv")
    assert len(yaml.splitlines()) <= 10
    (tmp_path / layout).parent.mkdir(parents=True)
    (tmp_path / layout).write_text(yaml, encoding="utf-8")
    (tmp_path / export).write_text(rows, encoding="cp1252")
    (tmp_path / "office.yml").write_text(OFFICE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path))
    ((_, commands),) = blocks("console")
    for command in commands.splitlines():
        vigie, *arguments = shlex.split(command)
        assert vigie == "vigie"
        answer = CliRunner().invoke(app, arguments)
        assert answer.exit_code == 0, answer.output
    with Path("figures.csv").open(encoding="utf-8-sig", newline="") as lines:
        figures = list(csv.DictReader(lines, delimiter=";"))
    taken = [one for one in figures if "15,16" in one.values()]
    assert taken, figures
