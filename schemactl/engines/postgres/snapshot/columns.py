"""Columns: the line of each in CREATE TABLE, and what only ALTER TABLE can say of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.engines.postgres.snapshot.words import dotted, foreign_options, generated, ident, literal, options
from schemactl.engines.postgres.snapshot.words import parts as names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemactl.model.catalog import CatalogObject

_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


def line(item: CatalogObject, *, typed: bool = False, not_null: bool = True, default: bool = True) -> str:
    """`name type …` as it stands in CREATE TABLE.

    typed     the type is the table's (CREATE TABLE … OF): "" where the column has nothing of its own
    not_null  say it here; `default` likewise
    """
    facts, name = item.facts, ident(item.identity[2])
    words = [] if typed else [facts["type"] + foreign_options(facts.get("foreign_options"))]
    if "collation" in facts and not typed:
        words.append(f"COLLATE {facts['collation']}")
    if not_null and facts.get("not_null") and not facts.get("not_null_not_valid"):
        named = facts.get("not_null_name")
        inherit = " NO INHERIT" if facts.get("not_null_no_inherit") else ""
        words.append(f"{f'CONSTRAINT {ident(named)} ' if named else ''}NOT NULL{inherit}")
    if "generated" in facts:
        words.append(f"GENERATED ALWAYS AS ({facts['expression']}) {facts['generated'].upper()}")
    elif "default" in facts and default:
        words.append(f"DEFAULT {facts['default']}")
    if "identity_options" in facts:
        words.append(_identity(item))
    return f"{name} {' '.join(words)}" if words else ""


def _identity(item: CatalogObject) -> str:
    # A partition's is its parent's from 17 on, and comes with it: it has no options of its own.
    facts, (schema, table, column) = item.facts, item.identity
    given = facts["identity_options"]
    named = given["sequence"]
    own = names_of(named) == (schema, generated(table, column, "seq"))
    words = [] if own else [f"SEQUENCE NAME {named}"]
    words += numbers(given, facts["type"])
    made = f"GENERATED {facts['identity'].upper()} AS IDENTITY"
    return f"{made} ({' '.join(words)})" if words else made


def numbers(given: Mapping[str, Any], type_: str) -> Iterator[str]:
    """The options of a sequence that are not the server's own choice, as words."""
    top = 2 ** _BITS.get(type_, 63)
    step = given["increment"]
    low, high = (1, top - 1) if step > 0 else (-top, -1)
    if given["start"] != (given["minimum"] if step > 0 else given["maximum"]):
        yield f"START WITH {given['start']}"
    if step != 1:
        yield f"INCREMENT BY {step}"
    if given["minimum"] != low:
        yield f"MINVALUE {given['minimum']}"
    if given["maximum"] != high:
        yield f"MAXVALUE {given['maximum']}"
    if given["cache"] != 1:
        yield f"CACHE {given['cache']}"
    if given.get("cycle"):
        yield "CYCLE"


def settings_of(item: CatalogObject, *, what: str = "TABLE", unlogged: bool = False) -> Iterator[str]:
    """Statements for what stands in no CREATE TABLE on every major.

    what      TABLE, MATERIALIZED VIEW, FOREIGN TABLE
    unlogged  the table is, and so an identity's sequence would be
    """
    facts, (schema, table, column) = item.facts, item.identity
    whole = dotted(schema, table)
    alter = f"ALTER {what} {whole} ALTER COLUMN {ident(column)}"
    if "storage" in facts:
        yield f"{alter} SET STORAGE {facts['storage'].upper()}"
    if "compression" in facts:
        yield f"{alter} SET COMPRESSION {facts['compression']}"
    if "statistics" in facts:
        yield f"{alter} SET STATISTICS {facts['statistics']}"
    if "options" in facts:
        yield f"{alter} SET ({options(facts['options'])})"
    yield from _not_null(item, f"ALTER {what} {whole}")
    sequence = facts.get("identity_options", {})
    if sequence and (sequence.get("persistence") == "unlogged") != unlogged:
        yield f"ALTER SEQUENCE {sequence['sequence']} SET {'LOGGED' if unlogged else 'UNLOGGED'}"
    if "comment" in sequence:
        yield f"COMMENT ON SEQUENCE {sequence['sequence']} IS {literal(sequence['comment'])}"


def _not_null(item: CatalogObject, alter: str) -> Iterator[str]:
    facts, (schema, table, column) = item.facts, item.identity
    named = facts.get("not_null_name")
    if facts.get("not_null_not_valid"):
        inherit = " NO INHERIT" if facts.get("not_null_no_inherit") else ""
        constraint = f"CONSTRAINT {ident(named)} " if named else ""
        yield f"{alter} ADD {constraint}NOT NULL {ident(column)}{inherit} NOT VALID"
    if "not_null_comment" in facts:
        name = named or generated(table, column, "not_null")
        yield f"COMMENT ON CONSTRAINT {ident(name)} ON {dotted(schema, table)} IS {literal(facts['not_null_comment'])}"


def comment(item: CatalogObject) -> str:
    if "comment" not in item.facts:
        return ""
    return f"COMMENT ON COLUMN {dotted(*item.identity)} IS {literal(item.facts['comment'])}"
