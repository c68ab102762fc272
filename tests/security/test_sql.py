"""`vigie sql` reads what is published, and nothing else of the machine; nothing is written anywhere."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path

import duckdb
import pytest

from tests.flows.command.test_cli import vigie
from warehouse.storage.asked import READING_FUNCTIONS, NotReading, reading
from warehouse.storage.database import only_read
from warehouse.storage.layout import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a published version of one table, and a secret."""
    home = Home(tmp_path / "home")
    version = home.published / "versions" / "20260105T013000Z"
    version.mkdir(parents=True)
    home.current.symlink_to("versions/20260105T013000Z")
    home.work.mkdir()
    home.secrets_file.write_text("KEY=hidden-away\n", encoding="utf-8")
    for path in (home.published_database, home.database):
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE SCHEMA marts")
            connection.execute("CREATE TABLE marts.site AS SELECT 'desk' AS site, 3 AS count")
    return home


def files(home: Home) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


REACHING_OUT = """
ATTACH '{home}/warehouse/vigie.duckdb' AS w
ATTACH '{home}/warehouse/vigie.duckdb' AS w (READ_ONLY)
ATTACH '{home}/published/current/vigie.duckdb' AS w
ATTACH ':memory:' AS w
ATTACH 'http://127.0.0.1:9/x.duckdb' AS w
DETACH vigie
USE memory
COPY marts.site TO '{home}/office.yml'
COPY (SELECT 1) TO '{home}/published/current/vigie.duckdb.wal'
COPY marts.site FROM '{home}/secrets.env'
EXPLAIN ANALYZE COPY (SELECT 1) TO '{home}/published/current/vigie.duckdb.wal'
PREPARE p AS COPY (SELECT 1) TO '{home}/office.yml'
EXECUTE p
EXPORT DATABASE '{home}/export'
IMPORT DATABASE '{home}/export'
SELECT * FROM read_text('{home}/secrets.env')
SELECT * FROM read_blob('{home}/secrets.env')
SELECT * FROM read_csv('{home}/secrets.env')
SELECT * FROM read_json('{home}/secrets.env')
SELECT * FROM read_parquet('{home}/secrets.env')
SELECT * FROM sniff_csv('{home}/secrets.env')
SELECT * FROM parquet_metadata('{home}/secrets.env')
SELECT * FROM read_duckdb('{home}/warehouse/vigie.duckdb')
SELECT * FROM '{home}/secrets.env'
SELECT * FROM 'secrets.csv'
SELECT * FROM glob('{home}/*')
SELECT * FROM read_csv('http://127.0.0.1:9/x')
SELECT * FROM query('SELECT * FROM read_text(''{home}/secrets.env'')')
CREATE TEMP MACRO f(x) AS TABLE SELECT * FROM read_text(x); SELECT * FROM f('{home}/secrets.env')
SELECT 1; COPY (SELECT 1) TO '{home}/office.yml'
SELECT getenv('HOME')
SELECT * FROM os
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_extensions()
CREATE SECRET (TYPE http, BEARER_TOKEN 'x')
CREATE PERSISTENT SECRET (TYPE http, BEARER_TOKEN 'x')
INSTALL httpfs
LOAD httpfs
LOAD '{home}/x.duckdb_extension'
UPDATE EXTENSIONS
SET memory_limit = '8GB'
SET enable_external_access = true
SET temp_directory = '{home}'
RESET memory_limit
PRAGMA memory_limit = '8GB'
PRAGMA enable_profiling
PRAGMA profile_output = '{home}/profile.json'
SET log_query_path = '{home}/query.log'
CALL enable_logging(storage = 'file', storage_path = '{home}/log')
SELECT * FROM enable_logging(storage = 'file', storage_path = '{home}/log')
FROM system.main."ENABLE_logging" /* there */ (storage = 'file', storage_path = '{home}/log')
FROM query('from enable_'||'logging(storage=''file'', storage_path=''{home}/log'')')
FROM query_table('marts.site')
FROM json_execute_serialized_sql(json_serialize_sql('FROM enable_'||'logging(storage=''file'')'))
FROM marts.site, LATERAL (FROM enable_logging(storage = 'file', storage_path = '{home}/log'))
SELECT (SELECT count(*) FROM enable_logging(storage = 'file', storage_path = '{home}/log'))
WITH one AS (FROM enable_logging(storage = 'file', storage_path = '{home}/log')) FROM one
PIVOT (FROM enable_logging(storage = 'file', storage_path = '{home}/log')) ON Success USING count(*)
PIVOT (FROM marts.site WHERE site = E'\\'' AND EXISTS (FROM enable_logging())) ON site USING sum(count)
SUMMARIZE FROM enable_logging(storage = 'file', storage_path = '{home}/log')
FROM enable_profiling(save_location = '{home}/profile.json')
FROM disable_logging()
FROM truncate_duckdb_logs()
FROM checkpoint()
FROM force_checkpoint()
FROM pandas_scan(140000000)
SELECT 1; FROM enable_profiling(save_location = '{home}/profile.json')
CREATE TEMP MACRO f() AS TABLE FROM enable_profiling(save_location = '{home}/profile.json')
CREATE TEMP TABLE other AS SELECT 1
CHECKPOINT
VACUUM
BEGIN
CREATE TABLE marts.other AS SELECT 1
CREATE VIEW marts.other AS SELECT 1
INSERT INTO marts.site VALUES ('x', 1)
UPDATE marts.site SET count = 0
DELETE FROM marts.site
DROP TABLE marts.site
ALTER TABLE marts.site ADD COLUMN more INTEGER
COMMENT ON TABLE marts.site IS 'x'
""".strip().splitlines()


@pytest.mark.parametrize("query", REACHING_OUT)
def test_a_statement_that_reaches_out_or_writes_is_refused_in_words_and_changes_nothing(
    query: str, home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    before = files(home)
    assert vigie("sql", query.format(home=home.root), "--home", home.root) == 2
    said = capfd.readouterr()
    assert said.err.startswith(("vigie: Refusé : `vigie sql` ne fait que lire", "vigie: La requête a échoué"))
    assert said.err.count("\n") == 1
    assert "hidden-away" not in said.out + said.err
    assert files(home) == before


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM marts.site",
        "FROM marts.site",
        "WITH one AS (SELECT 1) SELECT * FROM one",
        "DESCRIBE marts.site",
        "SHOW ALL TABLES",
        "SUMMARIZE marts.site",
        "PIVOT marts.site ON site USING sum(count)",
        "PIVOT (SELECT 'enable_logging(' AS one, 1 AS two FROM range(3)) ON one USING sum(two)",
        "SELECT 'enable_logging' AS enable_logging",
        "WITH query(one) AS (SELECT 1) FROM query",
        "SELECT month FROM generate_series(1, 12) AS t(month), unnest([1, 2]) AS u(part)",
        "SHOW TABLES",
        "PRAGMA table_info('marts.site')",
        "SELECT " + "abs(" * 900 + "1" + ")" * 900,
        "/* nothing is asked */",
        "SELECT column_name, comment FROM duckdb_columns()",
        "SELECT (TIMESTAMPTZ '2025-07-01 10:00:00+00') AT TIME ZONE 'Europe/Paris'",
    ],
)
def test_what_analysts_ask_is_answered(query: str, home: Home) -> None:
    assert vigie("sql", query, "--home", home.root) == 0


def test_the_functions_that_read_are_those_of_this_duckdb_and_no_other_function_of_a_table_is_called(
    home: Home,
) -> None:
    with only_read(home.published_database) as connection:
        known = connection.execute(
            """SELECT DISTINCT lower(function_name) FROM duckdb_functions()
               WHERE function_type IN ('table', 'table_macro', 'pragma')"""
        )
        functions = {name for (name,) in known.fetchall()}
        assert functions >= READING_FUNCTIONS
        for name in functions - READING_FUNCTIONS:
            with pytest.raises(NotReading, match=name):
                reading(connection, f'FROM "{name}"()')


def test_each_of_several_statements_is_answered_and_none_where_one_is_refused(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    assert vigie("sql", "SELECT 1 AS a; FROM marts.site", "--format", "csv", "--home", home.root) == 0
    assert capfd.readouterr().out == "a\n1\nsite,count\ndesk,3\n"
    assert vigie("sql", "SELECT 1 AS a; FROM checkpoint()", "--format", "csv", "--home", home.root) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert "n'appelle pas checkpoint()" in said.err


def test_what_does_not_fit_in_memory_is_kept_in_a_folder_of_its_own_that_goes_away(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    before = files(home)
    query = """SELECT count(*) AS n, current_setting('temp_directory') AS spill,
                      current_setting('memory_limit') AS m
               FROM (SELECT i::VARCHAR || 'padding to fill the memory up' AS t
                     FROM range(9000000) AS r(i) ORDER BY t DESC)"""
    assert vigie("sql", query, "--format", "csv", "--home", home.root) == 0
    (row,) = csv.DictReader(StringIO(capfd.readouterr().out))
    assert (row["n"], row["m"]) == ("9000000", "572.2 MiB")
    assert not Path(row["spill"]).exists()
    assert not Path(row["spill"]).is_relative_to(home.root)
    assert files(home) == before


HIDDEN = "SELECT 'a\x1b[31m\u202eb\u009b' || chr(10) || '[red]é[/red] :smiley:' AS \"\x1b]0;t\x07name\""


def test_a_cell_of_a_table_acts_on_no_terminal(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    assert vigie("sql", HIDDEN, "--home", home.root) == 0
    said = capfd.readouterr().out
    assert "a\\u001b[31m\\u202eb\\u009b\\n[red]é[/red] :smiley:" in said
    assert "\\u001b]0;t\\u0007name" in said
    assert [c for c in said if not c.isprintable() and c != "\n"] == []


def test_json_escapes_what_is_not_seen_and_keeps_the_data(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    assert vigie("sql", HIDDEN, "--format", "json", "--home", home.root) == 0
    said = capfd.readouterr().out
    assert json.loads(said) == [{"\x1b]0;t\x07name": "a\x1b[31m\u202eb\u009b\n[red]é[/red] :smiley:"}]
    assert [c for c in said if not c.isprintable() and c != "\n"] == []


def test_csv_keeps_the_data_for_programs(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    assert vigie("sql", HIDDEN, "--format", "csv", "--home", home.root) == 0
    (row,) = csv.reader(StringIO(capfd.readouterr().out.partition("\n")[2]))
    assert row == ["a\x1b[31m\u202eb\u009b\n[red]é[/red] :smiley:"]


def test_csv_on_a_terminal_acts_on_nothing(home: Home) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "flows.command.cli",
        "sql",
        HIDDEN,
        "--format",
        "csv",
        "--home",
        str(home.root),
    ]
    subprocess.run(command, stdout=theirs, check=True)
    os.close(theirs)
    said = b""
    with suppress(OSError):  # the end, on Linux
        while some := os.read(ours, 1024):
            said += some
    os.close(ours)
    text = said.decode().replace("\r\n", "\n")
    assert "a\\u001b[31m\\u202eb\\u009b\\n[red]é[/red]" in text
    assert [c for c in text if not c.isprintable() and c != "\n"] == []
