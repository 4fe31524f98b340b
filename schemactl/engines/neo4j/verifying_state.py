"""What the server says of its indexes and constraints: those that are not ONLINE hold nothing.

source  Neo4j manual, "SHOW INDEXES", "Index states"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemactl.engines.neo4j.catalog import CONSTRAINTS, INDEXES
from schemactl.engines.neo4j.failure import from_exception, is_driver_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemactl.engines.neo4j.connection import Session
    from schemactl.running.inspecting import Look

_CUT_SHORT: Final = frozenset({"statement_timeout", "out_of_memory", "limit", "terminated"})
_REMEDIES: Final = {
    "insufficient_privilege": "give this user the right to read it",
    "statement_timeout": "raise `statement_timeout`",
    "out_of_memory": "raise dbms.memory.transaction.total.max",
}


def rows(session: Session, text: str, **values: Any) -> list[dict[str, Any]]:
    """The rows of one statement, in a session in which the server takes no write, within the statement time limit.

    raises  what the driver raises
    """
    import neo4j

    limit_ms = session.opening.statement_timeout_ms
    query = neo4j.Query(text, metadata=session.metadata(), timeout=limit_ms / 1000 if limit_ms else None)
    with session.reading_session() as opened:
        return opened.run(query, values).data()


def refused(error: BaseException, session: Session, look: Look, about: str) -> bool:
    """Whether the refusal says nothing of the object; then it is noted as not looked at."""
    if not is_driver_error(error):
        return False
    failure = from_exception(error)
    if failure.kind not in _CUT_SHORT and failure.kind != "insufficient_privilege":
        return False
    limit_ms = session.opening.statement_timeout_ms
    is_late = failure.kind == "statement_timeout" and limit_ms
    what = f"it was not done within {limit_ms / 1000:g} s" if is_late else failure.unquoted()
    look.unread(about, what, _REMEDIES.get(failure.kind, "verify again"))
    return True


def listed(session: Session, text: str, look: Look, about: str) -> list[dict[str, Any]]:
    """Indexes or constraints; where this user may not see them, they were not looked at."""
    try:
        return rows(session, text)
    except Exception as error:
        if not refused(error, session, look, about):
            raise
        return []


def indexes(session: Session, look: Look) -> None:
    found = listed(session, INDEXES, look, "indexes")
    look.examined += len(found)
    for row in in_order(found):
        if row["state"] == "FAILED":
            look.flaw(
                f"index {row['name']}",
                f"it is FAILED, and no query uses it: {reason(row)}",
                f"mend what it cannot hold, then drop it (DROP INDEX {quoted(row['name'])}) and make it anew",
            )
        elif row["state"] != "ONLINE":
            look.flaw(
                f"index {row['name']}",
                f"it is still being built: {row['populationPercent']:.0f} %",
                f"CALL db.awaitIndex({row['name']!r}), then verify again",
            )


def constraints(session: Session, look: Look) -> None:
    found = listed(session, CONSTRAINTS, look, "constraints")
    if not found:
        return
    by_name = {row["name"]: row for row in listed(session, INDEXES, look, "indexes")}
    look.examined += len(found)
    for row in in_order(found):
        if not row["ownedIndex"]:
            continue  # one of existence or of type has none
        index = by_name.get(row["ownedIndex"])
        if index is None or index["state"] != "ONLINE":
            state = f"is {index['state']}: {reason(index)}" if index is not None else "is not there"
            look.flaw(
                f"constraint {row['name']}",
                f"nothing holds it: its index {row['ownedIndex']} {state}",
                f"mend the data, then drop it (DROP CONSTRAINT {quoted(row['name'])}) and make it anew",
            )


def reason(row: Mapping[str, Any]) -> str:
    """Why an index failed: the first line of what it says, without the name of a Java class."""
    line = str(row["failureMessage"] or "").strip().split("\n")[0]
    return line.partition("Exception: ")[2] or line or "the server says no more"


def in_order(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda row: str(row["name"]))


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
