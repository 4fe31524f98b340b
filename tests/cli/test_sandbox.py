"""`sandbox up`, `status`, `down`: servers that live on beside the commands, found by them, gone when they should."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

import schemactl
from schemactl.sandbox.keepers import Keepers
from schemactl.sandbox.kinds import kind_of
from schemactl.sandbox.record import file_name
from tests.cli.conftest import PLATFORM
from tests.cli.sandboxed import LONG_S, NAMES, Sandboxed, wait_ended
from tests.fixtures.absence import not_run


def test_each_target_gets_an_empty_database_that_commands_find(sandboxed: Sandboxed) -> None:
    assert sandboxed.up()["added"] == ["jobs/users_db", "jobs/events_db"]
    assert sandboxed.run("migrate").code == 0
    assert sandboxed.ask("users_db", "SELECT count(*) FROM users") == [(0,)]
    assert sandboxed.ask("events_db", "SELECT current_database()") == [("events_db",)]
    sources = [target["source"] for target in sandboxed.json("targets").data["targets"]]
    assert sources == ["sandbox", "sandbox"]


def test_a_library_user_finds_it_too(sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    sandboxed.up()
    for name, value in sandboxed.environ.items():
        monkeypatch.setenv(name, value)
    workspace = schemactl.open(sandboxed.root)
    assert [workspace.address(target).source for target in workspace.targets()] == ["sandbox", "sandbox"]


def test_a_module_of_the_users_is_not_taken_for_pythons_own(sandboxed: Sandboxed) -> None:
    sandboxed.write("secrets.py", "raise RuntimeError('the project')")
    said = subprocess.run(
        [sys.executable, "-P", "-m", "schemactl", "sandbox", "up", "users_db"],
        cwd=sandboxed.root,
        env=sandboxed.env(),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )
    (sandboxed.root / "secrets.py").unlink()
    assert (said.returncode, said.stderr) == (0, "")


def test_what_a_keeper_says_that_cannot_begin_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets.py").write_text("raise RuntimeError('no entropy today')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Keepers() as started:
        (one,) = started.start(["postgres"], at_once=1)
    assert one.error is not None and "no entropy today" in one.error.what


def test_a_second_up_changes_nothing(sandboxed: Sandboxed) -> None:
    first, second = sandboxed.up(), sandboxed.up()
    assert second["added"] == []
    assert [one["pid"] for one in second["servers"]] == [one["pid"] for one in first["servers"]]


def test_what_lacks_is_added_to_the_server_that_runs(sandboxed: Sandboxed) -> None:
    first, second = sandboxed.up("users_db"), sandboxed.up()
    assert (first["added"], second["added"]) == (["jobs/users_db"], ["jobs/events_db"])
    assert [one["pid"] for one in second["servers"]] == [one["pid"] for one in first["servers"]]
    assert sandboxed.ask("events_db", "SELECT 1") == [(1,)]


def test_two_at_once_bring_up_one_server(sandboxed: Sandboxed) -> None:
    both = [sandboxed.start("--json", "sandbox", "up") for _ in range(2)]
    ends = [process.communicate(timeout=LONG_S)[0] for process in both]
    added = [json.loads(out.splitlines()[-1])["data"]["added"] for out in ends]
    assert sorted(map(len, added)) == [0, 2]
    assert len(sandboxed.standing()) == 1


def test_targets_of_one_name_on_two_platforms_have_a_database_each(sandboxed: Sandboxed) -> None:
    sandboxed.write("schemas/shop/platform.toml", 'name = "shop"\n[targets.users_db]\nengine = "postgres"\n')
    for platform in ("jobs", "shop"):
        assert sandboxed.run("-p", platform, "sandbox", "up").code == 0
    (server,) = sandboxed.standing()
    urls = {target["target"]: target["url"] for target in server["targets"]}
    assert [url.rpartition("/")[2] for url in urls.values()] == ["users_db", "events_db", "shop_users_db"]


def test_a_database_of_a_name_that_needs_quotes_is_made(sandboxed: Sandboxed) -> None:
    sandboxed.write(
        "schemas/jobs/platform.toml",
        'name = "jobs"\n[targets.users_db]\nengine = "postgres"\ndatabase = "Our users/\\"1\\""\n',
    )
    sandboxed.write("migrations/jobs/events_db/.gitkeep", "").unlink()
    (sandboxed.root / "migrations/jobs/events_db").rmdir()
    sandboxed.up()
    assert sandboxed.ask("users_db", "SELECT current_database()") == [('Our users/"1"',)]


def test_a_database_that_a_killed_up_did_not_write_down_is_made_anew(sandboxed: Sandboxed) -> None:
    sandboxed.up("users_db")
    with psycopg.connect(sandboxed.urls()["users_db"], autocommit=True) as connection:
        connection.execute("CREATE DATABASE events_db")
    assert sandboxed.up()["added"] == ["jobs/events_db"]


def test_a_url_of_another_source_comes_first_and_is_told(sandboxed: Sandboxed) -> None:
    sandboxed.lives_at("users_db", "postgresql://app@127.0.0.1:1/users")
    said = sandboxed.run("sandbox", "up")
    assert "jobs/users_db: SCHEMACTL_URL__JOBS__USERS_DB comes before the sandbox" in said.err
    sources = [target["source"] for target in sandboxed.json("targets").data["targets"]]
    assert sources == ["SCHEMACTL_URL__JOBS__USERS_DB", "sandbox"]


def test_the_environment_sandbox_goes_there_past_the_default_one(sandboxed: Sandboxed) -> None:
    urls = '[environments.dev.urls]\n"jobs/users_db" = "postgresql://app@127.0.0.1:1/users"\n'
    sandboxed.write("schemactl.toml", f'default_environment = "dev"\n{urls}')
    assert "schemactl.toml:3 (dev) comes before the sandbox" in sandboxed.run("sandbox", "up").err
    assert sandboxed.run("-e", "sandbox", "migrate").code == 0
    assert sandboxed.ask("users_db", "SELECT count(*) FROM users") == [(0,)]


def test_a_protected_environment_is_not_answered_by_it(sandboxed: Sandboxed) -> None:
    sandboxed.write("schemactl.toml", "[environments.prod]\nprotected = true\n")
    sandboxed.up()
    assert sandboxed.json("-e", "prod", "status").result["error"]["kind"] == "no_url"


def test_status_tells_what_runs(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    (server,) = sandboxed.standing()
    assert (server["engine"], Path(f"/proc/{server['pid']}").exists()) == ("postgres", True)
    text = sandboxed.run("sandbox", "status").out
    for part in (f"PostgreSQL {server['version']}", str(server["port"]), str(server["pid"]), server["where"], *NAMES):
        assert part in text


def test_no_output_shows_a_password(sandboxed: Sandboxed) -> None:
    sandboxed.run("sandbox", "up")
    secret = sandboxed.urls()["users_db"].split(":")[2].split("@")[0]
    assert len(secret) > 20
    for command in (
        ["sandbox", "up"],
        ["sandbox", "status"],
        ["sandbox", "status", "--urls", str(sandboxed.servers / "urls")],
        ["targets"],
        ["migrate"],
        ["status"],
        ["sandbox", "down"],
    ):
        for said in (sandboxed.run(*command), sandboxed.json(*command)):
            assert (said.code, secret in said.out + said.err) == (0, False)


def test_what_is_written_for_other_programs_is_what_a_shell_reads_and_its_owners_alone(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    file = sandboxed.root / "sandbox.env"
    said = sandboxed.run("sandbox", "status", "--urls", str(file))
    names = [f"SCHEMACTL_URL__JOBS__{name.upper()}" for name in NAMES]
    assert [line.partition("=")[0] for line in file.read_text().splitlines()] == names
    assert (said.code, file.stat().st_mode & 0o777, all(name in said.out for name in names)) == (0, 0o600, True)
    shell = subprocess.run(["sh", "-c", f". {file}; echo ${names[0]}"], capture_output=True, text=True, check=True)
    assert shell.stdout.strip() == sandboxed.urls()["users_db"]


def test_a_file_that_cannot_be_written_is_refused(sandboxed: Sandboxed) -> None:
    sandboxed.up("users_db")
    said = sandboxed.json("sandbox", "status", "--urls", str(sandboxed.root / "nowhere" / "urls"))
    assert (said.code, said.result["error"]["kind"]) == (10, "unwritable")


def test_where_nothing_runs_the_file_for_other_programs_is_left_as_it_is(sandboxed: Sandboxed) -> None:
    file = sandboxed.write("sandbox.env", "SCHEMACTL_URL__JOBS__USERS_DB='before'\n")
    told = sandboxed.run("sandbox", "status", "--urls", str(file))
    assert (told.code, file.read_text()) == (0, "SCHEMACTL_URL__JOBS__USERS_DB='before'\n")
    assert f"nothing runs, and {file} is left as it is" in told.out
    assert sandboxed.run("sandbox", "status", "--urls", str(sandboxed.root / "new")).code == 0
    assert not (sandboxed.root / "new").exists()


def test_only_a_file_that_holds_nothing_else_is_replaced(sandboxed: Sandboxed) -> None:
    sandboxed.up("users_db")
    theirs = sandboxed.write("theirs.env", "SCHEMACTL_URL__JOBS__USERS_DB='before'\nAPI_KEY='mine'\n")
    link, queue = sandboxed.root / "link.env", sandboxed.root / "queue"
    link.symlink_to(sandboxed.write("empty.env", ""))
    os.mkfifo(queue)
    for file in (theirs, link, queue):
        before = file.lstat()
        refused = sandboxed.json("sandbox", "status", "--urls", str(file))
        assert (refused.code, refused.result["error"]["kind"]) == (10, "unwritable")
        assert (file.lstat().st_ino, file.lstat().st_size) == (before.st_ino, before.st_size)
    for text in ("", "SCHEMACTL_URL__JOBS__GONE_DB='before'\n"):
        ours = sandboxed.write("ours.env", text)
        assert sandboxed.run("sandbox", "status", "--urls", str(ours)).code == 0
        assert ours.read_text().startswith("SCHEMACTL_URL__JOBS__USERS_DB=postgresql://")


def test_down_leaves_no_process_no_folder_and_no_record(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    assert sandboxed.processes()
    said = sandboxed.run("sandbox", "down")
    assert (said.code, sandboxed.processes(), sandboxed.folders(), sandboxed.files()) == (0, [], [], [])
    assert "jobs/users_db, jobs/events_db" in said.out


def test_down_where_nothing_runs_says_so(sandboxed: Sandboxed) -> None:
    said = sandboxed.run("sandbox", "down")
    assert (said.code, said.out, sandboxed.files()) == (0, "nothing runs\n", [])


def test_after_down_a_target_lives_nowhere_and_up_is_named_as_a_way(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    sandboxed.run("sandbox", "down")
    error = sandboxed.json("status").result["error"]
    assert (error["kind"], "schemactl sandbox up" in error["do"]) == ("no_url", True)


def test_the_record_is_its_owners_alone(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    assert sandboxed.record is not None
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (sandboxed.record, sandboxed.record.parent)]
    assert modes == [0o600, 0o700]


def test_a_record_that_others_could_have_written_is_not_believed(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    folder = sandboxed.state / "schemactl"
    folder.chmod(0o777)
    assert [target["source"] for target in sandboxed.json("targets").data["targets"]] == [None, None]
    folder.chmod(0o700)


def test_a_record_of_another_boot_is_nothing_and_its_keeper_ends(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    body = sandboxed.written()
    keeper = body["servers"][0]["keeper"]["pid"]
    assert sandboxed.record is not None
    sandboxed.record.write_text(json.dumps(body | {"boot": "another"}))
    assert sandboxed.standing() == []
    wait_ended(keeper)


def test_a_process_of_the_same_id_is_not_taken_for_the_keeper(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    body = sandboxed.written()
    body["servers"][0]["keeper"]["started"] -= 1
    assert sandboxed.record is not None
    sandboxed.record.write_text(json.dumps(body))
    assert sandboxed.standing() == []
    assert [target["source"] for target in sandboxed.json("targets").data["targets"]] == [None, None]
    wait_ended(body["servers"][0]["keeper"]["pid"])


def test_a_record_that_was_removed_by_hand_takes_the_servers_along(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    assert sandboxed.record is not None
    sandboxed.record.unlink()
    sandboxed.wait_for_end()
    assert sandboxed.folders() == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "boot": "", "servers": 3}'])
def test_a_record_that_is_none_is_nothing(sandboxed: Sandboxed, text: str) -> None:
    folder = sandboxed.state / "schemactl"
    folder.mkdir(mode=0o700, parents=True)
    (folder / file_name(sandboxed.root)).write_text(text)
    assert sandboxed.standing() == []
    assert sandboxed.json("status").result["error"]["kind"] == "no_url"


def test_a_target_that_changed_its_engine_gets_another_place(sandboxed: Sandboxed) -> None:
    sandboxed.up("users_db")
    sandboxed.write("schemas/jobs/platform.toml", PLATFORM.replace("postgres", "clickhouse", 1))
    sources = [target["source"] for target in sandboxed.json("targets").data["targets"]]
    assert sources == [None, None]
    for missing in kind_of("clickhouse").absent():
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    assert sandboxed.up()["added"] == ["jobs/users_db", "jobs/events_db"]
    assert sandboxed.urls()["users_db"].startswith("clickhouse://")
    sandboxed.write("schemas/jobs/platform.toml", PLATFORM)
    assert sandboxed.urls()["users_db"].startswith("postgresql://")
    told = sandboxed.run("sandbox", "up").out
    assert "PostgreSQL" in told and "ClickHouse" not in told


def test_a_record_of_a_newer_format_is_refused(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    body = sandboxed.written()
    assert sandboxed.record is not None
    sandboxed.record.write_text(json.dumps(body | {"format": 2}))
    error = sandboxed.json("sandbox", "status").result["error"]
    sandboxed.record.write_text(json.dumps(body))
    assert error["kind"] == "newer_sandbox"


def test_a_server_that_died_is_brought_up_anew(sandboxed: Sandboxed) -> None:
    sandboxed.up()
    (server,) = sandboxed.standing()
    os.kill(server["pid"], 9)
    wait_ended(server["keeper"])
    assert sandboxed.up()["added"] == ["jobs/users_db", "jobs/events_db"]
    assert sandboxed.ask("users_db", "SELECT 1") == [(1,)]


def test_without_a_command_it_says_which_there_are(sandboxed: Sandboxed) -> None:
    said = sandboxed.run("sandbox")
    assert (said.code, "up, down, status or run" in said.err) == (2, True)


def test_a_server_that_does_not_answer_is_an_error_and_leaves_nothing(sandboxed: Sandboxed) -> None:
    sandboxed.environ["SCHEMACTL_TEST_POSTGRES_URL"] = "postgresql://u:hush-hush@127.0.0.1:1/postgres"
    said = sandboxed.json("sandbox", "up")
    error = said.result["error"]
    assert (said.code, "does not answer" in error["what"], "hush-hush" in said.out + said.err) == (11, True, False)
    sandboxed.wait_for_end()
    assert sandboxed.files() == []
