"""Parts of an engine that a command may never ask for, each made (and its module loaded) when it is first called.

A target that has nothing to do should cost a connection and a read of its ledger, not the whole engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.checking import Check, Checker, Found
    from schemactl.contract.engine import CatalogReader, Planner, Recovery, Runner, Scripts
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement, Segment
    from schemactl.contract.rights import Change, Rights
    from schemactl.contract.seeding import Seeder
    from schemactl.contract.snapshots import Snapshots
    from schemactl.contract.verifying import Inspected, Inspection, Verifier
    from schemactl.events import Listener
    from schemactl.model.catalog import Catalog
    from schemactl.model.rights import Wanted
    from schemactl.model.seed import Compared, Rows, SeedFile, SeedRecord
    from schemactl.model.snapshot import Block
    from schemactl.model.step import Step
    from schemactl.script.section import Section


class PlannerOnDemand:
    def __init__(self, make: Callable[[], Planner]) -> None:
        self._make = make

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        return self._make().segments(section, shown=shown, locks=locks)

    def script(self, section: Section) -> str:
        return self._make().script(section)


class RunnerOnDemand:
    def __init__(self, make: Callable[[], Runner]) -> None:
        self._make = make

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        self._make().run(jobs, emit)


class CatalogOnDemand:
    def __init__(self, make: Callable[[], CatalogReader]) -> None:
        self._make = make

    def read(self) -> Catalog:
        return self._make().read()

    def broken(self) -> tuple[str, ...]:
        return self._make().broken()


class RecoveryOnDemand:
    def __init__(self, make: Callable[[], Recovery]) -> None:
        self._make = make

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        return self._make().probe(job, planned, step)

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        return self._make().tidy(planned, step)


class ScriptsOnDemand:
    def __init__(self, make: Callable[[], Scripts]) -> None:
        self._make = make

    def probe(self, job: Job) -> bool | None:
        return self._make().probe(job)


class CheckerOnDemand:
    def __init__(self, make: Callable[[], Checker]) -> None:
        self._make = make

    def rows(self, check: Check, *, limit: int) -> Found:
        return self._make().rows(check, limit=limit)


class RightsOnDemand:
    def __init__(self, make: Callable[[], Rights]) -> None:
        self._make = make

    def work_as_owner(self, wanted: Wanted) -> str:
        return self._make().work_as_owner(wanted)

    def look(self, wanted: Wanted) -> tuple[Change, ...]:
        return self._make().look(wanted)

    def align(self, wanted: Wanted) -> tuple[Change, ...]:
        return self._make().align(wanted)


class SeederOnDemand:
    def __init__(self, make: Callable[[], Seeder]) -> None:
        self._make = make

    @property
    def promise(self) -> str:
        return self._make().promise

    def recorded(self) -> tuple[SeedRecord, ...]:
        return self._make().recorded()

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        return self._make().compare(seed, rows)

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        return self._make().apply(seed, rows, record, emit)

    def run(self, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
        self._make().run(seed, job, record, emit)


class SnapshotsOnDemand:
    def __init__(self, make: Callable[[], Snapshots]) -> None:
        self._make = make

    def blocks(self, catalog: Catalog) -> tuple[Block, ...]:
        return self._make().blocks(catalog)


class VerifierOnDemand:
    def __init__(self, make: Callable[[], Verifier]) -> None:
        self._make = make
        self._made: Verifier | None = None

    def _verifier(self) -> Verifier:
        # One for all inspections: what it found out of the server at the first is known at the next.
        self._made = self._made or self._make()
        return self._made

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        return self._verifier().inspections(deep=deep)

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        return self._verifier().inspect(inspection, emit=emit)

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        return self._verifier().strangers(rights)
