"""Whether a statement may come upon nodes of the ledger or the lock at all. Pure; reads tokens, never a server.

It errs to one side: True costs a look at the ledger before and after the statement, False would cost the ledger. Ours
carry labels that no migration may name (statements.py), so a pattern with a label of its own never finds them. That a
pattern hangs on a relationship proves nothing: ours have none, but there are many ways to say a path of no length.
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
    return not all(_has_label(found, at) for at in patterns)


def _is_open(found: Sequence[Token]) -> bool:
    """Whether it has what no pattern bounds: a procedure or a function of others, a label that is worked out, a path
    of no length."""
    for at, token in enumerate(found):
        before, behind = found[at - 1] if at else None, found[at + 1] if at + 1 < len(found) else None
        if token.says("!", "$") or (token.says("[") and _has_length(found, at)):
            return True
        if token.says("CALL") and behind is not None and behind.sort in ("word", "name"):
            return True
        if before is None:
            continue
        if token.says("%") and before.says(":", "|", "&", "("):
            return True
        if token.says("*") and before.says("-", ">", ")", "]"):
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


def _has_length(found: Sequence[Token], opening: int) -> bool:
    """Whether a `*` stands in these brackets themselves: `[r:HAS*0..]`, `[r IS HAS*]`; of a list it is passed over."""
    if not (opening and found[opening - 1].says("-")):
        return False
    depth = 0
    for token in found[opening:]:
        depth += token.says(*_OPENS) - token.says(*_CLOSES)
        if not depth:
            return False
        if depth == 1 and token.says("*"):
            return True
    return False


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


def _has_label(found: Sequence[Token], opening: int) -> bool:
    """Whether the pattern that opens here names a label."""
    at = opening + 1
    at += at < len(found) and found[at].sort in ("word", "name")
    return at + 1 < len(found) and found[at].says(":") and found[at + 1].sort in ("word", "name")
