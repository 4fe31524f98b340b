"""The tool's own nodes carry the tool's own label and no other: a statement that names another label never finds them.

Whoever labels every node of a database labels ours too, and a later migration by that label would find them unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.neo4j import work
from schemactl.engines.neo4j.timeouts import Timeouts
from schemactl.errors import RunInterruptedError, SchemactlError, StatementError
from schemactl.events import Listener, Warned
from schemactl.running.failure import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.neo4j.connection import Session

LABELS: Final = ("SchemaFormat", "SchemaLock", "SchemaSeed", "SchemaStep", "SchemaVersion")
_ALL: Final = f"MATCH (n:{'|'.join(LABELS)})"
_FOREIGN: Final = (
    f"{_ALL} WHERE size(labels(n)) > 1 UNWIND labels(n) AS label WITH DISTINCT label WHERE NOT label IN $ours"
    " RETURN label ORDER BY label"
)


def restore(session: Session, emit: Listener) -> None:
    """Take labels of others away from our nodes, and say so; under the lease.

    raises  LockedError, ConnectError, StatementError; RunInterruptedError where it waits for them and is to stop
    """
    foreign = [row["label"] for row in session.read(_FOREIGN, "looking at the ledger", ours=LABELS)]
    if not foreign:
        return
    limits = Timeouts(session.opening.patience.lock_timeout_ms, session.opening.statement_timeout_ms)
    try:
        with work.transaction(session, limits) as open_work:
            open_work.tx.run(without(foreign)).consume()
    except RefusedError as refused:
        raise _refused(session, refused) from refused
    names = ", ".join(foreign)
    emit(Warned(session.target, f"nodes of the ledger or the lock were labelled {names} by somebody: taken away again"))


def _refused(session: Session, refused: RefusedError) -> SchemactlError:
    if refused.stopped:
        return RunInterruptedError(
            "stopped while the ledger's nodes were put in order",
            now="nothing was changed",
            do="run the command again",
            target=session.target,
        )
    failure = refused.failure
    return StatementError(
        f"labels of others could not be taken away from the ledger's nodes: {failure.sentence()}",
        at=session.opening.shown,
        now="nothing was changed",
        do="end the transaction that has changed nodes of the ledger, then run the command again",
        kind=failure.kind,
        target=session.target,
    )


def without(labels: Sequence[str]) -> str:
    """The statement that takes these labels away from our nodes."""
    return f"{_ALL} REMOVE n{''.join(f':{quoted(label)}' for label in labels)}"


def quoted(name: str) -> str:
    """A name as Cypher reads it, whatever stands in it."""
    return "`" + name.replace("`", "``") + "`"
