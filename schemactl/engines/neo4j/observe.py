"""Statements that share no transaction with their step: what the catalogue says before one, and what is there after.

An index or constraint is known again by the id that the server shows for it: a name may have been given anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from schemactl.contract.finding import Finding, sent_again
from schemactl.engines.neo4j import options
from schemactl.engines.neo4j.catalog import CONSTRAINTS, INDEXES, sentence
from schemactl.engines.neo4j.definitions import Definition, SchemaStatement, of_constraint, of_index
from schemactl.engines.neo4j.failure import ServerFailure
from schemactl.running.failure import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.neo4j.connection import Session
    from schemactl.running.hands import Before
    from schemactl.script.statement import Statement

_WHAT: Final = "looking at indexes and constraints"


class Seen(NamedTuple):
    """An index or a constraint as the server shows it. `row`: all that it said."""

    name: str
    number: int
    definition: Definition
    state: str
    row: Mapping[str, Any]


def seen(session: Session, made: SchemaStatement) -> list[Seen]:
    """What is there under the statement's name, and what has its definition."""
    text, read = (INDEXES, of_index) if made.what == "index" else (CONSTRAINTS, of_constraint)
    found = [
        Seen(str(row["name"]), int(row["id"]), read(row), str(row.get("state", "ONLINE")), row)
        for row in session.read(text, _WHAT)
    ]
    return [one for one in found if one.name == made.name or one.definition == made.definition]


def before(session: Session, made: SchemaStatement) -> Before:
    """What to note before the statement is sent: `index` or `constraint` → name → id, state, definition in words."""
    return {made.what: {one.name: [one.number, one.state, str(one.definition)] for one in seen(session, made)}}


def _number(made: SchemaStatement, noted: Before, name: str) -> int | None:
    """The id that was noted for this name; None where nothing was there."""
    was = noted.get(made.what, {}).get(name)
    return int(was[0]) if was else None


class Passing(NamedTuple):
    """Why IF NOT EXISTS would pass over a statement without what it says being there."""

    what: str
    do: str
    kind: Literal["equivalent_object", "invalid_index"]


def passed_over(session: Session, made: SchemaStatement) -> Passing | None:
    """What the server would pass over in silence: a namesake that is another or broken, an equal by another name."""
    if made.verb != "CREATE" or not made.guarded:
        return None
    found = seen(session, made)
    for one in found:
        if one.name == made.name and one.definition != made.definition:
            return Passing(
                f"{made.what} {one.name} exists, and is {one.definition}; IF NOT EXISTS would pass over it silently",
                f"drop {made.what} {one.name}, or take another name",
                "equivalent_object",
            )
        if one.state == "FAILED":
            return Passing(
                f"{sentence(one.row)}; IF NOT EXISTS would pass over it silently",
                f"DROP INDEX {one.name}, and correct the data that it could not hold; then run the command again",
                "invalid_index",
            )
    for one in found:
        if one.definition == made.definition and (differs := options.differing(made.asked, one.row)):
            return Passing(
                f"{made.what} {one.name} exists with {differs}; IF NOT EXISTS would pass over it silently",
                f"drop {made.what} {one.name}, or ask for what it has",
                "equivalent_object",
            )
    equal = next((one for one in found if made.name and one.name != made.name), None)
    if equal is None or any(one.name == made.name for one in found):
        return None
    return Passing(
        f"{made.what} {equal.name} is equal ({equal.definition}); IF NOT EXISTS would pass over {made.name} silently",
        f"drop {made.what} {equal.name}, or give the statement that name",
        "equivalent_object",
    )


def naming(session: Session, made: SchemaStatement, refused: RefusedError) -> RefusedError:
    """The same, with the name of what is in the way: the server says only that something equal is there."""
    failure = refused.failure
    if failure.kind != "duplicate_object" or made.verb != "CREATE" or not isinstance(failure, ServerFailure):
        return refused
    names = [one.name for one in seen(session, made) if one.name not in failure.message]
    told = failure._replace(message=f"{failure.message} It is {made.what} {names[0]}.") if names else failure
    return RefusedError(told, refused.ordinal, stopped=refused.stopped)


def probe(session: Session, made: SchemaStatement, noted: Before) -> Finding:
    """What the live catalogue says of a change of the schema whose answer never came."""
    found = seen(session, made)
    return _probe_create(made, found, noted) if made.verb == "CREATE" else _probe_drop(made, found, noted)


def new(made: SchemaStatement, found: Sequence[Seen], noted: Before) -> Seen | None:
    """What the statement made: there now, and not before under that id."""
    fresh = [one for one in found if _number(made, noted, one.name) != one.number]
    return next((one for one in fresh if _is_asked_for(made, one)), None)


def _is_asked_for(made: SchemaStatement, one: Seen) -> bool:
    """Whether it is what the statement makes: another session may have made something else of that name meanwhile."""
    named = not made.name or one.name == made.name
    return named and one.definition == made.definition and not options.differing(made.asked, one.row)


def _probe_create(made: SchemaStatement, found: Sequence[Seen], noted: Before) -> Finding:
    query = f"SHOW {made.what.upper()}ES" if made.what == "index" else "SHOW CONSTRAINTS"
    one = new(made, found, noted)
    if one is not None:
        if one.state == "ONLINE":
            return Finding(verdict="done", evidence=f"{made.what} {one.name} is there, and was not before", query=query)
        return Finding(verdict="half", evidence=sentence(one.row), query=f"{query} WHERE name = '{one.name}'")
    there = next((one for one in found if _is_asked_for(made, one)), None)
    if made.guarded and there is not None:
        return Finding(verdict="done", evidence=f"{made.what} {there.name} was there before", query=query)
    return Finding(verdict="not done", evidence=f"{made} is not there", query=query)


def _probe_drop(made: SchemaStatement, found: Sequence[Seen], noted: Before) -> Finding:
    was = _number(made, noted, made.name)
    if was is None:
        # IF EXISTS: to send it again is the same as once.
        return Finding(verdict="not done", evidence=f"{made} was not there before")
    if any(one.name == made.name and one.number == was for one in found):
        return Finding(verdict="not done", evidence=f"{made} is still there")
    return Finding(verdict="done", evidence=f"{made} was there before, and is gone")


def probe_batches(job: Job, planned: PlannedStatement) -> Finding:
    """Batches leave nothing that a catalogue shows."""
    unknown = Finding(
        verdict="unknown",
        evidence="no catalogue tells which of its batches were committed",
        query=_query_by_hand(planned.statement),
    )
    return sent_again(unknown) if job.idempotent or "idempotent" in planned.statement.directives else unknown


def _query_by_hand(statement: Statement) -> str:
    """What a person can paste. The statement is in it as a comment only: pasted, it would run again.

    source  Cypher manual, "Comments": one that begins with two slashes ends with its line
    """
    shown = "\n".join(f"//   {line}" for line in statement.shown.splitlines())
    return (
        f"// Look at what this changes, with MATCH … RETURN count(*) of the same pattern.\n{shown}\n"
        "MATCH (n) RETURN labels(n) AS labels, count(*) AS nodes"
    )
