"""A project of two platforms, where a target of the one requires what a target of the other has."""

from __future__ import annotations

import signal

import pytest

from tests.cli.program import Program, interrupted, wait_until
from tests.fixtures.postgres import Postgres, drop_database, make_database

TOWN = 'name = "town"\n\n[targets.maps_db]\nengine = "postgres"\n'
BILLING = TOWN.replace("town", "billing").replace("maps_db", "users_db")
CASCADE = ("-p", "jobs", "-e", "prod", "rollback", "users_db", "--cascade")


@pytest.fixture
def two(program: Program, postgres18: Postgres) -> Program:
    """town/maps_db@0001 requires jobs/users_db@0002; everything applied."""
    program.write("schemas/town/platform.toml", TOWN)
    program.write(
        "migrations/town/maps_db/0001_maps.sql",
        "-- migrate:up\n-- schemactl: requires=jobs/users_db@0002\nCREATE TABLE maps ();\n"
        "-- migrate:down\nDROP TABLE maps;\n",
    )
    maps = make_database(postgres18)
    program.environ["SCHEMACTL_URL__TOWN__MAPS_DB"] = maps.url
    assert program.run("-p", "jobs", "migrate").code == 0
    assert program.run("-p", "town", "migrate").code == 0
    program.databases["maps_db"] = maps
    return program


def test_rollback_is_refused_where_another_platform_requires_it(two: Program) -> None:
    refused = two.json("-p", "jobs", "rollback", "users_db")
    assert (refused.code, refused.result["error"]["kind"]) == (17, "required")
    assert "town/maps_db@0001" in refused.result["error"]["what"]
    assert two.tables("users_db") == ["profiles", "users"]


def test_cascade_takes_the_other_platforms_dependent_along(two: Program) -> None:
    assert two.run("-p", "jobs", "rollback", "users_db", "--cascade", "--yes").code == 0
    assert (two.tables("maps_db"), two.tables("users_db")) == ([], ["users"])


def test_rollback_is_refused_where_the_other_platform_cannot_be_asked(two: Program) -> None:
    drop_database(two.databases["maps_db"])
    refused = two.json("-p", "jobs", "rollback", "users_db", "--cascade")
    assert (refused.code, refused.result["error"]["kind"]) == (17, "required_unknown")
    assert two.tables("users_db") == ["profiles", "users"]


def test_what_no_other_platform_requires_is_rolled_back_without_asking_it(two: Program) -> None:
    drop_database(two.databases["maps_db"])
    assert two.run("-p", "jobs", "rollback", "events_db", "--yes").code == 0
    assert two.tables("events_db") == []


@pytest.fixture
def namesakes(program: Program, postgres18: Postgres) -> Program:
    """billing/users_db@0001 requires jobs/users_db@0002; everything applied, and `prod` is protected."""
    program.write("schemactl.toml", "[environments.prod]\nprotected = true\n")
    program.write("schemas/billing/platform.toml", BILLING)
    bills(program, "DROP TABLE bills;")
    program.databases["billing"] = make_database(postgres18)
    program.environ["SCHEMACTL_URL__BILLING__USERS_DB"] = program.databases["billing"].url
    assert program.run("-p", "jobs", "migrate").code == 0
    assert program.run("-p", "billing", "migrate").code == 0
    return program


def bills(program: Program, down: str) -> None:
    program.write(
        "migrations/billing/users_db/0001_bills.sql",
        f"-- migrate:up\n-- schemactl: requires=jobs/users_db@0002\nCREATE TABLE bills ();\n-- migrate:down\n{down}\n",
    )


@pytest.mark.parametrize("named", ["users_db", "jobs/users_db"])
def test_a_name_that_two_platforms_have_confirms_only_the_one_at_hand(namesakes: Program, named: str) -> None:
    refused = namesakes.json(*CASCADE, "--confirm", named)
    assert (refused.code, refused.result["error"]["kind"]) == (17, "confirm")
    assert "billing/users_db is in the protected environment prod" in refused.result["error"]["what"]
    assert refused.result["error"]["do"] == "say `--confirm billing/users_db`"
    assert (namesakes.tables("billing"), namesakes.tables("users_db")) == (["bills"], ["profiles", "users"])


def test_the_target_of_another_platform_does_not_confirm_its_namesake_at_hand(namesakes: Program) -> None:
    refused = namesakes.json(*CASCADE, "--confirm", "billing/users_db")
    assert (refused.code, refused.result["error"]["do"]) == (17, "say `--confirm users_db`")


@pytest.mark.parametrize("named", [pytest.param("users_db", marks=pytest.mark.soak), "jobs/users_db"])
def test_targets_of_two_platforms_are_rolled_back_where_both_are_named(namesakes: Program, named: str) -> None:
    assert namesakes.run(*CASCADE, "--confirm", named, "--confirm", "billing/users_db").code == 0
    assert (namesakes.tables("billing"), namesakes.tables("users_db")) == ([], ["users"])


@pytest.mark.parametrize(("answer", "code"), [("billing/users_db", 0), ("users_db", 17)])
def test_on_a_terminal_a_target_of_another_platform_is_typed_in_full(
    namesakes: Program, answer: str, code: int
) -> None:
    said = namesakes.on_terminal(*CASCADE, "--confirm", "users_db", answer=answer)
    assert "prod is protected. Type the target's name, billing/users_db, to roll it back:" in said.out
    assert (said.code, namesakes.tables("billing")) == (code, [] if code == 0 else ["bills"])


def test_a_question_names_the_targets_of_other_platforms_in_full(namesakes: Program) -> None:
    said = namesakes.on_terminal("-p", "jobs", "rollback", "users_db", "--cascade", answer="n")
    assert "billing/users_db" in said.out.partition("Roll back ")[2].partition("?")[0].split(", ")
    assert said.code == 17


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.soak), signal.SIGTERM], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_ends_the_work_on_another_platform(namesakes: Program, number: int) -> None:
    bills(namesakes, "DROP TABLE bills;\nSELECT pg_sleep(60);")
    process = namesakes.start("--json", "-p", "jobs", "rollback", "users_db", "--cascade", "--yes")
    wait_until(namesakes, "billing", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    said = interrupted(process, number)
    assert (said.code, said.result["error"]["kind"]) == (130, "interrupted")
    assert (namesakes.tables("billing"), namesakes.tables("users_db")) == (["bills"], ["profiles", "users"])
