"""The career platform's roles on PostgreSQL, made by `provision`: what a real login may do, and what it must not."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.fixtures.postgres import Postgres
from tests.platforms import career
from tests.platforms.career import ON_POSTGRES, Places
from tests.platforms.provisioned import CLUSTER_ROLES, Provisioned

DENIED = "42501"
OWN = {"career_users": "users", "career_paths": "career_paths", "career_learning": "courses"}
"""A table of each target."""


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, postgres18: Postgres, career_documents: Places
) -> Iterator[Provisioned]:
    """Provisioned, migrated by the migrators, and seeded."""
    skills = {"career_skills": career_documents["career_skills"].url}
    root = tmp_path_factory.mktemp("career")
    made = Provisioned(root, postgres18, "career", ON_POSTGRES, named="target", beside=skills)
    try:
        made.provision()
        made.migrate()
        made.seed()
        yield made
    finally:
        made.clear()


def test_a_second_look_finds_everything_as_it_is_wanted(platform: Provisioned) -> None:
    assert [change for target in platform.plan().targets for change in target.differing] == []


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_each_service_has_its_own_database_which_its_owner_owns(target: str, platform: Provisioned) -> None:
    rows = platform.ask(
        "SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname IN ('public', 'schemactl')", target=target
    )
    assert rows == [(f"{target}_owner",)]
    stranger = next(f"{other}_app" for other in ON_POSTGRES if other != target)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(platform.url(target, stranger))


@pytest.mark.parametrize("target", ON_POSTGRES)
def test_the_application_works_with_rows_and_the_reader_reads_them(target: str, platform: Provisioned) -> None:
    app, read, table = platform.role(target, "app"), platform.role(target, "read"), OWN[target]
    for query in (f"SELECT * FROM {table}", f"DELETE FROM {table}", "SELECT set_updated_at()"):
        # A trigger's function is called by nobody; whether it may be is asked first.
        assert platform.state(target, app, query) in ("", "0A000"), query
    for query in (f"TRUNCATE {table}", f"DROP TABLE {table}", "CREATE TABLE public.mine (id int)"):
        assert platform.state(target, app, query) == DENIED, query
    for query in (f"DELETE FROM {table}", "SELECT set_updated_at()", "SELECT * FROM schemactl.schema_versions"):
        assert platform.state(target, read, query) == DENIED, query
    columns = "title" if table != "users" else "email, first_name, account_type"
    assert platform.state(target, read, f"SELECT {columns} FROM {table}") == ""


@pytest.mark.parametrize(
    "query",
    [
        "SELECT password_hash FROM users",
        "SELECT * FROM users",
        "SELECT 1 FROM users WHERE password_hash = '!'",
        "SELECT u FROM users AS u",
    ],
)
def test_no_reader_sees_the_hash_of_a_password_in_any_way(query: str, platform: Provisioned) -> None:
    assert platform.state("career_users", "career_users_read", query) == DENIED


def test_an_enrolment_of_the_applications_is_counted(platform: Provisioned) -> None:
    with psycopg.connect(platform.url("career_learning", "career_learning_app")) as connection:
        connection.execute(
            f"INSERT INTO user_courses (user_id, course_id) SELECT '{career.user(1)}', course_id FROM courses".encode()
        )
        counted = connection.execute("SELECT DISTINCT total_enrollments FROM courses").fetchall()
        connection.rollback()
    assert counted == [(1,)]


def test_backups_are_read_by_a_role_that_streams_and_monitoring_reads_no_row(platform: Provisioned) -> None:
    backup, monitor = CLUSTER_ROLES
    rows = platform.ask("SELECT rolname::text, rolreplication FROM pg_roles WHERE rolname = ANY(%s)", [*CLUSTER_ROLES])
    assert dict(rows) == {backup: True, monitor: False}
    for target, table in OWN.items():
        assert platform.state(target, backup, f"SELECT * FROM {table}") == ""
        assert platform.state(target, backup, f"DELETE FROM {table}") == DENIED
        assert platform.state(target, monitor, f"SELECT * FROM {table}") == DENIED
