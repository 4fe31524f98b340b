"""Who may do what, as statements: the blocks of kind `grants`. An owner is whoever runs them, and so never named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.postgres.snapshot.part import RANKS, Objects, Part, Place
from schemactl.engines.postgres.snapshot.words import dotted, ident, listed
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.model.catalog import CatalogObject, Identity

_TO_PUBLIC = ("FUNCTION", "PROCEDURE", "TYPE", "LANGUAGE")
_ON = {
    "table": "TABLE",
    "foreign table": "TABLE",
    "view": "TABLE",
    "materialized view": "TABLE",
    "sequence": "SEQUENCE",
    "function": "FUNCTION",
    "aggregate": "FUNCTION",
    "procedure": "PROCEDURE",
    "enum": "TYPE",
    "composite type": "TYPE",
    "range": "TYPE",
    "base type": "TYPE",
    "domain": "TYPE",
    "language": "LANGUAGE",
    "schema": "SCHEMA",
    "foreign data wrapper": "FOREIGN DATA WRAPPER",
    "foreign server": "FOREIGN SERVER",
}
_ROUTINES = ("function", "aggregate", "procedure")
_EVERYBODY = "public"
_IN_A_LINE = 5  # columns; more have a line each


class _Grants(NamedTuple):
    """What is granted on one thing. `owner` is nobody's name in the statements; `columns`: ` (a)` behind each word."""

    on: str
    owner: str
    items: Sequence[dict[str, Any]]
    columns: str = ""


def parts(objects: Objects) -> Iterator[Part]:
    for kind, what in _ON.items():
        for item in objects.all(kind):
            statements = [*_of_object(item, what), *_of_columns(item, objects)]
            if statements:
                yield _part((kind, *item.identity), statements)
    for item in objects.all("default privileges"):
        yield _part(("default privileges", *item.identity), list(_defaults(item)))


def _part(identity: Identity, statements: Sequence[str]) -> Part:
    text = "\n".join(f"{statement};" for statement in statements)
    return Part(block=Block("grants", identity, text), place=Place(RANKS["grants"], identity, 0, "grants", identity))


def _of_object(item: CatalogObject, what: str) -> Iterator[str]:
    owner = item.facts.get("owner", "")
    if item.kind == "schema" and item.identity == ("public",):
        yield from _public(item)
    elif "grants" in item.facts:
        on = f"ON {what} {_shown(item)}"
        given = _Grants(on, owner, item.facts["grants"])
        yield from _owners(given)
        if what in _TO_PUBLIC and not any(_is_public(grant) for grant in given.items):
            yield f"REVOKE ALL {on} FROM PUBLIC"
        yield from _given(given, public=what not in _TO_PUBLIC)


def _public(item: CatalogObject) -> Iterator[str]:
    """Every new database has this schema, where everybody has USAGE."""
    owner, on = item.facts.get("owner", ""), "ON SCHEMA public"
    items = item.facts.get("grants", [{"to": owner, "privileges": ["ALL"]}])
    given = _Grants(on, owner, items)
    yield from _owners(given)
    usage = {"to": _EVERYBODY, "privileges": ["USAGE"]}
    if usage in items:
        yield from _given(given._replace(items=[grant for grant in items if grant != usage]))
    else:
        yield f"REVOKE ALL {on} FROM PUBLIC"
        yield from _given(given)


def _shown(item: CatalogObject) -> str:
    if item.kind in _ROUTINES:
        schema, name = item.identity
        return f"{ident(schema)}.{name}"
    return dotted(*item.identity)


def _owners(given: _Grants) -> Iterator[str]:
    """What the owner may that makes a thing, where it is not all."""
    own = [grant for grant in given.items if grant["to"] == given.owner and "by" not in grant]
    if own == [{"to": given.owner, "privileges": ["ALL"]}]:
        return
    yield f"REVOKE ALL {given.on} FROM CURRENT_USER"
    for grant in own:
        yield from _grant(grant, given, "CURRENT_USER")


def _given(given: _Grants, *, public: bool = True) -> Iterator[str]:
    """What others may, everybody first; who passes on what somebody gave comes behind those that were given it."""
    others = [grant for grant in given.items if grant["to"] != given.owner or "by" in grant]
    for grant in sorted(others, key=lambda one: ("by" in one, not _is_public(one))):
        if _is_public(grant) and not public and "grantable" not in grant and "by" not in grant:
            continue
        to = "PUBLIC" if _is_public(grant) else ident(grant["to"])
        if "by" not in grant:
            yield from _grant(grant, given, to)
            continue
        yield f"SET ROLE {ident(grant['by'])}"
        yield from _grant(grant, given, to)
        yield "RESET ROLE"


def _is_public(grant: dict[str, Any]) -> bool:
    return bool(grant["to"] == _EVERYBODY)


def _grant(grant: dict[str, Any], given: _Grants, to: str) -> Iterator[str]:
    words, passed = grant["privileges"], grant.get("grantable", [])
    if "ALL" in passed and "ALL" in words:
        plain, passed = [], ["ALL"]
    else:
        plain = [word for word in words if word not in passed]
    if plain:
        yield f"GRANT {_listed(plain, given.columns)} {given.on} TO {to}"
    if passed:
        yield f"GRANT {_listed(passed, given.columns)} {given.on} TO {to} WITH GRANT OPTION"


def _listed(words: Sequence[str], columns: str) -> str:
    return ", ".join(f"{word}{columns}" for word in words)


def _of_columns(item: CatalogObject, objects: Objects) -> Iterator[str]:
    if item.kind not in ("table", "foreign table", "view", "materialized view"):
        return
    found = (objects.get("column", (*item.identity, name)) for name in item.facts["columns"])
    columns = [column for column in found if column is not None]
    owner, on = item.facts.get("owner", ""), f"ON TABLE {dotted(*item.identity)}"
    for grant, names in _by_grant(columns):
        yield from _given_or_own(_Grants(on, owner, [grant], columns=_in_brackets(names)))
    for column in columns:
        sequence = column.facts.get("identity_options", {})
        if "grants" in sequence:
            given = _Grants(f"ON SEQUENCE {sequence['sequence']}", owner, sequence["grants"])
            yield from _owners(given)
            yield from _given(given)


def _by_grant(columns: Sequence[CatalogObject]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """What was granted on columns, one word at a time, and on which of them: who gave it last."""
    found: dict[tuple[bool, str, str, str, bool], list[str]] = {}
    for column in columns:
        for grant in column.facts.get("grants", ()):
            for word in grant["privileges"]:
                passed = word in grant.get("grantable", ())
                key = ("by" in grant, grant["to"], grant.get("by", ""), word, passed)
                found.setdefault(key, []).append(column.identity[2])
    for (_, to, by, word, passed), names in sorted(found.items(), key=lambda one: one[0]):
        one: dict[str, Any] = {"to": to, "privileges": [word]}
        yield one | ({"by": by} if by else {}) | ({"grantable": [word]} if passed else {}), names


def _in_brackets(names: Sequence[str]) -> str:
    if len(names) <= _IN_A_LINE:
        return f" ({', '.join(map(ident, names))})"
    return f" {listed(map(ident, names))}"


def _given_or_own(given: _Grants) -> Iterator[str]:
    (grant,) = given.items
    if grant["to"] == given.owner and "by" not in grant:
        yield from _grant(grant, given, "CURRENT_USER")
    else:
        yield from _given(given)


def _defaults(item: CatalogObject) -> Iterator[str]:
    role, schema, kind = item.identity
    head = f"ALTER DEFAULT PRIVILEGES FOR ROLE {ident(role)}" + (f" IN SCHEMA {ident(schema)}" if schema else "")
    items, on = item.facts["default_privileges"], f"ON {kind.upper()}"
    given = _Grants(on, role, items)
    statements: list[str] = []
    if not schema:
        # What is said for the whole database takes the place of the server's own defaults.
        own = [grant for grant in items if grant["to"] == role]
        if own != [{"to": role, "privileges": ["ALL"]}]:
            statements.append(f"REVOKE ALL {on} FROM {ident(role)}")
            statements += [text for grant in own for text in _grant(grant, given, ident(role))]
        everybody = kind in ("functions", "types")
        if everybody and not any(_is_public(grant) for grant in items):
            statements.append(f"REVOKE ALL {on} FROM PUBLIC")
        statements += _given(given, public=not everybody)
    else:
        for grant in sorted(items, key=lambda one: not _is_public(one)):
            statements += _grant(grant, given, "PUBLIC" if _is_public(grant) else ident(grant["to"]))
    for statement in statements:
        yield f"{head} {statement}"
