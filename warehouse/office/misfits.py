"""What does not fit in a declared file, in words: where it stands, which value, what to write instead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from warehouse.office.strict_yaml import Path
from warehouse.spec import MUNICIPALITY_CODE
from warehouse.words.messages import say

# pydantic's kinds of errors to messages of the catalogue, each with {value} and what pydantic says beside it.
KINDS = {
    "missing": "office.missing",
    "string_type": "office.not_text",
    "int_type": "office.not_whole",
    "int_from_float": "office.not_whole",
    "float_type": "office.not_number",
    "bool_type": "office.not_bool",
    "tuple_type": "office.not_list",
    "dict_type": "office.not_mapping",
    "model_type": "office.not_mapping",
    "time_type": "office.not_a_time",
    "time_parsing": "office.not_a_time",
    "date_type": "office.not_a_date",
    "date_parsing": "office.not_a_date",
    "date_from_datetime_parsing": "office.not_a_date",
    "greater_than_equal": "office.too_small",
    "greater_than": "office.not_above",
    "less_than_equal": "office.too_large",
    "string_too_short": "office.too_short",
    "string_too_long": "office.too_long",
    "too_short": "office.too_few",
}


class MisfitError(ValueError):
    """What a validator refuses: a message of the catalogue, its values, and where, below what it checks."""

    def __init__(self, key: str, /, *where: str | int, **values: object) -> None:
        self.key, self.where, self.values = key, where, values
        super().__init__(say(key, "en", **values))

    def in_words(self, language: str) -> str:
        """What is wrong, in words."""
        values = {
            name: value.in_words(language) if isinstance(value, Near) else value
            for name, value in self.values.items()
        }
        return say(self.key, language, **values)


class MisfitsError(ValueError):
    """Several of them, all of which are told."""

    def __init__(self, found: Iterable[MisfitError]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(map(str, self.found)))


class Near:
    """The known name that is nearest to a wrong one, if any is near."""

    def __init__(self, wrong: str, known: Iterable[str]) -> None:
        # Folded, for a capital is the commonest fault.
        names = {name.lower(): name for name in known}
        close = get_close_matches(wrong.lower(), names, n=1)
        self.name = names[close[0]] if close else ""

    def in_words(self, language: str) -> str:
        """How a message of an unknown name ends: a question when a name is near."""
        return say("office.near", language, nearest=self.name) if self.name else "."

    def __str__(self) -> str:
        return self.in_words("en")


def said_twice(key: str, codes: Sequence[str], *where: str | int) -> Iterator[MisfitError]:
    """Members of the list at `where` whose `key` stands before: one would hide the other, or add to it."""
    for rank, code in enumerate(codes):
        if code in codes[:rank]:
            yield MisfitError("office.same_code", *where, rank, key, value=code, kind=where[-1])


def unknown(kind: str, name: str | None, known: Collection[str], *where: str | int) -> Iterator[MisfitError]:
    """A name at `where` that is none of the known ones of its kind: site, municipality, counter."""
    if name is not None and name not in known:
        yield MisfitError(f"office.unknown_{kind}", *where, value=name, near=Near(name, known))


def refuse(found: Iterable[MisfitError]) -> None:
    """Raise all that was found, if anything was."""
    if misfits := tuple(found):
        raise MisfitsError(misfits)


def in_words(error: ValidationError, model: type[BaseModel], language: str) -> Iterator[tuple[Path, str]]:
    """Each thing that pydantic found wrong: where it stands, and what is wrong in words."""
    for one in error.errors(include_url=False):
        path: Path = tuple(step for step in one["loc"] if step != "[key]")
        cause = one.get("ctx", {}).get("error")
        if isinstance(cause, MisfitError | MisfitsError):
            for misfit in cause.found if isinstance(cause, MisfitsError) else (cause,):
                yield (*path, *misfit.where), misfit.in_words(language)
        else:
            yield (
                path,
                _words(one["type"], path, one["input"], one.get("ctx", {}), model, language)
                or one["msg"].removeprefix("Value error, "),
            )


def _words(
    kind: str, path: Path, value: object, context: dict[str, Any], model: type[BaseModel], language: str
) -> str | None:
    """An error of pydantic's own in words; None for a kind that has none."""
    shown = shortened(value, language)
    if kind == "extra_forbidden":
        around = model_at(model, path[:-1])
        near = Near(str(path[-1]), keys_of(around) if around else ())
        return MisfitError("office.unknown_key", value=path[-1], near=near).in_words(language)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        near = Near(str(value), choices)
        return MisfitError("office.choice", value=shown, choices=", ".join(choices), near=near).in_words(
            language
        )
    if kind == "string_pattern_mismatch":
        form = f"office.form.{FORMS[context['pattern']]}" if context["pattern"] in FORMS else "office.form"
        return say(form, language, value=shown, pattern=context["pattern"])
    if value is None and kind.endswith("_type"):
        return say("office.empty", language)
    if kind in KINDS:
        return say(KINDS[kind], language, value=shown, bound=next(iter(context.values()), ""))
    return None


# Patterns of the models to what they are called in the catalogue (office.form.…); another is shown as it is.
FORMS = {
    r"^[a-z0-9][a-z0-9_-]*$": "code",
    r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$": "day_of_year",
    f"^({MUNICIPALITY_CODE})$": "insee",
    r"^\d{9}$": "siren",
}


def shortened(value: object, language: str) -> str:
    """A value as it may stand in a sentence."""
    if value is None:
        return say("office.nothing", language)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model of a part of a file; None where the path leads to no model."""
    for step in path:
        if isinstance(step, str):
            field = keys_of(model).get(step)
            inner = next(models_in(field.annotation), None) if field else None
            if inner is None:
                return None
            model = inner
    return model


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by the key that people write."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation names, such as Site in `tuple[Site, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)
