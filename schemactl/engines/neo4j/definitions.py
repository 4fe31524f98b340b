"""A statement of the schema, and a row of SHOW, in one form: what it makes, its name, what it is on. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from schemactl.engines.neo4j import options
from schemactl.engines.neo4j.cypher_tokens import Token, tokens
from schemactl.engines.neo4j.statements import INDEX_KINDS, body, is_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.script.statement import Statement

What = Literal["index", "constraint"]


class Definition(NamedTuple):
    """What makes two indexes, or two constraints, equal to the server. Options, and types of values, are no part of it.

    sort    RANGE, TEXT, …, or UNIQUE, KEY, EXISTS, TYPE
    entity  NODE or RELATIONSHIP
    """

    sort: str
    entity: str
    labels: tuple[str, ...]
    properties: tuple[str, ...]

    def __str__(self) -> str:
        on = "|".join(self.labels) or "every label or type"
        return f"{self.sort} on {self.entity.lower()} {on}({', '.join(self.properties)})"


class SchemaStatement(NamedTuple):
    """`verb` CREATE or DROP. name: "" where the server is to choose one. definition: None for DROP."""

    verb: str
    what: What
    name: str
    guarded: bool  # IF NOT EXISTS, IF EXISTS
    definition: Definition | None
    asked: Mapping[str, str]  # of engines.neo4j.options

    def __str__(self) -> str:
        return f"{self.what} {self.name}" if self.name else f"the {self.what} {self.definition}"


def of_statement(statement: Statement) -> SchemaStatement | None:
    """What a statement makes or drops; None where it does not change the schema."""
    found = tokens(statement.text)
    rest = found[body(found) :]
    if not is_schema(rest):
        return None
    at = 1
    sort = "RANGE"
    if rest[at].says(*INDEX_KINDS):
        sort = str(rest[at])
        at += 1
    what: What = "index" if rest[at].says("INDEX") else "constraint"
    at += 1
    name = ""
    if rest[at].sort in ("word", "name") and not _begins(rest, at):
        name = rest[at].text
        at += 1
    guarded = at < len(rest) and rest[at].says("IF")
    verb = str(rest[0])
    definition = None
    if verb == "CREATE":
        definition = _of_index(sort, rest[at:]) if what == "index" else _of_constraint(rest[at:])
    asked = options.asked(rest[at:]) if definition is not None else {}
    return SchemaStatement(verb, what, name, guarded, definition, asked)


def _begins(rest: Sequence[Token], at: int) -> bool:
    """Whether the definition begins here, and no name: `FOR (`, `IF NOT EXISTS FOR`, `ON (`."""
    following = rest[at + 1] if at + 1 < len(rest) else None
    if rest[at].says("FOR", "ON"):
        return following is not None and following.says("(", "[")
    return rest[at].says("IF") and following is not None and following.says("NOT", "EXISTS")


def _of_index(sort: str, rest: Sequence[Token]) -> Definition:
    pattern, behind = _split(rest, "ON")
    entity, labels = _entity(pattern)
    if sort == "LOOKUP":
        return Definition(sort, entity, (), ())
    until = next((at for at, token in enumerate(behind) if token.says("OPTIONS")), len(behind))
    return Definition(sort, entity, _ordered(sort, labels), _properties(behind[:until]))


def _of_constraint(rest: Sequence[Token]) -> Definition:
    pattern, behind = _split(rest, "REQUIRE")
    entity, labels = _entity(pattern)
    until = next((at for at, token in enumerate(behind) if token.says("IS", "OPTIONS", ":")), len(behind))
    words = [str(token) for token in behind[until:]]
    if "KEY" in words:
        sort = "KEY"
    elif "UNIQUE" in words:
        sort = "UNIQUE"
    elif words[:3] == ["IS", "NOT", "NULL"]:
        sort = "EXISTS"
    else:
        sort = "TYPE"
    return Definition(sort, entity, labels, _properties(behind[:until]))


def _split(rest: Sequence[Token], word: str) -> tuple[Sequence[Token], Sequence[Token]]:
    """The pattern behind FOR, and what stands behind `word` outside brackets."""
    depth = 0
    for at, token in enumerate(rest):
        depth += token.says("(", "[", "{") - token.says(")", "]", "}")
        if not depth and token.says(word):
            return rest[:at], rest[at + 1 :]
    return rest, ()


def _entity(pattern: Sequence[Token]) -> tuple[str, tuple[str, ...]]:
    labels = []
    for before, token in itertools.pairwise(pattern):
        if before.says(":", "|") and token.sort in ("word", "name"):
            labels.append(token.text)
    return ("RELATIONSHIP" if any(token.says("[") for token in pattern) else "NODE"), tuple(labels)


def _properties(behind: Sequence[Token]) -> tuple[str, ...]:
    return tuple(
        token.text
        for before, token in itertools.pairwise(behind)
        if before.says(".") and token.sort in ("word", "name")
    )


def _ordered(sort: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    # The server keeps the labels of a full-text index in an order of its own.
    return tuple(sorted(labels)) if sort == "FULLTEXT" else labels


def of_index(row: Mapping[str, Any]) -> Definition:
    """The same of a row of SHOW INDEXES."""
    sort = str(row["type"])
    labels = tuple(row["labelsOrTypes"] or ())
    return Definition(sort, str(row["entityType"]), _ordered(sort, labels), tuple(row["properties"] or ()))


def of_constraint(row: Mapping[str, Any]) -> Definition:
    """The same of a row of SHOW CONSTRAINTS, whose types were renamed between versions."""
    told = str(row["type"])
    words = {"KEY": "KEY", "UNIQUENESS": "UNIQUE", "EXISTENCE": "EXISTS"}
    sort = next((sort for word, sort in words.items() if word in told), "TYPE")
    return Definition(sort, str(row["entityType"]), tuple(row["labelsOrTypes"] or ()), tuple(row["properties"] or ()))
