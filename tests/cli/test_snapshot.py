"""`snapshot`: files are written where they differ, `--check` tells what does, a target that is not ready is refused."""

from __future__ import annotations

import psycopg
import pytest

from tests.cli.program import Program, wait_until
from tests.cli.program import said as ended

USERS, EVENTS = "schemas/jobs/users_db.sql", "schemas/jobs/events_db.sql"


def test_files_are_written_then_unchanged_then_changed(program: Program) -> None:
    program.run("migrate")
    first = program.run("snapshot")
    assert (first.code, first.err) == (0, "")
    assert [line.split()[:3] for line in first.out.splitlines()] == [
        ["jobs/users_db", "written", USERS],
        ["jobs/events_db", "written", EVENTS],
    ]
    text = (program.root / USERS).read_text()
    assert text.startswith("-- schemactl snapshot, format 1\n-- target: jobs/users_db\n-- version: 0002\n")
    assert "schema_versions" not in text and "CREATE TABLE public.users (" in text
    again = program.run("snapshot")
    assert [line.split()[1] for line in again.out.splitlines()] == ["unchanged", "unchanged"]
    assert (program.root / USERS).read_text() == text
    assert program.run("snapshot", "--check").code == 0
    program.migration("users_db", "0003_more.sql", "CREATE TABLE more (id int); CREATE INDEX i ON more (id);")
    program.run("migrate")
    assert program.run("snapshot", "users_db").out == f"jobs/users_db  changed  {USERS}  2 objects\n"


def test_check_shows_what_differs_and_writes_nothing(program: Program) -> None:
    program.run("migrate")
    program.run("snapshot", "users_db")
    before = (program.root / USERS).read_text()
    program.sql("users_db", "ALTER TABLE users ADD COLUMN odd int")
    said = program.run("snapshot", "--check")
    assert said.code == 3
    assert f"jobs/users_db  differs  {USERS}  1 object" in said.out
    assert "  +  odd integer" in said.out
    assert f"jobs/events_db  absent  {EVENTS}" in said.out
    assert (program.root / USERS).read_text() == before
    assert not (program.root / EVENTS).exists()
    users, events = program.json("snapshot", "--check").data["targets"]
    assert (users["outcome"], users["version"], events["outcome"]) == ("differs", "0002", "absent")
    assert users["changed"] == [{"kind": "table", "identity": ["public", "users"], "how": "changed"}]
    assert "+  odd integer," in users["diff"].splitlines()


def test_a_file_that_reads_the_same_and_is_written_otherwise_is_written_anew(program: Program) -> None:
    program.run("migrate", "users_db")
    program.run("snapshot", "users_db")
    path = program.root / USERS
    text = path.read_text()
    # As a checkout may have it.
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert program.run("snapshot", "users_db", "--check").code == 0
    path.write_text(text.replace("-- version: 0002", "-- version: 2"))
    assert "the version alone" in program.run("snapshot", "users_db").out
    assert path.read_text() == text


def test_rights_that_the_target_cannot_tell_are_the_file_s_and_not_compared(program: Program) -> None:
    role = program.databases["users_db"].name + "_reader"
    program.run("migrate", "users_db")
    program.sql("users_db", f"CREATE ROLE {role}; GRANT SELECT ON users TO {role}")
    try:
        program.run("snapshot", "users_db")
        text = (program.root / USERS).read_text()
        assert f"GRANT SELECT ON TABLE public.users TO {role};" in text
        program.sql("users_db", f"GRANT UPDATE ON users TO {role}")
        assert program.run("snapshot", "users_db", "--check").code == 3
        program.sql("users_db", f"REVOKE ALL ON users FROM {role}")
        said = program.run("snapshot", "users_db", "--check")
        assert (said.code, "rights: not compared, since nobody was given any in the target" in said.out) == (0, True)
        program.sql("users_db", "GRANT UPDATE ON users TO PUBLIC")
        assert program.run("snapshot", "users_db", "--check").code == 3
    finally:
        program.sql("users_db", f"DROP OWNED BY {role}; DROP ROLE {role}")
    said = program.run("snapshot", "users_db")
    assert f"rights: those of the file were kept, since {role} is not a role of this server" in said.out
    assert (program.root / USERS).read_text() == text
    program.sql("users_db", "ALTER TABLE users RENAME TO people")
    assert program.run("snapshot", "users_db").code == 0
    assert role not in (program.root / USERS).read_text()


def test_a_long_difference_is_cut_and_json_has_all_of_it(program: Program) -> None:
    program.run("migrate", "users_db")
    program.run("snapshot", "users_db")
    columns = ", ".join(f"ADD COLUMN c{number} int" for number in range(90))
    program.sql("users_db", f"ALTER TABLE users {columns}")
    said = program.run("snapshot", "users_db", "--check")
    assert 40 < said.out.count("\n  +  c") < 60
    assert "lines more; `--json` has them all" in said.out
    (users,) = program.json("snapshot", "users_db", "--check").data["targets"]
    assert users["diff"].count("\n+  c") == 90


@pytest.mark.parametrize("check", [(), ("--check",)], ids=["write", "check"])
def test_a_target_that_is_not_what_its_files_say_is_refused_and_the_others_are_not(
    program: Program, check: tuple[str, ...]
) -> None:
    program.run("migrate", "users_db", "--to", "1")
    program.run("migrate", "events_db")
    said = program.run("snapshot", *check)
    assert said.code == 13
    assert "error: jobs/users_db: 1 migration is pending" in said.err
    assert "do: `schemactl -p jobs migrate users_db` first" in said.err
    assert f"jobs/events_db  {'absent' if check else 'written'}" in said.out
    assert not (program.root / USERS).exists()


def test_a_file_that_is_no_snapshot_is_never_overwritten(program: Program) -> None:
    program.run("migrate")
    program.write(USERS, "CREATE TABLE of_somebody ();\n")
    said = program.run("snapshot")
    assert said.code == 10
    assert f"at: {USERS}:1" in said.err and "remove it and write it anew" in said.err
    assert (program.root / USERS).read_text() == "CREATE TABLE of_somebody ();\n"
    assert (program.root / EVENTS).exists()


def test_stdout_prints_the_text_of_one_target_alone(program: Program) -> None:
    program.run("migrate")
    said = program.run("snapshot", "users_db", "--stdout")
    assert not (program.root / USERS).exists()
    program.run("snapshot", "users_db")
    assert said.out == (program.root / USERS).read_text()
    assert program.json("snapshot", "users_db", "--stdout").data["text"] == said.out
    (program.root / USERS).write_text("torn")
    assert program.run("snapshot", "users_db", "--stdout").out == said.out
    assert program.run("snapshot", "--stdout").code == 2
    assert program.run("snapshot", "users_db", "--stdout", "--check").code == 2


def test_what_a_runner_changes_while_the_target_is_read_is_not_taken_for_what_was_there(program: Program) -> None:
    program.run("migrate", "users_db")
    with psycopg.connect(program.databases["users_db"].url) as other:
        other.execute("LOCK TABLE pg_publication; DELETE FROM schemactl.schema_versions WHERE version = '0002'")
        running = program.start("snapshot", "users_db")
        wait_until(program, "users_db", "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        other.commit()
    told = ended(running)
    assert (told.code, "1 migration is pending" in told.err) == (13, True)
    assert not (program.root / USERS).exists()


def test_an_object_that_no_statement_makes_is_told(program: Program) -> None:
    program.run("migrate")
    program.sql("users_db", "CREATE INDEX odd ON users (id)")
    program.sql("users_db", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'odd'::regclass")
    said = program.run("snapshot", "users_db")
    assert said.code == 15
    assert "index public.odd is INVALID" in said.err and "REINDEX INDEX CONCURRENTLY public.odd" in said.err
