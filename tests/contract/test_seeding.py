"""The contract of `seeder`: rows are told before they are written, written once, and all or none of a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.job import Job, Segment
from schemactl.contract.seeding import Seeder
from schemactl.errors import ConnectError, SchemactlError, StatementError
from schemactl.events import Event, Listener, StepProgress, ignore
from schemactl.model.seed import Compared, Expanded, Lookup, Rows, SeedFile, SeedKind, SeedRecord, SeedRow
from schemactl.model.version import Version
from tests.contract.seed_grounds import Ground
from tests.contract.target import Target
from tests.contract.work import Heard, entry_of, job_up, prepare

Scene = tuple[Target, Ground]
OSLO, BERN = {"name": "Oslo", "size": 700}, {"name": "Bern", "size": 130}


def seed_file(version: str = "01", kind: SeedKind = "rows", checksum: str = "c1") -> SeedFile:
    return SeedFile(Version(version), "places", kind, f"{version}_places.toml", checksum, ())


def rows_of(ground: Ground, *rows: Mapping[str, Any], key: Sequence[str] = ("name",)) -> Rows:
    """These rows, as if each stood in the line of its place in the file, from 1."""
    made = tuple(SeedRow(row, f"01_places.toml:{line}") for line, row in enumerate(rows, 1))
    return Rows(ground.object, tuple(key), "", made, (), {"table": "01_places.toml:1"})


def record_of(seed: SeedFile) -> SeedRecord:
    return SeedRecord(
        seed.version, seed.name, seed.kind, seed.checksum, "dev", "somebody@somewhere", "0.0.0", head="007"
    )


def seeder_of(engine: Engine) -> Seeder:
    assert not isinstance(engine.seeder, Missing)
    return engine.seeder


def compare(target: Target, rows: Rows) -> Compared:
    return seeder_of(target.open()).compare(seed_file(), rows)


def apply(target: Target, rows: Rows, seed: SeedFile | None = None, emit: Listener = ignore) -> Compared:
    """Apply as a workflow does: under the lock, the ledger there."""
    engine, file = target.open(), seed or seed_file()
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=20, emit=ignore):
        prepare(engine)
        return seeder_of(engine).apply(file, rows, record_of(file), emit)


def recorded(target: Target) -> tuple[SeedRecord, ...]:
    return seeder_of(target.open()).recorded()


def counts(compared: Compared) -> tuple[int, int, int]:
    return compared.added, compared.changed, compared.same


def test_comparing_tells_what_would_be_added_and_writes_nothing(seeded: Scene) -> None:
    target, ground = seeded
    assert counts(compare(target, rows_of(ground, OSLO, BERN))) == (2, 0, 0)
    assert (ground.places(), recorded(target), target.has_ledger()) == ([], (), False)


def test_a_seed_applied_twice_is_the_same_as_once(seeded: Scene) -> None:
    target, ground = seeded
    rows = rows_of(ground, OSLO, BERN)
    assert counts(apply(target, rows)) == (2, 0, 0)
    once = ground.places()
    assert counts(compare(target, rows)) == (0, 0, 2)
    assert counts(apply(target, rows)) == (0, 0, 2)
    assert ground.places() == once == [("Bern", 130, None), ("Oslo", 700, None)]


def test_a_row_that_another_tool_changed_is_shown_and_mended(seeded: Scene) -> None:
    target, ground = seeded
    rows = rows_of(ground, OSLO, BERN)
    apply(target, rows)
    ground.resize("Bern", 131)
    found = compare(target, rows)
    assert counts(found) == (0, 1, 1)
    (difference,) = found.differences
    assert (difference.at, difference.key) == ("01_places.toml:2", "name = Bern")
    assert difference.fields == (("size", "131", "130"),)
    assert ground.places()[0] == ("Bern", 131, None)
    assert counts(apply(target, rows)) == (0, 1, 1)
    assert ground.places() == [("Bern", 130, None), ("Oslo", 700, None)]


def test_what_a_row_does_not_name_is_left_alone_and_so_are_other_rows(seeded: Scene) -> None:
    target, ground = seeded
    ground.put([("Oslo", 1, "north"), ("Rome", 2, "south")])
    assert counts(apply(target, rows_of(ground, OSLO, {"name": "Bern"}))) == (1, 1, 0)
    assert ground.places() == [("Bern", None, None), ("Oslo", 700, "north"), ("Rome", 2, "south")]


def test_what_a_row_is_given_once_is_its_own_from_then_on(seeded: Scene) -> None:
    target, ground = seeded
    rows = rows_of(ground, {**OSLO, "region": "new"}, {**BERN, "region": "new"})._replace(once=frozenset({"size"}))
    assert counts(apply(target, rows)) == (2, 0, 0)
    ground.resize("Bern", 131)
    assert (counts(compare(target, rows)), compare(target, rows).differences) == ((0, 0, 2), ())
    assert counts(apply(target, rows)) == (0, 0, 2)
    assert ground.places() == [("Bern", 131, "new"), ("Oslo", 700, "new")]
    later = rows_of(ground, {**OSLO, "region": "new"}, {**BERN, "region": "old"}, {"name": "Rome", "size": 9})
    later = later._replace(once=rows.once)
    assert [one.fields for one in compare(target, later).differences] == [(("region", "new", "old"),)]
    assert counts(apply(target, later)) == (1, 1, 1)
    assert ground.places() == [("Bern", 131, "old"), ("Oslo", 700, "new"), ("Rome", 9, None)]
    assert counts(compare(target, later)) == (0, 0, 3)


def test_a_lookup_of_what_a_row_of_its_seed_is_given_once_finds_what_is_there(seeded: Scene) -> None:
    target, ground = seeded
    ground.put([("Oslo", 1, "kept")])
    of_oslo, of_rome = (Lookup(ground.object, {"name": name}, "region") for name in ("Oslo", "Rome"))
    new = [{"name": "Moss", "region": of_oslo}, {"name": "Ski", "region": of_rome}]
    rows = rows_of(ground, *new, {**OSLO, "region": "given"}, {"name": "Rome", "region": "given"})
    rows = rows._replace(once=frozenset({"region"}))
    assert counts(compare(target, rows)) == (3, 1, 0)
    assert counts(apply(target, rows)) == (3, 1, 0)
    there = [("Moss", None, "kept"), ("Oslo", 700, "kept"), ("Rome", None, "given"), ("Ski", None, "given")]
    assert (ground.places(), counts(compare(target, rows))) == (there, (0, 0, 4))


def test_null_is_a_value_that_a_row_can_ask_for(seeded: Scene) -> None:
    target, ground = seeded
    ground.put([("Oslo", 1, "north")])
    rows = rows_of(ground, {"name": "Oslo", "region": None})
    assert [one.fields for one in compare(target, rows).differences] == [(("region", "north", "NULL"),)]
    apply(target, rows)
    assert (ground.places(), counts(compare(target, rows))) == ([("Oslo", 1, None)], (0, 0, 1))


def test_a_record_says_what_was_applied_and_how_many_rows_it_was(seeded: Scene) -> None:
    target, ground = seeded
    apply(target, rows_of(ground, OSLO, BERN))
    ground.resize("Bern", 1)
    apply(target, rows_of(ground, OSLO, BERN, {"name": "Rome"}), seed_file(checksum="c2"))
    apply(target, rows_of(ground, OSLO), seed_file("10"))
    first, second = recorded(target)
    assert first._replace(applied_at=None) == record_of(seed_file(checksum="c2"))._replace(added=1, changed=1, same=1)
    assert (second.version, second.same) == (Version("10"), 1)
    assert first.applied_at is not None and second.applied_at is not None
    assert first.applied_at <= second.applied_at and first.applied_at.tzinfo is not None


def test_a_row_that_the_server_refuses_is_named_and_nothing_of_its_seed_is_kept(seeded: Scene) -> None:
    target, ground = seeded
    ground.put([("Oslo", 1, None)])
    many = [{"name": f"p{number:04}", "size": number} for number in range(150)]
    with pytest.raises(SchemactlError) as caught:
        apply(target, rows_of(ground, OSLO, *many, ground.refused, BERN))
    assert (caught.value.at, caught.value.code) == ("01_places.toml:152", 14)
    assert (ground.places(), recorded(target)) == ([("Oslo", 1, None)], ())


def test_a_seed_whose_connection_ends_leaves_nothing_half(seeded: Scene) -> None:
    target, ground = seeded
    rows = rows_of(ground, *({"name": f"p{number}", "size": number} for number in range(ground.many // 4)))

    def kill(event: Event) -> None:
        if isinstance(event, StepProgress):
            target.kill_runners()

    with pytest.raises(ConnectError):
        apply(target, rows, emit=kill)
    assert (ground.places(), recorded(target)) == ([], ())
    assert counts(apply(target, rows)) == (ground.many // 4, 0, 0)


def test_rows_find_others_of_their_seed_in_whatever_order_they_stand(seeded: Scene) -> None:
    target, ground = seeded
    here = Lookup(ground.object, {"name": "Oslo"}, "name")
    further = Lookup(ground.object, {"name": "Moss"}, "name")
    rows = rows_of(ground, {"name": "Ski", "region": further}, {"name": "Moss", "region": here}, OSLO)
    assert counts(compare(target, rows)) == (3, 0, 0)
    assert counts(apply(target, rows)) == (3, 0, 0)
    assert ground.places() == [("Moss", None, "Oslo"), ("Oslo", 700, None), ("Ski", None, "Moss")]
    assert counts(compare(target, rows)) == (0, 0, 3)


def test_a_lookup_in_its_own_seed_finds_what_that_says_and_not_what_was_there(seeded: Scene) -> None:
    target, ground = seeded
    ground.put([("Moss", 1, "old"), ("Oslo", 700, "old"), ("Ski", 3, "old")])
    of_moss, of_oslo = (Lookup(ground.object, {"name": name}, "region") for name in ("Moss", "Oslo"))
    rows = rows_of(
        ground, {"name": "Ski", "region": of_moss}, {"name": "Moss", "region": of_oslo}, {**OSLO, "region": "new"}
    )
    assert counts(compare(target, rows)) == (0, 3, 0)
    assert counts(apply(target, rows)) == (0, 3, 0)
    assert ground.places() == [("Moss", 1, "new"), ("Oslo", 700, "new"), ("Ski", 3, "new")]
    assert counts(compare(target, rows)) == (0, 0, 3)


def test_rows_that_look_one_another_up_in_a_circle_are_told(seeded: Scene) -> None:
    target, ground = seeded
    of_oslo, of_bern = (Lookup(ground.object, {"name": name}, "region") for name in ("Oslo", "Bern"))
    rows = rows_of(ground, {"name": "Ski"}, {"name": "Oslo", "region": of_bern}, {"name": "Bern", "region": of_oslo})
    for work in (compare, apply):
        with pytest.raises(SchemactlError) as caught:
            work(target, rows)
        assert (caught.value.at, caught.value.kind) == ("01_places.toml:2", "lookup")
    assert ground.places() == []


@pytest.mark.parametrize("others", [0, 2])
def test_a_lookup_that_does_not_find_one_row_stops_its_seed_in_its_place(seeded: Scene, others: int) -> None:
    target, ground = seeded
    ground.put([("Rome", number, None) for number in range(others)])
    rows = rows_of(ground, OSLO, {"name": "Bern", "region": Lookup(ground.object, {"name": "Rome"}, "name")})
    with pytest.raises(StatementError) as caught:
        apply(target, rows)
    assert (caught.value.at, caught.value.kind) == ("01_places.toml:2", "lookup")
    assert (len(ground.places()), recorded(target)) == (others, ())


def test_two_rows_of_a_seed_with_one_key_are_both_named(seeded: Scene) -> None:
    target, ground = seeded
    rows = rows_of(ground, OSLO, BERN, {"name": "Oslo", "size": 1})
    for work in (compare, apply):
        with pytest.raises(SchemactlError) as caught:
            work(target, rows)
        assert (caught.value.at, caught.value.kind) == ("01_places.toml:3", "duplicate_key")
        assert "01_places.toml:1" in caught.value.what
    assert ground.places() == []


@pytest.mark.parametrize("size", [1, 130])
def test_a_key_that_several_rows_of_the_object_have_is_refused_whether_or_not_one_is_as_the_seed_says(
    seeded: Scene, size: int
) -> None:
    target, ground = seeded
    ground.put([("Bern", size, None), ("Bern", 2, None)])
    rows = rows_of(ground, OSLO, BERN)
    for work in (compare, apply):
        with pytest.raises(StatementError) as caught:
            work(target, rows)
        assert (caught.value.at, caught.value.kind) == ("01_places.toml:2", "duplicate_key")
    assert len(ground.places()) == 2


def test_a_field_that_is_not_there_is_told_in_its_place(seeded: Scene) -> None:
    target, ground = seeded
    if not ground.unknown:
        pytest.skip("every row can have any field here")
    with pytest.raises(StatementError) as caught:
        compare(target, rows_of(ground, OSLO, {"name": "Bern", ground.unknown: 1}))
    assert (caught.value.at, caught.value.kind) == ("01_places.toml:2", "missing_field")


def test_what_came_from_a_variable_is_shown_as_the_file_has_it(seeded: Scene) -> None:
    target, ground = seeded
    ground.put([("Oslo", 1, "hidden before")])
    row = {"name": "Oslo", "region": Expanded("hidden behind", "${REGION}")}
    (difference,) = compare(target, rows_of(ground, row)).differences
    assert difference.fields == (("region", "***", "${REGION}"),)
    apply(target, rows_of(ground, row))
    assert ground.places() == [("Oslo", 1, "hidden behind")]


def test_what_came_from_a_variable_is_in_no_error(seeded: Scene) -> None:
    target, ground = seeded
    secret = Expanded("Hush-" + "longer than a server shows of a value " * 3, "${REGION}")
    with pytest.raises(SchemactlError) as caught:
        apply(target, rows_of(ground, OSLO, {**ground.refused, "region": secret}))
    told = "\n".join(caught.value.lines()) + repr(caught.value.as_json())
    assert (caught.value.at, "hush-" in told.lower()) == ("01_places.toml:2", False)


def test_many_rows_are_written_in_one_seed_and_told_on_the_way(seeded: Scene) -> None:
    target, ground = seeded
    heard = Heard()
    rows = rows_of(ground, *({"name": f"p{number:06}", "size": str(number)} for number in range(ground.many)))
    assert counts(apply(target, rows, emit=heard)) == (ground.many, 0, 0)
    told = [(event.done, event.total, event.unit) for event in heard.of(StepProgress)]
    assert told == sorted(told) and told[-1] == (ground.many, ground.many, "rows")
    assert len(ground.places()) == ground.many
    ground.resize("p000007", 8)
    assert counts(apply(target, rows)) == (0, 1, ground.many - 1)


def test_a_script_runs_with_its_record_and_again_when_it_is_asked(seeded: Scene, tmp_path: Path) -> None:
    target, _ = seeded
    engine, dialect = target.open(), target.dialect
    assert not isinstance(engine.lock, Missing)
    seed = seed_file("05", "script")
    with engine.lock.hold(wait_s=20, emit=ignore):
        prepare(engine)
        job = job_up(engine, dialect, "05", dialect.make("a"), dialect.insert("a", "one"))
        seeder_of(engine).run(seed, job, record_of(seed), ignore)
        path = tmp_path / "06_more.py"
        # Another row each time: of a replicated table ClickHouse passes over one that comes again.
        for word in ("two", "zwei"):
            text = f"def seed(ctx):\n    {dialect.execute(dialect.insert('a', word))}\n"
            path.write_text(text)
            more = Job(entry_of("06", text), "up", (Segment("script", ()),), path.name, script=path, text=text)
            seeder_of(engine).run(seed_file("06", "script"), more, record_of(seed_file("06", "script")), ignore)
    assert target.words("a") == ["one", "two", "zwei"]
    assert [(one.version.text, one.kind) for one in recorded(target)] == [("05", "script"), ("06", "script")]
    assert engine.ledger.read().entries == ()


def test_a_script_that_fails_has_no_record(seeded: Scene) -> None:
    target, _ = seeded
    engine, dialect = target.open(), target.dialect
    assert not isinstance(engine.lock, Missing)
    seed = seed_file("05", "script")
    with engine.lock.hold(wait_s=20, emit=ignore):
        prepare(engine)
        job = job_up(engine, dialect, "05", dialect.make("a"), dialect.fails)
        with pytest.raises(StatementError):
            seeder_of(engine).run(seed, job, record_of(seed), ignore)
    assert recorded(target) == ()
    if engine.limits.transactional_ddl:
        assert not target.has("a")
