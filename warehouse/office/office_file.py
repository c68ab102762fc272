"""A file that people write in YAML, read strictly and checked against its model; errors in their language."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from warehouse.errors import UsageError
from warehouse.office.misfits import MisfitError, in_words
from warehouse.office.strict_yaml import Document, read
from warehouse.words.messages import LANGUAGES, say

Model = TypeVar("Model", bound=BaseModel)


class OfficeFileError(UsageError):
    """The office file is wrong: `problems` are all that is, one line each; the error itself is one line."""

    def __init__(self, problems: list[str], language: str) -> None:
        self.problems, self.language = tuple(problems), language
        first, described = problems[0], say("office.described", language)
        if len(problems) > 1:
            first = first.removesuffix(".") + say("office.more", language, count=len(problems) - 1)
        super().__init__(f"{first} {described}")


def load(path: Path, model: type[Model]) -> Model:
    """The file as its model; raises OfficeFileError with every problem that can be told at once.

    Values are those that are written (pydantic's strict mode): no text is taken for a number, nor back.
    """
    if not path.is_file():
        raise UsageError(say("office.absent", LANGUAGES[0], path=path))
    language = language_of(path)
    document = read(path.read_bytes())
    found = [(fault.path, fault.line, say(fault.key, language, **fault.values)) for fault in document.faults]
    if not found:
        try:
            return model.model_validate_json(json.dumps(document.content), strict=True)
        except ValidationError as error:
            found = [(where, document.line(where), text) for where, text in in_words(error, model, language)]
    found.sort(key=lambda one: one[1])
    raise OfficeFileError([_line(path, line, where, text) for where, line, text in found], language)


def refuse_file(path: Path, misfits: Sequence[MisfitError], language: str) -> None:
    """Raise OfficeFileError with what its model could not know to be wrong, if anything is."""
    if misfits:
        document = read(path.read_bytes())
        problems = [problem(path, document, one.where, one.in_words(language)) for one in misfits]
        raise OfficeFileError(problems, language)


def problem(path: Path, document: Document, where: tuple[str | int, ...], text: str) -> str:
    """A problem of a part of the file, as `load` writes them."""
    return _line(path, document.line(where), where, text)


def language_of(path: Path) -> str:
    """The language that a file declares, however wrong the rest of it is; the first of ours by default."""
    try:
        content = path.read_bytes()
    except OSError:
        return LANGUAGES[0]  # it is not there, or closed to an analyst's account
    declared = re.search(rb"^language: *[\"']?([a-z]+)", content, flags=re.MULTILINE)
    if declared and declared[1].decode() in LANGUAGES:
        return declared[1].decode()
    return LANGUAGES[0]


def _line(path: Path, line: int, where: tuple[str | int, ...], text: str) -> str:
    return f"{path}:{line}: {'.'.join(map(str, where))}{': ' if where else ''}{text}"
