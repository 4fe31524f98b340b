"""What a run would do: for each target its jobs, and what each job needs of other targets. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemactl.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.contract.job import Job
    from schemactl.errors import SchemactlError
    from schemactl.events import Direction
    from schemactl.workflows.history import Edited
    from schemactl.workflows.schedule import Key
    from schemactl.workflows.site import Site

Node = tuple[str, Version]  # `platform/target`, version


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPlan:
    """One target's part of a plan.

    server  engine and version as it was found, "" where there was no connection
    jobs    in the order in which they run
    error   what keeps the target from being worked on at all, or from the job behind the last; None where nothing does
    """

    site: Site
    server: str
    direction: Direction
    jobs: tuple[Job, ...]
    edited: tuple[Edited, ...] = ()
    error: SchemactlError | None = None

    @property
    def target(self) -> str:
        return self.site.target

    @property
    def statements(self) -> int:
        return sum(job.statements for job in self.jobs)

    def nodes(self) -> tuple[Node, ...]:
        return tuple((self.target, job.entry.version) for job in self.jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """All targets in the order they were asked for, and what must be done before what.

    needs  a job → the jobs of other targets that must be done before it
    """

    targets: tuple[TargetPlan, ...]
    needs: Mapping[Node, frozenset[Node]] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        return sum(len(target.jobs) for target in self.targets)

    @property
    def error(self) -> SchemactlError | None:
        """The first error in plan order."""
        return next((target.error for target in self.targets if target.error is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Jobs of one target that run under one hold of its lock: cut where other targets come in between."""

    key: Key
    plan: TargetPlan
    jobs: tuple[Job, ...]
    needs: frozenset[Key]


def chunks(plan: RunPlan) -> tuple[Chunk, ...]:
    """Cut each target's jobs before a job that needs another target's, and after one that is needed."""
    needed = frozenset().union(*plan.needs.values()) if plan.needs else frozenset()
    cut: list[tuple[TargetPlan, list[Job]]] = []
    owner: dict[Node, Key] = {}
    keys: list[Key] = []
    for target in plan.targets:
        for number, jobs in enumerate(_cut(target, plan.needs, needed)):
            key = (target.target, number)
            keys.append(key)
            cut.append((target, jobs))
            owner |= {(target.target, job.entry.version): key for job in jobs}
    return tuple(
        Chunk(key=key, plan=target, jobs=tuple(jobs), needs=_needs(key, target, jobs, plan.needs, owner))
        for key, (target, jobs) in zip(keys, cut, strict=True)
    )


def _cut(target: TargetPlan, needs: Mapping[Node, frozenset[Node]], needed: frozenset[Node]) -> list[list[Job]]:
    parts: list[list[Job]] = []
    fresh = True
    for job in target.jobs:
        node = (target.target, job.entry.version)
        if fresh or needs.get(node):
            parts.append([])
        parts[-1].append(job)
        fresh = node in needed
    return parts


def _needs(
    key: Key, target: TargetPlan, jobs: Sequence[Job], needs: Mapping[Node, frozenset[Node]], owner: Mapping[Node, Key]
) -> frozenset[Key]:
    own = {(key[0], key[1] - 1)} if key[1] else set()
    others = {
        owner[need] for job in jobs for need in needs.get((target.target, job.entry.version), ()) if need in owner
    }
    return frozenset(own | others)
