"""The ledger on Neo4j: nodes `SchemaFormat`, `SchemaVersion`, `SchemaStep` (docs/formats.md, "Ledger").

A node SchemaVersion means: this migration's effects are in the database, in full where its state is `applied`, in the
part that the nodes SchemaStep name where it is `applying` or `reverting`. What a run writes is in ledger_writes.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.neo4j import fence
from schemactl.engines.neo4j.failure import EQUIVALENT, from_exception, is_driver_error
from schemactl.errors import HistoryError
from schemactl.model.entry import LEDGER_FORMAT, Entry, LedgerState
from schemactl.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.neo4j.connection import Session
    from schemactl.model.step import Step

_CONSTRAINTS: Final = (
    "CREATE CONSTRAINT schema_format IF NOT EXISTS FOR (f:SchemaFormat) REQUIRE f.only IS UNIQUE",
    "CREATE CONSTRAINT schema_version IF NOT EXISTS"
    " FOR (v:SchemaVersion) REQUIRE (v.service_name, v.version_key) IS UNIQUE",
    "CREATE CONSTRAINT schema_step IF NOT EXISTS"
    " FOR (s:SchemaStep) REQUIRE (s.version_id, s.direction, s.ordinal) IS UNIQUE",
)
_THERE: Final = (
    "RETURN COLLECT { MATCH (f:SchemaFormat {only: 'row'}) RETURN coalesce(f.format, 0) } AS formats,"
    " EXISTS { MATCH (n:SchemaVersion|SchemaStep) } AS entries"
)
_READ: Final = (
    "RETURN COLLECT { MATCH (f:SchemaFormat {only: 'row'}) RETURN properties(f) } AS formats,"
    " COLLECT { MATCH (v:SchemaVersion) RETURN properties(v) } AS versions,"
    " COLLECT { MATCH (s:SchemaStep) RETURN properties(s) } AS steps"
)
_CREATE: Final = (
    "MERGE (f:SchemaFormat {only: 'row'}) ON CREATE SET f.format = $format, f.platform = $platform,"
    " f.service_name = $service, f.created_at = datetime.realtime(), f.last_id = 0"
)
_IS: Final = "MATCH (v:SchemaVersion {version_id: $id})"
_STEPS_OF: Final = "MATCH (s:SchemaStep {version_id: $id})"
_HEADLESS: Final = "the ledger has entries, and its node SchemaFormat is gone"
_TRIES, _PAUSE_S = 30, 0.05


class Neo4jLedger:
    """Reads the ledger, prepares it, and settles what recover decides."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> LedgerState:
        row = self._session.read(_READ, "reading the ledger")[0]
        if not row["formats"]:
            if row["versions"] or row["steps"]:
                raise self._damaged(_HEADLESS)
            return LedgerState(exists=False)
        told = row["formats"][0]
        if "format" in told:
            self._refuse_newer(told["format"])
        try:
            steps = sorted(map(_step, row["steps"]), key=lambda step: (step.version_id, step.ordinal))
            return LedgerState(
                exists=True,
                format=told["format"],
                platform=told["platform"],
                service_name=told["service_name"],
                entries=tuple(sorted(map(_entry, row["versions"]), key=lambda entry: entry.version.number)),
                steps=tuple(steps),
            )
        except KeyError as missing:
            raise self._damaged(f"a node of the ledger has no `{missing.args[0]}`") from missing

    def prepare(self, *, platform: str, service_name: str) -> None:
        row = self._session.read(_THERE, "reading the ledger")[0]
        if row["formats"]:
            self._refuse_newer(row["formats"][0])
            return
        if row["entries"]:
            raise self._damaged(_HEADLESS)
        self._make()
        self._write(_CREATE, format=LEDGER_FORMAT, platform=platform, service=service_name)

    def accept(self, entry: Entry, *, checksum: str, up_hash: str, note: str) -> None:
        self._write(
            f"{_IS} SET v.checksum = $checksum, v.checksum_algorithm = 'sha256-lf', v.up_hash = $up_hash,"
            " v.description = CASE v.description WHEN '' THEN $note ELSE v.description + '; ' + $note END",
            id=entry.version_id,
            checksum=checksum,
            up_hash=up_hash,
            note=note,
        )

    def mark(self, entry: Entry, ordinal: int, *, done: bool) -> None:
        what = "SET s.state = 'done'" if done else "DELETE s"
        self._write(f"{_STEPS_OF} WHERE s.ordinal = $ordinal {what}", id=entry.version_id, ordinal=ordinal)

    def remove(self, entry: Entry) -> None:
        self._write(f"OPTIONAL {_STEPS_OF} DELETE s WITH DISTINCT 1 AS one {_IS} DELETE v", id=entry.version_id)

    def reinstate(self, entry: Entry) -> None:
        self._write(
            f"{_IS} WHERE v.state = 'reverting' SET v.state = 'applied' WITH v {_STEPS_OF} DELETE s",
            id=entry.version_id,
        )

    def _write(self, text: str, **values: Any) -> None:
        """One write in a transaction of its own, behind the fence where this engine holds the lock."""
        session = self._session
        try:
            with session.session() as opened, opened.begin_transaction(metadata=session.metadata()) as tx:
                if session.token:
                    fence.guard(tx, session.token, session.opening)
                tx.run(text, values).consume()
                tx.commit()
        except Exception as error:
            raise session.trouble(error, "writing the ledger") from error

    def _make(self) -> None:
        """The ledger's own constraints; another runner may be making them too, where there is no lock yet."""
        session = self._session
        for attempt in range(_TRIES):
            try:
                with session.session() as opened, opened.begin_transaction(metadata=session.metadata()) as tx:
                    for text in _CONSTRAINTS:
                        tx.run(text).consume()
                return
            except Exception as error:
                same = is_driver_error(error) and from_exception(error).state == EQUIVALENT
                if not same or attempt == _TRIES - 1:
                    raise self._session.trouble(error, "creating the ledger") from error
                time.sleep(_PAUSE_S)

    def _damaged(self, what: str) -> HistoryError:
        return HistoryError(
            f"{what}: somebody else has changed it",
            at=self._session.opening.shown,
            now="nothing was changed",
            do="find out who writes to nodes without naming a label, and bring the ledger back from a backup",
            kind="lost_entry",
            target=self._session.target,
        )

    def _refuse_newer(self, found: int) -> None:
        if found > LEDGER_FORMAT:
            from schemactl.running.newer_ledger import refusal

            raise refusal(found, self._session.opening)


def _entry(node: Mapping[str, Any]) -> Entry:
    return Entry(
        version_id=node["version_id"],
        service_name=node["service_name"],
        version=Version(node["version"]),
        name=node["name"],
        description=node["description"],
        checksum=node["checksum"],
        checksum_algorithm=node["checksum_algorithm"],
        up_hash=node["up_hash"],
        applied_at=node["applied_at"].to_native(),
        duration_ms=node["duration_ms"],
        applied_by=node["applied_by"],
        tool_version=node["tool_version"],
        format=node["format"],
        state=node["state"],
        backup_id=node.get("backup_id"),
        unlocked=node["unlocked"],
    )


def _step(node: Mapping[str, Any]) -> Step:
    from schemactl.model.step import Step

    return Step(
        version_id=node["version_id"],
        direction=node["direction"],
        ordinal=node["ordinal"],
        segment=node["segment"],
        statement_hash=node["statement_hash"],
        line=node["line"],
        state=node["state"],
        before=json.loads(node["before"]),
    )
