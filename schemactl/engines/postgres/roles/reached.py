"""What a role reaches of what is hidden from it, though it was not given it: by a role that it is a member of.

Reads only, and tells. What a role holds itself, and what everybody does, is taken by changes of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.rights import Change
from schemactl.engines.postgres.roles.wishes import hidden_columns, stray_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.postgres.roles.present import Ask, Present, Thing
    from schemactl.model.rights import Wanted, WantedRole

# The server's own word on it, memberships and predefined roles counted in.
_REACHED = """
SELECT asked.role, asked.schema, asked.name, asked.col, p.privilege
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS asked (role, schema, name, col)
JOIN pg_roles r ON r.rolname = asked.role
JOIN pg_namespace n ON n.nspname = asked.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = asked.col AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN (VALUES (1, 'SELECT'), (2, 'INSERT'), (3, 'UPDATE')) AS p (rank, privilege)
WHERE has_column_privilege(r.oid, c.oid, a.attnum, p.privilege)
ORDER BY 1, 2, 3, 4, p.rank"""


def reached(ask: Ask, wanted: Wanted, present: Present) -> Iterator[Change]:
    """One note for each role that reaches what is hidden from it."""
    relations, asked = present.relations, []
    for role in wanted.all:
        stray = stray_columns(role, relations)
        for relation in relations if role.hidden else ():
            asked += [(role.name, *relation.full, column) for column in sorted(hidden_columns(role, relation, stray))]
    if not asked:
        return
    things = {thing.relation.full: thing for thing in present.things}
    found: dict[str, list[str]] = {}
    # Where the file names no owner, what everybody holds stays.
    taken = ("",) if wanted.owner is not None else ()
    for who, schema, name, column, privilege in ask(_REACHED, [list(part) for part in zip(*asked, strict=True)]):
        if not any(privilege in _held(things[(schema, name)], column, one) for one in (who, *taken)):
            found.setdefault(who, []).append(f"{privilege} of {schema}.{name}.{column}")
    for one in wanted.all:
        if one.name in found:
            yield Change(
                "rights",
                one.name,
                "same",
                f"{', '.join(found[one.name])} is hidden from it, and it can do that all the same: {_why(one)}",
                database=wanted.database,
                do="take that membership from it, or `hidden`",
            )


def _held(thing: Thing, column: str, role: str) -> frozenset[str]:
    """What it holds by name: what the owner gave is taken by a change, what another passed on has a note already."""
    nothing: frozenset[str] = frozenset()
    passed = frozenset(privilege for to, privilege, _ in thing.passing.passed if to == role)
    return thing.held.get(role, nothing) | thing.columns.get(column, {}).get(role, nothing) | passed


def _why(role: WantedRole) -> str:
    if role.member_of:
        return f"it is a member of {', '.join(role.member_of)}"
    return "as a member of some role, or as everybody can"
