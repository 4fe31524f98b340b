"""What a run would do: for each target its jobs, and what each job needs of other targets. Values only."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.contract.job import Job
    from schemactl.contract.rights import Change
    from schemactl.errors import SchemactlError
    from schemactl.events import Direction
    from schemactl.workflows.history import Edited
    from schemactl.workflows.site import Site

_NONE: Mapping[Any, frozenset[Any]] = MappingProxyType({})
_NO_SITES: Mapping[str, Any] = MappingProxyType({})
# Kinds of error that a target has because of another one.
_OF_OTHERS = ("requires", "required", "required_unknown")
Node = tuple[str, Version]  # `platform/target`, version


class TargetPlan(NamedTuple):
    """One target's part of a plan.

    server  engine and version as it was found, "" where there was no connection
    jobs    in the order in which they run
    error   what keeps the target from being worked on at all, or from the job behind the last; None where nothing does
    rights  where nothing is to be applied: what rights of roles differ, and what is to be known of them (`same`)
    waits_for  the target that the job behind the last requires, where that one could not be read. Its error is its own,
            in its own part of the plan; where it has none, the first part that waits for it has the error
    """

    site: Site
    server: str
    direction: Direction
    jobs: tuple[Job, ...]
    edited: tuple[Edited, ...] = ()
    error: SchemactlError | None = None
    waits_for: str | None = None
    rights: tuple[Change, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether another target is what keeps this one from going on."""
        return self.waits_for is not None or (self.error is not None and self.error.kind in _OF_OTHERS)

    @property
    def waiting(self) -> str:
        """What it waits for, for people; "" for nothing."""
        return f"waits for {self.waits_for}, which could not be read" if self.waits_for else ""

    @property
    def unaligned(self) -> tuple[Change, ...]:
        """The rights that a run gives and takes though no migration is pending."""
        return tuple(change for change in self.rights if change.verdict != "same")

    @property
    def target(self) -> str:
        return self.site.target

    @property
    def statements(self) -> int:
        return sum(job.statements for job in self.jobs)

    def nodes(self) -> tuple[Node, ...]:
        return tuple((self.target, job.entry.version) for job in self.jobs)


class RunPlan(NamedTuple):
    """All targets in the order they were asked for, and what must be done before what.

    needs    a job → the jobs of other targets that must be done before it
    watched  a job → migrations of other targets: to be applied, those that it requires; to be undone, those whose files
             require it. Looked at again under the lock (beside.py)
    around   those targets by name
    """

    targets: tuple[TargetPlan, ...]
    needs: Mapping[Node, frozenset[Node]] = _NONE
    watched: Mapping[Node, frozenset[Node]] = _NONE
    around: Mapping[str, Site] = _NO_SITES

    @property
    def pending(self) -> int:
        return sum(len(target.jobs) for target in self.targets)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do and nothing to be told."""
        return not (self.pending or self.error or any(target.edited or target.rights for target in self.targets))

    @property
    def error(self) -> SchemactlError | None:
        """The first error in plan order of a target that no other one blocks; where there is none, of one that is."""
        found = [(target.blocked, target.error) for target in self.targets if target.error is not None]
        return min(found, key=lambda one: one[0])[1] if found else None
