"""What stands in the targets and what it requires: nothing is undone that something may still need. Opens no target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError, GateError
from schemactl.workflows.requires import node_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from schemactl.errors import SchemactlError
    from schemactl.model.entry import Entry
    from schemactl.model.migration import MigrationFile
    from schemactl.model.version import Version
    from schemactl.workflows.history import History
    from schemactl.workflows.planned import Node, TargetPlan
    from schemactl.workflows.site import Site

Requires = dict["Node", frozenset["Node"]]


@dataclass(slots=True)
class Standing:
    """A target as it was read: its history and how far back it goes, or the error that kept it from being read."""

    site: Site
    server: str = ""
    history: History | None = None
    error: SchemactlError | None = None
    floor: Version | None = None  # every applied version from here up is undone; None for nothing

    def undone(self) -> tuple[MigrationFile, ...]:
        """Newest first."""
        if self.history is None or self.floor is None:
            return ()
        return tuple(file for file in reversed(self.history.applied) if file.version >= self.floor)

    def there(self) -> tuple[MigrationFile, ...]:
        """The files whose statements are in the database, or may be: where the ledger cannot be read, all."""
        if self.history is None:
            return self.site.files
        entered = {entry.version for entry in self.history.ledger.entries}
        return tuple(file for file in self.site.files if file.version in entered)

    def going(self) -> frozenset[Node]:
        """What is to be undone, the unfinished included."""
        if self.history is None or self.floor is None:
            return frozenset()
        return frozenset((self.site.target, file.version) for file in self.there() if file.version >= self.floor)

    def unfinished(self) -> frozenset[Version]:
        return frozenset(entry.version for entry in self.history.ledger.unfinished) if self.history else frozenset()

    def without_file(self) -> Entry | None:
        """The first entry of which there is no file, so that nobody can say what it requires; or None."""
        files = {file.version for file in self.site.files}
        entries = self.history.ledger.entries if self.history else ()
        return next((entry for entry in entries if entry.version not in files), None)


def requirements(standing: Iterable[Standing]) -> Requires:
    """What each migration that is there, or may be, requires.

    raises  ConfigError where a file does not say it in a way that can be read
    """
    found: Requires = {}
    for one in standing:
        for file in one.there():
            if "requires" in file.text:
                required = one.site.requirements(file, one.site.cut(file))
                found[(one.site.target, file.version)] = frozenset(node_of(item) for item in required)
    return found


def watched(planned: frozenset[Node], sites: Iterable[Site]) -> Requires:
    """Node → the migrations of other targets whose files require it, whether they are applied or not."""
    found: dict[Node, frozenset[Node]] = {}
    for site in sites:
        for file in site.files:
            for node in _required_by(site, file) & planned:
                if node[0] != site.target:
                    found[node] = found.get(node, frozenset()) | {(site.target, file.version)}
    return found


def _required_by(site: Site, file: MigrationFile) -> frozenset[Node]:
    """None of a file that cannot be read: nor can it be applied."""
    if "requires" not in file.text:
        return frozenset()
    try:
        return frozenset(map(node_of, site.requirements(file, site.cut(file))))
    except ConfigError:
        return frozenset()


def pull_in(standing: Mapping[str, Standing], asked: Collection[str], requires: Requires, *, cascade: bool) -> None:
    """Lower the floors until nothing that stays requires what goes.

    A target that was asked for and can give nothing back is left to `hold_back`: the others go on without it.

    raises  GateError naming the dependents where `cascade` is not given, or a target that may hold some
    """
    while True:
        going = frozenset(node for one in standing.values() for node in one.going())
        _refuse_unknown([one for name, one in standing.items() if name not in asked], requires, going)
        staying = sorted(
            node
            for node, required in requires.items()
            if required & going and node not in going and not (node[0] in asked and _stuck(standing[node[0]]))
        )
        if not staying:
            return
        if not cascade:
            raise _required(staying, standing, requires, going)
        for target, version in staying:
            one = standing[target]
            one.floor = version if one.floor is None else min(one.floor, version)


def hold_back(
    plans: Sequence[TargetPlan], standing: Mapping[str, Standing], requires: Requires
) -> tuple[TargetPlan, ...]:
    """The plans without what is required by a migration that is in none of them; each cut one says by which."""
    found = list(plans)
    while True:
        planned = {node for plan in found for node in plan.nodes()}
        needed_by: dict[Node, Node] = {}
        for node in sorted(requires.keys() - planned):
            for required in requires[node]:
                needed_by.setdefault(required, node)
        cut = [_held_back(plan, needed_by, standing) for plan in found]
        if all(new is old for new, old in zip(cut, found, strict=True)):
            return tuple(found)
        found = cut


def _stuck(one: Standing) -> bool:
    return one.history is None or bool(one.history.ledger.unfinished)


def _held_back(plan: TargetPlan, needed_by: Mapping[Node, Node], standing: Mapping[str, Standing]) -> TargetPlan:
    blind = next((one for name, one in standing.items() if name != plan.target and one.without_file()), None)
    for index, job in enumerate(plan.jobs):
        node = (plan.target, job.entry.version)
        error = None
        if node in needed_by:
            error = _held_by(needed_by[node], node, standing)
        elif blind is not None:
            error = _unknown_entry(blind, node)
        if error is not None:
            error.at = error.at or job.shown
            error.now = f"{_shown(node)} stays, and what is older"
            return plan._replace(jobs=plan.jobs[:index], error=plan.error or error)
    return plan


def _held_by(dependent: Node, node: Node, standing: Mapping[str, Standing]) -> GateError:
    one = standing[dependent[0]]
    if one.history is None:
        return _unknown_target(one, dependent, node)
    return GateError(
        f"{_shown(node)} is required by {_shown(dependent)}, which stays",
        do=f"mend what keeps {dependent[0]} from being rolled back, and run the command again",
        kind="required",
        target=node[0],
    )


def _refuse_unknown(others: Sequence[Standing], requires: Requires, going: frozenset[Node]) -> None:
    for one in others:
        name = one.site.target
        elsewhere = frozenset(node for node in going if node[0] != name)
        if one.history is None:
            dependent = min((node for node, want in requires.items() if node[0] == name and want & going), default=None)
            if dependent is not None:
                raise _unknown_target(one, dependent, min(requires[dependent] & going))
        elif elsewhere and one.without_file():
            raise _unknown_entry(one, min(elsewhere))


def _unknown_target(one: Standing, dependent: Node, node: Node) -> GateError:
    why, way_out = (one.error.what, one.error.do) if one.error else ("it was not read", None)
    again = "and run the command again"
    return GateError(
        f"{_shown(dependent)} requires {_shown(node)}, and whether it is applied is not known: {why}",
        at=one.error.at if one.error else None,
        now="nothing was changed",
        do=f"bring {one.site.target} up ({way_out}), {again}" if way_out else f"bring {one.site.target} up {again}",
        kind="required_unknown",
        target=node[0],
    )


def _unknown_entry(one: Standing, node: Node) -> GateError:
    entry = one.without_file()
    label = entry.label if entry else "an entry"
    return GateError(
        f"whether {one.site.target} requires {_shown(node)} is not known: {label} is in its ledger, without a file",
        now="nothing was changed",
        do=f"bring back the file, or use the checkout that {one.site.target} was migrated from, or a later one",
        kind="required_unknown",
        target=node[0],
    )


def _required(
    staying: Sequence[Node], standing: Mapping[str, Standing], requires: Requires, going: frozenset[Node]
) -> GateError:
    halves = [node for node in staying if node[1] in standing[node[0]].unfinished()]
    dependents = ", ".join(f"{_shown(node)}{' (unfinished)' if node in halves else ''}" for node in staying)
    node = min(requires[staying[0]] & going)
    first = f"`schemactl recover {halves[0][0].partition('/')[2]}` first, then " if halves else ""
    return GateError(
        f"{_shown(node)} is required by {dependents}",
        now="nothing was changed",
        do=f"{first}roll those back first, or say `--cascade` to do so in one go",
        kind="required",
        target=node[0],
    )


def _shown(node: Node) -> str:
    return f"{node[0]}@{node[1]}"
