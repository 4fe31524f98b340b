"""The locks of the ALTER statements; locks.py has the others, and says what no text tells. Reads text only.

Source: PostgreSQL 18 manual, the ALTER pages; AlterTableGetLockLevel in tablecmds.c and the lock levels of options in
reloptions.c, which 15 and 18 have alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.postgres.lock_modes import (
    ACCESS_EXCLUSIVE,
    EXCLUSIVE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Held,
    each,
    strongest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.engines.postgres.tokens import Reader

# Options of tables and indexes that are set under ACCESS EXCLUSIVE (reloptions.c); all others want less.
_HEAVY_OPTIONS: Final = frozenset(
    (
        "USER_CATALOG_TABLE",
        "SECURITY_BARRIER",
        "SECURITY_INVOKER",
        "CHECK_OPTION",
        "FASTUPDATE",
        "GIN_PENDING_LIST_LIMIT",
        "BUFFERING",
        "PAGES_PER_RANGE",
        "AUTOSUMMARIZE",
    )
)


def alter(read: Reader) -> list[Held]:
    """The locks of what stands after ALTER."""
    read.skip("FOREIGN", "MATERIALIZED")
    rule = _KINDS.get(read.next())
    return rule(read) if rule is not None else []


def _table(read: Reader) -> list[Held]:
    kind = read.words[read.at - 1].lower()
    if read.takes("ALL", "IN", "TABLESPACE"):
        kind = "materialized view" if kind == "view" else kind
        return [Held(ACCESS_EXCLUSIVE, read.name(), f"every {kind} in tablespace {{}}")]
    read.takes("IF", "EXISTS")
    read.skip("ONLY")
    name = read.name()
    read.skip("*")
    action = _of_index if kind == "index" else _of_table
    others: list[Held] = []
    modes = [Held(mode, name) for part in read.parts() for mode in [action(part, others)]]
    return [Held(strongest(modes), name), *others]


def _of_table(read: Reader, others: list[Held]) -> str:
    """The mode that one action wants on the table itself; what it wants on others is added to `others`."""
    word = read.next()
    if word == "ADD":
        return _addition(read, others)
    if word in ("ATTACH", "DETACH") and read.takes("PARTITION"):
        part = read.name()
        gently = word == "ATTACH" or "CONCURRENTLY" in read.words or "FINALIZE" in read.words
        others.append(Held(ACCESS_EXCLUSIVE, part))
        return SHARE_UPDATE_EXCLUSIVE if gently else ACCESS_EXCLUSIVE
    if word == "INHERIT":
        others.append(Held(SHARE_UPDATE_EXCLUSIVE, read.name()))
    elif word in ("ENABLE", "DISABLE"):
        read.skip("REPLICA", "ALWAYS")
        return SHARE_ROW_EXCLUSIVE if read.word == "TRIGGER" else ACCESS_EXCLUSIVE
    elif word in ("VALIDATE", "CLUSTER") or (word == "SET" and read.takes("WITHOUT", "CLUSTER")):
        return SHARE_UPDATE_EXCLUSIVE
    elif word in ("SET", "RESET"):
        return _options(read)
    elif word == "ALTER" and read.word != "CONSTRAINT":
        read.skip("COLUMN")
        read.name()
        if read.takes("SET", "STATISTICS") or read.takes("SET", "(") or read.takes("RESET", "("):
            return SHARE_UPDATE_EXCLUSIVE
    return ACCESS_EXCLUSIVE


def _addition(read: Reader, others: list[Held]) -> str:
    if read.takes("CONSTRAINT"):
        read.name()
    foreign = read.word == "FOREIGN"
    others.extend(each(SHARE_ROW_EXCLUSIVE, read.after("REFERENCES", lambda: [read.name()])))
    return SHARE_ROW_EXCLUSIVE if foreign else ACCESS_EXCLUSIVE


def _options(read: Reader) -> str:
    """SET or RESET: with a list of options the mode of the heaviest, with anything else ACCESS EXCLUSIVE."""
    options = read.group()
    return ACCESS_EXCLUSIVE if not options or _HEAVY_OPTIONS & set(options) else SHARE_UPDATE_EXCLUSIVE


def _of_index(read: Reader, others: list[Held]) -> str:
    word = read.next()
    if word == "RENAME" or (word == "ALTER" and "STATISTICS" in read.words):
        return SHARE_UPDATE_EXCLUSIVE
    if word == "ATTACH" and read.takes("PARTITION"):
        others.append(Held(ACCESS_EXCLUSIVE, read.name()))
        return SHARE_UPDATE_EXCLUSIVE
    return _options(read) if word in ("SET", "RESET") else ACCESS_EXCLUSIVE


def _view(read: Reader) -> list[Held]:
    if read.words[1:2] == ["MATERIALIZED"]:
        return _table(read)
    read.takes("IF", "EXISTS")
    return [Held(ACCESS_EXCLUSIVE, read.name())]


def _sequence(read: Reader) -> list[Held]:
    read.takes("IF", "EXISTS")
    name = read.name()
    whole = read.word in ("RENAME", "OWNER") or (read.takes("SET") and read.word in ("SCHEMA", "LOGGED", "UNLOGGED"))
    return [Held(ACCESS_EXCLUSIVE if whole else SHARE_ROW_EXCLUSIVE, name)]


def _type(read: Reader) -> list[Held]:
    name = read.name()
    if "VALUE" in read.words[read.at : read.at + 2]:
        return [Held(EXCLUSIVE, name)]
    # A row type that is renamed is locked as a table is; an enum is not, but which it is only the server knows.
    row = read.word == "RENAME" or "ATTRIBUTE" in read.words[read.at : read.at + 2]
    return [Held(ACCESS_EXCLUSIVE, name)] if row else []


def _part_of_table(read: Reader) -> list[Held]:
    """ALTER TRIGGER, POLICY or RULE … ON its table."""
    read.name()
    return each(ACCESS_EXCLUSIVE, [read.name()]) if read.takes("ON") and "DEPENDS" not in read.words else []


def _publication(read: Reader) -> list[Held]:
    read.name()
    read.skip("ADD", "SET", "DROP")
    return each(SHARE_UPDATE_EXCLUSIVE, published(read))


def published(read: Reader) -> list[str]:
    """The tables in a publication's list: `TABLE a, b (columns) WHERE (…), TABLE c, TABLES IN SCHEMA s`."""
    found: list[str] = []
    listed = False
    for part in read.parts():
        if part.takes("TABLES"):
            listed = False
        elif part.takes("TABLE") or listed:
            listed = True
            part.skip("ONLY")
            found.append(part.name())
    return found


_KINDS: Final[dict[str, Callable[[Reader], list[Held]]]] = {
    "TABLE": _table,
    "INDEX": _table,
    "VIEW": _view,
    "SEQUENCE": _sequence,
    "TYPE": _type,
    "TRIGGER": _part_of_table,
    "POLICY": _part_of_table,
    "RULE": _part_of_table,
    "PUBLICATION": _publication,
}
