"""Write down what targets hold, for people to review: `plan` reads and compares, `run` writes the files that differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemactl.contract.engine import require
from schemactl.errors import HistoryError, SchemactlError
from schemactl.model.snapshot import Snapshot
from schemactl.workflows.history import standing
from schemactl.workflows.parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.engine import Engine
    from schemactl.model.snapshot import Changed
    from schemactl.workflows.history import History
    from schemactl.workflows.site import Site

Outcome = Literal["new", "unchanged", "changed", "failed"]


class SnapshotSite(NamedTuple):
    """A target and the file of its snapshot. The session makes these.

    shown   the file as messages show it
    text    a snapshot as the file's text
    read    what the file says now, None where there is none; raises ConfigError where it is no whole snapshot
    write   puts a text in the file's place in one step
    """

    site: Site
    shown: str
    text: Callable[[Snapshot], str]
    read: Callable[[], Snapshot | None]
    write: Callable[[str], None]

    @property
    def target(self) -> str:
        return self.site.target


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSnapshot:
    """One target. `live` and `text` are of what it holds; without them `error` says why it could not be read.

    before   what the file held; None where there is none
    """

    site: SnapshotSite
    live: Snapshot | None = None
    text: str = ""
    before: Snapshot | None = None
    before_text: str = ""
    error: SchemactlError | None = None

    @property
    def target(self) -> str:
        return self.site.target

    @property
    def outcome(self) -> Outcome:
        """What writing does, or did, with the file."""
        if self.error is not None or self.live is None:
            return "failed"
        if self.before is None:
            return "new"
        return "unchanged" if self.before_text == self.text else "changed"

    @property
    def changed(self) -> tuple[Changed, ...]:
        """The objects that differ, the file on the left; none where there is no file."""
        if self.before is None or self.live is None:
            return ()
        return self.before.difference(self.live)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """What is to be written, or was: one entry a target, in the order asked."""

    targets: tuple[TargetSnapshot, ...]

    @property
    def settled(self) -> bool:
        """Every file is there and says what its target holds."""
        return all(target.outcome == "unchanged" for target in self.targets)

    @property
    def error(self) -> SchemactlError | None:
        """The first target's that failed, in the order asked."""
        return next((target.error for target in self.targets if target.error is not None), None)


def plan(sites: Sequence[SnapshotSite], *, workers: int = 4) -> Snapshots:
    """Read each target and its file. Takes no lock and writes nothing; a target that cannot be read has an error.

    A target with migrations that are pending, unfinished or changed is refused: it does not hold what its files say.
    So is one whose file cannot be read: what is there is nobody's to overwrite.
    """
    return Snapshots(targets=tuple(each(sites, _read, workers=workers)))


def run(plan: Snapshots) -> Snapshots:
    """Write the files that differ, each in one step; one that cannot be written keeps no other from being written."""
    return Snapshots(targets=tuple(_written(target) for target in plan.targets))


def taken(site: Site, engine: Engine, history: History) -> Snapshot:
    """What a target holds, as a snapshot; `history` says at which version. raises  UnsupportedError"""
    snapshots = require(engine.snapshots, "a snapshot", site.target)
    head = history.head
    return Snapshot(
        engine=site.engine,
        target=site.target,
        version=head.text if head is not None else "",
        blocks=snapshots.blocks(engine.catalog.read()),
    )


def refuse(site: Site, history: History) -> None:
    """raises  HistoryError where what the target holds is not what its files say; the error says the way out"""
    for problem in history.problems:
        raise problem.error(site.target)
    count = len(history.pending)
    if count:
        raise HistoryError(
            f"{count} migration{'s are' if count != 1 else ' is'} pending: the target is not yet what its files say",
            now="nothing was changed",
            do=f"`schemactl -p {site.platform} migrate {site.name}` first",
            kind="pending",
            target=site.target,
        )


def _read(site: SnapshotSite) -> TargetSnapshot:
    try:
        before = site.read()
        with site.site.opened() as engine:
            history = standing(site.site, engine)
            refuse(site.site, history)
            live = taken(site.site, engine, history)
        before_text = site.text(before) if before is not None else ""
        return TargetSnapshot(site=site, live=live, text=site.text(live), before=before, before_text=before_text)
    except SchemactlError as error:
        error.target = error.target or site.target
        return TargetSnapshot(site=site, error=error)


def _written(target: TargetSnapshot) -> TargetSnapshot:
    if target.outcome not in ("new", "changed"):
        return target
    try:
        target.site.write(target.text)
    except SchemactlError as error:
        error.target = error.target or target.target
        return replace(target, error=error)
    return target
