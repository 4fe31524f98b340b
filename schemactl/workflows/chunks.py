"""A plan cut into chunks: jobs of one target that run under one hold of its lock. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.contract.job import Job
    from schemactl.workflows.planned import Node, RunPlan, TargetPlan
    from schemactl.workflows.schedule import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Jobs of one target that run under one hold of its lock: cut where other targets come in between.

    jobs  none where only rights of roles are to be given
    """

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
    return parts or ([[]] if target.unaligned else [])


def _needs(
    key: Key, target: TargetPlan, jobs: Sequence[Job], needs: Mapping[Node, frozenset[Node]], owner: Mapping[Node, Key]
) -> frozenset[Key]:
    own = {(key[0], key[1] - 1)} if key[1] else set()
    others = {
        owner[need] for job in jobs for need in needs.get((target.target, job.entry.version), ()) if need in owner
    }
    return frozenset(own | others)
