"""Operators, operator classes and families, casts, conversions, transforms, access methods."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.part import Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.words import (
    arguments,
    dotted,
    function_name,
    ident,
    listed,
    literal,
    operator_name,
    routine,
    settings,
)
from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.model.catalog import CatalogObject


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("operator"):
        yield _operator(item)
    for item in objects.all("operator family"):
        yield _family(item)
    for item in objects.all("operator class"):
        yield _class(item, objects)
    for item in objects.all("cast"):
        yield _cast(item)
    for item in objects.all("conversion"):
        yield _conversion(item)
    for item in objects.all("transform"):
        yield _transform(item)
    for item in objects.all("access method"):
        yield _access_method(item)


def _comment(item: CatalogObject, what: str, name: str) -> str:
    comment = item.facts.get("comment")
    return f"COMMENT ON {what} {name} IS {literal(comment)}" if comment is not None else ""


def _operator(item: CatalogObject) -> Part:
    facts, (schema, signature) = item.facts, item.identity
    symbol = signature.partition("(")[0]
    left, right = arguments(signature)
    if "function" not in facts:
        raise UnsupportedError(
            f"operator {schema}.{signature} is only named by another one, and has no function",
            do="create it, or drop it, in a migration",
            kind="no_statement",
        )
    functions = [("FUNCTION", "function"), ("RESTRICT", "restrict"), ("JOIN", "join")]
    own = [(word, function_name(facts[fact]) if fact in facts else None) for word, fact in functions]
    sides = [("LEFTARG", left if left != "NONE" else None), ("RIGHTARG", right if right != "NONE" else None)]
    # Those are made as names where they are not there yet.
    others = [
        (fact.upper(), operator_name(facts[fact]) if fact in facts else None) for fact in ("commutator", "negator")
    ]
    flags = [fact.upper() for fact in ("hashes", "merges") if facts.get(fact)]
    comment = _comment(item, "OPERATOR", f"{ident(schema)}.{signature}")
    return part(
        item,
        lines(f"CREATE OPERATOR {ident(schema)}.{symbol} {settings([*own, *sides, *others], *flags)}", comment),
        rank="operator",
        brings=[(schema, symbol)],
        needs={key for _, fact in functions for key in routine(facts.get(fact))},
        speaks=settings([*own, *sides]),
    )


def _family(item: CatalogObject) -> Part:
    schema, name, method = item.identity
    shown = f"{dotted(schema, name)} USING {ident(method)}"
    members = ",\n".join(f"  {member}" for member in item.facts.get("members", ()))
    text = lines(
        f"CREATE OPERATOR FAMILY {shown}",
        f"ALTER OPERATOR FAMILY {shown} ADD\n{members}" if members else "",
        _comment(item, "OPERATOR FAMILY", shown),
    )
    own = ("operator family", schema, name, method)
    return part(item, text, rank="operator", brings=[own], needs=[("access method", method, "")], speaks=members)


def _class(item: CatalogObject, objects: Objects) -> Part:
    facts, (schema, name, method) = item.facts, item.identity
    shown = f"{dotted(schema, name)} USING {ident(method)}"
    default = " DEFAULT" if facts.get("default") else ""
    members = list(facts.get("members", ()))
    if "storage" in facts or not members:
        members.insert(0, f"STORAGE {facts.get('storage', facts['type'])}")
    body = ",\n".join(f"  {member}" for member in members)
    made = (
        f"CREATE OPERATOR CLASS {dotted(schema, name)}{default} FOR TYPE {facts['type']} USING {ident(method)}"
        f" FAMILY {facts['family']} AS\n{body}"
    )
    needs = [("access method", method, ""), *(("operator family", *key) for key in _families(objects, facts["family"]))]
    text = lines(made, _comment(item, "OPERATOR CLASS", shown))
    return part(item, text, rank="operator", brings=[(schema, name)], needs=needs, speaks=f"{facts['type']} {body}")


def _families(objects: Objects, named: str) -> Iterator[tuple[str, ...]]:
    for item in objects.all("operator family"):
        if dotted(*item.identity[:2]) == named:
            yield item.identity


def _cast(item: CatalogObject) -> Part:
    facts, (source, target) = item.facts, item.identity
    ways = {"binary": "WITHOUT FUNCTION", "inout": "WITH INOUT"}
    way = ways[facts["method"]] if "method" in facts else f"WITH FUNCTION {facts['function']}"
    context = f" AS {facts['context'].upper()}" if "context" in facts else ""
    text = lines(
        f"CREATE CAST ({source} AS {target}) {way}{context}", _comment(item, "CAST", f"({source} AS {target})")
    )
    return _apart(part(item, text, rank="cast", needs=routine(facts.get("function"))))


def _conversion(item: CatalogObject) -> Part:
    facts, name = item.facts, dotted(*item.identity)
    default = "DEFAULT " if facts.get("default") else ""
    source, destination = literal(facts["source"]), literal(facts["destination"])
    made = f"CREATE {default}CONVERSION {name} FOR {source} TO {destination} FROM {function_name(facts['function'])}"
    text = lines(made, _comment(item, "CONVERSION", name))
    return part(item, text, rank="conversion", needs=routine(facts["function"]))


def _transform(item: CatalogObject) -> Part:
    facts, (type_, language) = item.facts, item.identity
    shown = f"FOR {type_} LANGUAGE {ident(language)}"
    ways = (("FROM SQL", "from_sql"), ("TO SQL", "to_sql"))
    body = listed(f"{words} WITH FUNCTION {facts[fact]}" for words, fact in ways if fact in facts)
    text = lines(f"CREATE TRANSFORM {shown} {body}", _comment(item, "TRANSFORM", shown))
    needs = [("language", language, ""), *(key for _, fact in ways for key in routine(facts.get(fact)))]
    return _apart(part(item, text, rank="conversion", needs=needs))


def _access_method(item: CatalogObject) -> Part:
    facts, (name,) = item.facts, item.identity
    made = f"CREATE ACCESS METHOD {ident(name)} TYPE {facts['type'].upper()} HANDLER {function_name(facts['handler'])}"
    text = lines(made, _comment(item, "ACCESS METHOD", ident(name)))
    own = ("access method", name, "")
    return part(item, text, rank="access method", brings=[own], needs=routine(facts["handler"]))


def _apart(made: Part) -> Part:
    """Casts and transforms are in no schema: what they are called is types."""
    return replace(made, brings=frozenset(), needs=frozenset(key for key in made.needs if key[0] != "schema"))
