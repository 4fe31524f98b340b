"""Two commands at once, one undoing what the other is about to require: never is one applied whose requirement goes."""

from __future__ import annotations

from tests.cli.program import Program, said, wait_until

ASLEEP = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() AND state = 'active'"


def test_a_rollback_under_way_holds_up_what_requires_it(program: Program) -> None:
    program.migration(
        "users_db", "0001_users.sql", "CREATE TABLE users (id bigint);", "SELECT pg_sleep(3); DROP TABLE users;"
    )
    (program.root / "migrations/jobs/users_db/0002_profiles.sql").unlink()
    assert program.run("migrate", "users_db").code == 0
    rollback = program.start("rollback", "users_db", "--yes")
    wait_until(program, "users_db", ASLEEP)
    refused = program.json("migrate", "events_db")
    assert (refused.code, refused.result["error"]["kind"]) == (12, "locked")
    waited = program.json("migrate", "events_db", "--wait", "1min")
    assert said(rollback).code == 0
    assert (waited.code, waited.result["error"]["kind"]) == (13, "requires")
    assert (program.tables("users_db"), program.tables("events_db")) == ([], [])


def test_a_migration_under_way_holds_up_the_rollback_of_what_it_requires(program: Program) -> None:
    program.migration(
        "events_db",
        "0001_events.sql",
        "-- schemactl: requires=users_db@0001\nSELECT pg_sleep(3); CREATE TABLE events (user_id bigint NOT NULL);",
        "DROP TABLE events;",
    )
    assert program.run("migrate", "users_db").code == 0
    migrate = program.start("migrate", "events_db")
    wait_until(program, "events_db", ASLEEP)
    refused = program.json("rollback", "users_db", "--to", "0", "--yes")
    assert said(migrate).code == 0
    assert (refused.code, refused.result["error"]["kind"]) == (12, "locked")
    assert program.json("rollback", "users_db", "--to", "0", "--yes").result["error"]["kind"] == "required"
    assert "users" in program.tables("users_db")
