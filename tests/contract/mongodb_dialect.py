"""MongoDB's examples for the contract tests: commands, and where a section of them must be cut.

Objects that a transaction makes are documents of `things`, since no transaction makes a collection here; those that
none makes are indexes of `ground`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from schemactl.script import json_sections
from schemactl.script.section import Script
from tests.contract.language import Language
from tests.contract.target import Cut, Dialect

GROUND, THINGS = "ground", "things"
ALL = "transaction"


def said(*pairs: tuple[str, Any], **more: Any) -> str:
    return json.dumps({**dict(pairs), **more})


def make(name: str) -> str:
    return said(("insert", THINGS), documents=[{"_id": name, "words": []}])


def push(name: str, word: str) -> str:
    return said(("update", THINGS), updates=[{"q": {"_id": name}, "u": {"$push": {"words": word}}}])


def drop(name: str) -> str:
    return said(("delete", THINGS), deletes=[{"q": {"_id": name}, "limit": 1}])


def index(name: str, collection: str = GROUND, **options: Any) -> str:
    key = {"word": 1, name: 1} if collection == GROUND else {"a": 1}
    return said(("createIndexes", collection), indexes=[{"key": key, "name": name, **options}])


def in_python(statement: str) -> str:
    """The line that a Python migration has for a write."""
    command = json.loads(statement)
    name, collection = next(iter(command.items()))
    if name == "insert":
        return f"ctx.connection[{collection!r}].insert_many({command['documents']!r})"
    if name == "update":
        (one,) = command["updates"]
        return f"ctx.connection[{collection!r}].update_one({one['q']!r}, {one['u']!r})"
    (one,) = command["deletes"]
    return f"ctx.connection[{collection!r}].delete_one({one['q']!r})"


def text(up: Sequence[str], down: Sequence[str] | None, directives: Sequence[str]) -> str:
    told = {key: value or True for key, _, value in (one.partition("=") for one in directives)}
    head = f'"schemactl": {json.dumps(told)}, ' if told else ""
    sections = ['"up": [\n' + ",\n".join(up) + "\n]"]
    if down is not None:
        sections.append('"down": [\n' + ",\n".join(down) + "\n]")
    return "{" + head + ",\n".join(sections) + "}\n"


def parse(source: str) -> Script:
    return json_sections.parse(source, shown="0001_step.json")


_A, _B = make("a"), make("b")


def _lone(name: str, statement: str) -> Cut:
    """A command between two others: three segments."""
    return Cut(name=name, statements=(_A, statement, _B), modes=((ALL, (0,)), ("alone", (1,)), (ALL, (2,))))


def _shares(name: str, statement: str) -> Cut:
    return Cut(name=name, statements=(_A, statement, _B), modes=((ALL, (0, 1, 2)),))


_ALL_LONE = ((ALL, (0,)), ("alone", (1,)), ("alone", (2,)))
CUTS = (
    _shares("update", push("a", "x")),
    _shares("delete", drop("a")),
    _shares("find and modify", said(("findAndModify", THINGS), query={"_id": "a"}, update={"$set": {"n": 1}})),
    _lone("create", said(("create", "city"))),
    _lone("create index", index("i")),
    _lone("drop index", said(("dropIndexes", GROUND), index="i")),
    _lone("drop", said(("drop", "city"))),
    _lone("change of options", said(("collMod", GROUND), validator={})),
    _lone("rename", said(("renameCollection", GROUND), to="floor")),
    _lone("create user", said(("createUser", "u"), pwd="p", roles=[])),
    _lone("grant", said(("grantRolesToUser", "u"), roles=["read"])),
    _lone("out", said(("aggregate", THINGS), pipeline=[{"$out": "copy"}], cursor={})),
    _lone("merge", said(("aggregate", THINGS), pipeline=[{"$merge": {"into": "copy"}}], cursor={})),
    _lone("an unknown command", said(("brandNew", GROUND))),
    Cut(
        name="a write to a capped collection made here",
        statements=(
            _A,
            said(("create", "log"), capped=True, size=4096),
            said(("insert", "log"), documents=[{"_id": 1}]),
        ),
        modes=_ALL_LONE,
    ),
    Cut(
        name="a write to a time series made here",
        statements=(
            _A,
            said(("create", "log"), timeseries={"timeField": "t"}),
            said(("insert", "log"), documents=[{"t": {"$date": "2026-01-01T00:00:00Z"}}]),
        ),
        modes=_ALL_LONE,
    ),
    Cut(
        name="a write to a capped collection made and renamed here",
        statements=(
            said(("create", "log"), capped=True, size=4096),
            said(("renameCollection", "log"), to="journal"),
            said(("insert", "journal"), documents=[{"_id": 1}]),
        ),
        modes=(("alone", (0,)), ("alone", (1,)), ("alone", (2,))),
    ),
    Cut(
        name="a write to a collection made here",
        statements=(said(("create", "city")), said(("insert", "city"), documents=[{"_id": 1}])),
        modes=(("alone", (0,)), (ALL, (1,))),
    ),
    Cut(
        name="transaction=none",
        statements=(_A, index("i"), _B),
        modes=(("alone", (0,)), ("alone", (1,)), ("alone", (2,))),
        none=True,
    ),
)

_CREATE_A = said(("create", "a"))
CHANGES = (
    (_CREATE_A, said(("create", "b"))),
    (_CREATE_A, index("i", "a")),
    (_CREATE_A, said(("collMod", "a"), validator={"word": {"$type": "string"}})),
    (_CREATE_A, said(("create", "v"), viewOn="a", pipeline=[{"$match": {"x": 1}}])),
    (_CREATE_A, said(("create", "s"), timeseries={"timeField": "t"})),
    (_CREATE_A, said(("create", "c"), capped=True, size=4096)),
    (_CREATE_A, said(("renameCollection", "a"), to="z")),
    (
        said(("create", "a"), validator={"a": 1}, validationLevel="strict"),
        said(("collMod", "a"), validationLevel="moderate"),
    ),
    (
        said(("create", "a"), validator={"a": 1}, validationAction="error"),
        said(("collMod", "a"), validationAction="warn"),
    ),
    (index("i", "a"), said(("collMod", "a"), index={"name": "i", "unique": True})),
    (
        index("i", "a", expireAfterSeconds=60),
        said(("collMod", "a"), index={"name": "i", "expireAfterSeconds": 3600}),
    ),
    (index("i", "a"), said(("dropIndexes", "a"), index="i")),
    (_CREATE_A, index("i", "a", unique=True)),
    (_CREATE_A, index("i", "a", partialFilterExpression={"a": {"$gt": 5}})),
    (_CREATE_A, said(("createRole", "clerk"), privileges=[], roles=["read"])),
)

DIALECT = Dialect(
    language=Language(text=text, parse=parse),
    make=make,
    drop=drop,
    insert=push,
    fails=make("taken"),
    alone_make=index,
    alone_drop=lambda name: said(("dropIndexes", GROUND), index=name),
    alone_fails=said(("dropIndexes", GROUND), index="nothing"),
    undecidable=push,
    has=lambda name: f"ctx.connection[{THINGS!r}].find_one({{'_id': {name!r}}}) is not None",
    having=lambda name, word: said(("find", THINGS), filter={"_id": name, "words": word}),
    ddl=lambda name: said(("create", name)),
    execute=in_python,
    leaves=("done", "not done"),
    changes=CHANGES,
    cuts=CUTS,
    refused=(
        said(("commitTransaction", 1)),
        said(("abortTransaction", 1)),
        said(("insert", THINGS), documents=[{"_id": 1}], startTransaction=True),
        said(("update", THINGS), updates=[], lsid={"id": 1}),
        said(("killSessions", [])),
        said(("killOp", 1), op=1),
        said(("shutdown", 1)),
        said(("fsync", 1)),
        said(("insert", THINGS), documents=[{"_id": 1}], writeConcern={"w": 0}),
        said(("dropDatabase", 1)),
        said(("drop", "schema_versions")),
        said(("renameCollection", "things"), to="schema_lock"),
        said(("aggregate", THINGS), pipeline=[{"$out": "schema_steps"}], cursor={}),
        said(("find", THINGS)),
        said(("aggregate", THINGS), pipeline=[], cursor={}),
        said(("insert", THINGS), documents=[{"_id": {"$oid": "short"}}]),
    ),
)
