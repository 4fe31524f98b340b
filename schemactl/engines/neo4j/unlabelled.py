"""Finds what a statement would change of nodes that no label picks out: the ledger's and the lock's are among them.

Ours have no relationships, so a node at the end of one is never ours. Pure; reads tokens, never a server.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.engines.neo4j.cypher_tokens import Token

GUARD: Final = "WHERE none(l IN labels({name}) WHERE l STARTS WITH 'Schema')"
_CLAUSES: Final = frozenset(
    {"MATCH", "CREATE", "MERGE", "WHERE", "WITH", "RETURN", "SET", "REMOVE", "DELETE", "CALL", "UNWIND", "FOREACH"}
)
_BEFORE_A_NODE: Final = ("MATCH", "MERGE", ",", "=", "-", ">", "(")
_WRITES: Final = ("SET", "REMOVE", "DELETE")


def changed(found: Sequence[Token]) -> str:
    """The variable of a node without a label that a statement changes or deletes, "" for none."""
    if _is_guarded(found):
        return ""
    bare, known = _variables(found)
    bare -= known
    return next((name for name in _targets(found) if bare and (name in bare or name not in known)), "")


def _is_guarded(found: Sequence[Token]) -> bool:
    """Whether it says `STARTS WITH 'Schema'` itself."""
    return any(
        token.sort == "value"
        and token.text[1:-1] == "Schema"
        and found[at - 1].says("WITH")
        and found[at - 2].says("STARTS")
        for at, token in enumerate(found)
        if at > 1
    )


def _variables(found: Sequence[Token]) -> tuple[set[str], set[str]]:
    """Names of nodes that a MATCH finds by nothing but being there, and those that a label or a relationship bounds."""
    bare: set[str] = set()
    known: set[str] = set()
    clause = ""
    for at, token in enumerate(found):
        if token.sort == "word" and str(token) in _CLAUSES:
            clause = str(token)
        following = found[at + 1] if at + 1 < len(found) else None
        if following is None or following.sort not in ("word", "name"):
            continue
        created = token.says("(") and clause == "CREATE" and following.text not in bare
        if created or token.says("["):
            known.add(following.text)
        elif token.says("(") and clause in ("MATCH", "MERGE") and at and found[at - 1].says(*_BEFORE_A_NODE):
            (known if _is_bound(found, at) else bare).add(following.text)
        elif clause == "WHERE" and token.says("WHERE", "AND", "(") and _has_label(found, at + 2):
            known.add(following.text)
    return bare, known


def _is_bound(found: Sequence[Token], opening: int) -> bool:
    """Whether the node pattern that opens here has a label, or hangs on a relationship."""
    if _has_label(found, opening + 2) or found[opening - 1].says("-", ">"):
        return True
    depth, at = 0, opening
    while at < len(found):
        depth += found[at].says("(") - found[at].says(")")
        at += 1
        if not depth:
            break
    return at < len(found) and found[at].says("-", "<")


def _has_label(found: Sequence[Token], at: int) -> bool:
    """Whether `:Label` stands here; `:!Label`, `:%` and `:$(…)` may be anything."""
    if at + 1 >= len(found) or not found[at].says(":") or found[at + 1].sort not in ("word", "name"):
        return False
    rest = found[at + 2 : at + 4]
    return not (len(rest) == 2 and rest[0].says("|") and rest[1].says("!", "%", "$"))


def _targets(found: Sequence[Token]) -> list[str]:
    """The names that stand behind SET, REMOVE and DELETE, up to the next clause."""
    targets: list[str] = []
    writing = False
    depth = 0
    for at, token in enumerate(found):
        if token.says(*_WRITES) and not (at and found[at - 1].says(".", ":")):
            writing, depth = True, 0
        elif token.sort == "word" and str(token) in _CLAUSES:
            writing = False
        depth += token.says("(", "[", "{") - token.says(")", "]", "}")
        begins = token.says(*_WRITES) or (token.says(",") and depth == 0)
        if writing and begins:
            behind = itertools.dropwhile(lambda one: one.says("("), found[at + 1 :])
            targets.extend(one.text for one in itertools.islice(behind, 1) if one.sort in ("word", "name"))
    return targets
