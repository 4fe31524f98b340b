"""Integrity within each target: ledger and files, the snapshot, what the engine looks for, the project's own checks.

Reads only, takes no lock. What one part cannot tell keeps no other from being looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemactl.contract.engine import Missing
from schemactl.contract.verifying import Inspected, Inspection
from schemactl.errors import ConnectError, RunInterruptedError, SchemactlError
from schemactl.events import InspectionFinished, InspectionStarted, TargetFinished, TargetStarted
from schemactl.workflows import verify_checks
from schemactl.workflows.parallel import each
from schemactl.workflows.verify_ledger import LEDGER, PENDING, LedgerLook
from schemactl.workflows.verify_snapshot import RIGHTS, SNAPSHOT, SnapshotLook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.checking import Check
    from schemactl.contract.engine import Engine
    from schemactl.contract.opening import Stop
    from schemactl.events import Listener
    from schemactl.model.snapshot import Snapshot
    from schemactl.workflows.site import Site

Section = Literal["ledger", "snapshot", "engine", "checks"]
State = Literal["passed", "failed", "nothing", "not_run", "error"]

# What the engine would tell, where this version of schemactl has no inspections of it.
_ENGINE = Inspection("engine", "the engine finds nothing wrong with itself")


class VerifySite(NamedTuple):
    """A target and what of its project is held against it. The session makes these.

    checks    reads the project's own checks; raises  ConfigError for a file that is none
    snapshot  reads the committed snapshot, None where there is none; raises  ConfigError where it is not whole
    """

    site: Site
    checks: Callable[[], tuple[Check, ...]]
    snapshot: Callable[[], Snapshot | None]


class Asked(NamedTuple):
    """One target of a plan. `unread`: why its checks could not be read."""

    site: Site
    snapshot: Callable[[], Snapshot | None]
    checks: tuple[Check, ...] = ()
    unread: SchemactlError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPlan:
    """What is to be looked at. `deep`: also what reads rows or files at length."""

    targets: tuple[Asked, ...]
    deep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One thing that was looked for, and what came of it. `error`: what went wrong while it was."""

    section: Section
    found: Inspected
    error: SchemactlError | None = None
    duration_ms: int = 0

    @property
    def name(self) -> str:
        return self.found.inspection.name

    @property
    def state(self) -> State:
        """`passed` only where something was looked at, and nothing was wrong with it."""
        if self.error is not None:
            return "error"
        if self.found.flaws or self.found.more:
            return "failed"
        if self.found.not_run:
            return "not_run"
        return "passed" if self.found.examined else "nothing"

    @property
    def findings(self) -> int:
        return len(self.found.flaws) + self.found.more


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetVerified:
    """One target, in the order in which it was looked at. `error`: why it, or the rest of it, was not."""

    site: Site
    server: str = ""
    looked: tuple[Looked, ...] = ()
    error: SchemactlError | None = None
    duration_ms: int = 0

    @property
    def target(self) -> str:
        return self.site.target

    @property
    def errors(self) -> tuple[SchemactlError, ...]:
        own = (self.error,) if self.error is not None else ()
        return (*own, *(one.error for one in self.looked if one.error is not None))

    def holds(self, *, strict: bool) -> bool:
        """Nothing was found and nothing went wrong; with `strict` everything was looked at, too."""
        bad = {"failed", "error", "not_run"} if strict else {"failed", "error"}
        return self.error is None and not any(one.state in bad for one in self.looked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Every target, in the order asked. `interrupted`: whether it was asked to stop before the end."""

    targets: tuple[TargetVerified, ...]
    deep: bool = False
    interrupted: bool = False
    duration_ms: int = 0

    def count(self, state: State) -> int:
        return sum(1 for target in self.targets for one in target.looked if one.state == state)

    @property
    def findings(self) -> int:
        return sum(one.findings for target in self.targets for one in target.looked)

    @property
    def at_least(self) -> bool:
        """Whether there may be more findings than that, because reading stopped."""
        return any(one.found.at_least for target in self.targets for one in target.looked)

    def holds(self, *, strict: bool) -> bool:
        return not self.interrupted and all(target.holds(strict=strict) for target in self.targets)

    @property
    def error(self) -> SchemactlError | None:
        """The first thing that went wrong, in the order asked."""
        return next((error for target in self.targets for error in target.errors), None)

    def exit_code(self, *, strict: bool) -> int:
        """130 where it was stopped, 3 where something was found, else the code of what went wrong, else 0."""
        if self.interrupted:
            return RunInterruptedError.code
        if self.findings or (strict and self.count("not_run")):
            return 3
        return self.error.code if self.error is not None else 0


def plan(sites: Sequence[VerifySite], *, deep: bool = False) -> VerifyPlan:
    """Read the project's checks; nothing is connected."""
    return VerifyPlan(targets=tuple(_asked(site) for site in sites), deep=deep)


def _asked(given: VerifySite) -> Asked:
    try:
        return Asked(given.site, given.snapshot, given.checks())
    except SchemactlError as error:
        error.target = error.target or given.site.target
        return Asked(given.site, given.snapshot, unread=error)


def run(plan: VerifyPlan, *, emit: Listener, stop: Stop, workers: int = 4) -> Verified:
    """Look at every target; one that cannot be reached keeps no other from being looked at.

    emit  TargetStarted, InspectionStarted, StepProgress with the inspection's name as version, InspectionFinished
    """
    began = time.monotonic()

    def verified(asked: Asked) -> TargetVerified:
        return _Target(asked, plan.deep, emit, stop).verified()

    targets = tuple(each(plan.targets, verified, workers=workers))
    return Verified(targets=targets, deep=plan.deep, interrupted=bool(stop), duration_ms=_since(began))


@dataclass(slots=True)
class _Target:
    """The look at one target."""

    asked: Asked
    deep: bool
    emit: Listener
    stop: Stop
    server: str = ""
    looked: list[Looked] = field(default_factory=list)

    def verified(self) -> TargetVerified:
        began, site, error = time.monotonic(), self.asked.site, None
        try:
            if self.stop:
                raise _not_begun(site)
            with site.opened() as engine:
                self.server = engine.server
                self._all(engine)
        except SchemactlError as raised:
            error = raised
            error.target = error.target or site.target
        self.emit(TargetFinished(site.target, "failed" if error else "done", ()))
        return TargetVerified(
            site=site, server=self.server, looked=tuple(self.looked), error=error, duration_ms=_since(began)
        )

    def _all(self, engine: Engine) -> None:
        verifier = engine.verifier
        inspections = () if isinstance(verifier, Missing) else verifier.inspections(deep=self.deep)
        steps = 4 + max(len(inspections), 1) + len(self.asked.checks)
        self.emit(TargetStarted(self.asked.site.target, steps, 0))
        self._files(engine)
        if isinstance(verifier, Missing):
            found = Inspected(_ENGINE, not_run=f"{verifier.why}; {verifier.instead}")
            self._look("engine", _ENGINE, lambda: found)
        else:
            for inspection in inspections:
                self._look("engine", inspection, partial(verifier.inspect, inspection, emit=self.emit))
        self._checks(engine)

    def _files(self, engine: Engine) -> None:
        ledger = LedgerLook(self.asked.site, engine)
        self._look("ledger", LEDGER, ledger.ledger)
        self._look("ledger", PENDING, ledger.pending)
        snapshot = SnapshotLook(self.asked.site, engine, self.asked.snapshot, ledger.history)
        self._look("snapshot", SNAPSHOT, snapshot.snapshot)
        self._look("snapshot", RIGHTS, snapshot.rights)

    def _checks(self, engine: Engine) -> None:
        if self.asked.unread is not None:
            wrong = Inspection("checks", "the files of the project's own checks can be read")
            self.looked.append(
                Looked(
                    section="checks", found=Inspected(wrong, not_run="a file does not hold"), error=self.asked.unread
                )
            )
        for check in self.asked.checks:
            inspection = verify_checks.inspection(check)
            self._look("checks", inspection, partial(verify_checks.look, engine, self.asked.site, check))

    def _look(self, section: Section, inspection: Inspection, look: Callable[[], Inspected]) -> None:
        """Look for one thing. raises  ConnectError, RunInterruptedError: there is no going on then"""
        if self.stop:
            raise _stopped(self.asked.site, inspection.name)
        began, error = time.monotonic(), None
        self.emit(InspectionStarted(self.asked.site.target, inspection.name))
        try:
            found = look()
        except (ConnectError, RunInterruptedError):
            raise
        except SchemactlError as raised:
            error = raised
            error.target = error.target or self.asked.site.target
            found = Inspected(inspection, not_run=error.what)
        one = Looked(section=section, found=found, error=error, duration_ms=_since(began))
        self.looked.append(one)
        self.emit(
            InspectionFinished(
                self.asked.site.target, one.name, one.state, found.examined, found.unit, one.findings, one.duration_ms
            )
        )


def _not_begun(site: Site) -> RunInterruptedError:
    return RunInterruptedError(
        "stopped before it was looked at", now="nothing was changed", do="run the command again", target=site.target
    )


def _stopped(site: Site, name: str) -> RunInterruptedError:
    return RunInterruptedError(
        f"stopped before {name}", now="nothing was changed", do="run the command again", target=site.target
    )


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
