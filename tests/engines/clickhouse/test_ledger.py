"""The ledger as a log: what its views show people is what the tool reads; two writers at once are seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemactl.contract.engine import Missing
from schemactl.engines.clickhouse.ledger import fold
from schemactl.engines.clickhouse.ledger_events import Event
from schemactl.errors import HistoryError, LockedError
from schemactl.events import ignore
from schemactl.model.step import Step
from tests.contract.clickhouse_dialect import NATIVE
from tests.contract.work import job_down, job_up, prepare, standing
from tests.engines.clickhouse.scene import Shop
from tests.engines.clickhouse.test_lock import OTHER

TABLE = "CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id"


def run(shop: Shop, *statements: str, version: str, **facts: Any) -> None:
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        prepare(engine)
        engine.runner.run([job_up(engine, NATIVE, version, *statements, **facts)], ignore)
    engine.close()


def test_the_views_show_what_the_tool_reads(shop: Shop) -> None:
    run(shop, TABLE, version="007", description='it\'s "said" \\ 東', unlocked=True, backup_id="b-1")
    run(shop, "ALTER TABLE t ADD COLUMN n UInt8", version="8")
    engine = shop.engine()
    entries = engine.ledger.read().entries
    columns = (
        "version_id, version, name, description, checksum, up_hash, applied_by, state, unlocked, toUInt32(applied_at)"
    )
    assert shop.ask(f"SELECT {columns} FROM schema_versions ORDER BY version_id") == [
        (
            entry.version_id,
            entry.version.text,
            entry.name,
            entry.description,
            entry.checksum,
            entry.up_hash,
            entry.applied_by,
            entry.state,
            int(entry.unlocked),
            int(entry.applied_at.timestamp()) if entry.applied_at else 0,
        )
        for entry in entries
    ]
    assert shop.ask("SELECT format, service_name, platform FROM schema_format") == [(1, "town", "contract")]
    assert shop.ask("SELECT count() FROM schema_steps") == [(0,)]
    engine.close()


def test_what_was_undone_is_in_no_view(shop: Shop) -> None:
    run(shop, TABLE, version="1")
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        engine.runner.run([job_down(engine, NATIVE, standing(engine, "1"), "DROP TABLE t")], ignore)
    assert shop.ask("SELECT count() FROM schema_versions") == [(0,)]
    assert shop.ask("SELECT count() > 0 FROM schema_events") == [(1,)]
    engine.close()


def test_the_steps_of_a_migration_under_way_are_in_a_view(shop: Shop) -> None:
    run(shop, TABLE, version="1")
    shop.write("2_half.sql", "ALTER TABLE t ADD COLUMN n UInt8;\nALTER TABLE t DROP COLUMN nothing;")
    shop.write("1_step.sql", f"{TABLE};")
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    job = job_up(engine, NATIVE, "2", "ALTER TABLE t ADD COLUMN n UInt8", "ALTER TABLE t DROP COLUMN nothing")
    with pytest.raises(Exception, match="nothing"), engine.lock.hold(wait_s=0, emit=ignore):
        engine.runner.run([job], ignore)
    (step,) = engine.ledger.read().steps
    found = shop.ask(
        "SELECT version_id, direction, ordinal, segment, statement_hash, line, state, before FROM schema_steps"
    )
    expected = (step.version_id, "up", 0, 0, step.statement_hash, step.line, "done")
    assert [row[:7] for row in found] == [expected]
    assert json.loads(found[0][7]) == step.before
    engine.close()


def test_two_writers_with_one_number_are_told_and_not_chosen_between(shop: Shop) -> None:
    run(shop, TABLE, version="1")
    shop.ask(
        "INSERT INTO schema_events SELECT seq, 'other', kind, version_id, service_name, version, at, payload"
        " FROM schema_events ORDER BY seq DESC LIMIT 1"
    )
    engine = shop.engine()
    with pytest.raises(HistoryError, match="two runners wrote the ledger at once") as told:
        engine.ledger.read()
    assert (told.value.code, bool(told.value.do)) == (13, True)
    engine.close()


def test_what_belongs_together_is_one_block(shop: Shop) -> None:
    """An entry and its end, an intent and its entry: a crash never leaves the one without the other."""
    run(shop, TABLE, version="1")
    events = shop.ask("SELECT kind, _part FROM schema_events WHERE version_id = 1 ORDER BY seq")
    together: dict[str, list[str]] = {}
    for kind, part in events:
        together.setdefault(part, []).append(kind)
    assert list(together.values()) in ([["entry", "step"], ["entry", "ends"]], [["entry", "step", "entry", "ends"]])


def test_a_ledger_of_a_later_format_is_refused_before_its_entries_are_read(shop: Shop) -> None:
    run(shop, TABLE, version="1")
    row = "'{kind}', 9, 'town', '9', toDateTime(0, 'UTC'), '{payload}'"
    newer = row.format(kind="format", payload=json.dumps({"format": 99, "platform": "p", "service_name": "s"}))
    shop.ask(f"INSERT INTO schema_events SELECT 100, 'a', {newer}")
    shop.ask(f"INSERT INTO schema_events SELECT 101, 'b', {row.format(kind='entry', payload='[]')}")
    engine = shop.engine()
    with pytest.raises(HistoryError) as refused:
        engine.ledger.read()
    assert (refused.value.code, refused.value.kind) == (13, "newer_ledger")
    engine.close()


def test_an_event_of_an_unknown_kind_ends_nothing() -> None:
    step = {
        "direction": "up",
        "ordinal": 0,
        "segment": 0,
        "statement_hash": "h",
        "line": 1,
        "state": "intent",
        "before": {},
    }
    events = [Event("step", 1, "town", "1", step), Event("something", 1, "town", "1", {})]
    assert list(fold(events).steps[1]) == [("up", 0)]


@pytest.mark.parametrize("write", ["accept", "remove", "prepare", "tidy"])
def test_what_people_decide_is_not_written_by_a_runner_whose_lock_was_taken_over(shop: Shop, write: str) -> None:
    if write != "prepare":
        run(shop, TABLE, version="1")
    engine = shop.engine()
    assert not isinstance(engine.lock, Missing)
    job = job_up(engine, NATIVE, "2", TABLE)
    step = Step(
        version_id=2, direction="up", ordinal=0, segment=0, statement_hash="h", line=1, state="intent", before={}
    )
    with pytest.raises(LockedError) as lost, engine.lock.hold(wait_s=0, emit=ignore):
        shop.ask(OTHER.format(number=9))
        if write == "prepare":
            prepare(engine)
        elif write == "accept":
            engine.ledger.accept(standing(engine, "1"), checksum="c", up_hash="u", note="n")
        elif write == "remove":
            engine.ledger.remove(standing(engine, "1"))
        else:
            engine.recovery.tidy(job.segments[0].steps[0], step)
    assert lost.value.kind == "lost_lock"
    if write == "prepare":
        assert not shop.has("schema_events")
    else:
        assert shop.ask("SELECT count() FROM schema_events WHERE kind = 'gone' OR payload LIKE '%\"u\"%'") == [(0,)]
        assert shop.has("t")
    engine.close()
