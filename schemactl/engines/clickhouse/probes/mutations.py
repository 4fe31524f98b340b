"""ALTER UPDATE, ALTER DELETE, DELETE FROM, MATERIALIZE: accepted at once, carried out part by part afterwards.

A mutation has an id that system.mutations keeps; those of the table are noted before the statement is sent, so one that
is new is ours: the lock keeps other runners out, and what other people send is told apart by its command. One that was
ended by KILL MUTATION is in no list any more; what it left is (ended.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.contract.finding import Finding
from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.probes import ended
from schemactl.engines.clickhouse.probes.site import database, quoted
from schemactl.engines.clickhouse.server import FORMAT
from schemactl.engines.clickhouse.tokens import tokens

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

_LOOSE: Final = re.compile(r"[()`\"\s]")
_IMMUTABLE: Final = ("Log", "TinyLog", "StripeLog", "Null", "Set", "Buffer", "File", "View")
"""Engines that refuse every mutation before they begin it (tried)."""
_MASK: Final = "UPDATE_ROW_EXISTS"
_KILLED: Final = "it was ended by KILL MUTATION"


class Mutation(NamedTuple):
    """One row of system.mutations. One that was killed is not done, whatever the server says of it.

    reason  why it last failed, "" where it did not or the server does not tell
    """

    id: str
    command: str
    done: bool
    parts: int
    reason: str
    killed: bool


def before(site: Site, known: Known) -> Before:
    noted: Before = {"mutations": [one.id for one in of(site, known)]}
    return noted | ({"versions": ended.versions(site, known)} if known.kind == "mutation" or known.rewrites else {})


def probe(site: Site, known: Known, noted: Before) -> Finding:
    new = ours(site, known, noted)
    left = [one for one in new if not one.done]
    if not left:
        its = [one for one in new if _is_its(site, known, one)]
        if its:
            return Finding(verdict="done", evidence=f"mutation {its[-1].id} is done", query=query(site, known))
        return _ended(site, known, noted, new) or _none(site, known)
    why = f", failing: {left[0].reason}" if left[0].reason else ""
    evidence = f"mutation {left[0].id} is at work, {left[0].parts} parts to do{why}"
    return Finding(verdict="half", evidence=evidence, query=query(site, known))


def _ended(site: Site, known: Known, noted: Before, new: list[Mutation]) -> Finding | None:
    """What there is to say where no mutation is the statement's, and one may have been; None where none was."""
    by_version = ended.rewritten(site, known, noted)
    if new:
        what = (
            f"mutation {new[-1].id} of {known.name} came since and is done, and its command ({new[-1].command}) differs"
        )
    elif by_version and not _repeats(known):
        what = (
            f"{by_version} parts of {known.name} were rewritten by a mutation that the server lists no more:"
            " somebody ended it (KILL MUTATION), and sent again it would change those parts twice"
        )
    else:
        return None
    return Finding(verdict="unknown", evidence=what, query=f"SELECT * FROM {quoted(known.name)} LIMIT 100")


def _repeats(known: Known) -> bool:
    """Whether what it changes stays as it is when it is changed once more; DELETE FROM has no command."""
    return not any(part.upper().startswith("UPDATE") for part in _split(known.command.lstrip("( ")))


def _none(site: Site, known: Known) -> Finding:
    thing = site.thing(known.name)
    if thing is not None and not thing.is_merge_tree and thing.engine not in _IMMUTABLE:
        what = f"{known.name} is a {thing.engine}, whose rows are changed at once, with nothing to tell by"
        return Finding(verdict="unknown", evidence=what, query=f"SELECT * FROM {quoted(known.name)} LIMIT 100")
    return Finding(verdict="not done", evidence=f"{known.name} has no new mutation", query=query(site, known))


def tidy(site: Site, known: Known, noted: Before) -> str:
    """A failing one that has rewritten nothing yet is ended; everything else the server finishes (awaiting.py).

    One that belongs to a change of the table itself is never ended: the table has its new columns already, and could
    not be read. Nor is one of a replicated table: what another replica has rewritten is not seen here.
    """
    if known.kind != "mutation" or not _may_end(site, known):
        return f"waited until the mutation of {known.name} was done"
    ended = []
    for one in unfinished(site, known, noted):
        if one.reason and not one.killed and _is_its(site, known, one) and not rewritten(site, known, one):
            kill(site, known, one)
            ended.append(one.id)
    if ended:
        return f"ended the failing mutation {', '.join(ended)} of {known.name}"
    return f"waited until the mutation of {known.name} was done"


def kill(site: Site, known: Known, mutation: Mutation) -> None:
    site.link.ask(f"KILL MUTATION WHERE {_where(known)} AND mutation_id = {literal.text(mutation.id)} SYNC")


def _may_end(site: Site, known: Known) -> bool:
    thing = site.thing(known.name)
    return thing is not None and not thing.engine.startswith(("Replicated", "Shared"))


def rewritten(site: Site, known: Known, mutation: Mutation) -> int:
    """How many parts have it already: what was killed then is done there, and nowhere else.

    A part from before it that is at its version or beyond, be it through a later mutation or a merge; those that are
    no longer active count, for a part that lost all its rows is dropped.
    """
    numbers = site.link.ask(
        "SELECT partition, number FROM system.mutations"
        " ARRAY JOIN block_numbers.partition_id AS partition, block_numbers.number AS number"
        f" WHERE {_where(known)} AND mutation_id = {literal.text(mutation.id)}"
    )
    if not numbers:
        return 1  # it is gone meanwhile, so there is nothing to end
    reached = " OR ".join(_reached(str(partition), int(number)) for partition, number in numbers)
    rows = site.link.ask(f"SELECT count() FROM system.parts WHERE {_where(known)} AND ({reached})")
    return int(rows[0][0])


def _reached(partition: str, number: int) -> str:
    # Outside replicated tables one number holds for all partitions, whose name is "" then.
    within = f" AND partition_id = {literal.text(partition)}" if partition else ""
    return f"(data_version >= {number} AND min_block_number < {number}{within})"


def ours(site: Site, known: Known, noted: Before) -> list[Mutation]:
    """Those that are new since, by the statement's command where one of them has it."""
    new = [one for one in of(site, known) if one.id not in noted.get("mutations", ())]
    return [one for one in new if _is_its(site, known, one)] or new


def _is_its(site: Site, known: Known, mutation: Mutation) -> bool:
    """Whether it has the statement's command, as the file or as the server writes it."""
    if known.kind != "mutation":
        return True
    if not known.command:  # DELETE FROM, which newer servers make an update of the rows' mask of
        return _MASK in _loosely(mutation.command)
    has = _loosely(mutation.command)
    return has in _commands(known.command) or has in _commands(_formatted(site, known.command))


def _commands(command: str) -> set[str]:
    return {_loosely(part) for part in [command, *_split(command)] if part}


def _formatted(site: Site, command: str) -> str:
    """A command in the server's own words, `a || b` as concat(a, b); as it is where the server does not tell them."""
    if FORMAT not in site.facts.functions:
        return command
    begin = "ALTER TABLE t "
    try:
        rows = site.link.ask(f"SELECT {FORMAT}({literal.text(begin + command)})")
    except ServerError as error:
        if error.failure.gone:
            raise
        return command
    return str(rows[0][0]).removeprefix(begin)


def unfinished(site: Site, known: Known, noted: Before) -> list[Mutation]:
    return [one for one in ours(site, known, noted) if not one.done]


def blocking(site: Site, known: Known, noted: Before) -> Mutation | None:
    """The first of other people that ours wait behind: those of a table are carried out in their order."""
    its = {one.id for one in ours(site, known, noted)}
    for one in of(site, known):
        if one.id in its:
            return None
        if not one.done and not one.killed:
            return one
    return None


def end_by_hand(site: Site, known: Known, mutation: Mutation) -> str:
    """What a person does about one that blocks: 18.16 knows no KILL MUTATION."""
    if not site.facts.has_fail_reason:
        return f"it cannot be ended here: make {known.name} anew (CREATE, INSERT SELECT, RENAME)"
    return f"`KILL MUTATION WHERE {_where(known)} AND mutation_id = {literal.text(mutation.id)}`"


def of(site: Site, known: Known) -> list[Mutation]:
    """The mutations of the table that the server remembers, in the order in which they were made."""
    reason = "latest_fail_reason" if site.facts.has_fail_reason else "''"
    killed = "is_killed" if site.facts.has_is_killed else "0"
    rows = site.link.ask(
        f"SELECT mutation_id, command, is_done, parts_to_do, {reason}, {killed} FROM system.mutations"
        f" WHERE {_where(known)} ORDER BY create_time, length(mutation_id), mutation_id"
    )
    return [_mutation(*one) for one in rows]


def _mutation(name: Any, command: Any, done: Any, parts: Any, reason: Any, killed: Any) -> Mutation:
    why = _KILLED if killed else " ".join(str(reason).split())
    return Mutation(str(name), str(command), bool(done) and not killed, int(parts), why, bool(killed))


def query(site: Site, known: Known) -> str:
    reason = ", latest_fail_reason" if site.facts.has_fail_reason else ""
    return f"SELECT mutation_id, command, is_done, parts_to_do{reason} FROM system.mutations WHERE {_where(known)}"


def _where(known: Known) -> str:
    return f"database = {database(known.name)} AND table = {literal.text(known.name.table)}"


def _split(command: str) -> list[str]:
    return re.split(r", (?=(?:UPDATE|DELETE|MATERIALIZE|CLEAR)\b)", command, flags=re.IGNORECASE)


def _loosely(command: str) -> str:
    # Each version writes a command in its own form: 26.9 `(UPDATE n = 1 WHERE 1)`, 18.16 `UPDATE n = 1 WHERE 1`.
    return _LOOSE.sub("", "".join(tokens(command))).upper()
