"""Nights that fail for real: what is told at once, in which words, how often, and what the status says."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from flows.alerts.telling import SCHEMA
from flows.night import failing
from flows.night.failing import failures_told, last_told, office_at_hand, run_done, tell_failure
from flows.night.steps import begin, night
from flows.night.traces import OneLine, ToLog
from flows.serve import guarding
from tests.flows.command.test_cli import vigie
from tests.flows.conftest import OFFICE, Mailbox, make_home
from warehouse.clock import now
from warehouse.errors import BusyError, UsageError, VigieError
from warehouse.office.model import load_office
from warehouse.storage.database import rows, working
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.running import marked, unended
from warehouse.words.faults import fault
from warehouse.words.shapes import typed

REPOSITORY = Path(__file__).parents[3]
HOLD = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(600)"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What other tests told does not count, and the system's temporary folder is ours."""
    monkeypatch.setattr(failing, "_told_here", {})
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(sys, "argv", sys.argv)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A disk of its own on the folder; gives what mounts it anew with other options."""

    def mount(options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting a disk needs root")

    folder.mkdir(parents=True, exist_ok=True)
    mount(f"size={size}")
    try:
        yield mount
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fails(home: Home) -> str:
    """A night that fails; what its error says."""
    with pytest.raises(Exception, match=r".") as raised, failures_told(home):
        night(home, load_office(home.office_file), now())
    return str(raised.value)


def body(mailbox: Mailbox) -> str:
    found = mailbox.messages[-1].get_body(("plain",))
    assert found is not None
    return " ".join(str(found.get_content()).split())


def test_what_an_unforeseen_error_quotes_of_a_file_is_mailed_by_its_shape(
    door_home: Home, mailbox: Mailbox
) -> None:
    tell_failure(door_home, ValueError("could not convert string to float: 'Ana Canary'"))
    assert "ValueError: could not convert string to float: texte de 12 caractères" in body(mailbox)
    assert "Canary" not in str(mailbox.messages[-1])


def test_a_full_disk_is_told_at_once_and_once_with_the_journal_and_the_database_on_it(
    tmp_path: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    with small_disk(home.root, "600k"):
        home.office_file.write_text(yaml.safe_dump(OFFICE), encoding="utf-8")
        home.work.mkdir()
        with pytest.raises(OSError, match="No space"), (home.work / "filler").open("wb") as filler:
            filler.write(b"x" * 590_000)
            while True:
                filler.write(b"x" * 1000)
                filler.flush()
        fails(home)
        fails(home)
        (mail,) = mailbox.messages
        assert mail["subject"] == "Vigie, disque plein : la nuit a échoué (Office du Petit Pays)"
        assert "Le disque est plein" in body(mailbox)
        assert f"df -h {home.root}" in body(mailbox)
        vigie("status", "--home", home.root)
        assert "a échoué : Le disque est plein" in " ".join(capsys.readouterr().out.split())


def test_serve_tells_of_a_full_disk_on_which_no_run_can_begin(tmp_path: Path, mailbox: Mailbox) -> None:
    home = Home(tmp_path / "home")
    with small_disk(home.root, "900k"):
        home.office_file.write_text(yaml.safe_dump(OFFICE), encoding="utf-8")
        home.work.mkdir()
        guarding.look(home)
        guarding.look(home)
        assert not (home.work / "probe").exists()
    (mail,) = mailbox.messages
    assert mail["subject"] == "Vigie, disque plein : la nuit a échoué (Office du Petit Pays)"


def test_serve_says_nothing_of_a_home_that_can_be_written(door_home: Home, mailbox: Mailbox) -> None:
    door_home.work.mkdir()
    guarding.look(door_home)
    assert mailbox.messages == []
    assert list(door_home.work.iterdir()) == []


def test_a_run_that_fills_the_disk_leaves_its_true_error_in_its_mark(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with small_disk(home.root, "200k"):
        home.work.mkdir()
        with pytest.raises(OSError, match="No space"), refresh_lock(home), marked(home):
            (home.work / "filler").write_bytes(b"x" * 300_000)
        run = unended(home)
    assert run is not None
    assert run.error.startswith("Le disque est plein")


def test_a_read_only_folder_is_told_at_once_and_once(
    tmp_path: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    with small_disk(home.root, "5m") as mount:
        home.office_file.write_text(yaml.safe_dump(OFFICE), encoding="utf-8")
        home.prefect.mkdir(parents=True)
        with journal(home, SCHEMA):
            pass
        mount("remount,ro")
        fails(home)
        failing._told_here.clear()  # another process, the next hour
        fails(home)
        (mail,) = mailbox.messages
        assert mail["subject"] == "Vigie, dossier en lecture seule : la nuit a échoué (Office du Petit Pays)"
        assert "est en lecture seule, ou ses droits ont changé" in body(mailbox)
        # Prefect's server is not even started: it would be waited for in vain.
        assert vigie("refresh", "--home", home.root) == 1
        assert "vigie: Vigie ne peut pas écrire dans" in capsys.readouterr().err
        assert vigie("status", "--home", home.root) == 1
        said = capsys.readouterr()
        assert "a échoué : Vigie ne peut pas écrire dans" in " ".join(said.out.split())
        assert "Traceback" not in said.err


def test_a_database_that_somebody_holds_is_told_with_who_it_is(door_home: Home, mailbox: Mailbox) -> None:
    with working(door_home):
        pass
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(door_home.database)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        fails(door_home)
    finally:
        holder.kill()
        holder.wait()
    assert "est ouverte par un autre programme (python" in body(mailbox)
    assert f"processus {holder.pid})" in body(mailbox)
    assert str(door_home.published_database) in body(mailbox)
    run = unended(door_home)
    assert run is not None
    assert "est ouverte par un autre programme" in run.error


@pytest.mark.parametrize("damage", [b"not a database at all" * 1000, b""])
def test_a_corrupt_database_is_told_with_the_commands_that_make_it_again(
    door_home: Home, mailbox: Mailbox, damage: bytes
) -> None:
    door_home.work.mkdir(exist_ok=True)
    door_home.database.write_bytes(damage)
    fails(door_home)
    path = door_home.database
    assert f"mv {path} {path}.abimee" in body(mailbox)
    path.rename(f"{path}.abimee")
    with working(door_home):
        pass


def test_pages_of_the_database_that_were_overwritten_are_a_corrupt_database(home: Home) -> None:
    with working(home) as connection:
        connection.execute("CREATE TABLE raw.t AS SELECT md5(range::VARCHAR) AS s FROM range(100000)")
    with home.database.open("r+b") as file:
        file.seek(home.database.stat().st_size // 2)
        file.write(b"z" * 4096)
    with pytest.raises(duckdb.Error) as raised, working(home) as connection:
        connection.execute("SELECT max(s) FROM raw.t")
    assert fault(raised.value, home, "fr").kind == "corrupt"


def test_a_corrupt_journal_is_never_said_to_come_back_from_the_archive(home: Home) -> None:
    home.root.mkdir()
    home.journal.write_bytes(b"x" * 5000)
    with pytest.raises(sqlite3.DatabaseError) as raised, journal(home, SCHEMA):
        pass
    words = fault(raised.value, home, "fr").words
    assert "dernière sauvegarde" in words
    assert str(home.journal) in words


def test_a_corrupt_published_version_leaves_the_working_database_alone(home: Home) -> None:
    home.current.mkdir(parents=True)
    home.published_database.write_bytes(b"x" * 5000)
    with pytest.raises(duckdb.Error) as raised:
        duckdb.connect(str(home.published_database), read_only=True)
    words = fault(raised.value, home, "fr").words
    assert "La version publiée" in words
    assert "mv " not in words


def test_a_wrapped_error_is_known_by_its_first_cause(home: Home) -> None:
    try:
        try:
            raise OSError(28, "No space left on device")
        except OSError as cause:
            raise VigieError("dbt run failed: counter_hour") from cause
    except VigieError as error:
        assert fault(error, home, "fr").kind == "disk_full"


def broken_office(home: Home) -> None:
    text = home.office_file.read_text(encoding="utf-8")
    home.office_file.write_text(text.replace("siren: '123456789'", "siren: '12'"), encoding="utf-8")


def test_a_wrong_office_file_is_told_to_those_of_the_last_night_in_their_language(
    door_home: Home, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    door_home.work.mkdir()
    text = door_home.office_file.read_text(encoding="utf-8")
    door_home.office_file.write_text(text + "language: en\n", encoding="utf-8")
    run_done(door_home)
    broken_office(door_home)
    assert vigie("refresh", "--home", door_home.root) == 2
    assert vigie("refresh", "--home", door_home.root) == 2
    (mail,) = mailbox.messages
    assert mail["subject"] == ("Vigie, office.yml must be corrected: the night failed (Office du Petit Pays)")
    assert "siren" in body(mailbox)
    assert capsys.readouterr().err.count("\n") == 2


def test_status_and_incidents_work_with_a_wrong_office_file_and_say_so(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    door_home.work.mkdir()
    run_done(door_home)
    broken_office(door_home)
    assert vigie("incidents", "--home", door_home.root) == 0
    said = capsys.readouterr()
    assert "Aucun incident ouvert" in said.out
    assert "office.yml est à corriger" in said.err
    assert "siren" in said.err
    vigie("status", "--home", door_home.root)
    said = capsys.readouterr()
    assert "Rien n'est encore publié" in said.out
    assert "office.yml est à corriger" in said.err


def test_the_same_cause_is_told_again_after_a_day_another_one_at_once_and_a_good_night_forgets(
    door_home: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    door_home.work.mkdir()
    full = OSError(28, "No space left on device")
    tell_failure(door_home, full)
    tell_failure(door_home, full)
    assert len(mailbox.messages) == 1
    tell_failure(door_home, RuntimeError("a bug"))
    assert len(mailbox.messages) == 2
    later = now() + timedelta(days=1)
    monkeypatch.setattr(failing, "now", lambda: later)
    tell_failure(door_home, RuntimeError("a bug"))
    assert len(mailbox.messages) == 3
    run_done(door_home)
    assert last_told(door_home) is None
    tell_failure(door_home, RuntimeError("a bug"))
    assert len(mailbox.messages) == 4


def test_what_no_channel_took_is_told_by_the_next_run(door_home: Home, mailbox: Mailbox) -> None:
    mailbox.is_down = True
    tell_failure(door_home, RuntimeError("a bug"))
    assert last_told(door_home) is None
    mailbox.is_down = False
    tell_failure(door_home, RuntimeError("a bug"))
    assert len(mailbox.messages) == 1


def test_another_run_and_wrong_use_are_no_failure_of_the_night(door_home: Home, mailbox: Mailbox) -> None:
    with pytest.raises(UsageError), failures_told(door_home):
        raise UsageError("yesterday is not a date")
    with refresh_lock(door_home), pytest.raises(BusyError), failures_told(door_home), refresh_lock(door_home):
        pass
    assert mailbox.messages == []


def test_a_failure_that_cannot_be_told_leaves_the_night_s_own_error(door_home: Home) -> None:
    door_home.office_file.unlink()
    with pytest.raises(ZeroDivisionError), failures_told(door_home):
        raise ZeroDivisionError


def test_the_next_run_writes_why_the_one_before_failed_and_killed_only_of_one_without_error(
    door_home: Home,
) -> None:
    office = load_office(door_home.office_file)

    def run(error: Exception | None) -> None:
        with refresh_lock(door_home), marked(door_home) as before:
            begin(door_home, office, now(), before=before)
            if error is not None:
                raise error

    with pytest.raises(RuntimeError):
        run(RuntimeError("a bug in a model"))
    run(None)
    run(None)
    with working(door_home) as connection:
        found = rows(connection, "SELECT status, message FROM quality.run ORDER BY started_at")
    assert [row["status"] for row in found] == ["failed", "killed", "running"]
    assert "a bug in a model" in found[0]["message"]


def test_the_office_of_the_last_night_is_no_older_than_that(door_home: Home) -> None:
    door_home.work.mkdir()
    run_done(door_home)
    text = door_home.office_file.read_text(encoding="utf-8")
    door_home.office_file.write_text(text.replace("Petit Pays", "Grand Pays"), encoding="utf-8")
    run_done(door_home)
    broken_office(door_home)
    office, error = office_at_hand(door_home)
    assert office.name == "Office du Grand Pays"
    assert error is not None


COMMANDS = [
    ["refresh"], ["ingest", "counters", "x.csv"], ["status"], ["incidents"], ["incidents", "show", "x"],
    ["incidents", "acknowledge", "x"], ["incidents", "snooze", "x", "--days", "3"],
    ["incidents", "resolve", "x", "--reason", "accepted"],
    ["backtest", "--from", "2025-05-01", "--to", "2025-05-02"], ["sql", "SELECT 1"], ["serve"], ["check"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda one: " ".join(one[:2]))
def test_a_bug_is_one_line_with_where_its_trace_is(
    arguments: list[str], door_home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    door_home.work.mkdir()

    def buggy(*_: object, **__: object) -> None:
        raise RuntimeError("a bug\nof two lines")

    monkeypatch.setattr("flows.command.cli.load_office", buggy)
    monkeypatch.setattr("flows.command.cli.office_at_hand", buggy)
    monkeypatch.setattr("duckdb.connect", buggy)
    door_home.current.mkdir(parents=True)
    door_home.published_database.touch()
    assert vigie(*arguments, "--home", door_home.root) == 1
    said = capsys.readouterr().err
    assert said.startswith("vigie: Erreur inattendue (RuntimeError: a bug of two lines).")
    assert said.count("\n") == 1
    assert str(door_home.log_file) in said
    assert "Traceback" in door_home.log_file.read_text(encoding="utf-8")


def test_the_real_command_on_a_corrupt_published_version_prints_one_line(door_home: Home) -> None:
    door_home.work.mkdir()
    door_home.current.mkdir(parents=True)
    door_home.published_database.write_bytes(b"x" * 5000)
    done = subprocess.run(
        [sys.executable, "-c", "from flows.command.cli import main; main()", "status",
         "--home", door_home.root],
        cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("vigie: La version publiée")
    assert done.stderr.count("\n") == 1
    assert str(door_home.log_file) in done.stderr


def test_a_log_that_cannot_be_written_leads_to_the_system_s_temporary_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    with small_disk(home.root, "5m") as mount:
        make_home(Home(home.root / "x"))
        home.work.mkdir()
        home.current.mkdir(parents=True)
        home.published_database.write_bytes(b"x" * 5000)
        mount("remount,ro")
        assert vigie("sql", "SELECT 1", "--home", home.root) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(tmp_path / "temporary" / f"vigie-{os.geteuid()}" / "vigie.log") in said


def test_a_log_tells_what_a_file_gave_by_its_shape(
    door_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    door_home.work.mkdir()
    person = "Ana Canary"
    logger = logging.Logger("x")
    screen = logging.StreamHandler(sys.stderr)
    screen.setFormatter(OneLine())
    logger.addHandler(screen)
    logger.addHandler(ToLog(door_home))
    try:
        try:
            raise ValueError(f"could not convert string to float: {person!r}")
        except ValueError as error:
            raise RuntimeError(f"see {person!r}") from error
    except RuntimeError as error:
        logger.exception("file %s: %s", typed(person), error)
    for told in (capsys.readouterr().err, door_home.log_file.read_text(encoding="utf-8")):
        assert "Canary" not in told
        assert "file text of 10 characters: see text of 12 characters" in told
    assert "ValueError: could not convert string to float: text of 12 characters\n    which led to:" in (
        door_home.log_file.read_text(encoding="utf-8")
    )


def test_a_logged_trace_stays_off_the_screen(door_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    door_home.work.mkdir()
    logger = logging.Logger("x")
    screen = logging.StreamHandler(sys.stderr)
    screen.setFormatter(OneLine())
    logger.addHandler(screen)
    logger.addHandler(ToLog(door_home))
    try:
        raise RuntimeError("a bug")
    except RuntimeError:
        logger.exception("source %s failed", "counters")
    assert capsys.readouterr().err == "source counters failed (RuntimeError: a bug)\n"
    assert "Traceback" in door_home.log_file.read_text(encoding="utf-8")
