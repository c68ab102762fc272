"""`vigie forget` and the pages: none shows who was forgotten, and none has to be waited for."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from flows.command.console import show_erased
from flows.command.forgetting import forget, person_of
from flows.night.drawing import draw
from tests.flows.conftest import Life
from warehouse.office.model import load_office
from warehouse.storage.layout import Home
from warehouse.words.person import Identifier

NAME = "Hélène Zirkovitch"


def test_the_pages_of_a_forgotten_person_are_drawn_anew_without_them(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_PLATE_KEY", "k" * 64)
    shutil.copytree(life.home.root, tmp_path / "home", symlinks=True)
    home = Home(tmp_path / "home")
    office = load_office(home.office_file)
    with duckdb.connect(str(home.published_database)) as connection:
        connection.execute("UPDATE marts.site SET site_name = ?", [f"chez {NAME}"])
    draw(home, office)
    pages = home.current / "pages"
    shown = [path for path in pages.glob("*.html") if NAME in path.read_text(encoding="utf-8")]
    assert shown

    forget(home, office, person_of(home, office, [Identifier("name", NAME)]), "dpo")
    left = [
        path for path in home.published.rglob("*.html") if "Zirkovitch" in path.read_text(encoding="utf-8")
    ]
    assert left == []
    assert {path.name for path in shown} <= {path.name for path in pages.glob("*.html")}


def test_who_is_forgotten_while_pages_cannot_be_written_is_erased_and_that_is_said(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIGIE_PLATE_KEY", "k" * 64)
    shutil.copytree(life.home.root, tmp_path / "home", symlinks=True)
    home = Home(tmp_path / "home")
    office = load_office(home.office_file)
    with duckdb.connect(str(home.published_database)) as connection:
        connection.execute("UPDATE marts.site SET site_name = ?", [f"chez {NAME}"])
    shutil.rmtree(home.charts, ignore_errors=True)
    home.charts.write_text("a file where drawings are kept", encoding="utf-8")
    erased = forget(home, office, person_of(home, office, [Identifier("name", NAME)]), "dpo")
    show_erased(home, office, erased)
    assert erased.left.places.total() == 0
    assert "il n'y en a plus jusqu'à la prochaine nuit" in " ".join(capsys.readouterr().err.split())
