"""Build the models on the working database: what dbt compiled runs in DuckDB, without dbt."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from transforms.compiled import Compiled, compiled
from transforms.materializing import drop_removed, materialize
from warehouse.errors import VigieError
from warehouse.office.office_file import language_of
from warehouse.storage.database import working
from warehouse.storage.layout import Home
from warehouse.words.messages import say

log = logging.getLogger("vigie")


@dataclass(frozen=True)
class FailedModel:
    """A model that did not build: the source that is to blame, its place `schema.name`, what DuckDB says."""

    source: str
    model: str
    detail: str


class Project:
    """The models of a home's working database, which no other connection may hold."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.failed: list[FailedModel] = []

    @cached_property
    def compiled(self) -> Compiled:
        """The models, compiled where that was not done yet."""
        return compiled(self.home)

    @property
    def withheld(self) -> frozenset[str]:
        """The sources whose models failed in this run: all models read their raw tables as empty."""
        return frozenset(one.source for one in self.failed)

    @property
    def _language(self) -> str:
        return language_of(self.home.office_file)

    def seed(self) -> None:
        """Write the seeds, and drop what models of an earlier version of Vigie left: nothing refreshes it."""
        with working(self.home) as connection:
            failures = materialize(connection, self.compiled, self.compiled.seeds)
            if failures:
                raise VigieError(say("models.failed", self._language, detail=str(failures)))
            drop_removed(connection, self.compiled)
        # Where nights ran dbt themselves it kept its files, and its logs, in the home.
        shutil.rmtree(self.home.work / "dbt", ignore_errors=True)

    def run(
        self, sources: Mapping[str, Collection[str]], select: Sequence[str], exclude: Sequence[str] = ()
    ) -> None:
        """Build models, by their names and folders; `sources` are the raw tables by source.

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
                again = [*select, *self._facts_of(sources, suspects)]
                guilty = [
                    one
                    for one in sorted(suspects)
                    if self._run(sources, again, withheld=before | suspects - {one})
                ]
                # None of them alone: it takes several, and nobody can tell which.
                blamed = frozenset(guilty) or suspects
                select = again
            if not blamed:
                detail = "; ".join(f"{model}: {detail}" for model, detail in failures.items())
                raise VigieError(say("models.failed", self._language, detail=detail))
            for source in sorted(blamed):
                model = next(model for model, found in behind.items() if source in found)
                log.error("models of source %s failed: %s: %s", source, model, failures[model])
                place = self.compiled.models[model].place
                self.failed.append(FailedModel(source, place, failures[model]))
            select, exclude = [*select, *self._facts_of(sources, blamed)], ()
            failures = self._run(sources, select)

    def _run(
        self,
        sources: Mapping[str, Collection[str]],
        select: Sequence[str],
        exclude: Sequence[str] = (),
        withheld: frozenset[str] | None = None,
    ) -> dict[str, str]:
        """Build models with some sources withheld; those that failed, with what DuckDB says."""
        names = self.withheld if withheld is None else withheld
        tables = frozenset(table for name in names for table in sources[name])
        chosen = self.compiled.selected(select) - self.compiled.selected(exclude)
        with working(self.home) as connection:
            return materialize(connection, self.compiled, chosen, tables)

    def _behind(self, sources: Mapping[str, Collection[str]], model: str) -> frozenset[str]:
        """The sources behind a model."""
        raw = self.compiled.raw_behind(model)
        return frozenset(name for name, tables in sources.items() if not raw.isdisjoint(tables))

    def _facts_of(self, sources: Mapping[str, Collection[str]], names: Iterable[str]) -> list[str]:
        """All facts that stand on some sources."""
        return self.compiled.facts_on([table for name in names for table in sources[name]])
