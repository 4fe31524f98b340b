"""What `provision` would do and has done, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.cli.output import Answer
from schemactl.cli.table import Column, table
from schemactl.errors import RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.cli.output import Output
    from schemactl.cli.style import Style
    from schemactl.contract.rights import Change
    from schemactl.workflows.provision import Provisioned, ProvisionPlan, ServerPlan, TargetLook, TargetProvisioned

_VERDICTS = ("add", "change", "same")


def tell_plan(made: ProvisionPlan, out: Output, style: Style) -> Answer:
    """The answer of `--dry-run`."""
    if not out.json:
        show(made, out, style)
        for target in made.targets:
            if target.error is not None:
                out.error(target.error)
    error = made.error
    return Answer(data=_plan_json(made, out), exit=error.code if error else 0, error=error)


def show(made: ProvisionPlan, out: Output, style: Style) -> None:
    """Each server with what would be added and changed there, and the statements that would be sent."""
    for server in made.servers:
        head = ", ".join(part for part in (server.server, server.site.shown) if part) or server.site.engine
        out.line(style.bold(out.hide(head)) + (style.dim(f"  ({server.site.source})") if server.site.source else ""))
        for note in (*([server.unguarded] if server.unguarded else []), *server.notes):
            out.line(style.yellow(f"  note    {out.hide(note)}"))
        for target in server.targets:
            _show_target(target, out, style)
        out.line()


def tell_result(result: Provisioned, out: Output, style: Style) -> Answer:
    """The closing table and every error."""
    if not out.json:
        rows = [_row(target, out) for target in result.targets]
        paints = {"done": style.green, "passed over": style.yellow}
        columns = [
            Column(title="target", paint=style.bold),
            Column(title="result", paint=lambda cell: paints.get(cell, style.red)(cell)),
            *(Column(title=verdict, right=True) for verdict in _VERDICTS),
            Column(title="note"),
        ]
        out.line()
        for line in table(columns, rows, style):
            out.line(line)
        for path in result.passwords:
            out.line(f"Passwords that were made are in {path}, which only you can read.")
        for target in result.targets:
            if target.error is not None:
                out.error(target.error)
    error = result.error
    interrupted = next((one.error for one in result.targets if isinstance(one.error, RunInterruptedError)), None)
    error = interrupted or error
    return Answer(data=_result_json(result, out), exit=error.code if error else 0, error=error)


def _show_target(target: TargetLook, out: Output, style: Style) -> None:
    name = style.bold(target.target)
    why = target.error.what if target.error is not None else target.why
    if why:
        out.line(f"  {name}: {'passed over, ' if target.passed_over else ''}{out.hide(why)}")
        return
    counts = ", ".join(f"{count} {verdict}" for verdict, count in _counts(target.changes).items() if count)
    out.line(f"  {name}: {counts}")
    for change in target.changes:
        if change.verdict == "same":
            if change.now:
                out.line(style.dim(f"    note    {change.what}  {change.name}: {out.hide(change.now)}"))
            continue
        paint = style.green if change.verdict == "add" else style.yellow
        now = f"  (now: {out.hide(change.now)})" if change.now else ""
        out.line(f"    {paint(f'{change.verdict:<6}')}  {change.what}  {change.name}{style.dim(now)}")
        for sql in change.sends:
            out.line(style.dim(f"              {out.hide(sql)};"))


def _counts(changes: Sequence[Change]) -> dict[str, int]:
    return {verdict: sum(1 for change in changes if change.verdict == verdict) for verdict in _VERDICTS}


def _row(target: TargetProvisioned, out: Output) -> list[str]:
    counts = _counts(target.made) | {"same": target.same}
    cells = [str(counts[verdict]) if counts[verdict] else "" for verdict in _VERDICTS]
    why = out.hide(target.why) if target.why and target.error is None else ""
    return [target.target, target.outcome.replace("_", " "), *cells, why]


def _plan_json(made: ProvisionPlan, out: Output) -> dict[str, Any]:
    return {"servers": [_server_json(server, out) for server in made.servers]}


def _server_json(server: ServerPlan, out: Output) -> dict[str, Any]:
    return {
        "engine": server.site.engine,
        "url": out.hide(server.site.shown) or None,
        "source": server.site.source or None,
        "server": server.server or None,
        "unguarded": out.hide(server.unguarded) or None,
        "notes": [out.hide(note) for note in server.notes],
        "targets": [
            {
                "target": target.target,
                "changes": [_change_json(change, out) for change in target.changes],
                "passed_over": target.passed_over,
                "why": out.hide(target.why) or None,
                "error": out.error_json(target.error),
            }
            for target in server.targets
        ],
    }


def _change_json(change: Change, out: Output) -> dict[str, Any]:
    return {
        "what": change.what,
        "name": change.name,
        "verdict": change.verdict,
        "now": out.hide(change.now) or None,
        "sends": [out.hide(sql) for sql in change.sends],
        "database": change.database or None,
    }


def _result_json(result: Provisioned, out: Output) -> dict[str, Any]:
    return {
        "passwords": list(result.passwords),
        "targets": [
            {
                "target": target.target,
                "outcome": target.outcome,
                "made": [_change_json(change, out) for change in target.made],
                "same": target.same,
                "why": out.hide(target.why) or None,
                "error": out.error_json(target.error),
            }
            for target in result.targets
        ],
    }
