"""What a PostgreSQL statement is, as far as running it goes: can a transaction hold it, does it upset a session.

Source: PostgreSQL 18 manual, SQL Commands ("cannot be executed inside a transaction block"), and the callers of
PreventInTransactionBlock in the server.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemactl.script.statement import Statement

_TRANSACTION_WORDS = {"BEGIN", "COMMIT", "ROLLBACK", "ABORT", "END", "SAVEPOINT", "RELEASE", "START"}
_SESSION_WORDS = {"SET", "RESET", "DISCARD", "LOAD", "DO", "CALL", "PREPARE", "DECLARE", "LISTEN", "SELECT", "WITH"}


def controls_transaction(statement: Statement) -> bool:
    """BEGIN, COMMIT and their like: the tool's own work."""
    words = statement.words
    if words[0] == "PREPARE":
        return words[1:2] == ("TRANSACTION",)
    if words[0] == "SET":
        return words[1:2] == ("TRANSACTION",)
    return words[0] in _TRANSACTION_WORDS


def drops_lock(statement: Statement) -> bool:
    """Statements that would let go of the session's advisory locks, ours among them."""
    return statement.words[:2] == ("DISCARD", "ALL") or "pg_advisory_unlock_all" in statement.normal.lower()


def unsettles(statement: Statement) -> bool:
    """Whether the session may be another one afterwards: settings, role, temporary tables, cursors."""
    words = statement.words
    if words[0] in ("SELECT", "WITH"):
        # A plain query changes nothing; set_config, or a function that calls it, may: only the name can be seen.
        return "(" in statement.normal
    if words[0] == "CREATE" and words[1:2] in (("TEMP",), ("TEMPORARY",), ("LOCAL",), ("GLOBAL",)):
        return True
    return words[0] in _SESSION_WORDS


def stands_alone(statement: Statement) -> str:
    """Why no transaction can hold this statement; "" where one can."""
    words = statement.words
    rule = _ALONE.get(words[0])
    return rule(words) if rule is not None else ""


def adds_enum_value(statement: Statement) -> str:
    """The enum's name where the statement is ALTER TYPE … ADD VALUE, else ""."""
    words = statement.words
    if words[:2] != ("ALTER", "TYPE") or ("ADD", "VALUE") not in pairwise(words):
        return ""
    return "".join(words[2 : words.index("ADD")])


def creates_type(statement: Statement) -> str:
    """The name where the statement is CREATE TYPE, else ""."""
    words = statement.words
    if words[:2] != ("CREATE", "TYPE") or "AS" not in words:
        return ""
    return "".join(words[2 : words.index("AS")])


def _concurrently(words: tuple[str, ...]) -> bool:
    return "CONCURRENTLY" in words


def _create(words: tuple[str, ...]) -> str:
    what = words[2:3] if words[1:2] == ("UNIQUE",) else words[1:2]
    if what == ("INDEX",) and "CONCURRENTLY" in words[2:4]:
        return "CREATE INDEX CONCURRENTLY"
    if what in (("DATABASE",), ("TABLESPACE",), ("SUBSCRIPTION",)):
        return f"CREATE {what[0]}"
    return ""


def _drop(words: tuple[str, ...]) -> str:
    if words[1:3] == ("INDEX", "CONCURRENTLY"):
        return "DROP INDEX CONCURRENTLY"
    return f"DROP {words[1]}" if words[1:2] in (("DATABASE",), ("TABLESPACE",), ("SUBSCRIPTION",)) else ""


def _alter(words: tuple[str, ...]) -> str:
    if words[1:2] == ("SYSTEM",):
        return "ALTER SYSTEM"
    if words[1:2] == ("DATABASE",) and "TABLESPACE" in words:
        return "ALTER DATABASE … SET TABLESPACE"
    if words[1:2] == ("TABLE",) and "DETACH" in words and ({"CONCURRENTLY", "FINALIZE"} & set(words)):
        return "DETACH PARTITION CONCURRENTLY" if _concurrently(words) else ""
    if words[1:2] == ("SUBSCRIPTION",) and {"REFRESH", "ADD", "DROP", "PUBLICATION"} & set(words):
        return "ALTER SUBSCRIPTION"
    return ""


def _reindex(words: tuple[str, ...]) -> str:
    if _concurrently(words):
        return "REINDEX CONCURRENTLY"
    # A partitioned table or index is reindexed part by part, each in a transaction; from here it cannot be told apart.
    return "REINDEX"


def _cluster(words: tuple[str, ...]) -> str:
    rest = tuple(word for word in words[1:] if word not in ("VERBOSE", "(", ")"))
    return "" if rest else "CLUSTER of all tables"


_ALONE = {
    "CREATE": _create,
    "DROP": _drop,
    "ALTER": _alter,
    "REINDEX": _reindex,
    "VACUUM": lambda words: "VACUUM",
    "CLUSTER": _cluster,
}
