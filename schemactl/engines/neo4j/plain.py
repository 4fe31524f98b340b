"""The tool's own nodes carry the tool's own label and no other: a statement that names another label never finds them.

Whoever labels every node of a database labels ours too, and a later migration by that label would find them unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.neo4j import fence
from schemactl.events import Listener, Warned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.neo4j.connection import Session

LABELS: Final = ("SchemaFormat", "SchemaLock", "SchemaStep", "SchemaVersion")
_ALL: Final = f"MATCH (n:{'|'.join(LABELS)})"
_FOREIGN: Final = (
    f"{_ALL} WHERE size(labels(n)) > 1 UNWIND labels(n) AS label WITH DISTINCT label WHERE NOT label IN $ours"
    " RETURN label ORDER BY label"
)


def restore(session: Session, emit: Listener) -> None:
    """Take labels of others away from our nodes, and say so; under the lease.

    raises  LockedError, ConnectError, StatementError
    """
    foreign = [row["label"] for row in session.read(_FOREIGN, "looking at the ledger", ours=LABELS)]
    if not foreign:
        return
    try:
        with session.session() as opened, opened.begin_transaction(metadata=session.metadata()) as tx:
            fence.guard(tx, session.token, session.opening)
            tx.run(without(foreign)).consume()
            tx.commit()
    except Exception as error:
        raise session.trouble(error, "taking labels away from the ledger's nodes") from error
    names = ", ".join(foreign)
    emit(Warned(session.target, f"nodes of the ledger or the lock were labelled {names} by somebody: taken away again"))


def without(labels: Sequence[str]) -> str:
    """The statement that takes these labels away from our nodes."""
    return f"{_ALL} REMOVE n{''.join(f':{quoted(label)}' for label in labels)}"


def quoted(name: str) -> str:
    """A name as Cypher reads it, whatever stands in it."""
    return "`" + name.replace("`", "``") + "`"
