"""`sandbox up`, `down`, `status`, `run`: throwaway real servers for the targets of a platform."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from schemactl.cli import invocation
from schemactl.cli.exit_codes import described
from schemactl.cli.help import Command, Group
from schemactl.cli.options import Targets
from schemactl.cli.output import Answer

_SANDBOX = described(
    """Throwaway real servers on this machine, for trying things out: a command that nothing else tells where a target
    lives finds it there.""",
    examples=[
        "schemactl sandbox up              then `schemactl migrate` needs no URL",
        "schemactl sandbox run -- make test",
        "schemactl sandbox down",
    ],
    exits=(0, 2, 10, 11, 15, 130),
)
_UP = described(
    """Bring up a server for each engine that the targets need, with an empty database for each target. They live on
    until `sandbox down`, the end of the machine, or the end of their keeper; what runs already is kept.""",
    examples=["schemactl sandbox up", "schemactl sandbox up users_db"],
    exits=(0, 2, 10, 11, 15, 130),
)
_DOWN = described(
    """End all servers of the project's sandbox and remove everything in them.""",
    examples=["schemactl sandbox down"],
    exits=(0, 2, 10, 130),
)
_STATUS = described(
    """What runs in the project's sandbox, which target lives where, and what cannot be had here.""",
    examples=[
        "schemactl sandbox status",
        "schemactl sandbox status --urls sandbox.env   with passwords, for other programs",
    ],
    exits=(0, 2, 10, 11, 130),
)
_RUN = described(
    """Run COMMAND with servers of its own, for as long as it lasts: SCHEMACTL_URL__… says where each target of the
    platform lives. The exit code is the command's; 127 where it is not found, 126 where it cannot be run.""",
    examples=["schemactl sandbox run -- make test", "schemactl sandbox run schemactl migrate"],
    exits=(0, 2, 10, 11, 15, 130),
)


def register(app: typer.Typer) -> None:
    group = typer.Typer(cls=Group, rich_markup_mode=None, invoke_without_command=True, callback=_no_command)
    group.command(cls=Command, help=_UP, short_help="Bring up servers that live on.")(up)
    group.command(cls=Command, help=_STATUS, short_help="Show what runs.")(status)
    group.command(cls=Command, help=_DOWN, short_help="End what runs.")(down)
    group.command(
        cls=Command,
        help=_RUN,
        short_help="Run a command with servers of its own.",
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )(run)
    app.add_typer(group, name="sandbox", help=_SANDBOX, short_help="Throwaway real servers: up, down, status, run.")


def _no_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        _refuse_none(context)


def _refuse_none(context: typer.Context) -> NoReturn:
    from schemactl.cli import usage

    invocation.of(context).out.note(context.get_help())
    usage.refuse("`sandbox` wants up, down, status or run", "`schemactl sandbox --help` has examples")


def up(context: typer.Context, targets: Targets = None) -> Answer:
    from schemactl.cli import sandbox_text
    from schemactl.workflows import sandbox

    call = invocation.of(context)
    workspace = call.workspace()
    wanted = workspace.targets(targets or ())
    made = sandbox.up(
        workspace.project.root,
        wanted,
        at_once=workspace.workers,
        tell=lambda server: call.out.line(f"started   {sandbox_text.shown(server)}"),
    )
    return sandbox_text.tell_up(call, workspace, made, wanted, named=bool(targets))


def down(context: typer.Context) -> Answer:
    from schemactl.cli import sandbox_text
    from schemactl.workflows import sandbox

    call = invocation.of(context)
    return sandbox_text.tell_down(call, sandbox.down(call.project().root))


def status(
    context: typer.Context,
    urls: Annotated[
        Path | None,
        typer.Option(
            "--urls",
            metavar="FILE",
            help="Write SCHEMACTL_URL__… of each target, with its password, to FILE, which only you can read.",
            dir_okay=False,
        ),
    ] = None,
) -> Answer:
    from schemactl.cli import sandbox_text

    call = invocation.of(context)
    return sandbox_text.tell_status(call) if urls is None else sandbox_text.tell_urls(call, urls)


def run(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", hidden=True)],
) -> Answer:
    from schemactl.cli import sandbox_command

    return sandbox_command.run(invocation.of(context), command)
