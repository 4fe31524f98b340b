"""The lock's record on a single server: tables `schema_lock_<number>`; the maker of the highest holds the lock.

CREATE TABLE of a name is atomic on every ClickHouse, and a MergeTree has no unique constraint: so a name decides, and
no row. Each taking makes the next number, the highest is never dropped, and so no generation can come back. The rows of
such a table are heartbeats, by the server's clock; after a restart, which empties them, the time of its making counts.

What is left open: a process that is stopped between its last look and the sending of one statement, for longer than the
lease, sends it when it goes on (docs/adr/0008).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal, takeover
from schemactl.engines.clickhouse.failure import TABLE_EXISTS, ServerError
from schemactl.engines.clickhouse.listing import listed
from schemactl.engines.clickhouse.lock_record import OUTRUN, SecondLink, drop, shown
from schemactl.running.lease import now
from schemactl.running.owner import this_runner

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link
    from schemactl.events import Listener

PREFIX: Final = "schema_lock_"
_DIGITS: Final = 10
_COLUMNS: Final = "owner String, token String, at UInt32, released UInt8"
_LEASE: Final = "lease_"
"""With its maker's lease in seconds the name of one more column: that outlives a restart of the server, rows do not."""


class _Generation(NamedTuple):
    """One generation as it is now.

    age_s    since its last heartbeat, by the server's clock
    lease_s  how long it may be silent: its own, whatever lease the one has who looks
    """

    number: int
    owner: str
    token: str
    released: bool
    age_s: int
    lease_s: int


class Generations:
    """See running.lease.LeaseRecord. What may come from the heartbeat's thread speaks on a link of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lease_s = math.ceil(session.opening.lease_s)
        self._second = SecondLink(session)
        self._mine = 0

    def take(self) -> str:
        with self._session.translated("taking the lock"):
            link = self._second.to_take()
            top = self._top(link)
            if top is not None and not self._is_free(top):
                return _shown(top)
            number = (top.number if top else 0) + 1
            if not self._make(link, number):
                return OUTRUN
            self._beat(link, number)
            if max(self._numbers(link)) != number:
                drop(link, _name(number))
                return OUTRUN
            self._mine = number
            return ""

    def succeed(self, *, until: float, emit: Listener) -> None:
        """What those before left running is ended, and their tables go; ours is the highest and stays.

        All of them: one that took over and died before it had ended what it found left its predecessor's table there.
        """
        for number in self._lower():
            self._end(number, until=until, emit=emit)

    def _lower(self) -> list[int]:
        # The heartbeat has the second link by now.
        with self._session.translated("taking the lock"):
            return sorted(number for number in self._numbers(self._session.link) if number < self._mine)

    def _end(self, number: int, *, until: float, emit: Listener) -> None:
        with self._session.translated("taking the lock"):
            before = self._read(self._session.link, number)
        if before is not None:
            grace_s = 0.0 if before.released else min(2.0, self._session.opening.lease_s / 6)
            takeover.end_statements(self._session, before.token, grace_s=grace_s, wait_s=until - now(), emit=emit)
        with self._session.translated("taking the lock"):
            drop(self._session.link, _name(number))

    def renew(self) -> bool:
        with self._session.translated("renewing the lock"):
            link = self._second.to_keep()
            try:
                self._beat(link, self._mine)
            except ServerError as error:
                if error.failure.no_table:
                    return False
                raise
            return max(self._numbers(link, timeout_s=self._session.opening.lease_s), default=0) == self._mine

    def release(self) -> bool:
        with self._session.translated("releasing the lock"):
            link = self._second.to_keep()
            if max(self._numbers(link, timeout_s=self._session.opening.lease_s), default=0) != self._mine:
                return False
            self._beat(link, self._mine, released=True)
            return True

    def holder(self) -> str | None:
        with self._session.translated("asking who holds the lock"):
            top = self._top(self._session.link)
        return None if top is None or self._is_free(top) else _shown(top)

    def close(self) -> None:
        self._second.close()

    def _is_free(self, top: _Generation) -> bool:
        return top.released or top.age_s > top.lease_s

    def _make(self, link: Link, number: int) -> bool:
        columns = f"({_COLUMNS}, {_LEASE}{self._lease_s} UInt8)"
        try:
            link.ask(f"CREATE TABLE {_name(number)} {columns} ENGINE = Memory", query_id=self._session.query_id())
        except ServerError as error:
            if error.failure.code == TABLE_EXISTS:
                return False
            raise
        return True

    def _beat(self, link: Link, number: int, *, released: bool = False) -> None:
        owner, token = literal.text(this_runner()), literal.text(self._session.token)
        link.ask(
            f"INSERT INTO {_name(number)} (owner, token, at, released)"
            f" SELECT {owner}, {token}, toUInt32(now()), {int(released)}",
            timeout_s=self._session.opening.lease_s,
        )

    def _numbers(self, link: Link, *, timeout_s: float | None = None) -> list[int]:
        rows = listed(
            link,
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'schema\\\\_lock\\\\_%'",
            timeout_s=timeout_s,
        )
        found = (re.fullmatch(rf"{PREFIX}(\d{{{_DIGITS}}})", str(name)) for (name,) in rows)
        return [int(one[1]) for one in found if one]

    def _top(self, link: Link) -> _Generation | None:
        """The highest generation; None where there is none. It may go while it is looked at: then the next is."""
        while numbers := self._numbers(link):
            found = self._read(link, max(numbers))
            if found is not None:
                return found
        return None

    def _read(self, link: Link, number: int) -> _Generation | None:
        """A generation as it is now; None where it is gone."""
        try:
            rows = link.ask(
                f"SELECT any(owner), any(token), max(released), toUInt32(now()) - max(at), count() FROM {_name(number)}"
            )
        except ServerError as error:
            if error.failure.no_table:
                return None
            raise
        owner, token, released, age_s, beats = rows[0]
        if beats:
            return _Generation(number, str(owner), str(token), bool(released), int(age_s), self._lease(link, number))
        return _Generation(number, "", "", False, self._age_s(link, number), self._lease(link, number))

    def _lease(self, link: Link, number: int) -> int:
        """The lease of its maker; ours where its table does not say."""
        rows = listed(
            link,
            "SELECT name FROM system.columns WHERE database = currentDatabase()"
            f" AND table = {literal.text(_name(number))} AND startsWith(name, {literal.text(_LEASE)})",
        )
        said = str(rows[0][0]).removeprefix(_LEASE) if rows else ""
        return int(said) if said.isdigit() else self._lease_s

    def _age_s(self, link: Link, number: int) -> int:
        """Of one without heartbeats: its maker has sent none yet, or the server was started again since."""
        rows = listed(
            link,
            "SELECT toUInt32(now()) - toUInt32(metadata_modification_time) FROM system.tables"
            f" WHERE database = currentDatabase() AND name = {literal.text(_name(number))}",
        )
        return int(rows[0][0]) if rows else 0


def _name(number: int) -> str:
    return f"{PREFIX}{number:0{_DIGITS}}"


def _shown(top: _Generation) -> str:
    return shown(top.owner or "a runner that the server's restart made nameless", top.number, top.age_s)
