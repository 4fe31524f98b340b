"""What an engine can do with a whole server, by an administrator's address (docs/adr/0014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager

    from schemactl.contract.engine import Missing
    from schemactl.contract.rights import Change
    from schemactl.events import Listener
    from schemactl.model.rights import Wanted


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
        """Make one change that `look` told of, and that is not the same; `passwords` has the one that it takes.

        raises  StatementError; what was made before stays, and is `same` then
        """

    def login(self, wanted: Wanted, role: str, password: str) -> str:
        """The URL by which `role` logs in to the database, with its password."""


def _none(databases: Collection[str]) -> tuple[str, ...]:
    return ()


class Admin(NamedTuple):
    """An open server.

    unguarded  why whoever reaches the server may do everything, roles or not; "" where it asks who somebody is
    notes      what every role may do on the server besides, given the databases that roles.toml is about; for people
    """

    name: str
    server: str
    exposed: str
    provisioner: Provisioner | Missing
    close: Callable[[], None]
    unguarded: str = ""
    notes: Callable[[Collection[str]], tuple[str, ...]] = _none
