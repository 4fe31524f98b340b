"""A snapshot: the catalogue as text, which read again and run makes the same; to the tool and to the server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from bson import json_util

from schemactl.contract.engine import Engine, Missing
from schemactl.model.catalog import Catalog
from schemactl.model.snapshot import Block, Snapshot
from schemactl.script import snapshot_json, snapshot_text
from tests.contract.conftest import new_target
from tests.contract.on_clickhouse import ClickHouseTarget
from tests.contract.on_clickhouse_embedded import EmbeddedTarget
from tests.contract.on_clickhouse_pair import PairTarget
from tests.contract.on_fake import FakeTarget
from tests.contract.on_mongodb import MongoTarget
from tests.contract.on_neo4j import Neo4jTarget
from tests.contract.on_postgres import PostgresTarget
from tests.contract.snapshot_objects import OBJECTS, Objects
from tests.contract.target import TARGET, Target
from tests.contract.work import job_up, prepare, run
from tests.tools.mongo_oracle import dump_of


class Seen(NamedTuple):
    """One target: its catalogue, what it is made of beside what was there at first, and what the server says of it."""

    catalog: Catalog
    blocks: tuple[Block, ...]
    shown: list[str]


class Told(NamedTuple):
    """Objects made by their own statements, their snapshot as text, and what was made of that text elsewhere."""

    objects: Objects
    first: Seen
    again: tuple[Block, ...]
    text: str
    second: Seen


@pytest.fixture(scope="module", params=OBJECTS)
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    objects = OBJECTS[request.param]
    with new_target(request) as target:
        before = prepared(target)
        make_all(target, [one for group in reversed(objects.groups) for one in group])
        first = seen(target, before)
        again = blocks_of(target.open())
        text = written(target, first.blocks)
        undo(target, objects)
    with new_target(request) as target:
        before = prepared(target)
        run_all(target, [block.text.removesuffix(";") for block in read(target, text)])
        yield Told(objects, first, tuple(one for one in again if one not in before), text, seen(target, before))
        undo(target, objects)


def prepared(target: Target) -> tuple[Block, ...]:
    """The blocks of what is there already: the harness's own tables."""
    engine = target.open()
    prepare(engine)
    return blocks_of(engine)


def blocks_of(engine: Engine) -> tuple[Block, ...]:
    assert not isinstance(engine.snapshots, Missing)
    return engine.snapshots.blocks(engine.catalog.read())


def seen(target: Target, before: Sequence[Block]) -> Seen:
    engine = target.open()
    return Seen(engine.catalog.read(), tuple(one for one in blocks_of(engine) if one not in before), shown(target))


def written(target: Target, blocks: tuple[Block, ...]) -> str:
    made = Snapshot(engine=engine_of(target), target=TARGET, version="0001", blocks=blocks)
    return snapshot_json.written(made) if isinstance(target, MongoTarget) else snapshot_text.written(made)


def read(target: Target, text: str) -> tuple[Block, ...]:
    parsed = snapshot_json.parsed if isinstance(target, MongoTarget) else snapshot_text.parsed
    return parsed(text, engine=engine_of(target), shown="town").blocks


def engine_of(target: Target) -> str:
    name = target.open().name
    return "postgres" if name == "fake" else name


def make_all(target: Target, statements: Sequence[str]) -> None:
    """Past the engine; of a cluster by it, which tells every server."""
    if isinstance(target, PairTarget | FakeTarget | PostgresTarget):
        run_all(target, statements)
    elif isinstance(target, ClickHouseTarget | EmbeddedTarget):
        for statement in statements:
            target.ask(statement)
    elif isinstance(target, MongoTarget):
        with target.asked() as db:
            for statement in statements:
                db.command(json_util.loads(statement.replace("$database", db.name)))
    elif isinstance(target, Neo4jTarget):
        target.make(statements)


def run_all(target: Target, statements: Sequence[str]) -> None:
    """As one migration, with what a snapshot has no words for: the database's name, and a password."""
    if isinstance(target, Neo4jTarget):
        # A runner waits for each index: of these its planner alone is asked.
        job_up(target.open(), target.dialect, "1", *statements)
        target.make(statements)
        return
    name = database_of(target)
    texts = [one.replace("$database", name).replace("{database:Identifier}", name) for one in statements]
    if isinstance(target, MongoTarget):
        found = [json.loads(one) for one in texts]
        texts = [json.dumps({**one, "pwd": "s3cret-word"} if "createUser" in one else one) for one in found]
    run(target, job_up(target.open(), target.dialect, "1", *texts))


def undo(target: Target, objects: Objects) -> None:
    if isinstance(target, EmbeddedTarget):
        for statement in objects.undo:
            target.ask(statement)


def database_of(target: Target) -> str:
    if isinstance(target, ClickHouseTarget | EmbeddedTarget):
        return str(target.ask("SELECT currentDatabase()")[0][0])
    if isinstance(target, MongoTarget):
        with target.asked() as db:
            return db.name
    return ""


def shown(target: Target) -> list[str]:
    """The oracle: what the server says of its objects by other ways than the catalogue's, ours left out."""
    if isinstance(target, ClickHouseTarget | EmbeddedTarget):
        return shown_by_clickhouse(target)
    if isinstance(target, MongoTarget):
        return shown_by_mongodb(target)
    if isinstance(target, Neo4jTarget):
        statements = [f"SHOW {what} YIELD name, createStatement" for what in ("INDEXES", "CONSTRAINTS")]
        rows = [row for one in statements for row in target.ask(one)]
        return sorted(str(text) for name, text in rows if not str(name).startswith("schema_"))
    if isinstance(target, PostgresTarget):
        return target.dumped()
    return []


def shown_by_clickhouse(target: ClickHouseTarget | EmbeddedTarget) -> list[str]:
    own, found = database_of(target), []
    for (name,) in target.ask("SHOW TABLES"):
        if not name.startswith(("schema_", ".inner_id.")):
            quoted = "`" + name.replace("`", "\\`") + "`"
            found.append(target.ask(f"SHOW CREATE TABLE {quoted}")[0][0].replace(f"{own}.", "").replace(own, "…"))
    # 18.16 shows what it was given.
    return sorted(text.replace("s3cret-word", "[HIDDEN]") for text in found)


def shown_by_mongodb(target: MongoTarget) -> list[str]:
    with target.asked() as db:
        rights: list[Any] = db.command({"rolesInfo": 1, "showPrivileges": True})["roles"]
        rights += db.command({"usersInfo": 1})["users"]
        texts = [json_util.dumps({**one, "_id": 0, "userId": 0}, sort_keys=True) for one in rights]
        return [*dump_of(db), *sorted(text.replace(db.name, "…") for text in texts)]


def test_what_its_text_makes_is_equal(told: Told) -> None:
    assert told.second.catalog.difference(told.first.catalog) == ()


def test_the_server_says_that_it_is_equal_too(told: Told) -> None:
    assert told.second.shown == told.first.shown
    assert told.objects.count == len(told.first.blocks)


def test_one_catalogue_gives_one_text_whatever_order_its_objects_were_made_in(told: Told) -> None:
    assert told.again == told.first.blocks
    assert told.second.blocks == told.first.blocks


def test_what_an_object_needs_stands_before_it(told: Told) -> None:
    order = [(block.kind, *block.identity) for block in told.first.blocks]
    assert [pair for pair in told.objects.follows if order.index(pair[0]) < order.index(pair[1])] == []


def test_it_says_what_it_must_and_nothing_of_ours_nor_of_where_it_was(told: Told) -> None:
    assert [
        part for part in told.objects.parts if part not in told.text and json.dumps(part)[1:-1] not in told.text
    ] == []
    assert [word for word in ("schema_", "s3cret", "schemactl_test") if word in told.text] == []
