"""`seed` as a user has it: what it would do, what it did, what it refuses, and what of it a program reads."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import Program, interrupted, wait_until

USERS = """\
table = "users"
key = "id"
[[rows]]
id = 1
email = "a@example.org"
[[rows]]
id = 2
email = "b@example.org"
"""


@pytest.fixture
def seeded(program: Program) -> Program:
    """The platform migrated, and a seed of users; one of them is there already."""
    program.write("seeds/jobs/users_db/01_users.toml", USERS)
    assert program.run("migrate").code == 0
    return program


def test_a_dry_run_shows_what_would_change_and_changes_nothing(seeded: Program) -> None:
    seeded.sql("users_db", "UPDATE users SET email = 'old@example.org'")
    said = seeded.run("seed", "users_db", "--dry-run")
    assert said.code == 0
    title, row, _, *rest = said.out.splitlines()
    assert title.split() == ["target", "seed", "added", "changed", "same", "state"]
    assert row.split() == ["jobs/users_db", "01_users", "1", "1", "0", "to", "apply"]
    assert rest == [
        "jobs/users_db  01_users",
        "  id = 1  seeds/jobs/users_db/01_users.toml:3",
        "    email: old@example.org → a@example.org",
    ]
    assert seeded.sql("users_db", "SELECT email FROM users") == [("old@example.org",)]
    assert seeded.sql("users_db", "SELECT to_regclass('schemactl.schema_seeds')") == [(None,)]


def test_a_seed_is_applied_once_and_then_up_to_date(seeded: Program) -> None:
    first = seeded.run("seed")
    assert (first.code, "01_users  1 added, 0 changed, 1 same in" in first.out) == (0, True)
    assert seeded.sql("users_db", "SELECT * FROM users ORDER BY id") == [(1, "a@example.org"), (2, "b@example.org")]
    before = seeded.sql("users_db", "SELECT applied_at FROM schemactl.schema_seeds")
    again = seeded.run("seed")
    assert (again.code, again.out) == (0, "up to date: jobs/users_db, jobs/events_db\n")
    assert seeded.sql("users_db", "SELECT applied_at FROM schemactl.schema_seeds") == before


def test_check_answers_three_while_something_would_change(seeded: Program) -> None:
    assert seeded.run("seed", "--check").code == 3
    assert seeded.sql("users_db", "SELECT count(*) FROM users") == [(1,)]
    seeded.run("seed")
    assert seeded.run("seed", "--check").code == 0


def test_a_program_reads_the_rows_that_differ_and_what_was_done(seeded: Program) -> None:
    seeded.sql("users_db", "UPDATE users SET email = 'old@example.org'")
    (target,) = seeded.json("seed", "users_db", "--dry-run").data["targets"]
    (seed,) = target["seeds"]
    assert (seed["version"], seed["added"], seed["changed"], seed["due"]) == ("01", 1, 1, True)
    (difference,) = seed["differences"]
    assert difference["fields"] == [{"name": "email", "now": "old@example.org", "wanted": "a@example.org"}]
    said = seeded.json("seed", "users_db")
    told = [event["event"] for event in said.events]
    assert told[:2] == ["target_started", "step_started"]
    assert told[-4:] == ["seed_written", "step_finished", "target_finished", "result"]
    written = next(event for event in said.events if event["event"] == "seed_written")
    assert (written["added"], written["changed"], written["same"]) == (1, 1, 0)
    (target,) = said.data["targets"]
    assert (target["outcome"], target["seeds"][0]["added"]) == ("done", 1)


def test_the_environment_decides_which_seeds_are_meant(seeded: Program) -> None:
    seeded.write("schemactl.toml", "[environments.dev]\n[environments.prod]\nprotected = true\n")
    seeded.write(
        "seeds/jobs/users_db/02_demo.sql", "-- schemactl: environments=dev, ci\nDELETE FROM users WHERE id = 2;\n"
    )
    assert "02_demo" in seeded.run("seed", "--dry-run").out
    assert "for dev, ci alone" in seeded.run("seed", "--dry-run").out
    refused = seeded.run("-e", "prod", "seed")
    assert (refused.code, "prod is protected" in refused.err) == (17, True)
    assert seeded.run("-e", "prod", "seed", "--yes").code == 0
    assert seeded.sql("users_db", "SELECT version, environment FROM schemactl.schema_seeds") == [("01", "prod")]
    seeded.write("schemactl.toml", 'default_environment = "dev"\n[environments.dev]\n')
    assert "for dev, ci alone" in seeded.run("seed", "--dry-run").out, "the address is a variable's"
    assert "02_demo  applied in" in seeded.run("-e", "dev", "seed").out
    assert seeded.sql("users_db", "SELECT id FROM users") == [(1,)]


def test_a_script_runs_once_a_text_and_again_when_asked(seeded: Program) -> None:
    script = "INSERT INTO users (id) SELECT coalesce(max(id), 0) + 1 FROM users;\n"
    seeded.write("seeds/jobs/users_db/02_more.sql", script)
    for arguments, rows in (((), 3), ((), 3), (("--again",), 4)):
        assert seeded.run("seed", *arguments).code == 0
        assert seeded.sql("users_db", "SELECT count(*) FROM users") == [(rows,)]
    seeded.root.joinpath("seeds/jobs/users_db/02_more.sql").rename(seeded.root / "seeds/jobs/users_db/02_some.sql")
    assert seeded.run("seed", "--check").code == 0, "another name is no other text"
    seeded.write("seeds/jobs/users_db/02_some.sql", f"-- another text\n{script}")
    assert "changed, to run" in seeded.run("seed", "--dry-run").out
    assert seeded.run("seed").code == 0
    assert seeded.sql("users_db", "SELECT count(*) FROM users") == [(5,)]


def test_a_script_runs_again_when_a_migration_was_rolled_back_that_was_there_before(seeded: Program) -> None:
    script = "INSERT INTO users (id) SELECT coalesce(max(id), 0) + 1 FROM users;\n"
    seeded.write("seeds/jobs/users_db/02_more.sql", script)
    assert seeded.run("seed").code == 0
    assert seeded.run("rollback", "--all", "--to", "0", "--yes").code == 0
    assert seeded.run("migrate").code == 0
    said = seeded.run("seed", "--dry-run").out
    assert "02_more" in said and "to run again" in said
    assert seeded.run("seed").code == 0
    assert seeded.sql("users_db", "SELECT count(*) FROM users") == [(3,)]
    assert "up to date" in seeded.run("seed").out


def test_a_python_seed_writes_in_its_own_transaction_and_tells(seeded: Program) -> None:
    adds = "ctx.connection.execute('INSERT INTO users (id) VALUES (%s)', (7,))"
    text = f"def seed(ctx):\n    print('adds one')\n    {adds}\n"
    seeded.write("seeds/jobs/users_db/02_python.py", text)
    said = seeded.run("seed")
    assert (said.code, "adds one" in said.out) == (0, True)
    seeded.write("seeds/jobs/users_db/02_python.py", text.replace("7", "8") + "    raise ValueError('no more')\n")
    said = seeded.json("seed")
    error = said.result["error"]
    assert (said.code, error["at"]) == (14, "seeds/jobs/users_db/02_python.py:4")
    assert "no more" in error["what"]
    assert seeded.sql("users_db", "SELECT id FROM users ORDER BY id") == [(1,), (2,), (7,)]


def test_one_that_fails_stops_its_own_target_and_keeps_what_came_before(seeded: Program) -> None:
    seeded.write("seeds/jobs/users_db/02_broken.sql", "UPDATE users SET email = 'x';\nSELECT nothing;\n")
    seeded.write("seeds/jobs/users_db/03_later.sql", "DELETE FROM users;\n")
    seeded.write("seeds/jobs/events_db/01_events.toml", 'table = "events"\nkey = "user_id"\n[[rows]]\nuser_id = 1\n')
    said = seeded.json("seed")
    error = said.result["error"]
    assert (said.code, error["at"], error["kind"]) == (14, "seeds/jobs/users_db/02_broken.sql:2", "missing_object")
    assert error["now"].endswith("done by this run: 01_users")
    assert [one["outcome"] for one in said.data["targets"]] == ["failed", "done"]
    assert seeded.sql("users_db", "SELECT email FROM users ORDER BY id") == [("a@example.org",), ("b@example.org",)]
    assert seeded.sql("users_db", "SELECT version FROM schemactl.schema_seeds") == [("01",)]
    assert seeded.sql("events_db", "SELECT * FROM events") == [(1,)]


def test_what_no_transaction_holds_is_no_seed(seeded: Program) -> None:
    seeded.write("seeds/jobs/users_db/02_index.sql", "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON users (email);\n")
    said = seeded.json("seed")
    error = said.result["error"]
    assert (said.code, error["at"]) == (10, "seeds/jobs/users_db/02_index.sql:2")
    assert "put that statement into a migration" in error["do"]


def test_pending_migrations_are_warned_of_and_a_table_that_they_make_is_told(program: Program) -> None:
    program.write("seeds/jobs/users_db/01_users.toml", USERS)
    said = program.run("seed", "users_db")
    assert said.code == 14
    assert "there is no table public.users" in said.err
    assert "or run `schemactl migrate` first" in said.err
    program.run("migrate")
    program.migration("users_db", "0003_more.sql", "CREATE TABLE more ();")
    said = program.run("seed", "users_db")
    assert (said.code, "1 migration is pending" in said.err) == (0, True)


def test_a_ledger_of_another_target_is_refused(seeded: Program) -> None:
    seeded.sql("users_db", "UPDATE schemactl.schema_format SET service_name = 'other'")
    said = seeded.json("seed", "users_db")
    assert (said.code, said.result["error"]["kind"]) == (13, "foreign")
    assert seeded.sql("users_db", "SELECT count(*) FROM users") == [(1,)]


def test_a_migration_that_was_left_unfinished_is_refused(seeded: Program) -> None:
    seeded.sql("users_db", "UPDATE schemactl.schema_versions SET state = 'applying' WHERE version = '0002'")
    said = seeded.json("seed", "users_db")
    assert (said.code, said.result["error"]["kind"]) == (13, "unfinished")


def test_a_run_beside_waits_for_the_lock_or_says_who_holds_it(seeded: Program) -> None:
    seeded.write("seeds/jobs/users_db/02_slow.sql", "SELECT pg_sleep(60);\n")
    first = seeded.start("seed", "users_db")
    wait_until(seeded, "users_db", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    try:
        said = seeded.json("seed", "users_db")
        assert (said.code, "schemactl seed" in said.result["error"]["what"]) == (12, True)
    finally:
        stopped = interrupted(first, signal.SIGINT)
    assert stopped.code == 130
    assert "stopped in 02_slow" in stopped.err
    assert seeded.sql("users_db", "SELECT version FROM schemactl.schema_seeds") == [("01",)]


def test_a_value_of_a_variable_is_shown_nowhere(seeded: Program) -> None:
    seeded.write(
        "seeds/jobs/users_db/01_users.toml",
        'table = "users"\nkey = "id"\n[[rows]]\nid = 1\nemail = "${MAIL}"\n[[rows]]\nid = "${MAIL}"\n',
    )
    env = {"MAIL": "hush@example.org"}
    broken = seeded.run("seed", env=env)
    assert (broken.code, "hush" in broken.out + broken.err) == (10, False)
    assert "01_users.toml:6" in broken.err
    seeded.write("seeds/jobs/users_db/01_users.toml", USERS.replace("a@example.org", "${MAIL}"))
    shown = seeded.run("seed", "--dry-run", env=env)
    assert "email: *** → ${MAIL}" in shown.out
    told = seeded.run("--json", "seed", env=env)
    assert (told.code, "hush" in told.out + told.err + shown.out) == (0, False)
    assert seeded.sql("users_db", "SELECT email FROM users WHERE id = 1") == [("hush@example.org",)]
    recorded = seeded.sql("users_db", "SELECT checksum FROM schemactl.schema_seeds")
    assert seeded.run("seed", env={"MAIL": "other@example.org"}).code == 0
    assert seeded.sql("users_db", "SELECT email FROM users WHERE id = 1") == [("other@example.org",)]
    assert seeded.sql("users_db", "SELECT checksum FROM schemactl.schema_seeds") == recorded
    unset = seeded.json("seed", "--dry-run")
    assert (unset.code, unset.result["error"]["at"]) == (10, "seeds/jobs/users_db/01_users.toml:5")


def test_on_a_terminal_there_is_a_bar_and_then_the_table(seeded: Program) -> None:
    many(seeded, 30_000)
    said = seeded.on_terminal("seed", "users_db")
    assert said.code == 0
    assert "02_many" in said.out and "/s" in said.out and "of 30000 rows" not in said.out
    assert seeded.sql("users_db", "SELECT count(*) FROM users") == [(30_000,)]
    seeded.sql("users_db", "DELETE FROM users")
    assert 0 < seeded.run("seed", "users_db").out.count("of 30000 rows") < 10


def many(program: Program, rows: int) -> None:
    """A seed of so many rows from a CSV file."""
    lines = "".join(f"{number},u{number}@example.org\n" for number in range(rows))
    program.write("seeds/jobs/users_db/many.csv", f"id,email\n{lines}")
    program.write("seeds/jobs/users_db/02_many.toml", 'table = "users"\nkey = "id"\ncsv = "many.csv"\n')


# The program, which says at its end how much memory it had at most.
MEASURED = """
import atexit, sys
atexit.register(lambda: sys.stderr.write(open("/proc/self/status").read()))
from schemactl.__main__ import main
sys.exit(main())
"""


def test_a_hundred_thousand_rows_are_counted_on_the_way_and_take_little_memory(seeded: Program) -> None:
    many(seeded, 100_000)
    measured = [sys.executable, "-c", MEASURED, "--json", "seed", "users_db"]
    done = subprocess.run(
        measured, cwd=seeded.root, env=seeded.env(), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told = [one for one in map(json.loads, done.stdout.splitlines()) if one["event"] == "step_progress"]
    counts = [one["done"] for one in told if one["version"] == "02"]
    assert counts == sorted(counts) and len(counts) > 5
    assert (counts[-1], told[-1]["total"], told[-1]["unit"]) == (100_000, 100_000, "rows")
    assert seeded.sql("users_db", "SELECT count(*) FROM users") == [(100_000,)]
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert int(peak) < 200_000


def test_a_run_that_is_killed_leaves_whole_seeds_alone(seeded: Program) -> None:
    seeded.write("seeds/jobs/users_db/02_slow.sql", "INSERT INTO users VALUES (9);\nSELECT pg_sleep(60);\n")
    process = seeded.start("seed", "users_db")
    wait_until(seeded, "users_db", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    wait_until(
        seeded,
        "users_db",
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE 'schemactl%'"
        " UNION ALL SELECT true",
    )
    assert seeded.sql("users_db", "SELECT id FROM users ORDER BY id") == [(1,), (2,)]
    assert seeded.sql("users_db", "SELECT version FROM schemactl.schema_seeds") == [("01",)]
    (Path(seeded.root) / "seeds/jobs/users_db/02_slow.sql").write_text("INSERT INTO users VALUES (9);\n")
    assert seeded.run("seed", "users_db").code == 0
    assert seeded.sql("users_db", "SELECT id FROM users ORDER BY id") == [(1,), (2,), (9,)]
