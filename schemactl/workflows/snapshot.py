"""Write down what targets hold, for people to review: `plan` reads and compares, `run` writes the files that differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemactl.contract.engine import Missing, require
from schemactl.errors import HistoryError, SchemactlError, StatementError, UnsupportedError
from schemactl.model.snapshot import Snapshot
from schemactl.workflows.history import standing
from schemactl.workflows.parallel import each
from schemactl.workflows.snapshot_rights import RIGHTS, completed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.engine import Engine
    from schemactl.model.catalog import Catalog
    from schemactl.model.snapshot import Changed
    from schemactl.workflows.history import History
    from schemactl.workflows.site import Site

Outcome = Literal["new", "unchanged", "changed", "failed"]

_LOOKS = 3


class SnapshotSite(NamedTuple):
    """A target and the file of its snapshot. The session makes these.

    shown   the file as messages show it
    text    a snapshot as the file's text
    read    what the file says now, and its text; None where there is none; raises ConfigError where it is no whole
            snapshot
    write   puts a text in the file's place in one step
    """

    site: Site
    shown: str
    text: Callable[[Snapshot], str]
    read: Callable[[], tuple[Snapshot, str] | None]
    write: Callable[[str], None]

    @property
    def target(self) -> str:
        return self.site.target


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSnapshot:
    """One target. `live` and `text` are of what it holds; without them `error` says why it could not be read.

    before   what the file held; None where there is none
    kept     why the rights in `live` and `text` are the file's and not the target's; "" where they are its own
    """

    site: SnapshotSite
    live: Snapshot | None = None
    text: str = ""
    before: Snapshot | None = None
    before_text: str = ""
    kept: str = ""
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


def plan(sites: Sequence[SnapshotSite], *, workers: int = 4, files: bool = True) -> Snapshots:
    """Read each target and, with `files`, its file; what cannot be read is an error. Takes no lock, writes nothing.

    A target with migrations that are pending, unfinished or changed is refused: it does not hold what its files say.
    So is one whose file cannot be read: what is there is nobody's to overwrite. Rights that the target cannot tell are
    those of the file.
    """
    read = _read if files else _read_alone
    return Snapshots(targets=tuple(each(sites, read, workers=workers)))


def run(plan: Snapshots) -> Snapshots:
    """Write the files that differ, each in one step; one that cannot be written keeps no other from being written."""
    return Snapshots(targets=tuple(_written(target) for target in plan.targets))


def taken(site: Site, engine: Engine, history: History) -> Snapshot:
    """What a target holds, as a snapshot; `history` says at which version. raises  UnsupportedError"""
    return _made(site, engine, history, engine.catalog.read())


def _made(site: Site, engine: Engine, history: History, catalog: Catalog) -> Snapshot:
    snapshots = require(engine.snapshots, "a snapshot", site.target)
    if hidden := sorted(catalog.unread.difference(RIGHTS)):
        raise UnsupportedError(
            f"this login may not see all of these: {', '.join(hidden)}",
            now="nothing was changed",
            do="take it with a login that may",
            kind="unreadable",
            target=site.target,
        )
    head = history.head
    return Snapshot(
        engine=site.engine,
        target=site.target,
        version=head.text if head is not None else "",
        blocks=snapshots.blocks(catalog),
    )


def _settled(site: Site, engine: Engine) -> tuple[Snapshot, bool]:
    """What a target holds at one version, and whether its rights could not be seen.

    The ledger is read before and after: a runner that ended in between may have changed either side of what was read.
    """
    for _ in range(_LOOKS):
        history = standing(site, engine)
        refuse(site, history)
        catalog = engine.catalog.read()
        if engine.ledger.read().entries == history.ledger.entries:
            return _made(site, engine, history, catalog), bool(catalog.unread)
    raise StatementError(
        f"the ledger changed each of {_LOOKS} times that the target was read",
        now="nothing was changed",
        do="run it again when nobody migrates the target",
        kind="changing",
        target=site.target,
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
        before, before_text = site.read() or (None, "")
        with site.site.opened() as engine:
            live, unread = _settled(site.site, engine)
            verifier = engine.verifier
            strangers = verifier.strangers if not isinstance(verifier, Missing) else tuple
            live, kept = completed(live, before, unread=unread, strangers=strangers)
        return TargetSnapshot(
            site=site, live=live, text=site.text(live), before=before, before_text=before_text, kept=kept
        )
    except SchemactlError as error:
        return _failed(site, error)


def _read_alone(site: SnapshotSite) -> TargetSnapshot:
    """Without the file: what the target itself says, and nothing else."""
    try:
        with site.site.opened() as engine:
            live, _ = _settled(site.site, engine)
        return TargetSnapshot(site=site, live=live, text=site.text(live))
    except SchemactlError as error:
        return _failed(site, error)


def _failed(site: SnapshotSite, error: SchemactlError) -> TargetSnapshot:
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
