"""`--help`: the parser's text, told through the output, so that with `--json` it stands in the result."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from schemactl.cli.invocation import Invocation
from schemactl.cli.output import Answer, Output


class Command(TyperCommand):
    def get_help_option(self, ctx: Any) -> Any:
        return _telling(super().get_help_option(ctx))


class Group(TyperGroup):
    def get_help_option(self, ctx: Any) -> Any:
        return _telling(super().get_help_option(ctx))


def _telling(option: Any) -> Any:
    if option is not None:
        option.callback = _tell
    return option


def _tell(context: typer.Context, option: object, asked: bool) -> None:
    if not asked or context.resilient_parsing:
        return
    # Before the options in front of the command are read, there is only the output.
    out = context.obj.out if isinstance(context.obj, Invocation) else context.obj
    assert isinstance(out, Output)
    text = context.get_help()
    out.line(text)
    out.answer = Answer(data={"help": text})
    raise typer.Exit
