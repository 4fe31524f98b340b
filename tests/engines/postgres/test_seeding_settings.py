"""Seeds on databases whose settings are their own: what a seed means and guarantees hangs on none of them."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from schemactl.workflows.seed import SeedsResult
from tests.engines.postgres.seeds import Seeds


def set_database(seeds: Seeds, setting: str) -> None:
    """A setting of the database, for whoever connects from now on."""
    seeds.sql(f"DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database()); END$$")


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_what_was_committed_while_the_lock_was_waited_for_is_found(seeds: Seeds, isolation: str) -> None:
    seeds.sql("CREATE TABLE t (k int, n int)")
    set_database(seeds, f"default_transaction_isolation = ''{isolation}''")
    seeds.write('table = "t"\nkey = "k"\n[[rows]]\nk = 1\nn = 1\n')
    workspace = seeds.workspace()
    plan = workspace.plan_seeds()
    found: list[SeedsResult] = []
    with psycopg.connect(seeds.url) as other:
        other.execute("INSERT INTO t VALUES (1, 2)")
        thread = threading.Thread(target=lambda: found.append(workspace.seed(plan)))
        thread.start()
        until = time.monotonic() + 30
        while not seeds.sql("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass"):
            assert time.monotonic() < until
            time.sleep(0.02)
        other.commit()
    thread.join(60)
    assert found[0].run.error is None
    assert seeds.sql("SELECT * FROM t") == [(1, 1)]


def test_a_value_means_the_same_whatever_the_session_makes_of_dates(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, at timestamptz, written timestamptz, day date, lasts interval)")
    seeds.write(
        'table = "t"\nkey = "k"\n[[rows]]\nk = 1\nat = 2024-01-01T00:00:00\nwritten = "2024-01-01 12:00"\n'
        'day = "01/02/2024"\nlasts = "-1 2:00"\n'
    )
    assert seeds.apply() == (1, 0, 0)
    for setting in ("timezone = ''Europe/Zurich''", "datestyle = ''SQL, DMY''", "intervalstyle = ''sql_standard''"):
        set_database(seeds, setting)
    seeds.settled()
    assert seeds.sql("SELECT at = '2024-01-01 00:00Z', written = '2024-01-01 12:00Z', day = '2024-01-02' FROM t") == [
        (True, True, True)
    ]
