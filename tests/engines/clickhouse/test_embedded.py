"""chdb in a child process: one a folder, shared, gone with its owner; its answers are the native driver's values."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from schemactl.engines.clickhouse import embedded
from schemactl.engines.clickhouse.embedded import EmbeddedLink
from schemactl.engines.clickhouse.failure import CANNOT_LOCK_FILE, ServerError
from schemactl.engines.clickhouse.link import Settings
from schemactl.errors import ConfigError, ConnectError
from tests.fixtures.absence import not_run

LONG = "SELECT sum(sleepEachRow(0.1)) FROM numbers(600) SETTINGS max_block_size = 1"
OWNER = """
import sys, threading
from schemactl.engines.clickhouse import embedded
link = embedded.connect(sys.argv[1], shown="", target="")
print(link.pid, flush=True)
threading.Thread(target=link.ask, args=(sys.argv[2],), daemon=True).start()
sys.stdin.read()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    if find_spec("chdb") is None:
        not_run("clickhouse", "ClickHouse 26.9", "chdb is not installed", "pip install 'schemactl[chdb]'")
    return f"chdb://{tmp_path}"


def connect(url: str) -> EmbeddedLink:
    return embedded.connect(url, shown="a test's folder", target="t/t")


@pytest.fixture
def link(url: str) -> Iterator[EmbeddedLink]:
    made = connect(url)
    yield made
    made.close()


def refused(link: EmbeddedLink, sql: str) -> int:
    with pytest.raises(ServerError) as error:
        link.ask(sql)
    return error.value.failure.code


def until_it_runs(link: EmbeddedLink, query_id: str) -> None:
    while not link.ask(f"SELECT 1 FROM system.processes WHERE Settings['log_comment'] = '{query_id}'"):
        pass


def asking(link: EmbeddedLink, sql: str, query_id: str) -> tuple[threading.Thread, list[ServerError]]:
    failed: list[ServerError] = []

    def ask() -> None:
        try:
            link.ask(sql, query_id=query_id)
        except ServerError as error:
            failed.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread, failed


def test_values_are_those_of_the_native_driver(link: EmbeddedLink) -> None:
    asked: tuple[tuple[str, Any], ...] = (
        ("'it''s; é'", "it's; é"),
        ("toUInt64(18446744073709551615)", 18446744073709551615),
        ("toDecimal64('1.1001', 4)", Decimal("1.1001")),
        ("toDate('2020-02-29')", date(2020, 2, 29)),
        ("toDateTime('2020-01-01 00:00:00', 'UTC')", datetime(2020, 1, 1, tzinfo=UTC)),
        ("toNullable(toDate('2020-02-29'))", date(2020, 2, 29)),
        ("[1, 2]", [1, 2]),
        ("(1, 'a')", (1, "a")),
        ("NULL", None),
    )
    row = link.ask(f"SELECT {', '.join(sql for sql, _ in asked)}")[0]
    assert row == tuple(value for _, value in asked)


def test_rows_are_inserted_byte_for_byte(link: EmbeddedLink) -> None:
    rows = [(1, "it's; \\ \n\t\0 é"), (2, '"')]
    link.ask("CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n")
    link.insert("t", ("n", "s"), rows)
    assert link.ask("SELECT n, s FROM t ORDER BY n") == rows


def test_a_misspelt_statement_is_a_syntax_error(link: EmbeddedLink) -> None:
    assert refused(link, "SELEC") == 62


def test_settings_hold_for_one_statement(link: EmbeddedLink) -> None:
    asked = "SELECT getSetting('max_block_size')"
    before = link.ask(asked)
    assert link.ask(asked, settings={"max_block_size": 7}) == [(7,)]
    assert link.ask(asked) == before


def test_a_failing_statement_leaves_no_setting(link: EmbeddedLink) -> None:
    before = link.ask("SELECT getSetting('max_block_size')")
    with pytest.raises(ServerError):
        link.ask("SELECT throwIf(1)", settings={"max_block_size": 7})
    assert link.ask("SELECT getSetting('max_block_size')") == before


@pytest.mark.parametrize("settings", [{}, {"max_threads": 1}])
@pytest.mark.parametrize(
    "fails",
    [
        "SELECT throwIf(number = 300000) FROM numbers(500000)",
        "SELECT number, throwIf(number = 3) FROM numbers(10) SETTINGS max_block_size = 1",
    ],
)
def test_what_a_failing_read_had_said_is_in_no_answer(link: EmbeddedLink, fails: str, settings: Settings) -> None:
    for _ in range(2):
        with pytest.raises(ServerError, match="throwIf"):
            link.ask(fails, settings=settings)
        assert link.ask("SELECT 1, 'a'") == [(1, "a")]


def test_links_of_one_folder_share_a_process_and_no_session(url: str, link: EmbeddedLink) -> None:
    link.ask("CREATE DATABASE town")
    other = connect(f"{url}?database=town")
    assert other.pid == link.pid
    assert (link.ask("SELECT currentDatabase()"), other.ask("SELECT currentDatabase()")) == (
        [("default",)],
        [("town",)],
    )
    other.close()
    assert not link.closed and link.ask("SELECT 1") == [(1,)]


def test_the_process_ends_with_its_last_link(url: str) -> None:
    first, second = connect(url), connect(url)
    pidfd = os.pidfd_open(first.pid)
    first.close()
    second.close()
    with pytest.raises(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGCONT)
    os.close(pidfd)


def test_another_process_is_told_that_the_folder_is_open(url: str, link: EmbeddedLink) -> None:
    other = subprocess.run(
        [sys.executable, "-c", OWNER, url, "SELECT 1"], capture_output=True, text=True, check=False, input=""
    )
    assert f"(code {CANNOT_LOCK_FILE})" in other.stderr and not link.closed


def test_a_killed_owner_leaves_nothing_at_work_and_the_folder_free(url: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, url, LONG], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout and owner.stdin
    child = os.pidfd_open(int(owner.stdout.readline()))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    owner.stdin.close()

    poll = select.poll()
    poll.register(child, select.POLLIN)
    assert poll.poll(30_000)
    os.close(child)
    heir = connect(url)
    assert heir.ask("SELECT 1") == [(1,)]
    heir.close()


def test_a_statement_is_ended_from_another_link(url: str, link: EmbeddedLink) -> None:
    second = connect(url)
    thread, failed = asking(link, LONG, "schemactl-a-1")
    until_it_runs(second, "schemactl-a-1")
    second.cancel("schemactl-a-1")
    thread.join(30)
    second.close()
    assert [error.failure.code for error in failed] == [394]
    assert link.ask("SELECT 1") == [(1,)]


def test_cancelling_what_is_not_there_does_nothing(link: EmbeddedLink) -> None:
    link.cancel("schemactl-nobody")
    assert link.ask("SELECT 1") == [(1,)]


def test_when_the_process_dies_the_connection_is_lost_and_a_new_one_can_be_had(url: str, link: EmbeddedLink) -> None:
    second = connect(url)
    thread, failed = asking(link, LONG, "schemactl-a-1")
    until_it_runs(second, "schemactl-a-1")
    os.kill(link.pid, signal.SIGKILL)
    thread.join(30)
    assert [error.failure.gone for error in failed] == [True]
    assert link.closed and second.closed
    heir = connect(url)
    assert heir.ask("SELECT 1") == [(1,)]
    heir.close()
    second.close()


def test_an_answer_that_does_not_come_is_a_lost_connection(link: EmbeddedLink) -> None:
    with pytest.raises(ServerError) as error:
        link.ask(LONG, timeout_s=0.2)
    assert error.value.failure.gone and link.closed


def test_a_read_only_url_writes_nothing(url: str, link: EmbeddedLink) -> None:
    reader = connect(f"{url}?readonly=1")
    assert refused(reader, "CREATE TABLE t (n UInt8) ENGINE = Memory") == 164
    assert reader.ask("SELECT 1", query_id="schemactl-a-1") == [(1,)]
    reader.close()


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConnectError) as error:
        connect(f"chdb://{tmp_path}/nowhere")
    assert error.value.kind == "missing_database" and not (tmp_path / "nowhere").exists()


def test_a_database_that_is_not_there_is_missing(url: str) -> None:
    with pytest.raises(ServerError) as error:
        connect(f"{url}?database=nowhere")
    assert error.value.failure.code == 81


def test_an_option_that_is_not_known_is_named(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        connect(f"{url}?datbase=town")
    assert "datbase" in error.value.what
