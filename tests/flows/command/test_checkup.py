"""`vigie check` says what is wrong before a night is: names, the template, servers that do not answer."""

# ruff: noqa: E501  # what is written and what is told of it stand on one line
from __future__ import annotations

import socket
from datetime import date
from pathlib import Path

import pytest

from flows.command.checkup import checkup
from flows.night.ingesting import read_and_load, receive
from tests.flows.command.test_cli import vigie
from tests.flows.conftest import Mailbox, drop
from warehouse.clock import nightly_instant
from warehouse.office.model import load_office
from warehouse.storage.layout import Home
from warehouse.storage.secrets import WritableSecretsError, secret


def problems(home: Home, more: str = "") -> list[str]:
    """What is told of the home's office file with these lines at its end."""
    with home.office_file.open("a", encoding="utf-8") as file:
        file.write(more)
    return checkup(home, load_office(home.office_file))


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_home_in_order_has_no_problem_and_its_mail_server_gets_no_mail(
    door_home: Home, mailbox: Mailbox
) -> None:
    assert problems(door_home) == []
    assert mailbox.messages == []


def test_a_mail_server_that_does_not_answer_is_named_with_its_channel(
    door_home: Home, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "VIGIE_ALERT_STAFF", f"mailto://127.0.0.1:{closed_port}?from=a@example.org&to=b@example.org"
    )
    (told,) = problems(door_home)
    assert told.startswith(f"Canal staff : le serveur de courrier 127.0.0.1:{closed_port} ne répond pas (")
    assert "vérifiez VIGIE_ALERT_STAFF" in told


def test_a_web_service_that_does_not_answer_is_named_with_its_channel(
    door_home: Home, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_ALERT_STAFF", f"json://127.0.0.1:{closed_port}/alert")
    (told,) = problems(door_home)
    assert told.startswith(f"Canal staff : 127.0.0.1:{closed_port} ne répond pas (")


def test_a_secret_that_is_no_address_is_told(door_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ALERT_STAFF", "staff@example.org")
    (told,) = problems(door_home)
    assert "n'est pas une adresse Apprise" in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "breaks: [{indicator: counter_pasages, date: 2025-05-15, reason: r}]\n",
            "breaks.0.indicator: « counter_pasages » n'est pas un indicateur connu ; vouliez-vous écrire « counter_passages » ?",
        ),
        ("objectives: [{indicator: visits, year: 2026, value: 3}]\n", "objectives.0.indicator: « visits » n'est pas un"),
    ],
)  # fmt: skip
def test_a_name_that_nobody_knows_is_told_by_its_line_with_the_nearest(
    door_home: Home, mailbox: Mailbox, more: str, told: str
) -> None:
    line = len(door_home.office_file.read_text(encoding="utf-8").splitlines()) + 1
    (problem,) = problems(door_home, more)
    assert problem.startswith(f"{door_home.office_file}:{line}: {told}")


def test_the_untouched_template_is_told_line_by_line(tmp_path: Path) -> None:
    vigie("init", "--home", tmp_path / "new")
    home = Home(tmp_path / "new")
    told = checkup(home, load_office(home.office_file))
    assert [problem.split(": ")[1] for problem in told] == [
        "code", "name", "siren", "municipalities.0.code",
    ]  # fmt: skip


def test_every_problem_of_a_wrong_file_is_on_a_line_of_its_own(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    text = door_home.office_file.read_text(encoding="utf-8")
    door_home.office_file.write_text(f"{text}nmae: x\nlangage: fr\n", encoding="utf-8")
    assert vigie("check", "--home", door_home.root) == 2
    said = capsys.readouterr().out.replace("\n", " ")
    assert said.count("n'est pas un champ connu ici ; vouliez-vous") == 2
    assert "2 points à corriger" in said


def test_a_published_reason_that_points_at_somebody_is_told_by_its_line(
    door_home: Home, mailbox: Mailbox
) -> None:
    (told,) = problems(
        door_home,
        "breaks: [{indicator: counter_passages, site: desk, date: 2025-01-01, reason: vu avec Anne (06 12 34 56 78)}]\n",
    )
    assert "breaks.0.reason" in told and "numéro de téléphone" in told


def test_what_became_of_a_file_is_told_in_full_and_published_by_shapes(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    office = load_office(door_home.office_file)
    drop(
        door_home,
        "counters",
        "porte-2025.csv",
        "Date;Heure;Entrées;Météo\n14/03/2025;10;Dupont;x\n14/03/2025;11;3;x\n",
    )
    at = nightly_instant(date(2025, 5, 17), office.zone)
    receive(door_home, office, "counters", at)
    read_and_load(door_home, office, "counters", at)
    assert vigie("check", "porte-2025.csv", "--home", door_home.root) == 0
    said = capsys.readouterr().out
    assert "porte-2025.csv (loaded)" in said and "« Météo »" in said
    assert "ligne 2, « Entrées » : « Dupont » n'est pas un nombre" in said
    assert vigie("check", "nobody.csv", "--home", door_home.root) == 2
    assert "« nobody.csv »" in capsys.readouterr().err


MOTORHOME = "systems: {motorhome: [{site: desk, capacity: 10, vat_pct: 20}]}\n"


@pytest.mark.parametrize(
    ("key", "is_weak"),
    [
        ("secret", True),
        ("changeme", True),
        ("changemechangeme", True),
        ("motdepassemotdepasse", True),
        ("0101010101010101", True),
        ("9f2c61d0b7a85e34", False),
        ("demonstration only, not a secret", False),
    ],
)
def test_a_key_that_can_be_guessed_is_told(
    door_home: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, key: str, is_weak: bool
) -> None:
    monkeypatch.setenv("VIGIE_PLATE_KEY", key)
    told = problems(door_home, MOTORHOME)
    assert [line.startswith("La clé VIGIE_PLATE_KEY est trop faible") for line in told] == [True] * is_weak
    assert [line for line in told if key in line] == []


def test_a_group_that_the_machine_does_not_know_is_told_by_its_line(
    door_home: Home, mailbox: Mailbox
) -> None:
    line = len(door_home.office_file.read_text(encoding="utf-8").splitlines()) + 1
    (told,) = problems(door_home, "privacy: {published_group: no-such-group}\n")
    place = f"{door_home.office_file}:{line}: privacy.published_group: "
    assert told.startswith(f"{place}le groupe « no-such-group » n'existe pas sur cette machine")


def test_a_file_of_secrets_that_others_can_write_gives_none_and_is_told_once(
    door_home: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIE_ALERT_STAFF")
    door_home.secrets_file.write_text("VIGIE_ALERT_STAFF=json://127.0.0.1:9\n", encoding="utf-8")
    door_home.secrets_file.chmod(0o620)
    (told,) = problems(door_home)
    assert told.startswith(f"{door_home.secrets_file} peut être modifié par d'autres comptes")
    assert told.endswith(f"chmod 600 {door_home.secrets_file}")
    with pytest.raises(WritableSecretsError, match="chmod 600"):
        secret(door_home, "VIGIE_ALERT_STAFF")


def test_what_others_can_read_is_told_by_the_status_too(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    door_home.office_file.chmod(0o644)
    assert vigie("status", "--home", door_home.root) == 1
    said = "".join(capsys.readouterr().out.split())  # lines are folded
    assert f"chmod600{door_home.office_file}" in said
