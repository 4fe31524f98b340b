"""The command line: the options before the command, and the list of the groups that commands come from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Annotated

import typer

import schemactl
from schemactl.cli import (
    completion,
    projects,
    provision,
    recovery,
    runs,
    sandbox,
    seed,
    snapshot,
    standing,
    usage,
    verify,
)
from schemactl.cli.help import Command, Group
from schemactl.cli.invocation import Invocation
from schemactl.cli.output import Answer, Output
from schemactl.cli.style import Style

app = typer.Typer(
    name="schemactl",
    cls=Group,
    add_completion=False,  # ours: cli/completion.py
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for group in (projects, provision, runs, seed, snapshot, standing, verify, recovery, sandbox):
    group.register(app)
for command in app.registered_commands:
    command.cls = Command


_WITH_VALUE = ("-C", "--directory", "-p", "--platform", "-e", "--env", "--url")


def only_for(arguments: Sequence[str]) -> typer.Typer:
    """The app with the one command that `arguments` name, or with all where they name none.

    Building a command from its function costs a millisecond, and a run needs one of them.
    """
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            break
    else:
        return app
    named = [info for info in app.registered_commands if info.callback is not None and info.callback.__name__ == word]
    groups = [info for info in app.registered_groups if info.name == word]
    if not named and not groups:
        return app
    one = copy(app)
    one.registered_commands, one.registered_groups = named, groups
    return one


Directory = Annotated[
    Path | None, typer.Option("-C", "--directory", metavar="DIR", help="The project's folder, or one inside it.")
]
Platform = Annotated[str | None, typer.Option("-p", "--platform", metavar="PLATFORM", help="The platform to work on.")]
Environment = Annotated[
    str | None, typer.Option("-e", "--env", metavar="ENV", help="The environment its targets live in.")
]
Urls = Annotated[
    list[str] | None, typer.Option("--url", metavar="TARGET=URL", help="Where a target lives; repeatable.")
]
AllowPassword = Annotated[bool, typer.Option("--allow-password-in-argv", help="Take a --url with a password in it.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
ShowVersion = Annotated[bool, typer.Option("--version", help="Print the version and exit.")]
InstallCompletion = Annotated[
    bool, typer.Option("--install-completion", help="Install completion for the shell that $SHELL names.")
]
ShowCompletion = Annotated[
    bool, typer.Option("--show-completion", help="Print the completion script of the shell that $SHELL names.")
]


@app.callback(invoke_without_command=True)
def begin(
    context: typer.Context,
    directory: Directory = None,
    platform: Platform = None,
    environment: Environment = None,
    url: Urls = None,
    allow_password_in_argv: AllowPassword = False,
    json: Json = False,
    version: ShowVersion = False,
    install_completion: InstallCompletion = False,
    show_completion: ShowCompletion = False,
) -> None:
    """Versioned schemas for PostgreSQL, ClickHouse, MongoDB and Neo4j.

    Each command works on all targets of a platform, or on those that are named. `schemactl COMMAND --help` has
    examples and the exit codes of each.
    """
    out = context.obj
    assert isinstance(out, Output)
    out.json = json
    context.obj = Invocation(
        out=out,
        style=Style.of(sys.stdout),
        directory=directory,
        platform=platform,
        environment=environment,
        urls=usage.urls(url or []),
        allow_password_in_argv=allow_password_in_argv,
    )
    for asked, tell in (
        (version, _version),
        (install_completion, completion.install),
        (show_completion, completion.show),
    ):
        if asked:
            out.answer = tell(out)
            raise typer.Exit
    if context.invoked_subcommand is None:
        out.note(context.get_help())
        usage.refuse("no command", "`schemactl --help` lists them")


def _version(out: Output) -> Answer:
    out.line(f"schemactl {schemactl.__version__}")
    return Answer(data={"version": schemactl.__version__})
