"""Functions, procedures and aggregates, and the languages they are written in."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.part import Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.types import shells
from schemactl.engines.postgres.snapshot.words import (
    bodies,
    function_name,
    ident,
    literal,
    operator_name,
    routine,
    settings,
)
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemactl.engines.postgres.snapshot.part import Key
    from schemactl.model.catalog import CatalogObject, Identity

_LANGUAGE = re.compile(r'(?m)^ LANGUAGE ("(?:[^"]|"")+"|\w+)')
_SUPPORT = re.compile(r"\bSUPPORT (\S+)")
_FUNCTIONS = {
    "transition": "SFUNC",
    "final": "FINALFUNC",
    "combine": "COMBINEFUNC",
    "serialize": "SERIALFUNC",
    "deserialize": "DESERIALFUNC",
    "moving_transition": "MSFUNC",
    "moving_inverse": "MINVFUNC",
    "moving_final": "MFINALFUNC",
}


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("language"):
        yield _language(item)
    taking = shells(objects)
    known = _called(objects)
    for item in objects.all("function", "procedure"):
        yield _routine(item, taking, known)
    for item in objects.all("aggregate"):
        yield _aggregate(item)


def _called(objects: Objects) -> dict[str, set[Key]]:
    """What the bodies of functions may speak of, by its bare name: bodies find it by their search path."""
    known: dict[str, set[Key]] = {}
    for item in objects.all("table", "foreign table", "view", "materialized view", "sequence"):
        known.setdefault(item.identity[1], set()).add(item.identity)
    for item in objects.all("function", "procedure", "aggregate"):
        (key,) = routine(_signature(item))
        known.setdefault(key[2], set()).add(key)
    return known


def _signature(item: CatalogObject) -> str:
    """As the catalogue names a function elsewhere: `app.f(integer,text)`."""
    schema, name = item.identity
    return f"{ident(schema)}.{name}".replace(", ", ",")


def _name(item: CatalogObject) -> str:
    schema, name = item.identity
    return f"{ident(schema)}.{name}"


def _comment(item: CatalogObject, what: str, name: str) -> str:
    comment = item.facts.get("comment")
    return f"COMMENT ON {what} {name} IS {literal(comment)}" if comment is not None else ""


def _routine(item: CatalogObject, taking: Mapping[str, Identity], known: Mapping[str, set[Key]]) -> Part:
    definition = item.facts["definition"].rstrip("\n").removeprefix("CREATE OR REPLACE ")
    signature = _signature(item)
    head = function_name(signature)
    language = _LANGUAGE.search(definition)
    support = _SUPPORT.search(definition)
    needs: list[Key] = [("language", language[1].strip('"'), "")] if language else []
    needs += routine(support[1] + "(") if support else ()
    made = part(
        item,
        lines(f"CREATE {definition}", _comment(item, item.kind.upper(), _name(item))),
        rank="routine",
        brings=routine(signature),
        needs=needs,
        # Its own name is also that of its overloads.
        speaks=definition.replace(head, "", 1),
    )
    if signature in taking:
        whole = taking[signature]
        made = replace(made, needs=made.needs | {("shell", *whole)}, spares=frozenset([whole]))
    wishes = {key for word in bodies(definition) for key in known.get(word, ())} - set(routine(signature))
    made = replace(made, wishes=frozenset(wishes))
    # What was parsed needs what it names; a body of text can stand for it until that is there.
    return made if "AS $" in definition else replace(made, loosened=partial(_loosened, made, definition))


def _loosened(made: Part, definition: str) -> tuple[Part, ...]:
    """The routine with an empty body, and then as it is."""
    head, _, _ = definition.partition("\nBEGIN ATOMIC")
    head, _, _ = head.partition("\nRETURN ")
    stub = replace(
        made,
        block=Block("placeholder", (made.block.kind, *made.block.identity), f"CREATE {head}\nAS $$ $$;"),
        place=made.place._replace(turn=-1),
        speaks=head,
        wishes=frozenset(),
        loosened=None,
    )
    text = made.block.text.replace("CREATE ", "CREATE OR REPLACE ", 1)
    later = replace(
        made,
        block=made.block._replace(text=text),
        place=made.place._replace(turn=1),
        brings=frozenset([("whole", *made.block.identity)]),
        needs=made.needs | {made.block.identity},
        loosened=None,
    )
    return stub, later


def _aggregate(item: CatalogObject) -> Part:
    facts = item.facts
    bare = function_name(_signature(item))
    ordered = "form" in facts
    plain = "read write" if ordered else "read only"
    pairs: list[tuple[str, object]] = []
    for fact, word in _FUNCTIONS.items():
        if fact in facts:
            pairs.append((word, function_name(facts[fact])))
    pairs += [
        ("STYPE", facts["state_type"]),
        ("SSPACE", facts.get("state_space")),
        ("INITCOND", literal(facts["initial"]) if "initial" in facts else None),
        ("FINALFUNC_MODIFY", _modify(facts.get("final_modify"), plain)),
        ("MSTYPE", facts.get("moving_state_type")),
        ("MSSPACE", facts.get("moving_state_space")),
        ("MINITCOND", literal(facts["moving_initial"]) if "moving_initial" in facts else None),
        ("MFINALFUNC_MODIFY", _modify(facts.get("moving_final_modify"), plain)),
        ("SORTOP", operator_name(facts["sort_operator"]) if "sort_operator" in facts else None),
        ("PARALLEL", facts["parallel"].upper() if "parallel" in facts else None),
    ]
    words = (("final_extra", "FINALFUNC_EXTRA"), ("moving_final_extra", "MFINALFUNC_EXTRA"))
    flags = [word for fact, word in words if facts.get(fact)]
    flags += ["HYPOTHETICAL"] if facts.get("form") == "hypothetical set" else []
    name = f"{bare}({facts['arguments'] or '*'})"
    made = settings(pairs, *flags)
    return part(
        item,
        lines(f"CREATE AGGREGATE {name} {made}", _comment(item, "AGGREGATE", name)),
        rank="routine",
        brings=routine(_signature(item)),
        needs={key for fact in _FUNCTIONS for key in routine(facts.get(fact))},
        speaks=f"{facts['arguments']} {made}",
    )


def _modify(value: str | None, plain: str) -> str | None:
    return value.upper().replace(" ", "_") if value is not None and value != plain else None


def _language(item: CatalogObject) -> Part:
    facts, (name,) = item.facts, item.identity
    made = f"CREATE {'TRUSTED ' if facts.get('trusted') else ''}LANGUAGE {ident(name)}"
    for fact in ("handler", "inline", "validator"):
        if fact in facts:
            made += f"\n  {fact.upper()} {function_name(facts[fact])}"
    comment = _comment(item, "LANGUAGE", ident(name))
    needs = {key for fact in ("handler", "inline", "validator") for key in routine(facts.get(fact))}
    return part(item, lines(made, comment), rank="language", brings=[("language", name, "")], needs=needs)
