"""The ledger: it is read without being made, kept exactly, and refused where a later version wrote it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemactl.errors import HistoryError
from schemactl.model.entry import LEDGER_FORMAT, LedgerState
from schemactl.model.version import Version
from tests.contract.target import PLATFORM, SERVICE, Dialect, Target
from tests.contract.work import Heard, job_down, job_up, prepare, run, standing


def test_a_ledger_that_is_not_there_reads_as_not_there_and_is_not_made(target: Target) -> None:
    assert target.open().ledger.read() == LedgerState(exists=False)
    assert not target.has_ledger()


def test_a_prepared_ledger_is_empty_and_says_whose_it_is(target: Target) -> None:
    engine = target.open()
    prepare(engine)
    expected = LedgerState(exists=True, format=LEDGER_FORMAT, platform=PLATFORM, service_name=SERVICE)
    assert engine.ledger.read() == expected


def test_preparing_twice_changes_nothing(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    before = engine.ledger.read()
    engine.ledger.prepare(platform="another", service_name="owner")
    assert engine.ledger.read() == before


def test_another_engine_sees_what_was_prepared(target: Target) -> None:
    prepare(target.open())
    assert target.open().ledger.read().exists


def test_an_entry_comes_back_as_it_was_written(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    job = job_up(
        engine,
        dialect,
        "0007",
        dialect.make("house"),
        name="add.the-house_2",
        description='it\'s "quoted" \\ $1 %s {} 東京 ü 🦆\ttab',
        applied_by="O'Brien@høst",
        tool_version="1.2.3rc1",
        backup_id="b-17",
        unlocked=True,
    )
    run(target, job)
    got = standing(target.open(), "7")
    assert got == job.entry._replace(version_id=got.version_id, applied_at=got.applied_at, duration_ms=got.duration_ms)


def test_an_empty_description_and_no_backup_stay_so(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house"), description="", backup_id=None))
    got = standing(engine, "1")
    assert (got.description, got.backup_id, got.unlocked) == ("", None, False)


def test_a_version_is_kept_as_written_and_equal_as_a_number(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "007", dialect.make("house")))
    got = standing(engine, "7")
    assert (got.version.text, got.version) == ("007", Version("7"))


def test_one_number_has_one_entry_however_it_is_written(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "007", dialect.make("house")))
    with pytest.raises(Exception, match="7"):
        run(target, job_up(engine, dialect, "7", dialect.make("barn")))
    assert not target.has("barn")
    assert [entry.version.text for entry in engine.ledger.read().entries] == ["007"]


def test_a_timestamp_is_a_version_like_any_other(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "20261121093000123456789", dialect.make("house")))
    assert standing(engine, "20261121093000123456789").version.number == 20261121093000123456789


def test_entries_are_in_order_of_their_numbers_not_of_their_text_or_time(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    for version in ("010", "9", "100"):
        run(target, job_up(engine, dialect, version, dialect.make(f"house{int(version)}")))
    entries = engine.ledger.read().entries
    assert [entry.version.text for entry in entries] == ["9", "010", "100"]
    assert [entry.version.text for entry in sorted(entries, key=lambda one: one.version_id or 0)] == ["010", "9", "100"]


def test_the_server_says_when_an_entry_was_written(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    got = standing(engine, "1")
    assert got.applied_at is not None and got.applied_at.tzinfo is not None
    assert abs(datetime.now(UTC) - got.applied_at) < timedelta(hours=1)
    assert got.duration_ms is not None and got.duration_ms >= 0


def test_accepting_gives_the_entry_new_hashes_and_a_note(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house"), description="houses"))
    engine.ledger.accept(standing(engine, "1"), checksum="c" * 64, up_hash="u" * 64, note="it's the same; 東")
    got = standing(target.open(), "1")
    assert (got.checksum, got.up_hash, got.description) == ("c" * 64, "u" * 64, "houses; it's the same; 東")


def test_a_note_on_an_empty_description_stands_alone(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    engine.ledger.accept(standing(engine, "1"), checksum="c" * 64, up_hash="u" * 64, note="the same")
    assert standing(engine, "1").description == "the same"


def test_accepting_leaves_every_other_entry_as_it_is(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, *(job_up(engine, dialect, one, dialect.make(f"house{one}")) for one in ("1", "2")))
    other = standing(engine, "2")
    engine.ledger.accept(standing(engine, "1"), checksum="c" * 64, up_hash="u" * 64, note="the same")
    assert standing(engine, "2") == other


def test_removing_takes_the_entry_and_its_steps_and_no_other(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    target.leave(job_up(engine, dialect, "2", dialect.alone_make("barn")), "not done")
    engine = target.open()
    assert engine.ledger.read().steps
    engine.ledger.remove(standing(engine, "2"))
    ledger = engine.ledger.read()
    assert ([entry.version.text for entry in ledger.entries], ledger.steps) == (["1"], ())


def test_marking_a_step_done_makes_it_done(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    target.leave(job_up(engine, dialect, "1", dialect.alone_make("barn")), "not done")
    engine = target.open()
    engine.ledger.mark(standing(engine, "1"), 0, done=True)
    assert [step.state for step in engine.ledger.read().steps] == ["done"]


def test_marking_a_step_undone_takes_its_row_and_leaves_the_entry(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    target.leave(job_up(engine, dialect, "1", dialect.alone_make("barn")), "not done")
    engine = target.open()
    engine.ledger.mark(standing(engine, "1"), 0, done=False)
    assert engine.ledger.read().steps == ()
    assert standing(engine, "1").state == "applying"


def test_reinstating_gives_an_entry_under_way_back_as_applied_without_steps(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    run(target, job_up(engine, dialect, "2", dialect.alone_make("barn")))
    before = engine.ledger.read()
    target.leave(job_down(engine, dialect, standing(engine, "2"), dialect.alone_drop("barn")), "not done")
    engine = target.open()
    assert (standing(engine, "2").state, len(engine.ledger.read().steps)) == ("reverting", 1)
    engine.ledger.reinstate(standing(engine, "2"))
    after = engine.ledger.read()
    assert (after.steps, after.entry(Version("1"))) == ((), before.entry(Version("1")))
    kept = standing(engine, "2")._replace(applied_at=None)
    assert [kept] == [entry._replace(applied_at=None) for entry in before.entries[1:]]


def test_reinstating_leaves_the_steps_of_other_entries(target: Target, dialect: Dialect) -> None:
    engine = target.open()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    target.leave(job_up(engine, dialect, "2", dialect.alone_make("barn")), "not done")
    engine = target.open()
    before = engine.ledger.read()
    engine.ledger.reinstate(standing(engine, "1"))
    assert engine.ledger.read() == before


@pytest.mark.parametrize("what", ["read", "prepare"])
def test_a_ledger_of_a_later_format_is_refused(target: Target, what: str) -> None:
    engine = target.open()
    prepare(engine)
    target.raise_ledger_format()
    with pytest.raises(HistoryError) as refused:
        if what == "read":
            engine.ledger.read()
        else:
            prepare(engine)
    assert (refused.value.code, refused.value.kind) == (13, "newer_ledger")
    assert refused.value.do


def test_an_entry_that_was_undone_can_be_written_anew(target: Target, dialect: Dialect) -> None:
    engine, heard = target.open(), Heard()
    run(target, job_up(engine, dialect, "1", dialect.make("house")))
    first = standing(engine, "1")
    run(target, job_down(engine, dialect, first, dialect.drop("house")))
    run(target, job_up(engine, dialect, "1", dialect.make("house")), emit=heard)
    second = standing(engine, "1")
    assert (second.version_id or 0) > (first.version_id or 0)
