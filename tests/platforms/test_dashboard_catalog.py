"""Up, down and up again is the same to the tool's own catalogue as it is to pg_dump."""

from __future__ import annotations

import pytest

from tests.fixtures.postgres import Database
from tests.platforms.dashboard import TARGETS, apply, versions, workspace

# Tables, columns, functions, views, triggers, foreign keys, checks: the sheet's, section 7.
SHEET = {
    "user_service_db": (7, 93, 3, 2, 3, 8, 15),
    "resume_service_db": (7, 96, 6, 4, 4, 9, 27),
    "ai_service_db": (11, 148, 8, 5, 5, 11, 31),
}
KINDS = ("function", "view", "trigger", "foreign key", "check")


@pytest.mark.parametrize("target", TARGETS)
def test_the_catalogue_counts_what_the_sheet_counts(target: str, fresh_database: Database) -> None:
    apply(fresh_database.url, target, "up")
    catalog = workspace(fresh_database.url, target).catalog(target)
    tables = {item.identity for item in catalog.objects if item.kind == "table"}
    columns = [item for item in catalog.objects if item.kind == "column" and item.identity[:-1] in tables]
    counted = (len(tables), len(columns), *(catalog.count(kind) for kind in KINDS))
    assert counted == SHEET[target]


@pytest.mark.parametrize("target", TARGETS)
def test_the_catalogue_is_the_same_after_every_way_back(target: str, fresh_database: Database) -> None:
    ours = workspace(fresh_database.url, target)
    seen = [ours.catalog(target)]
    for version in versions(target):
        apply(fresh_database.url, target, "up", [version])
        seen.append(ours.catalog(target))
    assert len({catalog.digest() for catalog in seen}) == len(seen)
    for version in reversed(versions(target)):
        assert ours.catalog(target).difference(seen.pop()) == ()
        apply(fresh_database.url, target, "down", [version])
    assert ours.catalog(target).difference(seen.pop()) == ()
    apply(fresh_database.url, target, "up")
    assert ours.status([target]).targets[0].state == "up to date"
