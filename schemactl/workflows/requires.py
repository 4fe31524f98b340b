"""`requires` between targets: which job waits for which, what is met already, what never will be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemactl.errors import HistoryError, SchemactlError
from schemactl.model.version import Version
from schemactl.workflows.chunks import chunks
from schemactl.workflows.history import standing
from schemactl.workflows.planned import Node, RunPlan, TargetPlan
from schemactl.workflows.schedule import find_cycle

if TYPE_CHECKING:
    from schemactl.model.requirement import Requirement
    from schemactl.workflows.site import Site

# A target, by platform and name, that is not part of the plan; raises SchemactlError where nothing says where it lives.
Elsewhere = Callable[[str, str], "Site"]


def settle(
    targets: Iterable[TargetPlan],
    required: Mapping[Node, tuple[Requirement, ...]],
    have: Mapping[str, frozenset[Version]],
    elsewhere: Elsewhere,
) -> RunPlan:
    """Join the targets' plans to one, cutting a target's jobs short where a requirement is neither met nor planned.

    required   what the file of each node requires
    have       target → versions applied there, for the targets of the plan
    raises     HistoryError for a cycle
    """
    plans = {target.target: target for target in targets}
    known = _Known(plans, have, elsewhere, {name: target.site for name, target in plans.items()})
    while True:
        planned = {node for target in plans.values() for node in target.nodes()}
        shortened = False
        for name, target in plans.items():
            cut = _cut_short(target, required, planned, known)
            if cut is not target:
                plans[name], shortened = cut, True
        if not shortened:
            break
    watched = {node: frozenset(map(node_of, required[node])) for node in planned if required.get(node)}
    needs = {node: found & planned for node, found in watched.items() if found & planned}
    plan = RunPlan(targets=known.told(), needs=needs, watched=watched, around=known.around)
    refuse_cycle(plan)
    return plan


def node_of(requirement: Requirement) -> Node:
    return (f"{requirement.platform}/{requirement.target}", requirement.version)


def refuse_cycle(plan: RunPlan) -> None:
    """raises  HistoryError naming the migrations that wait for each other"""
    parts = {chunk.key: chunk for chunk in chunks(plan)}
    cycle = find_cycle({key: chunk.needs for key, chunk in parts.items()})
    if not cycle:
        return
    names = [f"{key[0]}@{parts[key].jobs[0].entry.version}" for key in cycle]
    raise HistoryError(
        f"migrations require each other in a circle: {' after '.join(names)}",
        at=parts[cycle[0]].jobs[0].shown,
        now="nothing was changed",
        do="take one of these `requires` away, or move the statements that need it into a later migration",
        kind="cycle",
    )


@dataclass(slots=True)
class _Known:
    """What is known to be applied where. A target outside of the plan is asked once, also where it cannot be read."""

    plans: dict[str, TargetPlan]
    have: Mapping[str, frozenset[Version]]
    elsewhere: Elsewhere
    around: dict[str, Site]
    found: dict[str, frozenset[Version]] = field(default_factory=dict)
    unread: dict[str, SchemactlError] = field(default_factory=dict)

    def applied(self, target: str) -> frozenset[Version] | None:
        """None where it could not be read."""
        if target in self.plans:
            return self.have.get(target)
        if target not in self.found and target not in self.unread:
            try:
                site = self.around[target] = self.elsewhere(*target.split("/"))
                with site.opened() as engine:
                    history = standing(site, engine)
                self.found[target] = frozenset(file.version for file in history.applied)
            except SchemactlError as error:
                error.target = error.target or target
                self.unread[target] = error
        return self.found.get(target)

    def waits_for(self, target: str) -> str | None:
        """The target that could not be read, and for which a version of `target` that is not applied waits."""
        if self.applied(target) is None:
            return target
        return self.plans[target].waits_for if target in self.plans else None

    def told(self) -> tuple[TargetPlan, ...]:
        """The plans, where the first that waits for a target outside of them has the error of that one."""
        left = dict(self.unread)
        return tuple(
            plan._replace(error=left.pop(plan.waits_for)) if plan.waits_for in left else plan
            for plan in self.plans.values()
        )


def _cut_short(
    target: TargetPlan,
    required: Mapping[Node, tuple[Requirement, ...]],
    planned: set[Node],
    known: _Known,
) -> TargetPlan:
    for index, job in enumerate(target.jobs):
        for requirement in required.get((target.target, job.entry.version), ()):
            node = node_of(requirement)
            if node in planned or requirement.version in (known.applied(node[0]) or ()):
                continue
            # The reason is that of the job behind the last: a cut nearer to the front puts another in its place.
            unread = known.waits_for(node[0])
            error = None if unread else _unmet(target, job.label, job.shown, requirement)
            return target._replace(jobs=target.jobs[:index], error=error, waits_for=unread)
    return target


def _unmet(target: TargetPlan, label: str, shown: str, requirement: Requirement) -> SchemactlError:
    return HistoryError(
        f"{label} requires {requirement}, which is neither applied nor about to be",
        at=shown,
        now=f"what comes before {label} is not held up",
        do=f"migrate {requirement.target} as well",
        kind="requires",
        target=target.target,
    )
