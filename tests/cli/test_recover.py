"""`recover`, after runs that were really killed."""

from __future__ import annotations

import shutil

import psycopg
import pytest

from tests.cli.program import Program, wait_until

WAITING = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"
ENDED = "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'schemactl%')"
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'schemactl%'"


@pytest.fixture
def crashed(program: Program) -> Program:
    """0003 was killed while its CREATE INDEX CONCURRENTLY waited for a writer: its table is there, its index half."""
    program.run("migrate")
    up = "CREATE TABLE cities ();\nCREATE INDEX CONCURRENTLY users_email ON users (email);\nCREATE TABLE towns ();"
    program.migration("users_db", "0003_cities.sql", up, "DROP TABLE towns, cities;\nDROP INDEX users_email;")
    with psycopg.connect(program.databases["users_db"].url) as writer:
        writer.execute("INSERT INTO users VALUES (2, 'b')")
        with program.start("migrate", "users_db") as process:
            wait_until(program, "users_db", WAITING)
            process.kill()
        program.sql("users_db", END)
        wait_until(program, "users_db", ENDED)
    return program


def test_migrate_points_to_recover(crashed: Program) -> None:
    said = crashed.json("migrate", "users_db")
    assert (said.code, said.result["error"]["kind"]) == (13, "unfinished")
    assert "`schemactl -p jobs recover users_db`" in said.result["error"]["do"]


def test_a_dry_run_names_each_statement_done_not_done_or_half_and_changes_nothing(crashed: Program) -> None:
    said = crashed.run("recover", "--dry-run")
    assert said.code == 0
    assert "jobs/users_db  0003_cities  was being applied" in said.out
    shown = [line.split(maxsplit=2) for line in said.out.splitlines() if line.split()[0].isdigit()]
    assert [(line, verdict) for line, verdict, _ in shown] == [("2", "done"), ("3", "half"), ("4", "not")]
    statements = crashed.json("recover", "--dry-run").data["targets"][0]["unfinished"][0]["statements"]
    assert [one["verdict"] for one in statements] == ["done", "half", "not done"]
    assert crashed.tables("users_db") == ["cities", "profiles", "users"]


def test_recover_finishes_the_migration(crashed: Program) -> None:
    said = crashed.run("recover")
    assert said.code == 0, said.err
    assert crashed.tables("users_db") == ["cities", "profiles", "towns", "users"]
    assert crashed.sql("users_db", "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_email'::regclass") == [
        (True,)
    ]
    assert crashed.run("status", "--check").code == 0


def test_recover_tells_what_it_found_as_events(crashed: Program) -> None:
    said = crashed.json("recover", "users_db")
    found = [event for event in said.events if event["event"] == "statement_probed"]
    assert [(event["line"], event["verdict"]) for event in found] == [(2, "done"), (3, "half"), (4, "not done")]
    assert all(event["evidence"] for event in found)


def test_undo_is_refused_where_a_statement_took_effect(crashed: Program) -> None:
    said = crashed.json("recover", "users_db", "--undo")
    assert (said.code, said.result["error"]["kind"]) == (13, "not_undone")


def test_nothing_to_recover_is_said_and_is_no_failure(program: Program) -> None:
    for arguments in (("recover",), ("recover", "--dry-run")):
        said = program.run(*arguments)
        assert (said.code, said.out) == (0, "nothing to recover: no migration is under way\n")


def test_accept_records_a_file_as_it_is_now_with_the_reason(program: Program) -> None:
    program.run("migrate")
    path = program.root / "migrations/jobs/users_db/0001_users.sql"
    path.write_text("-- a word more\n" + path.read_text())
    said = program.run("recover", "users_db", "--accept", "1", "--why", "a comment")
    assert (said.code, said.out) == (0, "jobs/users_db  0001_users  recorded as its file is now\n")
    assert "warning" not in program.run("status").out
    (row,) = program.sql("users_db", "SELECT description FROM schemactl.schema_versions WHERE version = '0001'")
    assert "a comment" in row[0]


def test_accept_of_a_version_that_is_not_applied_is_refused(program: Program) -> None:
    said = program.json("recover", "users_db", "--accept", "2", "--why", "x")
    assert (said.code, said.result["error"]["kind"]) == (13, "no_such_version")


def recorded(program: Program, target: str) -> list[tuple[object, ...]]:
    return program.sql(target, "SELECT version, checksum, up_hash, description FROM schemactl.schema_versions")


ACCEPT = ("recover", "users_db", "--accept", "1", "--why", "x")


def test_accept_writes_nothing_into_the_ledger_of_another_target(program: Program) -> None:
    program.run("migrate")
    before = recorded(program, "events_db")
    program.lives_at("users_db", program.databases["events_db"].url)
    said = program.json(*ACCEPT)
    assert (said.code, said.result["error"]["kind"]) == (13, "foreign")
    assert recorded(program, "events_db") == before


def test_accept_writes_nothing_into_a_ledger_that_a_later_version_wrote(program: Program) -> None:
    program.run("migrate")
    before = recorded(program, "users_db")
    program.sql("users_db", "UPDATE schemactl.schema_format SET format = format + 1")
    said = program.json(*ACCEPT)
    assert (said.code, said.result["error"]["kind"]) == (13, "newer_ledger")
    assert recorded(program, "users_db") == before


def test_accept_is_refused_where_the_server_takes_no_writes(program: Program) -> None:
    program.run("migrate")
    name = program.databases["users_db"].name
    program.sql("users_db", f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    said = program.json(*ACCEPT)
    assert (said.code, said.result["error"]["kind"]) == (15, "read_only")


@pytest.mark.parametrize("targets", [(), ("users_db", "events_db")])
def test_a_mark_wants_one_target(program: Program, targets: tuple[str, ...]) -> None:
    said = program.json("recover", *targets, "--mark", "done")
    assert (said.code, said.result["error"]["kind"]) == (2, "usage")
    assert "recover TARGET --mark done" in said.result["error"]["do"]


def test_a_mark_needs_no_target_where_the_platform_has_only_one(program: Program) -> None:
    shutil.rmtree(program.root / "migrations/jobs/events_db")
    program.write("schemas/jobs/platform.toml", 'name = "jobs"\n[targets.users_db]\nengine = "postgres"\n')
    assert program.run("recover", "--mark", "done").code == 0


def test_a_mark_for_one_target_named_twice_is_a_mark_for_one(program: Program) -> None:
    assert program.run("recover", "users_db", "users_db", "--mark", "undone").code == 0
