"""A target's session: a client of its own, the database that the URL names, and what kind of server answered."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pymongo
from pymongo import MongoClient
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from schemactl.engines.mongodb.failure import connecting, reading
from schemactl.errors import ConfigError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.client_session import ClientSession
    from pymongo.database import Database
    from pymongo.monitoring import CommandListener
    from pymongo.read_preferences import _ServerMode

    from schemactl.contract.opening import Opening
    from schemactl.errors import SchemactlError

Document = dict[str, Any]

OLDEST = 13  # wire version: MongoDB 5.0; docs/engines/mongodb.md
MAJORITY = {"w": "majority"}
SERVERS_OWN = "admin"
_TRANSACTION_LIVES_S = 60
_CLOSING_S, _CLOSING_LOST_S = 1.0, 0.1


class Session:
    """One client on one database.

    whole_server  it is an administrator's: `name` is SERVERS_OWN then, whatever database the URL names, and no
                  transaction is ever begun, since none may write there
    token         a random word, at the end of the client's application name: what this run has under way in the
                  server can be told from everybody else's
    transactions  whether there are any: a standalone has none
    read_only     why nothing can be written, "" where it can
    blind         why what the runner before left running cannot be seen; "" where it can, or nothing can be left
    lost          whether the connection was lost once: nothing more is sent then, the run ends
    ledger_uuid   the identity of the ledger that stands here, None until live.ledger_uuid has asked for it
    left          whether a command of ours may go on in the server without us
    """

    def __init__(self, opening: Opening, *, whole_server: bool = False) -> None:
        self.opening = opening
        self.token = os.urandom(8).hex()
        self.lost = False
        self.left = False
        self.ledger_uuid: str | None = None
        self.read_only = ""
        self.blind = ""
        self.client = open_client(opening, self.token)
        self._work: ClientSession | None = None
        try:
            self.name = SERVERS_OWN if whole_server else self._database_name()
            hello = self._greet()
            told = self.client.admin.command("buildInfo", read_preference=self._readable(None))
            self.version = str(told["version"])
        except PyMongoError as error:
            self.client.close()
            raise self._connecting(error) from None
        except BaseException:
            self.client.close()
            raise
        self.transactions = not whole_server and bool(hello.get("setName") or hello.get("msg") == "isdbgrid")
        self.sharded = hello.get("msg") == "isdbgrid"
        if hello.get("readOnly"):
            self.read_only = "the server is in its read-only mode"

    @property
    def target(self) -> str:
        return self.opening.target

    @property
    def encrypted(self) -> bool:
        return self.client.options.pool_options._ssl_context is not None

    @property
    def anonymous(self) -> bool:
        """Whether the URL gives neither a user nor another way to prove who it is."""
        return self.client.options.pool_options._credentials is None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The members that the client knows of."""
        return tuple(sorted({host for host, _ in self.client.nodes}))

    @property
    def work(self) -> ClientSession:
        """The one logical session of all our transactions: its id is in the lease, so that whoever takes over can end
        what is open in it."""
        if self._work is None:
            self._work = self.client.start_session(causal_consistency=False)
        return self._work

    @cached_property
    def login(self) -> str:
        """As whom the server knows us; "" where it asks nobody. raises  PyMongoError"""
        told = self.client.admin.command("connectionStatus")["authInfo"]["authenticatedUsers"]
        return ", ".join(sorted(f"{one['db']}.{one['user']}" for one in told))

    def transaction_lifetime_s(self) -> float:
        """How long the server lets a transaction live; its own default where this user may not ask."""
        try:
            told = self.client.admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
        except PyMongoError:
            told = {}
        return float(told.get("transactionLifetimeLimitSeconds", _TRANSACTION_LIVES_S))

    def forget_work(self) -> None:
        """Leave that session as it is, with what is open in it; the next transaction gets another."""
        self._work = None

    @property
    def db(self) -> Database[Document]:
        """The target's database, read and written without the concerns that its URL may ask for: each command says its
        own, and inside a transaction none may."""
        return self.database_of(self.client)

    def database_of(self, client: MongoClient[Document]) -> Database[Document]:
        """`db`, by way of this client."""
        return client.get_database(
            self.name,
            read_preference=ReadPreference.SECONDARY_PREFERRED if self.read_only else ReadPreference.PRIMARY,
            write_concern=WriteConcern(),
            read_concern=ReadConcern(),
        )

    def another_client(self, listener: CommandListener) -> MongoClient[Document]:
        """A second client on the same server, under the same name; whoever asks for it closes it."""
        return open_client(self.opening, self.token, listener)

    def command(self, document: Mapping[str, Any], *, session: ClientSession | None = None) -> Document:
        """Send one command, once. raises  PyMongoError"""
        # A copy: the driver writes the session into what it is given.
        return self.db.command(dict(document), session=session, read_preference=self._readable(session))

    def _readable(self, session: ClientSession | None) -> _ServerMode | None:
        """From whom to read where there is no primary; in a transaction the transaction says so itself."""
        return ReadPreference.SECONDARY_PREFERRED if self.read_only and session is None else None

    def reading(self, error: PyMongoError, what: str) -> SchemactlError:
        """The error of a read or write of ours that failed."""
        shown = self.opening.shown
        return reading(error, target=self.target, shown=shown, what=what, anonymous=self.anonymous)

    def close(self) -> None:
        # The driver tells the server of its sessions' end, and would wait long for one that is gone.
        with pymongo.timeout(_CLOSING_S if not self.lost else _CLOSING_LOST_S), suppress(PyMongoError):
            if self._work is not None and not self.lost:
                self._work.end_session()
            self._work = None
            self.client.close()

    def _greet(self) -> Document:
        """The primary's greeting; where there is none for now, that of a member that can be read."""
        try:
            hello = dict(self.client.admin.command("hello"))
        except ServerSelectionTimeoutError:
            if not self.client.topology_description.has_readable_server(ReadPreference.SECONDARY_PREFERRED):
                raise
            hello = dict(self.client.admin.command("hello", read_preference=ReadPreference.SECONDARY_PREFERRED))
            self.read_only = "no primary: the members that answer take no writes"
        if not (hello.get("isWritablePrimary") or hello.get("msg") == "isdbgrid"):
            self.read_only = self.read_only or "the server is not the primary, which alone takes writes"
        if hello.get("maxWireVersion", 0) < OLDEST:
            raise UnsupportedError(
                f"the server speaks wire version {hello.get('maxWireVersion')}; MongoDB 5.0 is the oldest supported",
                at=self.opening.shown,
                do="upgrade the server",
                kind="version",
                target=self.target,
            )
        return hello

    def _database_name(self) -> str:
        name = unquote(urlsplit(self.opening.url).path.strip("/"))
        if name in ("", "admin", "local", "config"):
            raise ConfigError(
                f"the URL names {f'the database `{name}`, which is the server’s own' if name else 'no database'}",
                at=self.opening.shown,
                do="write the target's database behind the host: mongodb://USER@HOST:27017/DATABASE",
                kind="url",
                target=self.target,
            )
        return name

    def _connecting(self, error: PyMongoError | ValueError) -> SchemactlError:
        shown, password = self.opening.shown, _password_of(self.opening.url)
        return connecting(error, shown=shown, target=self.target, password=password, anonymous=self.anonymous)


def open_client(opening: Opening, token: str, *listeners: CommandListener) -> MongoClient[Document]:
    """A client that nothing was asked of yet; whoever asks for it closes it. raises  ConfigError"""
    wait_ms = 1000 * opening.connect_timeout_s
    try:
        # The client itself passes over what it does not understand with a warning, `tls` too.
        parse_uri(opening.url, validate=True, warn=False)
        return MongoClient(
            opening.url,
            appname=f"schemactl {opening.target[:90]} {token}",
            serverSelectionTimeoutMS=wait_ms,
            connectTimeoutMS=wait_ms,
            retryWrites=True,
            retryReads=True,
            maxPoolSize=4,
            # A stream of the server's state is a connection that stays open for up to half a second after the client
            # is closed, and wants a second one beside it: with many targets in turn they add up.
            serverMonitoringMode="poll",
            tz_aware=True,
            uuidRepresentation="standard",
            event_listeners=listeners,
        )
    except (PyMongoError, ValueError, TypeError) as error:
        password = _password_of(opening.url)
        told = error if isinstance(error, PyMongoError | ValueError) else ValueError(str(error))
        raise connecting(told, shown=opening.shown, target=opening.target, password=password) from None


def _password_of(url: str) -> str:
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""
