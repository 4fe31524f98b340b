"""What each role may not do fails with the server's own SQLSTATE, and what it is for works. Logins are real (SCRAM)."""

from __future__ import annotations

import psycopg
import pytest

from schemactl.errors import LockedError
from tests.provision.conftest import MakeScene
from tests.provision.scene import Scene, differing

DENIED = "42501"


def test_a_second_run_finds_everything_the_same(shop: Scene) -> None:
    assert differing(shop.plan()) == []
    result = shop.provision()
    assert [(target.outcome, target.made) for target in result.targets] == [("done", ())] * 2


def test_the_owner_owns_the_database_and_what_migrations_made(shop: Scene) -> None:
    (row,) = shop.ask(f"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{shop.target}'")
    assert row == (shop.role("owner"),)
    rows = shop.ask(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname IN ('public', 'schemactl')",
        database=shop.target,
    )
    assert rows == [(shop.role("owner"),)]


def test_the_owner_cannot_log_in(shop: Scene) -> None:
    shop.ask(f"ALTER ROLE {shop.role('owner')} PASSWORD 'known'")
    try:
        with pytest.raises(psycopg.OperationalError, match="is not permitted to log in"):
            psycopg.connect(shop.url(shop.role("owner"), "known"))
    finally:
        shop.ask(f"ALTER ROLE {shop.role('owner')} PASSWORD NULL")


def test_the_migrator_works_as_the_owner_from_its_login_on(shop: Scene) -> None:
    with psycopg.connect(shop.url(shop.role("migrator"))) as connection:
        row = connection.execute("SELECT session_user::text, current_user::text").fetchone()
    assert row == (shop.role("migrator"), shop.role("owner"))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM users",
        "INSERT INTO users (email) VALUES ('b@example.org')",
        "UPDATE users SET email = email",
        "DELETE FROM users WHERE id = -1",
        "INSERT INTO plain VALUES (1)",
        "SELECT one()",
        "SELECT * FROM audit_log",
        "INSERT INTO audit_log (what) VALUES ('more')",
        "INSERT INTO outbox_events (id) VALUES (floor(random() * 1e15))",
        "UPDATE outbox_events SET published_at = now()",
        "SELECT * FROM exposing",
    ],
)
def test_the_application_can_do_what_it_is_for(shop: Scene, query: str) -> None:
    assert shop.state("app", query) == ""


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE audit_log SET what = 'nothing'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE outbox_events SET body = ''",
        "DELETE FROM outbox_events",
        "TRUNCATE users",
        "DROP TABLE users",
        "ALTER TABLE users ADD COLUMN x int",
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "SELECT * FROM schemactl.schema_versions",
        "DELETE FROM schemactl.schema_versions",
        "CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE ROLE another",
        "CREATE DATABASE another",
    ],
)
def test_the_application_cannot_do_more(shop: Scene, query: str) -> None:
    assert shop.state("app", query) == DENIED


def test_the_application_cannot_become_the_owner(shop: Scene) -> None:
    assert shop.state("app", f"SET ROLE {shop.role('owner')}") == DENIED


@pytest.mark.parametrize("query", ["SELECT id, email FROM users", "SELECT * FROM plain", "SELECT * FROM everybody"])
def test_the_reader_reads(shop: Scene, query: str) -> None:
    assert shop.state("read", query) == ""


@pytest.mark.parametrize(
    "query",
    [
        "SELECT password_hash FROM users",
        "SELECT * FROM users",
        "SELECT users FROM users",
        "SELECT * FROM exposing",
        "SELECT 1 FROM users WHERE password_hash = ''",
        "INSERT INTO plain VALUES (1)",
        "UPDATE users SET email = ''",
        "DELETE FROM plain",
        "SELECT one()",
        "SELECT nextval('users_id_seq')",
        "SELECT * FROM schemactl.schema_versions",
    ],
)
def test_the_reader_sees_no_hidden_column_and_writes_nothing(shop: Scene, query: str) -> None:
    assert shop.state("read", query) == DENIED


def test_roles_of_one_service_cannot_connect_to_the_database_of_another(shop: Scene) -> None:
    for role in ("app", "read", "migrator"):
        assert "permission denied for database" in shop.state(role, "SELECT 1", database=shop.other)


def test_databases_that_everybody_may_connect_to_are_named_in_the_preview(shop: Scene) -> None:
    def notes() -> str:
        (server,) = shop.plan().servers
        return "\n".join(server.notes)

    assert shop.state("app", "SELECT 1", database="postgres") == ""
    assert "postgres" in notes() and "template1" in notes()
    assert shop.target not in notes() and "template0" not in notes()
    shop.ask("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    try:
        assert "permission denied for database" in shop.state("app", "SELECT 1", database="postgres")
        assert "postgres" not in notes()
    finally:
        shop.ask("GRANT CONNECT ON DATABASE postgres TO PUBLIC")


def test_a_service_that_holds_the_lock_of_provisions_is_named(make_scene: MakeScene) -> None:
    from schemactl.engines.postgres.key import PROVISION_KEY

    scene = make_scene()
    scene.provisioned()
    scene.ask(f"ALTER ROLE {scene.role('read')} CREATEDB")
    app = scene.url(scene.role("app"), database="postgres")
    with psycopg.connect(app, autocommit=True, application_name="shop") as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", (PROVISION_KEY,))
        error = scene.provision().error
    assert isinstance(error, LockedError)
    assert f"(shop, user {scene.role('app')}, from " in error.what
    assert error.what.endswith(", no session of schemactl's")


def test_nobody_connects_as_anybody(shop: Scene) -> None:
    shop.ask(f"CREATE ROLE {shop.target}_stranger LOGIN PASSWORD 'known'")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(shop.url(f"{shop.target}_stranger", "known"))
    rows = shop.ask(f"SELECT datacl::text FROM pg_database WHERE datname = '{shop.target}'")
    assert "{=" not in rows[0][0] and ",=" not in rows[0][0]


def test_a_wrong_password_is_refused(shop: Scene) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(shop.url(shop.role("app"), "wrong"))


def test_passwords_are_kept_as_scram_verifiers_in_a_file_of_the_users_own(shop: Scene) -> None:
    rows = shop.ask(f"SELECT rolpassword FROM pg_authid WHERE rolname LIKE '{shop.target}%' AND rolname ~ 'app|read'")
    assert [row[0][:14] for row in rows] == ["SCRAM-SHA-256$"] * 2
    assert shop.file.stat().st_mode & 0o777 == 0o600
    assert len(set(shop.passwords().values())) == 6 and min(map(len, shop.passwords().values())) >= 24


def test_a_role_has_no_more_connections_than_it_is_given(shop: Scene) -> None:
    url = shop.url(shop.role("read"))
    with psycopg.connect(url), psycopg.connect(url), pytest.raises(psycopg.OperationalError, match="too many conn"):
        psycopg.connect(url)
