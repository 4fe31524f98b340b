"""What a PostgreSQL statement is, as far as running it goes: can a transaction hold it, does it upset a session.

Source: PostgreSQL 18 manual, SQL Commands ("cannot be executed inside a transaction block"), and the callers of
PreventInTransactionBlock in the server.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from schemactl.engines.postgres.tokens import code, tokens

if TYPE_CHECKING:
    from schemactl.script.statement import Statement

_TRANSACTION_WORDS = {"BEGIN", "COMMIT", "ROLLBACK", "ABORT", "END", "SAVEPOINT", "RELEASE", "START"}
_DDL = {"CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "TRUNCATE", "ANALYZE", "REINDEX", "REFRESH", "LOCK"}
_DML = {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"}
_TEMPORARY = re.compile(r"\b(?:temp|temporary|pg_temp|set_config)\b", re.IGNORECASE)
# The list of columns behind the table's name; whatever stands elsewhere before a parenthesis is called.
_INSERTED = re.compile(
    r'^insert into (?:[\w$.]|"(?:[^"]|"")*")++ ?(?:as (?:[\w$]++|"(?:[^"]|"")*") ?)?\([^()]*\)', re.IGNORECASE
)
# From the start of a word and without giving letters back: a long literal is one word, and is read once.
_CALLED = re.compile(r'("|(?<![\w$])[\w$]++) ?\(')
# What stands before a parenthesis without being a function that could set anything.
_HARMLESS = frozenset(
    """
    values in exists any all as and or not using over select from where on coalesce count sum min max avg now lower
    upper nullif greatest least cast numeric decimal varchar char array row conflict interval timestamp unnest
    generate_series repeat extract md5 gen_random_uuid substring length trim date_trunc round floor to_jsonb
    jsonb_build_object jsonb_build_array concat returning union when then else clock_timestamp
    """.split()  # noqa: SIM905 - forty words read better as words
)
_INDEX_IF_NOT_EXISTS = re.compile(r'create (?:unique )?index if not exists ((?:"(?:[^"]|"")+"|[\w$]+))', re.IGNORECASE)
_TO_STDOUT = re.compile(r"\bto stdout\b", re.IGNORECASE)
_UTF8 = re.compile(r"utf-?8|unicode", re.IGNORECASE)


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
    if statement.words[:2] == ("DISCARD", "ALL"):
        return True
    if "pg_advisory_unlock_all" not in statement.normal.lower():
        return False
    found = tokens(statement.normal)
    if statement.words[0] == "DO":
        # The body of a DO is a string, and runs.
        found = [inner for token in found for inner in code(token)]
    return any(token.strip('"').lower() == "pg_advisory_unlock_all" for token in found)


def unsettles(statement: Statement) -> bool:
    """Whether the session may be another one afterwards: settings, role, temporary tables, cursors.

    Where the text cannot tell, yes: putting the session back costs little, a setting that reaches the next migration
    much. What runs unnamed, a trigger or a function within a DDL statement, is for `fires`.
    """
    words, text = statement.words, statement.normal
    if _TEMPORARY.search(text):
        return True
    if words[0] in _DDL:
        return False
    if words[0] in _DML:
        return any(name.lower() not in _HARMLESS for name in _CALLED.findall(_INSERTED.sub("", text)))
    return True


def fires(statement: Statement) -> bool:
    """Whether triggers, rules or event triggers, where the database has any, may run with this statement."""
    return statement.words[0] in _DML or statement.words[0] in _DDL


def arms(statement: Statement) -> bool:
    """Whether there may be triggers, rules or event triggers from this statement on."""
    return statement.words[0] == "CREATE" and bool({"TRIGGER", "RULE"} & set(statement.words[1:5]))


def index_if_not_exists(statement: Statement) -> str:
    """The name where the statement is CREATE INDEX IF NOT EXISTS, in a transaction; else ""."""
    found = _INDEX_IF_NOT_EXISTS.match(statement.normal)
    return found.group(1) if found else ""


def copies_to_client(statement: Statement) -> bool:
    """COPY … TO STDOUT: rows for somebody who does not read them."""
    return statement.words[0] == "COPY" and _TO_STDOUT.search(statement.normal) is not None


def changes_encoding(statement: Statement) -> bool:
    """SET client_encoding or SET NAMES to anything but UTF8, in which everything is sent."""
    if statement.words[0] != "SET" or not {"CLIENT_ENCODING", "NAMES"} & set(statement.words[1:3]):
        return False
    return _UTF8.search(statement.normal) is None


def stands_alone(statement: Statement) -> str:
    """Why no transaction can hold this statement; "" where one can."""
    words = statement.words
    rule = _ALONE.get(words[0])
    return rule(words) if rule is not None else ""


def refuses_or_ends(statement: Statement) -> str:
    """Why a transaction may not hold this statement, which its text alone does not tell; "" where one can.

    source  the manual's pages of CALL, DO, CLUSTER (of a partitioned table) and ALTER SUBSCRIPTION (its SET options)
    """
    words = statement.words
    if words[0] in ("CALL", "DO"):
        return f"{words[0]} may commit"
    if words[0] == "CLUSTER" or words[:2] == ("ALTER", "SUBSCRIPTION"):
        return f"{' '.join(words[:2]) if words[0] == 'ALTER' else words[0]} may refuse a transaction"
    return ""


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
    off = any(word == "CONCURRENTLY" and value in ("FALSE", "OFF", "0") for word, value in pairwise(words))
    if _concurrently(words) and not off:
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
