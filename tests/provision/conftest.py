"""Scenes on both majors of PostgreSQL and on MongoDB; what a scene made on the server goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemactl.sandbox import mongodb
from tests.fixtures.mongodb import own_server
from tests.fixtures.postgres import Postgres
from tests.provision.document_scene import DocumentScene
from tests.provision.scene import Scene

MakeScene = Callable[..., Scene]
MakeDocuments = Callable[..., DocumentScene]


@pytest.fixture
def make_scene(tmp_path: Path, postgres: Postgres) -> Iterator[MakeScene]:
    made: list[Scene] = []

    def make(**options: Any) -> Scene:
        made.append(Scene(tmp_path / str(len(made)), postgres, **options))
        return made[-1]

    yield make
    for scene in made:
        scene.clear()


@pytest.fixture
def scene(make_scene: MakeScene) -> Scene:
    return make_scene()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Scene]:
    """Two targets, provisioned; tables made by the migrator in one of them. Tests only log in to it."""
    scene = Scene(tmp_path_factory.mktemp("shop"), postgres, both=True)
    try:
        yield scene.migrated()
    finally:
        scene.clear()


@pytest.fixture(scope="session")
def guarded_mongodb() -> Iterator[mongodb.Server]:
    """A server that asks for passwords."""
    with own_server(auth=True) as server:
        yield server


@pytest.fixture
def make_documents(tmp_path: Path, guarded_mongodb: mongodb.Server) -> Iterator[MakeDocuments]:
    made: list[DocumentScene] = []

    def make(**options: Any) -> DocumentScene:
        made.append(DocumentScene(tmp_path / str(len(made)), guarded_mongodb, **options))
        return made[-1]

    yield make
    for documents in made:
        documents.clear()


@pytest.fixture
def documents(make_documents: MakeDocuments) -> DocumentScene:
    return make_documents()
