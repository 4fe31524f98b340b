"""SIGKILL to whatever belongs to the sandbox, at any moment: no process stays, no folder, no word that is not true."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.cli.sandboxed import LONG_S, Sandboxed, killed, wait_ended

# What can be seen of an `up` on its way, in this order.
SIGNS = ["servers:schemactl-*", "servers:schemactl-*/data/postmaster.pid", "state:schemactl/*.json"]


def seen(sandboxed: Sandboxed, sign: str) -> bool:
    where, _, pattern = sign.partition(":")
    return any(getattr(sandboxed, where).glob(pattern))


def kill_up(sandboxed: Sandboxed, sign: str) -> None:
    """SIGKILL to an `up` as soon as the sign is there."""
    with sandboxed.start("sandbox", "up") as process:
        while not seen(sandboxed, sign) and process.poll() is None:
            time.sleep(0.0005)
        killed(process)


def test_a_killed_keeper_takes_its_server_along(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    (server,) = sandboxed.standing()
    os.kill(server["keeper"], signal.SIGKILL)
    sandboxed.wait_for_end()
    assert sandboxed.folders() == []
    assert sandboxed.standing() == []


def test_down_after_that_forgets_it(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    (server,) = sandboxed.standing()
    os.kill(server["keeper"], signal.SIGKILL)
    said = sandboxed.json("sandbox", "down")
    assert (said.code, said.data["ended"], len(said.data["dead"])) == (0, [], 1)
    assert (sandboxed.processes(), sandboxed.folders(), sandboxed.files()) == ([], [], [])


def test_down_waits_for_the_folder_of_a_server_whose_keeper_was_killed(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    (server,) = sandboxed.standing()
    shell = int(Path(f"/proc/{server['pid']}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(shell, signal.SIGSTOP)
    try:
        for pid in (server["keeper"], server["pid"]):
            os.kill(pid, signal.SIGKILL)
        wait_ended(server["keeper"])
        with sandboxed.start("sandbox", "down") as process:
            while not awaits(process.pid, shell):
                assert process.poll() is None
                time.sleep(0.0005)
            os.kill(shell, signal.SIGCONT)
            process.communicate(timeout=LONG_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(shell, signal.SIGCONT)
    assert (process.returncode, sandboxed.folders(), sandboxed.files()) == (0, [], [])


def awaits(waiting: int, process: int) -> bool:
    """Whether the process `waiting` has a descriptor that tells of the other's end."""
    for entry in Path(f"/proc/{waiting}/fdinfo").glob("*"):
        with contextlib.suppress(OSError):
            if f"Pid:\t{process}\n" in entry.read_text():
                return True
    return False


def test_commands_after_that_do_not_go_there(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    (server,) = sandboxed.standing()
    os.kill(server["keeper"], signal.SIGKILL)
    wait_ended(server["keeper"])
    assert sandboxed.json("status").result["error"]["kind"] == "no_url"


def test_up_after_that_starts_anew(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    (first,) = sandboxed.standing()
    os.kill(first["keeper"], signal.SIGKILL)
    wait_ended(first["keeper"])
    assert sandboxed.up()["added"] == ["jobs/users_db", "jobs/events_db"]
    (second,) = sandboxed.standing()
    assert second["pid"] != first["pid"]


@pytest.mark.parametrize("sign", SIGNS)
def test_an_up_that_is_killed_half_way_leaves_all_or_nothing(sandboxed: Sandboxed, sign: str) -> None:
    kill_up(sandboxed, sign)
    if not sandboxed.standing():
        # Nothing was written down, or nobody was told to stay.
        sandboxed.wait_for_end()
        assert sandboxed.folders() == []
    sandboxed.run("sandbox", "down")
    sandboxed.wait_for_end()
    assert (sandboxed.folders(), sandboxed.files()) == ([], [])


def test_after_an_up_that_was_killed_the_next_one_is_whole(sandboxed: Sandboxed) -> None:
    kill_up(sandboxed, SIGNS[0])
    sandboxed.up()
    assert sandboxed.run("migrate").code == 0


def test_a_killed_holder_of_the_lock_does_not_keep_others_waiting(sandboxed: Sandboxed) -> None:
    kill_up(sandboxed, "state:schemactl/*.lock")
    assert sandboxed.run("sandbox", "down").code == 0
    sandboxed.wait_for_end()
    assert sandboxed.files() == []


def test_a_keeper_has_no_terminal_and_no_open_streams(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    keeper = sandboxed.standing()[0]["keeper"]
    assert os.getsid(keeper) == keeper
    assert [os.readlink(f"/proc/{keeper}/fd/{number}") for number in range(3)] == ["/dev/null"] * 3  # noqa: PTH115
    assert os.readlink(f"/proc/{keeper}/cwd") == "/"  # noqa: PTH115


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_any_signal_at_any_moment_leaves_what_the_record_says(sandboxed: Sandboxed, seed: int) -> None:
    chance = random.Random(seed)
    command = chance.choice([["up"], ["up"], ["run", "--", "true"], ["down"]])
    if command == ["down"]:
        sandboxed.up()
    with sandboxed.start("sandbox", *command) as process:
        # The moment is what is drawn here; nothing is waited for.
        time.sleep(chance.uniform(0, 2))
        process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]))
        process.communicate(timeout=LONG_S)
    if not sandboxed.standing():
        sandboxed.wait_for_end()
        assert sandboxed.folders() == []
    assert len(sandboxed.up()["servers"]) == 1
    assert sandboxed.run("sandbox", "down").code == 0
    assert (sandboxed.processes(), sandboxed.folders(), sandboxed.files()) == ([], [], [])
