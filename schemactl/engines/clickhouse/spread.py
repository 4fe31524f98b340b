"""A statement that some servers of a cluster have carried out and others have not: waited for, then finished.

What the cluster was told it goes on with: as long as a task about the object is unanswered, nothing is to be judged.
Afterwards the statement is sent to each server that lacks it, by itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse import distributed, on_cluster, replicas
from schemactl.engines.clickhouse.failure import STOPPED, TIMEOUT, ServerError, ServerFailure
from schemactl.engines.clickhouse.probes.objects import INNER
from schemactl.engines.clickhouse.probes.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.contract.job import PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

_WAITS_S: Final = 60.0
_PAUSE_S: Final = 0.1
_STORED: Final = ("TABLE", "MATERIALIZED VIEW")


def at_work(session: Session, found: Known) -> Finding | None:
    """What there is to say while the cluster is still at work on one of the objects; None where it is not."""
    tasks = _tasks(session, found)
    if not tasks:
        return None
    evidence = f"the cluster is at work on {tasks[0]}: {', '.join(tasks[0].missing)} did not answer yet"
    query = f"SELECT name, value FROM system.zookeeper WHERE path = '{tasks[0].path}/finished'"
    return Finding(verdict="half", evidence=evidence, query=query)


def finish(
    session: Session,
    planned: PlannedStatement,
    found: Known,
    look: Callable[[], dict[str, Finding]],
    own: Callable[[], dict[str, Finding]],
) -> list[str]:
    """Bring every server to where the first ones are; what was done, in sentences.

    look    what each server says of the statement now, by its name
    own     the same without those that are `alike`: who says done carried it out
    raises  ServerError: a server's refusal, or TIMEOUT where one does not come to an end
    """
    if not on_cluster.is_everywhere(found, session.facts):
        return []
    for task in _tasks(session, found):
        try:
            distributed.finish(session, task.path, lambda _: None, timeout_s=_WAITS_S)
        except ServerError as error:
            # A server that refused has answered; what it lacks is seen below.
            if error.failure.code in (STOPPED, TIMEOUT) or error.failure.gone:
                raise
    lacking = _lacking(look())
    if not lacking:
        return []
    if _follows_by_itself(session, found):
        _await(session, found, look)
        return [f"waited until {', '.join(lacking)} had it too"]
    links = replicas.links(session)
    text = _text(session, planned, found, own)
    for where in lacking:
        session.still_held()
        try:
            links[where].ask(text, query_id=session.query_id())
        except ServerError as error:
            raise _refused(error, where, found) from error
    return [f"sent to {', '.join(lacking)} again"]


def alike(
    found: Known, places: dict[str, Site], findings: dict[str, Finding], noted: Callable[[str], Before]
) -> list[str]:
    """The servers where the statement had nothing to do, and that are where it brought the others.

    One that never had what is dropped, or had or was given what is made, by the same CREATE statement: sent to it
    again, the statement would be refused for ever. What is replaced was there before, and says nothing.
    """
    if found.kind not in ("create", "drop") or not found.names or found.replaces:
        return []
    done = [where for where, finding in findings.items() if finding.verdict == "done"]
    if not done or len(done) == len(places):
        return []
    others = [where for where, finding in findings.items() if finding.verdict == "not done"]
    if found.what == "DATABASE":
        is_there = {where: str(places[where].has_database(found.name.table)) for where in places}
    elif found.what == "FUNCTION":
        return []
    else:
        things = {where: site.thing(found.name) for where, site in places.items()}
        is_there = {where: thing.mark if thing is not None else "" for where, thing in things.items()}
    if found.kind == "drop":
        others = [where for where in others if not noted(where).get("exists")]
    return [where for where in others if is_there[where] == is_there[done[0]]]


def _refused(error: ServerError, where: str, found: Known) -> ServerError:
    """Of one server, with its name: what stands in the way there is for a person to see to."""
    do = f"see to {found.name} on {where}, or take away what the others have of it; then run `schemactl recover`"
    return ServerError(error.failure._replace(message=f"on {where}: {error.failure.message}", way_out=do))


def _text(session: Session, planned: PlannedStatement, found: Known, own: Callable[[], dict[str, Finding]]) -> str:
    """What a server that lacks it is sent. A table is made with the UUID that it has elsewhere.

    A replica's place in the Keeper has the table's UUID by default: with another one it would replicate nothing. A
    server that had a table alike before has it with a UUID of its own, which is not that of the cluster's.
    """
    if found.kind != "create" or found.what not in _STORED or not session.facts.has_uuid:
        return on_cluster.plain(planned.statement)
    where = next(where for where, finding in own().items() if finding.verdict == "done")
    site = Site(replicas.links(session)[where], session.facts)
    thing = site.thing(found.name)
    uuid = thing.uuid if thing is not None else ""
    inner = site.thing(found.name._replace(table=f"{INNER}{uuid}")) if uuid else None
    return on_cluster.plain(planned.statement, uuid=uuid, inner_uuid=inner.uuid if inner is not None else "")


def _tasks(session: Session, found: Known) -> list[distributed.Task]:
    if not on_cluster.is_everywhere(found, session.facts):
        return []
    about = {(name.database or session.facts.database, name.table) for name in found.names}
    return [
        task for task in distributed.unfinished(session) if any(distributed.names(task.query, *one) for one in about)
    ]


def _lacking(findings: dict[str, Finding]) -> list[str]:
    """The servers without it, where others have it."""
    if not any(finding.verdict == "done" for finding in findings.values()):
        return []
    return [where for where, finding in findings.items() if finding.verdict == "not done"]


def _follows_by_itself(session: Session, found: Known) -> bool:
    """A replicated table's change reaches its other replicas without being told."""
    if found.kind not in ("alter", "mutation", "partition") or on_cluster.is_local(found, session.facts):
        return False
    thing = Site(session.link, session.facts).thing(found.name)
    return thing is not None and thing.engine.startswith("Replicated")


def _await(session: Session, found: Known, look: Callable[[], dict[str, Finding]]) -> None:
    until = time.monotonic() + _WAITS_S
    while lacking := _lacking(look()):
        if time.monotonic() > until:
            what = f"{', '.join(lacking)} did not follow the change of {found.name} within {_WAITS_S:g} s"
            raise ServerError(ServerFailure(TIMEOUT, what))
        if session.opening.stop.event.wait(_PAUSE_S):
            raise ServerError(ServerFailure(STOPPED, f"no longer waited for {', '.join(lacking)}"))
