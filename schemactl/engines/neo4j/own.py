"""The tool's own nodes seen from outside: whether a migration has changed them, and how they are brought back.

A transaction that changed them is rolled back. What commits by itself cannot be: the ledger is held while it runs, and
where that did not help it is written anew as it was before.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.engines.neo4j import fence, plain, work
from schemactl.engines.neo4j.held import held
from schemactl.engines.neo4j.ledger_writes import of_job
from schemactl.errors import LockedError, SchemactlError
from schemactl.events import Warned
from schemactl.running.failure import RefusedError
from schemactl.running.owner import this_runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import neo4j

    from schemactl.contract.job import Job
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.timeouts import Timeouts
    from schemactl.engines.neo4j.watch import Held
    from schemactl.events import Listener
    from schemactl.running.hands import Before

# Of the lock no values, and not what a takeover adds: both are written by others meanwhile.
_READ: Final = (
    "RETURN COLLECT { MATCH (n:SchemaFormat|SchemaVersion|SchemaStep|SchemaSeed)"
    " RETURN [elementId(n), labels(n), properties(n), COUNT { (n)--() }] }"
    " + COLLECT { MATCH (l:SchemaLock) RETURN [elementId(l), labels(l), [l.name, [k IN keys(l) WHERE k <> 'follows']],"
    " COUNT { (l)--() }] } AS ours"
)
_LABELS: Final = ("SchemaFormat", "SchemaVersion", "SchemaStep", "SchemaSeed")
_CLEAR: Final = (
    "MATCH (n:SchemaFormat|SchemaVersion|SchemaStep|SchemaSeed) DETACH DELETE n",
    "MATCH (:SchemaLock)-[r]-() DELETE r",
    "MATCH (l:SchemaLock) WHERE NOT coalesce(l.name IN ['fence', 'lease'], false) DELETE l",
)
_OTHERS: Final = (
    "MATCH (v:SchemaVersion) WHERE NOT coalesce(v.service_name = $service AND v.version_key = $key, false)"
    " RETURN v.version_key AS key, v.applied_at AS at, v.state AS state, keys(v) AS names"
)
_ANEW: Final = "the ledger was written anew as it was before; the rest of what it did is committed"
_ENDED: Final = "it was ended before it changed them: the ledger is as it was; what it committed until then is there"
REMEDY: Final = "give its patterns labels, or add `WHERE none(l IN labels(n) WHERE l STARTS WITH 'Schema')`"


class Own(NamedTuple):
    """Nodes of ledger and lock, in order: id, labels, properties (of the lock their names), number of relationships."""

    nodes: list[list[Any]]

    def of(self, label: str) -> list[Any]:
        return [facts for _, labels, facts, _ in self.nodes if label in labels]


def within(tx: neo4j.Transaction) -> Own:
    """As an open transaction sees them."""
    return _own(tx.run(_READ).single(strict=True)["ours"])


@contextmanager
def kept(session: Session, limits: Timeouts, reached: Callable[[str], Exception], emit: Listener) -> Iterator[Held]:
    """Whatever the body commits, the ledger is afterwards as it was before.

    reached  the error to raise, of what is true now
    raises   that, where the body came upon the ledger or changed it; where the body stops for another reason after it
             changed it, this warns instead, unless it cannot be brought back. A lease that is lost stays the error:
             what differs may be the work of whoever has it now
    """
    before = _committed(session)
    holding: Held | None = None
    try:
        with held(session, limits) as holding:
            yield holding
    except Exception as error:
        left = _after(session, before, limits)
        met = holding is not None and holding.was_met
        if met or not (left.is_whole or isinstance(error, LockedError)):
            raise reached(left.told or _ENDED) from error
        if left.told:
            emit(Warned(session.target, f"{reached(left.told)}; {left.told}" if left.is_whole else left.told))
        raise
    left = _after(session, before, limits)
    if left.told or holding.was_met:
        raise reached(left.told or _ENDED)


class _Left(NamedTuple):
    """The ledger after what commits by itself. told  in words; "" where it is as before, or nobody can see it"""

    told: str = ""
    is_whole: bool = True


def _after(session: Session, before: Own, limits: Timeouts) -> _Left:
    """Bring the ledger back where it is another."""
    try:
        now = _committed(session)
    except SchemactlError:
        return _Left()  # where the server is gone: that is told already
    if now == before:
        return _Left()
    try:
        _bring_back(session, before, now, limits)
    except (RefusedError, SchemactlError) as error:
        versions = sorted(before.of("SchemaVersion"), key=lambda facts: int(facts.get("version_id") or 0))
        entries = ", ".join(f"{facts.get('version')} {facts.get('state')}" for facts in versions) or "none"
        what = "the ledger is not as it was before, and could not be written anew"
        return _Left(f"{what} ({error}); the entries that it had: {entries}", is_whole=False)
    return _Left(_ANEW)


def noted(session: Session, job: Job) -> Before:
    """What to note before something is sent that commits by itself: `ledger` → entries beside its own, their hash."""
    return {"ledger": list(_others(session, job))}


def changed_since(session: Session, job: Job, before: Before) -> str:
    """What has become of the ledger's other entries since then, in words; "" where nothing has."""
    if "ledger" not in before:
        return ""
    was, now = tuple(before["ledger"]), _others(session, job)
    if was == now:
        return ""
    return f"of the ledger's other entries {now[0]} are there, and {was[0]} were before it, or they differ from then"


def _others(session: Session, job: Job) -> tuple[int, str]:
    rows = session.read(_OTHERS, "looking at the ledger", **of_job(job))
    facts = sorted([str(row["key"]), str(row["at"]), str(row["state"]), sorted(row["names"])] for row in rows)
    return len(facts), hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _committed(session: Session) -> Own:
    """As anybody sees them."""
    return _own(session.read(_READ, "looking at the ledger")[0]["ours"])


def _bring_back(session: Session, before: Own, now: Own, limits: Timeouts) -> None:
    """Write the ledger as it was."""
    if {name for name, _ in now.of("SchemaLock")} != {"fence", "lease"}:
        # Only where nobody else has made them since, and taken the lock.
        lease_ms = round(session.opening.lease_s * 1000)
        session.read(fence.AGAIN, "looking at the lock", token=session.token, owner=this_runner(), lease=lease_ms)
    with work.transaction(session, limits, stoppable=False) as open_work:
        for text in [*_CLEAR, *_stripping(before, now)]:
            open_work.tx.run(text).consume()
        for label in _LABELS:
            # By label alone: an id that was noted may be that of another node by now.
            values = {"all": before.of(label)}
            open_work.tx.run(f"UNWIND $all AS facts CREATE (n:{label}) SET n = facts", values).consume()


def _stripping(before: Own, now: Own) -> list[str]:
    """The statements that take from the nodes of the lock what was not on them: others may be waiting for these nodes,
    so they are not made anew."""
    labels = {label for _, found, _, _ in now.nodes for label in found}.difference(plain.LABELS)
    keys = {name: set(names) for name, names in before.of("SchemaLock")}
    texts = [plain.without(sorted(labels))] if labels else []
    for name, names in now.of("SchemaLock"):
        # Of one that is there again since, or is none of ours, nothing is known.
        foreign = [f"l.{plain.quoted(key)}" for key in names if key not in keys.get(name, names)]
        texts += [f"MATCH (l:SchemaLock {{name: '{name}'}}) REMOVE {', '.join(foreign)}"] if foreign else []
    return texts


def _own(nodes: list[list[Any]]) -> Own:
    for node in nodes:
        if isinstance(node[2], list):
            node[2][1].sort()
    return Own(sorted(nodes, key=lambda node: str(node[0])))
