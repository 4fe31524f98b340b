"""Python migrations: one transaction with their entry by way of a bound session, or alone and asked by their probe."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.job import Job
from schemactl.contract.opening import Patience, Stop
from schemactl.errors import LockedError, RunInterruptedError, SchemactlError, StatementError
from schemactl.events import Event, Noted, Waiting
from tests.contract.on_mongodb import MongoTarget
from tests.contract.work import Heard, job_script, run_on
from tests.engines.mongodb.scene import applied, opened
from tests.engines.mongodb.test_lease import lock_of
from tests.fixtures.mongodb import MongoDatabase


@pytest.fixture
def database(fresh_mongo_database: MongoDatabase) -> MongoDatabase:
    return fresh_mongo_database


def counted(database: MongoDatabase, collection: str = "a") -> int:
    with database.asked() as db:
        return db[collection].count_documents({})


def failed(database: MongoDatabase, tmp_path: Path, body: str) -> SchemactlError:
    """What comes of a script with this body of `up(ctx)`; the entry must not be there."""
    engine = opened(database.url)
    text = "def up(ctx):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    with pytest.raises(SchemactlError) as stopped:
        run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"))
    assert engine.ledger.read().entries == ()
    return stopped.value


def test_reads_and_writes_of_a_script_are_in_its_transaction_without_a_word(
    database: MongoDatabase, tmp_path: Path
) -> None:
    engine = opened(database.url)
    text = """def up(ctx):
    ctx.connection.a.insert_many([{"_id": n} for n in range(10)])
    ctx.connection.a.update_many({}, {"$set": {"n": 1}})
    found = list(ctx.connection.a.aggregate([{"$group": {"_id": "$n", "all": {"$sum": 1}}}]))
    print(found)
    ctx.log(str(ctx.connection.a.count_documents({})))
    ctx.progress(10, 10, "documents")
"""
    heard = Heard()
    run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"), emit=heard)
    assert [event.what for event in heard.of(Noted)] == ["[{'_id': 1, 'all': 10}]", "10"]
    assert counted(database) == 10


def test_one_that_raises_after_it_wrote_keeps_nothing_and_names_its_line(
    database: MongoDatabase, tmp_path: Path
) -> None:
    error = failed(database, tmp_path, "ctx.connection.a.insert_one({'_id': 1})\nraise ValueError('no stone')")
    assert (error.code, error.kind, error.at) == (14, "script", "1_step.py:3")
    assert error.now == "nothing of 1_step was kept"
    assert counted(database) == 0


def test_a_refused_write_is_told_with_its_code_and_line(database: MongoDatabase, tmp_path: Path) -> None:
    error = failed(
        database, tmp_path, "ctx.connection.a.insert_one({'_id': 1})\nctx.connection.a.insert_one({'_id': 1})"
    )
    assert isinstance(error, StatementError)
    assert (error.kind, error.state, error.at) == ("unique_violation", "DuplicateKey", "1_step.py:3")
    assert counted(database) == 0


def test_one_that_passes_over_a_refusal_cannot_commit_and_is_told_why(database: MongoDatabase, tmp_path: Path) -> None:
    body = """ctx.connection.a.insert_one({"_id": 1})
try:
    ctx.connection.a.insert_one({"_id": 1})
except Exception:
    pass"""
    error = failed(database, tmp_path, body)
    assert (error.code, error.kind, bool(error.do)) == (14, "script", True)
    assert "failed and it went on" in error.what
    assert counted(database) == 0


def test_what_no_transaction_holds_is_refused_with_the_way_out(database: MongoDatabase, tmp_path: Path) -> None:
    error = failed(database, tmp_path, "ctx.connection.a.insert_one({'_id': 1})\nctx.connection.drop_collection('a')")
    assert (error.kind, "transaction=none" in (error.do or "")) == ("no_transaction", True)
    assert counted(database) == 0


def test_one_that_calls_exit_ends_itself_and_not_the_program(database: MongoDatabase, tmp_path: Path) -> None:
    error = failed(database, tmp_path, "import sys\nsys.exit(3)")
    assert (error.kind, "sys.exit(3)" in error.what) == ("script", True)


def test_alembic_s_operations_are_postgresql_s_alone(database: MongoDatabase, tmp_path: Path) -> None:
    assert "PostgreSQL" in failed(database, tmp_path, "ctx.op.create_table('a')").what


def test_a_conflict_with_another_is_tried_again_from_the_first_line(database: MongoDatabase, tmp_path: Path) -> None:
    engine = opened(database.url, patience=Patience(tries=20, first_delay_s=0.05, max_delay_s=0.2))
    applied(engine, {"insert": "a", "documents": [{"_id": 1}]})
    text = "def up(ctx):\n    ctx.connection.a.update_one({'_id': 1}, {'$inc': {'n': 1}})\n"
    heard: list[Event] = []
    with database.asked() as db, db.client.start_session() as other:
        other.start_transaction()
        db["a"].update_one({"_id": 1}, {"$set": {"n": 10}}, session=other)

        def listen(event: Event) -> None:
            heard.append(event)
            if isinstance(event, Waiting) and other.in_transaction:
                other.commit_transaction()

        run_on(engine, job_script(engine, "2", text, tmp_path / "2_step.py"), emit=listen)
    assert any(isinstance(event, Waiting) for event in heard)
    with database.asked() as db:
        assert db["a"].find_one() == {"_id": 1, "n": 11}


def test_one_that_is_asked_to_stop_keeps_nothing(database: MongoDatabase, tmp_path: Path) -> None:
    stop = Stop()
    engine = opened(database.url, stop=stop)
    text = "def up(ctx):\n    ctx.connection.a.insert_one({'_id': 1})\n    ctx.log('now')\n    ctx.progress(1)\n"

    def listen(event: Event) -> None:
        if isinstance(event, Noted):
            stop.ask()

    with pytest.raises(RunInterruptedError) as stopped:
        run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"), emit=listen)
    assert stopped.value.now == "nothing of 1_step was kept"
    assert counted(database) == 0


ALONE = """# schemactl: transaction=none
def up(ctx):
    ctx.connection.drop_collection("old")
    ctx.connection.a.insert_one({"_id": 1})
"""
PROBE = """

def probe(ctx):
    return ctx.connection.a.find_one({"_id": 1}) is not None
"""


def test_without_a_transaction_a_script_may_do_what_none_holds(database: MongoDatabase, tmp_path: Path) -> None:
    engine = opened(database.url)
    applied(engine, {"create": "old"})
    run_on(engine, job_script(engine, "2", ALONE, tmp_path / "2_step.py"))
    with database.asked() as db:
        assert "old" not in db.list_collection_names()
    assert [entry.state for entry in engine.ledger.read().entries] == ["applied", "applied"]


@pytest.mark.parametrize("passes_over", [True, False])
def test_without_a_transaction_a_script_sends_nothing_more_when_its_lease_is_lost(
    database: MongoDatabase, tmp_path: Path, passes_over: bool
) -> None:
    engine = opened(database.url)
    last = "ctx.connection.a.insert_one({'_id': 2})\n"
    text = f"""# schemactl: transaction=none
def up(ctx):
    ctx.connection.a.insert_one({{"_id": 1}})
    ctx.log("now")
    {f"try:{chr(10)}        {last}    except Exception:{chr(10)}        pass" if passes_over else last}
"""

    def take(event: Event) -> None:
        if isinstance(event, Noted):
            with database.asked() as db:
                db["schema_lock"].update_one({"_id": "lease"}, {"$set": {"token": "another"}})
            until = time.monotonic() + 30
            while is_held(engine):
                assert time.monotonic() < until, "the heartbeat did not notice"

    with pytest.raises(LockedError) as stopped:
        run_on(engine, job_script(engine, "1", text, tmp_path / "1_step.py"), emit=take)
    assert stopped.value.kind == "lost_lock"
    with database.asked() as db:
        assert [one["_id"] for one in db["a"].find()] == [1]


def is_held(engine: Engine) -> bool:
    try:
        lock_of(engine).look()
    except LockedError:
        return False
    return True


def left(target: MongoTarget, text: str, path: Path) -> Job:
    """A script whose run died in its last line."""
    engine = target.open()
    job = job_script(engine, "1", text, path)

    def cut(event: Event) -> None:
        if isinstance(event, Noted):
            target.kill_runners()

    with pytest.raises(SchemactlError):
        run_on(engine, job, emit=cut)
    target.run_out()
    return job


@pytest.mark.parametrize(("wrote", "verdict"), [(True, "done"), (False, "not done")])
def test_its_own_probe_says_what_a_crash_left(target: MongoTarget, tmp_path: Path, wrote: bool, verdict: str) -> None:
    last = "    ctx.connection.a.insert_one({'_id': 1})\n    ctx.log('now')\n    ctx.connection.a.find_one()\n"
    text = "# schemactl: transaction=none\ndef up(ctx):\n" + (last if wrote else "    ctx.log('now')\n" + last) + PROBE
    job = left(target, text, tmp_path / "1_step.py")
    engine = target.open()
    (step,) = engine.ledger.read().steps
    assert engine.recovery.probe(job, job.segments[0].steps[0], step).verdict == verdict


def test_a_lone_script_s_probe_is_in_no_transaction_and_any_other_s_is(database: MongoDatabase, tmp_path: Path) -> None:
    engine = opened(database.url)
    assert not isinstance(engine.scripts, Missing)
    probe = "def up(ctx):\n    pass\ndef probe(ctx):\n    ctx.connection.a.insert_one({})\n    return True\n"
    for said, kept in (("", 0), ("# schemactl: transaction=none\n", 1)):
        assert engine.scripts.probe(job_script(engine, "1", said + probe, tmp_path / "1_step.py"))
        assert counted(database) == kept


def test_a_probe_that_fails_leaves_it_to_a_person_to_say(target: MongoTarget, tmp_path: Path) -> None:
    text = "# schemactl: transaction=none\ndef up(ctx):\n    ctx.log('now')\n    ctx.connection.a.find_one()\n"
    job = left(target, text + "\n\ndef probe(ctx):\n    raise KeyError('stone')\n", tmp_path / "1_step.py")
    engine = target.open()
    (step,) = engine.ledger.read().steps
    finding = engine.recovery.probe(job, job.segments[0].steps[0], step)
    assert (finding.verdict, bool(finding.query)) == ("unknown", True)
    assert "stone" in finding.evidence and "1_step.py:8" in finding.evidence


def test_without_a_probe_nobody_knows(target: MongoTarget, tmp_path: Path) -> None:
    text = "# schemactl: transaction=none\ndef up(ctx):\n    ctx.log('now')\n    ctx.connection.a.find_one()\n"
    job = left(target, text, tmp_path / "1_step.py")
    engine = target.open()
    (step,) = engine.ledger.read().steps
    finding = engine.recovery.probe(job, job.segments[0].steps[0], step)
    assert (finding.verdict, bool(finding.query)) == ("unknown", True)


def test_a_probe_that_fails_says_where(database: MongoDatabase, tmp_path: Path) -> None:
    engine = opened(database.url)
    job = job_script(engine, "1", "def up(ctx):\n    pass\ndef probe(ctx):\n    1 / 0\n", tmp_path / "1_step.py")
    assert not isinstance(engine.scripts, Missing)
    with pytest.raises(StatementError) as stopped:
        engine.scripts.probe(job)
    assert (stopped.value.at, stopped.value.kind) == ("1_step.py:4", "script")
