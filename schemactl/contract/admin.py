"""What an engine can do with a whole server, by an administrator's address (docs/adr/0014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from schemactl.contract.engine import Missing
    from schemactl.events import Listener
    from schemactl.model.rights import Wanted

Verdict = Literal["add", "change", "same"]


class Change(NamedTuple):
    """One thing that is wanted of a server, and how it stands.

    what     `role`, `password`, `database`, `membership`, `connect`, `default rights`, `rights`
    name     of the role or the database, with the object where it is about one
    now      what is there instead, for people; "" where nothing is
    sends    what would be sent, without any password; empty where it is the same
    """

    what: str
    name: str
    verdict: Verdict
    now: str = ""
    sends: tuple[str, ...] = ()
    database: str = ""


class Provisioner(Protocol):
    """Makes a server as `roles.toml` wants it. Every method but `make` only reads."""

    def alone(self, *, wait_s: float, emit: Listener) -> AbstractContextManager[None]:
        """Keep other provisions of this server away for the body. raises  LockedError"""

    def look(self, wanted: Wanted, passwords: Mapping[str, str]) -> tuple[Change, ...]:
        """Everything that is wanted, in the order in which it has to be made.

        passwords  role → password, of those that are to have a certain one
        raises     GateError where the administrator may not see or make what is wanted
        """

    def make(self, wanted: Wanted, change: Change, passwords: Mapping[str, str]) -> None:
        """Make one change that `look` told of; what was made before stays.

        raises  StatementError
        """


class Admin(NamedTuple):
    """An open server."""

    name: str
    server: str
    exposed: str
    provisioner: Provisioner | Missing
    close: Callable[[], None]
