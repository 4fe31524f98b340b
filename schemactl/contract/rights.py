"""What is wanted of a server and how it stands, and what the owner of a target gives of it (docs/adr/0014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from schemactl.model.rights import Wanted

Verdict = Literal["add", "change", "same"]


class Change(NamedTuple):
    """One thing that is wanted of a server, and how it stands.

    what      `role`, `password`, `database`, `setting`, `owner`, `membership`, `connect`, `default rights`, `rights`;
              `user`: somebody who logs in, made together with the password; `connections`
    name      of the role or the database, with the object where it is about one
    now       what is there instead, for people; "" where nothing is. Of what is `same`: what is to be known of it
    sends     what would be sent, without any password (`***`); empty where it is the same
    database  where it is sent; "" for the server's maintenance database
    do        of what is `same`: what to do about what `now` tells, where `migrate` warns of it; else ""
    """

    what: str
    name: str
    verdict: Verdict
    now: str = ""
    sends: tuple[str, ...] = ()
    database: str = ""
    do: str = ""


class Rights(Protocol):
    """What the owner of a target gives to roles, table by table; a capability of an open engine."""

    def work_as_owner(self, wanted: Wanted) -> str:
        """From now on this session works as the owner, if this login can: what it makes is the owner's then.

        Returns why it does not; "" where it does, where the file names no owner, and where the server has none.
        raises  StatementError
        """

    def look(self, wanted: Wanted) -> tuple[Change, ...]:
        """What `align` would return now. Reads only."""

    def align(self, wanted: Wanted) -> tuple[Change, ...]:
        """Give and take what differs, where this login works as the owner; returns what was changed.

        What it cannot mend is returned too, as `same`, told in `now`: what roles lack where they are an administrator's
        alone, what is hidden from a role and not there.
        Roles and databases are an administrator's: a role that is not there is passed over.
        raises  StatementError; nothing was given or taken then
        """
