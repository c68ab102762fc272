"""Have dbt compile the models, once for all nights of a version: python -m transforms.compiling FILE PARENT.

Nothing of an office is read: dbt sees an empty database of the same name, which it writes into the SQL.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import duckdb
from filelock import FileLock

from transforms import parts
from transforms.compiled import PROJECT, Kind, Model, Models
from transforms.dictionary.entries import as_rows
from warehouse.child import end_with
from warehouse.errors import VigieError
from warehouse.storage.layout import DATABASE_NAME
from warehouse.words.faults import words_of
from warehouse.words.messages import say
from warehouse.words.shapes import of_library

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

FAILED = ("error", "fail", "runtime error")
RAW_TABLE = re.compile(r'\braw"?\."(\w+)"')  # as the macro `raw` compiles


class Dbt:
    """dbt on a database; what it has parsed serves all its commands."""

    def __init__(
        self, database: Path, target: Path, language: str = "fr", *, keeps_json: bool = False
    ) -> None:
        """`target` is a folder for dbt's own files, its JSON among them only when asked; what fails is told
        in the language."""
        self.keeps_json = keeps_json
        self.database = database
        self.target = target
        self.language = language
        self.manifest: Manifest | None = None

    def __call__(self, *command: str, withheld: Sequence[str] = ()) -> dbtRunnerResult:
        """Run one command, such as "run", "--select", "facts"; raises VigieError naming what failed.

        The raw tables that are `withheld` are read as empty. No other connection may hold the database.
        """
        if self.manifest is None:
            self.manifest = cast("Manifest", self._invoke(["parse"], []).result)
        return self._invoke(command, withheld)

    def _invoke(self, command: Sequence[str], withheld: Sequence[str]) -> dbtRunnerResult:
        # Imported here: dbt takes two seconds.
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        # What the profile and the macros read.
        os.environ["VIGIE_DATABASE"] = str(self.database)
        os.environ[parts.VARIABLE] = parts.parts_of_wholes()
        # The dictionary would outgrow the environment, of which a variable holds 128 KB.
        given = {"dictionary": as_rows(), "withheld": list(withheld)}
        with redirect_stdout(StringIO()):
            result = dbtRunner(self.manifest).invoke(
                [
                    "--quiet",
                    "--no-use-colors",
                    "--write-json" if self.keeps_json else "--no-write-json",
                    "--no-send-anonymous-usage-stats",
                    "--log-level", "none",
                    "--log-level-file", "none",
                    "--log-path", str(self.target / "logs"),
                    *command,
                    "--vars", json.dumps(given),
                    "--project-dir", str(PROJECT),
                    "--profiles-dir", str(PROJECT),
                    "--target-path", str(self.target),
                ]
            )  # fmt: skip
        # DuckDB lets one process hold the file.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt ships no types
        if result.success:
            return result
        if result.exception is not None:
            raise VigieError(
                say(
                    "models.not_run",
                    self.language,
                    command=" ".join(command),
                    detail=words_of(result.exception),
                )
            ) from result.exception
        failed = [
            f"{node.node.name}: {of_library(' '.join(str(node.message).split()))}"
            for node in getattr(result.result, "results", [])
            if str(node.status) in FAILED
        ]
        raise VigieError(say("models.failed", self.language, detail="; ".join(failed)))


def models_of_project(aside: Path, language: str) -> list[Model]:
    """All models and seeds, compiled; `aside` is an empty folder for dbt's own files.

    Raises VigieError when dbt cannot compile them.
    """
    database = aside / DATABASE_NAME
    dbt = Dbt(database, aside / "target", language)
    dbt("seed")
    types = _types(database)
    plain = _sql(dbt("compile"))
    raw = {name: tuple(dict.fromkeys(RAW_TABLE.findall(sql))) for name, sql in plain.items()}
    tables = sorted({table for found in raw.values() for table in found})
    withheld = _sql(dbt("compile", withheld=tables))
    assert dbt.manifest is not None
    nodes = [node for node in dbt.manifest.nodes.values() if node.resource_type in ("model", "seed")]
    names = {node.unique_id: node.name for node in nodes}
    read = [*nodes, *dbt.manifest.sources.values()]
    places = {node.unique_id: (node.schema, node.name) for node in read}
    return [
        _model(
            node,
            plain[node.name],
            withheld[node.name],
            raw[node.name],
            names,
            places,
            types.get(node.name, {}),
            language,
        )
        for node in nodes
    ]


def _sql(result: dbtRunnerResult) -> dict[str, str]:
    """What dbt compiled, by the name of the model; nothing of seeds and of Python models."""
    nodes = [one.node for one in cast("Any", result.result).results]
    return {
        node.name: node.compiled_code if getattr(node, "language", "sql") == "sql" else "" for node in nodes
    }


def _types(database: Path) -> dict[str, dict[str, str]]:
    """The types of the columns of all tables, which are seeds."""
    found: dict[str, dict[str, str]] = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() ORDER BY table_oid, column_index"
        ).fetchall()
    for table, column, type_ in columns:
        found.setdefault(table, {})[column] = type_
    return found


def _model(
    node: Any,
    sql: str,
    withheld: str,
    raw: tuple[str, ...],
    names: dict[str, str],
    places: dict[str, tuple[str, str]],
    types: dict[str, str],
    language: str,
) -> Model:
    """A node of dbt's as a model; raises VigieError for what only dbt could run."""
    config = node.config
    kind = "python" if getattr(node, "language", "sql") == "python" else config.materialized
    if kind not in get_args(Kind) or config.contract.enforced or config.pre_hook or config.post_hook:
        raise VigieError(say("models.only_dbt", language, name=node.name))
    read = getattr(node, "depends_on_nodes", ())
    return Model(
        name=node.name,
        schema=node.schema,
        kind=cast("Kind", kind),
        folders=tuple(node.fqn[1:-1]),
        path=node.original_file_path,
        parents=tuple(sorted(names[parent] for parent in read if parent in names)),
        reads=tuple(sorted(places[parent] for parent in read)),
        raw=raw,
        sql=sql,
        sql_withheld=withheld,
        config={key: value for key, value in config._extra.items() if isinstance(value, str | int | float)},
        types=types,
        description=node.description,
        columns={name: column.description for name, column in node.columns.items()},
    )


def write(path: Path, language: str) -> None:
    """Compile the models into a file, unless another process just did; killed before, it leaves no file.

    Those of other versions go.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name("compiling")
    with FileLock(path.with_name("compiling.lock")):
        if path.exists():
            return
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        written = aside / path.name
        written.write_bytes(Models.dump_json(models_of_project(aside, language)))
        with written.open("rb") as file:
            os.fsync(file.fileno())
        for other in path.parent.glob("*.json"):
            other.unlink()
        written.replace(path)
        shutil.rmtree(aside)


if __name__ == "__main__":
    end_with(int(sys.argv[2]))
    try:
        write(Path(sys.argv[1]), sys.argv[3])
    except VigieError as error:
        sys.exit(str(error))
