"""What is sent to a cluster: a statement of a migration with the ON CLUSTER that the target's URL asks for.

`?cluster=town` in the URL means that every server of `town` is to have what the migration makes. What the file says
itself (its own ON CLUSTER) is left as it is. Source: ClickHouse manual, "Distributed DDL Queries".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.statements import known
from schemactl.engines.clickhouse.tokens import tokens

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.server import Facts
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.script.statement import Statement

_BY_ITSELF: Final = ("OPTIMIZE", "TRUNCATE")
"""On a replicated table these reach the other replicas by themselves, and ON CLUSTER makes each of them do it again."""

_FOLLOWED: Final = ("alter", "mutation")
"""So do these within a shard. 18.16 sends them once a shard, and where two servers both take the turn the second never
answers and takes no further task until it is started again (seen in the kill matrix of a cluster)."""

_BEFORE_A_TABLE: Final = ("FROM", "JOIN", "TO", "IN")
_NO_TABLE: Final = ("PARTITION", "PART", "SELECT", "DISK", "VOLUME", "INNER", "SHARD", "TABLE")


def text_of(statement: Statement, facts: Facts, *, is_replicated: bool = False) -> str:
    """The text to send.

    is_replicated  whether the table that it is about is a replicated one
    """
    found = known(statement)
    if not is_added(found, facts, is_replicated=is_replicated):
        return statement.text
    parts = tokens(statement.normal)
    starts = _starts(statement.normal, parts)
    inserts = {found.after: f"ON CLUSTER {literal.name(facts.cluster)} "}
    if not facts.has_uuid and found.kind in ("create", "alter", "mutation", "partition"):
        inserts |= dict.fromkeys(_unqualified(parts, found), f"{literal.name(facts.database)}.")
    pieces: list[str] = []
    at = 0
    for place in sorted(inserts):
        start = starts[place] if place < len(starts) else len(statement.normal)
        pieces += [statement.normal[at:start], "" if at or start < len(statement.normal) else " ", inserts[place]]
        at = start
    return "".join([*pieces, statement.normal[at:]]).rstrip()


def plain(statement: Statement, *, uuid: str = "", inner_uuid: str = "") -> str:
    """The text for one server alone: what its own ON CLUSTER says is taken out.

    uuid        of a CREATE: what the table or view is to have, unless it says its own; "" for the server's choice
    inner_uuid  the one of a view's hidden table; "" where it has none
    """
    found = known(statement)
    parts = tokens(statement.normal)
    if not found.cluster and not uuid:
        return statement.text
    has_uuid = [part.upper() for part in parts[found.after - 2 : found.after - 1]] == ["UUID"]
    own = [f"UUID {literal.text(uuid)}"] if uuid and not has_uuid else []
    inner = [f"TO INNER UUID {literal.text(inner_uuid)}"] if inner_uuid else []
    starts = _starts(statement.normal, parts)
    # ON, CLUSTER and the name.
    behind = found.after + (3 if found.cluster else 0)
    after = starts[behind] if behind < len(parts) else len(statement.normal)
    before = statement.normal[: starts[found.after]] if found.after < len(parts) else statement.normal
    return " ".join(filter(None, [before.rstrip(), *own, *inner, statement.normal[after:].strip()]))


def is_added(found: Known, facts: Facts, *, is_replicated: bool = False) -> bool:
    """Whether ON CLUSTER is added to a statement."""
    if not facts.cluster or found.cluster or found.after < 0 or facts.database_engine == "Replicated":
        return False
    return found.what != "OPTIMIZE" and not (is_replicated and _reaches_all(found, facts))


def _reaches_all(found: Known, facts: Facts) -> bool:
    """Whether it is on every server of the cluster when one has it, of a replicated table."""
    if is_local(found, facts):
        return False
    return found.what in _BY_ITSELF or (found.kind in _FOLLOWED and len({one.shard for one in facts.replicas}) == 1)


def is_local(found: Known, facts: Facts) -> bool:
    """Whether each replica of a table is told by itself: 18.16 has comments of columns alone, and hands them on.

    Newer servers have ON CLUSTER carry these out on every replica, not once a shard (ClickHouse's DDLWorker.cpp).
    """
    return found.local and facts.has_mutations_sync


def asks_table(found: Known) -> bool:
    """Whether ON CLUSTER depends on the table that the statement is about being a replicated one."""
    return found.what == "TRUNCATE" or found.kind in _FOLLOWED


def is_everywhere(found: Known, facts: Facts) -> bool:
    """Whether a statement takes effect on every server of the target's cluster."""
    return bool(facts.cluster) and (found.cluster == facts.cluster or is_added(found, facts))


def _starts(normal: str, parts: list[str]) -> list[int]:
    starts, at = [], 0
    for part in parts:
        starts.append(normal.index(part, at))
        at = starts[-1] + len(part)
    return starts


def _unqualified(parts: list[str], found: Known) -> list[int]:
    """Where a table is named without its database, behind the object's own name.

    18.16 hands the statement on as it is, and another server looks for such a table in the database `default`.
    """
    places = []
    words = [part.upper() for part in parts]
    for at in range(found.after + 1, len(parts)):
        before, word, after = words[at - 1], words[at], words[at + 1] if at + 1 < len(words) else ""
        names_table = before in _BEFORE_A_TABLE and not (before == "JOIN" and words[at - 2] == "ARRAY")
        names_model = before == "AS" and found.kind == "create" and found.what == "TABLE" and at - 1 == found.after
        is_name = word[0] in '`"' or word[0] == "_" or word[0].isalpha()
        # Behind the name that a view writes TO stand its columns; elsewhere a parenthesis makes it a function's.
        is_called = after == "(" and before != "TO"
        if (names_table or names_model) and is_name and word not in _NO_TABLE and after != "." and not is_called:
            places.append(at)
    return places
