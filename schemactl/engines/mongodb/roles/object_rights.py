"""Rights of roles on collections: what each has set against what it is to have, as one change of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.rights import Change
from schemactl.engines.mongodb.roles.sending import text
from schemactl.engines.mongodb.roles.wishes import Wish, privileges, resource_name, wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemactl.engines.mongodb.roles.cluster import Member
    from schemactl.engines.mongodb.roles.present import Present
    from schemactl.engines.mongodb.roles.wishes import Right
    from schemactl.model.rights import Wanted

_TOLD: Final = 3


def changes(wanted: Wanted, everybody: Sequence[Member], there: Present) -> Iterator[Change]:
    """What each role is given, and what is taken from it, and one that is the same for each note.

    raises  UnsupportedError where some fields are to be held back
    """
    known = {*wanted.named, *(there.collections or ())}
    unlisted = () if there.collections is not None else (_UNLISTED,)
    for one in everybody:
        if not one.is_role:
            continue
        database, name = one.name
        role = there.roles.get(one.name)
        held = role.rights if role else frozenset()
        wanted_here = wish(one.wanted, known, database)
        yield _change(database, name, held, wanted_here)
        for note in (*wanted_here.notes, *(unlisted if one.wanted.can and not one.wanted.migrates else ())):
            yield Change("rights", name, "same", note, database=database)


_UNLISTED: Final = "this administrator may not list the collections: only those that files name are opened"


def _change(database: str, name: str, held: frozenset[Right], wanted_here: Wish) -> Change:
    if held == wanted_here.rights:
        return Change("rights", name, "same", database=database)
    more, less = held - wanted_here.rights, wanted_here.rights - held
    said = [f"also {_told(more)}"] if more else []
    said += [f"not {_told(less)}"] if less else []
    command = {"updateRole": name, "privileges": privileges(wanted_here.rights)}
    sends = (text(database, command),)
    if not held:
        return Change("rights", name, "add", "", sends, database)
    return Change("rights", name, "change", "; ".join(said), sends, database)


def _told(rights: Iterable[Right]) -> str:
    """Some of the rights for people."""
    words = [f"{action} on {resource_name(resource)}" for resource, action in sorted(rights)]
    more = f" and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
    return ", ".join(words[:_TOLD]) + more
