"""Files and servers change after the first run: the next one brings about the difference, and only that."""

from __future__ import annotations

from schemactl.events import Noted, Warned
from tests.provision.conftest import MakeScene
from tests.provision.scene import ROLES, Scene, differing

DENIED = "42501"


def test_a_plan_changes_nothing(scene: Scene) -> None:
    assert differing(scene.plan())
    assert not scene.file.exists()
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname LIKE '{scene.target}%'") == []
    assert scene.ask(f"SELECT FROM pg_database WHERE datname = '{scene.target}'") == []


def test_a_new_table_is_open_after_migrate_and_its_hidden_column_never(scene: Scene) -> None:
    scene.write("seeds/jobs/roles.toml", ROLES.replace("users.password_hash", "later.secret"))
    scene.migrated()
    scene.migration("0002_later.sql", "CREATE TABLE later (id int, secret text);")
    scene.migrate()
    assert scene.state("read", "SELECT id FROM later") == ""
    assert scene.state("read", "SELECT secret FROM later") == DENIED
    assert [event.what for event in scene.events if isinstance(event, Noted)][-1] == (
        f"change  rights  {scene.role('read')}"
    )


def test_a_new_table_of_a_new_schema_is_open_after_migrate(scene: Scene) -> None:
    scene.migrated()
    scene.migration("0002_app.sql", "CREATE SCHEMA app;\nCREATE TABLE app.things (id int);")
    scene.migrate()
    assert scene.state("app", "INSERT INTO app.things VALUES (1)") == ""
    assert scene.state("read", "SELECT * FROM app.things") == ""
    scene.migration("0003_more.sql", "CREATE TABLE app.more (id int);")
    scene.migrate()
    assert scene.state("app", "SELECT * FROM app.more") == ""
    assert differing(scene.plan()) == []


def test_what_came_before_a_failure_is_open_all_the_same(scene: Scene) -> None:
    scene.migrated()
    scene.migration("0002_more.sql", "CREATE TABLE more (id int);")
    scene.migration("0003_fails.sql", "SELECT 1 / 0;")
    workspace = scene.workspace({scene.target: scene.url(scene.role("migrator"))})
    result = workspace.migrate(workspace.plan())
    assert result.error is not None and result.error.code == 14
    assert scene.state("app", "INSERT INTO more VALUES (1)") == ""


def test_a_wrong_roles_file_stops_migrate_before_anything_is_applied(scene: Scene) -> None:
    scene.migrated()
    scene.write("seeds/jobs/roles.toml", ROLES.replace('"delete"', '"remove"'))
    scene.migration("0002_more.sql", "CREATE TABLE more (id int);")
    workspace = scene.workspace({scene.target: scene.url(scene.role("migrator"))})
    result = workspace.migrate(workspace.plan())
    assert result.error is not None and (result.error.code, result.error.kind) == (10, "wrong_value")
    assert scene.ask("SELECT to_regclass('more')", database=scene.target) == [(None,)]


def test_a_login_that_is_not_the_owners_gives_no_rights(scene: Scene) -> None:
    scene.migrated()
    scene.migration("0002_more.sql", "CREATE TABLE more (id int);")
    workspace = scene.workspace({scene.target: f"{scene.server.url.rpartition('/')[0]}/{scene.target}"})
    scene.events.clear()
    assert workspace.migrate(workspace.plan(), emit=scene.events.append).error is None
    told = [event.what for event in scene.events if isinstance(event, Warned)]
    assert len(told) == 1 and "is a superuser, and works as itself" in told[0]
    assert scene.state("app", "SELECT * FROM more") == DENIED
    scene.provisioned()
    assert scene.state("app", "SELECT * FROM more") == ""


def test_a_search_path_that_the_owner_set_leads_the_administrator_nowhere(scene: Scene) -> None:
    scene.migrated()
    scene.migration(
        "0002_trap.sql",
        "CREATE FUNCTION public.pg_get_userbyid(oid) RETURNS name LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'trapped'; END$$;",
    )
    scene.migrate()
    scene.ask(f"ALTER DATABASE {scene.target} SET search_path = public, pg_catalog")
    scene.provisioned()
    assert differing(scene.plan()) == []


def test_without_an_owner_in_the_file_only_the_roles_it_names_are_changed(scene: Scene) -> None:
    scene.ask(f"CREATE DATABASE {scene.target} TEMPLATE template0")
    scene.ask(
        "CREATE TABLE t (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", database=scene.target
    )
    scene.write("seeds/jobs/roles.toml", '[[roles]]\nname = "${database}_read"\ncan = ["read"]\n')
    scene.provisioned()
    assert (scene.state("read", "SELECT * FROM t"), scene.state("read", "INSERT INTO t VALUES (1)")) == ("", DENIED)
    assert scene.ask("SELECT count(*) FROM pg_default_acl", database=scene.target) == [(0,)]
    assert scene.ask("SELECT proacl FROM pg_proc WHERE proname = 'f'", database=scene.target) == [(None,)]
    assert differing(scene.plan()) == []


def test_a_partition_follows_the_rule_of_its_table(scene: Scene) -> None:
    scene.migrated()
    scene.write("seeds/jobs/roles.toml", ROLES.replace('"audit_log"', '"audit_log", "log"'))
    scene.migration(
        "0002_log.sql",
        "CREATE TABLE log (at date) PARTITION BY RANGE (at);"
        "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    )
    scene.migrate()
    assert scene.state("app", "INSERT INTO log VALUES ('2026-05-05')") == ""
    assert [scene.state("app", f"DELETE FROM {name}") for name in ("log", "log_1")] == [DENIED, DENIED]


def test_what_the_file_no_longer_says_is_revoked_from_the_roles_it_names_and_from_no_other(scene: Scene) -> None:
    scene.migrated()
    stranger = f"{scene.target}_stranger"
    scene.ask(f"CREATE ROLE {stranger}")
    scene.ask(f"GRANT ALL ON plain TO {stranger}, {scene.role('read')}", database=scene.target)
    scene.ask(f"GRANT UPDATE (email) ON users TO {scene.role('read')}", database=scene.target)
    scene.ask(f"GRANT {stranger} TO {scene.role('read')}")
    scene.ask(f"ALTER ROLE {scene.role('read')} CREATEDB CONNECTION LIMIT 9")
    names = {f"{change.what} {change.name}" for target in scene.plan().targets for change in target.differing}
    read = scene.role("read")
    assert names == {f"role {read}", f"membership {read} in {stranger}", f"rights {read}"}
    scene.provisioned()
    assert scene.state("read", "TRUNCATE plain") == DENIED
    assert scene.state("read", "UPDATE users SET email = ''") == DENIED
    rows = scene.ask(f"SELECT has_table_privilege('{stranger}', 'plain', 'TRUNCATE')", database=scene.target)
    assert rows == [(True,)]
    assert differing(scene.plan()) == []


def test_a_column_that_is_hidden_and_not_there_closes_its_table(scene: Scene) -> None:
    scene.migrated()
    scene.write("seeds/jobs/roles.toml", ROLES.replace("users.password_hash", "users.pasword_hash"))
    scene.provisioned()
    assert scene.state("read", "SELECT email FROM users") == DENIED
    notes = [change.now for target in scene.plan().targets for change in target.changes if change.verdict == "same"]
    assert (
        "users.pasword_hash is hidden and not there: a column pasword_hash is hidden in every table; nothing of users"
        " is given"
    ) in notes


def test_what_was_migrated_before_by_the_administrator_becomes_the_owners(scene: Scene) -> None:
    scene.ask(f"CREATE DATABASE {scene.target} TEMPLATE template0")
    scene.migration("0001_tables.sql", "CREATE TYPE mood AS ENUM ('good');\nCREATE TABLE t (id serial, m mood);")
    workspace = scene.workspace({scene.target: f"{scene.server.url.rpartition('/')[0]}/{scene.target}"})
    assert workspace.migrate(workspace.plan()).error is None
    scene.provisioned()
    scene.migration("0002_more.sql", "ALTER TYPE mood RENAME TO humour;\nALTER TABLE t ADD n int;")
    scene.migrate()
    assert scene.state("app", "INSERT INTO t (n) VALUES (1)") == ""
    assert differing(scene.plan()) == []


def test_a_password_by_reference_replaces_the_one_that_is_there(make_scene: MakeScene) -> None:
    scene = make_scene(roles=ROLES.replace('_app"\n', '_app"\npassword = "${APP_PASSWORD}"\n'))
    for password in ("first/p@ss wörd", "second'\"\\"):
        scene.environ["APP_PASSWORD"] = password
        scene.provisioned()
        assert differing(scene.plan()) == []
        assert scene.role("app") not in scene.passwords()
        rows = scene.ask("SELECT current_user::text", url=scene.url(scene.role("app"), password))
        assert rows == [(scene.role("app"),)]
    assert scene.events and not any(word in repr(scene.events) for word in ("first", "second"))


def test_a_lost_file_of_passwords_changes_no_password(scene: Scene) -> None:
    scene.provisioned()
    before = scene.passwords()
    scene.file.unlink()
    assert differing(scene.plan()) == []
    scene.provisioned()
    scene.file.write_text("")
    scene.file.chmod(0o600)
    assert scene.ask("SELECT 1", url=scene.url(scene.role("app"), before[scene.role("app")])) == [(1,)]


def test_roles_of_the_whole_server_may_connect_to_every_target(make_scene: MakeScene) -> None:
    scene = make_scene(both=True)
    name = f"{scene.target}_backup"
    shared = f'\n[[cluster_roles]]\nengine = "postgres"\nname = "{name}"\nmember_of = ["pg_read_all_data"]\n'
    scene.write("seeds/jobs/roles.toml", f"{ROLES}{shared}replication = true\n")
    scene.provisioned()
    for database in scene.targets:
        assert scene.state("backup", "SELECT 1", database=database) == ""
    assert scene.ask(f"SELECT rolreplication FROM pg_roles WHERE rolname = '{name}'") == [(True,)]
    assert differing(scene.plan()) == []


def test_names_that_need_quotes_are_quoted(make_scene: MakeScene) -> None:
    scene = make_scene(roles=ROLES.replace("${database}_app", "${database} App-\\\"x'"))
    scene.migrated()
    name = f"{scene.target} App-\"x'"
    rows = scene.ask("SELECT current_user::text, (SELECT count(*) FROM users)", url=scene.url(name))
    assert rows == [(name, 1)]
    assert differing(scene.plan()) == []


def test_what_a_role_reads_of_what_is_hidden_by_a_membership_is_told(make_scene: MakeScene) -> None:
    wide = '\n[[roles]]\nname = "${database}_wide"\nlogin = false\ncan = ["read"]\n'
    scene = make_scene(roles=f'{ROLES}member_of = ["${{database}}_wide"]\n{wide}')
    scene.migrated()
    assert scene.state("read", "SELECT password_hash FROM users") == ""
    told = [event.what for event in scene.events if isinstance(event, Warned)]
    assert told[-1] == (
        f"{scene.role('read')}: SELECT of public.users.password_hash is hidden from it, and it can do that all the"
        f" same: it is a member of {scene.role('wide')}"
    )
    notes = [change.now for target in scene.plan().targets for change in target.changes if change.do]
    assert [f"{scene.role('read')}: {note}" for note in notes] == told[-1:]
