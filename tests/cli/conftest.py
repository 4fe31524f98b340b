"""A platform of two services on a real server: `jobs/users_db`, and `jobs/events_db` that requires it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.cli.sandboxed import Sandboxed, own_sandbox
from tests.fixtures.postgres import Postgres, drop_database, make_database

PLATFORM = """\
name = "jobs"

[targets.users_db]
engine = "postgres"
tables = ["users", "profiles"]

[targets.events_db]
engine = "postgres"
tables = ["events"]
"""


@pytest.fixture
def bare(tmp_path: Path) -> Program:
    """The project without migrations and without any database."""
    program = Program(tmp_path / "project")
    program.write("schemactl.toml", "")
    program.write("schemas/jobs/platform.toml", PLATFORM)
    for target in ("users_db", "events_db"):
        program.write(f"migrations/jobs/{target}/.gitkeep", "")
    return program


@pytest.fixture
def program(bare: Program, postgres18: Postgres) -> Iterator[Program]:
    """The project with three migrations, on two empty databases."""
    bare.migration(
        "users_db",
        "0001_users.sql",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text);\nINSERT INTO users VALUES (1, 'a@example.org');",
        "DROP TABLE users;",
    )
    bare.migration(
        "users_db",
        "0002_profiles.sql",
        "CREATE TABLE profiles (user_id bigint REFERENCES users);",
        "DROP TABLE profiles;",
    )
    bare.migration(
        "events_db",
        "0001_events.sql",
        "-- schemactl: requires=users_db@0001\nCREATE TABLE events (user_id bigint NOT NULL);",
        "DROP TABLE events;",
    )
    for target in ("users_db", "events_db"):
        bare.databases[target] = make_database(postgres18)
        bare.lives_at(target, bare.databases[target].url)
    yield bare
    for database in bare.databases.values():
        drop_database(database)


@pytest.fixture
def sandboxed(tmp_path: Path) -> Iterator[Sandboxed]:
    """The project of two PostgreSQL targets, nowhere to live, and nothing running."""
    with own_sandbox(Sandboxed, tmp_path) as program:
        program.write("schemactl.toml", "")
        program.write("schemas/jobs/platform.toml", PLATFORM)
        program.migration("users_db", "0001_users.sql", "CREATE TABLE users (id bigint);", "DROP TABLE users;")
        program.write("migrations/jobs/events_db/.gitkeep", "")
        yield program
