"""Files against ledger: what is applied, what is pending, and every way in which the two can disagree. Pure."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemactl.contract.engine import Missing
from schemactl.errors import HistoryError, LockedError, StatementError

if TYPE_CHECKING:
    from collections.abc import Container

    from schemactl.contract.engine import Engine
    from schemactl.errors import SchemactlError
    from schemactl.model.entry import Entry, LedgerState
    from schemactl.model.migration import MigrationFile
    from schemactl.model.version import Version
    from schemactl.workflows.site import Site

ProblemKind = Literal["foreign", "at_work", "unfinished", "changed", "missing", "newer", "out_of_order"]


class Problem(NamedTuple):
    """One disagreement, with its way out."""

    kind: ProblemKind
    version: str | None
    what: str
    at: str | None
    do: str

    def error(self, target: str) -> SchemactlError:
        if self.kind == "at_work":
            return LockedError(self.what, now="nothing was changed", do=self.do, target=target)
        return HistoryError(self.what, at=self.at, now="nothing was changed", do=self.do, kind=self.kind, target=target)


class Edited(NamedTuple):
    """An applied file of which only comments, directives or the way down changed since."""

    file: MigrationFile
    entry: Entry

    @property
    def what(self) -> str:
        return f"{self.file.shown} changed since it was applied, its up statements did not"


class History(NamedTuple):
    """Where a target stands.

    applied   files with an entry in state `applied`, ascending
    pending   files without an entry, ascending, out-of-order ones included; those that a runner at work has begun too
    problems  in the order in which they should be looked at; empty where all is well
    edited    not a problem, worth a warning
    """

    ledger: LedgerState
    applied: tuple[MigrationFile, ...]
    pending: tuple[MigrationFile, ...]
    problems: tuple[Problem, ...]
    edited: tuple[Edited, ...]

    @property
    def head(self) -> Version | None:
        """The highest applied version, or None."""
        return max((entry.version for entry in self.ledger.entries), default=None)

    @property
    def foreign(self) -> Problem | None:
        """The problem of a ledger that is another target's, or None. It is the only one then."""
        return next((problem for problem in self.problems if problem.kind == "foreign"), None)


def standing(site: Site, engine: Engine, *, allow: Container[Version] = ()) -> History:
    """Read the ledger without the lock and compare: what a runner is doing now is told apart from what a dead one left.

    A runner that was killed counts as at work until its lock is free.
    """
    ledger = engine.ledger.read()
    holder = None
    if ledger.unfinished and not isinstance(engine.lock, Missing):
        # A login that may read the ledger alone is told what it was told without the question.
        with contextlib.suppress(StatementError):
            holder = engine.lock.holder()
        if holder is None:
            # It may have ended between the two looks.
            ledger = engine.ledger.read()
    return compare(site, ledger, allow=allow, holder=holder)


def compare(site: Site, ledger: LedgerState, *, allow: Container[Version] = (), holder: str | None = None) -> History:
    """Set a target's files against its ledger.

    allow   versions that may be applied out of order
    holder  who is at work there now; None under the lock, and where nobody is
    """
    alien = foreign(site, ledger)
    if alien is not None:
        return History(ledger=ledger, applied=(), pending=(), problems=(alien,), edited=())
    entries = {entry.version: entry for entry in ledger.entries}
    head = max(entries, default=None)
    applied, pending, changed, edited = [], [], [], []
    out_of_order = []
    for file in site.files:
        entry = entries.pop(file.version, None)
        if entry is None:
            pending.append(file)
            if head is not None and file.version < head and file.version not in allow:
                out_of_order.append(_out_of_order(site, file, head))
            continue
        if entry.state == "applied":
            applied.append(file)
        elif holder is not None:
            pending.append(file)
        if entry.checksum == file.checksum or entry.state != "applied":
            continue
        if site.cut(file).up_hash == entry.up_hash:
            edited.append(Edited(file=file, entry=entry))
        else:
            changed.append(_changed(site, file))
    unfinished = [_unfinished(site, entry, holder) for entry in ledger.unfinished]
    gone = [_without_file(site, entry) for entry in entries.values() if entry.state == "applied"]
    return History(
        ledger=ledger,
        applied=tuple(applied),
        pending=tuple(pending),
        problems=(*unfinished, *changed, *gone, *out_of_order),
        edited=tuple(edited),
    )


def foreign(site: Site, ledger: LedgerState) -> Problem | None:
    """The problem of a ledger that is another target's: it says so itself, whatever the files say; else None."""
    if not ledger.exists or (ledger.service_name, ledger.platform) == (site.name, site.platform):
        return None
    return Problem(
        kind="foreign",
        version=None,
        what=f"the ledger here belongs to {ledger.platform}/{ledger.service_name}, not to {site.target}",
        at=None,
        do="correct the address of one of the two targets, or use the project that this database belongs to",
    )


def _unfinished(site: Site, entry: Entry, holder: str | None) -> Problem:
    doing = "applied" if entry.state == "applying" else "rolled back"
    if holder is not None:
        return Problem(
            kind="at_work",
            version=entry.version.text,
            what=f"{entry.label} is being {doing} by another runner: {holder}",
            at=None,
            do="wait until it has ended; `migrate --wait 10min` does so",
        )
    return Problem(
        kind="unfinished",
        version=entry.version.text,
        what=f"{entry.label} was being {doing} when its run ended",
        at=None,
        do=f"`schemactl -p {site.platform} recover {site.name}` finds out what was done, and finishes it",
    )


def _changed(site: Site, file: MigrationFile) -> Problem:
    return Problem(
        kind="changed",
        version=file.version.text,
        what=f"{file.label} was changed after it was applied: its statements are not those that ran",
        at=file.shown,
        do="bring back the file as it was and put the change into a new migration; or, if the database is as the file"
        f' says, `schemactl -p {site.platform} recover {site.name} --accept {file.version} --why "…"`',
    )


def _without_file(site: Site, entry: Entry) -> Problem:
    newest = site.files[-1].version if site.files else None
    if newest is None or entry.version > newest:
        return Problem(
            kind="newer",
            version=entry.version.text,
            what=f"the target is ahead of these files: {entry.label} is applied, the newest file is {newest or 'none'}",
            at=None,
            do="use the checkout that it was migrated from, or a later one",
        )
    return Problem(
        kind="missing",
        version=entry.version.text,
        what=f"{entry.label} is applied, its file is missing",
        at=None,
        do="bring back the file from version control: without it there is no way back",
    )


def _out_of_order(site: Site, file: MigrationFile, head: Version) -> Problem:
    return Problem(
        kind="out_of_order",
        version=file.version.text,
        what=f"{file.label} is not applied, though {head} is",
        at=file.shown,
        do=f"give it a number above {head}; or, if it stands on its own,"
        f" `schemactl -p {site.platform} migrate {site.name} --allow {file.version}`",
    )
