"""What a run of seeds would do: for each target its seeds, compared. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schemactl.errors import SchemactlError
    from schemactl.model.seed import Compared, Rows, SeedFile, SeedRecord
    from schemactl.script.section import Section
    from schemactl.workflows.site import Site


class SeedScript(NamedTuple):
    """A script seed that was read. `path` of a `.py` alone, and then there are no statements."""

    section: Section
    text: str
    path: Path | None = None


class SeedSite(NamedTuple):
    """A target with its seeds, as a workflow meets it. The session makes these.

    seeds        ascending by number
    environment  the name that its seeds are held against: of the environment asked for, `sandbox`, or ""
    rows         what a declarative seed wants; read when asked for
    script       a script seed
    """

    site: Site
    seeds: tuple[SeedFile, ...]
    environment: Callable[[], str]
    rows: Callable[[SeedFile], Rows]
    script: Callable[[SeedFile], SeedScript]

    @property
    def target(self) -> str:
        return self.site.target


class SeedPlan(NamedTuple):
    """One seed of one target.

    meant     for the environment that the target lives in
    record    what the target knows of it; None where it was never applied
    due       whether a run would write something, its record alone perhaps
    compared  None for a script, one that is not meant, and where an earlier script decides
    """

    seed: SeedFile
    meant: bool
    due: bool = False
    record: SeedRecord | None = None
    compared: Compared | None = None

    @property
    def state(self) -> str:
        """One of `for dev, ci alone`, `to apply`, `to run`, `changed, to run`, `to run again`, `has run`,
        `up to date`."""
        if not self.meant:
            return f"for {', '.join(self.seed.environments)} alone"
        if self.seed.kind == "rows":
            return "to apply" if self.due else "up to date"
        if not self.due:
            return "has run"
        if self.record is None:
            return "to run"
        return "changed, to run" if self.record.checksum != self.seed.checksum else "to run again"


class TargetSeeds(NamedTuple):
    """One target's part of a plan.

    server    engine and version as it was found, "" where there was no connection
    warnings  what speaks against seeding now, though nothing forbids it
    error     what keeps the target from being seeded
    """

    site: SeedSite
    environment: str = ""
    server: str = ""
    seeds: tuple[SeedPlan, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    error: SchemactlError | None = None

    @property
    def target(self) -> str:
        return self.site.target

    @property
    def due(self) -> int:
        return sum(1 for one in self.seeds if one.due)


class SeedsPlan(NamedTuple):
    """All targets in the order they were asked for."""

    targets: tuple[TargetSeeds, ...]

    @property
    def due(self) -> int:
        return sum(target.due for target in self.targets if target.error is None)

    @property
    def error(self) -> SchemactlError | None:
        """The first target's that cannot be seeded."""
        return next((target.error for target in self.targets if target.error is not None), None)
