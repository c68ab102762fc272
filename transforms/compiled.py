"""The models as dbt compiled them: what a night runs, and what it knows of their lineage, without dbt.

dbt compiles once a version of the project (`transforms.compiling`). What it says is the same for every
office: names, order and SQL, none of its data.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from warehouse.errors import VigieError
from warehouse.office.office_file import language_of
from warehouse.storage.layout import Home
from warehouse.words.messages import say

PROJECT = Path(__file__).parent
FACTS = ("facts",)
SHARED = "VIGIE_MODELS"  # names a folder of compiled models that several homes share

Kind = Literal["table", "view", "python", "seed"]


@dataclass(frozen=True)
class Model:
    """A model or a seed: where it is written, what builds it, and what it stands on.

    `sql` selects its rows; `sql_withheld` does with the raw tables that it reads itself (`raw`) as empty.
    A Python model has neither: `path`, within the project, is its module. Nor has a seed, whose `path` is its
    CSV and `types` the types of its columns. `parents` are models and seeds, by name; `reads` all tables
    that it reads, by schema and name. `description` is what is said of it, `columns` of some of its columns.
    """

    name: str
    schema: str
    kind: Kind
    folders: tuple[str, ...]
    path: str
    parents: tuple[str, ...]
    reads: tuple[tuple[str, str], ...]
    raw: tuple[str, ...]
    sql: str
    sql_withheld: str
    config: dict[str, Any]
    types: dict[str, str]
    description: str
    columns: dict[str, str]

    @property
    def place(self) -> str:
        """The model as messages name it, `schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def relation(self) -> str:
        """The model as SQL names it."""
        return f'{self.schema}."{self.name}"'


Models = TypeAdapter(list[Model])


class Compiled:
    """All models of one version of the project, by name, each after those that it stands on."""

    def __init__(self, models: Iterable[Model]) -> None:
        given = {model.name: model for model in models}
        order = TopologicalSorter({name: model.parents for name, model in given.items()}).static_order()
        self.models = {name: given[name] for name in order}

    @property
    def seeds(self) -> frozenset[str]:
        """The seeds, by name."""
        return frozenset(name for name, model in self.models.items() if model.kind == "seed")

    @cached_property
    def _above(self) -> dict[str, frozenset[str]]:
        """All that each model stands on, itself included, by name."""
        found: dict[str, frozenset[str]] = {}
        for name, model in self.models.items():
            found[name] = frozenset({name}).union(*(found[parent] for parent in model.parents))
        return found

    def above(self, names: Iterable[str]) -> frozenset[str]:
        """These models and all that they stand on."""
        return frozenset().union(*(self._above[name] for name in names))

    def raw_behind(self, name: str) -> frozenset[str]:
        """The raw tables that a model stands on."""
        return frozenset(table for one in self._above[name] for table in self.models[one].raw)

    def selected(self, select: Iterable[str]) -> frozenset[str]:
        """The models (no seeds) that are named, or lie in a folder that is named.

        Raises LookupError for a name that nothing has: it would be built in silence as nothing.
        """
        found: set[str] = set()
        for term in select:
            named = {
                model.name
                for model in self.models.values()
                if model.name not in self.seeds and (term == model.name or term in model.folders)
            }
            if not named:
                raise LookupError(f"no model and no folder of models is named {term}")
            found |= named
        return frozenset(found)

    def facts_on(self, tables: Collection[str]) -> list[str]:
        """The models of `FACTS` that these raw tables are behind."""
        return [name for name in sorted(self.selected(FACTS)) if not self.raw_behind(name).isdisjoint(tables)]

    def lineage(self) -> dict[str, frozenset[str]]:
        """Raw tables behind every published model, by its name."""
        return {
            name: self.raw_behind(name)
            for name, model in self.models.items()
            if model.schema == "marts" and name not in self.seeds
        }


def compiled(home: Home) -> Compiled:
    """The models of this version; compiled first where that was not done yet.

    Raises VigieError when dbt cannot compile them.
    """
    path = file_of(home)
    if not path.exists():
        language = language_of(home.office_file)
        process = _start(path, subprocess.PIPE, language)
        _, said = process.communicate()
        if process.returncode != 0 or not path.exists():
            last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
            raise VigieError(say("models.not_compiled", language, status=process.returncode, detail=last))
    return Compiled(Models.validate_json(path.read_bytes()))


@contextmanager
def compiling_ahead(home: Home) -> Iterator[Callable[[], object]]:
    """Where the models were not compiled yet, do it in a process of its own while sources are read.

    Yields what waits for its end, to be called before `compiled`. It is only a head start: were it to fail,
    `compiled` would do it again and tell why.
    """
    path = file_of(home)
    if path.exists():
        yield lambda: None
        return
    process = _start(path, subprocess.DEVNULL, language_of(home.office_file))
    try:
        yield process.wait
    finally:
        process.kill()
        process.wait()


def file_of(home: Home) -> Path:
    """The file of the models of this version, whether it is there or not."""
    shared = os.environ.get(SHARED)
    return (Path(shared) if shared else home.models) / f"{version_of_models()}.json"


def version_of_models(project: Path = PROJECT) -> str:
    """The hash of all that decides what is compiled: the files of the project, and dbt."""
    found = hashlib.sha256()
    for package in ("dbt-core", "dbt-duckdb"):
        found.update(f"{package} {version(package)}\n".encode())
    for path in sorted(project.rglob("*")):
        if path.suffix in (".sql", ".yml", ".csv", ".py"):
            content = path.read_bytes()
            found.update(f"{path.relative_to(project)} {len(content)}\n".encode())
            found.update(content)
    return found.hexdigest()[:32]


def _start(path: Path, errors: int, language: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "transforms.compiling", str(path), str(os.getpid()), language],
        stdout=subprocess.DEVNULL,
        stderr=errors,
        text=True,
    )
