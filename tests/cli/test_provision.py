"""`provision` as a user meets it: preview, question, table, JSON; the sandbox, where `migrate` then is the owner."""

from __future__ import annotations

import pytest
from pymongo.errors import OperationFailure

from tests.cli.program import Program
from tests.cli.sandboxed import Sandboxed
from tests.fixtures.clickhouse import ClickHouse
from tests.fixtures.mongodb import client_of
from tests.fixtures.postgres import Postgres

ROLES = """\
[[roles]]
name = "${database}_owner"
owns = true
[[roles]]
name = "${database}_migrator"
migrates = true
[[roles]]
name = "${database}_app"
can = ["read"]
"""


def test_on_the_sandbox_migrate_works_as_the_owner_afterwards(sandboxed: Sandboxed) -> None:
    sandboxed.write("schemactl.toml", 'default_environment = "dev"\n[environments.dev]\n')
    sandboxed.write("seeds/jobs/roles.toml", ROLES)
    sandboxed.up()
    superuser = sandboxed.urls()["users_db"]
    said = sandboxed.run("provision", "--yes")
    assert said.code == 0, said
    assert "jobs/users_db   done" in said.out
    url = sandboxed.urls()["users_db"]
    assert url != superuser and "users_db_migrator:" in url
    assert sandboxed.run("migrate").code == 0
    assert sandboxed.ask("users_db", "SELECT tableowner::text FROM pg_tables WHERE tablename = 'users'") == [
        ("users_db_owner",)
    ]
    assert sandboxed.ask("users_db", "SELECT has_table_privilege('users_db_app', 'users', 'SELECT')") == [(True,)]
    again = sandboxed.json("provision", "--yes")
    assert [(one["outcome"], one["made"]) for one in again.data["targets"]] == [("done", [])] * 2
    (file,) = sandboxed.state.glob("schemactl/passwords-*.toml")
    words = [line.rpartition('"')[0].rpartition('"')[2] for line in file.read_text().splitlines() if "=" in line]
    assert words and not any(word in said.out + said.err + again.out for word in words)
    assert f"in {file}, which only you can read" in said.out
    assert again.data["passwords"] == [str(file)]
    # Another environment's servers never hear of the sandbox's passwords, which go with it.
    assert file.name.startswith("passwords-sandbox-")
    assert sandboxed.run("sandbox", "down").code == 0
    assert sandboxed.files() == []


@pytest.fixture
def server(bare: Program, postgres18: Postgres) -> Program:
    """The project with an administrator that may make nothing: what is tried here never gets that far."""
    bare.write("seeds/jobs/roles.toml", ROLES)
    bare.environ["SCHEMACTL_ADMIN_URL__POSTGRES"] = postgres18.url
    bare.environ["XDG_STATE_HOME"] = str(bare.root.parent / "state")
    return bare


def test_a_dry_run_shows_the_statements_and_changes_nothing(server: Program) -> None:
    said = server.run("provision", "--dry-run")
    assert said.code == 0
    assert 'CREATE DATABASE "users_db" OWNER "users_db_owner" TEMPLATE template0;' in said.out
    assert "ALTER ROLE \"users_db_app\" PASSWORD '***';" in said.out
    assert "jobs/users_db: 1" in said.out and "jobs/events_db: 1" in said.out
    data = server.json("provision", "--dry-run").data
    (one,) = data["servers"]
    assert (one["engine"], one["source"]) == ("postgres", "SCHEMACTL_ADMIN_URL__POSTGRES")
    change = next(change for change in one["targets"][0]["changes"] if change["what"] == "database")
    assert (change["verdict"], change["name"]) == ("add", "users_db")
    assert not (server.root.parent / "state").exists() or not list((server.root.parent / "state").rglob("*.toml"))


def test_without_a_yes_nothing_is_changed(server: Program) -> None:
    for said in (server.run("provision"), server.json("provision")):
        assert said.code == 17
    assert "Nobody can be asked here" in server.run("provision").err
    said = server.on_terminal("provision", answer="n")
    assert (said.code, "the answer was no" in said.out) == (17, True)
    assert "changes on 1 server? [y/N]" in said.out


def test_a_protected_environment_is_named_in_the_question(server: Program, postgres18: Postgres) -> None:
    admin = postgres18.url.partition("://")[2].partition("@")
    password = admin[0].partition(":")[2]
    server.write(
        "schemactl.toml",
        f"[environments.prod]\nprotected = true\n[environments.prod.admin]\n"
        f'postgres = "postgresql://postgres:${{ADMIN}}@{admin[2]}"\n',
    )
    del server.environ["SCHEMACTL_ADMIN_URL__POSTGRES"]
    server.environ["ADMIN"] = password
    said = server.on_terminal("-e", "prod", "provision", answer="n")
    assert said.code == 17
    assert "prod is protected. Make " in said.out
    assert password not in said.out


def test_without_an_administrators_address_it_is_told_how_to_give_one(server: Program) -> None:
    del server.environ["SCHEMACTL_ADMIN_URL__POSTGRES"]
    said = server.json("provision", "users_db", "--yes")
    assert (said.code, said.result["error"]["kind"]) == (10, "no_admin_url")
    for way in ("--admin-url postgres=", "SCHEMACTL_ADMIN_URL__POSTGRES", "[environments.dev.admin]", "sandbox up"):
        assert way in said.result["error"]["do"]


def test_without_a_roles_file_it_is_told_where_to_write_one(bare: Program) -> None:
    said = bare.json("provision", "--yes")
    assert (said.code, said.result["error"]["kind"], said.result["error"]["at"]) == (
        10,
        "no_roles",
        "seeds/jobs/roles.toml",
    )


def test_a_password_in_the_arguments_is_refused_and_not_repeated(server: Program) -> None:
    said = server.json("provision", "--admin-url", "postgres=postgresql://a:hunter2@127.0.0.1:1/postgres", "--yes")
    assert (said.code, said.result["error"]["kind"]) == (10, "password_in_argv")
    assert "hunter2" not in said.out + said.err


def test_an_address_for_nothing_is_refused(server: Program) -> None:
    assert server.run("provision", "--admin-url", "users_bd=postgresql://a@127.0.0.1:1/postgres").code == 10
    assert server.run("provision", "--admin-url", "postgresql://a@127.0.0.1:1/postgres").code == 2


def test_engines_without_roles_are_passed_over_unless_a_role_names_them(
    bare: Program, clickhouse18: ClickHouse
) -> None:
    bare.write("schemas/jobs/platform.toml", 'name = "jobs"\n[targets.users_db]\nengine = "clickhouse"\n')
    (bare.root / "migrations/jobs/events_db/.gitkeep").unlink()
    (bare.root / "migrations/jobs/events_db").rmdir()
    bare.write("seeds/jobs/roles.toml", '[[roles]]\nname = "${database}_app"\ncan = ["read"]\n')
    bare.environ |= {
        "SCHEMACTL_ADMIN_URL__CLICKHOUSE": clickhouse18.url,
        "XDG_STATE_HOME": str(bare.root.parent / "state"),
    }
    said = bare.json("provision", "--yes")
    (one,) = said.data["targets"]
    assert (said.code, one["outcome"]) == (0, "passed_over"), one["error"]
    assert "no access management" in one["why"]
    assert [line["outcome"] for line in said.events if line["event"] == "target_finished"] == ["passed_over"]
    assert "jobs/users_db  passed over" in bare.run("provision", "--yes").out
    assert "jobs/users_db: passed over, " in bare.run("provision", "--dry-run").out
    assert bare.json("provision", "--dry-run").data["servers"][0]["targets"][0]["passed_over"]
    bare.write("seeds/jobs/roles.toml", '[[roles]]\nname = "a"\nengines = ["clickhouse"]\n')
    said = bare.json("provision", "--yes")
    assert (said.code, said.result["error"]["kind"]) == (15, "missing")
    assert "users.xml" in said.result["error"]["do"]


def test_on_the_sandbox_mongodb_is_provisioned_without_an_address_and_migrated_as_the_migrator(
    sandboxed: Sandboxed,
) -> None:
    sandboxed.write("schemas/jobs/platform.toml", 'name = "jobs"\n[targets.users_db]\nengine = "mongodb"\n')
    sandboxed.write("seeds/jobs/roles.toml", ROLES)
    for name in ("users_db", "events_db"):
        for path in (sandboxed.root / "migrations/jobs" / name).iterdir():
            path.unlink()
    (sandboxed.root / "migrations/jobs/events_db").rmdir()
    sandboxed.write("migrations/jobs/users_db/0001_users.json", '{"up": [{"create": "users"}]}')
    sandboxed.up()
    said = sandboxed.json("provision", "--yes")
    assert (said.code, [one["outcome"] for one in said.data["targets"]]) == (0, ["done"]), said
    assert "users_db_migrator:" in sandboxed.urls()["users_db"]
    assert sandboxed.run("migrate").code == 0
    again = sandboxed.json("provision", "--yes")
    assert [(one["outcome"], one["made"]) for one in again.data["targets"]] == [("done", [])]
    (file,) = sandboxed.state.glob("schemactl/passwords-sandbox-*.toml")
    with client_of(sandboxed.urls()["users_db"]) as migrator:
        assert migrator["users_db"]["users"].count_documents({}) == 0
        with pytest.raises(OperationFailure) as refused:
            migrator["another"]["users"].count_documents({})
    assert refused.value.code == 13
    words = [line.rpartition('"')[0].rpartition('"')[2] for line in file.read_text().splitlines() if "=" in line]
    assert words and not any(word in said.out + said.err + again.out for word in words)
