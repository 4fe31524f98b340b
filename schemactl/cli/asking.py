"""Questions before something is changed: who may be asked, and what an unasked question means (17)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemactl.errors import GateError

if TYPE_CHECKING:
    from schemactl.cli.invocation import Invocation
    from schemactl.session import Workspace


def ordinary(invocation: Invocation, question: str, *, yes: bool) -> None:
    """Ask yes or no, unless `yes` was said.

    raises  GateError where the answer is no, or nobody can be asked
    """
    if yes:
        return
    if not _can_ask(invocation):
        raise _refused(f"{question} Nobody can be asked here", "say `--yes`")
    if _answer(f"{question} [y/N] ") not in ("y", "yes"):
        raise _refused("the answer was no", None)


def destroying(
    invocation: Invocation, workspace: Workspace, targets: Sequence[str], *, yes: bool, confirmed: Sequence[str]
) -> None:
    """Ask before what destroys. In a protected environment each target must be named, by `--confirm` or by hand.

    targets    `platform/target`
    confirmed  likewise; a bare name is a target of the workspace's platform, and of no other
    raises  GateError where it is not confirmed
    """
    environment = workspace.environment
    here = workspace.platform.name
    named = {_full(name, here) for name in confirmed}
    if environment is None or not environment.protected:
        shown = ", ".join(_shown(target, here) for target in targets)
        ordinary(invocation, f"Roll back {shown}?", yes=yes or named.issuperset(targets))
        return
    for target in targets:
        if target in named:
            continue
        name = _shown(target, here)
        if not _can_ask(invocation):
            raise _refused(f"{name} is in the protected environment {environment.name}", f"say `--confirm {name}`")
        answer = _answer(f"{environment.name} is protected. Type the target's name, {name}, to roll it back: ")
        if _full(answer, here) != target:
            raise _refused(f"{name} was not confirmed", None)


def changing(invocation: Invocation, workspace: Workspace, question: str, *, yes: bool) -> None:
    """Ask before a change that destroys nothing: only where the environment is protected."""
    environment = workspace.environment
    if environment is not None and environment.protected:
        ordinary(invocation, f"{environment.name} is protected. {question}", yes=yes)


def _full(name: str, platform: str) -> str:
    return name if "/" in name else f"{platform}/{name}"


def _shown(target: str, platform: str) -> str:
    return target.removeprefix(f"{platform}/")


def _can_ask(invocation: Invocation) -> bool:
    return not invocation.out.json and sys.stdin.isatty() and sys.stdout.isatty()


def _answer(question: str) -> str:
    try:
        return input(question).strip().lower()
    except EOFError:
        return ""


def _refused(what: str, do: str | None) -> GateError:
    return GateError(what, now="nothing was changed", do=do, kind="confirm")
