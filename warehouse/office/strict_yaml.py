"""YAML that means what it shows: the types of YAML 1.2's core schema, no key twice, the line of each part.

PyYAML reads YAML 1.1, where `14:00` is 840, `010` is 8 and `no` is false. Here only null, true and false,
decimal numbers and text are told apart, by what is written; a date is text for whoever wants a date of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Fault:
    """What cannot be read: where, and the message of the catalogue with its values."""

    path: Path
    line: int
    key: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Document:
    """What a YAML file holds, the line (from 1) of each of its parts by their path, and its faults."""

    content: Any
    lines: Mapping[Path, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest part around it that is written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Core(yaml.CSafeLoader):
    """The core schema of YAML 1.2, without octal and hexadecimal numbers, infinities and NaN."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # as PyYAML declares it


for _name, _form, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-+0123456789")),
):
    _Core.add_implicit_resolver(f"{TAG}{_name}", re.compile(f"^(?:{_form})$"), _first)

_READ: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": float,
}


def read(data: bytes) -> Document:
    """Read one YAML document in UTF-8; what is wrong in it stands in `faults`, all of it that can be told."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Document(None, faults=(Fault((), line, "office.not_utf8", {}),))
    try:
        node = yaml.compose(text, Loader=_Core)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = " ".join(str(getattr(error, "problem", None) or error).split())
        line = mark.line + 1 if mark else 1
        return Document(None, faults=(Fault((), line, "office.syntax", {"reason": reason}),))
    reader = _Reader()
    content = None if node is None else reader.value(node, ())
    return Document(content, reader.lines, tuple(reader.faults))


class _Reader:
    """Turns nodes into values, and keeps the line of each."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self._open:
            return self._fault(path, line, "office.recursive")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, rank)) for rank, item in enumerate(node.value)]
            kind = _READ.get(node.tag.removeprefix(TAG))
            return kind(node.value) if kind else self._fault(path, line, "office.tag", tag=node.tag)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._fault(path, line, "office.key")
                continue
            # A key is the text that is written, whatever it looks like: 001 stays 001.
            name: str = key.value
            if name in found:
                self._fault((*path, name), line, "office.twice", key=name, line=self.lines[*path, name])
                continue
            self.lines[*path, name] = line
            found[name] = self.value(value, (*path, name))
        return found

    def _fault(self, path: Path, at: int, message: str, /, **values: object) -> None:
        self.faults.append(Fault(path, at, message, values))
