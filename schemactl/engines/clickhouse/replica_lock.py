"""The lock's record on a cluster whose servers know no KeeperMap: generations in the Keeper, as replicas' places.

A ReplicatedMergeTree of one path and one replica's name can be made once, whichever server is asked: that place is the
generation. Its maker is told by the names of its columns, a heartbeat is an INSERT, whose trace in the Keeper bears the
Keeper's time, and a release is one column more. All of that is seen from every server in system.zookeeper; no server's
clock is compared with another's. The highest generation holds the lock, and is never dropped (see generations.py).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import keeper, literal, replicas, takeover
from schemactl.engines.clickhouse.failure import REPLICA_EXISTS, TABLE_EXISTS, ServerError
from schemactl.engines.clickhouse.listing import listed
from schemactl.engines.clickhouse.lock_record import OUTRUN, SecondLink, drop, shown
from schemactl.running.lease import now
from schemactl.running.owner import this_runner

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link, Row
    from schemactl.events import Listener

PREFIX: Final = "schema_lock_"
_CLOCK: Final = "clock_"
_DIGITS: Final = 10
_OTHER_COLUMNS: Final = 122
"""Another's columns are in the Keeper already: it was first, and its replica is about to follow."""
_LEASE: Final = "lease_"
"""With its maker's lease in seconds the name of a column."""


class _Generation(NamedTuple):
    """One generation.

    beat_at  its last heartbeat, in seconds by the Keeper's clock
    lease_s  how long it may be silent: its own, whatever lease the one has who looks
    """

    number: int
    owner: str
    token: str
    released: bool
    beat_at: int
    lease_s: int


class ReplicaGenerations:
    """See running.lease.LeaseRecord. What may come from the heartbeat's thread speaks on a link of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lease_s = math.ceil(session.opening.lease_s)
        self._place = f"/schemactl/{session.facts.cluster}/{session.facts.database}"
        self._second = SecondLink(session)
        self._mine = 0

    def take(self) -> str:
        with self._session.translated("taking the lock"):
            link = self._second.to_take()
            top = self._top(link)
            if top is not None and not top.released:
                age_s = self._now(link) - top.beat_at
                if age_s <= top.lease_s:
                    return shown(top.owner, top.number, age_s)
            number = (top.number if top else 0) + 1
            if not self._make(link, f"{number:0{_DIGITS}}", f"{self._place}/lock"):
                return OUTRUN
            self._beat(link, number)
            if max(self._numbers(link), default=0) != number:
                self._drop(link, _name(number))
                return OUTRUN
            self._mine = number
            return ""

    def succeed(self, *, until: float, emit: Listener) -> None:
        """What those before left running is ended on every server; then their tables go, wherever they are."""
        for before in self._before():
            grace_s = 0.0 if before.released else min(2.0, self._session.opening.lease_s / 6)
            takeover.end_statements(self._session, before.token, grace_s=grace_s, wait_s=until - now(), emit=emit)
        with self._session.translated("taking the lock"):
            for link in replicas.links(self._session).values():
                self._sweep(link)

    def _before(self) -> list[_Generation]:
        """All that are there below ours: one that took over may have died before it had ended what it found."""
        with self._session.translated("taking the lock"):
            found = self._generations(self._session.link)
            read = [self._read(self._session.link, *one) for one in found if int(one[0]) < self._mine]
        return [one for one in read if one is not None]

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
            link.ask(f"ALTER TABLE {_name(self._mine)} ADD COLUMN released UInt8")
            return True

    def holder(self) -> str | None:
        """For people: by the clock of the server that is asked."""
        with self._session.translated("asking who holds the lock"):
            top = self._top(self._session.link)
            if top is None or top.released:
                return None
            age_s = int(self._session.link.ask("SELECT toUInt32(now())")[0][0]) - top.beat_at
            return None if age_s > top.lease_s else shown(top.owner, top.number, age_s)

    def close(self) -> None:
        self._second.close()

    def _make(self, link: Link, what: str, below: str) -> bool:
        """Make the place `what` in the Keeper, and the table that is it; False where it is there."""
        owner = f"o_{this_runner().encode().hex()[:160]}"
        columns = f"(at UInt32, t_{self._session.token} UInt8, {owner} UInt8, {_LEASE}{self._lease_s} UInt8)"
        engine = f"ReplicatedMergeTree({literal.text(f'{below}/{what}')}, 'holder')"
        try:
            link.ask(f"CREATE TABLE {PREFIX}{what} {columns} ENGINE = {engine} ORDER BY at")
        except ServerError as error:
            if error.failure.code in (REPLICA_EXISTS, _OTHER_COLUMNS):
                self._clear(link, f"{PREFIX}{what}")
            elif error.failure.code != TABLE_EXISTS:
                raise
            return False
        return True

    def _clear(self, link: Link, table: str) -> None:
        """18.16 leaves the folder of a table that it then did not make, and could not drop the database any more."""
        try:
            link.ask(f"CREATE TABLE {table} (at UInt32) ENGINE = TinyLog")
        except ServerError as error:
            if error.failure.code == TABLE_EXISTS:
                return
            raise
        self._drop(link, table)

    def _beat(self, link: Link, number: int) -> None:
        limit_s = self._session.opening.lease_s
        sql = f"INSERT INTO {_name(number)} (at) SELECT toUInt32(now())"
        keeper.patiently(self._session.opening, lambda: link.ask(sql, timeout_s=limit_s))

    def _drop(self, link: Link, table: str) -> None:
        # In a database of the engine Atomic the place in the Keeper would stay for minutes.
        name = "database_atomic_wait_for_drop_and_detach_synchronously"
        settings = {name: 1} if name in self._session.facts.settings else {}
        drop(link, table, settings=settings)

    def _sweep(self, link: Link) -> None:
        """Drop the tables of earlier generations on one server, and clocks that a dead runner left."""
        rows = listed(
            link,
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'schema\\\\_lock\\\\_%'",
        )
        for (table,) in rows:
            rest = str(table).removeprefix(PREFIX)
            if rest.startswith(_CLOCK) or (rest.isdigit() and int(rest) < self._mine):
                self._drop(link, str(table))

    def _now(self, link: Link) -> int:
        """The Keeper's clock, as it writes it on a place that is made for that alone."""
        what = f"{_CLOCK}{self._session.token}"
        self._make(link, what, f"{self._place}/clock")
        try:
            rows = self._children(link, f"{self._place}/clock", f"toUInt32(ctime), name = {literal.text(what)}")
        finally:
            self._drop(link, f"{PREFIX}{what}")
        # Another's sweep may have been faster: then nothing has run out yet.
        return max((int(ctime) for ctime, ours in rows if ours), default=0)

    def _numbers(self, link: Link, *, timeout_s: float | None = None) -> list[int]:
        return [int(name) for name, _ in self._generations(link, timeout_s=timeout_s)]

    def _generations(self, link: Link, *, timeout_s: float | None = None) -> list[tuple[str, int]]:
        """(its number as the Keeper has it, when it was made) of each, in ascending order."""
        rows = self._children(link, f"{self._place}/lock", "name, toUInt32(ctime)", timeout_s=timeout_s)
        return sorted((str(name), int(ctime)) for name, ctime in rows if str(name).isdigit())

    def _top(self, link: Link) -> _Generation | None:
        """The highest generation; None where there is none. It may go while it is looked at: then the next is."""
        while found := self._generations(link):
            top = self._read(link, *found[-1])
            if top is not None:
                return top
        return None

    def _read(self, link: Link, name: str, made_at: int) -> _Generation | None:
        """One generation as it is now; None where it is gone."""
        place = f"{self._place}/lock/{name}"
        columns = [str(value) for found, value in self._children(link, place, "name, value") if found == "columns"]
        if not columns:
            return None
        beats = self._children(link, f"{place}/blocks", "toUInt32(ctime)")
        beat_at = max((int(ctime) for (ctime,) in beats), default=made_at)
        said, released = _word(columns[0], _LEASE), "`released`" in columns[0]
        lease_s = int(said) if said.isdigit() else self._lease_s
        return _Generation(int(name), _owner(columns[0]), _word(columns[0], "t_"), released, beat_at, lease_s)

    def _children(self, link: Link, path: str, columns: str, *, timeout_s: float | None = None) -> list[Row]:
        sql = f"SELECT {columns} FROM system.zookeeper WHERE path = {literal.text(path)}"
        try:
            return keeper.patiently(self._session.opening, lambda: link.ask(sql, timeout_s=timeout_s))
        except ServerError as error:
            if error.failure.code == keeper.KEEPER_EXCEPTION and "No node" in error.failure.message:
                return []
            raise


def _name(number: int) -> str:
    return f"{PREFIX}{number:0{_DIGITS}}"


def _word(columns: str, begins: str) -> str:
    """The rest of the name of the column that begins so."""
    return columns.partition(f"`{begins}")[2].partition("`")[0]


def _owner(columns: str) -> str:
    try:
        return bytes.fromhex(_word(columns, "o_")).decode(errors="replace")
    except ValueError:
        return ""
