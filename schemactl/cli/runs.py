"""`plan`, `migrate`, `rollback`: what lies ahead, apply it, undo it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from schemactl.cli import asking, interrupts, invocation, usage
from schemactl.cli.exit_codes import described
from schemactl.cli.invocation import Invocation
from schemactl.cli.options import Allow, Check, DryRun, Steps, Targets, To, Unlocked, Wait, Yes
from schemactl.cli.output import Answer
from schemactl.model.version import Version

if TYPE_CHECKING:
    from schemactl.workflows.execute import RunResult
    from schemactl.workflows.planned import RunPlan
    from schemactl.workflows.rollback import Reach

_PLAN = described(
    """Show what `migrate` would do: each migration, the transactions it runs in, each statement with its line in the
    file and the lock it takes. Reads only, and takes no lock.""",
    examples=[
        "schemactl plan",
        "schemactl -e prod plan users_db --to 0007",
        "schemactl plan --check            exit 3 when something is pending",
        "schemactl plan --sql > ahead.sql  the statements in full",
    ],
    exits=(0, 2, 3, 10, 11, 13, 14, 15, 17, 130),
)
_MIGRATE = described(
    """Apply what is pending: targets side by side, each under its lock, in an order that honours `requires`. A failure
    stops its own target and those that need it; the others go on, and nothing is undone.""",
    examples=[
        "schemactl migrate",
        "schemactl migrate users_db --to 0007",
        "schemactl migrate --dry-run",
        "schemactl -e prod migrate --wait 10min --yes",
    ],
    exits=(0, 2, 10, 11, 12, 13, 14, 15, 17, 130),
)
_ROLLBACK = described(
    """Undo what is applied, newest first, by the down sections. What other targets require is refused, unless they go
    first with `--cascade`.""",
    examples=[
        "schemactl rollback users_db",
        "schemactl rollback users_db --to 0003",
        "schemactl rollback --all --steps 1 --dry-run",
        "schemactl -e prod rollback users_db --confirm users_db",
    ],
    exits=(0, 2, 10, 11, 12, 13, 14, 15, 17, 130),
)


def register(app: typer.Typer) -> None:
    app.command(help=_PLAN, short_help="Show what migrate would do, statement by statement.")(plan)
    app.command(help=_MIGRATE, short_help="Apply what is pending.")(migrate)
    app.command(help=_ROLLBACK, short_help="Undo what is applied, newest first.")(rollback)


def plan(
    context: typer.Context,
    targets: Targets = None,
    to: To = None,
    allow: Allow = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print whole statements, the rest as comments.")] = False,
    check: Check = False,
) -> Answer:
    call = invocation.of(context)
    _one_for(to, targets)
    workspace = call.workspace()
    return _show(call, workspace.plan(targets or (), to=to, allow=allow or ()), sql=sql, check=check)


def migrate(
    context: typer.Context,
    targets: Targets = None,
    to: To = None,
    dry_run: DryRun = False,
    wait: Wait = 0.0,
    allow: Allow = None,
    unlocked: Unlocked = False,
    yes: Yes = False,
) -> Answer:
    call = invocation.of(context)
    _one_for(to, targets)
    workspace = call.workspace()
    allowed = allow or ()
    made = workspace.plan(targets or (), to=to, allow=allowed, unlocked=unlocked, locks=dry_run or call.out.json)
    if dry_run:
        return _show(call, made, sql=False, check=False)
    if made.idle and not call.out.json:
        call.out.nothing("up to date", [target.target for target in made.targets])
        return Answer()
    going = f"Apply {_count(made)}?" if made.pending else "Give roles their rights?" if _names(made) else ""
    if going:
        asking.changing(call, workspace, going, yes=yes)
    from schemactl.cli.render import rendering

    with (
        rendering(call.out, call.style, steps=made.pending, targets=_names(made)) as emit,
        interrupts.asking(workspace.stop, emit.tell),
    ):
        result = workspace.migrate(made, emit=emit, wait_s=wait, allow=allowed, unlocked=unlocked)
    return _told(call, result, emit.duration_ms, nothing="up to date")


def rollback(
    context: typer.Context,
    targets: Targets = None,
    everything: Annotated[bool, typer.Option("--all", help="All targets of the platform.")] = False,
    steps: Steps = None,
    to: Annotated[
        Version | None,
        typer.Option(
            "--to", metavar="VERSION", parser=usage.version, help="Back to this version, which stays; 0: all."
        ),
    ] = None,
    cascade: Annotated[bool, typer.Option("--cascade", help="Roll back what requires these, too.")] = False,
    dry_run: DryRun = False,
    wait: Wait = 0.0,
    unlocked: Unlocked = False,
    yes: Yes = False,
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", metavar="TARGET", help="Name each target of a protected environment; repeatable."),
    ] = None,
) -> Answer:
    call = invocation.of(context)
    reach = _reach(targets or (), everything, steps, to)
    workspace = call.workspace()
    made = workspace.plan_rollback(targets or (), reach, cascade=cascade)
    if dry_run:
        return _show(call, made, sql=False, check=False)
    going = [target.target for target in made.targets if target.jobs]
    if going:
        _tell_ahead(call, made)
        asking.destroying(call, workspace, going, yes=yes, confirmed=confirm or ())
    from schemactl.cli.render import rendering

    with (
        rendering(call.out, call.style, steps=made.pending, targets=_names(made)) as emit,
        interrupts.asking(workspace.stop, emit.tell),
    ):
        result = workspace.rollback(made, emit=emit, wait_s=wait, unlocked=unlocked)
    return _told(call, result, emit.duration_ms, nothing="nothing to roll back")


def _one_for(to: Version | None, targets: Sequence[str] | None) -> None:
    if to is not None and len(set(targets or ())) != 1:
        usage.refuse(f"version {to} means something else in each target", "name one target, or leave `--to` out")


def _reach(targets: Sequence[str], everything: bool, steps: int | None, to: Version | None) -> Reach:
    if everything == bool(targets):
        usage.refuse(
            "either targets or `--all`, not both" if everything else "rollback wants a TARGET, or `--all`",
            "`schemactl status` lists the targets",
        )
    if to is not None and steps is not None:
        usage.refuse("`--steps` and `--to` both say how far back", "leave one of the two out")
    if to is not None and to.number:
        _one_for(to, targets)
    from schemactl.workflows.rollback import Reach

    return Reach(to=to) if to is not None else Reach(steps=steps or 1)


def _show(call: Invocation, made: RunPlan, *, sql: bool, check: bool) -> Answer:
    from schemactl.cli import plan_text

    if not call.out.json:
        for line in plan_text.sql(made) if sql else plan_text.lines(made, call.style):
            call.out.line(line)
        for target in made.targets:
            for edited in target.edited:
                call.out.note(f"{call.style.yellow('warning')}: {target.target}: {edited.what}")
            if target.error is not None:
                call.out.error(target.error)
    data = plan_text.as_json(made, call.out)
    if made.error is not None:
        return Answer(data=data, exit=made.error.code, error=made.error)
    return Answer(data=data, exit=3 if check and made.pending else 0)


def _tell_ahead(call: Invocation, made: RunPlan) -> None:
    from schemactl.cli.result_text import span

    for target in made.targets:
        if target.jobs:
            versions = span([job.entry.version.text for job in target.jobs])
            count = f"{target.statements} statement{'s' if target.statements != 1 else ''}"
            call.out.line(f"{call.style.bold(target.target)}  to roll back: {versions}, {count}")


def _told(call: Invocation, result: RunResult, duration_ms: Mapping[str, int], *, nothing: str) -> Answer:
    from schemactl.cli import result_text

    return result_text.tell(result, duration_ms=duration_ms, out=call.out, style=call.style, nothing=nothing)


def _count(made: RunPlan) -> str:
    count = made.pending
    where = sum(1 for target in made.targets if target.jobs)
    return f"{count} migration{'s' if count != 1 else ''} to {where} target{'s' if where != 1 else ''}"


def _names(made: RunPlan) -> list[str]:
    return [target.target for target in made.targets if target.jobs or target.unaligned]
