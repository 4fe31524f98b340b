"""Behind a pooler: in transaction mode nothing runs, in session mode everything does; two runners never both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.fixtures.absence import not_run
from tests.projects.app import App, failure
from tests.tools.pgbouncer import Bouncer, NotHadError, PoolMode, pgbouncer


@contextmanager
def bouncer(app: App, mode: PoolMode, **settings: str) -> Iterator[Bouncer]:
    try:
        with pgbouncer(app.url, pool_mode=mode, settings=settings) as running:
            yield running
    except NotHadError as error:
        not_run("pgbouncer", "PgBouncer", str(error), "apt-get install pgbouncer")


def slow(app: App, count: int = 6) -> None:
    app.write("0001_ran.sql", "create table ran (version int, pid int, began timestamptz, ended timestamptz);")
    for number in range(2, 2 + count):
        app.write(
            f"{number:04}_x.sql",
            f"insert into ran select {number}, pg_backend_pid(), clock_timestamp(), null; select pg_sleep(0.05);"
            f" update ran set ended = clock_timestamp() where version = {number};",
        )


def test_transaction_mode_is_noticed_before_anything_is_changed(app: App) -> None:
    slow(app)
    with bouncer(app, "transaction") as running:
        error = failure(app.migrate(url=running.url))
    assert (error.code, error.kind) == (12, "pooled")
    assert "server's own address" in (error.do or "")
    assert app.sql("select to_regclass('ran'), to_regnamespace('schemactl')") == [(None, None)]


def test_transaction_mode_is_noticed_while_others_keep_the_pool_busy(app: App) -> None:
    slow(app)
    with (
        bouncer(app, "transaction", default_pool_size="5") as running,
        psycopg.connect(running.url) as other,
        psycopg.connect(running.url) as another,
    ):
        other.execute("select 1")
        another.execute("select 1")
        error = failure(app.migrate(url=running.url))
    assert (error.code, error.kind) == (12, "pooled")


def test_session_mode_works(app: App) -> None:
    slow(app)
    with bouncer(app, "session") as running:
        assert app.migrate(url=running.url).exit_code == 0
    assert app.state() == "up to date"


@pytest.mark.parametrize("pool_size", ["1", "2", "10"])
def test_two_runners_through_transaction_mode_never_both_run(app: App, pool_size: str) -> None:
    slow(app)
    code = "import sys, schemactl; w = schemactl.open(sys.argv[1], urls={'app': sys.argv[2]})\n"
    code += "sys.exit(w.migrate(w.plan(), wait_s=float(sys.argv[3])).exit_code)"
    with bouncer(app, "transaction", default_pool_size=pool_size) as running:
        runners = [
            subprocess.Popen([sys.executable, "-c", code, str(app.root), url, "20"], env=dict(os.environ))
            for url in (running.url, running.url, app.url)
        ]
        codes = [runner.wait(timeout=60) for runner in runners]
    assert codes[2] == 0
    assert set(codes[:2]) <= {0, 12}
    overlaps = "select a.version from ran a join ran b on a.began < b.began and a.ended > b.began"
    assert app.sql(overlaps) == []
    assert app.sql("select count(*), count(distinct version), count(distinct pid) from ran") == [(6, 6, 1)]


def test_reading_commands_work_through_a_pooler(app: App) -> None:
    slow(app)
    with bouncer(app, "transaction") as running:
        assert app.workspace(running.url).status().targets[0].state == "7 pending"
