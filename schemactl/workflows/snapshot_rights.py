"""Who may do what, where a target cannot tell: a snapshot keeps the rights that its file has, and says why.

Rights name roles, and not every server has those: one that was never provisioned has none of them. What it holds says
nothing of the rights that the file was taken with, so they are neither compared nor dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.model.snapshot import Block, Snapshot

RIGHTS: Final = ("grants", "role", "user", "row policy")
"""Kinds of blocks that say who may do what and hang on roles alone."""

_BEHIND: Final = ("event trigger",)
"""What stands behind the rights: it may fire at each statement."""


class Completed(NamedTuple):
    """A snapshot to be written or compared. `kept`: why its rights are the file's, "" where they are the target's."""

    snapshot: Snapshot
    kept: str


def completed(
    live: Snapshot,
    file: Snapshot | None,
    *,
    unread: bool,
    strangers: Callable[[Sequence[str]], Sequence[str]],
) -> Completed:
    """What a target holds, with the rights of the file where the target cannot tell its own.

    unread     the login may not see them
    strangers  roles that texts of grants name and the server does not have
    """
    theirs = [block for block in file.blocks if block.kind in RIGHTS] if file is not None else []
    why = _why(live, theirs, unread=unread, strangers=strangers)
    if not why:
        return Completed(live, "")
    assert file is not None or not theirs
    here = {block[:2] for block in live.blocks}
    # What the file says of an object that is there no more goes with it.
    gone = {(block.kind, *block.identity) for block in (file.blocks if file else ()) if block[:2] not in here}
    theirs = [block for block in theirs if block.kind != "grants" or block.identity not in gone]
    made = [block for block in live.blocks if block.kind not in RIGHTS]
    first = next((at for at, block in enumerate(made) if block.kind in _BEHIND), len(made))
    return Completed(replace(live, blocks=(*made[:first], *theirs, *made[first:])), why)


def _why(
    live: Snapshot, theirs: Sequence[Block], *, unread: bool, strangers: Callable[[Sequence[str]], Sequence[str]]
) -> str:
    if unread:
        return "this login may not see who may do what"
    if not theirs:
        return ""
    if not any(block.kind in RIGHTS for block in live.blocks):
        return "nobody was given any in the target"
    names = strangers([block.text for block in theirs if block.kind == "grants"])
    if not names:
        return ""
    return f"{', '.join(names)} {'is not a role' if len(names) == 1 else 'are not roles'} of this server"
