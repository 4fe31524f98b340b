"""The lock's record where servers know KeeperMap: one row in the Keeper, changed only by who saw it as it is.

`INSERT` of a key that is there is refused (keeper_map_strict_mode), and an `ALTER … UPDATE … WHERE generation = N` of
two runners at once succeeds for one: the Keeper compares versions. The row is the same from every server of a cluster;
its time is the clock of the server that wrote it, so the servers' clocks are held against each other first.
Source: ClickHouse manual, "KeeperMap"; raced by two processes (tests/engines/clickhouse/test_keeper_lock.py).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import keeper, literal, replicas, takeover
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.lock_record import OUTRUN, SecondLink, shown
from schemactl.errors import LockedError, UnsupportedError
from schemactl.running.lease import now
from schemactl.running.owner import this_runner

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link
    from schemactl.events import Listener

TABLE: Final = "schema_lock"
_COLUMNS: Final = (
    "(name String, owner String, token String, generation UInt64, at UInt32, released UInt8, lease UInt32)"
)
_STRICT: Final = {"keeper_map_strict_mode": 1}
_NOT_CONFIGURED: Final = 36
_AND: Final = ","


class _Row(NamedTuple):
    """`age_s`: since its last heartbeat, by the clock of the server that is asked. `lease_s`: of whoever wrote it."""

    owner: str
    token: str
    generation: int
    at: int
    released: bool
    age_s: int
    lease_s: int


class KeeperLock:
    """See running.lease.LeaseRecord. What may come from the heartbeat's thread speaks on a link of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lease_s = math.ceil(session.opening.lease_s)
        self._second = SecondLink(session)
        self._generation = 0
        self._before: _Row | None = None

    def take(self) -> str:
        with self._session.translated("taking the lock"):
            link = self._second.to_take()
            self._create(link)
            row = self._row(link)
            if row is not None and not row.released and row.age_s <= row.lease_s:
                return shown(row.owner, row.generation, row.age_s)
            self._hold_clocks_together()
            self._generation = (row.generation if row else 0) + 1
            if row is None:
                self._insert(link)
            else:
                self._succeed(link, row)
            # The row tells who was first, also where the answer to our writing was lost.
            found = self._row(link)
            if found is None or not self._is_mine(found):
                return OUTRUN
            self._before = row
            return ""

    def succeed(self, *, until: float, emit: Listener) -> None:
        """What those before left running is ended on every server; until then the row bears their tokens too."""
        before = self._before
        if before is None:
            return
        grace_s = 0.0 if before.released else min(2.0, self._session.opening.lease_s / 6)
        for token in before.token.split(_AND):
            takeover.end_statements(self._session, token, grace_s=grace_s, wait_s=until - now(), emit=emit)
            grace_s = 0.0
        with self._session.translated("taking the lock"):
            self._change(self._session.link, f"token = {literal.text(self._session.token)}")

    def renew(self) -> bool:
        with self._session.translated("renewing the lock"):
            return self._change(self._second.to_keep(), "at = toUInt32(now())")

    def release(self) -> bool:
        with self._session.translated("releasing the lock"):
            return self._change(self._second.to_keep(), "released = 1")

    def holder(self) -> str | None:
        with self._session.translated("asking who holds the lock"):
            try:
                row = self._row(self._session.link)
            except ServerError as error:
                if error.failure.no_table:
                    return None
                raise
            return (
                None
                if row is None or row.released or row.age_s > row.lease_s
                else shown(row.owner, row.generation, row.age_s)
            )

    def close(self) -> None:
        self._second.close()

    def _create(self, link: Link) -> None:
        cluster = f" ON CLUSTER {literal.name(self._session.facts.cluster)}" if self._session.facts.cluster else ""
        sql = f"CREATE TABLE IF NOT EXISTS {TABLE}{cluster} {_COLUMNS}"
        place = literal.text(f"/schemactl/{self._session.facts.database}/lock")
        try:
            keeper.patiently(
                self._session.opening, lambda: link.ask(f"{sql} ENGINE = KeeperMap({place}) PRIMARY KEY name")
            )
        except ServerError as error:
            if error.failure.code != _NOT_CONFIGURED:
                raise
            raise UnsupportedError(
                f"the servers of this cluster have no place for a lock: {error.failure.sentence()}",
                at=self._session.opening.shown,
                now="nothing was changed",
                do="set keeper_map_path_prefix in their configuration, or run from one place with --unlocked",
                kind="missing",
                target=self._session.target,
            ) from error

    def _insert(self, link: Link) -> None:
        values = f"'lock', {self._values()}, toUInt64({self._generation}), toUInt32(now()), 0, {self._lease_s}"
        self._send(link, f"INSERT INTO {TABLE} SELECT {values}")

    def _succeed(self, link: Link, row: _Row) -> None:
        """Take over from `row`, if it is as it was: a heartbeat in between has changed it."""
        owner, token = literal.text(this_runner()), literal.text(_AND.join((self._session.token, row.token)))
        self._send(
            link,
            f"ALTER TABLE {TABLE} UPDATE owner = {owner}, token = {token}, generation = {self._generation},"
            f" at = toUInt32(now()), released = 0, lease = {self._lease_s}"
            f" WHERE name = 'lock' AND generation = {row.generation} AND at = {row.at}"
            f" AND released = {int(row.released)}",
        )

    def _change(self, link: Link, what: str) -> bool:
        """Change the row where it is ours; False where it is not."""
        token = literal.text(self._session.token)
        sql = f"ALTER TABLE {TABLE} UPDATE {what} WHERE name = 'lock' AND startsWith(token, {token})"
        self._send(link, f"{sql} AND generation = {self._generation}")
        row = self._row(link, timeout_s=self._session.opening.lease_s)
        return row is not None and self._is_mine(row)

    def _send(self, link: Link, sql: str) -> None:
        """Write; whether it had an effect says the row. Sent again where the Keeper was away, it has none twice."""
        timeout_s = self._session.opening.lease_s
        try:
            keeper.patiently(self._session.opening, lambda: link.ask(sql, settings=_STRICT, timeout_s=timeout_s))
        except ServerError as error:
            if error.failure.code != keeper.KEEPER_EXCEPTION or keeper.is_away(error):
                raise

    def _row(self, link: Link, *, timeout_s: float | None = None) -> _Row | None:
        sql = (
            "SELECT owner, token, generation, at, released, toInt64(toUInt32(now())) - toInt64(at), lease"
            f" FROM {TABLE} WHERE name = 'lock'"
        )
        rows = keeper.patiently(self._session.opening, lambda: link.ask(sql, timeout_s=timeout_s))
        if not rows:
            return None
        owner, token, generation, at, released, age_s, lease_s = rows[0]
        return _Row(str(owner), str(token), int(generation), int(at), bool(released), int(age_s), int(lease_s))

    def _is_mine(self, row: _Row) -> bool:
        return (row.token.split(_AND)[0], row.generation) == (self._session.token, self._generation)

    def _values(self) -> str:
        return f"{literal.text(this_runner())}, {literal.text(self._session.token)}"

    def _hold_clocks_together(self) -> None:
        """raises  LockedError where the servers' clocks are too far apart to tell a lease that ran out"""
        if not replicas.is_spread(self._session):
            return
        clocks = [int(link.ask("SELECT toUInt32(now())")[0][0]) for link in replicas.links(self._session).values()]
        apart_s = max(clocks) - min(clocks)
        if apart_s > max(1, self._lease_s // 3):
            raise LockedError(
                f"the clocks of the cluster's servers are {apart_s} s apart, so no lease can be judged by them",
                at=self._session.opening.shown,
                now="nothing was changed",
                do="set the servers' clocks (NTP), then run the command again",
                target=self._session.target,
            )
