"""`snapshot`: write down what targets hold, as text that people review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from schemactl.cli import invocation, usage
from schemactl.cli.exit_codes import described
from schemactl.cli.options import Targets
from schemactl.cli.output import Answer

if TYPE_CHECKING:
    from schemactl.cli.invocation import Invocation
    from schemactl.workflows.snapshot import Snapshots

_SNAPSHOT = described(
    """Write what each target holds into schemas/PLATFORM/TARGET.sql (.cypher, .json), as the statements that would make
    it: for review, and for `verify` to hold a target against. Each file is replaced in one step, and only where it
    differs. A target with pending or unfinished migrations is refused. Rights that a target cannot tell, as one that
    was not provisioned, are those of its file.""",
    examples=[
        "schemactl snapshot",
        "schemactl -e ci snapshot --check      write nothing; exit 3 where a file is not what its target holds",
        "schemactl snapshot users_db --stdout  the text alone",
    ],
    exits=(0, 2, 3, 10, 11, 12, 13, 14, 15, 130),
)


def register(app: typer.Typer) -> None:
    app.command(help=_SNAPSHOT, short_help="Write down what targets hold.")(snapshot)


def snapshot(
    context: typer.Context,
    targets: Targets = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 3 where a file is absent or differs.")
    ] = False,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the text of one target, and write nothing.")] = False,
) -> Answer:
    from schemactl.cli import snapshot_text

    if check and stdout:
        usage.refuse("`--check` and `--stdout` ask for two things", "leave one of them out")
    call = invocation.of(context)
    workspace = call.workspace()
    if stdout and len(workspace.targets(targets or ())) != 1:
        usage.refuse("`--stdout` prints the snapshot of one target", "name one TARGET")
    found = workspace.plan_snapshots(targets or (), files=not stdout)
    if stdout:
        return _printed(call, found)
    if not check:
        found = workspace.snapshot(found)
    snapshot_text.tell(found, call.out, call.style, check=check)
    error = found.error
    code = error.code if error else 3 if check and not found.settled else 0
    return Answer(data=snapshot_text.as_json(found, call.out, check=check), exit=code, error=error)


def _printed(call: Invocation, found: Snapshots) -> Answer:
    (only,) = found.targets
    if only.error is not None:
        raise only.error
    call.out.line(only.text.removesuffix("\n"))
    return Answer(data={"target": only.target, "text": only.text})
