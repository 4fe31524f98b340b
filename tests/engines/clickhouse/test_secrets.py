"""A password in a statement that a killed run left: `recover` tells of the statement, and not of the password."""

from __future__ import annotations

import pytest

from schemactl.engines.clickhouse.distributed import Task
from schemactl.events import Waiting
from tests.engines.clickhouse.scene import Shop
from tests.engines.clickhouse.test_running import TABLE, running, until
from tests.tools.turnproxy import Halt

SECRET = "geheim77"


def test_the_statement_that_recover_hands_to_a_person_is_without_its_password(shop: Shop) -> None:
    shop.write("1_user.sql", f"CREATE USER u IDENTIFIED BY '{SECRET}';")
    with shop.proxy() as proxy:
        halt = proxy.arm(Halt(match="CREATE USER", point="sent"))
        child = shop.program("migrate", url=shop.through(proxy))
        halt.wait()
        child.kill()
        child.communicate()
    recovery = shop.program("recover", "--wait", "30s")
    said, _ = recovery.communicate(timeout=60)
    assert recovery.returncode != 0 and "IDENTIFIED BY '***'" in said, said
    assert SECRET not in said


@pytest.mark.soak
def test_the_statement_of_a_dead_runner_that_is_waited_for_is_without_its_password(shop: Shop) -> None:
    endless = f"INSERT INTO t SELECT number, 0, 'password={SECRET}' FROM system.numbers WHERE sleep(0.1) = 1"
    shop.write("1_endless.sql", f"{TABLE}{endless};")
    child = shop.program("migrate")
    until(lambda: running(shop, "INSERT INTO t"), "the insert")
    child.kill()
    child.communicate()
    result = shop.recover(wait_s=30)
    told = [event.why for event in shop.events if isinstance(event, Waiting)]
    assert any("left a statement running: INSERT INTO t SELECT number, 0, 'password=***" in what for what in told), told
    assert SECRET not in repr(shop.events) + "\n".join(result.error.lines() if result.error else ())


def test_a_password_that_the_cut_of_a_cluster_s_task_divides_is_hidden_too() -> None:
    query = f"CREATE TABLE d.t ON CLUSTER town ENGINE = MySQL('h:1', 'd', 't', 'u', '{SECRET}')"
    for cut in range(len(SECRET) + 2):
        assert "geh" not in str(Task("/q/query-1", query.replace("town", "t" * (cut + 1)), ()))
