"""The snapshots that the platforms come with are what their targets hold once they were provisioned and migrated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schemactl.engines.postgres.catalog import PostgresCatalog
from schemactl.engines.postgres.snapshot import PostgresSnapshots
from schemactl.model.snapshot import Snapshot
from schemactl.script import snapshot_text
from tests.fixtures.postgres import Postgres, drop_database, make_database
from tests.platforms.snapshot_grounds import PLATFORMS, committed, provisioned, targets

ROLES = ("grants", "policy")

# What a platform's tables require of its other engines, by the fixture that has it migrated.
BESIDE = {"career": "career_documents"}


@pytest.fixture(scope="module", params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def live(
    platform: str, request: pytest.FixtureRequest, postgres18: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Snapshot]]:
    """Target → its snapshot, with the names that databases and roles have outside of tests."""
    others = request.getfixturevalue(BESIDE[platform]) if platform in BESIDE else {}
    beside = {target: place.url for target, place in others.items()}
    with provisioned(tmp_path_factory.mktemp(platform) / "project", postgres18, platform, beside) as (ours, prefix):
        plan = ours.plan_snapshots(targets(platform))
        assert plan.error is None, plan.error
        texts = {one.target.rpartition("/")[2]: one.text.replace(prefix, "") for one in plan.targets}
    yield {
        target: snapshot_text.parsed(text, engine="postgres", shown=f"{target} as it is")
        for target, text in texts.items()
    }


def kept(path: Path) -> Snapshot:
    assert path.exists(), f"{path.name}: `schemactl sandbox up`, `provision`, `migrate`, `snapshot` write it"
    return snapshot_text.parsed(path.read_text(encoding="utf-8"), engine="postgres", shown=path.name)


def test_every_committed_snapshot_is_what_its_target_holds(platform: str, live: dict[str, Snapshot]) -> None:
    """Anew: `schemactl sandbox up`, `provision`, `migrate`, `snapshot`."""
    assert set(live) == set(targets(platform))
    for target, snapshot in live.items():
        found = kept(committed(platform, target))
        assert [str(one) for one in found.difference(snapshot)] == [], target
        assert found == snapshot, f"{target}: the order of its objects, or its version"


def test_every_committed_snapshot_makes_its_target_again(platform: str, postgres18: Postgres) -> None:
    for target in targets(platform):
        found = kept(committed(platform, target))
        database = make_database(postgres18)
        try:
            with psycopg.connect(database.url, autocommit=True) as connection:
                # Rights name roles that this server has not.
                made = [block for block in found.blocks if block.kind not in ROLES]
                connection.execute("\n".join(block.text for block in made).encode())
            with psycopg.connect(database.url) as connection:
                again = PostgresSnapshots().blocks(PostgresCatalog(connection).read())
            assert [block for block in again if block.kind not in ROLES] == made
            assert "table" in {block.kind for block in made}
        finally:
            drop_database(database)
