"""Provisioning a MongoDB server that asks nobody for a password: users and roles are there for when it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemactl.events import Warned
from tests.fixtures.mongodb import Mongo
from tests.provision.document_scene import AUTHENTICATION_FAILED, DocumentScene
from tests.provision.scene import differing


@pytest.fixture
def scene(tmp_path: Path, mongodb: Mongo) -> Iterator[DocumentScene]:
    if "@" in mongodb.url:
        pytest.skip("not run: the given server asks for a password")
    made = DocumentScene(tmp_path, mongodb)
    yield made
    made.clear()


def test_roles_and_users_are_made_and_it_is_said_that_nobody_is_asked(scene: DocumentScene) -> None:
    (server,) = scene.plan().servers
    assert "asks nobody for a password" in server.unguarded
    scene.migrated()
    assert [event.what for event in scene.events if isinstance(event, Warned)] == [server.unguarded]
    assert differing(scene.plan()) == []
    assert scene.code("app", {"ping": 1}) == 0
    assert scene.code("app", {"ping": 1}, password="not-it") == AUTHENTICATION_FAILED
