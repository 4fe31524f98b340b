"""What verify finds in a PostgreSQL database: each fault is planted for real, and named; what is well is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from schemactl.contract.engine import Engine, require
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.contract.verifying import Inspected
from schemactl.engines import open_engine
from schemactl.events import ignore
from tests.engines.postgres.faults import plant
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database

Found = dict[str, Inspected]

INDEXES = {
    "index public.twice_email": "on public.twice is INVALID",
    "index public.twice_ccnew_1_email": "it was being built or dropped CONCURRENTLY",
    'index public."Odd i_ccnew"': "is a leftover of REINDEX CONCURRENTLY",
    "partitioned index public.parted_t": "no valid part of it on public.parted_1",
}
UNVALIDATED = {
    'check "a is positive" on public.loose': "is NOT VALID",
    "check filled on domain public.word": "is NOT VALID",
    'foreign key "to whom" on "Shop s".letters': "is NOT VALID",
    "foreign key simple_place on public.simple": "is NOT VALID",
    "foreign key full_place on public.full_": "is NOT VALID",
    "foreign key wide_number on public.wide": "is NOT VALID",
    "foreign key to_part on public.to_parts": "is NOT VALID",
}
UNVALIDATED_18 = {
    "check not_kept on public.loose": "is NOT ENFORCED",
    "not-null constraint a_filled on public.loose": "is NOT VALID",
    "foreign key unkept_number on public.unkept": "is NOT ENFORCED",
    "foreign key stay on public.stays": "is NOT VALID",
}
ORPHANS = {
    'foreign key "to whom" on "Shop s".letters': "2 rows name what is not in "
    '"Shop s"."People p": ("to t"=7), ("to t"=8)',
    "foreign key simple_place on public.simple": "1 row names what is not in public.places: (land=it, town=nowhere)",
    "foreign key full_place on public.full_": "3 rows name what is not in public.places: (land=it, town=NULL), "
    "(land=NULL, town=roma), (land=it, town=nowhere)",
    "foreign key wide_number on public.wide": "more than 1,000 rows name what is not in public.numbers: (place=1), ",
    "foreign key to_part on public.to_parts": "1 row names what is not in public.by_part: (k=4)",
    "foreign key unguarded_number on public.unguarded": "1 row names what is not in public.numbers: (n=55)",
}
ORPHANS_18 = {
    "foreign key unkept_number on public.unkept": "1 row names what is not in public.numbers: (n=44)",
    "foreign key stay on public.stays": "1 row names what is not in public.spans: "
    "(k=[1,2), valid=[2026-04-01,2026-06-01))",
}
# Of keys that are valid and guarded: rows that came in by session_replication_role.
ORPHANS_DEEP = {
    'foreign key boss on "Shop s"."People p"': '1 row names what is not in "Shop s"."People p": (boss=9)',
    "foreign key days_u_fkey on public.days": "1 row names what is not in public.numbers: (u=78)",
    "foreign key held_number on public.held": "1 row names what is not in public.numbers: (n=77)",
}
TRIGGERS = {
    'trigger "Off t" on public.watched': "is disabled",
    "trigger far on public.watched": "fires on a replica alone",
    "rule lost on public.watched": "is disabled",
    "trigger part on public.parted_watched_1": "is disabled",
    "foreign key unguarded_number on public.unguarded": "its triggers on public.unguarded are disabled",
    "trigger meant on public.late_keys": "is disabled",
    "constraint late on public.late_keys": "its triggers on public.late_keys are disabled: rows that break it come in",
    "event trigger never": "is disabled",
}
SEQUENCES = {
    "sequence public.behind_id_seq": "gives 5 next, and public.behind.id has numbers up to 9 already",
    'sequence public."Own o_No n_seq"': 'gives 1 next, and public."Own o"."No n" has it already',
    "sequence public.shared_seq": "gives 4 next, and public.shared_b.id has numbers up to 7 already",
    "sequence public.twice_seq": "gives 1 next, and public.twice_a.id has numbers up to 9 and public.twice_b.id has "
    "numbers up to 5 already",
    "sequence public.over_domains": "gives 1 next, and public.of_domains.id has numbers up to 6 already",
    "sequence public.down": "gives -1 next, and public.descends.id has numbers up to -9 already",
    "sequence public.stride": "gives 5 next, and public.strides.id has numbers up to 25 already",
    "sequence public.rounder": "gives 1 next, and public.rounders.id has it already",
    "sequence public.small_id_seq": "is at its end, 32767: the next row is refused",
    "sequence public.big": "gives 32768 next, which public.narrow.id, smallint, cannot hold",
    "sequence public.part_ids_id_seq": "gives 1 next, and public.part_ids.id has numbers up to 40 already",
    "sequence public.old_ids_id_seq": "gives 1 next, and public.old_ids.id has numbers up to 12 already",
}


def opened(url: str, **facts: object) -> Engine:
    return open_engine("postgres", Opening(url, "a test's database", "shop/app", Stop(), **facts))  # type: ignore[arg-type]


def looked(engine: Engine, *, deep: bool = False, only: str = "") -> Found:
    """What each inspection says, by its name."""
    verifier = require(engine.verifier, "verify", "shop/app")
    asked = [one for one in verifier.inspections(deep=deep) if only in ("", one.name)]
    try:
        return {one.name: verifier.inspect(one, emit=ignore) for one in asked}
    finally:
        engine.close()


def told(inspected: Inspected) -> dict[str, str]:
    assert inspected.not_run == ""
    flaws = {flaw.object: flaw.what for flaw in inspected.flaws}
    assert len(flaws) == len(inspected.flaws)
    assert all(flaw.do for flaw in inspected.flaws)
    return flaws


def assert_told(inspected: Inspected, wanted: dict[str, str]) -> None:
    """These objects and no others, each with these words."""
    found = told(inspected)
    assert set(found) == set(wanted)
    assert {thing: words for thing, words in wanted.items() if words not in found[thing]} == {}, found
    assert inspected.examined >= len(wanted)


@pytest.fixture(scope="module")
def faulty(postgres: Postgres) -> Iterator[Database]:
    database = make_database(postgres)
    plant(database, postgres.major)
    yield database
    drop_database(database)


@pytest.fixture(scope="module")
def brief(faulty: Database) -> Found:
    return looked(opened(faulty.url))


@pytest.fixture(scope="module")
def deep(faulty: Database) -> Found:
    return looked(opened(faulty.url), deep=True)


def test_indexes_that_are_not_valid(brief: Found) -> None:
    assert_told(brief["invalid-indexes"], INDEXES)


def test_constraints_that_nobody_validated_or_that_are_not_enforced(brief: Found, postgres: Postgres) -> None:
    assert_told(brief["unvalidated-constraints"], UNVALIDATED | (UNVALIDATED_18 if postgres.major >= 18 else {}))


def test_orphans_of_keys_that_nothing_vouches_for(brief: Found, postgres: Postgres) -> None:
    wanted = ORPHANS | (ORPHANS_18 if postgres.major >= 18 else {})
    assert_told(brief["orphans"], wanted)
    assert brief["orphans"].examined == len(wanted)


def test_with_time_orphans_of_every_key(deep: Found, postgres: Postgres) -> None:
    wanted = ORPHANS | ORPHANS_DEEP | (ORPHANS_18 if postgres.major >= 18 else {})
    assert_told(deep["orphans"], wanted)


def test_the_query_that_lists_orphans_can_be_run_as_it_is_told(faulty: Database, brief: Found) -> None:
    (flaw,) = (one for one in brief["orphans"].flaws if "full_place" in one.object)
    with psycopg.connect(faulty.url) as connection:
        rows = connection.execute(flaw.do.partition(": ")[2].encode()).fetchall()
    assert sorted(rows, key=str) == [("it", "nowhere"), ("it", None), (None, "roma")]


def test_triggers_and_rules_that_are_switched_off(brief: Found) -> None:
    assert_told(brief["disabled-triggers"], TRIGGERS)


def test_what_enables_a_constraints_triggers_enables_no_other(faulty: Database, brief: Found) -> None:
    (flaw,) = (one for one in brief["disabled-triggers"].flaws if one.object.startswith("constraint late"))
    enable, _, then = flaw.do.removeprefix("as a superuser, ").partition("; ")
    off = "SELECT tgisinternal FROM pg_trigger WHERE tgrelid = 'late_keys'::regclass AND tgenabled = 'D'"
    with psycopg.connect(faulty.url) as connection:
        assert sorted(connection.execute(off).fetchall()) == [(False,), (True,)]
        connection.execute(enable.encode())
        assert connection.execute(off).fetchall() == [(False,)]
        # The rows that came in are told by what it names for that.
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(then.partition("any came in, ")[2].partition(" tells")[0].encode())


def test_sequences_whose_next_number_is_taken_or_out_of_range(brief: Found) -> None:
    assert_told(brief["sequences"], SEQUENCES)


def test_a_sequence_of_two_columns_is_told_to_be_set_behind_both(brief: Found) -> None:
    (flaw,) = (one for one in brief["sequences"].flaws if one.object == "sequence public.twice_seq")
    assert flaw.do == "SELECT setval('public.twice_seq', 9), while nobody writes"


def test_what_a_sequence_is_told_to_be_set_to_makes_its_next_number_free(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute('CREATE TABLE "it\'s" (id serial); INSERT INTO "it\'s" VALUES (1), (2)')
        (flaw,) = looked(opened(fresh_database.url))["sequences"].flaws
        assert flaw.object == 'sequence public."it\'s_id_seq"'
        connection.execute(flaw.do.partition(", while")[0].encode())
    assert told(looked(opened(fresh_database.url))["sequences"]) == {}


def test_a_collation_in_use_whose_version_is_another_is_told_with_what_is_sorted_by_it(brief: Found) -> None:
    found = told(brief["collations"])
    assert list(found) == ["collation public.old_order"]
    assert "its version was 0, the system has " in found["collation public.old_order"]
    assert "index public.sorted_a" in found["collation public.old_order"]


def test_what_a_collation_sorts_is_listed_by_the_query_that_is_told(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        by = "builtin, locale = 'C.UTF-8'" if fresh_database.server.major >= 18 else "icu, locale = 'de'"
        connection.execute(f"CREATE COLLATION aged (provider = {by}, version = '0')".encode())
        connection.execute("CREATE TABLE a (t text COLLATE aged)")
        for n in range(6):
            connection.execute(f"CREATE INDEX a_{n} ON a (t, ({n}))".encode())
        # These compare bytes.
        connection.execute("CREATE INDEX a_p ON a (t text_pattern_ops); CREATE INDEX a_h ON a USING hash (t)")
        connection.execute("CREATE INDEX a_s ON a USING spgist (t); CREATE INDEX a_x ON a (upper(t) text_pattern_ops)")
        (flaw,) = looked(opened(fresh_database.url), only="collations")["collations"].flaws
        listed = connection.execute(flaw.do.partition("are listed by: ")[2].partition(";")[0].encode()).fetchall()
    assert "index public.a_4 and 2 more" in flaw.what
    assert listed == [(f"index a_{one}",) for one in "012345x"]


def test_a_partition_that_is_half_detached(brief: Found) -> None:
    assert_told(brief["partitions"], {"partition public.half": "is half detached"})


def test_a_materialized_view_that_was_never_filled(brief: Found) -> None:
    assert_told(brief["unpopulated-views"], {"materialized view public.empty_view": "was never filled"})


def test_with_time_rows_in_a_partition_that_is_not_theirs(brief: Found, deep: Found) -> None:
    assert "partition-rows" not in brief
    assert_told(deep["partition-rows"], {"partition public.wrong": "1 row in it belong"})


def test_without_the_extension_pages_are_not_looked_at_and_it_is_not_installed(deep: Found, faulty: Database) -> None:
    assert deep["amcheck"] == Inspected(deep["amcheck"].inspection, not_run=deep["amcheck"].not_run)
    assert "as a superuser, CREATE EXTENSION amcheck" in deep["amcheck"].not_run
    with psycopg.connect(faulty.url) as connection:
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'").fetchall() == []


def test_a_database_whose_collation_changed_and_a_setting_that_silences_every_trigger(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE a (t text); CREATE INDEX a_t ON a (t)")
        connection.execute("UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()")
        connection.execute(f"ALTER DATABASE {fresh_database.name} SET session_replication_role = replica".encode())
    found = looked(opened(fresh_database.url))
    assert list(told(found["collations"])) == [f"database {fresh_database.name}"]
    assert "index public.a_t" in told(found["collations"])[f"database {fresh_database.name}"]
    what = told(found["disabled-triggers"])["setting session_replication_role"]
    assert f"acts in sessions of database {fresh_database.name}" in what


def test_an_empty_database_has_nothing_wrong_with_it(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA elsewhere; CREATE EXTENSION amcheck SCHEMA elsewhere")
        connection.execute("CREATE TABLE a (id serial PRIMARY KEY, b int REFERENCES a, CHECK (b > 0))")
        connection.execute("CREATE INDEX ON a USING gin ((ARRAY[b])); INSERT INTO a DEFAULT VALUES")
    found = looked(opened(fresh_database.url), deep=True)
    assert {name: one.flaws for name, one in found.items() if one.flaws} == {}
    assert found["amcheck"].not_run == "" and found["amcheck"].examined > 100
    assert (found["orphans"].examined, found["partitions"].examined) == (1, 0)


def test_nothing_is_written_and_the_session_is_as_it_was(fresh_database: Database) -> None:
    engine = opened(fresh_database.url)
    verifier = require(engine.verifier, "verify", "shop/app")
    query = "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name"
    session = engine.ledger._session.connection  # type: ignore[attr-defined]
    before = session.execute(query).fetchall()
    for one in verifier.inspections(deep=True):
        verifier.inspect(one, emit=ignore)
        # Behind a proxy another session may be given this backend now.
        assert session.execute(query).fetchall() == before, one.name
    engine.close()


@pytest.fixture
def guarded(fresh_database: Database) -> Iterator[tuple[str, Database]]:
    """The URL of a login that may read the public schema alone, on a database with orphans behind row security."""
    role = f"{fresh_database.name}_r"
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'not-a-right'".encode())
        connection.execute(
            "CREATE TABLE open (id int PRIMARY KEY); CREATE TABLE hidden (id int PRIMARY KEY);"
            "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; INSERT INTO hidden VALUES (1);"
            "CREATE TABLE to_hidden (h int); INSERT INTO to_hidden VALUES (1);"
            "ALTER TABLE to_hidden ADD CONSTRAINT behind FOREIGN KEY (h) REFERENCES hidden NOT VALID;"
            "CREATE TABLE closed (id serial); CREATE EXTENSION amcheck;"
            f"GRANT SELECT ON open, hidden, to_hidden TO {role}".encode()
        )
    at = fresh_database.url.partition("@")[2]
    yield f"postgresql://{role}:not-a-right@{at}", fresh_database
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def test_what_a_login_may_not_see_is_not_run_and_never_called_well(guarded: tuple[str, Database]) -> None:
    found = looked(opened(guarded[0]), deep=True)
    assert "foreign key behind on public.to_hidden: this user may not look: query would be" in found["orphans"].not_run
    assert "row-level security" in found["orphans"].not_run
    assert "sequence public.closed_id_seq for public.closed.id: this user may not" in found["sequences"].not_run
    assert "GRANT EXECUTE ON FUNCTION bt_index_check(regclass" in found["amcheck"].not_run.replace("public.", "")
    assert found["invalid-indexes"].examined > 0
    # Whoever may see it finds that all is well.
    assert looked(opened(guarded[1].url), deep=True)["orphans"].flaws == ()


def test_what_is_locked_or_takes_too_long_is_not_run_and_the_rest_is_looked_at(fresh_database: Database) -> None:
    with psycopg.connect(fresh_database.url) as holder:
        holder.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int); INSERT INTO b VALUES (1)")
        holder.execute("ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a NOT VALID")
        holder.execute("CREATE TABLE c (a int); INSERT INTO c VALUES (2)")
        holder.execute("ALTER TABLE c ADD CONSTRAINT c_a FOREIGN KEY (a) REFERENCES a NOT VALID")
        holder.commit()
        holder.execute("LOCK b IN ACCESS EXCLUSIVE MODE")
        by_lock = looked(opened(fresh_database.url, patience=Patience(lock_timeout_ms=100)), only="orphans")["orphans"]
        by_time = looked(opened(fresh_database.url, statement_timeout_ms=300), only="orphans")["orphans"]
    in_time = "the server did not answer within 0.3 s"
    for found, why in ((by_lock, "another session holds it locked"), (by_time, in_time)):
        first, second = found.flaws
        assert first.object == "foreign key c_a on public.c"
        assert second.object == "foreign key b_a on public.b" and f"was not looked at: {why}" in second.what


def test_an_index_that_somebody_else_is_building_is_not_broken(guarded: tuple[str, Database]) -> None:
    url, database = guarded
    with psycopg.connect(database.url) as holder, psycopg.connect(database.url, autocommit=True) as builder:
        holder.execute("INSERT INTO open VALUES (1)")
        builder.execute("SET lock_timeout = '20s'")
        with psycopg.connect(database.url, autocommit=True) as watcher:
            pid = builder.info.backend_pid
            building = threading.Thread(target=builder.execute, args=(b"CREATE INDEX CONCURRENTLY late ON open (id)",))
            building.start()
            waiting = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
            while not watcher.execute(waiting, (pid,)).fetchall():
                assert building.is_alive()
            assert watcher.execute("SELECT 1 FROM pg_index WHERE NOT indisvalid").fetchall() == [(1,)]
            assert told(looked(opened(url))["invalid-indexes"]) == {}
            holder.commit()
            building.join()


def test_a_partition_that_somebody_else_is_detaching_is_not_broken(guarded: tuple[str, Database]) -> None:
    """Nor for a login that may not see what others ask."""
    url, database = guarded
    with psycopg.connect(database.url) as holder, psycopg.connect(database.url, autocommit=True) as detacher:
        holder.execute(
            "CREATE TABLE p (k int) PARTITION BY LIST (k); CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1)"
        )
        holder.commit()
        holder.execute("SELECT * FROM p")
        detacher.execute("SET lock_timeout = '20s'")
        with psycopg.connect(database.url, autocommit=True) as watcher:
            detach = b"ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY"
            detaching = threading.Thread(target=detacher.execute, args=(detach,))
            detaching.start()
            waiting = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
            while not watcher.execute(waiting, (detacher.info.backend_pid,)).fetchall():
                assert detaching.is_alive()
            assert watcher.execute("SELECT 1 FROM pg_inherits WHERE inhdetachpending").fetchall() == [(1,)]
            for login in (url, database.url):
                assert told(looked(opened(login), only="partitions")["partitions"]) == {}
            holder.commit()
            detaching.join()
