"""The `vigie` command: exit status, and one line that helps when something is wrong."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from flows.alerts.telling import enter
from flows.command.cli import main
from flows.serve.serving import only_one
from tests.findings import finding
from tests.flows.conftest import Life
from warehouse.clock import naive_utc, now
from warehouse.office.model import load_office
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock


def vigie(*arguments: object) -> int:
    """Run the command in this process; its exit status."""
    sys.argv = ["vigie", *map(str, arguments)]
    try:
        main()
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


@pytest.fixture(autouse=True)
def _argv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.delenv("VIGIE_HOME", raising=False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["status"], "VIGIE_HOME"),
        (["status", "--home", "nowhere"], "vigie init"),
        (["refresh", "--home", "HOME", "--as-of", "yesterday"], "2025-05-15"),
        (["ingest", "tills", "x.csv", "--home", "HOME"], "tills n'est pas une source"),
        (["ingest", "counters", "missing.csv", "--home", "HOME"], "missing.csv n'est pas un fichier"),
        (["backtest", "--from", "2025-05-01", "--to", "2025-08-31", "--home", "HOME"], "vigie refresh"),
        (["frobnicate"], "la commande frobnicate n'existe pas"),
        (["stats"], "vouliez-vous écrire « status »"),
        (["status", "--hom", "x"], "l'option --hom n'existe pas ; vouliez-vous écrire « --home »"),
        (["figures"], "il manque ANNÉE"),
        (["figures", "1"], "attendu : un nombre entier de 1900 à 2200"),
        (["sql", "--format", "xml", "FROM x"], "attendu : l'un de table, csv, json"),
        (["status", "--home"], "l'option --home attend une valeur"),
        (["status", "extra"], "un mot y est sans doute de trop"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(
    arguments: list[str], told: str, door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(door_home.root) if a == "HOME" else a for a in arguments]
    assert vigie(*given) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_the_status_of_a_home_that_never_published_says_so_and_ends_with_1(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vigie("status", "--home", door_home.root) == 1
    assert "vigie refresh" in capsys.readouterr().out


def test_the_status_tells_of_a_run_in_progress_and_of_one_that_was_killed(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = '{"started_at": "2025-05-17T00:30:00+00:00", "pid": 7, "host": "m", "error": ""}'
    with refresh_lock(door_home):
        door_home.run_file.write_text(mark, encoding="utf-8")
        vigie("status", "--exit-code", "--home", door_home.root)
        assert "en cours depuis le 17 mai 2025 à 02:30" in capsys.readouterr().out
    assert vigie("status", "--exit-code", "--home", door_home.root) == 1
    assert "interrompue" in capsys.readouterr().out


def test_a_second_serve_of_a_home_is_wrong_use(door_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with only_one(door_home):
        assert vigie("serve", "--home", door_home.root) == 2
    assert "Un autre `vigie serve`" in capsys.readouterr().err


def test_a_wrong_field_of_the_office_file_is_named(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    text = door_home.office_file.read_text(encoding="utf-8")
    door_home.office_file.write_text(text.replace("siren: '123456789'", "siren: '12'"), encoding="utf-8")
    assert vigie("status", "--home", door_home.root) == 2
    assert "siren" in capsys.readouterr().err


def test_init_makes_a_home_that_loads_and_never_overwrites_it(tmp_path: Path) -> None:
    assert vigie("init", "--home", tmp_path / "new") == 0
    assert load_office(Home(tmp_path / "new").office_file).code == "my-office"
    assert (tmp_path / "new" / "secrets.env").stat().st_mode & 0o077 == 0
    assert vigie("init", "--home", tmp_path / "new") == 2


def test_check_names_a_secret_that_is_missing(
    door_home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIE_ALERT_STAFF", raising=False)
    assert vigie("check", "--home", door_home.root) == 1
    assert "VIGIE_ALERT_STAFF" in capsys.readouterr().out


def test_a_night_by_hand_runs_and_says_what_it_did(life: Life) -> None:
    assert life.by_hand.status == 0
    assert "vigie.duckdb" in life.by_hand.said.replace("\n", "")


def test_the_alerts_of_a_past_season_are_told(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    assert vigie("backtest", "--from", "2025-05-01", "--to", "2025-05-19", "--home", life.home.root) == 0
    assert "15 mai 2025" in capsys.readouterr().out


def test_the_published_tables_are_asked_in_sql_and_not_written(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vigie("sql", "SELECT 6 * 7 AS answer", "--home", life.home.root) == 0
    assert "42" in capsys.readouterr().out
    assert vigie("sql", "DROP TABLE marts.indicator", "--home", life.home.root) == 2
    assert "ne fait que lire" in capsys.readouterr().err


def test_incidents_are_listed(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    assert vigie("incidents", "--all", "--home", life.home.root) == 0
    assert "clos" in capsys.readouterr().out


def test_the_status_names_sources_and_asks_for_attention(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vigie("status", "--home", life.home.root) == 0
    assert "counters" in capsys.readouterr().out
    assert vigie("status", "--exit-code", "--home", life.home.root) == 1  # the last night is months old


@pytest.fixture
def incident(door_home: Home) -> str:
    """The reference of an open incident of the door."""
    office = load_office(door_home.office_file)
    found = finding(subject="counter:door", onset_at=naive_utc(now()) - timedelta(hours=9))
    (reference,) = enter(door_home, office, [found], now())
    return reference


def test_an_incident_is_acknowledged_snoozed_and_resolved_by_how_its_reference_begins(
    door_home: Home, incident: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ("--home", door_home.root)
    assert vigie("incidents", "acknowledge", incident[:5], "--by", "Anne", *home) == 0
    assert vigie("incidents", "snooze", incident, "--days", 3, "--by", "Anne", *home) == 0
    assert vigie("incidents", "resolve", incident, "--reason", "accepted", "--by", "Luc", *home) == 0
    said = capsys.readouterr().out
    assert [word in said for word in ("pris en charge", "reporté", "clos")] == [True] * 3
    assert vigie("incidents", *home) == 0
    assert "Aucun incident ouvert" in capsys.readouterr().out
    assert vigie("incidents", "show", incident, *home) == 0
    told = capsys.readouterr().out
    assert told.count("Anne") == 2
    assert "Luc" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["acknowledge", "zzzz"], "Aucun incident n'a une référence"),
        (["snooze", "REFERENCE"], "soit --days, soit --until"),
        (["snooze", "REFERENCE", "--days", "90"], "31 jours"),
        (["resolve", "REFERENCE", "--reason", "because"], "repaired, false_alarm"),
    ],
)
def test_an_impossible_step_ends_with_2_and_changes_nothing(
    arguments: list[str], told: str, door_home: Home, incident: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [incident if a == "REFERENCE" else a for a in arguments]
    assert vigie("incidents", *given, "--home", door_home.root) == 2
    assert told in capsys.readouterr().err
    assert vigie("incidents", "--home", door_home.root) == 0
    assert "ouvert" in capsys.readouterr().out
