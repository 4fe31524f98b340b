"""What kind of statement a piece of Cypher is, and what no migration may hold. Pure; reads tokens, never a server.

source  Cypher manual, "Parsing", "CALL subqueries in transactions", "Indexes", "Constraints", "Query options"
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from schemactl.engines.neo4j import unlabelled
from schemactl.engines.neo4j.cypher_tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.neo4j.cypher_tokens import Token
    from schemactl.script.statement import Statement

Kind = Literal["schema", "batches", "data"]

INDEX_KINDS: Final = frozenset({"RANGE", "TEXT", "POINT", "FULLTEXT", "VECTOR", "LOOKUP", "BTREE"})
OUR_LABELS: Final = ("SchemaFormat", "SchemaLock", "SchemaSeed", "SchemaStep", "SchemaVersion")
OUR_CONSTRAINTS: Final = ("schema_format", "schema_lock", "schema_step", "schema_version")

_ADMIN: Final = frozenset({"DATABASE", "USER", "ROLE", "ALIAS", "SERVER", "COMPOSITE", "IMMUTABLE"})
_ADMIN_VERBS: Final = frozenset(
    {
        *("ALTER", "DEALLOCATE", "DENY", "DRYRUN", "ENABLE", "GRANT"),
        *("REALLOCATE", "RENAME", "REVOKE", "START", "STOP"),
    }
)
_CONTROL: Final = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})
_LOOKS: Final = frozenset({"SHOW", "TERMINATE"})
_PLANS: Final = frozenset({"EXPLAIN", "PROFILE"})
# Named in lower case. Those of GDS that write say so at their end.
_COMMITTING: Final = (
    *("apoc.periodic.", "apoc.cypher.run", "apoc.cypher.parallel", "apoc.cypher.mapparallel", "apoc.schema.assert"),
    *("apoc.import.", "apoc.nodes.delete", "apoc.refactor.rename.", "apoc.trigger.", "apoc.custom.", "apoc.uuid."),
)
_OPENS, _CLOSES = "([{", ")]}"


def body(found: Sequence[Token]) -> int:
    """Where a statement begins behind `CYPHER 5 runtime=slotted`: the position of its first token."""
    position = 0
    if not found or not found[0].says("CYPHER"):
        return 0
    position = 1
    if position < len(found) and found[position].sort == "value":
        position += 1
    while position + 2 < len(found) and found[position].sort == "word" and found[position + 1].says("="):
        position += 3
    return position


def kind(statement: Statement) -> Kind:
    """What has to share a transaction with nothing else: a change of the schema, or batches that commit themselves."""
    found = tokens(statement.text)
    if is_schema(found[body(found) :]):
        return "schema"
    return "batches" if has_batches(found) or commits(found) else "data"


def is_schema(found: Sequence[Token]) -> bool:
    """`CREATE` or `DROP` of an index or constraint; `CREATE index = (a)-->(b)` is a path."""
    if len(found) < 3 or not found[0].says("CREATE", "DROP"):
        return False
    what = 2 if found[1].says(*INDEX_KINDS) else 1
    if not found[what].says("INDEX", "CONSTRAINT") or what + 1 == len(found):
        return False
    return not found[what + 1].says("=")


def commits(found: Sequence[Token]) -> str:
    """The procedure that a statement calls and that commits by itself; "" for none.

    source  APOC manual, "Periodic execution", "Cypher execution", "Operations on indexes and constraints", "Import",
            "Graph refactoring", "Triggers", "Custom procedures"; GDS manual, "Write"
    """
    for at, token in enumerate(found):
        if not token.says("CALL"):
            continue
        path = itertools.takewhile(lambda one: one.sort in ("word", "name") or one.says("."), found[at + 1 :])
        name = "".join(one.text for one in path)
        lower = name.lower()
        if lower.startswith(_COMMITTING) or (lower.startswith("gds.") and lower.endswith(".write")):
            return name
    return ""


def has_batches(found: Sequence[Token]) -> bool:
    """`CALL { … } IN [n] [CONCURRENT] TRANSACTIONS`: behind the brace that closes a subquery, wherever it stands."""
    opened: list[int] = []
    for at, token in enumerate(found):
        if token.sort != "sign":
            continue
        if token.text in _OPENS:
            opened.append(at)
        elif token.text in _CLOSES and opened:
            begins = opened.pop()
            if token.text == "}" and _is_call(found, begins) and _says_transactions(found, at + 1):
                return True
    return False


def _is_call(found: Sequence[Token], brace: int) -> bool:
    """Whether the brace at this place opens a subquery: `CALL {` or `CALL (a, b) {`."""
    before = brace - 1
    if before >= 0 and found[before].says(")"):
        depth = 0
        while before >= 0:
            depth += found[before].says(")") - found[before].says("(")
            before -= 1
            if not depth:
                break
    return before >= 0 and found[before].says("CALL")


def _says_transactions(found: Sequence[Token], at: int) -> bool:
    if at >= len(found) or not found[at].says("IN"):
        return False
    at += 1
    while at < len(found) and (found[at].sort == "value" or found[at].says("$")):
        at += 1 + found[at].says("$")
    if at < len(found) and found[at].says("CONCURRENT"):
        at += 1
    return at < len(found) and found[at].says("TRANSACTIONS")


def has_outer_union(found: Sequence[Token]) -> bool:
    """Whether the statement is a UNION of several, so that what stands before it holds for the first alone."""
    depth = 0
    for token in found:
        depth += token.sort == "sign" and token.text in _OPENS
        depth -= token.sort == "sign" and token.text in _CLOSES
        if not depth and token.says("UNION"):
            return True
    return False


class Refusal(NamedTuple):
    """Why a migration must not hold a statement, what to do instead, and the error's kind."""

    what: str
    do: str
    kind: str


def refusal(statement: Statement) -> Refusal | None:
    """Why this statement cannot be part of a migration; None where it can."""
    found = tokens(statement.text)
    rest = found[body(found) :]
    if not rest:
        return Refusal("only options, and no statement behind them", "remove it", "statement")
    return (
        _first_word(rest) or _elsewhere(rest) or _ours(rest) or _unlabelled(rest) or _parameter(rest) or _batches(found)
    )


def _first_word(rest: Sequence[Token]) -> Refusal | None:
    first = str(rest[0]) if rest[0].sort == "word" else ""
    if first in _CONTROL:
        do = "remove it; where each statement must stand alone, say `// schemactl: transaction=none`"
        return Refusal(
            f"{first} in a migration: the tool opens and ends transactions itself", do, "transaction_control"
        )
    if _is_admin(rest):
        what = f"{first} of the server's own things (databases, users, rights) is no change to this database"
        return Refusal(what, "do it with an administrator's own tools, outside migrations", "server_control")
    if first in _LOOKS:
        return Refusal(f"{first} changes nothing that a migration is about", "remove it", "only_reads")
    if first in _PLANS:
        return Refusal(f"{first} shows a plan, and nobody sees it here", f"take {first} away", "only_reads")
    if first == "USING":
        what = "USING PERIODIC COMMIT is gone since Neo4j 5"
        return Refusal(what, "write CALL { … } IN TRANSACTIONS", "transaction_control")
    return None


def _is_admin(rest: Sequence[Token]) -> bool:
    if rest[0].says(*_ADMIN_VERBS):
        return True
    if not rest[0].says("CREATE", "DROP") or len(rest) < 3:
        return False
    if rest[1].says("OR"):
        return True
    return rest[1].says(*_ADMIN) and not rest[2].says("(", "=")


def _elsewhere(rest: Sequence[Token]) -> Refusal | None:
    """`USE`, first in the statement, in a subquery or in a branch of a UNION; and what hides a transaction from us."""
    for at, token in enumerate(rest):
        begins = at == 0 or rest[at - 1].says("{", "UNION", "ALL", "DISTINCT")
        if token.says("USE") and begins and at + 1 < len(rest) and rest[at + 1].sort in ("word", "name"):
            do = "make it a migration of that target"
            return Refusal("USE names another database: a target is one", do, "server_control")
        called = [one.text.lower() for one in rest[at + 1 : at + 4]]
        if token.says("CALL") and called == ["tx", ".", "setmetadata"]:
            what = "tx.setMetaData takes away the mark by which a takeover finds the transaction"
            return Refusal(what, "take it out", "server_control")
    return None


def _ours(rest: Sequence[Token]) -> Refusal | None:
    names = {token.text for token in rest if token.sort in ("word", "name")}
    labels = names.intersection(OUR_LABELS)
    drops = rest[0].says("DROP") and names.intersection(OUR_CONSTRAINTS)
    if not labels and not drops:
        return None
    name = min(labels or names.intersection(OUR_CONSTRAINTS))
    return Refusal(f"{name} is schemactl's own", "leave it alone: the ledger and the lock hang on it", "drops_ledger")


def _unlabelled(rest: Sequence[Token]) -> Refusal | None:
    name = unlabelled.changed(rest)
    if not name:
        return None
    do = f"give it a label, or add `{unlabelled.GUARD.format(name=name)}`"
    return Refusal(f"{name} has no label, so it may be a node of the ledger or the lock", do, "drops_ledger")


def _parameter(rest: Sequence[Token]) -> Refusal | None:
    for token, following in itertools.pairwise(rest):
        # Behind `$(` stands an expression that gives a label.
        if token.says("$") and following.sort in ("word", "name", "value") and token.end == following.at:
            what = f"the parameter ${following.text} has no value in a migration"
            return Refusal(what, "write the value itself", "parameter")
    return None


def _batches(found: Sequence[Token]) -> Refusal | None:
    if has_batches(found) and has_outer_union(found):
        what = "a UNION whose branches commit by themselves cannot be kept from running without the lock"
        return Refusal(what, "make a statement of each branch", "transaction_control")
    return None
