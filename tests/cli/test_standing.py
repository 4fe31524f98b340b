"""`status`, `targets`, `engines`, `init`, `new`: what is there, and what is made."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schemactl.workflows.init import examples
from tests.cli.program import Program


def test_status_shows_head_applied_pending_and_state(program: Program) -> None:
    program.run("migrate", "users_db", "--to", "1")
    table = program.run("status").out.splitlines()
    assert [line.split() for line in table] == [
        ["target", "server", "head", "applied", "pending", "state"],
        ["jobs/users_db", "PostgreSQL", "18.6", "0001", "1", "1", "1", "pending"],
        ["jobs/events_db", "PostgreSQL", "18.6", "–", "0", "1", "1", "pending"],
    ]


def test_status_lists_each_problem_with_its_way_out(program: Program) -> None:
    program.run("migrate")
    (program.root / "migrations/jobs/users_db/0001_users.sql").unlink()
    said = program.run("status")
    assert said.code == 0
    assert "jobs/users_db: 0001_users is applied, its file is missing\n  do: bring back the file" in said.out
    assert program.run("status", "--check").code == 3


def test_status_tells_many_problems_of_one_kind_in_few_lines(program: Program) -> None:
    for number in range(3, 10):
        program.migration("users_db", f"000{number}_more.sql", f"CREATE TABLE t{number} ();")
    program.run("migrate")
    for path in sorted((program.root / "migrations/jobs/users_db").glob("*.sql"))[1:]:
        path.unlink()
    said = program.run("status")
    assert said.out.count("the target is ahead of these files") == 3
    assert "the same, newer, holds for 0005 to 0009 (5)" in said.out


def test_status_offers_accept_where_only_a_comment_changed(program: Program) -> None:
    program.run("migrate")
    path = program.root / "migrations/jobs/users_db/0001_users.sql"
    path.write_text("-- a word more\n" + path.read_text())
    said = program.run("status")
    assert "warning: migrations/jobs/users_db/0001_users.sql changed since it was applied" in said.out
    assert "recover users_db --accept 0001" in said.out
    assert program.json("status").data["targets"][0]["edited"][0]["version"] == "0001"


def test_status_in_json_has_the_whole_answer(program: Program) -> None:
    program.run("migrate", "users_db")
    users, events = program.json("status").data["targets"]
    assert (users["state"], users["head"], users["applied"]) == ("up to date", "0002", ["0001", "0002"])
    assert (events["head"], events["pending"], events["problems"]) == (None, ["0001"], [])
    assert users["server"].startswith("PostgreSQL 18")


def test_status_tells_a_ledger_of_a_later_format_from_a_server_that_is_away(program: Program) -> None:
    program.run("migrate")
    program.sql("users_db", "UPDATE schemactl.schema_format SET format = format + 1")
    said = program.json("status")
    users = said.data["targets"][0]
    assert (users["state"], users["server"], users["error"]["kind"]) == ("newer", "PostgreSQL 18.6", "newer_ledger")
    assert said.code == 13


def test_status_says_no_rights_where_the_ledger_is_closed_to_this_user(program: Program) -> None:
    program.run("migrate")
    role = f"{program.databases['users_db'].name}_guest"
    program.sql("users_db", f"CREATE ROLE {role} LOGIN PASSWORD 'not-a-right'")
    try:
        url = urlsplit(program.databases["users_db"].url)
        program.lives_at("users_db", url._replace(netloc=f"{role}:not-a-right@{url.hostname}:{url.port}").geturl())
        said, shown = program.json("status"), program.run("status").out.splitlines()
    finally:
        program.sql("users_db", f"DROP ROLE {role}")
    users = said.data["targets"][0]
    assert (users["state"], users["server"], users["error"]["state"]) == ("no rights", "PostgreSQL 18.6", "42501")
    assert shown[1].split() == ["jobs/users_db", "PostgreSQL", "18.6", "–", "–", "–", "no", "rights"]
    assert said.code == 14


def test_targets_says_where_each_lives_and_what_says_so(bare: Program) -> None:
    bare.lives_at("users_db", "postgresql://app:hush-hush@db.example.org/users")
    said = bare.run("targets")
    assert said.code == 0
    assert "postgresql://app:***@db.example.org/users" in said.out
    assert "(SCHEMACTL_URL__JOBS__USERS_DB)" in said.out
    assert said.out.splitlines()[-1].split() == ["jobs/events_db", "postgres", "0", "1", "nowhere"]


def test_targets_in_json_has_tables_and_source(bare: Program) -> None:
    bare.migration("users_db", "0001_a.sql", "SELECT 1;")
    users, events = bare.json("targets").data["targets"]
    assert (users["tables"], users["migrations"], events["url"]) == (["users", "profiles"], 1, None)


def test_targets_shows_the_others_where_one_has_a_setting_that_does_not_hold(bare: Program) -> None:
    bare.lives_at("users_db", "not a url")
    bare.lives_at("events_db", "postgresql://db.example.org/events")
    said = bare.run("targets")
    assert (said.code, "postgresql://db.example.org/events" in said.out) == (10, True)
    assert "error: jobs/users_db: the value is not a URL" in said.err


def test_engines_tells_what_each_can_do_and_why_not(bare: Program) -> None:
    said = bare.run("engines")
    assert said.out.splitlines()[0].split() == ["PostgreSQL", "ClickHouse", "MongoDB", "Neo4j"]
    cut = [re.split(r"  +", line.strip()) for line in said.out.splitlines()[1:]]
    rows = {title: cells for title, *cells in cut if len(cells) == 4}
    assert rows["apply and roll back"] == ["yes"] * 4
    assert rows["read the catalogue"] == ["yes"] * 4
    assert rows["grant what roles.toml says"] == ["yes", "no", "yes", "no"]
    assert rows["seeds"] == ["yes"] * 4
    assert said.out.splitlines()[-5:] == [
        "seeds",
        "  PostgreSQL: one transaction each",
        "  ClickHouse: without a transaction: what a death leaves, the next run mends",
        "  MongoDB: one transaction each; on a standalone server one document that differs",
        "  Neo4j: one transaction each",
    ]


def test_engines_of_a_target_asks_its_server(program: Program) -> None:
    (target,) = program.json("engines", "users_db").data["targets"]
    assert {one["name"]: one["present"] for one in target["capabilities"]} == {
        "runner": True,
        "lock": True,
        "recovery": True,
        "scripts": True,
        "catalog": True,
        "rights": True,
        "seeder": True,
        "snapshots": True,
        "verifier": True,
    }
    assert "seeds  " in (out := program.run("engines", "users_db").out)
    assert "yes: each is one transaction, its record in it" in out


def test_a_driver_that_is_not_installed_is_named_with_the_way_to_get_it(bare: Program) -> None:
    # A folder of its own that hides the installed driver, as in an installation without the extra.
    bare.write("hide/sitecustomize.py", "import sys\nsys.modules['psycopg'] = None\n")
    said = bare.run("engines", env={"PYTHONPATH": str(bare.root / "hide")})
    assert "PostgreSQL: the driver psycopg is not installed\n  do: pip install 'schemactl[postgres]'" in said.out


def test_init_makes_a_project_that_status_can_read(program: Program, tmp_path: Path) -> None:
    there = str(tmp_path / "new")
    made = program.run("-C", there, "-p", "jobs", "init", "users_db", "events_db")
    assert (made.code, (tmp_path / "new/schemas/jobs/platform.toml").exists()) == (0, True)
    assert "created  schemactl.toml" in made.out
    # Without an environment: the dev of the new schemactl.toml has no URL yet, the variables have.
    assert program.run("-C", there, "status").code == 0


def test_the_platforms_that_come_with_the_program_have_their_names() -> None:
    assert {"career", "dashboard", "ijaa"} <= set(examples())


@pytest.mark.parametrize("platform", examples())
def test_init_with_an_example_copies_a_platform(platform: str, bare: Program, tmp_path: Path) -> None:
    said = bare.json("-C", str(tmp_path / "demo"), "init", "--example", platform)
    assert (said.code, said.data["platform"]) == (0, platform)
    assert f"schemas/{platform}/platform.toml" in said.data["created"]
    assert bare.run("-C", str(tmp_path / "demo"), "targets").code == 0


def test_init_overwrites_nothing(bare: Program) -> None:
    said = bare.json("-p", "jobs", "init", "users_db")
    assert (said.code, said.result["error"]["kind"]) == (10, "exists")


def test_new_numbers_the_file_and_names_it_after_the_words(program: Program) -> None:
    said = program.run("new", "users_db", "add", "city")
    assert said.out == "created  migrations/jobs/users_db/0003_add_city.sql\n"
    assert (program.root / "migrations/jobs/users_db/0003_add_city.sql").exists()


def test_version_is_told_in_both_forms(bare: Program) -> None:
    assert bare.run("--version").out.startswith("schemactl 0.")
    assert bare.run("--json", "--version").data["version"].startswith("0.")
