"""`verify` as people, programs and build servers have it: what is shown, what is written, and the exit code."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest

import schemactl
from schemactl.engines.postgres.key import KEY
from tests.cli.conftest import PLATFORM
from tests.cli.program import Program, interrupted, wait_until
from tests.fixtures.postgres import Postgres, drop_database, make_database

AWAY = {"SCHEMACTL_URL__JOBS__USERS_DB": "postgresql://app:hush-hush@127.0.0.1:1/users_db"}

# One row of a check that names what no terminal and no XML should be given as it is.
DO_MANY = "      do: correct the row, or the query in schemas/jobs/checks/users_db/many.sql:1\n"
AWKWARD = '-- nobody is younger than 0\nSELECT id, E\'<b>&"\\x01\\x1b[31m\' AS "odd" FROM users WHERE id < 0'


def made(root: Path, server: Postgres) -> Program:
    """Two migrated targets with their snapshots."""
    program = Program(root)
    program.write("schemactl.toml", "")
    program.write("schemas/jobs/platform.toml", PLATFORM)
    users = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\nCREATE TABLE profiles (user_id bigint"
    program.migration("users_db", "0001_users.sql", f"{users} REFERENCES users);")
    program.migration("events_db", "0001_events.sql", "CREATE TABLE events (user_id bigint NOT NULL);")
    for target in ("users_db", "events_db"):
        database = program.databases[target] = make_database(server)
        program.lives_at(target, database.url)
    assert program.run("migrate").code == 0
    assert program.run("snapshot").code == 0
    return program


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, postgres18: Postgres) -> Iterator[Program]:
    """Two migrated targets with their snapshots; whoever changes something takes it back."""
    program = made(tmp_path_factory.mktemp("clean"), postgres18)
    yield program
    for database in program.databases.values():
        drop_database(database)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory, postgres18: Postgres) -> Iterator[Program]:
    """The same with an orphan that switched off triggers have let in, and a row that a check of the project finds."""
    program = made(tmp_path_factory.mktemp("faulty"), postgres18)
    program.sql("users_db", "ALTER TABLE profiles DISABLE TRIGGER ALL")
    program.sql("users_db", "INSERT INTO profiles VALUES (42)")
    program.sql("users_db", "INSERT INTO users VALUES (-1, 'x')")
    program.write("schemas/jobs/checks/users_db/age.sql", AWKWARD)
    yield program
    for database in program.databases.values():
        drop_database(database)


def held(program: Program, target: str) -> tuple[str, list[tuple[str, str]]]:
    """The digest of a target's catalogue, and every row of each of its tables with the place where it lies."""
    urls = {target: program.databases[target].url}
    catalog = schemactl.open(program.root, platform="jobs", urls=urls).catalog(target)
    every = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information_)'"
    rows = [
        (table, str(row))
        for (table,) in sorted(program.sql(target, every))
        for row in sorted(program.sql(target, f"SELECT ctid::text, xmin::text, t::text FROM {table} t"))
    ]
    return catalog.digest(), rows


def by_name(target: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one for one in target["inspections"]}


def test_a_clean_platform_has_no_findings(clean: Program) -> None:
    said = clean.run("verify")
    assert (said.code, said.err) == (0, "")
    first, *_, last = said.out.splitlines()
    assert first.startswith("jobs/users_db  PostgreSQL 18")
    assert last.startswith("0 findings in 2 targets: ")
    assert "failed" not in said.out and "not run" not in said.out
    # There is nothing that could not be looked at, either; with time, the extension is missing.
    assert clean.run("verify", "--strict").code == 0
    assert clean.run("verify", "--deep").code == 0
    assert clean.run("verify", "--deep", "--strict").code == 3


def test_what_is_wrong_comes_first_and_in_full_and_the_rest_in_a_line(faulty: Program) -> None:
    said = faulty.run("verify", "events_db", "users_db")
    lines = said.out.splitlines()
    assert (said.code, said.err) == (3, "")
    assert lines[0].startswith("jobs/users_db")
    assert [line.split(":")[0] for line in lines if line.startswith("  failed")] == [
        "  failed  orphans",
        "  failed  disabled-triggers",
        "  failed  age",
    ]
    key, names = "foreign key profiles_user_id_fkey on public.profiles", "1 row names what is not in public.users"
    orphan = lines.index(f"    {key}: {names}: (user_id=42)")
    assert lines[orphan + 1].startswith("      do: add what they name, or correct them: SELECT f.* FROM ")
    assert '    row: id=-1, odd=<b>&"\\x01\\x1b[31m' in lines
    assert "\x1b" not in said.out and "\x01" not in said.out
    assert lines[-1].startswith("3 findings in 2 targets: 13 passed, 3 failed, 9 with nothing to look at; ")


def test_in_json_the_result_has_the_whole_report_and_the_same_document_is_written(faulty: Program) -> None:
    said = faulty.json("verify", "--format", "json", "--output", "report.json")
    assert (said.code, said.result["exit"], said.result["error"]) == (3, 3, None)
    written = json.loads((faulty.root / "report.json").read_text())
    assert written == said.data
    assert (written["v"], written["report"], written["platform"], written["holds"]) == (1, "verify", "jobs", False)
    users, events = written["targets"]
    assert (users["target"], users["holds"], events["holds"]) == ("jobs/users_db", False, True)
    orphans = by_name(users)["orphans"]
    assert (orphans["section"], orphans["state"], orphans["examined"], orphans["unit"]) == (
        "engine",
        "failed",
        1,
        "foreign keys",
    )
    (finding,) = orphans["findings"]
    assert finding["object"] == "foreign key profiles_user_id_fkey on public.profiles"
    names = [event["name"] for event in said.events if event["event"] == "inspection_finished"]
    assert sorted(names) == sorted([*by_name(users), *by_name(events)])


def test_on_standard_output_a_report_stands_alone(faulty: Program) -> None:
    said = faulty.run("verify", "--format", "json")
    assert (said.code, said.err) == (3, "")
    assert json.loads(said.out)["counts"]["failed"] == 3
    refused = faulty.run("--json", "verify", "--format", "junit")
    assert (refused.code, refused.result["error"]["kind"]) == (2, "usage")


def test_junit_has_a_suite_for_each_target_and_a_case_for_each_inspection(faulty: Program) -> None:
    said = faulty.run("verify", "--format", "junit", "--output", "verify.xml")
    assert said.code == 3 and said.out.splitlines()[-1].startswith("3 findings in 2 targets: ")
    users, events = ElementTree.parse(faulty.root / "verify.xml").getroot()
    assert [suite.get("name") for suite in (users, events)] == ["jobs/users_db", "jobs/events_db"]
    cases = {case.get("name"): case for case in users.findall("testcase")}
    assert cases["orphans"].get("classname") == "jobs.users_db.engine"
    failure = cases["age"].find("failure")
    assert failure is not None and failure.get("message") == 'row: id=-1, odd=<b>&"\\x01\\x1b[31m'
    assert cases["ledger"].find("*") is None
    skipped = cases["partitions"].find("skipped")
    assert skipped is not None and skipped.get("message") == "there was nothing to look at"
    assert [users.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["13", "3", "0", "4"]
    assert [events.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["12", "0", "0", "5"]


def test_strict_makes_a_finding_of_what_was_not_looked_at(clean: Program) -> None:
    there = clean.root / "schemas/jobs/events_db.sql"
    text = there.read_text()
    there.unlink()
    lenient, said = clean.run("verify"), clean.run("verify", "--strict", "--format", "junit")
    there.write_text(text)
    assert lenient.code == 0
    (_, events) = ElementTree.fromstring(said.out.encode())
    cases = {case.get("name"): case.find("failure") for case in events.findall("testcase")}
    assert said.code == 3
    assert cases["snapshot"] is not None and cases["snapshot"].get("type") == "not_run"
    assert "there is no snapshot of it" in str(cases["snapshot"].get("message"))


def test_of_many_rows_so_many_are_said_to_be_wrong_at_least(clean: Program) -> None:
    file = clean.root / "schemas/jobs/checks/users_db/many.sql"
    clean.write("schemas/jobs/checks/users_db/many.sql", "SELECT n FROM generate_series(1, 1000000) AS n")
    said = clean.json("verify", "users_db", "--output", "many.txt")
    people = clean.run("verify", "users_db", "--format", "junit", "--output", "many.xml")
    file.unlink()
    (target,) = said.data["targets"]
    many = by_name(target)["many"]
    assert (len(many["findings"]), many["more"], many["at_least"]) == (10, 1, True)
    assert (said.data["counts"]["findings"], said.data["counts"]["at_least"]) == (11, True)
    assert [one["at_least"] for one in target["inspections"] if one["name"] != "many"] == [False] * 12
    text = (clean.root / "many.txt").read_text()
    assert "    row: n=10\n    and more\n" in text.replace(DO_MANY, "")
    assert people.out.splitlines()[-1].startswith("at least 11 findings in 1 target: ")
    (failure,) = ElementTree.parse(clean.root / "many.xml").getroot().findall("testsuite/testcase/failure")
    assert failure.get("message") == "row: n=1 (and at least 10 more)"
    assert str(failure.text).endswith("\nand more")


def test_a_target_that_cannot_be_reached_has_its_error_and_the_others_are_looked_at(clean: Program) -> None:
    people = clean.run("verify", env=AWAY)
    programs = clean.run("--json", "verify", "--format", "junit", "--output", "v.xml", env=AWAY)
    assert (people.code, programs.code, programs.result["error"]["kind"]) == (11, 11, "unreachable")
    assert "error: jobs/users_db: no connection" in people.err
    assert [target["holds"] for target in programs.data["targets"]] == [False, True]
    text = (clean.root / "v.xml").read_text()
    (error,) = ElementTree.fromstring(text).findall("testsuite[@name='jobs/users_db']/testcase/error")
    assert error.get("type") == "unreachable"
    assert "hush-hush" not in people.out + people.err + programs.out + text
    # A finding is worse.
    clean.sql("events_db", "ALTER TABLE events ADD CONSTRAINT loose CHECK (user_id > 0) NOT VALID")
    both = clean.run("verify", env=AWAY)
    clean.sql("events_db", "ALTER TABLE events DROP CONSTRAINT loose")
    assert both.code == 3


def test_a_target_that_is_not_there_is_an_error_of_the_command(clean: Program) -> None:
    said = clean.json("verify", "user_db")
    assert (said.code, said.result["error"]["kind"]) == (10, "unknown_target")


def test_a_place_that_cannot_be_written_is_told_before_anything_is_looked_at(clean: Program) -> None:
    said = clean.json("verify", "--output", "nowhere/report.txt")
    assert (said.code, said.result["error"]["kind"], len(said.events)) == (10, "unwritable", 1)
    assert said.result["error"]["at"] == "nowhere/report.txt"


def test_a_form_that_is_none_is_refused(clean: Program) -> None:
    said = clean.run("verify", "--format", "yaml")
    assert said.code == 2 and "junit" in said.err


def test_text_in_a_file_has_no_colours_and_every_error(clean: Program) -> None:
    said = clean.on_terminal("verify", "--output", "report.txt", env=AWAY)
    text = (clean.root / "report.txt").read_text()
    assert said.code == 11 and "\x1b" in said.out
    assert "\x1b" not in text and "error: jobs/users_db: no connection" in text


def test_nothing_is_changed_and_no_lock_is_needed(clean: Program) -> None:
    clean.sql("users_db", "INSERT INTO users VALUES (7, 'a@example.org')")
    clean.sql("users_db", "INSERT INTO profiles VALUES (7)")
    before = held(clean, "users_db")
    with psycopg.connect(clean.databases["users_db"].url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (KEY,))
        other.execute("LOCK users IN SHARE ROW EXCLUSIVE MODE")
        assert clean.run("verify", "--deep").code == 0
    after = held(clean, "users_db")
    clean.sql("users_db", "TRUNCATE users, profiles")
    assert after == before
    # The ledger's own tables, too.
    assert {"public.users", "public.profiles"} < {table for table, _ in before[1]}


@pytest.fixture
def waiting(faulty: Program) -> Iterator[Program]:
    """A target in which an inspection waits for a table that somebody holds."""
    faulty.write("schemactl.toml", '[defaults]\nlock_timeout = "10min"\n')
    with psycopg.connect(faulty.databases["users_db"].url) as other:
        other.execute("LOCK profiles IN ACCESS EXCLUSIVE MODE")
        yield faulty
    faulty.write("schemactl.toml", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_130_with_what_was_found_until_then_and_nothing_left_at_work(waiting: Program, number: int) -> None:
    process = waiting.start("--json", "verify", "--deep", "users_db", "--format", "json", "--output", "part.json")
    at_work = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'schemactl%'"
    wait_until(waiting, "users_db", at_work)
    said = interrupted(process, number)
    assert (said.code, said.result["error"]["kind"], said.result["error"]["now"]) == (
        130,
        "interrupted",
        "nothing was changed",
    )
    assert waiting.sql("users_db", at_work) == []
    (target,) = said.data["targets"]
    assert by_name(target)["ledger"]["state"] == "passed"
    assert (said.data["interrupted"], said.data["holds"]) == (True, False)
    assert json.loads(Path(waiting.root / "part.json").read_text()) == said.data
