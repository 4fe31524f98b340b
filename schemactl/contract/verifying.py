"""Integrity within a target: what an engine looks for in a live database, and what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.events import Listener


class Inspection(NamedTuple):
    """One thing that is looked for.

    name   kebab-case, the same in reports, docs and `--json`: "invalid-indexes"
    asks   one sentence: what holds where nothing is found
    deep   reads rows or files at length: only with `--deep`
    """

    name: str
    asks: str
    deep: bool = False


class Flaw(NamedTuple):
    """One thing that is wrong.

    object  as people write it: "index public.users_email_idx", "collection users"
    what    one sentence
    do      what to do about it
    """

    object: str
    what: str
    do: str


class Inspected(NamedTuple):
    """What one inspection found.

    examined  how many objects, or rows with `unit` "rows", were looked at; 0 is "nothing to look at", never "passed"
    not_run   why it could not be looked for; then `examined` is 0 and `flaws` is empty
    more      how many flaws there are beside those that are listed
    at_least  reading stopped there: of those beside the listed ones there may be more than `more`
    notes     what is worth to be known and is no flaw: what is under way
    """

    inspection: Inspection
    examined: int = 0
    flaws: tuple[Flaw, ...] = ()
    not_run: str = ""
    unit: str = "objects"
    more: int = 0
    at_least: bool = False
    notes: tuple[str, ...] = ()


class Verifier(Protocol):
    """Reads only; takes no lock of ours, and none that would keep a writer waiting."""

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        """What can be looked for on this engine, in the order in which it is; `deep` ones only where asked."""

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        """Look for it. What this server or this user cannot tell is `not_run` with the reason, not an error.

        raises  ConnectError where the server went away; StatementError with the server's own words where it fails
        """

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        """Roles that these texts of rights name and this server does not have, by name.

        rights  of the blocks of kind `grants` of a snapshot (model.snapshot)
        """
