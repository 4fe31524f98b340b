"""The two streams: JSON lines, pipes without control codes, terminals, and readers that went away."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from schemactl.cli.output import Output
from schemactl.events import Warned
from tests.cli.program import PATIENCE_S, Program, command

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
COMMANDS = [
    ("plan",),
    ("migrate",),
    ("status",),
    ("targets",),
    ("engines",),
    ("recover",),
    ("rollback", "--all", "--yes"),
    ("new", "users_db", "more"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_json_is_one_object_a_line_and_the_result_is_last(program: Program, arguments: tuple[str, ...]) -> None:
    said = program.json(*arguments)
    assert said.err == ""
    assert [event["event"] for event in said.events].count("result") == 1
    assert list(said.result) == ["v", "event", "ts", "exit", "error", "data"]
    assert (said.result["v"], said.result["exit"], said.result["error"]) == (1, 0, None)
    assert said.data


def test_events_have_their_class_as_name_and_its_fields_as_keys(program: Program) -> None:
    told = program.json("migrate", "users_db").events[:-1]
    assert [event["event"] for event in told] == [
        "target_started",
        "step_started",
        "step_finished",
        "step_started",
        "step_finished",
        "target_finished",
    ]
    assert list(told[2]) == ["v", "event", "ts", "platform", "target", "version", "name", "direction", "duration_ms"]
    assert {(event["v"], event["platform"], event["target"]) for event in told} == {(1, "jobs", "jobs/users_db")}
    for event in told:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["ts"]), event["ts"]
        datetime.fromisoformat(event["ts"])


def test_the_platform_is_known_where_an_event_has_no_target(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True, platform="jobs").event(Warned(None, "w"))
    event = json.loads(capsys.readouterr().out)
    assert (event["platform"], event["target"], event["what"]) == ("jobs", None, "w")


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_pipe_gets_no_control_codes(program: Program, arguments: tuple[str, ...]) -> None:
    said = program.run(*arguments, env={"TERM": "xterm-256color"})
    assert said.code == 0
    assert CONTROL.findall(said.out + said.err) == []


def test_an_error_in_a_pipe_has_no_control_codes(program: Program) -> None:
    said = program.run("migrate", "nobody", env={"TERM": "xterm-256color"})
    assert said.err.startswith("error: ")
    assert CONTROL.findall(said.err) == []


def test_a_terminal_gets_colours(program: Program) -> None:
    assert "\x1b[33m2 pending\x1b[0m" in program.on_terminal("status").out


@pytest.mark.parametrize("arguments", [("status",), ("plan",), ("migrate", "nobody")])
def test_no_color_takes_every_colour_away(program: Program, arguments: tuple[str, ...]) -> None:
    said = program.on_terminal(*arguments, env={"NO_COLOR": "1"})
    assert CONTROL.findall(said.out) == []


def test_no_color_leaves_the_bars_without_colours(program: Program) -> None:
    said = program.on_terminal("migrate", env={"NO_COLOR": "1"})
    assert said.code == 0
    assert re.findall(r"\x1b\[[0-9;]*3[0-9]m", said.out) == []


def test_a_dumb_terminal_gets_plain_lines(program: Program) -> None:
    said = program.on_terminal("migrate", env={"TERM": "dumb"})
    assert said.code == 0
    assert CONTROL.findall(said.out) == []
    assert "jobs/users_db" in said.out


@pytest.mark.parametrize("command", ["plan", "status", "targets"])
def test_nothing_that_can_be_shortened_is_wider_than_a_narrow_terminal(program: Program, command: str) -> None:
    program.lives_at("events_db", "postgresql://app@127.0.0.1:1/events")
    said = program.run(command, env={"COLUMNS": "60"})
    # A URL is not cut: it stays whole for whoever copies it.
    long = [line for line in said.out.splitlines() if len(line) > 60 and "://" not in line]
    assert long == []
    assert "jobs/users_db" in said.out


def test_a_reader_that_goes_away_does_not_stop_a_migration(program: Program) -> None:
    process = program.start("migrate")
    assert process.stdout and process.stderr
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(PATIENCE_S), err) == (0, "")
    process.stderr.close()
    assert program.tables("users_db") == ["profiles", "users"]


def test_output_that_cannot_be_written_is_told_and_the_work_is_done(program: Program) -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            command(["migrate"]), cwd=program.root, env=program.env(), stdout=full, stderr=subprocess.PIPE, text=True
        )
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, program.tables("users_db")) == (1, ["profiles", "users"])
    assert err == "error: the output could not be written: No space left on device\n"


def test_a_locale_without_these_characters_loses_no_line(program: Program) -> None:
    said = program.run("status", env={"PYTHONIOENCODING": "ascii"})
    assert said.code == 0
    assert "\\u2013" in said.out


def test_a_bug_keeps_its_traceback_and_ends_with_1(bare: Program) -> None:
    broken = (
        "import sys; from schemactl.cli.app import app; from schemactl.cli.main import main\n"
        "@app.command()\n"
        "def broken():\n"
        "    raise KeyError('postgresql://app:hush-hush@db/users')\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    python = command(())[0]
    for mode in ([], ["--json"]):
        finished = subprocess.run(
            [python, "-c", broken, *mode, "broken"], cwd=bare.root, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 1
        assert "Traceback (most recent call last)" in finished.stderr
        assert "KeyError" in finished.stderr
        assert "hush-hush" not in finished.stdout + finished.stderr
    result = json.loads(finished.stdout)
    assert (result["exit"], result["error"]["kind"]) == (1, "bug")


def test_a_program_that_is_left_from_within_still_ends_with_a_result(bare: Program) -> None:
    leaving = (
        "import sys; from schemactl.cli.app import app; from schemactl.cli.main import main\n"
        "@app.command()\n"
        "def leaving():\n"
        "    sys.exit(0)\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    line = [command(())[0], "-c", leaving, "--json", "leaving"]
    finished = subprocess.run(line, cwd=bare.root, capture_output=True, text=True, check=False)
    result = json.loads(finished.stdout)
    assert (finished.returncode, result["exit"], result["error"]["kind"]) == (1, 1, "bug")
    assert "SystemExit" in finished.stderr


def test_what_a_script_prints_is_an_event(program: Program) -> None:
    program.write("migrations/jobs/users_db/0003_loud.py", "def up(ctx):\n    print('half', 'way')\n")
    said = program.json("migrate", "users_db")
    assert [event["what"] for event in said.events if event["event"] == "noted"] == ["half way"]


def test_a_script_that_leaves_ends_with_a_result(program: Program) -> None:
    program.write("migrations/jobs/users_db/0003_gone.py", "import sys\n\n\ndef up(ctx):\n    sys.exit(0)\n")
    result = program.json("migrate", "users_db").result
    assert (result["exit"], result["error"]["kind"]) == (14, "script")
    assert result["error"]["at"] == "migrations/jobs/users_db/0003_gone.py:5"


def test_the_shell_is_answered_when_it_asks_for_completions(bare: Program) -> None:
    asking = {"_SCHEMACTL_COMPLETE": "complete_bash", "COMP_WORDS": "schemactl mig", "COMP_CWORD": "1"}
    said = bare.run(env=asking)
    assert (said.code, said.err) == (0, "")
    assert "migrate" in said.out.split()


def asked_twice(program: Program, *arguments: str) -> subprocess.Popen[str]:
    """A run that was sent a signal, said so, and was sent another."""
    # Nothing can be cancelled while a script sleeps in Python itself: only the second signal ends it.
    program.write(
        "migrations/jobs/users_db/0003_deaf.py",
        "import time\n\n\ndef up(ctx):\n    print('at work', flush=True)\n    time.sleep(300)\n",
    )
    process = program.start(*arguments)
    assert process.stdout and process.stderr
    while "at work" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert "once more ends at once" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    return process


def test_a_second_signal_ends_at_once(program: Program) -> None:
    with asked_twice(program, "migrate", "users_db") as process:
        assert process.wait(PATIENCE_S) == 130


def test_a_second_signal_leaves_json_lines_without_a_result(program: Program) -> None:
    process = asked_twice(program, "--json", "migrate", "users_db")
    rest, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "result" not in [json.loads(line)["event"] for line in rest.splitlines()]
