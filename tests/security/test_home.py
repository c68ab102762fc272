"""What another account of the machine can do with a home: nothing, but read what was opened to it."""

from __future__ import annotations

import fcntl
import grp
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.flows.command.test_cli import vigie
from tests.flows.conftest import drop_days, make_home
from warehouse.publishing.versions import publish
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.private import Opened, arrange, exposed, group_id, open_like, temporary_folder

REPOSITORY = Path(__file__).parents[2]
NIGHT = datetime(2025, 3, 11, 1, 30, tzinfo=UTC)
NOBODY, GROUP, OTHER_GROUP = 65534, "daemon", "mail"
# Where Python itself lies may be closed to others: what is used is imported before.
IMPORTS = "import fcntl, os, sqlite3, sys"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")


def modes(home: Home) -> dict[str, int]:
    """The mode of everything in a home, links aside."""
    return {
        str(path.relative_to(home.root)): stat.S_IMODE(path.stat().st_mode)
        for path in (home.root, *home.root.rglob("*"))
        if not path.is_symlink()
    }


def open_to_others(home: Home) -> dict[str, int]:
    return {name: mode for name, mode in modes(home).items() if mode & 0o077}


def number(group: str) -> int:
    return grp.getgrnam(group).gr_gid


def as_nobody(code: str, *arguments: object, groups: tuple[int, ...] = (), before: str = "") -> str:
    """What a piece of Python prints as another account; `before` is run as root, in the same process."""
    become = f"import os; os.setgroups({list(groups)}); os.setgid({NOBODY}); os.setuid({NOBODY})"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([IMPORTS, before, become, code]), *map(str, arguments)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def reachable() -> Iterator[Home]:
    """A home whose parent folder everybody may go through (pytest's own are closed)."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Home(Path(folder) / "home")


@pytest.fixture
def wide(reachable: Home) -> Home:
    """A home as an older version left it: all of it readable, its working database even to be written."""
    home = reachable
    before = os.umask(0)
    try:
        make_home(home)
        home.root.chmod(0o777)
        home.office_file.chmod(0o644)
        home.secrets_file.write_text("KEY=x\n", encoding="utf-8")
        home.secrets_file.chmod(0o644)
        for folder in (home.inbox / "counters", home.archive / "counters", home.prefect):
            folder.mkdir(parents=True)
        for path in (home.journal, home.lock_file, home.archive / "counters" / "a", home.prefect / "p.db"):
            path.touch()
        (home.inbox / "counters" / "dropped.csv").touch()
        with duckdb.connect(str(home.database)) as connection:
            connection.execute("CREATE SCHEMA marts; CREATE TABLE marts.site AS SELECT 1 AS one")
            connection.execute("CREATE SCHEMA quality")
    finally:
        os.umask(before)
    return home


# --- what is there already -------------------------------------------------------------------------------


def test_a_home_that_is_there_is_closed_and_what_is_dropped_is_left_as_it_is(wide: Home) -> None:
    arranged = arrange(wide, Opened())
    assert arranged.closed[0] == wide.root
    assert arranged.refused == ()
    assert open_to_others(wide) == {"inbox/counters/dropped.csv": 0o666}
    assert arrange(wide, Opened()).closed == ()


def test_links_in_a_home_are_not_followed_when_it_is_closed(wide: Home) -> None:
    elsewhere = wide.root.parent / "elsewhere"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    (wide.archive / "counters" / "link").symlink_to(elsewhere)
    arrange(wide, Opened())
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


def test_a_file_of_secrets_that_others_can_write_is_left_for_a_person_to_look_at(wide: Home) -> None:
    wide.secrets_file.chmod(0o666)
    arrange(wide, Opened())
    assert list(exposed(wide)) == [("secrets_written", wide.secrets_file)]


@pytest.mark.parametrize(
    ("path", "mode", "told"),
    [
        ("secrets.env", 0o640, ["secrets_read"]),
        ("secrets.env", 0o620, ["secrets_written"]),
        ("secrets.env", 0o602, ["secrets_written"]),
        ("office.yml", 0o604, ["office_read"]),
        ("office.yml", 0o660, ["office_written"]),
        ("..", 0o775, ["parent"]),
        ("..", 0o1777, []),  # as /tmp: none but its owner renames the home
        ("archive", 0o755, []),  # the next run closes it
    ],
)
def test_what_others_can_read_write_or_swap_is_known(
    path: str, mode: int, told: list[str], wide: Home
) -> None:
    arrange(wide, Opened())
    (wide.root / path).resolve().chmod(mode)
    assert [what for what, _ in exposed(wide)] == told


# --- what is opened --------------------------------------------------------------------------------------


@as_root
def test_what_is_published_is_opened_to_a_group_and_closed_again(wide: Home) -> None:
    with refresh_lock(wide):
        first = publish(wide, NIGHT).path
        arrange(wide, Opened(published=number(GROUP)))
        second = publish(wide, NIGHT).path
    opened = open_to_others(wide)
    assert opened.pop(".") == 0o710
    assert {mode for name, mode in opened.items() if not name.startswith("published")} == {0o666}
    for version in (first, second):
        assert stat.S_IMODE(version.stat().st_mode) == 0o750
        assert stat.S_IMODE((version / "vigie.duckdb").stat().st_mode) == 0o640
        assert (version / "marts" / "site.parquet").stat().st_gid == number(GROUP)
    arrange(wide, Opened())
    assert set(open_to_others(wide)) == {"inbox/counters/dropped.csv"}


def test_a_version_in_the_making_is_open_to_nobody(wide: Home) -> None:
    building = wide.published / "versions" / ".building-x"
    building.mkdir(parents=True, mode=0o700)
    (building / "vigie.duckdb").touch(mode=0o600)
    wide.published.chmod(0o750)
    open_like(wide.published / "versions", wide.published)
    assert stat.S_IMODE((building / "vigie.duckdb").stat().st_mode) == 0o600
    assert stat.S_IMODE(building.stat().st_mode) == 0o700
    assert stat.S_IMODE(building.parent.stat().st_mode) == 0o750


@as_root
@pytest.mark.parametrize(
    ("opened", "root"),
    [
        ((GROUP, None), 0o710),
        ((None, GROUP), 0o710),
        ((GROUP, GROUP), 0o710),
        ((GROUP, OTHER_GROUP), 0o711),
    ],
)
def test_the_home_itself_is_only_gone_through(
    opened: tuple[str | None, str | None], root: int, wide: Home
) -> None:
    published, inbox = (number(group) if group else None for group in opened)
    arrange(wide, Opened(published, inbox))
    assert stat.S_IMODE(wide.root.stat().st_mode) == root
    assert stat.S_IMODE((wide.inbox / "counters").stat().st_mode) == (0o3770 if inbox else 0o700)


# --- as another account ----------------------------------------------------------------------------------

ATTEMPTS = """
home, = sys.argv[1:]
def attempt(name, work):
    try:
        work()
    except (OSError, sqlite3.Error):
        return
    print(name)
attempt("list", lambda: os.listdir(home))
for path in ("warehouse", "archive", "inbox", "archive/counters", "warehouse/prefect"):
    attempt("list " + path, lambda: os.listdir(f"{home}/{path}"))
files = "office.yml secrets.env warehouse/vigie.duckdb warehouse/refresh.lock archive/counters/a"
for path in files.split():
    attempt("read " + path, lambda: open(f"{home}/{path}", "rb"))
    attempt("write " + path, lambda: open(f"{home}/{path}", "ab"))
attempt("lock", lambda: fcntl.flock(open(f"{home}/warehouse/refresh.lock", "rb"), fcntl.LOCK_EX))
attempt("journal", lambda: sqlite3.connect(f"{home}/journal.sqlite").execute("BEGIN IMMEDIATE"))
attempt("make", lambda: open(f"{home}/new", "wb"))
attempt("make in inbox", lambda: open(f"{home}/inbox/counters/new.csv", "wb"))
attempt("published", lambda: open(f"{home}/published/current/vigie.duckdb", "rb"))
attempt("write published", lambda: open(f"{home}/published/current/vigie.duckdb", "ab"))
attempt("make in published", lambda: open(f"{home}/published/current/vigie.duckdb.wal", "wb"))
"""


@as_root
def test_another_account_reaches_nothing_but_what_its_group_was_given(wide: Home) -> None:
    with refresh_lock(wide):
        publish(wide, NIGHT)
    reached = as_nobody(ATTEMPTS, wide.root).splitlines()
    assert {"list", "lock", "journal", "read secrets.env", "make", "make in inbox"} <= {*reached}
    (wide.root / "new").unlink()
    (wide.inbox / "counters" / "new.csv").unlink()
    arrange(wide, Opened())
    assert as_nobody(ATTEMPTS, wide.root) == ""
    arrange(wide, Opened(published=number(GROUP), inbox=number(OTHER_GROUP)))
    assert as_nobody(ATTEMPTS, wide.root) == ""
    assert as_nobody(ATTEMPTS, wide.root, groups=(number(GROUP),)) == "published\n"
    told = as_nobody(ATTEMPTS, wide.root, groups=(number(OTHER_GROUP),))
    assert told == "list inbox\nmake in inbox\n"


@as_root
def test_an_analyst_of_the_group_asks_in_sql_and_another_account_does_not(wide: Home) -> None:
    with refresh_lock(wide):
        publish(wide, NIGHT)
    arrange(wide, Opened(published=number(GROUP)))
    prepare = """
from flows.command.cli import main
sys.argv = ["vigie", "sql", "SELECT one + 41 AS answer FROM marts.site", "--home", sys.argv[1]]
def ask():
    try:
        main()
    except SystemExit as ended:
        print("ended with", ended.code)
ask()
"""
    told = as_nobody("ask()", wide.root, groups=(number(GROUP),), before=prepare)
    assert (told.count("42"), told.count("ended with 0")) == (2, 2), told
    told = as_nobody("ask()", wide.root, before=prepare)
    assert (told.count("42"), told.count("ended with 0")) == (1, 1)


@as_root
def test_a_group_that_the_account_is_no_member_of_is_refused_in_words(wide: Home) -> None:
    code = (
        "for group in ('daemon', 'no-such-group'):\n"
        "    try: print(group_id(group))\n"
        "    except NoGroupError as error: print(error.why)\n"
    )
    before = "from warehouse.storage.private import NoGroupError, group_id"
    assert as_nobody(code, before=before) == "foreign\nunknown\n"
    assert group_id(GROUP) == number(GROUP)


def test_the_folder_for_temporary_files_is_ours_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = temporary_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        temporary_folder()


# --- what a night makes ----------------------------------------------------------------------------------


def test_all_that_a_night_makes_is_its_account_s_alone_whatever_the_mask(wide: Home) -> None:
    """By the command, as a person or cron runs it, in a home that was open: told once."""
    os.utime(wide.inbox / "counters" / "dropped.csv", (0, 0))
    drop_days(wide, date(2025, 3, 3), date(2025, 3, 9))
    command = [
        sys.executable,
        "-m",
        "flows.command.cli",
        "refresh",
        "--as-of",
        "2025-03-11",
        "--home",
        str(wide.root),
    ]
    environment = {**os.environ, "VIGIE_ALERT_STAFF": "json://127.0.0.1:9"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, umask=0, capture_output=True, text=True, check=False
    )
    assert "D'autres comptes de la machine pouvaient lire ou modifier" in done.stderr
    assert "Changez les secrets" in done.stdout
    assert wide.published_database.is_file()
    assert open_to_others(wide) == {}


def test_a_home_that_init_makes_is_closed_even_in_a_folder_that_was_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)
    (tmp_path / "home").mkdir(mode=0o755)
    assert vigie("init", "--home", tmp_path / "home") == 0
    assert open_to_others(Home(tmp_path / "home")) == {}


def test_a_lock_is_its_account_s_alone(wide: Home) -> None:
    arrange(wide, Opened())
    wide.lock_file.unlink()
    os.umask(0o077)
    with refresh_lock(wide):
        assert stat.S_IMODE(wide.lock_file.stat().st_mode) == 0o600
        with wide.lock_file.open("rb") as file, pytest.raises(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
