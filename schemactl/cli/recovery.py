"""`recover`: finish or undo what a crash left, and accept a file that was changed after it was applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from schemactl.cli import interrupts, invocation, usage
from schemactl.cli.exit_codes import described
from schemactl.cli.invocation import Invocation
from schemactl.cli.options import DryRun, Targets, Unlocked, Wait
from schemactl.cli.output import Answer
from schemactl.errors import SchemactlError
from schemactl.model.version import Version

if TYPE_CHECKING:
    from schemactl.session import Workspace
    from schemactl.workflows.recover import Unfinished

_RECOVER = described(
    """Find out what a run that was killed has left, statement by statement, by what the live catalogue says; then
    finish it, or with `--undo` give up what never took effect.""",
    examples=[
        "schemactl recover --dry-run",
        "schemactl recover users_db",
        "schemactl recover users_db --mark done",
        'schemactl recover users_db --accept 0007 --why "typo in a comment"',
    ],
    exits=(0, 2, 10, 11, 12, 13, 14, 15, 130),
)
_Mark = Literal["done", "undone"]


def register(app: typer.Typer) -> None:
    app.command(help=_RECOVER, short_help="Finish or undo what a crash left.")(recover)


def recover(
    context: typer.Context,
    targets: Targets = None,
    dry_run: DryRun = False,
    mark: Annotated[_Mark | None, typer.Option("--mark", help="Decide for one TARGET what nothing can probe.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Give up a migration of which nothing took effect.")] = False,
    accept: Annotated[
        Version | None,
        typer.Option("--accept", metavar="VERSION", parser=usage.version, help="Record this file as it is now."),
    ] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason, kept in the ledger.")] = None,
    wait: Wait = 0.0,
    unlocked: Unlocked = False,
) -> Answer:
    call = invocation.of(context)
    if undo and mark == "done":
        usage.refuse(
            "`--mark done` says that it took effect, `--undo` gives up what did not", "leave one of the two out"
        )
    _refuse_contradictions(targets or (), accept, why, dry_run or undo or mark is not None)
    workspace = call.workspace()
    _one_for(mark, workspace, targets or ())
    if accept is not None:
        said = Accepted((targets or ("",))[0], accept, why or "")
        return _accept(call, workspace, said, wait, unlocked)
    found, errors = _look(workspace, targets or ())
    if dry_run:
        return _dry(call, found, errors)
    names = [name for name in (*found, *errors) if found.get(name) or name in errors]
    if not names:
        call.out.line("nothing to recover: no migration is under way")
        return Answer(data={"targets": []})
    from schemactl.cli import result_text
    from schemactl.cli.render import rendering

    with rendering(call.out, call.style, targets=names) as emit, interrupts.asking(workspace.stop, emit.tell):
        result = workspace.recover(names, mark=mark, undo=undo, wait_s=wait, unlocked=unlocked, emit=emit)
    took = emit.duration_ms
    return result_text.tell(result, duration_ms=took, out=call.out, style=call.style, nothing="nothing to recover")


def _refuse_contradictions(targets: Sequence[str], accept: Version | None, why: str | None, other: bool) -> None:
    if accept is None:
        if why is not None:
            usage.refuse("`--why` belongs to `--accept`", "say which version to accept, or leave it out")
        return
    if len(set(targets)) != 1:
        usage.refuse("`--accept` wants one TARGET", f"`schemactl recover TARGET --accept {accept} --why TEXT`")
    if not (why or "").strip():
        usage.refuse("`--accept` wants `--why TEXT`, which the ledger keeps", "say why the file was changed")
    if other:
        usage.refuse("`--accept` goes with none of `--dry-run`, `--mark`, `--undo`", "do one after the other")


def _one_for(mark: _Mark | None, workspace: Workspace, targets: Sequence[str]) -> None:
    if mark is not None and len(workspace.targets(targets)) != 1:
        usage.refuse(
            "`--mark` wants one TARGET: the answer of one may not be that of another",
            f"`schemactl recover TARGET --mark {mark}`",
        )


class Accepted(NamedTuple):
    """What `--accept` was given."""

    target: str
    version: Version
    why: str


def _accept(call: Invocation, workspace: Workspace, said: Accepted, wait: float, unlocked: bool) -> Answer:
    from schemactl.cli.render import rendering

    with rendering(call.out, call.style) as emit:
        entry = workspace.accept(*said, wait_s=wait, unlocked=unlocked, emit=emit)
    target = str(workspace.platform.target(said.target))
    call.out.line(f"{call.style.bold(target)}  {entry.label}  recorded as its file is now")
    return Answer(data={"target": target, "version": entry.version.text, "name": entry.name, "why": said.why})


def _look(
    workspace: Workspace, names: Sequence[str]
) -> tuple[dict[str, tuple[Unfinished, ...]], dict[str, SchemactlError]]:
    """What is under way in each target, and the errors of those that could not be read."""
    looked = workspace.unfinished_in(names)
    errors = {name: one for name, one in looked.items() if isinstance(one, SchemactlError)}
    found = {name: one for name, one in looked.items() if not isinstance(one, SchemactlError)}
    return found, errors


def _dry(call: Invocation, found: Mapping[str, Sequence[Unfinished]], errors: Mapping[str, SchemactlError]) -> Answer:
    from schemactl.cli import recovery_text

    if not call.out.json:
        for name, items in found.items():
            for line in recovery_text.lines(name, items, call.style):
                call.out.line(line)
        for error in errors.values():
            call.out.error(error)
        if not errors and not any(found.values()):
            call.out.line("nothing to recover: no migration is under way")
    first = next(iter(errors.values()), None)
    data: dict[str, Any] = {
        "targets": [
            *({"target": name, "unfinished": recovery_text.as_json(items)} for name, items in found.items()),
            *({"target": name, "error": call.out.error_json(error)} for name, error in errors.items()),
        ]
    }
    return Answer(data=data, exit=first.code if first else 0, error=first)
