"""`sandbox run`: one command with servers of its own; its exit code and its signals are passed on, nothing stays."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.program import Said, command, said
from tests.cli.sandboxed import LONG_S, Sandboxed, killed, wait_ended

# Waits to be ended, and says that it is there; so do its grandchildren's parents in a shell.
SLEEP = "import signal, sys; print('here', flush=True); signal.pause()"

OURS = "SELECT datname FROM pg_database WHERE datname LIKE 'schemactl_test_%'"


def python(program: str) -> list[str]:
    return ["sandbox", "run", "--", sys.executable, "-c", program]


def begun(sandboxed: Sandboxed, program: str) -> subprocess.Popen[str]:
    """`sandbox run` of a program that has said its first line."""
    process = sandboxed.start(*python(program))
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    return process


def assert_nothing_left(sandboxed: Sandboxed) -> None:
    sandboxed.wait_for_end()
    assert (sandboxed.folders(), sandboxed.files()) == ([], [])


def test_the_command_finds_each_target_in_its_environment(sandboxed: Sandboxed) -> None:
    ask = "import os, psycopg; print(psycopg.connect(os.environ['SCHEMACTL_URL__JOBS__EVENTS_DB']).info.dbname)"
    told = sandboxed.run(*python(ask))
    assert (told.code, told.out) == (0, "events_db\n")
    assert_nothing_left(sandboxed)


def test_commands_of_schemactl_in_it_go_there(sandboxed: Sandboxed) -> None:
    sandboxed.lives_at("users_db", "postgresql://app@127.0.0.1:1/users")
    told = sandboxed.run("sandbox", "run", *command(["migrate"]))
    assert (told.code, "0001_users  applied" in told.out) == (0, True)


def test_it_has_servers_of_its_own_beside_those_that_are_up(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    sandboxed.run("migrate")
    ask = "import os, psycopg; print(psycopg.connect(os.environ['SCHEMACTL_URL__JOBS__USERS_DB']).info.port)"
    told = sandboxed.run(*python(ask))
    assert int(told.out) != sandboxed.standing()[0]["port"]
    assert sandboxed.ask("users_db", "SELECT count(*) FROM users") == [(0,)]


@pytest.mark.parametrize("code", [3, 130])
def test_the_exit_code_is_the_commands(sandboxed: Sandboxed, code: int) -> None:
    assert sandboxed.run(*python(f"raise SystemExit({code})")).code == code
    assert_nothing_left(sandboxed)


def test_a_command_that_a_signal_ended_is_told_as_a_shell_does(sandboxed: Sandboxed) -> None:
    assert sandboxed.run(*python("import os; os.kill(os.getpid(), 9)")).code == 137


@pytest.mark.parametrize(("name", "code"), [("no-such-program", 127), ("./not-there", 127), ("./letter.txt", 126)])
def test_a_command_that_is_none_is_told_before_any_server_starts(sandboxed: Sandboxed, name: str, code: int) -> None:
    sandboxed.write("letter.txt", "Dear all")
    told = sandboxed.run("sandbox", "run", name)
    assert (told.code, f"`{name}` could not be run" in told.err) == (code, True)


def test_a_program_that_the_system_refuses_leaves_nothing(sandboxed: Sandboxed) -> None:
    sandboxed.write("letter.txt", "Dear all").chmod(0o755)
    told = sandboxed.run("sandbox", "run", "./letter.txt")
    assert (told.code, "Exec format error" in told.err) == (126, True)
    assert_nothing_left(sandboxed)


def test_with_json_the_commands_output_is_not_on_standard_output(sandboxed: Sandboxed) -> None:
    told = sandboxed.json(*python("print('mine')"))
    assert (told.result["exit"], told.data["targets"]) == (0, ["jobs/events_db", "jobs/users_db"])
    assert told.err == "mine\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_is_passed_on(sandboxed: Sandboxed, number: signal.Signals) -> None:
    listen = (
        "import signal, sys\n"
        f"signal.signal({int(number)}, lambda *_: (print('heard', flush=True), sys.exit(7)))\n"
        "print('here', flush=True)\nsignal.pause()"
    )
    with begun(sandboxed, listen) as process:
        process.send_signal(number)
        told = said(process)
    assert (told.code, told.out) == (7, "heard\n")
    assert_nothing_left(sandboxed)


def test_a_signal_that_ends_the_command_ends_all(sandboxed: Sandboxed) -> None:
    with begun(sandboxed, SLEEP) as process:
        process.terminate()
        assert said(process).code == 128 + signal.SIGTERM
    assert_nothing_left(sandboxed)


def test_ctrl_c_on_a_terminal_reaches_the_command_once(sandboxed: Sandboxed) -> None:
    count = (
        "import signal, time\n"
        "heard = []\n"
        "signal.signal(signal.SIGINT, lambda *_: heard.append(1))\n"
        "print('here', flush=True)\n"
        "while not heard: signal.sigtimedwait({signal.SIGUSR2}, 0.05)\n"
        "signal.sigtimedwait({signal.SIGUSR2}, 0.5)\n"
        "print('heard', len(heard), flush=True)"
    )
    told = on_a_terminal(sandboxed, python(count))
    assert "heard 1\r\n" in told.out


def on_a_terminal(sandboxed: Sandboxed, arguments: list[str]) -> Said:
    """The program in a terminal's foreground; Ctrl-C is pressed once it said "here"."""
    # In a session of its own the pseudo-terminal becomes its controlling one.
    keys = (
        "import os, pty, sys\n"
        "pid, mine = pty.fork()\n"
        "if not pid: os.execvp(sys.argv[1], sys.argv[1:])\n"
        "found, pressed = b'', False\n"
        "while True:\n"
        "    try: more = os.read(mine, 65536)\n"
        "    except OSError: break\n"
        "    if not more: break\n"
        "    found += more\n"
        "    if b'here' in found and not pressed: pressed = bool(os.write(mine, b'\\x03'))\n"
        "_, status = os.waitpid(pid, 0)\n"
        "import json; print(json.dumps([os.waitstatus_to_exitcode(status), found.decode()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", keys, *command(arguments)],
        cwd=sandboxed.root,
        env=sandboxed.env(),
        capture_output=True,
        text=True,
        check=True,
        timeout=LONG_S,
    )
    code, out = json.loads(done.stdout)
    return Said(code, out, "")


def test_where_it_is_killed_its_command_and_servers_end(sandboxed: Sandboxed) -> None:
    with begun(sandboxed, SLEEP) as process:
        killed(process)
    assert_nothing_left(sandboxed)


@pytest.mark.parametrize("sign", ["", "data/postmaster.pid", "log"])
def test_where_it_is_killed_while_servers_start_nothing_stays(sandboxed: Sandboxed, sign: str) -> None:
    with sandboxed.start(*python(SLEEP)) as process:
        while not list(sandboxed.servers.glob(f"schemactl-*/{sign}")):
            assert process.poll() is None
            time.sleep(0.0005)
        killed(process)
    assert_nothing_left(sandboxed)


def test_ctrl_c_while_servers_start_ends_all(sandboxed: Sandboxed) -> None:
    with sandboxed.start(*python(SLEEP)) as process:
        while not list(sandboxed.servers.glob("schemactl-*/data/PG_VERSION")):
            assert process.poll() is None
            time.sleep(0.0005)
        process.send_signal(signal.SIGINT)
        assert said(process).code == 130
    assert_nothing_left(sandboxed)


def test_databases_on_a_given_server_are_dropped(sandboxed: Sandboxed) -> None:
    sandboxed.up("users_db")
    admin = json.loads(Path(str(sandboxed.record)).read_text())["servers"][0]["url"]
    sandboxed.environ["SCHEMACTL_TEST_POSTGRES_URL"] = admin
    ask = "import os, psycopg; print(psycopg.connect(os.environ['SCHEMACTL_URL__JOBS__USERS_DB']).info.dbname)"
    told = sandboxed.run(*python(ask))
    assert (told.code, told.out.startswith("schemactl_test_")) == (0, True)
    names = [row[0] for row in sandboxed.ask("users_db", "SELECT datname FROM pg_database ORDER BY 1")]
    assert names == ["postgres", "template0", "template1", "users_db"]


def test_where_it_is_killed_its_databases_on_a_given_server_go(sandboxed: Sandboxed) -> None:
    sandboxed.up("users_db")
    admin = json.loads(Path(str(sandboxed.record)).read_text())["servers"][0]["url"]
    sandboxed.environ["SCHEMACTL_TEST_POSTGRES_URL"] = admin
    with begun(sandboxed, SLEEP) as process:
        assert len(sandboxed.ask("users_db", OURS)) == 2
        killed(process)
    until = time.monotonic() + LONG_S
    while sandboxed.ask("users_db", OURS):
        assert time.monotonic() < until, "the databases stay"
        time.sleep(0.05)


def test_where_it_is_killed_the_processes_below_its_command_end(sandboxed: Sandboxed) -> None:
    # The second of them is no child of anybody's any more: its parent ended before.
    program = (
        "import subprocess, sys\n"
        "sleep = [sys.executable, '-c', 'import signal; signal.pause()']\n"
        "alone = f'import subprocess; print(subprocess.Popen({sleep!r}, start_new_session=True).pid)'\n"
        "print('here')\n"
        "print(subprocess.Popen(sleep).pid, flush=True)\n"
        "subprocess.run([sys.executable, '-c', alone])\n"
        "import signal; signal.pause()"
    )
    with begun(sandboxed, program) as process:
        assert process.stdout is not None
        below = [int(process.stdout.readline()) for _ in range(2)]
        assert all(Path(f"/proc/{pid}").exists() for pid in below)
        killed(process)
    for pid in below:
        wait_ended(pid)
    assert_nothing_left(sandboxed)


def test_one_within_another_ends_with_it_whoever_was_killed(sandboxed: Sandboxed) -> None:
    sleep = [sys.executable, "-c", "import os, signal; print(os.getpid(), flush=True); signal.pause()"]
    inner = command(["sandbox", "run", "--", "sh", "-c", f"{shlex.join(sleep)} & echo here; wait"])
    with sandboxed.start("sandbox", "run", "--", *inner) as process:
        assert process.stdout is not None
        told = {process.stdout.readline(), process.stdout.readline()}
        (below,) = [int(line) for line in told if line != "here\n"]
        killed(process)
    wait_ended(below)
    assert_nothing_left(sandboxed)


def test_what_up_started_within_it_lives_on_where_it_is_killed(sandboxed: Sandboxed) -> None:
    up = shlex.join(command(["sandbox", "up"]))
    with sandboxed.start("sandbox", "run", "--", "sh", "-c", f"{up} >/dev/null; echo here; sleep 600") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        killed(process)
    assert sandboxed.ask("users_db", "SELECT 1") == [(1,)]
    assert sandboxed.run("sandbox", "down").code == 0
    assert_nothing_left(sandboxed)
