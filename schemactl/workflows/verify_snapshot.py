"""The committed snapshot against what a target holds, as inspections: its objects, and apart from them its rights."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from schemactl.contract.engine import Missing
from schemactl.contract.verifying import Flaw, Inspected, Inspection
from schemactl.errors import UnsupportedError
from schemactl.model.version import Version
from schemactl.workflows.history import standing
from schemactl.workflows.snapshot import taken
from schemactl.workflows.snapshot_rights import RIGHTS as _RIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.contract.engine import Engine
    from schemactl.model.snapshot import Block, Changed, Snapshot
    from schemactl.workflows.history import History
    from schemactl.workflows.site import Site

SNAPSHOT = Inspection("snapshot", "the target holds what its committed snapshot says, object by object")
RIGHTS = Inspection("rights", "everybody may do with its objects what the committed snapshot says")

# What names roles, and roles themselves where they are the database's own (MongoDB): not every server has them.
_ROLES = ("role", "user")
_LONGEST = 160


class SnapshotLook:
    """File and target of one snapshot; both are read once, by the first question.

    read     what the file says, None where there is none
    history  where the target stands, None where that could not be read
    """

    def __init__(
        self, site: Site, engine: Engine, read: Callable[[], Snapshot | None], history: Callable[[], History | None]
    ) -> None:
        self._site = site
        self._engine = engine
        self._read = read
        self._history = history
        self._why = "the snapshot could not be read"
        self._pair: tuple[Snapshot, Snapshot] | None = None

    def snapshot(self) -> Inspected:
        """raises  ConfigError where the file is no whole snapshot; as CatalogReader.read"""
        self._why = self._compared()
        if self._pair is None:
            return Inspected(SNAPSHOT, not_run=self._why)
        return self._told(SNAPSHOT, rights=False)

    def rights(self) -> Inspected:
        if self._pair is None:
            return Inspected(RIGHTS, not_run=self._why)
        file, live = (tuple(block for block in one.blocks if block.kind in _RIGHTS) for one in self._pair)
        if live and not file:
            return Inspected(RIGHTS, not_run="the snapshot has no rights: it was taken where nobody was given any")
        if strangers := self._strangers(file, live):
            verb = "is not a role" if len(strangers) == 1 else "are not roles"
            return Inspected(RIGHTS, not_run=f"{', '.join(strangers)} {verb} of this server")
        return self._told(RIGHTS, rights=True)

    def _strangers(self, file: Sequence[Block], live: Sequence[Block]) -> list[str]:
        """Whom the file has and this server has not."""
        here = {block[:2] for block in live}
        gone = {block.identity[-1] for block in file if block.kind in _ROLES and block[:2] not in here}
        texts = [block.text for block in file if block.kind not in _ROLES]
        verifier = self._engine.verifier
        if texts and not isinstance(verifier, Missing):
            gone.update(verifier.strangers(texts))
        return sorted(gone)

    def _compared(self) -> str:
        """Why the two are not to be set against each other, "" where they are."""
        site = self._site
        write = f"`schemactl -p {site.platform} snapshot {site.name}` writes it"
        file = self._read()
        if file is None:
            return f"there is no snapshot of it; {write}"
        history = self._history()
        if history is None or history.foreign is not None:
            return "the ledger is another target's" if history is not None else "the ledger could not be read"
        if history.ledger.unfinished:
            return "a migration of it is not finished"
        stands = history.head
        if (stands.number if stands else 0) != (Version(file.version).number if file.version else 0):
            at = f"at {stands}" if stands else "before its first migration"
            return f"the snapshot is of version {file.version or 'none'}, the target stands {at}"
        try:
            live = taken(site, self._engine, history)
        except UnsupportedError as error:
            return error.what
        # Catalogue and ledger are two reads: what a migration made between them is no finding.
        since = standing(site, self._engine).ledger
        if since.unfinished or since.entries != history.ledger.entries:
            return "a migration ran meanwhile; verify again"
        self._pair = (file, live)
        return ""

    def _told(self, inspection: Inspection, *, rights: bool) -> Inspected:
        assert self._pair is not None
        file, live = self._pair
        keys = {block[:2] for one in self._pair for block in one.blocks if (block.kind in _RIGHTS) == rights}
        changed = [one for one in file.difference(live) if (one.kind in _RIGHTS) == rights]
        unit = "objects" if not rights else "objects with rights"
        return Inspected(inspection, len(keys), tuple(self._flaw(one) for one in changed), unit=unit)

    def _flaw(self, changed: Changed) -> Flaw:
        site = self._site
        anew = f"where it is meant to be so, `schemactl -p {site.platform} snapshot {site.name}` writes it down"
        if changed.right is None:
            return Flaw(str(changed), "is in the snapshot and not in the target", f"make it by a migration; {anew}")
        if changed.left is None:
            return Flaw(str(changed), "is in the target and not in the snapshot", f"drop it by a migration; {anew}")
        here, there = _first_difference(changed.left, changed.right)
        what = f"the snapshot says {here}, the target has {there}"
        return Flaw(str(changed), what, f"change it by a migration; {anew}")


def _first_difference(left: str, right: str) -> tuple[str, str]:
    """The first line of each that is not the other's."""
    for mine, theirs in zip_longest(left.splitlines(), right.splitlines()):
        if mine != theirs:
            return _quoted(mine), _quoted(theirs)
    return "nothing", "nothing"


def _quoted(line: str | None) -> str:
    if line is None:
        return "nothing more"
    bare = line.strip()
    return f"`{bare if len(bare) <= _LONGEST else f'{bare[: _LONGEST - 1]}…'}`"
