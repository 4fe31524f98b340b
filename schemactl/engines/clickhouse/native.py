"""A link by ClickHouse's native protocol (clickhouse-driver). The only file that knows the driver.

The driver connects anew without a word where a connection was lost; here it may not: what was sent on the lost one may
still be at work. After an error of the server it closes the connection, and the next statement opens another: nothing
is kept in the session, so nothing is lost with it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from clickhouse_driver import Client, defines
from clickhouse_driver.errors import Error, ServerException, TypeMismatchError

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.address import OURS
from schemactl.engines.clickhouse.failure import GONE, WRONG_TYPE, ServerError, ServerFailure, from_server
from schemactl.engines.clickhouse.link import NO_SETTINGS
from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.opening import Opening
    from schemactl.engines.clickhouse.link import Row, Settings

# The wait for one word of the server. A replicated ALTER may say nothing for as long as it works; a dead peer is found
# by TCP itself.
_ANSWER_S: Final = 24 * 3600.0
_SIGNED: Final = ("distributed_ddl_task_timeout",)
_KEEPALIVE: Final = (30, 10, 3)

# It logs each lost connection with its stack: what is to be told is told by our errors.
logging.getLogger("clickhouse_driver").addHandler(logging.NullHandler())
logging.getLogger("clickhouse_driver").propagate = False


class NativeLink:
    """See link.Link."""

    def __init__(self, opening: Opening) -> None:
        """raises  ConfigError for a URL that the driver cannot read; ServerError where no connection comes about"""
        parts = urlsplit(opening.url)
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in OURS]
        self._database = parts.path.lstrip("/")
        self._is_lost = False
        try:
            self._client = Client.from_url(parts._replace(query=urlencode(kept)).geturl())
        except (ValueError, TypeError) as error:
            raise ConfigError(
                f"the driver cannot read the URL: {error}",
                at=opening.shown,
                now="nothing was changed",
                do="correct this target's URL",
                kind="url",
                target=opening.target,
            ) from None
        connection = self._client.connection
        connection.disable_reconnect = True
        connection.tcp_keepalive = _KEEPALIVE
        connection.connect_timeout = opening.connect_timeout_s
        connection.client_name = f"{connection.client_name.split()[0]} schemactl {opening.target}"
        if "send_receive_timeout" not in dict(kept):
            connection.send_receive_timeout = _ANSWER_S
        try:
            with self._translated():
                connection.force_connect()
        except BaseException:
            # Where the server refuses a user or a database, the driver leaves the socket open.
            self._client.disconnect()
            raise
        connection.is_query_executing = False
        self._revision = int(connection.server_info.used_revision)

    @property
    def closed(self) -> bool:
        return self._is_lost

    def ask(
        self, sql: str, *, query_id: str = "", settings: Settings = NO_SETTINGS, timeout_s: float | None = None
    ) -> list[Row]:
        self._refuse_lost()
        with self._translated(), self._answered_within(timeout_s):
            found = self._client.execute(sql, query_id=query_id or None, settings=self._as_sent(settings))
        return list(found) if isinstance(found, list) else []

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        query_id: str = "",
        settings: Settings = NO_SETTINGS,
    ) -> None:
        self._refuse_lost()
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
        with self._translated():
            self._client.execute(sql, list(rows), query_id=query_id or None, settings=self._as_sent(settings))

    def cancel(self, query_id: str) -> None:
        self.ask(f"KILL QUERY WHERE query_id = {literal.text(query_id)} SYNC")

    def close(self) -> None:
        self._is_lost = True
        connection = self._client.connection
        with contextlib.suppress(OSError, EOFError):
            if connection.is_query_executing and connection.socket is not None:
                # Another thread waits on it, and is to find it closed; what it then does, closes it for good.
                connection.socket.shutdown(socket.SHUT_RDWR)
            else:
                self._client.disconnect()

    def _as_sent(self, settings: Settings) -> dict[str, str | int]:
        """Servers to which settings go in binary read a signed one as zigzag; the driver writes it plain.

        So 1 would be read as -1, which is "without end" (18.16, dbms/src/IO/VarInt.h, readVarInt).
        """
        wanted = dict(settings)
        if self._revision < defines.DBMS_MIN_REVISION_WITH_SETTINGS_SERIALIZED_AS_STRINGS:
            wanted |= {name: int(wanted[name]) * 2 for name in _SIGNED if name in wanted}
        return wanted

    def _refuse_lost(self) -> None:
        if self._is_lost:
            raise ServerError(ServerFailure(GONE, "the connection was closed"))

    @contextlib.contextmanager
    def _answered_within(self, timeout_s: float | None) -> Iterator[None]:
        connection = self._client.connection
        before = connection.send_receive_timeout
        if timeout_s is None:
            yield
            return
        # The socket of a connection that is there has the old limit; one made anew takes the new one.
        connection.send_receive_timeout = timeout_s
        if connection.socket is not None:
            connection.socket.settimeout(timeout_s)
        try:
            yield
        finally:
            connection.send_receive_timeout = before
            if connection.socket is not None:
                connection.socket.settimeout(before)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ServerException as error:
            raise ServerError(from_server(int(error.code), str(error.message))) from error
        except TypeMismatchError as error:
            # The driver's own, before the block was sent: it closes the connection, so the server takes none of it.
            raise ServerError(ServerFailure(WRONG_TYPE, _words(error))) from error
        except (Error, OSError, EOFError) as error:
            self._is_lost = True
            raise ServerError(ServerFailure(GONE, _words(error))) from error


def _words(error: Any) -> str:
    text = " ".join(str(getattr(error, "message", "") or error).split())
    return text or type(error).__name__
