"""A migration that was started and not written: refused while its up section is blank."""

from __future__ import annotations

import pytest

from tests.cli.program import Program

PLACE = "migrations/jobs/users_db/0003_city.sql"


@pytest.mark.parametrize("command", [("plan",), ("migrate",), ("migrate", "--dry-run")], ids=" ".join)
def test_what_new_wrote_is_refused_with_file_and_line(program: Program, command: tuple[str, ...]) -> None:
    program.run("migrate")
    program.run("new", "users_db", "city")
    said = program.json(*command)
    error = said.result["error"]
    assert (said.code, error["kind"], error["at"]) == (10, "empty_section", f"{PLACE}:3")
    assert "write its statements below migrate:up" in error["do"]
    assert program.sql("users_db", "SELECT count(*) FROM schemactl.schema_versions") == [(2,)]


def test_once_it_is_written_it_is_applied(program: Program) -> None:
    program.run("new", "users_db", "city")
    text = (program.root / PLACE).read_text()
    (program.root / PLACE).write_text(text.replace("migrate:up\n", "migrate:up\nCREATE TABLE city ();\n"))
    assert program.run("migrate", "users_db").code == 0
    assert program.tables("users_db") == ["city", "profiles", "users"]


def test_one_that_does_nothing_and_says_so_is_applied(program: Program) -> None:
    program.run("new", "users_db", "city")
    assert "says so in a comment" in program.run("plan").err
    text = (program.root / PLACE).read_text()
    (program.root / PLACE).write_text(text.replace("migrate:up\n", "migrate:up\n-- city came with 0002\n"))
    assert program.run("migrate", "users_db").code == 0


def test_one_that_was_applied_empty_before_stays_applied_and_can_go(program: Program) -> None:
    program.write(PLACE, "-- migrate:up\nSELECT 1;\n-- migrate:down\n")
    program.run("migrate")
    program.write(PLACE, "-- migrate:up\n-- migrate:down\n")
    program.run("recover", "users_db", "--accept", "3", "--why", "as an older release left it")
    assert program.run("migrate", "users_db").code == 0
    assert program.run("rollback", "users_db", "--yes").code == 0
    assert program.sql("users_db", "SELECT count(*) FROM schemactl.schema_versions") == [(2,)]
