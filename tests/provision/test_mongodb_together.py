"""Provisions of one MongoDB server at the same time, and one that is killed: the end is the same as of one alone."""

from __future__ import annotations

import signal
import threading

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.mongodb.roles.server import Server as Administration
from schemactl.events import ignore
from schemactl.workflows.provision import Provisioned
from tests.fixtures.mongodb import client_of
from tests.provision.document_scene import DocumentScene
from tests.provision.scene import differing

PATIENCE_S = 60


def test_one_that_does_not_wait_is_told_who_is_at_work(documents: DocumentScene) -> None:
    holder = Administration(Opening(documents.admin, "another's address", "jobs/other", Stop()))
    try:
        with holder.lock.hold(wait_s=PATIENCE_S, emit=ignore):
            found = documents.provision().error
    finally:
        holder.close()
    assert found is not None and (found.code, found.kind) == (12, "locked")
    assert documents.ask({"rolesInfo": 1})["roles"] == []


def test_ten_at_once_do_not_collide_and_agree_on_the_passwords(documents: DocumentScene) -> None:
    documents.migration("0001_collections.json", {"create": "users"})
    results: list[Provisioned] = []
    begin = threading.Barrier(10)

    def one() -> None:
        begin.wait(PATIENCE_S)
        results.append(documents.provision(wait_s=PATIENCE_S))

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE_S)
    assert [result.error and result.error.lines() for result in results] == [None] * 10
    assert differing(documents.plan()) == []
    assert len(documents.passwords()) == 4
    assert documents.code("app", {"find": "users"}) == 0


@pytest.mark.parametrize("after", [2, *(pytest.param(after, marks=pytest.mark.soak) for after in (1, 4, 7, 8, 11))])
def test_a_killed_run_is_finished_by_the_next(documents: DocumentScene, after: int) -> None:
    """Killed as soon as so many changes were told: its lease runs out, and the next goes on."""
    documents.write("schemactl.toml", '[defaults]\nlease = "4s"\n')
    documents.migration("0001_collections.json", {"create": "users"})
    process = documents.started()
    assert process.stdout is not None
    told = 0
    for line in process.stdout:
        told += '"event": "noted"' in line
        if told == after:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate(timeout=PATIENCE_S)
    assert told == after
    assert documents.provision(wait_s=PATIENCE_S).error is None
    assert differing(documents.plan()) == []
    assert documents.code("app", {"insert": "users", "documents": [{}]}) == 0
    with client_of(documents.server.url) as client:
        lease = client.admin["schema_lock"].find_one({"_id": "lease"})
    assert lease is not None and (lease["token"], lease["before"]) == ("", [])
