"""A seed's record on ClickHouse: an event `seed` of the ledger's log, and a view over them (docs/formats.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.clickhouse import ledger_views, literal
from schemactl.engines.clickhouse.ledger_events import Event, Log
from schemactl.model.seed import SeedRecord
from schemactl.model.version import Version

if TYPE_CHECKING:
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
    log = Log(session)
    _make_view(session)
    formats = log.events("kind = 'format'") or []
    service = formats[0].service_name if formats else session.target.rpartition("/")[2]
    facts = {name: value for name, value in record._asdict().items() if name not in _KEPT}
    seq, _, clock = log.newest()
    log.append([Event("seed", 0, service, record.version.text, facts)], after=seq, clock=clock)


def _make_view(session: Session) -> None:
    if session.link.ask(_HAS_VIEW) == [(1,)]:
        return
    facts = session.facts
    everywhere = f" ON CLUSTER {literal.name(facts.cluster)}" if facts.replicated else ""
    session.still_held()
    session.link.ask(ledger_views.create_seeds(everywhere, facts.database), query_id=session.query_id())
