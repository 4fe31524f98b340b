"""Migration 004 of the resume service on a database that already has rows."""

from __future__ import annotations

import psycopg
import pytest

from schemactl.errors import StatementError
from tests.fixtures.postgres import Database
from tests.platforms import dashboard
from tests.platforms.dashboard import Service, apply

TARGET = "resume_service_db"
STORAGE = {"name": "disk", "provider": "local", "base_path": "data", "allowed_mime_types": ["text/plain"]}


@pytest.fixture
def before(fresh_database: Database) -> str:
    """The service as it was before 004."""
    apply(fresh_database.url, TARGET, "up", ["001", "002", "003"])
    return fresh_database.url


def add(url: str, **values: object) -> None:
    with dashboard.rolled_back(url) as resumes:
        resumes.add("storage_configs", **STORAGE | values)
        resumes.connection.commit()


def states(resumes: Service) -> dict[str, bool]:
    query = "SELECT conname, convalidated FROM pg_constraint WHERE conname ~ '_(limits|location|size|mime_type)$'"
    return {row["conname"]: row["convalidated"] for row in resumes.rows(query)}


def test_rows_that_fit_are_kept_and_the_rules_validated(before: str) -> None:
    add(before, max_file_size_bytes=1)
    apply(before, TARGET, "up", ["004"])
    with dashboard.rolled_back(before) as resumes:
        names = ["resumes_file_size", "resumes_mime_type", "storage_configs_limits", "storage_configs_location"]
        assert states(resumes) == dict.fromkeys(names, True)


def test_a_row_that_does_not_fit_stops_it_after_the_rules_hold_for_new_rows(before: str) -> None:
    add(before, max_file_size_bytes=0)
    with pytest.raises(StatementError, match='check constraint "storage_configs_limits"') as stopped:
        apply(before, TARGET, "up", ["004"])
    assert stopped.value.state == "23514"
    with dashboard.rolled_back(before) as resumes:
        assert set(states(resumes).values()) == {False}
        with resumes.refuses("23514", "storage_configs_limits"):
            resumes.add("storage_configs", **STORAGE | {"name": "new", "max_file_size_bytes": 0})


def test_a_writer_goes_on_between_the_rules_and_their_validation(before: str) -> None:
    _, statements = dashboard.section(dashboard.FILES[TARGET][3], "up")
    with psycopg.connect(before, autocommit=True) as runner:
        for statement in statements[:2]:
            runner.execute(statement.encode())
        with runner.transaction():
            runner.execute(statements[2].encode())
            add(before, max_file_size_bytes=1)
    with dashboard.rolled_back(before) as resumes:
        assert resumes.count("storage_configs") == 1


def test_the_way_down_frees_the_rows_again(before: str) -> None:
    apply(before, TARGET, "up", ["004"])
    apply(before, TARGET, "down", ["004"])
    add(before, max_file_size_bytes=0)
    with dashboard.rolled_back(before) as resumes:
        assert (states(resumes), resumes.count("storage_configs")) == ({}, 1)
