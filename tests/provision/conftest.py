"""Scenes on both majors; what a scene made on the server goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.postgres import Postgres
from tests.provision.scene import Scene

MakeScene = Callable[..., Scene]


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
