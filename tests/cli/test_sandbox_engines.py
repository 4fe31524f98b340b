"""The sandbox of every engine: a target finds an empty place there, and what cannot be had reads "not run"."""

from __future__ import annotations

import os
import signal
import site
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import clickhouse_driver
import neo4j
import psycopg
import pymongo
import pytest

from schemactl.project.server_url import server_url_variable
from schemactl.sandbox.kinds import kind_of, name_for, url_on
from tests.cli.sandboxed import LONG_S, Sandboxed, wait_ended
from tests.fixtures.absence import not_run, used
from tests.fixtures.mongodb import own_server

ENGINES = ("postgres", "clickhouse", "mongodb", "neo4j")
TARGETS = {engine: f"{engine}_db" for engine in ENGINES}


def platform(*engines: str) -> str:
    return 'name = "jobs"\n' + "".join(f'[targets.{TARGETS[one]}]\nengine = "{one}"\n' for one in engines)


@pytest.fixture
def of_engines(sandboxed: Sandboxed) -> Callable[..., Sandboxed]:
    """The project with one target of each engine named."""

    def make(*engines: str) -> Sandboxed:
        for folder in (sandboxed.root / "migrations/jobs").iterdir():
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
        for engine in engines:
            for missing in kind_of(engine).absent():
                not_run(engine, missing.what, missing.why, missing.remedy)
            sandboxed.write(f"migrations/jobs/{TARGETS[engine]}/.gitkeep", "")
        sandboxed.write("schemas/jobs/platform.toml", platform(*engines))
        return sandboxed

    return make


def in_postgres(url: str) -> int:
    with psycopg.connect(url) as connection:
        return len(connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchall())


def in_clickhouse(url: str) -> int:
    client = clickhouse_driver.Client.from_url(url)
    try:
        return len(client.execute("SELECT name FROM system.tables WHERE database = currentDatabase()"))
    finally:
        client.disconnect()


def in_mongodb(url: str) -> int:
    with pymongo.MongoClient[dict[str, Any]](url, timeoutMS=20_000) as client:
        return len(client.get_default_database().list_collection_names())


def in_neo4j(url: str) -> int:
    login, _, place = url.removeprefix("bolt://").partition("@")
    user, _, password = login.partition(":")
    with neo4j.GraphDatabase.driver(f"bolt://{place.partition('/')[0]}", auth=(user, password)) as driver:
        return len(driver.execute_query("MATCH (n) RETURN n LIMIT 1").records)


LOOK: Mapping[str, Callable[[str], int]] = {
    "postgres": in_postgres,
    "clickhouse": in_clickhouse,
    "mongodb": in_mongodb,
    "neo4j": in_neo4j,
}


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_a_target_finds_an_empty_place_and_a_killed_keeper_leaves_nothing(
    of_engines: Callable[..., Sandboxed], engine: str
) -> None:
    sandboxed = of_engines(engine)
    (server,) = sandboxed.up()["servers"]
    used(f"{engine} {server['version']} (sandbox)", server["where"])
    url = sandboxed.urls()[TARGETS[engine]]
    assert LOOK[engine](url) == 0
    os.kill(server["keeper"], signal.SIGKILL)
    sandboxed.wait_for_end()
    assert sandboxed.folders() == []


def test_down_goes_on_where_a_given_server_has_gone_away(of_engines: Callable[..., Sandboxed]) -> None:
    sandboxed = of_engines("postgres", "mongodb")
    given = own_server()
    sandboxed.environ["SCHEMACTL_TEST_MONGODB_URL"] = given.url
    sandboxed.up()
    (name,) = [place["database"] for one in sandboxed.written()["servers"] if one["given"] for place in one["places"]]
    given.stop()
    lacks = sandboxed.json("sandbox", "up", "mongodb_db")
    assert (lacks.code, lacks.data["stays"]) == (0, [])
    said = sandboxed.json("sandbox", "down")
    assert (said.code, len(said.data["ended"]), sandboxed.files(), sandboxed.folders()) == (0, 2, [], [])
    assert [one["databases"] for one in said.data["stays"]] == [[name]]
    assert f"warning: {name} may stay on the server of SCHEMACTL_TEST_MONGODB_URL" in said.err


@pytest.mark.parametrize("engine", ["postgres", pytest.param("neo4j", marks=pytest.mark.soak)])
def test_status_tells_what_runs_where_a_given_server_does_not_answer(
    of_engines: Callable[..., Sandboxed], engine: str
) -> None:
    sandboxed = of_engines("mongodb", engine)
    sandboxed.up("mongodb_db")
    scheme = {"postgres": "postgresql", "neo4j": "bolt"}[engine]
    sandboxed.environ[server_url_variable(engine)] = f"{scheme}://app@127.0.0.1:1/postgres"
    said = sandboxed.json("sandbox", "status")
    assert (said.code, [one["engine"] for one in said.data["servers"]]) == (0, ["mongodb"])


def test_an_up_after_a_killed_keeper_tells_what_stays_on_a_given_server(of_engines: Callable[..., Sandboxed]) -> None:
    sandboxed = of_engines("mongodb")
    given = own_server()
    sandboxed.environ["SCHEMACTL_TEST_MONGODB_URL"] = given.url
    (server,) = sandboxed.up()["servers"]
    given.stop()
    os.kill(server["keeper"], signal.SIGKILL)
    wait_ended(server["keeper"])
    del sandboxed.environ["SCHEMACTL_TEST_MONGODB_URL"]
    assert [one["engine"] for one in sandboxed.up()["stays"]] == ["mongodb"]


def test_a_commands_exit_code_is_told_though_a_given_server_went_away(of_engines: Callable[..., Sandboxed]) -> None:
    sandboxed = of_engines("mongodb")
    given = own_server()
    sandboxed.environ["SCHEMACTL_TEST_MONGODB_URL"] = given.url
    kill = f"import os, select; end = os.pidfd_open({given.pid}); os.kill({given.pid}, 9); select.select([end], [], [])"
    said = sandboxed.run("sandbox", "run", "--", sys.executable, "-c", f"{kill}; raise SystemExit(3)")
    given.stop()
    assert (said.code, "may stay on the server of SCHEMACTL_TEST_MONGODB_URL" in said.err) == (3, True)


def test_all_engines_come_up_together_and_go_together(of_engines: Callable[..., Sandboxed]) -> None:
    sandboxed = of_engines(*ENGINES)
    look = "import os; print(*sorted(name for name in os.environ if name.startswith('SCHEMACTL_URL__JOBS__')))"
    said = sandboxed.run("sandbox", "run", "--", sys.executable, "-c", look)
    assert said.code == 0, said
    assert said.out.split() == sorted(f"SCHEMACTL_URL__JOBS__{name.upper()}" for name in TARGETS.values())
    sandboxed.wait_for_end()
    assert (sandboxed.folders(), sandboxed.files()) == ([], [])


@pytest.mark.parametrize(
    ("engine", "own"),
    [
        pytest.param("postgres", "postgres", marks=pytest.mark.soak),
        ("clickhouse", "system"),
        pytest.param("mongodb", "admin", marks=pytest.mark.soak),
    ],
)
def test_a_target_named_as_the_servers_own_database_has_another(
    of_engines: Callable[..., Sandboxed], engine: str, own: str
) -> None:
    sandboxed = of_engines(engine)
    more = f'[targets.own_db]\nengine = "{engine}"\ndatabase = "{own}"\n'
    sandboxed.write("schemas/jobs/platform.toml", platform(engine) + more)
    (server,) = sandboxed.up()["servers"]
    used(f"{engine} {server['version']} (sandbox)", server["where"])
    url = sandboxed.urls()["own_db"]
    assert f"/jobs_{own}" in url
    assert LOOK[engine](url) == 0


@pytest.mark.soak
def test_each_target_of_neo4j_has_a_server(of_engines: Callable[..., Sandboxed]) -> None:
    sandboxed = of_engines("neo4j")
    more = '[targets.other_db]\nengine = "neo4j"\n'
    sandboxed.write("schemas/jobs/platform.toml", platform("neo4j") + more)
    servers = sandboxed.up()["servers"]
    assert [len(server["targets"]) for server in servers] == [1, 1]
    assert len({server["port"] for server in servers}) == 2


@pytest.fixture(scope="module")
def without_mongodb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with everything but MongoDB's server."""
    folder = tmp_path_factory.mktemp("lacking") / "venv"
    venv.create(folder, symlinks=True)
    packages = Path(
        subprocess.check_output(
            [folder / "bin/python", "-c", "import site; print(site.getsitepackages()[0])"], text=True
        ).strip()
    )
    for entry in Path(site.getsitepackages()[0]).iterdir():
        if not entry.name.lower().startswith(("secantus", "pip", "_secantus")):
            (packages / entry.name).symlink_to(entry)
    return folder / "bin/python"


def run_by(interpreter: Path, sandboxed: Sandboxed, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [interpreter, "-m", "schemactl", *arguments],
        cwd=sandboxed.root,
        env=sandboxed.env(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )


@pytest.fixture
def lacking(of_engines: Callable[..., Sandboxed]) -> Sandboxed:
    """A target on PostgreSQL, one on MongoDB."""
    return of_engines("postgres", "mongodb")


def test_what_cannot_be_had_is_not_run_and_the_rest_comes_up(lacking: Sandboxed, without_mongodb: Path) -> None:
    said = run_by(without_mongodb, lacking, "sandbox", "up", SCHEMACTL_REQUIRE="")
    assert (said.returncode, said.stderr) == (0, "")
    assert "jobs/postgres_db  PostgreSQL" in said.stdout
    (line,) = [line for line in said.stdout.splitlines() if line.startswith("not run: ")]
    assert line.startswith("not run: MongoDB: ") and "pip install 'schemactl[sandbox]'" in line
    told = run_by(without_mongodb, lacking, "sandbox", "status").stdout
    assert "not run: MongoDB" in told and "not run: PostgreSQL" not in told


def test_a_named_target_that_cannot_be_had_is_an_error(lacking: Sandboxed, without_mongodb: Path) -> None:
    said = run_by(without_mongodb, lacking, "sandbox", "up", "mongodb_db", "postgres_db")
    assert (said.returncode, "error: jobs/mongodb_db: no throwaway server of MongoDB" in said.stderr) == (15, True)
    assert [target["target"] for server in lacking.standing() for target in server["targets"]] == ["jobs/postgres_db"]


def test_an_engine_that_is_required_is_an_error(lacking: Sandboxed, without_mongodb: Path) -> None:
    said = run_by(without_mongodb, lacking, "sandbox", "up", SCHEMACTL_REQUIRE="clickhouse, mongodb")
    assert said.returncode == 15


def test_where_nothing_can_be_had_nothing_is_said_to_be_done(
    of_engines: Callable[..., Sandboxed], without_mongodb: Path
) -> None:
    sandboxed = of_engines("mongodb")
    said = run_by(without_mongodb, sandboxed, "sandbox", "up", SCHEMACTL_REQUIRE="")
    assert (said.returncode, sandboxed.files()) == (15, [])


def test_no_command_is_run_beside_half_of_its_servers(lacking: Sandboxed, without_mongodb: Path) -> None:
    said = run_by(without_mongodb, lacking, "sandbox", "run", "touch", "was-run")
    assert (said.returncode, (lacking.root / "was-run").exists()) == (15, False)
    lacking.wait_for_end()


@pytest.mark.parametrize(
    ("url", "database", "found"),
    [
        ("postgresql://u:p@h:1/postgres?sslmode=require", "a/b", "postgresql://u:p@h:1/a%2Fb?sslmode=require"),
        ("mongodb://u:p@h:1/admin", "docs", "mongodb://u:p@h:1/docs?authSource=admin"),
        ("mongodb://u:p@h:1/?tls=true", "docs", "mongodb://u:p@h:1/docs?tls=true&authSource=admin"),
        ("mongodb://u:p@h:1/?authSource=other", "docs", "mongodb://u:p@h:1/docs?authSource=other"),
        ("mongodb://h:1/admin", "docs", "mongodb://h:1/docs"),
        ("chdb:///tmp/x", "docs", "chdb:///tmp/x/docs"),
        ("bolt://h:1/neo4j", "", "bolt://h:1/neo4j"),
    ],
)
def test_the_url_of_a_database_on_a_server(url: str, database: str, found: str) -> None:
    assert url_on(url, database) == found


def test_a_database_has_a_name_of_its_own_on_each_server() -> None:
    assert name_for("users", "jobs", frozenset(), given=False) == "users"
    assert name_for("users", "jobs", frozenset({"users"}), given=False) == "jobs_users"
    third = name_for("users", "jobs", frozenset({"users", "jobs_users"}), given=False)
    assert third not in {"users", "jobs_users"}
    assert name_for("users", "jobs", frozenset(), given=True).startswith("schemactl_test_")
