"""A command that is not written as it should be, told in words of the catalogue: Typer's own are English."""

from __future__ import annotations

import re
from enum import Enum

# Typer holds the errors of its parser there, and names none of these elsewhere.
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoSuchOption,
    UsageError,
)

from warehouse.office.misfits import Near
from warehouse.words.messages import say


def in_words(error: UsageError, language: str) -> str:
    """What is wrong, and how to find what is right."""
    context = error.ctx
    command = context.command_path if context is not None else "vigie"
    if isinstance(error, NoSuchOption):
        near = Near(error.option_name, error.possibilities or ()).in_words(language)
        return say("usage.unknown_option", language, command=command, name=error.option_name, near=near)
    if isinstance(error, MissingParameter):
        return say("usage.missing", language, command=command, name=_name(error))
    if isinstance(error, BadParameter) and (takes := _takes(error, language)):
        return say("usage.bad_value", language, command=command, name=_name(error), takes=takes)
    if isinstance(error, BadOptionUsage):
        return say("usage.no_value", language, command=command, name=error.option_name)
    commands: dict[str, object] = getattr(context.command, "commands", {}) if context is not None else {}
    unknown = re.search(r"'([^']*)'", error.message)
    if commands and unknown:
        near = Near(unknown[1], commands).in_words(language)
        return say("usage.unknown_command", language, command=command, name=unknown[1], near=near)
    return say("usage.wrong", language, command=command)


def _name(error: BadParameter) -> str:
    """The parameter as it is typed: its options, or its place in capitals."""
    if error.param is None:
        return str(error.param_hint or "")
    options = [one for one in error.param.opts if one.startswith("-")]
    return " / ".join(options) or error.param.metavar or ""


def _takes(error: BadParameter, language: str) -> str:
    """What a parameter takes: a choice or a whole number; empty for anything else."""
    kind = getattr(getattr(error.param, "type_descriptor", None), "annotation", None)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return say("usage.takes.choice", language, choices=", ".join(str(one.value) for one in kind))
    if kind is not int:
        return ""
    least, most = (getattr(error.param, bound, None) for bound in ("min", "max"))
    bounds = ""
    if least is not None and most is not None:
        bounds = say("usage.takes.between", language, least=least, most=most)
    elif least is not None:
        bounds = say("usage.takes.from", language, least=least)
    return say("usage.takes.whole", language, bounds=bounds)
