"""A project of two platforms, where a target of the one requires what a target of the other has."""

from __future__ import annotations

import pytest

from tests.cli.program import Program
from tests.fixtures.postgres import Postgres, drop_database, make_database

TOWN = 'name = "town"\n\n[targets.maps_db]\nengine = "postgres"\n'


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
