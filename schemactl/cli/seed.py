"""`seed`: bring reference data into targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from schemactl.cli import asking, interrupts, invocation
from schemactl.cli.exit_codes import described
from schemactl.cli.options import Check, DryRun, Targets, Unlocked, Wait, Yes
from schemactl.cli.output import Answer

if TYPE_CHECKING:
    from schemactl.cli.invocation import Invocation
    from schemactl.workflows.planned_seeds import SeedsPlan

_SEED = described(
    """Bring the rows of seeds/PLATFORM/TARGET into each target: what is not there is added, what differs is changed,
    everything else is left alone. Scripts run once for each of their texts, and again after a rollback. Targets
    are worked on side by side, each under its lock; a seed is applied in full or not at all.""",
    examples=[
        "schemactl seed",
        "schemactl seed users_db --dry-run   which rows would be added or changed",
        "schemactl seed --again              scripts that have run, too",
        "schemactl -e prod seed --check      exit 3 when something would change",
    ],
    exits=(0, 2, 3, 10, 11, 12, 13, 14, 15, 17, 130),
)


def register(app: typer.Typer) -> None:
    app.command(help=_SEED, short_help="Bring reference data into targets.")(seed)


def seed(
    context: typer.Context,
    targets: Targets = None,
    dry_run: DryRun = False,
    check: Check = False,
    again: Annotated[bool, typer.Option("--again", help="Run scripts although they have run.")] = False,
    wait: Wait = 0.0,
    unlocked: Unlocked = False,
    yes: Yes = False,
) -> Answer:
    from schemactl.cli import seed_text
    from schemactl.cli.render import rendering

    call = invocation.of(context)
    workspace = call.workspace()
    made = workspace.plan_seeds(targets or (), again=again)
    if dry_run or check:
        return _show(call, made, check=check)
    if not (made.due or made.error or call.out.json):
        seed_text.tell_warnings(made, call.out, call.style)
        call.out.nothing("up to date", [target.target for target in made.targets])
        return Answer(data=None)
    if made.due:
        asking.changing(call, workspace, f"Apply {seed_text.count(made)}?", yes=yes)
    going = [target.target for target in made.targets if target.due]
    with (
        rendering(call.out, call.style, steps=made.due, targets=going) as emit,
        interrupts.asking(workspace.stop, emit.tell),
    ):
        result = workspace.seed(made, emit=emit, wait_s=wait, again=again, unlocked=unlocked)
    return seed_text.told(result, made, duration_ms=emit.duration_ms, out=call.out, style=call.style)


def _show(call: Invocation, made: SeedsPlan, *, check: bool) -> Answer:
    from schemactl.cli import seed_text

    if not call.out.json:
        seed_text.show(made, call.out, call.style)
    data = seed_text.plan_json(made, call.out)
    if made.error is not None:
        return Answer(data=data, exit=made.error.code, error=made.error)
    return Answer(data=data, exit=3 if check and made.due else 0)
