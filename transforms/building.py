"""Build the dbt project on the working database, and tell what each mart depends on."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from transforms import parts
from warehouse.child import end_with
from warehouse.errors import VigieError
from warehouse.storage.database import working
from warehouse.storage.layout import Home
from warehouse.words.faults import words_of
from warehouse.words.messages import say
from warehouse.words.shapes import of_library

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

log = logging.getLogger("vigie")
PROJECT = Path(__file__).parent
STAGING_PREFIX = "stg_"
FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class FailedModel:
    """A model that did not build: the source that is to blame, its place `schema.name`, what dbt says."""

    source: str
    model: str
    detail: str


class Project:
    """The dbt project on a home's working database; what dbt has parsed serves all commands of one run."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.failed: list[FailedModel] = []
        self._manifest: Manifest | None = None

    @property
    def withheld(self) -> frozenset[str]:
        """The sources whose models failed in this run: all models read their raw tables as empty."""
        return frozenset(one.source for one in self.failed)

    def build(self, command: Sequence[str]) -> None:
        """Run one dbt command, such as ["run", "--select", "facts"].

        No other connection may hold the database. Raises VigieError naming the models that failed.
        """
        if self._manifest is None:
            self._manifest = cast("Manifest", self._invoke(["parse"], None).result)
        if command != ["parse"]:
            # Writing what was parsed and what was run as JSON would take as long as a small office's models.
            self._invoke(["--no-write-json", *command], self._manifest)

    def run(
        self, sources: Mapping[str, Collection[str]], select: Sequence[str], exclude: Sequence[str] = ()
    ) -> None:
        """Run the models of a selection; `sources` are the raw tables by source.

        Where one fails, the source that is to blame is withheld: its raw tables are read as empty and all
        its facts are built again, so that no table is left from an earlier night and those that all sources
        share hold the others. What failed is added to `failed`. A model that only one source is behind tells
        whose fault it is; of a shared one each source is tried with the others withheld.
        Raises VigieError when a model fails that no source is to blame for.
        """
        failures = self._run(sources, select, exclude)
        while failures:
            before = self.withheld
            behind = {model: self._behind(sources, model) - before for model in failures}
            blamed = frozenset().union(*(found for found in behind.values() if len(found) == 1))
            if not blamed:
                suspects = frozenset().union(*behind.values())
                again = [*select, *_facts_of(sources, suspects)]
                guilty = [
                    one
                    for one in sorted(suspects)
                    if self._run(sources, again, withheld=before | suspects - {one})
                ]
                # None of them alone: it takes several, and nobody can tell which.
                blamed = frozenset(guilty) or suspects
                select = again
            if not blamed:
                told = "; ".join(f"{model}: {detail}" for model, detail in failures.items())
                raise VigieError(say("models.failed", command="run", detail=told))
            for source in sorted(blamed):
                model = next(model for model, found in behind.items() if source in found)
                log.error("models of source %s failed: %s: %s", source, model, failures[model])
                self.failed.append(FailedModel(source, model, failures[model]))
            select, exclude = [*select, *_facts_of(sources, blamed)], ()
            failures = self._run(sources, select)

    def _run(
        self,
        sources: Mapping[str, Collection[str]],
        select: Sequence[str],
        exclude: Sequence[str] = (),
        withheld: frozenset[str] | None = None,
    ) -> dict[str, str]:
        """Run models with some sources withheld; what dbt says of each that failed, by `schema.name`."""
        names = self.withheld if withheld is None else withheld
        tables = sorted(table for name in names for table in sources[name])
        command = ["run", "--vars", json.dumps({"withheld": tables}), "--select", *select]
        if exclude:
            command += ["--exclude", *exclude]
        result = self._try(command)
        return {
            f"{node.node.schema}.{node.node.name}": of_library(" ".join(str(node.message).split()))
            for node in getattr(result.result, "results", [])
            if str(node.status) in FAILED
        }

    def _behind(self, sources: Mapping[str, Collection[str]], model: str) -> frozenset[str]:
        """The sources behind a model, given as `schema.name`."""
        models = _models(self.home)
        raw = frozenset().union(
            *(_raw_tables(models, key) for key, node in models.items() if node["name"] == model.split(".")[1])
        )
        return frozenset(name for name, tables in sources.items() if not raw.isdisjoint(tables))

    def _try(self, command: Sequence[str]) -> dbtRunnerResult:
        """Run one dbt command whose models may fail; raises VigieError when it could not run at all."""
        if self._manifest is None:
            self.build(["parse"])
        # Writing what was parsed and what was run as JSON would take as long as a small office's models.
        result = self._invoke(["--no-write-json", *command], self._manifest, may_fail=True)
        if result.exception is not None:
            raise VigieError(
                say("models.not_run", command=command[0], detail=words_of(result.exception))
            ) from result.exception
        return result

    def _invoke(
        self, command: Sequence[str], manifest: Manifest | None, *, may_fail: bool = False
    ) -> dbtRunnerResult:
        # Imported here: dbt takes two seconds, and readers of lineage do not need it.
        from dbt.cli.main import dbtRunner

        target = self.home.work / "dbt"
        with _environment(self.home), redirect_stdout(StringIO()):
            result = dbtRunner(manifest).invoke(
                [
                    "--quiet",
                    "--no-use-colors",
                    "--no-send-anonymous-usage-stats",
                    "--log-level", "none",
                    "--log-path", str(target / "logs"),
                    *command,
                    "--project-dir", str(PROJECT),
                    "--profiles-dir", str(PROJECT),
                    "--target-path", str(target),
                ]
            )  # fmt: skip
        _release()
        if result.success or may_fail:
            return result
        if result.exception is not None:
            raise VigieError(
                say("models.not_run", command=" ".join(command), detail=words_of(result.exception))
            ) from result.exception
        failed = [
            f"{node.node.name}: {of_library(' '.join(str(node.message).split()))}"
            for node in getattr(result.result, "results", [])
            if str(node.status) in FAILED
        ]
        raise VigieError(say("models.failed", command=" ".join(command), detail="; ".join(failed)))


@contextmanager
def parsing_ahead(home: Home) -> Iterator[Callable[[], object]]:
    """On a home where dbt never ran, parse the project in a process of its own while sources are read.

    Yields what waits for its end, to be called before the first `build`. It is only a head start: were it to
    fail, `build` would parse by itself and name the fault.
    """
    if (home.work / "dbt" / "partial_parse.msgpack").exists():
        yield lambda: None
        return
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(home.root), str(os.getpid())],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    try:
        yield process.wait
    finally:
        process.kill()
        process.wait()


def forget_removed_models(home: Home) -> None:
    """Drop what models of an earlier version of Vigie left in staging and marts: nothing refreshes it.

    Told by the manifest of the last build, so it comes after one.
    """
    nodes = _manifest(home)["nodes"].values()
    built = {(node["schema"], node["name"]) for node in nodes if node["resource_type"] in ("model", "seed")}
    with working(home) as connection:
        found = connection.execute(
            """SELECT table_schema, table_name, table_type FROM information_schema.tables
               WHERE table_schema IN ('staging', 'marts') ORDER BY ALL"""
        ).fetchall()
        for schema, name, kind in found:
            if (schema, name) not in built:
                connection.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} {schema}."{name}"')


def lineage(home: Home) -> dict[str, frozenset[str]]:
    """Raw tables behind every published model, by model name, from the manifest of the last build."""
    models = _models(home)
    return {
        node["name"]: _raw_tables(models, name) for name, node in models.items() if node["schema"] == "marts"
    }


def fed_by(home: Home, tables: Collection[str]) -> list[str]:
    """The fact models that these raw tables are behind, by name, from the manifest of the last build."""
    models = _models(home)
    return sorted(
        node["name"]
        for name, node in models.items()
        if "facts" in node["fqn"] and not _raw_tables(models, name).isdisjoint(tables)
    )


def _facts_of(sources: Mapping[str, Collection[str]], names: Iterable[str]) -> list[str]:
    """dbt's selection of all staging models and facts that stand on some sources."""
    tables = [table for name in sorted(names) for table in sources[name]]
    return [part for table in tables for part in (f"stg_{table}", f"stg_{table}+,facts")]


def _raw_tables(models: Mapping[str, Any], name: str) -> frozenset[str]:
    """The raw tables behind a model: those of its staging models (`stg_<table>` reads `raw.<table>`)."""
    if name not in models:
        return frozenset()
    node = models[name]
    if node["name"].startswith(STAGING_PREFIX):
        return frozenset({node["name"].removeprefix(STAGING_PREFIX)})
    parents = [_raw_tables(models, parent) for parent in node["depends_on"]["nodes"]]
    return frozenset().union(*parents)


def _models(home: Home) -> dict[str, Any]:
    nodes = _manifest(home)["nodes"]
    return {name: node for name, node in nodes.items() if node["resource_type"] == "model"}


def _manifest(home: Home) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((home.work / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    return manifest


@contextmanager
def _environment(home: Home) -> Iterator[None]:
    """What the profile and the macros read, for the time of one command."""
    told = {"VIGIE_DATABASE": str(home.database), parts.VARIABLE: parts.parts_of_wholes()}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _release() -> None:
    """Close dbt's connection: DuckDB lets one process hold the file, and the next step is another one."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt ships no types for it


if __name__ == "__main__":
    end_with(int(sys.argv[2]))
    Project(Home(Path(sys.argv[1]))).build(["parse"])
