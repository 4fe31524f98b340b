"""Where an inspection looks: each server of the target's cluster that answers; and what its refusals mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import literal, replicas
from schemactl.engines.clickhouse.failure import TIMEOUT, ServerError, from_server
from schemactl.engines.clickhouse.listing import listed

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.failure import ServerFailure
    from schemactl.engines.clickhouse.link import Link, Row
    from schemactl.running.inspecting import Look

HERE: Final = "database = currentDatabase()"
NO_KEEPER: Final = frozenset({225, 242, 999})
"""NO_ZOOKEEPER, TABLE_IS_READ_ONLY, KEEPER_EXCEPTION: it was lost in between."""

_RIGHTS: Final = frozenset({164, 291, 497})
_CUT_SHORT: Final = frozenset({158, TIMEOUT, 160, 202, 241, 307, 394, 396})
"""Too long, too much, too many at once, or ended by somebody: nothing is said of what was looked at."""
_TAIL: Final = re.compile(r",? ?Stack trace.*$|\s*\(version [^)]*\).*$", re.DOTALL)


def places(session: Session, look: Look) -> dict[str, Link]:
    """A link to each server that answers, by name; "" for the only one. One that does not answer was not looked at."""
    found = replicas.answering(session)
    for name in absent(session, found):
        look.unread(f"server {name}", "it does not answer", "bring it back, or correct it in the cluster's definition")
    return found


def sees_less(session: Session) -> str:
    """Why this user may not be shown all that is there, "" where it is: newer servers list what a user may read."""
    sql = f"CHECK GRANT SELECT ON {literal.name(session.facts.database)}.*"
    try:
        rows = session.link.ask(sql)
    except ServerError as error:
        # Servers that do not know the statement (before 24.11) tell nobody; 18.16 shows every user all of a database.
        if error.failure.gone:
            raise
        return ""
    return "" if rows and rows[0][0] else "this user may not read all of the database, so not all of it is shown to it"


def absent(session: Session, found: dict[str, Link]) -> list[str]:
    """The servers of the cluster that are not among those that were found."""
    if "" in found:
        return []
    return [name for one in session.facts.replicas if (name := replicas.name_of(one)) not in found]


def at(where: str) -> str:
    """The end of an object's name."""
    return f" on {where}" if where else ""


def ask(link: Link, sql: str, look: Look, about: str) -> list[Row]:
    """The rows of a question to the system tables; where this user may not ask, `about` was not looked at."""
    try:
        return listed(link, sql)
    except ServerError as error:
        if not unread(error.failure, look, about):
            raise
        return []


def says_nothing(failure: ServerFailure) -> bool:
    """Whether the server refused for a reason of its own, and not for what it came upon."""
    return failure.code in _RIGHTS or failure.code in _CUT_SHORT


def unread(failure: ServerFailure, look: Look, about: str, limit_s: float = 0.0) -> bool:
    """Whether the refusal says nothing of the object; then it is noted as not looked at."""
    if not says_nothing(failure):
        return False
    if failure.code in _RIGHTS:
        look.unread(about, failure.sentence(), "give this user the right to read it")
    elif failure.code == TIMEOUT:
        what = f"it was not done within {limit_s:g} s" if limit_s else failure.sentence()
        look.unread(about, what, "raise `statement_timeout`")
    else:
        look.unread(about, failure.sentence(), "verify again when the server has less to do")
    return True


def said(words: object) -> str:
    """What a system table quotes of an error: without code, stack and version."""
    return from_server(0, _TAIL.sub("", str(words))).message
