"""Write the documents that follow from the models: `make generate`; a test keeps them current."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel

import sources.catalogue
from docs.alerts import alerts_page
from docs.analysts import analysts_page
from docs.data_protection import data_protection_page
from docs.indicators import indicators_page
from docs.marts import FOLDER as MARTS
from docs.marts import mart_pages
from flows.command.figures import COLUMNS
from sources.layouts import WrittenLayout, shipped
from warehouse.office.misfits import models_in
from warehouse.office.model import Office
from warehouse.spec import SourceSpec
from warehouse.words.messages import say

FOLDER = Path(__file__).parent
NOTICE = "<!-- Made by `make generate`; edit what it is made of, not this file. -->\n"


@cache
def documents() -> dict[Path, str]:
    """Every generated document: its path and its content."""
    return mart_pages(NOTICE) | {
        FOLDER / "alerts.md": alerts_page(NOTICE),
        FOLDER / "analysts.md": analysts_page(NOTICE),
        FOLDER / "data-protection.md": data_protection_page(NOTICE),
        FOLDER / "figures.md": figures_page(),
        FOLDER / "indicators.md": indicators_page(NOTICE),
        FOLDER / "layout.schema.json": json.dumps(
            WrittenLayout.model_json_schema(), indent=2, ensure_ascii=False
        )
        + "\n",
        FOLDER / "office-file.md": office_file(),
        FOLDER / "office.schema.json": json.dumps(Office.model_json_schema(), indent=2, ensure_ascii=False)
        + "\n",
        FOLDER / "sources.md": sources_page(),
    }


def office_file() -> str:
    """The reference of office.yml: one table a part, in the order in which they nest."""
    lines = [
        "# The office file, `office.yml`\n",
        NOTICE,
        "The file is YAML 1.2: what looks like a time or a date is read as such, with quotes or",
        "without. Unknown keys and keys written twice are refused, and `vigie check` tells all that is",
        "wrong, by its line. Secrets are never written here, only their names: they come from the",
        "environment or from `secrets.env` in the home. Editors read `docs/office.schema.json`:",
        "`# yaml-language-server: $schema=office.schema.json`. An example that works: "
        "`demo/auch/office.yml`.\n",
    ]
    for model in _models(Office):
        summary = "\n\n".join(_line(part) for part in (model.__doc__ or "").split("\n\n"))
        lines += [
            f"## {model.__name__}\n",
            f"{summary}\n",
            "| field | type | default | meaning |",
            "|---|---|---|---|",
        ]
        for name, field in model.model_fields.items():
            default = (
                "mandatory"
                if field.is_required()
                else f"`{_default(field.get_default(call_default_factory=True))}`"
            )
            meaning = (field.description or "").replace("|", "\\|")
            lines.append(f"| `{field.alias or name}` | {_type(field.annotation)} | {default} | {meaning} |")
        lines.append("")
    return "\n".join(lines)


def figures_page() -> str:
    """The columns of the files of `vigie figures`."""
    lines = [
        "# The files of `vigie figures`\n",
        NOTICE,
        "`vigie figures 2025 --to figures.csv --to figures.xlsx` writes one line a figure of the year:",
        "every indicator, place and detail (operator, share), and those that cannot be given with the",
        "reason. In French the CSV has semicolons and decimal commas, in English commas and points;",
        "both are UTF-8 with a byte order mark, which spreadsheets open by a double click. The workbook",
        "holds numbers, and says what its columns mean on its second sheet. Headings are in the",
        "language of the office.\n",
        "| column | colonne | meaning |",
        "|---|---|---|",
    ]
    for name in COLUMNS:
        heading, colonne = (say(f"figures.column.{name}", language) for language in ("en", "fr"))
        lines.append(f"| {heading} | {colonne} | {say(f'figures.meaning.{name}', 'en')} |")
    return "\n".join([*lines, ""])


def sources_page() -> str:
    """What every source receives and the raw tables it feeds, from the source.yml files."""
    lines = ["# The sources\n", NOTICE, *_formats()]
    for name in sources.catalogue.names():
        lines += _source(sources.catalogue.find(name).SPEC)
    return "\n".join(lines)


KNOWN_BY = {
    "own": "Vigie's own",
    "verified": "a public source",
    "partly": "headings of a public source, the rest supposed",
    "unknown": "not read",
}


def _formats() -> Iterator[str]:
    """What every tool's format is known by: those of layouts, and those that source.yml names."""
    yield "## Formats, and what each is known by\n"
    yield "| source | format | known by | remark |"
    yield "|---|---|---|---|"
    for name in sources.catalogue.names():
        spec = sources.catalogue.find(name).SPEC
        rows = [(one.tool, "own" if one.template else one.known_by or "own", "") for one in shipped(spec)]
        rows += [(one.tool, one.known_by, one.note) for one in spec.formats]
        for tool, known_by, note in sorted(rows, key=lambda row: list(KNOWN_BY).index(row[1])):
            yield f"| {name} | {_line(tool)} | {KNOWN_BY[known_by]} | {_line(note)} |"
    yield ""


def _source(spec: SourceSpec) -> Iterator[str]:
    yield f"## {spec.name}: {spec.label_en}\n"
    yield f"{_line(spec.description)}\n"
    yield f"Published by: {_line(spec.publisher)}  \nHow to get it: {_line(spec.obtain)}\n"
    for delivery in spec.deliveries:
        tables = ", ".join(f"`raw.{table}`" for table in delivery.tables)
        rows = delivery.rows
        yield f"### File: {delivery.kind}\n"
        yield f"{_line(delivery.description)}\n"
        yield f"Format: {_line(delivery.format)}  \nTables: {tables}  "
        share = f", and at least {rows.least_share:.0%} of those before" if rows.least_share else ""
        yield f"Healthy rows: {rows.fewest} to {rows.most}{share} ({_line(rows.reason)})  "
        yield (
            f"Rows that cannot be read are told beyond {rows.many_quarantined:.0%} of a file, and stop the "
            f"publishing beyond {rows.most_quarantined:.0%}\n"
        )
        yield f"```\n{delivery.sample.strip()}\n```\n"
    for table in spec.tables:
        key = "key" if table.primary_key else "a delivery replaces the rows of the same"
        yield f"### Table: raw.{table.name}\n"
        yield f"{_line(table.description)} Grain: {_line(table.grain)}; {key}: {', '.join(table.key)}.\n"
        yield "| column | type | unit | personal | meaning |"
        yield "|---|---|---|---|---|"
        for column in table.columns:
            cells = (
                f"`{column.name}`",
                column.type,
                column.unit or "",
                "yes" if column.personal else "",
                _line(column.description),
            )
            yield "| " + " | ".join(cells) + " |"
        yield ""


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _models(model: type[BaseModel], seen: set[type[BaseModel]] | None = None) -> Iterator[type[BaseModel]]:
    seen = seen if seen is not None else set()
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for part in models_in(field.annotation):
            yield from _models(part, seen)


def _type(annotation: object) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_type(a) for a in arguments if a is not type(None))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[0])} to {_type(arguments[1])}"
    return {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}.get(
        getattr(annotation, "__name__", ""), getattr(annotation, "__name__", str(annotation))
    )


def _default(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "empty"
    if value in ((), {}):
        return "[]" if value == () else "{}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(str(v) for v in value) + "]"
    return str(value)


if __name__ == "__main__":
    MARTS.mkdir(exist_ok=True)
    for path in set(MARTS.glob("*.md")) - documents().keys():
        path.unlink()  # of a mart that is published no more
    for path, content in documents().items():
        path.write_text(content, encoding="utf-8")
