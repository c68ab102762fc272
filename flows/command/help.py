"""The help of the command, `-h`: its texts are keys of the catalogue, put into words of the language."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, get_args

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer._click.core import Command, Context, Parameter
from typer._click.formatting import HelpFormatter

# Typer holds its parser's classes there, and names none of these elsewhere.
from typer._completion_shared import install
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.models import CommandFunctionType

from warehouse.words.messages import say

# Options that Typer adds itself, with English texts.
ADDED = ("help", "install_completion", "show_completion")


class _Page:
    """How the help of a command is laid out."""

    language = ""

    def format_help(self: Any, ctx: Context, formatter: HelpFormatter) -> None:
        """Print it."""
        Console(highlight=False).print(*_blocks(self, ctx, self.language), sep="\n")


class Leaf(_Page, TyperCommand):
    """A command."""


class Group(_Page, TyperGroup):
    """A command of commands."""


class App(typer.Typer):
    """Commands whose texts are keys of the catalogue."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, **settings)

    def command(
        self, name: str | None = None, **settings: Any
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """A command, as Typer declares it."""
        return super().command(name, cls=Leaf, **settings)


def worded(command: Command, language: str, above: Context | None = None) -> Any:
    """The command, with all below it, in words of the language; an unknown key raises KeyError."""
    if isinstance(command, _Page):
        command.language = language
    command.help = say(command.help or "", language)
    context = Context(command, above, **command.context_settings)
    for parameter in command.get_params(context):
        _word(parameter, language)
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            worded(one, language, context)
    return command


def _word(parameter: Parameter, language: str) -> None:
    """Put the help of an option or an argument into words, and the name of what is given for it."""
    if parameter.name == "install_completion":
        parameter.callback = partial(_install_completion, language)
    if isinstance(parameter, TyperOption):
        key = f"help.{parameter.name}" if parameter.name in ADDED else parameter.help or ""
        parameter.help = say(key, language)
        parameter.metavar = "" if parameter.is_flag else _value(parameter, language)
    elif isinstance(parameter, TyperArgument):
        parameter.help = say(parameter.help or "", language)
        parameter.metavar = say(f"help.argument.{parameter.name}", language)


def _install_completion(language: str, context: Context, _: Parameter, is_asked: bool) -> None:
    """Have the shell complete the command, say so and end."""
    if is_asked and not context.resilient_parsing:
        shell, path = install()
        typer.echo(say("help.completion_installed", language, shell=shell, path=path))
        raise typer.Exit


def _value(option: TyperOption, language: str) -> str:
    """What an option takes: its choices, or the word for its type."""
    kind = option.type_descriptor.annotation
    (kind,) = get_args(kind) or (kind,)
    if issubclass(kind, Enum):
        return "|".join(str(one.value) for one in kind)
    return say(f"help.value.{'path' if issubclass(kind, Path) else kind.__name__}", language)


def _blocks(command: Command, ctx: Context, language: str) -> list[Text | Padding]:
    """The parts of a help, below each other: how it is written, what it does, what it takes."""
    arguments, options = [], []
    usage = [ctx.command_path, say("help.value.options", language)]
    for one in command.get_params(ctx):
        if isinstance(one, TyperArgument):
            name = f"{one.metavar}{'' if one.nargs == 1 else ' …'}"
            usage.append(name if one.required else f"[{name}]")
            arguments.append((name, _about(one, ctx, language)))
        elif isinstance(one, TyperOption):
            opened = sorted(one.opts, key=lambda option: option.startswith("--"))
            options.append((f"{', '.join(opened)} {one.metavar}", _about(one, ctx, language)))
    commands = []
    if isinstance(command, TyperGroup):
        below = say("help.value.command", language)
        usage.append(f"[{below}]" if command.invoke_without_command else below)
        commands = [(name, (one.help or "").split("\n\n")[0]) for name, one in command.commands.items()]
    return [
        Text(say("help.usage", language, usage=" ".join(usage)), "bold"),
        *(Padding(Text(paragraph), (1, 0, 0, 0)) for paragraph in (command.help or "").split("\n\n")),
        *(
            Padding(_table(say(title, language), rows), (1, 0, 0, 0))
            for title, rows in (
                ("help.arguments", arguments), ("help.options", options), ("help.commands", commands),
            ) if rows
        ),
    ]  # fmt: skip


def _about(parameter: TyperArgument | TyperOption, ctx: Context, language: str) -> str:
    """The help of a parameter, and behind it whether it must be given, else what holds without it."""
    default = parameter.get_default(ctx)
    added = ""
    if parameter.required:
        added = say("help.required", language)
    elif default not in (None, "", False) and not callable(default):
        shown = default.value if isinstance(default, Enum) else default
        added = say("help.default", language, value=shown)
    return f"{parameter.help} ({added})" if added else str(parameter.help)


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    """Names and what is said of them, side by side."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False,
        padding=(0, 2, 0, 0),
    )  # fmt: skip
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for name, text in rows:
        table.add_row(Text(f"  {name}"), Text(text))
    return table
