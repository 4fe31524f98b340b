"""The project's own checks on PostgreSQL: what hides rows is told, and a stop is heard."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schemactl.contract.checking import Check
from schemactl.contract.opening import Opening, Stop
from schemactl.engines import open_engine
from schemactl.errors import SchemactlError
from schemactl.script.statement import Statement
from tests.fixtures.postgres import Database
from tests.projects.app import App


@pytest.fixture
def login(fresh_database: Database) -> Iterator[str]:
    """The URL of a login from which row security hides the one row of a table."""
    role = "schemactl_test_" + secrets.token_hex(4)
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        connection.execute(
            f"CREATE ROLE {role} LOGIN PASSWORD 'not-a-right'; CREATE TABLE hidden (id int);"
            "INSERT INTO hidden VALUES (1); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;"
            f"GRANT SELECT ON hidden TO {role}; CREATE TABLE closed (id int)".encode()
        )
        yield f"postgresql://{role}:not-a-right@{fresh_database.url.partition('@')[2]}"
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def test_a_check_of_rows_that_the_login_may_not_see_is_not_run(
    tmp_path: Path, fresh_database: Database, login: str
) -> None:
    app = App(tmp_path, fresh_database.url)
    folder = app.root / "schemas" / "shop" / "checks" / "app"
    folder.mkdir(parents=True)
    for table in ("hidden", "closed"):
        (folder / f"{table}.sql").write_text(f"SELECT id FROM {table};\n")
    (folder / "wrong.sql").write_text("SELECT no_such_column;\n")

    def looked(url: str) -> dict[str, tuple[str, str]]:
        (target,) = app.workspace(url).verify().targets
        return {one.name: (one.state, one.found.not_run) for one in target.looked if one.section == "checks"}

    assert {name: state for name, (state, _) in looked(app.url).items()} == {
        "closed": "passed",
        "hidden": "failed",
        "wrong": "error",
    }
    found = looked(login)
    assert {name: state for name, (state, _) in found.items()} == {
        "closed": "not_run",
        "hidden": "not_run",
        "wrong": "error",
    }
    assert "row-level security" in found["hidden"][1] and "permission denied" in found["closed"][1]


def test_a_stop_is_heard_while_a_check_is_under_way(fresh_database: Database) -> None:
    stop = Stop()
    engine = open_engine("postgres", Opening(fresh_database.url, "a test's database", "shop/app", stop))
    text = "SELECT pg_sleep(30)"
    check = Check("slow", "", Statement(text=text, line=1, normal=text, words=()), "checks/slow.sql")
    raised: list[SchemactlError] = []

    def run() -> None:
        try:
            engine.checker.rows(check, limit=1)
        except SchemactlError as error:
            raised.append(error)

    with psycopg.connect(fresh_database.url, autocommit=True) as watcher:
        running = threading.Thread(target=run)
        running.start()
        while not watcher.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchall():
            assert running.is_alive()
        stop.ask()
        running.join()
    engine.close()
    assert [error.what for error in raised] == ["stopped while the target was looked at"]
