"""chdb as a Link: ClickHouse as a library, on a folder, in a child process of ours.

URL: `chdb:///FOLDER?database=NAME`, the folder there already (an empty one becomes a new server); the database is
`default` where none is named. `config-file=FILE` is a configuration of ClickHouse's; `readonly=1` writes nothing.
"""

from __future__ import annotations

import json
import queue
from collections.abc import Sequence
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from schemactl.engines.clickhouse import embedded_process, embedded_values, literal
from schemactl.engines.clickhouse.failure import GONE, ServerError, ServerFailure
from schemactl.engines.clickhouse.link import NO_SETTINGS, Row, Settings
from schemactl.errors import ConfigError, ConnectError, UnsupportedError

_OPTIONS: Final = frozenset({"database", "config-file", "readonly", "cluster"})
_OPENS_S: Final = 60.0
_TRIES: Final = 3
# Decimals as text, or they would pass through a float. chdb alone takes an expression for a SELECT, and with it a
# word that is misspelt for a column.
_AS_A_SERVER: Final = (
    "output_format_json_quote_decimals = 1, output_format_json_quote_denormals = 1, implicit_select = 0"
)


def connect(url: str, *, shown: str, target: str) -> EmbeddedLink:
    """A link to the folder of this URL, with the others of this process in one child.

    raises  ServerError (76: another process has it open; 81: no such database); ConnectError where there is no such
            folder; ConfigError for an option that is not known; UnsupportedError where chdb is not installed
    """
    if find_spec("chdb") is None:
        raise UnsupportedError(
            "the driver chdb is not installed", do="pip install 'schemactl[chdb]'", kind="no_driver", target=target
        )
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := sorted(set(options) - _OPTIONS):
        raise ConfigError(
            f"a chdb URL has no option `{unknown[0]}`",
            at=shown,
            do=f"leave it out: {', '.join(sorted(_OPTIONS))} are known",
            kind="url",
            target=target,
        )
    folder = Path(unquote(parts.path))
    if not folder.is_dir():
        raise ConnectError(
            f"there is no folder {folder}",
            at=shown,
            do="make it, empty, for a new server; or correct this target's URL",
            kind="missing_database",
            target=target,
        )
    asked = f"?config-file={options['config-file']}" if "config-file" in options else ""
    return EmbeddedLink(f"{folder.resolve()}{asked}", options.get("database", ""), options.get("readonly") == "1")


class EmbeddedLink:
    """One session of the child: settings and current database are its own."""

    def __init__(self, folder: str, database: str, readonly: bool) -> None:
        for tried in range(1, _TRIES + 1):
            self._child = embedded_process.share(folder, timeout_s=_OPENS_S)
            self._link, self._answers = self._child.join()
            self._asked = 0
            self._closed = self._readonly = False
            try:
                self._begin(database, readonly)
            except ServerError as error:
                self.close()
                # The process may end while this link joins the others of it: then there is another to be had.
                if not error.failure.gone or tried == _TRIES:
                    raise
            else:
                self._readonly = readonly
                return

    def _begin(self, database: str, readonly: bool) -> None:
        self.ask(f"SET {_AS_A_SERVER}")
        if database:
            self.ask(f"USE {literal.name(database)}")
        if readonly:
            self.ask("SET readonly = 1")

    @property
    def closed(self) -> bool:
        return self._closed or self._child.dead

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def ask(
        self, sql: str, *, query_id: str = "", settings: Settings = NO_SETTINGS, timeout_s: float | None = None
    ) -> list[Row]:
        # chdb chooses the query_id itself; log_comment is what we can write and system.processes shows.
        wanted = dict(settings) | ({"log_comment": query_id} if query_id else {})
        if self._readonly:
            wanted = {}
        self._asked += 1
        try:
            self._child.send(link=self._link, ask=self._asked, sql=sql, set=wanted, reset=list(wanted))
        except (OSError, ValueError):
            raise self._lost() from None
        while True:
            try:
                answer = self._answers.get(timeout=timeout_s)
            except queue.Empty:
                self.close()
                message = f"no answer within {timeout_s:g} s"
                raise ServerError(ServerFailure(GONE, message)) from None
            if answer is None:
                raise self._lost()
            if answer["ask"] == self._asked:
                break
        if "error" in answer:
            raise ServerError(embedded_process.failure_of(answer["error"]))
        return embedded_values.rows(answer["rows"])

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        query_id: str = "",
        settings: Settings = NO_SETTINGS,
    ) -> None:
        lines = "\n".join(json.dumps([_plain(value) for value in row]) for row in rows)
        sql = f"INSERT INTO {table} ({', '.join(columns)}) FORMAT JSONCompactEachRow {lines}"
        self.ask(sql, query_id=query_id, settings=settings)

    def cancel(self, query_id: str) -> None:
        self.ask(f"KILL QUERY WHERE Settings['log_comment'] = {literal.text(query_id)} SYNC")

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            embedded_process.release(self._child, self._link)

    def _lost(self) -> ServerError:
        self.close()
        return ServerError(ServerFailure(GONE, "the process that chdb runs in is gone"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    return value.isoformat() if isinstance(value, date) else value
