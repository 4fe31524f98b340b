"""Run the user's integrity checks: each is a query that must return no row. Reads only; takes no lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemactl.errors import SchemactlError
from schemactl.workflows.parallel import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.checking import Check, Found
    from schemactl.contract.engine import Engine
    from schemactl.workflows.site import Site

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check that was run. `rows` is None where it could not be, and `error` says why."""

    check: Check
    rows: Found | None = None
    error: SchemactlError | None = None

    @property
    def holds(self) -> bool:
        return self.rows is not None and not self.rows.first


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChecked:
    """One target with its checks, in the order of their names; none were run where `error` says why."""

    target: str
    checks: tuple[Checked, ...] = ()
    error: SchemactlError | None = None

    @property
    def holds(self) -> bool:
        """Every check was run and returned nothing; a target without checks holds nothing."""
        return bool(self.checks) and all(one.holds for one in self.checks)


def run(sites: Sequence[tuple[Site, tuple[Check, ...]]], *, workers: int = 4) -> tuple[TargetChecked, ...]:
    """Run the checks of every target; one that cannot be reached does not keep the others from theirs."""
    return tuple(each(sites, _run, workers=workers))


def _run(asked: tuple[Site, tuple[Check, ...]]) -> TargetChecked:
    site, checks = asked
    if not checks:
        return TargetChecked(target=site.target)
    try:
        with site.opened() as engine:
            return TargetChecked(target=site.target, checks=tuple(_one(engine, site, check) for check in checks))
    except SchemactlError as error:
        error.target = error.target or site.target
        return TargetChecked(target=site.target, error=error)


def _one(engine: Engine, site: Site, check: Check) -> Checked:
    try:
        return Checked(check=check, rows=engine.checker.rows(check, limit=SHOWN))
    except SchemactlError as error:
        error.at, error.target = f"{check.shown}:{check.statement.line}", site.target
        return Checked(check=check, error=error)
