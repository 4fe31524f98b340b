"""Rights on what is there: the statements that bring about a wish on schemas, tables, columns, sequences, routines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.rights import Change
from schemactl.engines.postgres.roles.present import LEDGER
from schemactl.engines.postgres.roles.quoting import grantee, identifier
from schemactl.engines.postgres.roles.wishes import (
    Wish,
    astray,
    closed_views,
    is_given,
    stray_columns,
    unseen,
    wish,
    wish_sequence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.postgres.roles.present import Passing, Present, Thing
    from schemactl.model.rights import WantedRole

_NOBODY: frozenset[str] = frozenset()


def changes(role: WantedRole, present: Present, database: str, ours: frozenset[str]) -> Iterator[Change]:
    """What `role` is given and what is taken from it: one change, and one that is the same for each note.

    ours  roles of the file: what these passed on goes with their grant options
    """
    sends, notes = _sends(role, present)
    had = any(_held_by(role.name, present))
    now = f"{len(sends)} differ" if had else ""
    if sends:
        yield Change("rights", role.name, "change" if had else "add", now, tuple(sends), database)
    elif is_given(role):
        yield Change("rights", role.name, "same", database=database)
    for note in notes:
        yield Change("rights", role.name, "same", note, database=database)
    for written, in_table in astray(role, present.relations):
        table, _, column = written.rpartition(".")
        closed = f"; nothing of {table} is given" if in_table else ""
        note = f"{written} is hidden and not there: a column {column} is hidden in every table{closed}"
        yield Change("rights", role.name, "same", note, database=database, do="correct `hidden` in roles.toml")
    yield from _passed(role.name, present, database, ours)


def public(present: Present, database: str, ours: frozenset[str]) -> Iterator[Change]:
    """What everybody is not to have: anything on what the owner made, and making things in its schemas."""
    sends = []
    for schema in present.schemas:
        if "CREATE" in schema.held.get("", _NOBODY):
            sends.append(f"REVOKE CREATE ON SCHEMA {identifier(schema.name)} FROM PUBLIC")
        if schema.name == LEDGER and schema.held.get(""):
            sends.append(f"REVOKE ALL ON SCHEMA {identifier(schema.name)} FROM PUBLIC")
    for thing in present.things:
        sends += _on(thing, Wish(), "")
    sends += [
        f"REVOKE ALL ON ROUTINE {routine.signature} FROM PUBLIC" for routine in present.routines if routine.held.get("")
    ]
    now = "may use what is not given to it" if sends else ""
    yield Change("rights", "PUBLIC", "change" if sends else "same", now, tuple(sends), database)
    yield from _passed("", present, database, ours)


def _passed(name: str, present: Present, database: str, ours: frozenset[str]) -> Iterator[Change]:
    """Notes of what a role of nobody's here passed on: the owner's REVOKE does not reach it."""
    places = [(f"{schema.name}", schema.passing) for schema in present.schemas]
    places += [(".".join(thing.relation.full), thing.passing) for thing in present.things]
    places += [(routine.signature, routine.passing) for routine in present.routines]
    found: dict[str, set[str]] = {}
    for what, passing in places:
        for to, privilege, by in passing.passed:
            if to == name and by not in ours:
                found.setdefault(by, set()).add(f"{privilege} on {what}")
    for by, rights in sorted(found.items()):
        note = f"{by} passed {', '.join(sorted(rights))} on to it, and alone can take that back"
        do = f"revoke it as {by}, or take the grant option from that role"
        yield Change("rights", name or "PUBLIC", "same", note, database=database, do=do)


def _may_pass_on(passing: Passing, what: str, name: str) -> list[str]:
    """Grant options are nobody's; what was given by them goes along."""
    return [f"REVOKE GRANT OPTION FOR ALL ON {what} FROM {identifier(name)} CASCADE"] * (name in passing.grantable)


def _held_by(name: str, present: Present) -> Iterator[bool]:
    for thing in present.things:
        yield name in thing.held or any(name in held for held in thing.columns.values())
    for schema in present.schemas:
        yield name in schema.held
    for routine in present.routines:
        yield name in routine.held


def _sends(role: WantedRole, present: Present) -> tuple[list[str], list[str]]:
    sends: list[str] = []
    notes: list[str] = []
    to = identifier(role.name)
    for schema in present.schemas:
        wanted = frozenset({"USAGE"}) if is_given(role) and schema.name != LEDGER else _NOBODY
        what = f"SCHEMA {identifier(schema.name)}"
        sends += _may_pass_on(schema.passing, what, role.name)
        sends += _difference(schema.held.get(role.name, _NOBODY), wanted, what, to)
    closed, stray = closed_views(role, present.relations), stray_columns(role, present.relations)
    wishes = {
        thing.relation.full: wish(role, thing.relation, closed, stray)
        for thing in present.things
        if thing.relation.kind != "S" and thing.relation.schema != LEDGER
    }
    for thing in present.things:
        relation = thing.relation
        if relation.schema == LEDGER:
            wanted_here = Wish()
        elif relation.kind == "S":
            wanted_here = wish_sequence(role, relation, wishes.get(relation.serves) if relation.serves else None)
        else:
            wanted_here = wishes[relation.full]
        sends += _on(thing, wanted_here, role.name)
        notes += wanted_here.notes
    for routine in present.routines:
        execute = frozenset({"EXECUTE"}) if "execute" in role.can and routine.schema != LEDGER else _NOBODY
        what = f"ROUTINE {routine.signature}"
        sends += _may_pass_on(routine.passing, what, role.name)
        sends += _difference(routine.held.get(role.name, _NOBODY), execute, what, to)
    notes += [f"{name} is not there yet" for name in unseen(role, present.relations)]
    return sends, notes


def _on(thing: Thing, wanted: Wish, name: str) -> Iterator[str]:
    """Taking comes first: REVOKE on a table takes the same privilege on its columns along (manual, REVOKE)."""
    what = f"{'SEQUENCE' if thing.relation.kind == 'S' else 'TABLE'} {identifier(*thing.relation.full)}"
    to = grantee(name)
    held = thing.held.get(name, _NOBODY)
    yield from _may_pass_on(thing.passing, what, name)
    extra = held - wanted.whole
    yield from _difference(held, wanted.whole, what, to)
    on_columns: dict[str, set[str]] = {}
    for column, by_role in thing.columns.items():
        for privilege in by_role.get(name, _NOBODY) - extra:
            on_columns.setdefault(privilege, set()).add(column)
    columns = dict(wanted.columns)
    for privilege in sorted({*on_columns, *columns}):
        have, want = on_columns.get(privilege, set()), columns.get(privilege, _NOBODY)
        order = [column for column in thing.relation.columns if column in have | want]
        for verb, some, word in (("REVOKE", have - want, "FROM"), ("GRANT", want - have, "TO")):
            if some:
                listed = ", ".join(identifier(column) for column in order if column in some)
                yield f"{verb} {privilege} ({listed}) ON {what} {word} {to}"


def _difference(held: frozenset[str], wanted: frozenset[str], what: str, to: str) -> Iterator[str]:
    if held - wanted:
        yield f"REVOKE {', '.join(sorted(held - wanted))} ON {what} FROM {to}"
    if wanted - held:
        yield f"GRANT {', '.join(sorted(wanted - held))} ON {what} TO {to}"
