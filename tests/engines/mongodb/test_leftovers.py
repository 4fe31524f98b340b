"""Who left a command running in the server is known until a successor has seen its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo.errors import PyMongoError

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.mongodb import hands, lease
from schemactl.engines.mongodb.connection import Session
from schemactl.engines.mongodb.lease import MongoLease
from schemactl.errors import LockedError, SchemactlError
from schemactl.events import Warned, ignore
from schemactl.running.lease import now
from tests.contract.work import Heard, run_on
from tests.engines.mongodb.scene import opened, up
from tests.engines.mongodb.test_lease import run_out
from tests.fixtures.mongodb import Mongo, MongoDatabase, drop_mongo_database, make_mongo_database, own_server

NOBODY_HAS_IT = {"w": 3, "wtimeout": 100}
"""A write concern that a server of one member never meets: the write is done, and no majority confirms it."""


@pytest.fixture
def database(fresh_mongo_database: MongoDatabase) -> MongoDatabase:
    return fresh_mongo_database


@contextmanager
def runner(database: MongoDatabase) -> Iterator[tuple[Session, MongoLease]]:
    session = Session(Opening(database.url, "a test's database", "contract/town", Stop()))
    try:
        yield session, MongoLease(session)
    finally:
        session.close()


def before(database: MongoDatabase) -> list[Any]:
    """The tokens of those who may have left something running."""
    with database.asked() as db:
        found = db["schema_lock"].find_one({"_id": "lease"})
    assert found is not None
    return [one["token"] for one in found["before"]]


@contextmanager
def at_work(session: Session) -> Iterator[None]:
    """This client has a command under way in the server, for longer than any test looks."""
    session.db.create_collection("log", capped=True, size=4096)
    session.db["log"].insert_one({})
    asked = {"find": "log", "tailable": True, "awaitData": True, "batchSize": 1}
    cursor = session.command(asked)["cursor"]["id"]

    def wait() -> None:
        with suppress(PyMongoError):
            session.command({"getMore": cursor, "collection": "log", "maxTimeMS": 60_000})

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    yield
    session.client.close()
    thread.join(30)


def test_who_took_over_in_vain_passes_on_whom_to_look_for(database: MongoDatabase) -> None:
    with runner(database) as (dead, first), runner(database) as (_, second), runner(database) as (_, third):
        assert first.take() == ""
        with at_work(dead):
            run_out(database)
            assert second.take() == ""
            with pytest.raises(LockedError):
                second.succeed(until=0, emit=ignore)
            assert second.release()
            assert third.take() == ""
            assert dead.token in before(database)
        third.succeed(until=now() + 30, emit=ignore)
        assert before(database) == []


def test_who_took_over_and_died_at_once_is_one_of_two_to_look_for(database: MongoDatabase) -> None:
    with runner(database) as (dead, first), runner(database) as (next_one, second), runner(database) as (_, third):
        for record in (first, second, third):
            assert record.take() == ""
            run_out(database)
        assert before(database) == [dead.token, next_one.token]


def test_who_left_a_command_behind_stays_named_when_it_gives_the_lease_back(database: MongoDatabase) -> None:
    with runner(database) as (dead, first), runner(database) as (_, second):
        assert first.take() == ""
        dead.left = True
        assert first.release()
        assert first.holder() is None
        assert second.take() == ""
        assert before(database) == [dead.token]


def test_who_left_nothing_behind_is_not_looked_for(database: MongoDatabase) -> None:
    with runner(database) as (_, first), runner(database) as (_, second):
        assert first.take() == ""
        assert first.release()
        assert second.take() == ""
        assert before(database) == []


def test_a_renewal_that_no_majority_has_is_not_the_lease_s_loss(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runner(database) as (_, record):
        assert record.take() == ""
        with monkeypatch.context() as patch:
            patch.setattr(lease, "MAJORITY", NOBODY_HAS_IT)
            with pytest.raises(SchemactlError) as unsure:
                record.renew()
            assert unsure.value.kind == "not_replicated"
        assert record.renew()


def test_one_write_that_no_majority_has_is_not_told_as_not_done(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened(database.url)
    job = up(engine, "1", {"insert": "a", "documents": [{"_id": 1}]}, said=("transaction=none",))
    monkeypatch.setattr(hands, "MAJORITY", NOBODY_HAS_IT)
    with pytest.raises(SchemactlError):
        run_on(engine, job)
    with database.asked() as db:
        assert db["a"].count_documents({}) == 1
    assert [step.state for step in engine.ledger.read().steps] == ["intent"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Mongo]:
    """A server that asks for passwords."""
    with own_server(auth=True) as server:
        yield server


@pytest.mark.parametrize(("rights", "is_blind"), [(["clusterMonitor"], False), ([], True)])
def test_what_another_user_left_running_is_said_to_be_unseen_by_whom_it_is(
    guarded: Mongo, rights: list[str], is_blind: bool
) -> None:
    database = make_mongo_database(guarded)
    at = urlsplit(database.url)

    def user(name: str, *rights: str) -> MongoDatabase:
        with database.asked() as db:
            roles = ["dbOwner", *({"role": one, "db": "admin"} for one in rights)]
            db.command({"createUser": name, "pwd": "w0rd", "roles": roles})
        where = at._replace(netloc=f"{name}:w0rd@{at.hostname}:{at.port}", query=f"authSource={database.name}")
        return MongoDatabase(where.geturl(), database.name, guarded)

    heard = Heard()
    with runner(user("anna")) as (dead, first), runner(user("bert", *rights)) as (session, second):
        assert (first.take(), dead.login) == ("", f"{database.name}.anna")
        dead.close()
        run_out(database)
        assert second.take() == ""
        second.succeed(until=now() + 30, emit=heard)
        assert (bool(session.blind), len(heard.of(Warned))) == (is_blind, int(is_blind))
        assert second.release()
        # Where it was not seen, somebody who may is still to look.
        assert before(database) == ([dead.token] if is_blind else [])
    drop_mongo_database(database)
