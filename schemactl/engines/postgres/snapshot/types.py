"""Enums, composites, ranges, base types, domains, collations."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from schemactl.engines.postgres.snapshot.part import Key, Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.words import (
    dotted,
    function_name,
    ident,
    listed,
    literal,
    routine,
    settings,
)
from schemactl.engines.postgres.snapshot.words import parts as names_of
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schemactl.model.catalog import CatalogObject, Identity

_ALIGNMENTS = {"c": "char", "s": "int2", "i": "int4", "d": "double"}
_STORAGES = {"p": "plain", "e": "external", "x": "extended", "m": "main"}
_SUPPORT = (
    "input",
    "output",
    "receive",
    "send",
    "modifier_input",
    "modifier_output",
    "analyze",
    "subscript",
)
_SUPPORT_WORDS = {"modifier_input": "TYPMOD_IN", "modifier_output": "TYPMOD_OUT"}


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("enum"):
        values = listed(literal(value) for value in item.facts["values"])
        yield _type(item, lines(f"CREATE TYPE {dotted(*item.identity)} AS ENUM {values}", _comment("TYPE", item)))
    for item in objects.all("composite type"):
        yield _type(item, _composite(item))
    for item in objects.all("range"):
        yield from _range(item)
    for item in objects.all("base type"):
        yield from _base_type(item)
    for item in objects.all("domain"):
        yield replace(_domain(item), loosened=partial(_loosened, item))
    for item in objects.all("collation"):
        yield _type(item, _collation(item))


def shells(objects: Objects) -> dict[str, Identity]:
    """Functions that a type is made with, by signature, and the type: they take it while it is a name alone."""
    found = {}
    for item in objects.all("range", "base type"):
        for fact in ("canonical", *_SUPPORT):
            if fact in item.facts:
                found[item.facts[fact]] = item.identity
    return found


def _type(item: CatalogObject, text: str, needs: Iterable[Key] = ()) -> Part:
    return part(item, text, rank="type", needs=needs)


def _comment(what: str, item: CatalogObject) -> str:
    comment = item.facts.get("comment")
    return f"COMMENT ON {what} {dotted(*item.identity)} IS {literal(comment)}" if comment is not None else ""


def _collated(facts: Mapping[str, Any]) -> str:
    return f" COLLATE {facts['collation']}" if "collation" in facts else ""


def _composite(item: CatalogObject) -> str:
    name, attributes = dotted(*item.identity), item.facts["attributes"]
    rows = listed(f"{ident(one['name'])} {one['type']}{_collated(one)}" for one in attributes)
    comments = [
        f"COMMENT ON COLUMN {name}.{ident(one['name'])} IS {literal(one['comment'])}"
        for one in attributes
        if "comment" in one
    ]
    return lines(f"CREATE TYPE {name} AS {rows}", _comment("TYPE", item), *comments)


def _named(signature: str | None) -> str | None:
    return function_name(signature) if signature else None


def _range(item: CatalogObject) -> Iterator[Part]:
    facts = item.facts
    pairs = [
        ("SUBTYPE", facts["subtype"]),
        ("SUBTYPE_OPCLASS", facts.get("operator_class")),
        ("COLLATION", facts.get("collation")),
        ("CANONICAL", _named(facts.get("canonical"))),
        ("SUBTYPE_DIFF", _named(facts.get("difference"))),
        ("MULTIRANGE_TYPE_NAME", facts.get("multirange")),
    ]
    text = lines(f"CREATE TYPE {dotted(*item.identity)} AS RANGE {settings(pairs)}", _comment("TYPE", item))
    multirange = names_of(facts.get("multirange", ""))
    needs: list[Key] = [*routine(facts.get("canonical")), *routine(facts.get("difference"))]
    needs += [("schema", name, "") for name in multirange[:1]]
    made = part(item, text, rank="type", brings=[multirange], needs=needs)
    if "canonical" in facts:
        # Its function takes the range, so that has to be a name already.
        shell = _shell(item)
        yield shell
        made = replace(made, needs=made.needs | shell.brings)
    yield made


def _shell(item: CatalogObject) -> Part:
    """`CREATE TYPE n;`, for the functions that take the type and are needed to make it."""
    made = part(item, f"CREATE TYPE {dotted(*item.identity)};", rank="type", turn=-1)
    return replace(
        made,
        block=Block("placeholder", (item.kind, *item.identity), made.block.text),
        brings=frozenset([("shell", *item.identity)]),
        speaks="",
    )


def _base_type(item: CatalogObject) -> Iterator[Part]:
    facts, name = item.facts, dotted(*item.identity)
    if facts.get("shell"):
        yield part(item, lines(f"CREATE TYPE {name}", _comment("TYPE", item)), rank="type")
        return
    support = tuple(facts[one] for one in _SUPPORT if one in facts)
    shell = _shell(item)
    yield shell
    length = facts["length"]
    pairs = [(_SUPPORT_WORDS.get(one, one.upper()), _named(facts.get(one))) for one in _SUPPORT]
    pairs += [
        ("INTERNALLENGTH", "VARIABLE" if length == -1 else str(length)),
        ("ALIGNMENT", _ALIGNMENTS[facts["alignment"]]),
        ("STORAGE", _STORAGES[facts["storage"]]),
        ("CATEGORY", literal(facts["category"])),
        ("PREFERRED", "true" if facts.get("preferred") else None),
        ("DEFAULT", literal(facts["default"]) if "default" in facts else None),
        ("ELEMENT", facts.get("element")),
        ("DELIMITER", literal(facts["delimiter"])),
        ("COLLATABLE", "true" if facts.get("collatable") else None),
    ]
    plain = ["PASSEDBYVALUE"] if facts.get("by_value") else []
    text = lines(f"CREATE TYPE {name} {settings(pairs, *plain)}", _comment("TYPE", item))
    needs = {key for signature in support for key in routine(signature)}
    yield part(item, text, rank="type", needs=needs | shell.brings)


def _domain(item: CatalogObject, *, without_checks: bool = False) -> Part:
    facts, name = item.facts, dotted(*item.identity)
    head = [f"CREATE DOMAIN {name} AS {facts['type']}{_collated(facts)}"]
    if "default" in facts and not without_checks:
        head.append(f"DEFAULT {facts['default']}")
    if facts.get("not_null"):
        named = facts.get("not_null_name")
        head.append(f"CONSTRAINT {ident(named)} NOT NULL" if named else "NOT NULL")
    checks = {} if without_checks else facts.get("checks", {})
    later = [one for one, check in checks.items() if check["definition"].endswith(" NOT VALID")]
    head += [f"CONSTRAINT {ident(one)} {check['definition']}" for one, check in checks.items() if one not in later]
    text = lines(
        "\n  ".join(head),
        *(f"ALTER DOMAIN {name} ADD CONSTRAINT {ident(one)} {checks[one]['definition']}" for one in later),
        _comment("DOMAIN", item),
        *_check_comments(name, checks),
    )
    return _type(item, text)


def _check_comments(domain: str, checks: Mapping[str, Any]) -> Iterator[str]:
    for name, check in checks.items():
        if "comment" in check:
            yield f"COMMENT ON CONSTRAINT {ident(name)} ON DOMAIN {domain} IS {literal(check['comment'])}"


def _loosened(item: CatalogObject) -> tuple[Part, ...]:
    """The domain without its checks and its default, and those for when what they call is there."""
    name, checks = dotted(*item.identity), item.facts.get("checks", {})
    default = item.facts.get("default")
    text = lines(
        f"ALTER DOMAIN {name} SET DEFAULT {default}" if default is not None else "",
        *(f"ALTER DOMAIN {name} ADD CONSTRAINT {ident(one)} {check['definition']}" for one, check in checks.items()),
        *_check_comments(name, checks),
    )
    later = replace(
        part(item, text, rank="type", turn=1, needs=[item.identity]),
        block=Block("check", ("domain", *item.identity), text),
        brings=frozenset(),
    )
    return (_domain(item, without_checks=True), later) if text else (_domain(item),)


def _collation(item: CatalogObject) -> str:
    facts = item.facts
    collate, ctype = facts.get("collate"), facts.get("ctype")
    same = collate is not None and collate == ctype
    locale = facts.get("locale") if facts.get("locale") is not None else collate if same else None
    pairs = [
        ("PROVIDER", facts["provider"]),
        ("LOCALE", literal(locale) if locale is not None else None),
        ("LC_COLLATE", literal(collate) if collate is not None and locale is None else None),
        ("LC_CTYPE", literal(ctype) if ctype is not None and locale is None else None),
        ("RULES", literal(facts["rules"]) if "rules" in facts else None),
        ("DETERMINISTIC", "false" if facts.get("nondeterministic") else None),
    ]
    return lines(f"CREATE COLLATION {dotted(*item.identity)} {settings(pairs)}", _comment("COLLATION", item))
