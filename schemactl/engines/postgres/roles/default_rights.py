"""Default privileges: what a role gets of every object that the owner makes from now on, schema by schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.rights import Change
from schemactl.engines.postgres.roles.present import LEDGER
from schemactl.engines.postgres.roles.quoting import identifier
from schemactl.engines.postgres.roles.wishes import PRIVILEGES, on_all

if TYPE_CHECKING:
    from schemactl.contract.rights import Verdict
    from schemactl.engines.postgres.roles.present import Present
    from schemactl.model.rights import WantedRole

_TYPES = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS"}
_ALL_TYPES = _TYPES | {"T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}


def changes(role: WantedRole, owner: str, present: Present, database: str) -> Change:
    """What `role` is to get by default in every schema but the ledger's; what else it gets by default goes."""
    wanted = _wanted(role)
    sends: list[str] = []
    places = {(schema.name, letter) for schema in present.schemas if schema.name != LEDGER for letter in _TYPES}
    had = False
    for schema, letter in sorted(places | set(present.defaults)):
        held = present.defaults.get((schema, letter), {}).get(role.name, frozenset())
        wish = wanted.get(letter, frozenset()) if (schema, letter) in places else frozenset()
        had = had or bool(held)
        head = _head(owner, schema)
        if role.name in present.passing_on.get((schema, letter), frozenset()):
            sends.append(
                f"{head} REVOKE GRANT OPTION FOR ALL ON {_ALL_TYPES[letter]} FROM {identifier(role.name)} CASCADE"
            )
        for verb, some, word in (("REVOKE", held - wish, "FROM"), ("GRANT", wish - held, "TO")):
            if some:
                what = ", ".join(sorted(some))
                sends.append(f"{head} {verb} {what} ON {_ALL_TYPES[letter]} {word} {identifier(role.name)}")
    verdict: Verdict = ("change" if had else "add") if sends else "same"
    now = f"{len(sends)} differ" if sends and had else ""
    return Change("default rights", role.name, verdict, now, tuple(sends), database)


def public(owner: str, present: Present, database: str) -> Change:
    """New tables, sequences and functions are nobody's but the owner's: by default PUBLIC may run functions."""
    held = {place: by_role.get("", frozenset()) for place, by_role in present.defaults.items() if place[1] in _TYPES}
    # Without an entry the server's own default holds, and that gives EXECUTE to PUBLIC.
    held.setdefault(("", "f"), frozenset({"EXECUTE"}))
    sends, of = [], []
    for (schema, letter), some in sorted(held.items()):
        if some:
            what = ", ".join(sorted(some))
            of.append(f"{what} on new {_TYPES[letter].lower()}")
            sends.append(f"{_head(owner, schema)} REVOKE {what} ON {_TYPES[letter]} FROM PUBLIC")
    return Change("default rights", "PUBLIC", "change" if sends else "same", "; ".join(of), tuple(sends), database)


def _head(owner: str, schema: str) -> str:
    where = f" IN SCHEMA {identifier(schema)}" if schema else ""
    return f"ALTER DEFAULT PRIVILEGES FOR ROLE {identifier(owner)}{where}"


def _wanted(role: WantedRole) -> dict[str, frozenset[str]]:
    verbs = on_all(role)
    tables = frozenset(PRIVILEGES[verb] for verb in verbs if verb in PRIVILEGES)
    sequences = frozenset((["USAGE"] if "insert" in verbs else []) + (["SELECT"] if "read" in verbs else []))
    routines = frozenset({"EXECUTE"} if "execute" in verbs else ())
    return {"r": tables, "S": sequences, "f": routines}
