"""What a ClickHouse statement is, as far as running and probing it goes. Text in, a value out; asks no server.

Source: the parsers of ClickHouse (src/Parsers/Parser*Query.cpp) and its manual's pages of each statement.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from schemactl.engines.clickhouse.tokens import Name, Reader, tokens

if TYPE_CHECKING:
    from schemactl.script.statement import Statement

Kind = Literal[
    "create",
    "drop",
    "rename",
    "exchange",
    "alter",
    "mutation",
    "partition",
    "insert",
    "truncate",
    "repeatable",
    "access",
    "other",
]

_ACCESS: Final = ("USER", "ROLE", "QUOTA", "ROW", "POLICY", "SETTINGS", "PROFILE", "NAMED")
# Commands of ALTER TABLE that the server carries out as a mutation, part by part, after the statement is accepted.
_MUTATIONS: Final = (
    ("UPDATE",),
    ("DELETE",),
    ("MATERIALIZE",),
    ("CLEAR", "INDEX"),
    ("CLEAR", "PROJECTION"),
    ("CLEAR", "COLUMN"),
    ("APPLY", "DELETED"),
    ("REWRITE", "PARTS"),
)
# Those that change the columns that parts hold.
_REWRITES: Final = ("MODIFY", "ALTER", "DROP", "RENAME")
_LOCAL: Final = (["MODIFY", "SETTING"], ["RESET", "SETTING"], ["MODIFY", "COMMENT"], ["COMMENT", "COLUMN"])
_REPEATABLE_PARTITION: Final = (("REPLACE", "PARTITION"), ("FREEZE",), ("UNFREEZE",), ("DROP", "DETACHED"))
_PARTITION_VERBS: Final = ("DROP", "DETACH", "ATTACH", "REPLACE", "MOVE", "FREEZE", "UNFREEZE", "FETCH", "FORGET")
_OBJECTS: Final = ("TABLE", "VIEW", "MATERIALIZED VIEW", "DICTIONARY", "DATABASE", "FUNCTION")
"""What CREATE and DROP are known of; whatever else there may be to make, nothing is known of."""
NOWHERE: Final = Name("", "")


class Known(NamedTuple):
    """What is known of one statement.

    what      TABLE, VIEW, MATERIALIZED VIEW, DICTIONARY, DATABASE, FUNCTION, USER, … of CREATE and DROP; else ""
    names     the objects it is about; for RENAME and EXCHANGE from, to, from, to, …
    command   of an ALTER that is a mutation: its text as tokens parted by spaces; else ""
    cluster   the one that its ON CLUSTER names; "" where it has none
    after     the place in `tokens` where ON CLUSTER belongs; -1 where the statement takes none
    inline    "VALUES" or "FORMAT" where rows stand in the text of an INSERT; else ""
    repeats   running it twice is the same as once: IF [NOT] EXISTS, OR REPLACE, OPTIMIZE
    populate  a table or materialised view that copies rows when it is made
    families  of an ALTER: what each of its commands is: "alter", "mutation" or "partition"
    into      a table that it writes to besides: of a view TO it, of a partition moved TO it
    rewrites  an ALTER that gives a column another type or name, or takes it away
    local     an ALTER of settings or comments alone, which each replica of a table keeps for itself
    replaces  CREATE OR REPLACE
    """

    kind: Kind
    what: str = ""
    names: tuple[Name, ...] = ()
    command: str = ""
    cluster: str = ""
    after: int = -1
    inline: str = ""
    repeats: bool = False
    populate: bool = False
    families: tuple[Kind, ...] = ()
    into: Name = NOWHERE
    rewrites: bool = False
    local: bool = False
    replaces: bool = False

    @property
    def name(self) -> Name:
        return self.names[0] if self.names else NOWHERE

    @property
    def pairs(self) -> tuple[tuple[Name, Name], ...]:
        return tuple(zip(self.names[::2], self.names[1::2], strict=True))


@lru_cache(maxsize=256)
def known_text(normal: str) -> Known:
    """What is known of a statement, by its normal form."""
    reader = Reader(tokens(normal))
    read = _READERS.get(reader.word)
    if read is None:
        return Known("other")
    reader.at += 1
    return read(reader)


def known(statement: Statement) -> Known:
    return known_text(statement.normal)


def _place(reader: Reader) -> tuple[int, str]:
    """Where ON CLUSTER belongs, and the cluster that stands there."""
    return reader.at, reader.cluster()


def _create(reader: Reader) -> Known:
    replaces = reader.words[0] == "REPLACE" or reader.takes("OR", "REPLACE")
    if reader.word in _ACCESS:
        return _access(reader, repeats=replaces or "EXISTS" in reader.words)
    reader.skip("TEMPORARY", "LIVE", "WINDOW", "REFRESHABLE")
    materialized = reader.takes("MATERIALIZED")
    reader.takes("UNIQUE")
    what = ("MATERIALIZED " if materialized else "") + reader.next()
    repeats = reader.takes("IF", "NOT", "EXISTS") or replaces
    if what == "INDEX":
        return _index(reader)
    name = reader.name()
    if reader.takes("UUID"):
        reader.part()
    after, cluster = _place(reader)
    if what not in _OBJECTS:
        return Known("other", what, (name,), cluster=cluster, after=after, repeats=repeats)
    populate = _copies(reader, materialized) and what != "VIEW"
    into = _into(reader, "TO") if what.endswith("VIEW") else NOWHERE
    found = Known("create", what, (name,), "", cluster, after, repeats=repeats, populate=populate, into=into)
    return found._replace(replaces=replaces)


def _access(reader: Reader, *, repeats: bool) -> Known:
    """Users, roles, quotas, row policies, profiles, collections. ON CLUSTER may stand anywhere behind their names."""
    what = reader.next()
    reader.skip("POLICY", "PROFILE", "COLLECTION")
    reader.skip("IF", "NOT", "EXISTS", "OR", "REPLACE")
    more = True
    while more:
        reader.part()
        if reader.takes("@"):
            reader.part()
        more = reader.takes(",")
    after = reader.at
    own = next((at for at, word in reader.outer() if word == "ON" and reader.words[at + 1 : at + 2] == ["CLUSTER"]), -1)
    cluster = Reader(reader.tokens[own:]).cluster() if own >= 0 else ""
    return Known("access", what=what, cluster=cluster, after=after, repeats=repeats)


def _index(reader: Reader) -> Known:
    """CREATE INDEX and DROP INDEX, from the index's name on: a change of its table."""
    reader.part()
    if not reader.takes("ON"):
        return Known("other")
    reader.takes("TABLE")
    name = reader.name()
    after, cluster = _place(reader)
    return Known("alter", names=(name,), cluster=cluster, after=after, families=("alter",))


def _into(reader: Reader, *words: str) -> Name:
    """The name behind the first of these words that stands outside parentheses; NOWHERE without them."""
    for at, _ in reader.outer():
        if tuple(reader.words[at : at + len(words)]) == words:
            behind = Reader(reader.tokens[at + len(words) :])
            return behind.name()
    return NOWHERE


def _copies(reader: Reader, materialized: bool) -> bool:
    """POPULATE of a materialised view, or the SELECT or table that a table is made of with its rows."""
    words = dict(reader.outer())
    if materialized:
        return "POPULATE" in words.values()
    if reader.words[reader.at : reader.at + 2] == ["CLONE", "AS"]:
        return True
    return any(
        word == "AS" and reader.words[at + 1 : at + 2] in (["SELECT"], ["WITH"], ["("]) for at, word in words.items()
    )


def _drop(reader: Reader) -> Known:
    if reader.word in _ACCESS:
        return _access(reader, repeats="EXISTS" in reader.words)
    reader.skip("TEMPORARY")
    what = reader.next()
    repeats = reader.takes("IF", "EXISTS")
    if what == "INDEX":
        return _index(reader)
    names = _list(reader)
    after, cluster = _place(reader)
    return Known("drop" if what in _OBJECTS else "other", what, names, cluster=cluster, after=after, repeats=repeats)


def _undrop(reader: Reader) -> Known:
    reader.skip("TABLE")
    name = reader.name()
    after, cluster = _place(reader)
    return Known("other", names=(name,), cluster=cluster, after=after)


def _list(reader: Reader) -> tuple[Name, ...]:
    names = [reader.name()]
    while reader.takes(","):
        names.append(reader.name())
    return tuple(names)


def _rename(reader: Reader) -> Known:
    reader.skip("TABLE", "DICTIONARY", "DATABASE")
    what = "DATABASE" if "DATABASE" in reader.words[:2] else ""
    return _pairs(reader, "rename", "TO", what)


def _exchange(reader: Reader) -> Known:
    reader.skip("TABLES", "DICTIONARIES")
    return _pairs(reader, "exchange", "AND", "")


def _pairs(reader: Reader, kind: Kind, joins: str, what: str) -> Known:
    names = []
    while True:
        reader.takes("IF", "EXISTS")
        names.append(reader.name())
        if not reader.takes(joins):
            break
        names.append(reader.name())
        if not reader.takes(","):
            break
    if len(names) % 2:
        return Known("other")
    after, cluster = _place(reader)
    return Known(kind, what, tuple(names), cluster=cluster, after=after)


def _alter(reader: Reader) -> Known:
    if reader.word in _ACCESS:
        return _access(reader, repeats=True)
    if not reader.takes("TABLE"):
        return Known("other")
    name = reader.name()
    after, cluster = _place(reader)
    into = _into(reader, "TO", "TABLE")
    reader.end = next((at for at, word in reader.outer() if word == "SETTINGS" and _is_set(reader, at)), reader.end)
    commands = _commands(reader)
    families = tuple(map(_family, commands))
    rewrites = any(words[:1] and words[0] in _REWRITES and words[1:2] == ["COLUMN"] for words in map(_bare, commands))
    found = Known("alter", names=(name,), cluster=cluster, after=after, families=families, into=into, rewrites=rewrites)
    # One word, or one with a value, is a further setting of the command before.
    local = all(_bare(one)[:2] in _LOCAL or one.words[1:2] in ([], ["="]) for one in commands)
    if "partition" in families:
        first = tuple(_bare(commands[0])[:2])
        repeats = families == ("partition",) and any(first[: len(one)] == one for one in _REPEATABLE_PARTITION)
        return found._replace(kind="partition", repeats=repeats)
    if set(families) == {"mutation"}:
        text = ", ".join(" ".join(command.tokens) for command in commands)
        return found._replace(kind="mutation", command=text)
    return found._replace(local=local)


def _is_set(reader: Reader, at: int) -> bool:
    """Whether the word at this place begins the statement's own settings, and is no column's name."""
    return reader.words[at + 2 : at + 3] == ["="] and reader.words[at + 1] not in ("=", ",")


def _commands(reader: Reader) -> list[Reader]:
    """Those of an ALTER. A comma parts the assignments of an UPDATE too, all of which stand before its WHERE."""
    found: list[Reader] = []
    for part in reader.parts():
        last = found[-1] if found else None
        if last is not None and last.words[:1] == ["UPDATE"] and "WHERE" not in dict(last.outer()).values():
            found[-1] = Reader([*last.tokens, ",", *part.tokens])
        else:
            found.append(part)
    return found


def _family(command: Reader) -> Kind:
    words = _bare(command)
    if _is_partition(words):
        return "partition"
    return "mutation" if any(tuple(words[: len(one)]) == one for one in _MUTATIONS) else "alter"


def _bare(command: Reader) -> list[str]:
    """The words of a command, without the parentheses that newer servers let it stand in."""
    return command.words[1:] if command.words[:1] == ["("] else command.words


def _is_partition(words: list[str]) -> bool:
    if not words or words[0] not in _PARTITION_VERBS:
        return False
    return words[0] in ("FREEZE", "UNFREEZE", "FETCH") or words[1:2] in (["PARTITION"], ["PART"], ["DETACHED"])


def _delete(reader: Reader) -> Known:
    reader.takes("FROM")
    name = reader.name()
    after, cluster = _place(reader)
    return Known("mutation", names=(name,), cluster=cluster, after=after)


def _update(reader: Reader) -> Known:
    name = reader.name()
    after, cluster = _place(reader)
    return Known("other", names=(name,), cluster=cluster, after=after)


def _insert(reader: Reader) -> Known:
    reader.takes("INTO")
    reader.takes("TABLE")
    if reader.word == "FUNCTION":
        return Known("insert", "FUNCTION", inline=_inline(reader))
    name = reader.name()
    return Known("insert", names=(name,), inline=_inline(reader))


def _inline(reader: Reader) -> str:
    for at, word in reader.outer():
        if word in ("SELECT", "WITH"):
            return ""
        if word == "VALUES":
            return "VALUES"
        if word == "FORMAT" and at + 1 < reader.end:
            return "FORMAT"
    return ""


def _truncate(reader: Reader) -> Known:
    whole = reader.word in ("ALL", "TABLES", "DATABASE")
    reader.skip("TEMPORARY", "ALL", "TABLES", "FROM", "IN", "DATABASE", "TABLE")
    reader.takes("IF", "EXISTS")
    names = _list(reader)
    after, cluster = _place(reader)
    if whole:
        return Known("other", "TRUNCATE DATABASE", names, cluster=cluster, after=after)
    return Known("truncate", "TRUNCATE", names, cluster=cluster, after=after)


def _optimize(reader: Reader) -> Known:
    reader.takes("TABLE")
    name = reader.name()
    after, cluster = _place(reader)
    return Known("repeatable", "OPTIMIZE", (name,), cluster=cluster, after=after, repeats=True)


def _grant(reader: Reader) -> Known:
    after, cluster = _place(reader)
    return Known("access", "GRANT", cluster=cluster, after=after, repeats=True)


def _system(reader: Reader) -> Known:
    return Known("repeatable", f"SYSTEM {reader.word}", repeats=True)


def _with(reader: Reader) -> Known:
    """A query that only reads, or an INSERT that its WITH stands before."""
    for at, word in reader.outer():
        if word == "INSERT" and reader.words[at + 1 : at + 2] == ["INTO"]:
            reader.at = at + 1
            return _insert(reader)
    return _looks(reader)


def _looks(reader: Reader) -> Known:
    return Known("repeatable", "a statement that only reads", repeats=True)


_READERS: Final = {
    "CREATE": _create,
    "ATTACH": _create,
    "REPLACE": _create,
    "DROP": _drop,
    "UNDROP": _undrop,
    "DETACH": _drop,
    "RENAME": _rename,
    "EXCHANGE": _exchange,
    "ALTER": _alter,
    "DELETE": _delete,
    "UPDATE": _update,
    "INSERT": _insert,
    "TRUNCATE": _truncate,
    "OPTIMIZE": _optimize,
    "GRANT": _grant,
    "REVOKE": _grant,
    "SYSTEM": _system,
    "SELECT": _looks,
    "WITH": _with,
    "SHOW": _looks,
    "DESCRIBE": _looks,
    "DESC": _looks,
    "EXISTS": _looks,
    "CHECK": _looks,
    "EXPLAIN": _looks,
}
