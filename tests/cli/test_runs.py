"""`plan`, `migrate` and `rollback`, by what they print and what is in the databases afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.program import Program

CONCURRENTLY = "CREATE INDEX CONCURRENTLY users_email ON users (email)"


def targets(data: Any) -> dict[str, Any]:
    return {str(target["target"]): target for target in data["targets"]}


def test_plan_names_file_lines_segments_and_locks(program: Program) -> None:
    program.run("migrate")
    program.migration("users_db", "0003_more.sql", f"ALTER TABLE users ADD city text;\n{CONCURRENTLY};")
    lines = program.run("plan", "users_db").out.splitlines()
    assert lines[0].startswith("jobs/users_db  PostgreSQL 18") and lines[0].endswith("1 pending, 2 statements")
    assert lines[1:3] == ["  0003_more", "    transaction, 1 statement"]
    assert " ".join(lines[3].split()) == "2 ALTER TABLE users ADD city text ACCESS EXCLUSIVE on users"
    assert lines[4].startswith("    alone: ")
    assert lines[5].split() == f"3 {CONCURRENTLY} SHARE UPDATE EXCLUSIVE on users".split()


def test_plan_tells_which_migration_of_another_target_comes_first(program: Program) -> None:
    assert "  0001_events  transaction, 1 statement  after jobs/users_db@0001" in program.run("plan").out.splitlines()
    (job,) = targets(program.json("plan").data)["jobs/events_db"]["jobs"]
    assert job["after"] == ["jobs/users_db@0001"]


def test_plan_with_sql_can_be_run_as_it_is_printed(program: Program) -> None:
    printed = program.run("plan", "users_db", "--sql").out
    assert "-- migrations/jobs/users_db/0001_users.sql:2" in printed
    program.sql("users_db", printed)
    assert program.tables("users_db") == ["profiles", "users"]


def test_plan_changes_nothing(program: Program) -> None:
    assert program.run("plan").code == 0
    assert program.sql("users_db", "SELECT 1 FROM pg_namespace WHERE nspname = 'schemactl'") == []


def test_plan_in_json_has_every_statement_with_line_lock_and_reason(program: Program) -> None:
    program.run("migrate")
    program.migration("users_db", "0003_more.sql", f"{CONCURRENTLY};")
    (job,) = targets(program.json("plan").data)["jobs/users_db"]["jobs"]
    (segment,) = job["segments"]
    (statement,) = segment["statements"]
    assert (job["version"], job["file"], segment["mode"]) == ("0003", "migrations/jobs/users_db/0003_more.sql", "alone")
    assert (statement["line"], statement["text"]) == (2, CONCURRENTLY)
    assert statement["lock"] == "SHARE UPDATE EXCLUSIVE on users"
    assert statement["why"]


def test_plan_to_a_version_ends_there(program: Program) -> None:
    (target,) = program.json("plan", "users_db", "--to", "1").data["targets"]
    assert [job["version"] for job in target["jobs"]] == ["0001"]


def test_a_dry_run_prints_the_plan_and_applies_nothing(program: Program) -> None:
    assert program.run("migrate", "--dry-run").out == program.run("plan").out
    assert program.tables("users_db") == []


def test_migrate_lists_every_target_with_its_versions(program: Program) -> None:
    said = program.run("migrate")
    table = said.out.split("\n\n")[-1].splitlines()
    assert [line.split()[:2] for line in table] == [
        ["target", "result"],
        ["jobs/users_db", "done"],
        ["jobs/events_db", "done"],
    ]
    assert table[1].endswith("0001 to 0002 (2)")


def test_migrate_with_nothing_pending_says_so_in_one_line(program: Program) -> None:
    program.run("migrate")
    said = program.run("migrate")
    assert (said.code, said.out, said.err) == (0, "up to date: jobs/users_db, jobs/events_db\n", "")


def test_what_needs_a_failed_target_is_blocked_and_the_table_says_why(program: Program) -> None:
    program.migration("users_db", "0001_users.sql", "CREATE TABL users ();")
    said = program.run("migrate")
    assert said.code == 14
    assert any(line.split()[:2] == ["jobs/events_db", "blocked"] for line in said.out.splitlines())
    assert "waits for jobs/users_db, which failed" in said.out


def test_what_needs_a_target_that_cannot_be_reached_is_blocked_and_one_error_is_told(program: Program) -> None:
    program.lives_at("users_db", "postgresql://app@127.0.0.1:1/users_db")
    plan, said = program.run("plan"), program.run("migrate")
    waits = "waits for jobs/users_db, which could not be read"
    for one in (plan, said):
        assert (one.code, one.err.count("error:")) == (11, 1)
        assert "error: jobs/users_db: no connection" in one.err
        assert any(line.startswith("jobs/events_db") and line.endswith(waits) for line in one.out.splitlines())
    blocked = targets(program.json("migrate").data)["jobs/events_db"]
    assert (blocked["outcome"], blocked["why"], blocked["error"]) == ("blocked", waits, None)


def test_what_needs_an_unreachable_target_that_was_not_named_is_blocked_with_its_error(program: Program) -> None:
    program.lives_at("users_db", "postgresql://app@127.0.0.1:1/users_db")
    people, said = program.run("migrate", "events_db"), program.json("migrate", "events_db")
    waits = "waits for jobs/users_db, which could not be read"
    assert any(line.endswith(waits) for line in people.out.splitlines())
    assert "error: jobs/users_db: no connection" in people.err
    error = said.result["error"]
    assert (said.code, error["kind"], error["target"]) == (11, "unreachable", "jobs/users_db")
    assert targets(said.data)["jobs/events_db"]["outcome"] == "blocked"


def test_every_failed_target_has_its_error_in_full(program: Program) -> None:
    program.migration("users_db", "0002_profiles.sql", "CREATE TABL profiles ();")
    program.migration("events_db", "0002_bad.sql", "DROP TABLE nowhere;")
    said = program.run("migrate")
    assert [line for line in said.err.splitlines() if line.startswith("error:")] == [
        'error: jobs/users_db: 0002_profiles stopped: syntax error at or near "TABL" (SQLSTATE 42601)',
        'error: jobs/events_db: 0002_bad stopped: table "nowhere" does not exist (SQLSTATE 42P01)',
    ]


def test_allow_applies_one_migration_out_of_order(program: Program) -> None:
    program.run("migrate")
    program.migration("users_db", "0004_later.sql", "CREATE TABLE later ();")
    program.run("migrate")
    program.migration("users_db", "0003_late.sql", "CREATE TABLE late ();")
    refused = program.json("migrate", "users_db")
    assert (refused.code, refused.result["error"]["kind"]) == (13, "out_of_order")
    assert program.run("migrate", "users_db", "--allow", "3").code == 0
    assert "late" in program.tables("users_db")


def test_a_protected_environment_wants_an_answer_before_it_is_migrated(program: Program) -> None:
    program.write("schemactl.toml", "[environments.prod]\nprotected = true\n")
    refused = program.json("-e", "prod", "migrate")
    assert (refused.code, refused.result["error"]["kind"], program.tables("users_db")) == (17, "confirm", [])
    assert program.run("-e", "prod", "migrate", "--yes").code == 0


def test_rollback_undoes_one_migration_of_the_target_named(program: Program) -> None:
    program.run("migrate")
    said = program.run("rollback", "users_db", "--yes")
    assert said.code == 0
    assert "jobs/users_db  to roll back: 0002, 1 statement" in said.out
    assert (program.tables("users_db"), program.tables("events_db")) == (["users"], ["events"])


def test_rollback_of_all_to_zero_leaves_no_table(program: Program) -> None:
    program.run("migrate")
    said = program.json("rollback", "--all", "--to", "0", "--yes")
    assert said.code == 0
    assert targets(said.data)["jobs/users_db"]["versions"] == ["0002", "0001"]
    assert program.tables("users_db") + program.tables("events_db") == []


def test_rollback_with_cascade_takes_what_requires_it_along(program: Program) -> None:
    program.run("migrate")
    assert program.run("rollback", "users_db", "--to", "0", "--cascade", "--yes").code == 0
    assert program.tables("events_db") == []


def test_rollback_of_all_keeps_what_a_target_that_cannot_go_requires(program: Program) -> None:
    program.migration(
        "events_db", "0001_events.sql", "-- schemactl: requires=users_db@0001\nCREATE TABLE events (user_id bigint);"
    )
    program.run("migrate")
    said = program.json("rollback", "--all", "--to", "0", "--yes")
    found = {name: (one["outcome"], one["versions"]) for name, one in targets(said.data).items()}
    assert found == {"jobs/users_db": ("blocked", ["0002"]), "jobs/events_db": ("failed", [])}
    assert (said.code, said.result["error"]["kind"]) == (17, "irreversible")
    assert targets(said.data)["jobs/users_db"]["error"]["kind"] == "required"
    assert (program.tables("users_db"), program.tables("events_db")) == (["users"], ["events"])


def test_rollback_is_refused_under_a_target_that_cannot_be_asked(program: Program) -> None:
    program.run("migrate")
    program.lives_at("events_db", "postgresql://app@127.0.0.1:1/events_db")
    said = program.run("rollback", "users_db", "--to", "0", "--cascade", "--yes")
    assert said.code == 17
    assert "jobs/events_db@0001 requires jobs/users_db@0001, and whether it is applied is not known" in said.err
    assert "bring jobs/events_db up" in said.err
    assert program.tables("users_db") == ["profiles", "users"]
    assert program.run("rollback", "users_db", "--to", "0001", "--yes").code == 0


def test_rollback_dry_run_shows_the_statements_and_undoes_nothing(program: Program) -> None:
    program.run("migrate")
    said = program.run("rollback", "users_db", "--dry-run")
    assert said.code == 0
    assert "1 to roll back, 1 statement" in said.out
    assert "DROP TABLE profiles" in said.out
    assert program.tables("users_db") == ["profiles", "users"]


def test_rollback_in_a_protected_environment_wants_the_target_named(program: Program) -> None:
    program.write("schemactl.toml", "[environments.prod]\nprotected = true\n")
    program.run("migrate")
    refused = program.json("-e", "prod", "rollback", "users_db", "--yes")
    assert (refused.code, refused.result["error"]["kind"]) == (17, "confirm")
    assert "--confirm users_db" in refused.result["error"]["do"]
    assert program.run("-e", "prod", "rollback", "users_db", "--confirm", "users_db").code == 0
    assert program.tables("users_db") == ["users"]


@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, ["users"]), ("n", 17, ["profiles", "users"])])
def test_rollback_asks_on_a_terminal(program: Program, answer: str, code: int, left: list[str]) -> None:
    program.run("migrate")
    said = program.on_terminal("rollback", "users_db", answer=answer)
    assert "Roll back users_db? [y/N]" in said.out
    assert (said.code, program.tables("users_db")) == (code, left)


@pytest.mark.parametrize(("answer", "code"), [("users_db", 0), ("yes", 17)])
def test_a_protected_target_is_confirmed_on_a_terminal_by_its_name(program: Program, answer: str, code: int) -> None:
    program.write("schemactl.toml", "[environments.prod]\nprotected = true\n")
    program.run("migrate")
    said = program.on_terminal("-e", "prod", "rollback", "users_db", answer=answer)
    assert "prod is protected. Type the target's name, users_db, to roll it back:" in said.out
    assert said.code == code


SCRIPT = """
def up(ctx):
    print("printed")
    ctx.log("logged")
    ctx.progress(1, 2, "rows")
    ctx.connection.execute("CREATE TABLE IF NOT EXISTS users ()")
    print("and the end", end="")
"""


def test_what_a_script_tells_is_shown_a_line_each(program: Program) -> None:
    program.write("migrations/jobs/users_db/0003_talks.py", SCRIPT)
    said = program.run("migrate", "users_db")
    assert said.code == 0
    lines = [line.partition("0003  ")[2] for line in said.out.splitlines() if "0003  " in line]
    assert lines[:2] == ["printed", "logged"] and "and the end" in lines
    assert [line for line in said.out.splitlines() if "already exists, skipping" in line]


def test_what_a_script_tells_is_one_event_each_in_json(program: Program) -> None:
    program.write("migrations/jobs/users_db/0003_talks.py", SCRIPT)
    said = program.json("migrate", "users_db")
    noted = [event["what"] for event in said.events if event["event"] == "noted"]
    assert (said.code, noted[:2], noted[-1]) == (0, ["printed", "logged"], "and the end")
    assert [event["done"] for event in said.events if event["event"] == "step_progress"] == [1]


def test_what_a_script_tells_is_drawn_on_a_terminal(program: Program) -> None:
    program.write("migrations/jobs/users_db/0003_talks.py", SCRIPT)
    said = program.on_terminal("migrate", "users_db")
    assert said.code == 0
    assert all(what in said.out for what in ("printed", "logged", "and the end", "already exists, skipping"))
