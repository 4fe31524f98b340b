"""The JobHub platform's targets: which files they have, and that every migration can be taken back exactly."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from schemactl.model.catalog import Catalog
from schemactl.project.config import load
from schemactl.project.platform import load_platform
from schemactl.workflows import init
from tests.fixtures.postgres import Postgres
from tests.platforms import jobhub
from tests.platforms.career import told
from tests.platforms.jobhub import ON_POSTGRES, Places, assert_returns_the_same, workspace

FILES = ["0001_functions.sql", "0002_tables.sql", "0003_shared_tables.sql", "0004_triggers.sql"]


def test_the_files_are_those_of_the_order_of_the_document() -> None:
    found = {
        folder.name: sorted(path.name for path in folder.iterdir() if path.is_file())
        for folder in jobhub.MIGRATIONS.iterdir()
    }
    assert found == {**dict.fromkeys(ON_POSTGRES, FILES), "analytics_db": ["0001_tables.py"]}
    assert sum(map(len, found.values())) == 29


def test_a_project_is_started_with_the_platform(tmp_path: Path) -> None:
    init.run(init.plan(tmp_path, example="jobhub"))
    assert [target.name for target in load_platform(load(tmp_path, environ={}), "jobhub").targets] == [
        *ON_POSTGRES,
        "analytics_db",
    ]
    assert (tmp_path / "migrations" / "jobhub" / "analytics_db" / "0001_tables.py").is_file()
    assert len(list((tmp_path / "schemas" / "jobhub" / "checks").rglob("*.sql"))) == 65


def each_target() -> list[object]:
    """All of them; one shows most of what there is, the others are the soak's."""
    return [target if target == "job_db" else pytest.param(target, marks=pytest.mark.soak) for target in ON_POSTGRES]


@pytest.mark.parametrize("target", each_target())
def test_every_step_down_takes_back_exactly_its_step_up(target: str, postgres18: Postgres) -> None:
    with jobhub.on_postgres(postgres18, [target]) as places:
        versions = [name.partition("_")[0] for name in FILES]
        stood = [seen(places)]
        for version in versions:
            jobhub.up(places, to=version)
            stood.append(seen(places))
        assert all(now != then for now, then in pairwise(stood))
        for version, before in zip(["0", *versions][-2::-1], stood[-2::-1], strict=True):
            jobhub.down(places, to=version)
            assert seen(places) == before, version


@pytest.mark.soak
def test_the_oldest_server_takes_all_seven_too(postgres15: Postgres) -> None:
    with jobhub.on_postgres(postgres15) as places:
        jobhub.up(places)
        assert_returns_the_same(places)


def seen(places: Places) -> list[tuple[Catalog, list[str]]]:
    """Each target by the tool and by pg_dump."""
    ours = workspace(places)
    return [(ours.catalog(target), told(place)) for target, place in places.items()]
