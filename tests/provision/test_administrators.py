"""Who provisions: a superuser, somebody with CREATEROLE and CREATEDB alone, somebody with too little, nobody."""

from __future__ import annotations

import pytest

from schemactl.errors import ConfigError, ConnectError, GateError
from tests.provision.scene import ROLES, TABLES, Scene, differing

DENIED = "42501"


def test_an_administrator_without_superuser_makes_everything_and_finds_it_the_same(scene: Scene) -> None:
    scene.administrator("CREATEROLE CREATEDB")
    scene.migrated()
    assert differing(scene.plan()) == []
    assert scene.state("app", "INSERT INTO users (email) VALUES ('b@example.org')") == ""
    assert scene.state("app", "DELETE FROM audit_log") == DENIED
    assert scene.state("read", "SELECT password_hash FROM users") == DENIED
    assert scene.state("read", "SELECT email FROM users") == ""


def test_it_sets_a_password_again_only_where_it_is_another(scene: Scene) -> None:
    scene.administrator("CREATEROLE CREATEDB")
    scene.provisioned()
    text = scene.file.read_text()
    scene.file.write_text(text.replace(scene.passwords()[scene.role("app")], "quite-another"))
    assert differing(scene.plan()) == [f"password {scene.role('app')}: another"]
    scene.provisioned()
    assert differing(scene.plan()) == []
    assert scene.state("app", "SELECT 1") == ""


def test_another_administrator_joins_the_owner_and_finds_the_rest_the_same(scene: Scene) -> None:
    scene.migrated()
    scene.administrator("CREATEROLE CREATEDB")
    if scene.server.major < 16:
        # Before 16 CREATEROLE is enough for every role that is no superuser.
        scene.provisioned()
        assert differing(scene.plan()) == []
        return
    error = scene.plan().error
    assert isinstance(error, GateError)
    assert (error.kind, "ADMIN OPTION" in (error.do or "")) == ("insufficient_privilege", True)
    scene.ask(f"GRANT {scene.role('owner')} TO {scene.extra[0]} WITH ADMIN OPTION")
    scene.provisioned()
    assert differing(scene.plan()) == []


def test_one_without_createrole_is_refused_before_anything_is_made(scene: Scene) -> None:
    scene.administrator("CREATEDB")
    result = scene.provision()
    error = result.error
    assert isinstance(error, GateError)
    assert (error.kind, error.code, error.now) == ("insufficient_privilege", 17, "nothing was changed")
    assert "may not create the role" in error.what and "CREATEROLE" in (error.do or "")
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname LIKE '{scene.target}%'") == []
    assert not scene.file.exists()


def test_one_without_createdb_is_refused_before_anything_is_made(scene: Scene) -> None:
    scene.administrator("CREATEROLE")
    error = scene.provision().error
    assert isinstance(error, GateError)
    assert f"may not create the database {scene.target}" in error.what
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname LIKE '{scene.target}%'") == []


def test_a_role_that_the_server_knows_as_a_superuser_is_left_alone(scene: Scene) -> None:
    scene.write("seeds/jobs/roles.toml", '[[roles]]\nname = "postgres"\ncan = ["read"]\n')
    error = scene.provision().error
    assert isinstance(error, GateError)
    assert (error.kind, error.at) == ("superuser", "seeds/jobs/roles.toml:1")
    assert scene.ask("SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'") == [(True,)]


def test_a_wrong_password_of_the_administrator_fails_once_and_is_not_told(scene: Scene) -> None:
    scene.admin = scene.server.url.replace("postgres:", "postgres:not-the-").replace("not-the-//", "//")
    error = scene.provision().error
    assert isinstance(error, ConnectError)
    assert (error.kind, error.code) == ("authentication", 11)
    assert "not-the-" not in repr(error.as_json())


def test_a_server_that_is_not_there_does_not_stop_another(scene: Scene) -> None:
    scene.write(
        "schemas/jobs/platform.toml",
        f'name = "jobs"\n[targets.away]\nengine = "postgres"\n[targets.{scene.target}]\nengine = "postgres"\n',
    )
    (scene.root / "migrations/jobs/away").mkdir()
    workspace = scene.workspace()
    urls = {"postgres": scene.admin, "away": "postgresql://postgres@127.0.0.1:1/postgres"}
    plan = workspace.plan_provision(admin_urls=urls, passwords=scene.file)
    result = workspace.provision(plan)
    assert [(one.target, one.outcome) for one in result.targets] == [
        ("jobs/away", "failed"),
        (f"jobs/{scene.target}", "done"),
    ]
    assert result.exit_code == 11


def test_a_target_that_fails_does_not_stop_the_next_on_its_server(scene: Scene) -> None:
    scene.ask(f"CREATE ROLE {scene.target}_owner SUPERUSER")
    scene.write(
        "schemas/jobs/platform.toml",
        f'name = "jobs"\n[targets.{scene.target}]\nengine = "postgres"\n[targets.{scene.other}]\nengine = "postgres"\n',
    )
    (scene.root / f"migrations/jobs/{scene.other}").mkdir(exist_ok=True)
    scene.targets = (scene.target, scene.other)
    result = scene.provision()
    assert [one.outcome for one in result.targets] == ["failed", "done"]
    assert scene.ask(f"SELECT 1 FROM pg_database WHERE datname = '{scene.other}'") == [(1,)]


def test_an_old_name_of_a_migrator_no_longer_works_as_the_owner(scene: Scene) -> None:
    scene.migration("0001_tables.sql", TABLES)
    scene.provisioned()
    text = (scene.root / "seeds/jobs/roles.toml").read_text()
    changed = (
        text.replace("migrates = true", 'can = ["read"]') + '\n[[roles]]\nname = "${database}_m"\nmigrates = true\n'
    )
    scene.write("seeds/jobs/roles.toml", changed)
    scene.provisioned()
    assert scene.state("migrator", f"SET ROLE {scene.role('owner')}") == DENIED
    assert scene.state("migrator", "CREATE TABLE mine (id int)") == DENIED
    assert scene.state("m", "CREATE TABLE mine (id int)") == ""


def test_who_connects_to_anothers_database_is_not_the_administrators_to_say(scene: Scene) -> None:
    scene.ask(f"CREATE DATABASE {scene.target} TEMPLATE template0")
    scene.administrator("CREATEROLE CREATEDB")
    scene.write("seeds/jobs/roles.toml", '[[roles]]\nname = "${database}_read"\ncan = ["read"]\n')
    error = scene.provision().error
    assert isinstance(error, GateError), error and error.lines()
    assert f"may not say who connects to {scene.target}" in error.what
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname LIKE '{scene.target}%'") == []


SHARED = '\n[[cluster_roles]]\nengine = "postgres"\nname = "{0}_backup"\n'


@pytest.mark.parametrize(
    ("written", "before", "said", "since"),
    [
        ("replication = true\n", "", "may not make {0}_backup REPLICATION", 15),
        ('member_of = ["pg_monitor"]\n', "", "may not make {0}_backup a member of pg_monitor", 16),
        ("", "CREATE ROLE {0}_backup LOGIN PASSWORD 'x'; GRANT pg_monitor TO {0}_backup", "out of pg_monitor", 16),
        (
            "",
            "CREATE ROLE {0}_backup LOGIN BYPASSRLS; GRANT {0}_backup TO {1} WITH ADMIN OPTION",
            "may not make {0}_backup NOBYPASSRLS",
            15,
        ),
        (
            "password = '${{WORD}}'\n",
            "CREATE ROLE {0}_backup LOGIN PASSWORD 'x'",
            "may not give {0}_backup another pass",
            16,
        ),
        ("", "CREATE ROLE {0}_migrator LOGIN PASSWORD 'x'; CREATE ROLE {0}_backup LOGIN", "alter the role {0}_mi", 16),
        ("", "CREATE ROLE {0}_owner; CREATE ROLE {0}_backup LOGIN", "join {0}_owner to act for it", 16),
    ],
)
def test_a_right_that_is_lacking_is_found_out_before_anything_is_made(
    scene: Scene, written: str, before: str, said: str, since: int
) -> None:
    scene.write("seeds/jobs/roles.toml", (ROLES + SHARED.format(scene.target) + written.format()))
    scene.environ["WORD"] = "another"
    scene.administrator("CREATEROLE CREATEDB")
    if before:
        scene.ask(before.format(scene.target, scene.extra[0]))
    roles = f"SELECT rolname FROM pg_roles WHERE rolname LIKE '{scene.target}%'"
    there = scene.ask(roles)
    error = scene.provision().error
    if scene.server.major < since:
        assert error is None, error.lines()
        return
    assert isinstance(error, GateError), error and error.lines()
    assert (error.kind, error.now) == ("insufficient_privilege", "nothing was changed")
    assert said.format(scene.target) in error.what and error.do
    assert scene.ask(roles) == there


def test_an_administrator_that_is_given_these_rights_makes_the_same(scene: Scene) -> None:
    if scene.server.major < 16:
        pytest.skip("not run: before 16 only a superuser gives REPLICATION")
    scene.write(
        "seeds/jobs/roles.toml",
        ROLES + SHARED.format(scene.target) + 'replication = true\nmember_of = ["pg_monitor"]\n',
    )
    scene.administrator("CREATEROLE CREATEDB REPLICATION")
    scene.ask(f"GRANT pg_monitor TO {scene.extra[0]} WITH ADMIN OPTION")
    scene.provisioned()
    assert differing(scene.plan()) == []


@pytest.mark.parametrize("name", ["public", "none", "pg_mine"])
def test_a_name_that_the_server_keeps_to_itself_is_refused(scene: Scene, name: str) -> None:
    scene.write("seeds/jobs/roles.toml", f'[[roles]]\nname = "{name}"\ncan = ["read"]\n')
    error = scene.provision().error
    assert isinstance(error, ConfigError)
    assert (error.kind, error.at, error.now) == ("wrong_name", "seeds/jobs/roles.toml:1", "nothing was changed")


def test_a_role_of_the_servers_that_it_does_not_have_is_refused(scene: Scene) -> None:
    scene.write("seeds/jobs/roles.toml", '[[roles]]\nname = "${database}_a"\nmember_of = ["pg_montior"]\n')
    error = scene.provision().error
    assert isinstance(error, ConfigError)
    assert (error.kind, "pg_montior" in error.what) == ("unknown_role", True)
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname LIKE '{scene.target}%'") == []
