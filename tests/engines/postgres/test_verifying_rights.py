"""Which roles the rights of a snapshot name that a server does not have, and rights that are not what it says."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schemactl.contract.engine import require
from tests.engines.postgres.test_verifying import opened
from tests.fixtures.postgres import Database
from tests.projects.app import App

NAME = "schemactl_test_" + secrets.token_hex(4)


@pytest.fixture
def roles(fresh_database: Database) -> Iterator[tuple[str, str]]:
    """Two roles, the second with a name that is quoted; dropped with all they have."""
    made = (f"{NAME}_a", f'{NAME} "To" b')
    with psycopg.connect(fresh_database.url, autocommit=True) as connection:
        for name in made:
            connection.execute(f"CREATE ROLE {quoted(name)}".encode())
        yield made
        for name in made:
            connection.execute(f"DROP OWNED BY {quoted(name)}; DROP ROLE {quoted(name)}".encode())


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_roles_are_read_out_of_statements_and_names_in_quotes_are_not_taken_for_words(
    fresh_database: Database, roles: tuple[str, str]
) -> None:
    known, odd = roles
    texts = [
        f"GRANT SELECT ON TABLE public.a TO {known};\nGRANT SELECT (x) ON TABLE public.a TO {quoted(odd)};",
        'REVOKE ALL ON TABLE public."it TO nobody" FROM PUBLIC;\nREVOKE ALL ON TABLE b FROM CURRENT_USER;',
        f"SET ROLE {known};\nGRANT SELECT ON TABLE c TO gone_one WITH GRANT OPTION;\nRESET ROLE;",
        'ALTER DEFAULT PRIVILEGES FOR ROLE "Gone two" IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;',
    ]
    engine = opened(fresh_database.url)
    try:
        assert require(engine.verifier, "verify", "shop/app").strangers(texts) == ("Gone two", "gone_one")
        assert require(engine.verifier, "verify", "shop/app").strangers(texts[:2]) == ()
    finally:
        engine.close()


def test_rights_that_are_not_the_snapshots_are_told_apart_from_objects(
    tmp_path: Path, fresh_database: Database, roles: tuple[str, str]
) -> None:
    app = App(tmp_path, fresh_database.url)
    grant = f"GRANT SELECT ON a TO {roles[0]}; GRANT INSERT ON a TO {quoted(roles[1])}"
    app.write("0001_a.sql", f"CREATE TABLE a (id int); {grant};")
    app.migrate()
    workspace = app.workspace()
    assert workspace.snapshot(workspace.plan_snapshots()).error is None

    def states() -> dict[str, tuple[str, list[str]]]:
        (target,) = app.workspace().verify().targets
        found = {one.name: one for one in target.looked}
        return {
            name: (found[name].state, [flaw.object for flaw in found[name].found.flaws])
            for name in ("snapshot", "rights")
        }

    assert states() == {"snapshot": ("passed", []), "rights": ("passed", [])}
    app.sql(f"GRANT UPDATE ON a TO {roles[0]}")
    assert states() == {"snapshot": ("passed", []), "rights": ("failed", ["grants table.public.a"])}
    app.sql("ALTER TABLE a ADD b int")
    assert states()["snapshot"] == ("failed", ["table public.a"])
    app.sql(f"ALTER TABLE a DROP b; REVOKE ALL ON a FROM {roles[0]}; ALTER ROLE {roles[0]} RENAME TO {NAME}_c")
    try:
        assert states() == {"snapshot": ("passed", []), "rights": ("not_run", [])}
    finally:
        app.sql(f"ALTER ROLE {NAME}_c RENAME TO {roles[0]}")
