"""Tables and foreign tables: each with its columns, its keys and checks, its settings and comments in one block."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.postgres.snapshot import columns, inheriting
from schemactl.engines.postgres.snapshot.constraints import settings_of
from schemactl.engines.postgres.snapshot.part import Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.words import (
    dotted,
    foreign_options,
    ident,
    listed,
    literal,
    options,
    spoken_of,
)
from schemactl.engines.postgres.snapshot.words import parts as names_of
from schemactl.errors import UnsupportedError
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.postgres.snapshot.part import Key
    from schemactl.model.catalog import CatalogObject

_KEYS: Final = ("primary key", "unique", "exclusion")
_ADDED: Final = 7  # the turn of what a table gets later


class _Table(NamedTuple):
    """A table with what belongs to it. `later`: names of checks and of columns' defaults that are not said here."""

    item: CatalogObject
    columns: tuple[CatalogObject, ...]
    checks: tuple[CatalogObject, ...]
    keys: tuple[CatalogObject, ...]
    later: frozenset[tuple[str, str]] = frozenset()

    @property
    def shown(self) -> str:
        return dotted(*self.item.identity)


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("table", "foreign table"):
        if item.facts.get("detach_pending"):
            raise UnsupportedError(
                f"partition {dotted(*item.identity)} is half detached, and no statement makes such a one",
                do=f"ALTER TABLE {item.facts['partition_of']} DETACH PARTITION {dotted(*item.identity)} FINALIZE",
                kind="half_detached",
            )
        by_name = {column.identity[2]: column for column in objects.of("column", item.identity)}
        table = _Table(
            item,
            columns=tuple(by_name[name] for name in item.facts["columns"]),
            checks=tuple(objects.of("check", item.identity)),
            keys=tuple(key for kind in _KEYS for key in objects.of(kind, item.identity)),
        )
        yield replace(_part(table, objects), loosened=partial(_loosened, table, objects))


def _part(table: _Table, objects: Objects) -> Part:
    item, facts = table.item, table.item.facts
    made = _created(table, objects)
    text = lines(made, *_settings(table, objects), *_comments(table))
    needs: set[Key] = {names_of(parent) for parent in facts.get("inherits", ())}
    if "partition_of" in facts:
        needs.add(names_of(facts["partition_of"]))
    if "of_type" in facts:
        needs.add(names_of(facts["of_type"]))
    if "access_method" in facts:
        needs.add(("access method", facts["access_method"], ""))
    if "server" in facts:
        needs.add(("foreign server", facts["server"], ""))
    sequences = [
        names_of(column.facts["identity_options"]["sequence"])
        for column in table.columns
        if "identity_options" in column.facts
    ]
    indexes = [(item.identity[0], key.identity[2]) for key in table.keys]
    # A sequence of its own is there before it, for its default; whose it is can be said when both are.
    owned = objects.owned_by(item.identity)
    needs |= {sequence.identity for sequence in owned}
    return part(item, text, rank="table", brings=[*sequences, *indexes], needs=needs, speaks=made)


def _created(table: _Table, objects: Objects) -> str:
    facts = table.item.facts
    kind = {"table": "TABLE", "foreign table": "FOREIGN TABLE"}[table.item.kind]
    unlogged = "UNLOGGED " if facts.get("persistence") == "unlogged" else ""
    body = listed([*_columns(table, objects), *_constraints(table)])
    if "of_type" in facts:
        body = f"OF {facts['of_type']}" + (f" {body}" if body != "()" else "")
    words = [f"CREATE {unlogged}{kind} {table.shown} {body}"]
    if inheriting.at_once(table.item, objects):
        words.append(f"INHERITS ({', '.join(facts['inherits'])})")
    if "partition_key" in facts:
        words.append(f"PARTITION BY {facts['partition_key']}")
    if "access_method" in facts:
        words.append(f"USING {ident(facts['access_method'])}")
    if "options" in facts:
        words.append(f"WITH ({options(facts['options'])})")
    if "tablespace" in facts:
        words.append(f"TABLESPACE {ident(facts['tablespace'])}")
    if "server" in facts:
        words.append(f"SERVER {ident(facts['server'])}{foreign_options(facts.get('foreign_options'))}")
    return "\n".join(words)


def _columns(table: _Table, objects: Objects) -> Iterator[str]:
    typed = "of_type" in table.item.facts
    for column in table.columns:
        if inheriting.comes_by_itself(column, table.item, objects):
            continue
        said = columns.line(
            column,
            typed=typed,
            not_null=not inheriting.not_null_comes(column, table.item, objects),
            default=("default", column.identity[2]) not in table.later,
        )
        if said:
            yield said


def _constraints(table: _Table) -> Iterator[str]:
    whole = "inherits" not in table.item.facts
    for constraint in (*table.keys, *table.checks):
        facts, name = constraint.facts, constraint.identity[2]
        if (constraint.kind, name) in table.later or _is_added(constraint):
            continue
        if whole or not facts.get("inherited") or facts.get("local"):
            yield f"CONSTRAINT {ident(name)} {facts['definition']}"


def _is_added(constraint: CatalogObject) -> bool:
    """CREATE TABLE takes every check for valid."""
    return constraint.kind == "check" and str(constraint.facts["definition"]).endswith(" NOT VALID")


def _settings(table: _Table, objects: Objects) -> Iterator[str]:
    """What follows CREATE TABLE, as statements."""
    item, facts = table.item, table.item.facts
    alter = f"ALTER {item.kind.upper()} {table.shown}"
    for constraint in table.checks:
        if _is_added(constraint) and (constraint.kind, constraint.identity[2]) not in table.later:
            yield f"{alter} ADD CONSTRAINT {ident(constraint.identity[2])} {constraint.facts['definition']}"
    yield from inheriting.settings(item, table.columns, objects)
    for column in table.columns:
        yield from columns.settings_of(column, what=item.kind.upper(), unlogged=facts.get("persistence") == "unlogged")
    for sequence in objects.owned_by(item.identity):
        yield f"ALTER SEQUENCE {dotted(*sequence.identity)} OWNED BY {sequence.facts['owned_by']}"
    if facts.get("row_security"):
        yield f"{alter} ENABLE ROW LEVEL SECURITY"
    if facts.get("row_security_forced"):
        yield f"{alter} FORCE ROW LEVEL SECURITY"
    # A foreign table has none, and cannot be told so.
    if item.kind == "table" and facts.get("replica_identity") in ("full", "nothing"):
        yield f"{alter} REPLICA IDENTITY {facts['replica_identity'].upper()}"
    for key in table.keys:
        index = objects.get("index", (item.identity[0], key.identity[2]))
        if index is not None:
            yield from settings_of(index)
    if "partition_of" in facts:
        yield f"ALTER TABLE {facts['partition_of']} ATTACH PARTITION {table.shown} {facts['bound']}"


def _comments(table: _Table) -> Iterator[str]:
    item = table.item
    if "comment" in item.facts:
        yield f"COMMENT ON {item.kind.upper()} {table.shown} IS {literal(item.facts['comment'])}"
    for column in table.columns:
        yield columns.comment(column)
    for constraint in (*table.keys, *table.checks):
        if (constraint.kind, constraint.identity[2]) not in table.later:
            yield _constraint_comment(constraint, table.shown)


def _constraint_comment(constraint: CatalogObject, shown: str) -> str:
    comment = constraint.facts.get("comment")
    if comment is None:
        return ""
    return f"COMMENT ON CONSTRAINT {ident(constraint.identity[2])} ON {shown} IS {literal(comment)}"


def _loosened(table: _Table, objects: Objects) -> tuple[Part, ...]:
    """The table without the checks and defaults that call a function, and those for when that is there."""
    checks = [one for one in table.checks if _calls(one.facts["definition"])]
    defaults = [
        one
        for one in table.columns
        if "generated" not in one.facts and "default" in one.facts and _calls(one.facts["default"])
    ]
    later = {("check", one.identity[2]) for one in checks} | {("default", one.identity[2]) for one in defaults}
    alter = f"ALTER TABLE {table.shown}"
    added = [
        (
            one,
            lines(
                f"{alter} ADD CONSTRAINT {ident(one.identity[2])} {one.facts['definition']}",
                _constraint_comment(one, table.shown),
            ),
        )
        for one in checks
        if not one.facts.get("inherited")
    ]
    added += [
        (
            one,
            lines(f"ALTER TABLE ONLY {table.shown} ALTER {ident(one.identity[2])} SET DEFAULT {one.facts['default']}"),
        )
        for one in defaults
    ]
    return (_part(table._replace(later=frozenset(later)), objects), *(_added(one, text) for one, text in added))


def _added(item: CatalogObject, text: str) -> Part:
    owner = item.identity[:2]
    made = part(item, text, rank="table", owner=owner, turn=_ADDED, needs=[owner])
    kind = "default" if item.kind == "column" else item.kind
    return replace(made, block=Block(kind, item.identity, text), brings=frozenset())


def _calls(expression: str) -> bool:
    return any(key[0] == "routine" for key in spoken_of(expression))
