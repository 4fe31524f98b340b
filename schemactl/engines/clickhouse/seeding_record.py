"""A seed's record on ClickHouse: an event `seed` of the ledger's log, and a view over them (docs/formats.md).

Before it, where the seed takes rows away, an event `replaces`: by it the next run knows what a death has left.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.clickhouse import ledger_views, literal
from schemactl.engines.clickhouse.ledger_events import REPLACES, Event, Log
from schemactl.model.seed import SeedRecord
from schemactl.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.clickhouse.connection import Session

_KEPT: Final = ("version", "applied_at")
_HAS_VIEW: Final = "EXISTS TABLE schema_seeds"


def read(session: Session) -> tuple[SeedRecord, ...]:
    """The last record of each seed, ascending by version. raises  ServerError, HistoryError"""
    found: dict[int, SeedRecord] = {}
    for event in Log(session).events("kind = 'seed'") or ():
        version = Version(event.version)
        facts: dict[str, Any] = {
            name: value for name, value in event.payload.items() if name in SeedRecord._fields and name not in _KEPT
        }
        found[version.number] = SeedRecord(**facts, version=version, applied_at=datetime.fromtimestamp(event.at, UTC))
    return tuple(found[number] for number in sorted(found))


def write(session: Session, record: SeedRecord) -> None:
    """Append a record; the view is made with the first, in ledgers of any age. raises  ServerError, LockedError"""
    _make_view(session)
    facts = {name: value for name, value in record._asdict().items() if name not in _KEPT}
    _append(session, "seed", record.version, facts)


def intend(session: Session, version: Version, table: str, rows: Mapping[str, str]) -> None:
    """Say, before it writes, which rows of a table this seed takes away: hash of each → of the one in its place.

    raises  ServerError, LockedError
    """
    _append(session, REPLACES, version, {"table": table, "rows": dict(rows)})


def intended(session: Session, version: Version, table: str) -> Mapping[str, str]:
    """What the last run of this seed said so and came to no record. raises  ServerError"""
    last: Event | None = None
    for event in Log(session).of(version, f"kind IN ('seed', '{REPLACES}')", whole=True):
        last = event if event.kind == REPLACES else None
    return last.payload["rows"] if last is not None and last.payload["table"] == table else {}


def _append(session: Session, kind: str, version: Version, facts: dict[str, Any]) -> None:
    log = Log(session)
    formats = log.events("kind = 'format'") or []
    service = formats[0].service_name if formats else session.target.rpartition("/")[2]
    seq, _, clock = log.newest()
    log.append([Event(kind, 0, service, version.text, facts)], after=seq, clock=clock)


def _make_view(session: Session) -> None:
    if session.link.ask(_HAS_VIEW) == [(1,)]:
        return
    facts = session.facts
    everywhere = f" ON CLUSTER {literal.name(facts.cluster)}" if facts.replicated else ""
    session.still_held()
    session.link.ask(ledger_views.create_seeds(everywhere, facts.database), query_id=session.query_id())
