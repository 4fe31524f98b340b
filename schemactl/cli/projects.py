"""`init`, `new`: start a project, start a migration. Never overwrites a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from schemactl.cli import invocation
from schemactl.cli.exit_codes import described
from schemactl.cli.output import Answer

_INIT = described(
    """Start a project in the folder of `-C`, or in the current one: settings, a platform, and a folder for the
    migrations of each TARGET (`app_db` where none is named). `-p` names the platform. With `--example` a platform
    that runs is copied instead. Nothing is overwritten.""",
    examples=[
        "schemactl -p shop init orders_db stock_db",
        "schemactl -C demo init --example dashboard",
    ],
    exits=(0, 2, 10),
)
_NEW = described(
    """Create the next migration file of TARGET, numbered as those before it and named after WORDS.""",
    examples=[
        'schemactl new users_db "add city"',
        'schemactl new users_db "fill city" --format py',
    ],
    exits=(0, 2, 10),
)
_Engine = Literal["postgres", "clickhouse", "mongodb", "neo4j"]
_Format = Literal["sql", "cypher", "json", "py"]


def register(app: typer.Typer) -> None:
    app.command(help=_INIT, short_help="Start a project.")(init)
    app.command(help=_NEW, short_help="Start a migration.")(new)


def init(
    context: typer.Context,
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", hidden=True)] = None,
    engine: Annotated[
        _Engine, typer.Option("--engine", help="The engine of its targets; postgres.", show_default=False)
    ] = "postgres",
    example: Annotated[
        str | None, typer.Option("--example", metavar="PLATFORM", help="Copy this platform, which comes along.")
    ] = None,
) -> Answer:
    from schemactl.cli import usage
    from schemactl.cli.render import rendering
    from schemactl.workflows import init as workflow

    call = invocation.of(context)
    if example is not None and (targets or call.platform):
        usage.refuse("an example has its own name and targets", "leave TARGET and `-p` out, or `--example`")
    made = workflow.plan(
        call.directory or Path.cwd(),
        platform=call.platform or "app",
        targets=targets or ("app_db",),
        engine=engine,
        example=example,
    )
    with rendering(call.out, call.style) as emit:
        created = workflow.run(made, emit)
    for name in created if len(created) <= 12 else (*created[:10], f"… and {len(created) - 10} more"):
        call.out.line(f"{call.style.green('created')}  {name}")
    call.out.line(
        f"\nNext: say in schemactl.toml where the targets live, or `schemactl -p {made.platform} sandbox up`;"
        f" then `schemactl -p {made.platform} plan`."
    )
    return Answer(data={"root": str(made.root), "platform": made.platform, "created": list(created)})


def new(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="TARGET", hidden=True)],
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", hidden=True)],
    format: Annotated[_Format | None, typer.Option("--format", help="Instead of the engine's own format.")] = None,
    timestamp: Annotated[bool, typer.Option("--timestamp", help="Number it by the clock, in UTC.")] = False,
) -> Answer:
    from schemactl.cli.render import rendering
    from schemactl.workflows import new as workflow

    call = invocation.of(context)
    workspace = call.workspace()
    found = workspace.platform.target(target)
    made = workflow.plan(workspace.project, found, words=" ".join(words), format=format, timestamp=timestamp)
    with rendering(call.out, call.style) as emit:
        workflow.run(made, emit)
    call.out.line(f"{call.style.green('created')}  {made.shown}")
    return Answer(data={"target": str(found), "version": made.version.text, "file": made.shown})
