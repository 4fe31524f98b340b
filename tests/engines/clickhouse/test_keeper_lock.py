"""The lock in the Keeper by KeeperMap: two processes of ClickHouse 26.9, a folder each, and one ZooKeeper."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.clickhouse import keeper as keeper_away
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.failure import ServerError, ServerFailure
from schemactl.engines.clickhouse.keeper_lock import KeeperLock
from schemactl.errors import LockedError, UnsupportedError
from schemactl.events import ignore
from schemactl.running.lease import LeaseLock
from schemactl.sandbox import zookeeper, zookeeper_programs
from tests.fixtures.absence import not_run

CONFIG = """<clickhouse>
  <zookeeper><node><host>127.0.0.1</host><port>{port}</port></node></zookeeper>
  {more}
</clickhouse>
"""
MAP = "<keeper_map_path_prefix>/keeper_map</keeper_map_path_prefix>"
LEASE_S = 2.0


@pytest.fixture(scope="module")
def keeper() -> Iterator[zookeeper.ZooKeeper]:
    if find_spec("chdb") is None:
        not_run("clickhouse", "ClickHouse 26.9", "chdb is not installed", "pip install 'schemactl[chdb]'")
    if missing := zookeeper_programs.absent():
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    running = zookeeper.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def folders(keeper: zookeeper.ZooKeeper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """URLs of two servers, which stay up between tests."""
    root = tmp_path_factory.mktemp("keeper")
    (root / "config.xml").write_text(CONFIG.format(port=keeper.port, more=MAP))
    urls = []
    for name in ("one", "two"):
        (root / name).mkdir()
        urls.append(f"chdb://{root / name}?config-file={root / 'config.xml'}")
    held = [Session(opening(url)) for url in urls]
    yield urls
    for session in held:
        session.close()


def opening(url: str, stop: Stop | None = None) -> Opening:
    asked = stop if stop is not None else Stop()
    return Opening(url=url, shown="a test's folder", target="t/t", stop=asked, lease_s=LEASE_S)


class Runner:
    """One runner at one server."""

    def __init__(self, url: str) -> None:
        self.session = Session(opening(url))
        self.record = KeeperLock(self.session)
        self.lock = LeaseLock(self.session.opening, self.record, end_holder="wait")

    def close(self) -> None:
        self.lock.close()
        self.record.close()
        self.session.close()


@pytest.fixture
def runners(folders: list[str]) -> Iterator[list[Runner]]:
    """Two runners, at two servers; no lock is held, and none was ever."""
    made = [Runner(url) for url in folders]
    for runner in made:
        runner.session.link.ask("DROP TABLE IF EXISTS schema_lock SYNC")
    yield made
    for runner in made:
        runner.close()


def test_a_second_holder_is_refused_and_told_who_holds_it(runners: list[Runner]) -> None:
    first, second = runners
    assert second.lock.holder() is None
    with first.lock.hold(wait_s=0, emit=ignore):
        with pytest.raises(LockedError) as error, second.lock.hold(wait_s=0, emit=ignore):
            pytest.fail("two hold it")
        holder = second.lock.holder()
        first.lock.check()
    assert holder and "process" in holder and "process" in error.value.what
    assert second.lock.holder() is None


def test_after_release_another_takes_it_at_once(runners: list[Runner]) -> None:
    for runner in (*runners, *runners):
        with runner.lock.hold(wait_s=0, emit=ignore):
            runner.lock.check()


def test_of_two_that_take_it_in_the_same_moment_one_has_it(runners: list[Runner]) -> None:
    for _ in range(15):
        together = threading.Barrier(len(runners))

        def take(runner: Runner, together: threading.Barrier = together) -> str:
            together.wait(30)
            return runner.record.take()

        with ThreadPoolExecutor() as pool:
            told = list(pool.map(take, runners))
        assert told.count("") == 1, told
        assert runners[told.index("")].record.release()


def test_never_two_are_within(folders: list[str], tmp_path: Path) -> None:
    within, most = tmp_path / "within", []
    within.touch()
    guard = threading.Lock()

    def take_turns(url: str) -> None:
        runner = Runner(url)
        for _ in range(4):
            with runner.lock.hold(wait_s=120, emit=ignore):
                with guard:
                    within.write_text(within.read_text() + "x")
                    most.append(len(within.read_text()))
                runner.lock.check()
                with guard:
                    within.write_text(within.read_text()[1:])
        runner.close()

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(take_turns, url) for url in folders * 2]:
            done.result()
    assert most == [1] * 16


def test_a_holder_that_is_silent_for_its_lease_is_followed_and_then_holds_nothing(runners: list[Runner]) -> None:
    first, second = runners
    assert first.record.take() == ""
    with second.lock.hold(wait_s=20, emit=ignore):
        assert not first.record.renew()
        assert not first.record.release()
        second.lock.check()


def test_a_keeper_that_does_not_answer_for_a_moment_is_asked_again(keeper: zookeeper.ZooKeeper, tmp_path: Path) -> None:
    # The server gives its session up sooner than the Keeper comes back, and answers the request with that.
    hasty = "<operation_timeout_ms>500</operation_timeout_ms><session_timeout_ms>1000</session_timeout_ms>"
    (tmp_path / "config.xml").write_text(
        CONFIG.format(port=keeper.port, more=MAP).replace("</node>", "</node>" + hasty)
    )
    (tmp_path / "folder").mkdir()
    session = Session(
        opening(f"chdb://{tmp_path / 'folder'}?config-file={tmp_path / 'config.xml'}")._replace(lease_s=60)
    )
    record = KeeperLock(session)
    for ask in (record.take, record.renew, record.release):
        keeper.pause()
        threading.Timer(3, keeper.go_on).start()
        assert ask() in ("", True)
    record.close()
    session.close()


def test_without_a_place_for_it_the_error_says_what_to_configure(keeper: zookeeper.ZooKeeper, tmp_path: Path) -> None:
    (tmp_path / "config.xml").write_text(CONFIG.format(port=keeper.port, more=""))
    (tmp_path / "folder").mkdir()
    runner = Runner(f"chdb://{tmp_path / 'folder'}?config-file={tmp_path / 'config.xml'}")
    with pytest.raises(UnsupportedError) as error, runner.lock.hold(wait_s=0, emit=ignore):
        pytest.fail("nothing guards it")
    assert error.value.code == 15 and "keeper_map_path_prefix" in (error.value.do or "")
    runner.close()


def test_the_lease_of_the_holder_decides_and_not_that_of_the_one_who_waits(runners: list[Runner]) -> None:
    first, second = runners
    first.session.opening = first.session.opening._replace(lease_s=3600)
    patient = KeeperLock(first.session)
    assert patient.take() == ""
    first.session.link.ask("ALTER TABLE schema_lock UPDATE at = toUInt32(now()) - 60 WHERE name = 'lock'")
    assert "last heard of" in second.record.take()
    assert second.record.holder()
    patient.close()


@pytest.mark.parametrize(
    ("code", "message", "away"),
    [
        (999, "Coordination error: Connection loss, path /a", True),
        (999, "Coordination error: Node exists, path /clickhouse/sessions/zookeeper/0000-00", True),
        (999, "Coordination error: Node exists, path /schemactl/d/lock/lock", False),
        (999, "No node", False),
        (57, "Session expired", False),
    ],
)
def test_a_keeper_whose_session_is_made_anew_is_told_from_one_that_refuses(code: int, message: str, away: bool) -> None:
    assert keeper_away.is_away(ServerError(ServerFailure(code, message))) is away
