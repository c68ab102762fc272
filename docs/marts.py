"""docs/marts/: a page a published table, made of what its model says of itself and of what it is built on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TRANSFORMS = Path(__file__).parents[1] / "transforms"
FOLDER = Path(__file__).parent / "marts"
# Why the rows of a mart change, by the folder of its model.
STATUS = {
    "facts": "as delivered: changes when a corrected file comes",
    "indicators": "computed every night: changes with deliveries, corrections, estimates and withdrawals",
    "seeds": "fixed by the version of Vigie",
    "office": "as office.yml says",
}
SENTENCE = re.compile(r"(?<=[.)])\s+(?=[A-Z])")
GRAIN = re.compile(r"(?:Grain: )?(?=.*\bone row\b)", re.IGNORECASE)
USE = re.compile(r"(?:For|Consumers?:) ")
PAGE = """\
# `marts.{name}`

{notice}
{text}

- **For**: {use}
- **Grain**: {grain}
- **Its rows are** {status}.
- **Built on**: {parents}.

    vigie sql "FROM marts.{name} LIMIT 10"

| column | what it is |
|---|---|
{columns}

Columns that mean the same in many tables (office, site, days) are described in the database itself.
All tables, questions and ways to connect: [for analysts](../analysts.md).
"""


@dataclass(frozen=True)
class Mart:
    """A published table: what is said of it, what its rows and columns are, and the models it is built on."""

    name: str
    description: str
    status: str
    columns: tuple[tuple[str, str], ...]
    parents: tuple[str, ...]

    def sentences(self, pattern: re.Pattern[str]) -> list[str]:
        """What its description says of the grain (GRAIN), or for whom it is (USE)."""
        return [one for one in SENTENCE.split(self.description) if pattern.match(one)]


@cache
def marts() -> tuple[Mart, ...]:
    """Every published mart in alphabetical order."""
    return tuple(sorted(_marts(), key=lambda mart: mart.name))


def _marts() -> Iterator[Mart]:
    queries = {path.stem: path.read_text(encoding="utf-8") for path in TRANSFORMS.rglob("models/**/*.sql")}
    for folder in ("models", "seeds"):
        for path in sorted((TRANSFORMS / folder).rglob("*.yml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            for model in [*content.get("models", []), *content.get("seeds", [])]:
                query = queries.get(model["name"], "")
                if (model.get("config") or {}).get("schema") != "staging" and "schema='staging'" not in query:
                    yield _mart(model, path, query)


def _mart(model: dict[str, Any], path: Path, query: str) -> Mart:
    columns = tuple((one["name"], _line(one.get("description", ""))) for one in model.get("columns", ()))
    raw = [f"{schema}.{table}" for schema, table in re.findall(r"source\('(\w+)', '(\w+)'\)", query)]
    parents = tuple(dict.fromkeys([*re.findall(r"ref\('(\w+)'\)", query), *raw]))
    return Mart(model["name"], _line(model["description"]), STATUS[_kind(path)], columns, parents)


def mart_pages(notice: str) -> dict[Path, str]:
    """The pages by their paths."""
    names = {mart.name for mart in marts()}
    return {FOLDER / f"{mart.name}.md": _page(mart, notice, names) for mart in marts()}


def _page(mart: Mart, notice: str, names: set[str]) -> str:
    grain, use = mart.sentences(GRAIN), mart.sentences(USE)
    said = [one for one in SENTENCE.split(mart.description) if one not in (*grain, *use)]
    linked = [f"[`{one}`]({one}.md)" if one in names else f"`{one}`" for one in mart.parents]
    return PAGE.format(
        name=mart.name,
        notice=notice,
        text=" ".join(said) or "What it is stands in its grain.",
        use=" ".join(USE.sub("", one, count=1) for one in use),
        grain=" ".join(GRAIN.sub("", one, count=1) for one in grain),
        status=mart.status,
        parents=", ".join(linked) or "nothing else",
        columns="\n".join(f"| `{name}` | {text} |" for name, text in mart.columns),
    )


def _kind(path: Path) -> str:
    """Where a model stands: a seed, an indicator, a fact of a system, or what the office file says."""
    parts = path.relative_to(TRANSFORMS).parts
    if parts[0] == "seeds":
        return "seeds"
    return parts[1] if len(parts) > 3 or parts[1] == "indicators" else "office"


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")
