"""A password that a migration gives a user is sent to the server, and is nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemactl.errors import ConfigError, StatementError
from tests.contract.on_mongodb import MongoTarget
from tests.contract.work import Heard, run_on
from tests.engines.mongodb.scene import Command, opened, up
from tests.engines.mongodb.shop import Shop
from tests.fixtures.mongodb import MongoDatabase
from tests.tools.mongo_wire import answering
from tests.tools.turnproxy import Halt

FIRST, SECOND = "n0body-knows", 'an0ther "word"'
ANNA: Command = {"createUser": "anna", "pwd": FIRST, "roles": []}
FILES = {
    "0001_users.json": json.dumps({"up": [ANNA, {"updateUser": "anna", "pwd": SECOND}]}, indent=1),
    "0002_again.json": json.dumps({"up": [{"insert": "a", "documents": [{}]}, ANNA]}),
}


def secrets_in(text: str) -> list[str]:
    words = (FIRST, SECOND, json.dumps(SECOND)[1:-1])
    return [word for word in words if word in text or json.dumps(word)[1:-1] in text]


@pytest.fixture
def shop(tmp_path: Path, fresh_mongo_database: MongoDatabase) -> Shop:
    return Shop(tmp_path / "project", fresh_mongo_database, FILES)


def ledger_of(database: MongoDatabase) -> str:
    with database.asked() as db:
        names = [name for name in db.list_collection_names() if name.startswith("schema_")]
        assert "schema_steps" in names
        return "\n".join(str(list(db[name].find())) for name in names)


def test_no_command_says_it_and_no_ledger_holds_it(shop: Shop) -> None:
    said = {}
    for words in (("plan",), ("migrate",), ("status",), ("recover", "--dry-run")):
        child = shop.program(*words)
        said[words[0]] = child.communicate(timeout=60)[0]
    assert "createUser" in said["plan"] and "already exists" in said["migrate"]
    assert {name: secrets_in(text) for name, text in said.items()} == {name: [] for name in said}
    assert secrets_in(ledger_of(shop.database)) == []


@pytest.mark.parametrize("password", [FIRST, SECOND])
def test_a_server_that_repeats_it_in_its_refusal_is_not_repeated(target: MongoTarget, password: str) -> None:
    engine, heard = target.open(), Heard()
    told = answering(ok=0.0, errmsg=f"no good password: {password}", code=2, codeName="BadValue")
    target.cut(Halt(match='"createUser"', point="sent", answer=told))
    with pytest.raises(StatementError) as stopped:
        run_on(engine, up(engine, "1", {**ANNA, "pwd": password}), emit=heard)
    assert "no good password: ***" in stopped.value.what
    assert secrets_in("\n".join([*stopped.value.lines(), str(heard.events)])) == []


def test_a_user_command_that_was_under_way_leaves_it_in_no_intent(
    target: MongoTarget, fresh_mongo_database: MongoDatabase
) -> None:
    job = up(target.open(), "1", ANNA)
    target.leave(job, "done")
    engine = target.open()
    (step,) = engine.ledger.read().steps
    finding = engine.recovery.probe(job, job.segments[0].steps[0], step)
    assert secrets_in(f"{step} {finding} {ledger_of(fresh_mongo_database)}") == []


def test_a_password_that_is_no_text_is_refused_without_being_shown(fresh_mongo_database: MongoDatabase) -> None:
    with pytest.raises(ConfigError) as refused:
        up(opened(fresh_mongo_database.url), "1", {**ANNA, "pwd": {"$oid": FIRST}})
    assert refused.value.kind == "extended_json"
    assert secrets_in("\n".join(refused.value.lines())) == []
