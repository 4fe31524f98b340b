"""Services log in only from their own hosts: whoever provisions from elsewhere cannot try their passwords."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from schemactl.sandbox.postgres import Server
from tests.provision.scene import Scene, differing


def _reloaded(server: Server) -> None:
    """Until new sessions are let in by the file as it is now."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        before = connection.execute("SELECT pg_conf_load_time()").fetchone()
        connection.execute("SELECT pg_reload_conf()")
    after = before
    while after == before:
        with psycopg.connect(server.url) as connection:
            after = connection.execute("SELECT pg_conf_load_time()").fetchone()


@contextmanager
def _rules(server: Server, lines: str) -> Iterator[None]:
    file = server.data / "pg_hba.conf"
    text = file.read_text(encoding="utf-8")
    try:
        file.write_text(f"{lines}\n{text}", encoding="utf-8")
        _reloaded(server)
        yield
    finally:
        file.write_text(text, encoding="utf-8")
        _reloaded(server)


@pytest.fixture(params=["reject", "trust"])
def closed(request: pytest.FixtureRequest, scene: Scene) -> Iterator[Scene]:
    """Its application is not let in from here, or without being asked for a password."""
    if not isinstance(scene.server, Server):
        pytest.skip("not run: who may log in to a given server is not ours to change")
    with _rules(scene.server, f"host all {scene.role('app')} 127.0.0.1/32 {request.param}"):
        yield scene


def test_a_password_that_cannot_be_tried_is_set_once_and_then_left(closed: Scene) -> None:
    scene = closed
    scene.administrator("CREATEROLE CREATEDB")
    scene.provisioned()
    query = f"SELECT rolpassword FROM pg_authid WHERE rolname = '{scene.role('app')}'"
    kept = scene.ask(query)
    assert kept[0][0].startswith("SCRAM-SHA-256$")
    plan = scene.plan()
    assert differing(plan) == []
    (change,) = [one for one in plan.targets[0].changes if one.what == "password" and one.name == scene.role("app")]
    assert "cannot be compared" in change.now
    scene.provisioned()
    assert scene.ask(query) == kept
