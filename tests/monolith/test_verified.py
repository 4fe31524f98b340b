"""What `verify` finds in a monolith with faults: the orphans and stale sequences planted there, nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

import schemactl
from schemactl.contract.verifying import Flaw
from tests.fixtures.postgres import Database, Postgres
from tests.monolith.asked import another, several
from tests.monolith.faults import Duplicate, Orphan, Plant, StaleSequence
from tests.monolith.fill import Filled, fill

WANTED = Plant(orphans=15, duplicates=3, sequences=2)
_Fault = TypeVar("_Fault")
PLATFORM = 'name = "old"\n\n[targets.whole]\nengine = "postgres"\n'


@pytest.fixture(scope="module")
def databases(postgres18: Postgres) -> Iterator[list[Database]]:
    yield from several(postgres18)


@pytest.fixture(scope="module")
def faulty(postgres18: Postgres, databases: list[Database]) -> tuple[Database, Filled]:
    database = another(postgres18, databases)
    return database, fill(database.url, "jobs", rows=1_000, seed=7, plant=WANTED, create=True)


@pytest.fixture(scope="module")
def flaws(faulty: tuple[Database, Filled], tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Flaw, ...]]:
    """What is found in the monolith as the target of a small project, by inspection."""
    root: Path = tmp_path_factory.mktemp("old")
    (root / "schemactl.toml").write_text("")
    (root / "schemas/old").mkdir(parents=True)
    (root / "schemas/old/platform.toml").write_text(PLATFORM)
    (root / "migrations/old/whole").mkdir(parents=True)
    found = schemactl.open(root, platform="old", urls={"whole": faulty[0].url}).verify(deep=True)
    assert found.error is None
    (target,) = found.targets
    states = {one.name: one.state for one in target.looked if one.section == "engine"}
    assert {name for name, state in states.items() if state == "not_run"} <= {"amcheck", "checksums"}
    return {one.name: one.found.flaws for one in target.looked if one.findings}


def of(filled: Filled, kind: type[_Fault]) -> list[_Fault]:
    return [fault for fault in filled.planted if isinstance(fault, kind)]


def test_the_orphans_that_were_planted_are_found_under_their_keys_and_no_others(
    faulty: tuple[Database, Filled], flaws: dict[str, tuple[Flaw, ...]]
) -> None:
    planted = of(faulty[1], Orphan)
    assert len(planted) == 15
    keys = [f"foreign key {one.constraint} on public.{one.table}" for one in planted]
    told = {flaw.object: flaw.what for flaw in flaws["orphans"]}
    assert {key: int(what.split()[0]) for key, what in told.items()} == dict(Counter(keys))
    for key, one in zip(keys, planted, strict=True):
        assert f"{one.column}={one.value}" in told[key]
    # Such a key can only be there without having been validated.
    assert {flaw.object for flaw in flaws["unvalidated-constraints"]} == set(keys)


def test_the_stale_sequences_that_were_planted_are_found_and_no_others(
    faulty: tuple[Database, Filled], flaws: dict[str, tuple[Flaw, ...]]
) -> None:
    told = {flaw.object: flaw.what for flaw in flaws["sequences"]}
    planted = of(faulty[1], StaleSequence)
    assert len(planted) == 2
    assert set(told) == {f"sequence {one.sequence}" for one in planted}
    for one in planted:
        what = told[f"sequence {one.sequence}"]
        assert what.startswith(f"gives {one.last_value + 1} next, ") and f" up to {one.max_id} already" in what


def test_duplicates_that_no_index_guards_any_more_are_beyond_it_and_nothing_else_is_found(
    faulty: tuple[Database, Filled], flaws: dict[str, tuple[Flaw, ...]]
) -> None:
    assert len(of(faulty[1], Duplicate)) == 3
    assert set(flaws) == {"orphans", "unvalidated-constraints", "sequences"}
