"""Passwords appear nowhere: not in text, not in JSON, not in errors."""

from __future__ import annotations

import pytest

from tests.cli.program import Program, Said

SECRET = "hush-hush-7"
COMMANDS = [
    ("targets",),
    ("plan",),
    ("status",),
    ("migrate",),
    ("engines", "users_db"),
    ("recover",),
    ("rollback", "--all", "--yes"),
]


def assert_hidden(secret: str, *all_said: Said) -> None:
    for said in all_said:
        assert said.out + said.err
        assert secret not in said.out + said.err


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_commands_that_work_show_none(program: Program, arguments: tuple[str, ...]) -> None:
    both = program.run(*arguments), program.json(*arguments)
    assert [said.code for said in both] == [0, 0]
    assert_hidden(program.password("users_db"), *both)


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://app:{SECRET}@127.0.0.1:1/users",
        f"postgresql://app:{SECRET}@/users",
        f"postgresql://app:{SECRET}@h/users/more",
        f"mysql://app:{SECRET}@h/users",
        f"postgresql://127.0.0.1:1/users?password={SECRET}",
        f"host=h password={SECRET}",
    ],
    ids=["nobody answers", "no host", "two paths", "another engine", "in the query", "no URL"],
)
def test_commands_that_fail_show_none(program: Program, arguments: tuple[str, ...], url: str) -> None:
    program.lives_at("users_db", url)
    assert_hidden(SECRET, program.run(*arguments), program.json(*arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--url", f"users_db=postgresql://app:{SECRET}@h/users", "status"),
        ("--url", f"postgresql://app:{SECRET}@h/users", "status"),
        ("--url", f"nobody=postgresql://app:{SECRET}@h/users", "status"),
        ("status", f"postgresql://app:{SECRET}@h/users"),
        ("status", f"--url=users_db=postgresql://app:{SECRET}@h/users"),
        (f"postgresql://app:{SECRET}@h/users",),
        ("migrate", "users_db", "--wait", f"postgresql://app:{SECRET}@h/users"),
    ],
)
def test_a_command_line_that_is_refused_is_not_repeated_with_its_password(
    program: Program, arguments: tuple[str, ...]
) -> None:
    both = program.run(*arguments), program.json(*arguments)
    assert {said.code for said in both} <= {2, 10}
    assert_hidden(SECRET, *both)


def test_a_password_on_the_command_line_is_taken_where_it_is_allowed(program: Program) -> None:
    url = program.databases["users_db"].url
    del program.environ["SCHEMACTL_URL__JOBS__USERS_DB"]
    refused = program.json("--url", f"users_db={url}", "status", "users_db")
    assert (refused.code, refused.result["error"]["kind"]) == (10, "password_in_argv")
    allowed = program.run("--allow-password-in-argv", "--url", f"users_db={url}", "status", "users_db")
    assert allowed.code == 0
    assert_hidden(program.password("users_db"), refused, allowed)


def test_a_bug_in_a_migration_shows_none(program: Program) -> None:
    program.write(
        "migrations/jobs/users_db/0003_bug.py",
        "import os\n\n\ndef up(ctx):\n    raise KeyError(os.environ['SCHEMACTL_URL__JOBS__USERS_DB'])\n",
    )
    both = program.run("migrate", "users_db"), program.json("migrate", "users_db")
    assert all(said.code for said in both)
    assert_hidden(program.password("users_db"), *both)


@pytest.mark.parametrize(
    "arguments", [("plan",), ("plan", "--sql"), ("migrate", "--dry-run"), ("migrate",), ("recover",)]
)
def test_a_password_within_a_statement_is_sent_and_shown_nowhere(program: Program, arguments: tuple[str, ...]) -> None:
    wrapper = "CREATE FOREIGN DATA WRAPPER none;\nCREATE SERVER old FOREIGN DATA WRAPPER none;\n"
    mapping = f"CREATE USER MAPPING FOR PUBLIC SERVER old OPTIONS (password '{SECRET}');"
    program.migration("users_db", "0003_mapping.sql", wrapper + mapping)
    both = program.run(*arguments), program.json(*arguments)
    assert [said.code for said in both] == [0, 0]
    assert_hidden(SECRET, *both)
    if arguments == ("migrate",):
        ((options,),) = program.sql("users_db", "SELECT umoptions FROM pg_user_mappings")
        assert options == [f"password={SECRET}"]


def test_an_error_that_quotes_the_statement_shows_none(program: Program) -> None:
    program.migration("users_db", "0003_role.sql", f"ALTER ROLE CURRENT_USER PASSWORD '{SECRET}' '{SECRET}';")
    both = program.run("migrate"), program.json("migrate")
    assert {said.code for said in both} == {14}
    assert "***" in both[0].err
    assert_hidden(SECRET, *both)


def test_recover_shows_none_of_a_statement_that_is_under_way(program: Program) -> None:
    assert program.run("migrate").code == 0
    program.write(
        "migrations/jobs/users_db/0003_stopped.sql",
        "-- migrate:up\n-- schemactl: transaction=none\n"
        "CREATE INDEX CONCURRENTLY mail ON users (email);\n"
        f"CREATE UNIQUE INDEX CONCURRENTLY twice ON users ((1)) WHERE 'password={SECRET}' <> '';\n",
    )
    program.sql("users_db", "INSERT INTO users VALUES (2, NULL)")
    failed = program.run("migrate", "users_db")
    both = program.run("recover", "--dry-run"), program.json("recover", "--dry-run")
    assert failed.code == 14
    assert all("CREATE UNIQUE INDEX" in said.out for said in both)
    assert_hidden(SECRET, failed, *both)
