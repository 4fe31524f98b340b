"""The locks that a statement takes on what was there before it, as far as its text tells. For people who read a plan.

Reads text only. Not shown, since no text tells: what CASCADE reaches, partitions and children, the other end of a
foreign key that is dropped, tables behind a view, what DO, CALL and functions do. Nor the two modes that every query
takes, ACCESS SHARE and ROW SHARE; GRANT takes no other. A lock on a table is one on its indexes and its row type too.
Where the text leaves two readings, the stronger lock is shown.

Source: PostgreSQL 18 manual, "Explicit Locking" and each command's page, and pg_locks of PostgreSQL 15 and 18, against
which tests/engines/postgres/test_locks.py holds each rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.engines.postgres.alter_locks import alter, published
from schemactl.engines.postgres.lock_modes import (
    ACCESS_EXCLUSIVE,
    EXCLUSIVE,
    ROW_EXCLUSIVE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    STRENGTH,
    Held,
    each,
    told,
)
from schemactl.engines.postgres.tokens import Reader, folded, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from schemactl.script.statement import Statement

# Of statements that may carry rows or bodies without end, only the head is read: their target stands there.
_HEAD: Final = 400
_TARGET: Final = 200
_BEFORE_TABLE: Final = ("TEMP", "TEMPORARY", "LOCAL", "GLOBAL", "UNLOGGED", "FOREIGN", "RECURSIVE", "MATERIALIZED")
_BEFORE_KIND: Final = frozenset((*_BEFORE_TABLE, "OR", "REPLACE", "UNIQUE", "CONSTRAINT"))
_RELATIONS: Final = frozenset(("TABLE", "VIEW", "SEQUENCE", "INDEX"))
_LOCKING: Final = frozenset(("TABLE", "VIEW", "INDEX", "TRIGGER", "POLICY", "RULE", "STATISTICS", "PUBLICATION"))
_OLD_TABLES: Final = re.compile(r"references|partition\s+of|inherits", re.IGNORECASE)
_OPENS_WRITE: Final = frozenset(("", "(", ")", "DO", "ALSO", "INSTEAD", ";"))
_OFF: Final = frozenset(("FALSE", "OFF", "0", "'FALSE'", "'OFF'", "'0'"))
_COMMENTED: Final = frozenset(("TABLE", "VIEW", "INDEX", "SEQUENCE", "TYPE", "DOMAIN"))
_DROPPED: Final = frozenset(("TABLE", "VIEW", "SEQUENCE", "TYPE", "DOMAIN"))
_OF_TABLE: Final = frozenset(("TRIGGER", "POLICY", "RULE"))


def creates(statement: Statement) -> str:
    """The name, as `folded` writes it, of the relation that the statement surely creates, else "".

    An index without a name is "", and so is IF NOT EXISTS: what it names may have been there before.
    """
    if statement.words[0] != "CREATE" or _created(statement.words) not in _RELATIONS:
        return ""
    read = Reader(tokens(statement.normal[:_HEAD]))
    read.skip("CREATE", "UNIQUE", *_BEFORE_TABLE)
    what = read.next()
    read.skip("CONCURRENTLY")
    if what not in _RELATIONS or read.word in ("IF", "ON"):
        return ""
    name = read.name()
    if what == "INDEX" and read.takes("ON"):
        # An index lives in its table's schema, and only the table's name can say which.
        read.skip("ONLY")
        schema, dot, _ = read.name().rpartition(".")
        return f"{folded(schema)}{dot}{folded(name)}"
    return folded(name)


def lock_of(statement: Statement, *, new: Container[str] = ()) -> str:
    """`ACCESS EXCLUSIVE on users`, or "" where the text shows no lock that anyone would wait for.

    new      names that the same transaction created, as `creates` gives them: nobody else can see them yet
    returns  `MODE on a, b`: the strongest mode and all that the text names which is held in it; then `, MODE on c` for
             each weaker mode, strongest first. Names as written, or `the table of INDEX`, `the indexes of TABLE`,
             `everything in SCHEMA`, `every table in …`
    """
    rule = _RULES.get(statement.words[0])
    if rule is None:
        return ""
    if rule is _create and _created(statement.words) not in _LOCKING:
        return ""
    held = rule(statement.normal)
    return told(held, new=new) if held else ""


def _created(words: tuple[str, ...]) -> str:
    """What a CREATE creates: TABLE, INDEX, FUNCTION …"""
    return next((word for word in words[1:] if word not in _BEFORE_KIND), "")


def _create(text: str) -> list[Held]:
    read = Reader(tokens(text[:_HEAD]))
    read.skip("CREATE", "UNIQUE", "CONSTRAINT", *_BEFORE_TABLE)
    replaces = read.takes("OR", "REPLACE")
    read.skip("CONSTRAINT", *_BEFORE_TABLE)
    what = read.next()
    if what == "TABLE":
        return _create_table(text, read.at) if _OLD_TABLES.search(text) else []
    if what == "INDEX":
        mode = SHARE_UPDATE_EXCLUSIVE if read.word == "CONCURRENTLY" else SHARE
        return _on(read, mode, "ON")
    if what == "VIEW":
        return [Held(ACCESS_EXCLUSIVE, read.name())] if replaces else []
    if what in ("TRIGGER", "POLICY"):
        return _on(read, SHARE_ROW_EXCLUSIVE if what == "TRIGGER" else ACCESS_EXCLUSIVE, "ON")
    if what == "RULE":
        return [*_on(read, ACCESS_EXCLUSIVE, "TO"), *_writes(Reader(tokens(text)))]
    if what == "STATISTICS":
        return _on(Reader(tokens(text)), SHARE_UPDATE_EXCLUSIVE, "FROM")
    if what == "PUBLICATION":
        read = Reader(tokens(text))
        return each(SHARE_UPDATE_EXCLUSIVE, published(read)) if read.past("FOR") else []
    return []


def _on(read: Reader, mode: str, word: str) -> list[Held]:
    if not read.past(word):
        return []
    read.skip("ONLY")
    return each(mode, [read.name()])


def _create_table(text: str, at: int) -> list[Held]:
    read = Reader(tokens(text))
    read.at = at
    read.takes("IF", "NOT", "EXISTS")
    own = folded(read.name())
    start = read.at
    held = []
    if read.takes("PARTITION", "OF"):
        held.append(Held(ACCESS_EXCLUSIVE, read.name()))
    others = [name for name in read.after("REFERENCES", lambda: [read.name()]) if folded(name) != own]
    held.extend(each(SHARE_ROW_EXCLUSIVE, others))
    read.at = start
    if read.past("INHERITS") and read.takes("("):
        held.extend(each(SHARE_UPDATE_EXCLUSIVE, read.names()))
    return held


def _drop(text: str) -> list[Held]:
    read = Reader(tokens(text))
    read.skip("DROP", "FOREIGN", "MATERIALIZED")
    what = read.next()
    gently = read.takes("CONCURRENTLY")
    read.takes("IF", "EXISTS")
    if what == "INDEX":
        mode = SHARE_UPDATE_EXCLUSIVE if gently else ACCESS_EXCLUSIVE
        return [lock for name in read.names() for lock in (Held(mode, name), Held(mode, name, "the table of {}"))]
    if what in _OF_TABLE:
        return _on(read, ACCESS_EXCLUSIVE, "ON")
    if what == "SCHEMA" and read.words[-1] == "CASCADE":
        return [Held(ACCESS_EXCLUSIVE, name, "everything in {}") for name in read.names()]
    return each(ACCESS_EXCLUSIVE, read.names()) if what in _DROPPED else []


def _alter(text: str) -> list[Held]:
    read = Reader(tokens(text))
    read.skip("ALTER")
    return alter(read)


def _comment(text: str) -> list[Held]:
    read = Reader(tokens(text[:_HEAD]))
    read.skip("COMMENT", "ON", "MATERIALIZED", "FOREIGN")
    what = read.next()
    if what == "COLUMN":
        return each(SHARE_UPDATE_EXCLUSIVE, [read.name().rpartition(".")[0]])
    return each(SHARE_UPDATE_EXCLUSIVE, [read.name()]) if what in _COMMENTED else []


def _reindex(text: str) -> list[Held]:
    read = Reader(tokens(text))
    read.skip("REINDEX")
    options = read.group()
    gently = _is_on(options, "CONCURRENTLY")
    what = read.next()
    gently = read.takes("CONCURRENTLY") or gently
    name = read.name()
    if what == "INDEX":
        own, table = (SHARE_UPDATE_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE) if gently else (ACCESS_EXCLUSIVE, SHARE)
        return [Held(own, name), Held(table, name, "the table of {}")]
    tables = "{}" if what == "TABLE" else f"every table in {'{}' if name else 'the database'}"
    if gently:
        return [Held(SHARE_UPDATE_EXCLUSIVE, name, tables)]
    return [Held(ACCESS_EXCLUSIVE, name, f"the indexes of {tables}"), Held(SHARE, name, tables)]


def _is_on(options: list[str], option: str) -> bool:
    """Whether a list of options in parentheses switches this one on."""
    if option not in options:
        return False
    after = options.index(option) + 1
    return not (after < len(options) and options[after] in _OFF)


def _maintain(text: str) -> list[Held]:
    """VACUUM and ANALYZE."""
    read = Reader(tokens(text))
    vacuum = read.next() == "VACUUM"
    options = read.group()
    start = read.at
    read.skip("FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE")
    full = vacuum and (_is_on(options, "FULL") or "FULL" in read.words[start : read.at])
    mode = ACCESS_EXCLUSIVE if full else SHARE_UPDATE_EXCLUSIVE
    return each(mode, read.names("ONLY")) or [Held(mode, "", "every table in the database")]


def _cluster(text: str) -> list[Held]:
    read = Reader(tokens(text))
    read.next()
    read.group()
    read.skip("VERBOSE")
    name = read.name()
    if read.takes("ON"):
        name = read.name()
    return [Held(ACCESS_EXCLUSIVE, name, "{}" if name else "every clustered table")]


def _truncate(text: str) -> list[Held]:
    read = Reader(tokens(text))
    read.skip("TRUNCATE", "TABLE")
    return each(ACCESS_EXCLUSIVE, read.names("ONLY"))


def _lock(text: str) -> list[Held]:
    read = Reader(tokens(text))
    read.skip("LOCK", "TABLE")
    names = read.names("ONLY")
    if not read.takes("IN"):
        return each(ACCESS_EXCLUSIVE, names)
    start = read.at
    mode = " ".join(read.words[start : read.at - 1]) if read.past("MODE") else ""
    return each(mode, names) if mode in STRENGTH else []


def _refresh(text: str) -> list[Held]:
    read = Reader(tokens(text))
    read.skip("REFRESH", "MATERIALIZED", "VIEW")
    return [Held(EXCLUSIVE if read.takes("CONCURRENTLY") else ACCESS_EXCLUSIVE, read.name())]


def _copy(text: str) -> list[Held]:
    read = Reader(tokens(text[:_HEAD]))
    read.next()
    if read.word == "(":
        return _writes(Reader(tokens(text)))
    name = read.name()
    read.group()
    return [Held(ROW_EXCLUSIVE, name)] if read.word == "FROM" else []


def _write(text: str) -> list[Held]:
    """INSERT, UPDATE, DELETE and MERGE: nothing inside them may write, so the first target is the only one."""
    head = text[:_TARGET]
    before = head.partition("(")[0]
    read = Reader(tokens(head if '"' in before else before))
    read.at = 1
    read.skip("INTO", "FROM", "ONLY")
    return [Held(ROW_EXCLUSIVE, read.name())]


def _writes(read: Reader) -> list[Held]:
    """The targets of the writes anywhere in the statement: UPDATE of FOR UPDATE and of DO UPDATE is none."""
    held: list[Held] = []
    before = ""
    for at, word in enumerate(read.words):
        if word in _WRITES and before in _OPENS_WRITE:
            read.at = at + 1
            following = _WRITES[word]
            if (not following or read.takes(following)) and read.word != "SET":
                read.skip("ONLY")
                held.append(Held(ROW_EXCLUSIVE, read.name()))
        before = word
    return held


def _with(text: str) -> list[Held]:
    return _writes(Reader(tokens(text)))


_WRITES: Final = {"INSERT": "INTO", "UPDATE": "", "DELETE": "FROM", "MERGE": "INTO"}
_RULES: Final[dict[str, Callable[[str], list[Held]]]] = {
    "ALTER": _alter,
    "ANALYSE": _maintain,
    "ANALYZE": _maintain,
    "CLUSTER": _cluster,
    "COMMENT": _comment,
    "COPY": _copy,
    "CREATE": _create,
    "DELETE": _write,
    "DROP": _drop,
    "INSERT": _write,
    "LOCK": _lock,
    "MERGE": _write,
    "REFRESH": _refresh,
    "REINDEX": _reindex,
    "TRUNCATE": _truncate,
    "UPDATE": _write,
    "VACUUM": _maintain,
    "WITH": _with,
}
