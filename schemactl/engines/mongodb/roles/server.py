"""An administrator's session on one server, and logins of others that are tried on it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pymongo.errors import OperationFailure, PyMongoError

from schemactl.engines.mongodb.connection import SERVERS_OWN, Session, open_client
from schemactl.engines.mongodb.failure import AUTHENTICATION_FAILED
from schemactl.engines.mongodb.lock import LockOnDemand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from schemactl.contract.opening import Opening
    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.roles.builtin import Name

MECHANISM: Final = "SCRAM-SHA-256"
_RESTRICTIONS: Final = ("authenticationRestrictions", "inheritedAuthenticationRestrictions")
_OF_A_LOGIN: Final = frozenset({"authsource", "authmechanism", "authmechanismproperties"})


class Server:
    """`lock` keeps other provisions away: a lease in the server's own database, so that all of them meet it.

    logins  who is logged in; empty where the server asks nobody
    proved  (user, password) that logged in, or that was set by way of this
    """

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.session = Session(opening, whole_server=True)
        self.lock = LockOnDemand(self.session)
        self.proved: set[tuple[Name, str]] = set()
        try:
            with self.errors("asking who is logged in"):
                told = self.command(SERVERS_OWN, {"connectionStatus": 1})["authInfo"]["authenticatedUsers"]
            self.logins: frozenset[Name] = frozenset((str(one["db"]), str(one["user"])) for one in told)
        except BaseException:
            self.close()
            raise

    def command(self, database: str, document: Mapping[str, Any]) -> Document:
        """The answer to one command. raises  PyMongoError"""
        return self.session.client[database].command(dict(document))

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """In the body the server's refusals become our own errors; `what` was going on."""
        try:
            yield
        except PyMongoError as error:
            raise self.session.reading(error, what) from error

    def url_of(self, user: Name, password: str, database: str) -> str:
        """The address by which a user logs in to a database."""
        login = f"{quote(user[1], safe='')}:{quote(password, safe='')}"
        return _address(self.opening.url, login, database, authSource=user[0], authMechanism=MECHANISM)

    def takes(self, user: Name, password: str) -> bool:
        """Whether the user logs in with this password. raises  ConnectError where that cannot be found out"""
        if (user, password) in self.proved:
            return True
        client = open_client(self.opening._replace(url=self.url_of(user, password, user[0])), self.session.token)
        try:
            client[SERVERS_OWN].command("ping")
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and error.code == AUTHENTICATION_FAILED:
                return False
            raise self.session.reading(error, f"logging in as {user[1]}") from error
        except ValueError:
            # The driver refuses what no password may hold (SASLprep), and so would the server.
            return False
        finally:
            client.close()
        self.proved.add((user, password))
        return True

    def is_restricted(self, user: Name) -> bool:
        """Whether the user may log in from some addresses alone: anywhere else its password counts as a wrong one.

        Source: MongoDB's manual, "usersInfo", `showAuthenticationRestrictions`.
        """
        asked = {"usersInfo": [{"user": user[1], "db": user[0]}], "showAuthenticationRestrictions": True}
        with self.errors("looking at users"):
            told = self.command(SERVERS_OWN, asked)["users"]
        return any(one.get(key) for one in told for key in _RESTRICTIONS)

    def unguarded(self) -> str:
        """Why whoever reaches the server may do everything; "" where it asks who somebody is."""
        if not self._answers_anybody():
            return ""
        hosts = ", ".join(self.session.hosts)
        return f"the server at {hosts} asks nobody for a password: whoever reaches it may do everything"

    def close(self) -> None:
        self.lock.close()

    def _answers_anybody(self) -> bool:
        """Whether somebody who says no name is told which roles there are."""
        client = open_client(self.opening._replace(url=_address(self.opening.url, "", "")), self.session.token)
        try:
            client[SERVERS_OWN].command({"rolesInfo": 1})
        except PyMongoError:
            return False
        finally:
            client.close()
        return True


def _address(url: str, login: str, database: str, **options: str) -> str:
    """The same server's address for somebody else: `login` as a URL has it, "" for nobody."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    query = parse_qsl(parts.query, keep_blank_values=True)
    left = [(key, value) for key, value in query if key.lower() not in _OF_A_LOGIN]
    return parts._replace(
        netloc=f"{login}@{hosts}" if login else hosts,
        path=f"/{quote(database, safe='')}",
        query=urlencode([*left, *options.items()]),
    ).geturl()
