"""Whether a statement may come upon nodes of the ledger or the lock at all. Pure; reads tokens, never a server.

It errs to one side: True costs a look at the ledger before and after the statement, False would cost the ledger. Ours
carry labels that no migration may name (statements.py) and have no relationships, so a pattern with a label of its own,
or at the end of a relationship, never finds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.neo4j.cypher_tokens import Token

_FINDS: Final = ("MATCH", "MERGE")
_CLAUSES: Final = frozenset(
    {"CALL", "CREATE", "DELETE", "DETACH", "FOREACH", "INSERT", "LOAD", "ON", "OPTIONAL", "REMOVE", "RETURN", "SET"}
    | {"UNION", "UNWIND", "USE", "USING", "WHERE", "WITH", "FINISH", "LIMIT", "OFFSET", "ORDER", "SKIP", "}"}
)
_OWN_FUNCTIONS: Final = frozenset(
    {"date", "datetime", "duration", "localdatetime", "localtime", "point", "time", "vector"}
)
_OPENS, _CLOSES = ("(", "[", "{"), (")", "]", "}")


def may_reach_ours(found: Sequence[Token]) -> bool:
    """Whether it may change what is schemactl's own: where nothing shows that it cannot."""
    patterns = _node_patterns(found)
    if patterns is None or _is_open(found):
        return True
    return any(not found[at - 1].says("-", ">") and not _is_bound(found, at) for at in patterns)


def _is_open(found: Sequence[Token]) -> bool:
    """Whether it has what no pattern bounds: a procedure or a function of others, a label that is worked out, a path
    of no length."""
    for at, token in enumerate(found):
        before, behind = found[at - 1] if at else None, found[at + 1] if at + 1 < len(found) else None
        if token.says("!", "$"):
            return True
        if token.says("CALL") and behind is not None and behind.sort in ("word", "name"):
            return True
        if before is None:
            continue
        if token.says("%") and before.says(":", "|", "&", "("):
            return True
        if token.says("*") and (before.says("[", ":", "-", ">", ")", "]") or _is_type(found, at)):
            return True
        if token.says("{") and before.says("-", ">"):
            return True
        if token.says("(") and _is_foreign(found, at):
            return True
    return False


def _is_foreign(found: Sequence[Token], opening: int) -> bool:
    """Whether a function is called here that is not Cypher's own: `apoc.cypher.runFirstColumnMany` finds any node."""
    at = opening - 1
    while at > 1 and found[at].sort in ("word", "name") and found[at - 1].says("."):
        at -= 2
    return at < opening - 1 and found[at].text.lower() not in _OWN_FUNCTIONS


def _is_type(found: Sequence[Token], at: int) -> bool:
    """Whether what stands before is the type or the variable of a relationship: `[:HAS*0..]`, `[r*]`."""
    return found[at - 1].sort in ("word", "name") and at > 1 and found[at - 2].says("[", ":", "|")


def _node_patterns(found: Sequence[Token]) -> list[int] | None:
    """Where the brackets of each MATCH and MERGE open; None for a WHERE within one, where other clauses can begin."""
    patterns: list[int] = []
    depth, begun = 0, -1
    for at, token in enumerate(found):
        before = found[at - 1] if at else None
        if begun >= 0 and depth > begun and token.says("WHERE"):
            return None
        is_named = before is not None and before.says(".", ":", ",", *_FINDS)  # a variable, label or property so called
        if token.says(*_FINDS) and not is_named:
            begun = depth
        elif depth <= begun and token.says(*_CLAUSES) and not is_named:
            begun = -1
        elif token.says("(") and begun >= 0:
            patterns.append(at)
        depth += token.says(*_OPENS) - token.says(*_CLOSES)
    return patterns


def _is_bound(found: Sequence[Token], opening: int) -> bool:
    """Whether the pattern that opens here has a label, or hangs on a relationship that follows it."""
    at = opening + 1
    at += at < len(found) and found[at].sort in ("word", "name")
    if at + 1 < len(found) and found[at].says(":") and found[at + 1].sort in ("word", "name"):
        return True
    depth = 0
    for at in range(opening, len(found)):
        depth += found[at].says("(") - found[at].says(")")
        if not depth:
            return at + 1 < len(found) and found[at + 1].says("-", "<")
    return False
