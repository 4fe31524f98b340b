"""What an election or a lost network does to a run: the ledger says what is so, however the answer was.

A server of one member holds no election, so its refusals are put in the place of answers on the wire.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from schemactl.contract.engine import Engine
from schemactl.contract.opening import Patience
from schemactl.errors import ConnectError, StatementError
from schemactl.events import Waiting
from tests.contract.on_mongodb import MongoTarget
from tests.contract.work import Heard, run_on
from tests.engines.mongodb.scene import Command, applied, up
from tests.tools.mongo_wire import answering, refusing
from tests.tools.turnproxy import Halt, Point

Answer = Callable[[bytes], bytes]

SCENE: Command = {"insert": "a", "documents": [{"_id": 1, "n": 0}]}
COUNT: Command = {"update": "a", "updates": [{"q": {}, "u": {"$inc": {"n": 1}}, "multi": True}]}
INDEX: Command = {"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}]}
COMMIT, WRITE = '"commitTransaction"', '"update": "a"'
TRANSIENT, UNKNOWN = "TransientTransactionError", "UnknownTransactionCommitResult"
STEPPED_DOWN = (refusing(10107, "NotWritablePrimary"), refusing(11602, "InterruptedDueToReplStateChange"))
NAMES = ["NotWritablePrimary", "InterruptedDueToReplStateChange"]


def counted(target: MongoTarget) -> int:
    with target.asked() as db:
        found = db["a"].find_one()
    assert found is not None
    return int(found["n"])


def versions(engine: Engine) -> list[tuple[str, str]]:
    return [(entry.version.text, entry.state) for entry in engine.ledger.read().entries]


def begun(target: MongoTarget, **facts: Any) -> Engine:
    engine = target.open(**facts)
    applied(engine, SCENE)
    return engine


def arm(target: MongoTarget, match: str, answers: list[Answer], *, point: Point) -> list[Halt]:
    """Such requests of the next run are answered so; `sent`: unseen by the server, `executed`: it has done them."""
    # The first commit of a run is that of taking the lock over.
    nth = 2 if match == COMMIT else 1
    return [target.cut(Halt(match=match, nth=nth, point=point, answer=answer)) for answer in answers]


def goes_on(target: MongoTarget, *commands: Command) -> None:
    """The next run does what is left, if anything is, and each migration took effect once."""
    target.run_out()
    engine = target.open()
    if "2" not in [version for version, _ in versions(engine)]:
        run_on(engine, up(engine, "2", *commands))
    assert versions(engine) == [("1", "applied"), ("2", "applied")]
    assert counted(target) == 1


@pytest.mark.parametrize("point", ["sent", "executed"])
@pytest.mark.parametrize("answer", STEPPED_DOWN, ids=NAMES)
def test_a_primary_that_steps_down_at_commit_is_asked_again_and_it_counts_once(
    target: MongoTarget, answer: Answer, point: Point
) -> None:
    engine = begun(target)
    (met,) = arm(target, COMMIT, [answer], point=point)
    run_on(engine, up(engine, "2", COUNT))
    assert met.reached.is_set()
    assert (versions(engine), counted(target)) == ([("1", "applied"), ("2", "applied")], 1)


@pytest.mark.parametrize("point", ["sent", "executed"])
def test_a_network_that_is_lost_for_good_at_commit_leaves_the_entry_with_its_effects_or_neither(
    target: MongoTarget, point: Point
) -> None:
    engine = begun(target, connect_timeout_s=1)
    cut = target.cut(Halt(match=COMMIT, nth=2, point=point))

    def lose() -> None:
        cut.wait()
        target.kill_runners()

    thread = threading.Thread(target=lose, daemon=True)
    thread.start()
    with pytest.raises(ConnectError) as stopped:
        run_on(engine, up(engine, "2", COUNT))
    thread.join(30)
    assert "in full or not at all" in (stopped.value.now or "")
    target.run_out()
    engine = target.open()
    # Taking the lock over ends what the lost one has open, if the server has not come to the end of it.
    run_on(engine)
    assert (("2", "applied") in versions(engine)) == bool(counted(target))
    assert counted(target) == 1 or point == "sent"
    goes_on(target, COUNT)


@pytest.mark.parametrize("point", ["sent", "executed"])
def test_a_commit_whose_outcome_nobody_tells_is_read_from_the_ledger(target: MongoTarget, point: Point) -> None:
    engine = begun(target, connect_timeout_s=1)
    unsure = refusing(50, "MaxTimeMSExpired", UNKNOWN)
    halts = arm(target, COMMIT, [unsure] * 100, point=point)
    with pytest.raises(ConnectError) as stopped:
        run_on(engine, up(engine, "2", COUNT))
    assert halts[0].reached.is_set() and "the ledger knows" in (stopped.value.now or "")
    engine.close()
    assert (("2", "applied") in versions(target.open())) == (point == "executed")
    goes_on(target, COUNT)


def test_a_commit_that_no_majority_confirmed_in_time_is_asked_again_and_it_counts_once(target: MongoTarget) -> None:
    engine = begun(target)
    unsure = {"code": 64, "codeName": "WriteConcernTimeout", "errmsg": "waiting for replication timed out"}
    halts = arm(target, COMMIT, [answering(ok=1.0, writeConcernError=unsure)], point="executed")
    run_on(engine, up(engine, "2", COUNT))
    assert halts[0].reached.is_set()
    assert (versions(engine), counted(target)) == ([("1", "applied"), ("2", "applied")], 1)


@pytest.mark.parametrize("match", [WRITE, COMMIT], ids=["write", "commit"])
@pytest.mark.parametrize(
    "answer",
    [refusing(112, "WriteConflict", TRANSIENT), refusing(251, "NoSuchTransaction", TRANSIENT)],
    ids=["WriteConflict", "NoSuchTransaction"],
)
def test_a_transient_error_of_a_transaction_is_tried_again_whole_and_it_counts_once(
    target: MongoTarget, match: str, answer: Answer
) -> None:
    engine = begun(target, patience=Patience(tries=5, first_delay_s=0.02, max_delay_s=0.05))
    heard = Heard()
    halts = arm(target, match, [answer, answer], point="sent")
    run_on(engine, up(engine, "2", COUNT), emit=heard)
    assert all(halt.reached.is_set() for halt in halts) and heard.of(Waiting)
    assert (versions(engine), counted(target)) == ([("1", "applied"), ("2", "applied")], 1)


def test_a_primary_that_steps_down_in_a_transaction_leaves_nothing_of_it(target: MongoTarget) -> None:
    engine = begun(target)
    arm(target, WRITE, [refusing(11602, "InterruptedDueToReplStateChange", TRANSIENT)], point="executed")
    with pytest.raises(ConnectError) as stopped:
        run_on(engine, up(engine, "2", COUNT))
    assert "in full or not at all" in (stopped.value.now or "")
    engine.close()
    assert (versions(target.open()), counted(target)) == ([("1", "applied")], 0)
    goes_on(target, COUNT)


def test_a_transaction_that_outlived_the_server_s_limit_is_told_as_that_and_not_tried_again(
    target: MongoTarget,
) -> None:
    engine = begun(target, patience=Patience(tries=5, first_delay_s=0.02))
    heard = Heard()
    arm(target, '"getParameter"', [answering(ok=1.0, transactionLifetimeLimitSeconds=0)], point="executed")
    arm(target, WRITE, [refusing(251, "NoSuchTransaction", TRANSIENT)], point="sent")
    with pytest.raises(StatementError) as stopped:
        run_on(engine, up(engine, "2", COUNT), emit=heard)
    assert (stopped.value.kind, heard.of(Waiting)) == ("statement_timeout", [])
    assert "transactionLifetimeLimitSeconds" in (stopped.value.do or "")
    assert (versions(engine), counted(target)) == ([("1", "applied")], 0)


@pytest.mark.parametrize(("point", "verdict"), [("sent", "not done"), ("executed", "done")])
@pytest.mark.parametrize("answer", STEPPED_DOWN[:1], ids=NAMES[:1])
def test_a_primary_that_steps_down_at_a_lone_command_leaves_an_intent_that_is_looked_into(
    target: MongoTarget, answer: Answer, point: Point, verdict: str
) -> None:
    engine = begun(target)
    job = up(engine, "2", INDEX, COUNT)
    arm(target, '"createIndexes"', [answer], point=point)
    with pytest.raises(ConnectError) as stopped:
        run_on(engine, job)
    assert "recover finds out" in (stopped.value.now or "")
    engine.close()
    target.run_out()
    engine = target.open()
    (step,) = engine.ledger.read().steps
    finding = engine.recovery.probe(job, job.segments[0].steps[0], step)
    assert (step.state, finding.verdict) == ("intent", verdict)
