"""Servers that refuse, die or run out of room: the error told, its code, and a state that can be gone on from."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from schemactl.errors import StatementError
from schemactl.events import StepFinished
from schemactl.sandbox import postgres as sandbox
from tests.fixtures.absence import not_run
from tests.fixtures.postgres import Database
from tests.projects.app import App, failure


def with_login(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port}").geturl()


@pytest.fixture
def own_server(postgres: sandbox.Server | sandbox.Given) -> Iterator[sandbox.Server]:
    """A server that the test may kill."""
    with sandbox.start(major=postgres.major) as server:
        yield server


def test_a_wrong_password_is_told_without_the_password(app: App) -> None:
    app.write("0001_a.sql", "select 1;")
    error = failure(app.migrate(url=with_login(app.url, "postgres", "wr0ng-secret")))
    assert (error.code, error.kind) == (11, "authentication")
    assert "wr0ng-secret" not in "\n".join(error.lines())


def test_a_missing_database_is_told(app: App) -> None:
    app.write("0001_a.sql", "select 1;")
    error = failure(app.migrate(url=urlsplit(app.url)._replace(path="/no_such_database").geturl()))
    assert (error.code, error.kind) == (11, "missing_database")


def test_a_server_that_is_not_there_is_told(app: App) -> None:
    app.write("0001_a.sql", "select 1;")
    error = failure(app.migrate(url="postgresql://postgres@127.0.0.1:1/shop"))
    assert (error.code, error.kind) == (11, "unreachable")


def test_a_user_without_rights_is_told_the_right_that_is_missing(app: App, fresh_database: Database) -> None:
    app.sql("create role shop_guest login password 'guest'")
    try:
        app.write("0001_a.sql", "create table a (id int);")
        error = failure(app.migrate(url=with_login(app.url, "shop_guest", "guest")))
        assert (error.code, error.kind) == (14, "insufficient_privilege")
        assert "permission denied for database" in error.what
    finally:
        app.sql("drop role shop_guest")


def test_a_read_only_replica_is_refused_before_anything_is_sent(tmp_path: Path, own_server: sandbox.Server) -> None:
    (own_server.data / "standby.signal").touch()
    own_server.restart()
    app = App(tmp_path, own_server.url)
    app.write("0001_a.sql", "create table a (id int);")
    error = failure(app.migrate())
    assert (error.code, error.kind) == (15, "read_only")
    assert "standby" in error.what


def test_a_server_killed_in_the_middle_leaves_whole_migrations(tmp_path: Path, own_server: sandbox.Server) -> None:
    app = App(tmp_path, own_server.url)
    app.write("0001_a.sql", "create table a (id int);")
    app.write("0002_b.sql", "create table b (id int); select pg_sleep(60);")
    threading.Timer(1.0, own_server.kill).start()
    error = failure(app.migrate())
    assert (error.code, error.kind) == (11, "connection_lost")
    assert error.now == "0002_b is there in full or not at all: the ledger knows; done by this run: 0001"
    own_server.restart("immediate")
    assert app.versions() == ["0001"]
    assert app.sql("select to_regclass('b')") == [(None,)]
    app.write("0002_b.sql", "create table b (id int);")
    assert app.recover().exit_code == 0
    assert app.migrate().exit_code == 0
    assert app.state() == "up to date"


@pytest.fixture
def lazy_server(postgres: sandbox.Server | sandbox.Given) -> Iterator[sandbox.Server]:
    """A server that writes commits nobody waits for to disk only after ten seconds."""
    with sandbox.start(major=postgres.major, settings={"wal_writer_delay": "10s"}) as server:
        yield server


def test_what_is_told_as_done_outlives_the_server(tmp_path: Path, lazy_server: sandbox.Server) -> None:
    app = App(tmp_path, lazy_server.url)
    for number in range(1, 6):
        app.write(f"{number:04}_t.sql", f"create table t{number} (id int);")
    told: list[str] = []

    def listen(event: object) -> None:
        if isinstance(event, StepFinished):
            told.append(event.version)
            if event.version == "0005":
                lazy_server.kill()

    workspace = app.workspace()
    workspace.migrate(workspace.plan(), emit=listen)
    lazy_server.restart("immediate")
    assert told == app.versions() == ["0001", "0002", "0003", "0004", "0005"]


def test_what_a_failed_run_says_is_done_outlives_the_server(tmp_path: Path, lazy_server: sandbox.Server) -> None:
    app = App(tmp_path, lazy_server.url)
    for number in (1, 2, 4):
        app.write(f"{number:04}_t.sql", f"create table t{number} (id int);")
    app.write("0003_t.sql", "create tabel t3 (id int);")
    error = failure(app.migrate())
    lazy_server.kill()
    lazy_server.restart("immediate")
    assert isinstance(error, StatementError)
    assert error.applied == app.versions() == ["0001", "0002"]


def test_a_server_killed_while_it_builds_an_index_is_recovered(tmp_path: Path, own_server: sandbox.Server) -> None:
    app = App(tmp_path, own_server.url)
    app.write("0001_a.sql", "create table a as select n from generate_series(1, 100) n;")
    app.migrate()
    app.write("0002_b.sql", "create index concurrently a_n on a (n);")
    reader = psycopg.connect(own_server.url)
    reader.execute("set transaction isolation level repeatable read; select * from a")

    def kill() -> None:
        while not app.sql("select 1 from pg_index i join pg_class c on c.oid = i.indexrelid where relname = 'a_n'"):
            time.sleep(0.02)
        own_server.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    error = failure(app.migrate())
    thread.join()
    reader.close()
    assert (error.code, error.kind) == (11, "connection_lost")
    own_server.restart("immediate")
    assert app.state() == "unfinished"
    assert app.recover().exit_code == 0
    assert app.sql("select indisvalid from pg_index where indexrelid = 'a_n'::regclass") == [(True,)]
    assert app.state() == "up to date"


@pytest.fixture
def small_disk(tmp_path: Path, own_server: sandbox.Server) -> Iterator[Path]:
    """A file system of 8 MB that the server may write to."""
    folder = own_server.data.parent / "small"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        not_run("small-disk", "a full disk", "a small file system cannot be mounted here", "run the tests as root")
    try:
        owner = own_server.data.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        yield folder
    finally:
        own_server.kill()
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_nothing_of_the_migration(
    tmp_path: Path, own_server: sandbox.Server, small_disk: Path
) -> None:
    app = App(tmp_path, own_server.url)
    app.sql(f"create tablespace small location '{small_disk}'")
    app.write("0001_a.sql", "create table a (id int, t text) tablespace small;")
    app.write("0002_b.sql", "insert into a select n, repeat('x', 1000) from generate_series(1, 20000) n;")
    error = failure(app.migrate())
    assert (error.code, error.kind) == (14, "no_space")
    assert "make room" in (error.do or "")
    assert app.versions() == ["0001"]
    assert app.sql("select count(*) from a") == [(0,)]
    assert app.state() == "1 pending"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("-- migrate:up\ncreate table a (id int);\nselect 'torn", 3),
        ("-- migrate:up\ncreate function f() returns int as $$ begin", 2),
        ("-- migrate:up\ncreate table a (id int\n", 2),
        ("-- migrate:up\n\\i other.sql\n", 2),
        ("create table a (id int);", 1),
    ],
)
def test_a_torn_file_stops_before_anything_is_sent(app: App, text: str, line: int) -> None:
    app.write("0001_a.sql", "create table z (id int);")
    path = app.write("0002_b.sql", "")
    path.write_text(text)
    error = failure(app.migrate())
    assert (error.code, error.at) == (10, f"migrations/shop/app/0002_b.sql:{line}")
    assert app.sql("select to_regclass('z')") == [(None,)]


def test_a_file_cut_within_a_character_is_told(app: App) -> None:
    path = app.write("0001_a.sql", "select 1;")
    path.write_bytes(path.read_bytes() + "-- é".encode()[:-1])
    with pytest.raises(Exception, match="UTF-8") as raised:
        app.migrate()
    assert getattr(raised.value, "code", None) == 10


def test_a_database_that_takes_no_writes_is_refused(app: App, fresh_database: Database) -> None:
    app.sql(f"alter database {fresh_database.name} set default_transaction_read_only = on")
    app.write("0001_a.sql", "create table a (id int);")
    error = failure(app.migrate())
    assert (error.code, error.kind) == (15, "read_only")
