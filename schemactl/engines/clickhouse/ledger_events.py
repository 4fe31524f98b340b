"""The one table that the ledger is on ClickHouse, `schema_events`: what is written stays, and the last word counts.

ClickHouse has no transaction over two tables, and changes rows only as a mutation. So an entry, its steps and its end
are rows of one log, and what belongs together is one INSERT: one block, visible whole or not at all (docs/formats.md).
"""

from __future__ import annotations

import json
import uuid
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.ledger_table import TABLE, create, make_where_missing, read, writing
from schemactl.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.model.version import Version

COLUMNS: Final = ("seq", "event", "kind", "version_id", "service_name", "version", "at", "payload")
REPLACES: Final = "replaces"
"""The kind whose payload may be megabytes: a seed's alone."""


class Event(NamedTuple):
    """One row.

    seq         ascending in the order of writing; given under the lock alone
    kind        format | entry | gone | step | forget | ends | replaces | seed
    version_id  of the entry; 0 for `format`, `replaces` and `seed`
    at          seconds since 1970 by the server's clock
    payload     of `format`, `entry`, `step` and `seed` all its facts; of `forget` the ordinal; of `replaces` the table
                and the hashes
    """

    kind: str
    version_id: int
    service_name: str
    version: str
    payload: dict[str, Any]
    seq: int = 0
    event: str = ""
    at: int = 0


class Log:
    """Reads and writes the table, knows nothing of what the events mean."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_everywhere = False

    def create(self) -> None:
        """Make the table where it is not there."""
        for sql in create(self._session.facts):
            self._session.link.ask(sql, query_id=self._session.query_id())

    def events(self, where: str = "1", *, whole: bool = False) -> list[Event] | None:
        """The events in the order of their writing; None where there is no table.

        whole   with the payloads of `replaces`
        raises  HistoryError where two runners wrote at once; ServerError
        """
        payload = "payload" if whole else f"if(kind = '{REPLACES}', '', payload)"
        sql = (
            f"SELECT kind, version_id, service_name, version, {payload}, seq, event, toUInt32(at) FROM {TABLE}"
            f" WHERE {where} ORDER BY seq, at, event"
        )
        try:
            rows = read(self._session, sql)
        except ServerError as error:
            if error.failure.no_table:
                return None
            raise
        found = [_event(row) for row in rows]
        for before, after in pairwise(found):
            if before.seq == after.seq:
                raise self._two_runners(before, after)
        return found

    def of(self, version: Version, where: str = "1", *, whole: bool = False) -> list[Event]:
        """The events of one version, however it is written; `whole` as above."""
        number = str(version.number).lstrip("0")
        of_it = f"version != '' AND replaceRegexpOne(version, '^0+', '') = '{number}'"
        return self.events(f"{of_it} AND {where}", whole=whole) or []

    def newest(self) -> tuple[int, int, int]:
        """(the last seq, the highest version_id, the server's clock in seconds)."""
        ((seq, version_id, clock),) = read(
            self._session, f"SELECT max(seq), max(version_id), toUInt32(now()) FROM {TABLE}"
        )
        return int(seq), int(version_id), int(clock)

    def append(self, events: Sequence[Event], *, after: int, clock: int) -> None:
        """Write them as one block; `after` and `clock` as `newest` told them."""
        rows = [
            (
                after + number,
                uuid.uuid4().hex,
                event.kind,
                event.version_id,
                event.service_name,
                event.version,
                clock,
                json.dumps(event.payload, ensure_ascii=False, separators=(",", ":")),
            )
            for number, event in enumerate(events, 1)
        ]
        if not self._is_everywhere:
            make_where_missing(self._session)
            self._is_everywhere = True
        writing(self._session, TABLE, COLUMNS, rows)

    def _two_runners(self, one: Event, other: Event) -> HistoryError:
        return HistoryError(
            f"two runners wrote the ledger at once: {one.kind} of {one.version} and {other.kind} of {other.version}",
            at=self._session.opening.shown,
            now="nothing was changed by this command",
            do=f"see `SELECT * FROM {TABLE} WHERE seq = {one.seq}`, look which of the two took effect, and delete the"
            " other row by `ALTER TABLE … DELETE WHERE event = '…'`",
            kind="unfinished",
            target=self._session.target,
        )


def _event(row: Sequence[Any]) -> Event:
    kind, version_id, service_name, version, payload, seq, event, at = row
    facts = json.loads(payload) if payload else {}
    return Event(kind, int(version_id), service_name, version, facts, int(seq), event, int(at))
