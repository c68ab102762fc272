"""The home folder: how it is found, its secrets, its lock, its working database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import UsageError, VigieError
from warehouse.spec import ColumnSpec, TableSpec
from warehouse.storage.database import LEDGER, SCHEMAS, ensure_raw_tables, rows, table_exists, working
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.secrets import secret

REPOSITORY = Path(__file__).parents[2]

HOLD = """
import sys, time
from pathlib import Path
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
with refresh_lock(Home(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_home_that_is_given_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path / "other"))
    assert Home.find(tmp_path / "mine").root == tmp_path / "mine"
    assert Home.find().root == tmp_path / "other"


def test_without_a_home_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIE_HOME", raising=False)
    with pytest.raises(UsageError, match="donnez --home DOSSIER, ou définissez VIGIE_HOME"):
        Home.find()


def test_a_secret_comes_from_the_environment_first_then_from_its_file(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.root.mkdir()
    home.secrets_file.write_text("VIGIE_TEST_KEY=from the file\n", encoding="utf-8")
    monkeypatch.delenv("VIGIE_TEST_KEY", raising=False)
    assert secret(home, "VIGIE_TEST_KEY") == "from the file"
    monkeypatch.setenv("VIGIE_TEST_KEY", "from the environment")
    assert secret(home, "VIGIE_TEST_KEY") == "from the environment"


@pytest.mark.parametrize("content", ["", "VIGIE_TEST_KEY=\n"])
def test_a_secret_that_is_nowhere_or_blank_is_told_with_the_remedy(
    home: Home, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.delenv("VIGIE_TEST_KEY", raising=False)
    home.root.mkdir()
    home.secrets_file.write_text(content, encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"VIGIE_TEST_KEY manque : définissez-le dans l'environnement, ou écrivez"
    ):
        secret(home, "VIGIE_TEST_KEY")


def test_a_second_process_is_refused_and_a_killed_holder_frees_the_lock(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(VigieError, match="Une autre actualisation est en cours"), refresh_lock(home):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with refresh_lock(home, wait_seconds=5):
        pass


def test_a_lock_is_free_again_after_an_error(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), refresh_lock(home):
        raise ZeroDivisionError
    with refresh_lock(home):
        pass


def test_what_another_version_reckoned_is_reckoned_anew_and_the_ledger_stays(home: Home) -> None:
    with working(home) as connection:
        connection.execute(
            "INSERT INTO quality.run VALUES ('o', 'r', now(), now(), now(), 'done', 0, 0, '', 'all')"
        )
        connection.execute("ALTER TABLE quality.run DROP COLUMN sources")
        connection.execute("DROP TABLE quality.outage; CREATE TABLE quality.outage (other INTEGER)")
        connection.execute("INSERT INTO ops.expected_month VALUES ('o', 's', '2025-01-01', 'f')")
        connection.execute("UPDATE ops.derived SET made_by = 'another version'")
    with working(home) as connection:
        assert rows(connection, "SELECT onset_at FROM quality.outage") == []
        assert rows(connection, "SELECT * FROM ops.expected_month") == []
        assert rows(connection, "SELECT run_id, sources FROM quality.run") == [
            {"run_id": "r", "sources": "all"}
        ]
        connection.execute("INSERT INTO ops.expected_month VALUES ('o', 's', '2025-01-01', 'f')")
    with working(home) as connection:
        assert len(rows(connection, "SELECT * FROM ops.expected_month")) == 1


def test_a_column_that_was_renamed_keeps_what_an_earlier_version_wrote(home: Home) -> None:
    with working(home) as connection:
        connection.execute("ALTER TABLE quality.control_total RENAME COLUMN is_disclosed TO is_told")
        connection.execute(
            "INSERT INTO quality.control_total VALUES ('auch', 'shop', 'x', 1, 9, 'amount', 3, 3, true, true)"
        )
    with working(home) as connection:
        assert rows(connection, "SELECT line, is_disclosed FROM quality.control_total") == [
            {"line": 9, "is_disclosed": True}
        ]


def test_the_working_database_has_its_schemas_and_is_checkpointed(home: Home) -> None:
    with working(home) as connection:
        found = {row[0] for row in connection.execute("SELECT schema_name FROM duckdb_schemas()").fetchall()}
        assert set(SCHEMAS) <= found
        assert table_exists(connection, "quality", "load")
        assert not table_exists(connection, "quality", "nothing")
    assert not home.database.with_name("vigie.duckdb.wal").exists()
    assert LEDGER.count("CREATE TABLE IF NOT EXISTS") == LEDGER.count("CREATE TABLE")


def test_what_was_written_stays_when_the_database_is_opened_again(home: Home) -> None:
    with working(home) as connection:
        connection.execute("CREATE TABLE raw.kept AS SELECT 1 AS one")
    with working(home) as connection:
        assert connection.execute("SELECT one FROM raw.kept").fetchone() == (1,)


def test_instants_are_utc_whatever_the_machine_says(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    with working(home) as connection:
        assert connection.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)


def test_missing_raw_tables_are_made_empty_and_present_ones_left_alone(home: Home) -> None:
    table = TableSpec(
        name="visit",
        description="d",
        grain="g",
        primary_key=("paid_eur",),
        replaces=(),
        happened=None,
        columns=(ColumnSpec(name="paid_eur", type="decimal", description="d"),),
    )
    with working(home) as connection:
        ensure_raw_tables(connection, [table])
        connection.execute("INSERT INTO raw.visit VALUES ('auch', 1, 2.5)")
        ensure_raw_tables(connection, [table])
        assert connection.execute(
            "SELECT typeof(paid_eur), count(*) FROM raw.visit GROUP BY 1"
        ).fetchall() == [("DECIMAL(18,4)", 1)]


def test_a_reader_is_kept_out_of_the_working_database(home: Home) -> None:
    with working(home):
        look = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)"
        result = subprocess.run(
            [sys.executable, "-c", look, str(home.database)], capture_output=True, text=True, check=False
        )
    assert result.returncode != 0
    assert duckdb.IOException.__name__ in result.stderr
