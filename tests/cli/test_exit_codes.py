"""Each exit code has a cause that a user can meet: code, kind for programs, and lines for people."""

from __future__ import annotations

import signal

import psycopg
import pytest

from schemactl.engines.postgres.key import KEY
from tests.cli.program import Program, Said, interrupted, wait_until


def both(program: Program, *arguments: str) -> tuple[Said, Said]:
    """The same command for people and for programs."""
    return program.run(*arguments), program.json(*arguments)


def assert_failed(people: Said, programs: Said, *, code: int, kind: str, lines: list[str]) -> None:
    """Both end with `code`; every one of `lines` is in what people read; JSON has the kind, and stderr no error."""
    assert (people.code, programs.code, programs.result["exit"]) == (code, code, code), people.err + programs.out
    assert programs.result["error"]["kind"] == kind
    missing = [line for line in lines if line not in people.err]
    assert not missing, people.err
    assert "error:" not in programs.err


def test_0_when_everything_was_applied(program: Program) -> None:
    said = program.json("migrate")
    assert (said.code, said.result["exit"], said.result["error"]) == (0, 0, None)
    assert program.tables("users_db") == ["profiles", "users"]


def test_2_for_a_command_that_does_not_exist(bare: Program) -> None:
    people, programs = both(bare, "migrat")
    assert_failed(people, programs, code=2, kind="usage", lines=["error: no such command `migrat`", "mean `migrate`?"])
    assert people.out == ""


def test_2_for_an_option_that_stands_behind_the_command(bare: Program) -> None:
    said = bare.run("migrate", "-p", "jobs")
    assert said.code == 2
    assert "it stands before the command: `schemactl -p … migrate`" in said.err


def test_2_where_no_platform_can_be_told(bare: Program) -> None:
    bare.write("schemas/shop/platform.toml", 'name = "shop"\n[targets.orders_db]\nengine = "postgres"\n')
    people, programs = both(bare, "status")
    assert_failed(people, programs, code=2, kind="usage", lines=["which platform? there are jobs, shop", "`-p NAME`"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rollback",), "rollback wants a TARGET, or `--all`"),
        (("rollback", "--all", "users_db"), "either targets or `--all`, not both"),
        (("rollback", "users_db", "--to", "1", "--steps", "2"), "both say how far back"),
        (("rollback", "--all", "--to", "3"), "version 3 means something else in each target"),
        (("migrate", "--to", "3"), "version 3 means something else in each target"),
        (("migrate", "users_db", "--to", "v3"), "'v3' is not a version"),
        (("migrate", "--wait", "soon"), "'soon' is not a time"),
        (("recover", "users_db", "--accept", "1"), "`--accept` wants `--why TEXT`"),
        (("recover", "--accept", "1", "--why", "x"), "`--accept` wants one TARGET"),
        (("recover", "--why", "x"), "`--why` belongs to `--accept`"),
        (("--url", "users_db", "status"), "--url wants TARGET=URL"),
        ((), "no command"),
    ],
)
def test_2_for_a_command_line_that_says_nothing_one_could_do(
    bare: Program, arguments: tuple[str, ...], words: str
) -> None:
    said = bare.run(*arguments)
    assert said.code == 2
    assert words.replace("'", "`") in said.err.replace("'", "`")


def test_3_where_something_is_pending_and_check_asks(program: Program) -> None:
    assert program.run("plan").code == 0
    for command in ("plan", "status"):
        said = program.json(command, "--check")
        assert (said.code, said.result["exit"], said.result["error"]) == (3, 3, None)
    program.run("migrate")
    assert [program.run(command, "--check").code for command in ("plan", "status")] == [0, 0]


def test_10_for_a_target_that_is_not_there(program: Program) -> None:
    people, programs = both(program, "migrate", "user_db")
    lines = ["error: no target `user_db` on platform jobs", "  at: schemas/jobs/platform.toml", "mean `users_db`?"]
    assert_failed(people, programs, code=10, kind="unknown_target", lines=lines)


def test_10_where_there_is_no_project(bare: Program) -> None:
    people, programs = both(bare, "-C", "/", "status")
    assert_failed(people, programs, code=10, kind="no_project", lines=["error: no schemactl.toml", "`schemactl init`"])


def test_10_where_nothing_says_where_a_target_lives(bare: Program) -> None:
    bare.migration("users_db", "0001_a.sql", "SELECT 1;")
    people, programs = both(bare, "migrate", "users_db")
    lines = ["error: jobs/users_db: nothing says where it lives", "SCHEMACTL_URL__JOBS__USERS_DB"]
    assert_failed(people, programs, code=10, kind="no_url", lines=lines)


def test_11_where_nobody_answers(program: Program) -> None:
    program.lives_at("users_db", "postgresql://app@127.0.0.1:1/users_db")
    people, programs = both(program, "status")
    assert_failed(
        people, programs, code=11, kind="unreachable", lines=["error: jobs/users_db: no connection:", "  at: "]
    )
    assert [target["state"] for target in programs.data["targets"]] == ["unreachable", "1 pending"]


def test_11_for_a_wrong_password(program: Program) -> None:
    program.lives_at(
        "users_db", program.databases["users_db"].url.replace(program.password("users_db"), "not-this-one")
    )
    people, programs = both(program, "migrate", "users_db")
    assert_failed(people, programs, code=11, kind="authentication", lines=["  do: check user and password"])
    assert "not-this-one" not in people.out + people.err + programs.out + programs.err


def test_12_where_another_runner_is_at_work(program: Program) -> None:
    with psycopg.connect(program.databases["users_db"].url, application_name="other") as other:
        other.execute("SELECT pg_advisory_lock(%s)", (KEY,))
        people, programs = both(program, "migrate", "users_db")
    lines = ["error: jobs/users_db: another runner is at work", "now: nothing was changed", "`--wait 10min`"]
    assert_failed(people, programs, code=12, kind="locked", lines=lines)
    assert program.tables("users_db") == []


def test_13_for_a_file_that_was_changed_after_it_was_applied(program: Program) -> None:
    program.run("migrate")
    program.migration("users_db", "0001_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY);")
    people, programs = both(program, "migrate")
    lines = ["0001_users was changed after it was applied", "  at: migrations/jobs/users_db/0001_users.sql", "--accept"]
    assert_failed(people, programs, code=13, kind="changed", lines=lines)


def test_14_for_a_statement_that_the_server_refuses(program: Program) -> None:
    program.migration("users_db", "0003_bad.sql", "ALTER TABLE users ADD a int;\nALTER TABLE nowhere ADD a int;")
    people = program.run("migrate")
    assert (people.code, program.tables("events_db")) == (14, ["events"])
    assert 'error: jobs/users_db: 0003_bad stopped: relation "nowhere" does not exist (SQLSTATE 42P01)' in people.err
    assert "  at: migrations/jobs/users_db/0003_bad.sql:3" in people.err
    assert "  now: nothing of 0003_bad was kept" in people.err
    assert "  do: correct the file" in people.err
    programs = program.json("migrate")
    error = programs.result["error"]
    assert (programs.code, error["kind"], error["state"], error["failed"]) == (14, "missing_object", "42P01", "0003")


def test_15_for_a_server_that_takes_no_writes(program: Program) -> None:
    name = program.databases["users_db"].name
    program.sql("events_db", f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    people, programs = both(program, "migrate", "users_db")
    lines = ["nothing can be changed here: default_transaction_read_only is on", "the address of the primary"]
    assert_failed(people, programs, code=15, kind="read_only", lines=lines)


def test_17_where_nobody_can_be_asked(program: Program) -> None:
    program.run("migrate")
    people, programs = both(program, "rollback", "users_db")
    lines = ["Roll back users_db?", "now: nothing was changed", "say `--yes`"]
    assert_failed(people, programs, code=17, kind="confirm", lines=lines)
    assert program.tables("users_db") == ["profiles", "users"]


def test_17_for_a_migration_without_a_way_back(program: Program) -> None:
    program.migration("users_db", "0003_drop.sql", "-- schemactl: irreversible: rows are gone\nDROP TABLE profiles;")
    program.run("migrate")
    people, programs = both(program, "rollback", "users_db", "--yes")
    lines = ["0003_drop cannot be rolled back: rows are gone", "  at: migrations/jobs/users_db/0003_drop.sql"]
    assert_failed(people, programs, code=17, kind="irreversible", lines=lines)


def test_17_for_a_version_that_others_require(program: Program) -> None:
    program.run("migrate")
    people, programs = both(program, "rollback", "users_db", "--to", "0", "--yes")
    lines = ["jobs/users_db@0001 is required by jobs/events_db@0001", "`--cascade`"]
    assert_failed(people, programs, code=17, kind="required", lines=lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("mode", [(), ("--json",)], ids=["text", "json"])
def test_130_with_the_state_told(program: Program, number: int, mode: tuple[str, ...]) -> None:
    program.migration("users_db", "0003_slow.sql", "CREATE TABLE slow ();\nSELECT pg_sleep(300);")
    process = program.start(*mode, "migrate", "users_db")
    wait_until(program, "users_db", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    said = interrupted(process, number)
    assert said.code == 130
    assert program.tables("users_db") == ["profiles", "users"]
    if mode:
        error = said.result["error"]
        assert (said.result["exit"], error["kind"]) == (130, "interrupted")
        assert error["now"] == "nothing of 0003_slow was kept; done by this run: 0001 to 0002 (2)"
    else:
        assert "error: jobs/users_db: stopped before 0003_slow" in said.err
        assert "  now: nothing of 0003_slow was kept; done by this run: 0001 to 0002 (2)" in said.err


def test_130_in_one_target_leaves_the_others_not_started_and_says_so(program: Program) -> None:
    program.migration("users_db", "0001_users.sql", "CREATE TABLE slow ();\nSELECT pg_sleep(300);")
    process = program.start("--json", "migrate")
    wait_until(program, "users_db", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    said = interrupted(process)
    outcomes = {target["target"]: target["outcome"] for target in said.data["targets"]}
    assert (said.code, outcomes["jobs/users_db"]) == (130, "failed")
    assert outcomes["jobs/events_db"] in ("blocked", "not_started")
    assert program.tables("events_db") == []


def test_a_command_that_changes_nothing_ends_at_the_first_signal(program: Program) -> None:
    with psycopg.connect(program.databases["users_db"].url) as other:
        program.run("migrate")
        other.execute("LOCK schemactl.schema_versions IN ACCESS EXCLUSIVE MODE")
        process = program.start("--json", "status")
        wait_until(program, "users_db", "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        said = interrupted(process)
    assert (said.code, said.result["error"]["now"]) == (130, "nothing was changed")


def test_130_comes_in_the_midst_of_many_short_migrations(program: Program) -> None:
    program.run("migrate")
    for number in range(10, 26):
        program.migration("users_db", f"00{number}_nap.sql", "SELECT pg_sleep(0.19);")
    process = program.start("--json", "migrate", "users_db")
    assert process.stdout
    while "step_finished" not in process.stdout.readline():
        assert process.poll() is None
    said = interrupted(process)
    assert (said.code, said.result["error"]["kind"]) == (130, "interrupted")
    assert len(said.data["targets"][0]["versions"]) < 16
