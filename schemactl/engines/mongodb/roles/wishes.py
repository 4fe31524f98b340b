"""What a role is to have, from what roles.toml says. Pure: knows names and privileges, asks nobody.

MongoDB has no right to all collections but some. What is held back from anybody, the ledger first of all, is held back
by giving rights on each of the other collections by its name; which may be one that is not there yet.
Source of the actions: MongoDB's manual, "Privilege Actions", and each command's own page.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from schemactl.model.rights import ObjectRights, Verb, WantedRole

Right = tuple[str, str]
"""(resource as JSON with its keys in order, action)."""

_ON_COLLECTION: Final[dict[Verb, tuple[str, ...]]] = {
    "read": ("changeStream", "collStats", "find", "listIndexes"),
    "insert": ("insert",),
    "update": ("update",),
    "delete": ("remove",),
}
_ON_DATABASE: Final = ("dbStats", "listCollections")
# What the engine sends for migrations, seeds, ledger and lock, and `viewRole`, to tell what roles lack after it.
# No users and roles, no dropDatabase, nothing of the server: its own operations anybody may see and end.
_MIGRATES: Final = (
    *("bypassDocumentValidation", "find", "insert", "remove", "update"),
    *("collMod", "convertToCapped", "createCollection", "createIndex", "dropCollection", "dropIndex"),
    *("renameCollectionSameDB", "collStats", "dbStats", "listCollections", "listIndexes", "viewRole"),
)
_LEDGER, _SYSTEM = "schema_", "system."
_OF_FIELDS: Final = ("read", "insert", "update")


class Wish(NamedTuple):
    """`notes`: what roles.toml says in vain."""

    rights: frozenset[Right] = frozenset()
    notes: tuple[str, ...] = ()


def wish(role: WantedRole, known: Iterable[str], database: str) -> Wish:
    """What the role is to have.

    known   collections and views that are there, or are said to come
    raises  UnsupportedError where it is to have some fields of a collection and not others
    """
    if role.migrates:
        return Wish(_rights(database, "", _MIGRATES))
    named = [name for one in role.instead for name in one.objects]
    notes = [f"{name} is the ledger's: the migrator alone reaches it" for name in named if name.startswith(_LEDGER)]
    found: set[Right] = set()
    known = [name for name in known if is_open(name)]
    for name in sorted({*known, *filter(is_open, named)}):
        verbs = _verbs(role, name)
        fields = _fields(role, name, verbs)
        if fields and name in known:
            raise _refused(role, name, fields)
        if fields:
            notes.append(f"{name} is not there, and nothing of it is given: {fields}")
            continue
        for verb in verbs:
            found |= _rights(database, name, _ON_COLLECTION.get(verb, ()))
        if "read" in verbs:
            found |= _rights(database, "", _ON_DATABASE)
    if role.can and not known:
        notes.append("no collection is there, and no file names one: it reaches none before it is provisioned again")
    return Wish(frozenset(found), tuple(notes))


def is_open(name: str) -> bool:
    """Whether a collection is one that roles can be given rights on: not the ledger's, the server's, or a pattern."""
    return bool(name) and not name.startswith((_LEDGER, _SYSTEM)) and "$" not in name and not name.endswith(".*")


def privileges(rights: Iterable[Right]) -> list[dict[str, Any]]:
    """The same as the server takes them: each resource once."""
    grouped: dict[str, list[str]] = {}
    for resource, action in sorted(rights):
        grouped.setdefault(resource, []).append(action)
    return [{"resource": json.loads(resource), "actions": actions} for resource, actions in grouped.items()]


def rights_of(told: Iterable[Mapping[str, Any]]) -> frozenset[Right]:
    """Privileges as the server tells them: it joins those of one resource, and has an order of its own."""
    return frozenset((_text(one["resource"]), str(action)) for one in told for action in one["actions"])


def resource_name(resource: str) -> str:
    """A right's resource for people."""
    about = json.loads(resource)
    if "collection" not in about:
        return " ".join(about)
    return about["collection"] or "the whole database"


def _rights(database: str, collection: str, actions: Iterable[str]) -> frozenset[Right]:
    resource = _text({"db": database, "collection": collection})
    return frozenset((resource, action) for action in actions)


def _text(resource: Mapping[str, Any]) -> str:
    return json.dumps(dict(resource), sort_keys=True, ensure_ascii=False)


def _verbs(role: WantedRole, name: str) -> tuple[Verb, ...]:
    rule = _rule(role, name)
    return role.can if rule is None else tuple(verb for verb, _ in rule.can)


def _rule(role: WantedRole, name: str) -> ObjectRights | None:
    return next((one for one in role.instead if name in one.objects), None)


def _fields(role: WantedRole, name: str, verbs: Iterable[Verb]) -> str:
    """What the role is to have of some fields of a collection, and not of others; "" where it is whole documents."""
    rule = _rule(role, name)
    only = [f"{verb} {', '.join(fields)}" for verb, fields in (rule.can if rule else ()) if fields]
    hidden = [one.removeprefix(f"{name}.") for one in role.hidden if one.startswith(f"{name}.")]
    if hidden and set(verbs) & set(_OF_FIELDS):
        return f"{', '.join(hidden)} cannot be hidden"
    return f"there is no {only[0]} alone" if only else ""


def _refused(role: WantedRole, name: str, fields: str) -> UnsupportedError:
    return UnsupportedError(
        f"{role.name} on {name}: {fields}: a right of MongoDB's is on whole documents",
        at=role.at,
        now="nothing was changed",
        do=f"have a migration make a view of {name} with what may be seen, and say in [[roles.instead]] "
        f'objects = ["{name}"], can = []',
        kind="fields",
    )
