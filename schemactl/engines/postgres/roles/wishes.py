"""What a role is to have on one relation, from what roles.toml says. Pure: knows names and privileges, asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schemactl.model.rights import ObjectRights, Verb, WantedRole

Name = tuple[str, str]  # schema, relation

PRIVILEGES: dict[Verb, str] = {"read": "SELECT", "insert": "INSERT", "update": "UPDATE", "delete": "DELETE"}
_OF_COLUMNS = ("SELECT", "INSERT", "UPDATE")


class Relation(NamedTuple):
    """A table, view or sequence.

    above    what it is a partition or a child of, the nearest first
    columns  in their order; none of a sequence
    serves   of a sequence: the table whose column owns it
    shows    of a view: (schema, relation, column) that its query mentions, or may show with a whole row
    """

    schema: str
    name: str
    kind: str
    columns: tuple[str, ...] = ()
    above: tuple[Name, ...] = ()
    serves: Name | None = None
    shows: tuple[tuple[str, str, str], ...] = ()

    @property
    def full(self) -> Name:
        return (self.schema, self.name)


class Wish(NamedTuple):
    """`whole`: privileges on the relation; `columns`: privilege → columns; `notes`: what roles.toml names in vain."""

    whole: frozenset[str] = frozenset()
    columns: tuple[tuple[str, frozenset[str]], ...] = ()
    notes: tuple[str, ...] = ()


def full_name(written: str) -> Name:
    """`users` is in schema public, `app.users` in its own."""
    schema, dot, name = written.partition(".")
    return (schema, name) if dot else ("public", written)


def is_given(role: WantedRole) -> bool:
    """Whether the role can do anything at all with objects."""
    return bool(role.can or any(one.can for one in role.instead))


def on_all(role: WantedRole) -> frozenset[Verb]:
    """What the role may do with every table alike: what default privileges can hold (ADR 0014)."""
    shared: set[Verb] = set(role.can)
    for one in role.instead:
        shared &= {verb for verb, columns in one.can if not columns}
    if role.hidden:
        shared -= {"read", "insert", "update"}
    return frozenset(shared | ({"execute"} if "execute" in role.can else set()))


def wish(
    role: WantedRole, relation: Relation, closed: frozenset[Name] = frozenset(), stray: frozenset[str] = frozenset()
) -> Wish:
    """What `role` is to have on a table or a view.

    closed  views that show what is hidden from the role: only `instead` opens them
    stray   columns that are hidden wherever they are: of each hidden one that is not where roles.toml has it
    """
    rule = _rule(role, relation)
    if rule is None and relation.full in closed:
        return Wish(frozenset({"DELETE"} if "delete" in role.can else ()))
    can = rule.can if rule is not None else tuple((verb, ()) for verb in role.can)
    hidden = _hidden(role, relation)
    lost = sorted(hidden - set(relation.columns))
    hidden = hidden_columns(role, relation, stray)
    notes = []
    whole: set[str] = set()
    columns: dict[str, frozenset[str]] = {}
    for verb, only in can:
        privilege = PRIVILEGES.get(verb)
        if privilege is None or (lost and privilege in _OF_COLUMNS):
            continue
        notes += [
            f"{relation.name} has no column {name}, named for {verb}" for name in only if name not in relation.columns
        ]
        if not only and not (hidden and privilege in _OF_COLUMNS):
            whole.add(privilege)
            continue
        left = frozenset(only or relation.columns) & frozenset(relation.columns) - hidden
        if left:
            columns[privilege] = left
    return Wish(frozenset(whole), tuple(columns.items()), tuple(notes))


def wish_sequence(role: WantedRole, relation: Relation, table: Wish | None) -> Wish:
    """What `role` is to have on a sequence: next values where it inserts, the last where it reads.

    table  what it is to have on the table whose column owns the sequence; None for a sequence of its own
    """
    if table is not None:
        inserts = "INSERT" in table.whole or any(privilege == "INSERT" for privilege, _ in table.columns)
        reads = "SELECT" in table.whole
    else:
        rule = _rule(role, relation)
        verbs = {verb for verb, _ in rule.can} if rule is not None else set(role.can)
        inserts, reads = "insert" in verbs, "read" in verbs
    return Wish(frozenset((["USAGE"] if inserts else []) + (["SELECT"] if reads else [])))


def astray(role: WantedRole, relations: tuple[Relation, ...]) -> tuple[tuple[str, bool], ...]:
    """What is hidden from the role and not there, each with whether its table is.

    A table may have been renamed, or its name misspelt: what was to be hidden would be open. Where there is no table
    at all, there is nothing to be open.
    """
    columns = {relation.full: relation.columns for relation in relations if relation.kind != "S"}
    found = []
    for written in role.hidden if columns else ():
        table, _, column = written.rpartition(".")
        there = columns.get(full_name(table))
        if there is None or column not in there:
            found.append((written, there is not None))
    return tuple(found)


def hidden_columns(role: WantedRole, relation: Relation, stray: frozenset[str]) -> frozenset[str]:
    """The columns that a relation has and that are hidden from the role."""
    return (_hidden(role, relation) | stray) & frozenset(relation.columns)


def stray_columns(role: WantedRole, relations: tuple[Relation, ...]) -> frozenset[str]:
    return frozenset(written.rpartition(".")[2] for written, _ in astray(role, relations))


def closed_views(role: WantedRole, relations: tuple[Relation, ...]) -> frozenset[Name]:
    """The views that mention a hidden column, or a view that does."""
    if not role.hidden:
        return frozenset()
    stray = stray_columns(role, relations)
    by_name = {relation.full: relation for relation in relations}
    found: set[Name] = set()
    grew = True
    while grew:
        grew = False
        for relation in relations:
            if relation.full in found:
                continue
            for schema, name, column in relation.shows:
                below = by_name.get((schema, name))
                if (schema, name) in found or (below is not None and column in hidden_columns(role, below, stray)):
                    found.add(relation.full)
                    grew = True
                    break
    return frozenset(found)


def unseen(role: WantedRole, relations: tuple[Relation, ...]) -> tuple[str, ...]:
    """The objects that the role's `instead` names and that are not there (yet)."""
    there = {relation.full for relation in relations}
    schemas = {relation.schema for relation in relations}
    found = []
    for written in (name for one in role.instead for name in one.objects):
        schema, name = full_name(written)
        if (schema, name) not in there and not (name == "*" and schema in schemas):
            found.append(written)
    return tuple(dict.fromkeys(found))


def _rule(role: WantedRole, relation: Relation) -> ObjectRights | None:
    """The `instead` of a relation: its own, of what it is a part of, of its schema."""
    for wanted in (relation.full, *relation.above, (relation.schema, "*")):
        for one in role.instead:
            if any(full_name(written) == wanted for written in one.objects):
                return one
    return None


def _hidden(role: WantedRole, relation: Relation) -> frozenset[str]:
    here = {relation.full, *relation.above}
    return frozenset(name.rpartition(".")[2] for name in role.hidden if full_name(_table_of(name)) in here)


def _table_of(hidden: str) -> str:
    return hidden.rpartition(".")[0]
