"""Each property of each kind of object: the catalogue notices it, and it alone, as pg_dump does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines.postgres.changes import CHANGES
from tests.engines.postgres.changes.change import Change
from tests.engines.postgres.scene import Roles, dump, read, send, two_roles
from tests.fixtures.postgres import Postgres, drop_database, make_database


def rows() -> Iterator[object]:
    """Each change on both servers in `make soak`; at every run every second one, on one of them, in turn."""
    for number, change in enumerate(CHANGES):
        majors = [major for major in (15, 18) if major >= change.since]
        for major in majors:
            sampled = number % 2 == 0 and major == majors[number // 2 % len(majors)]
            marks = () if sampled else pytest.mark.soak
            yield pytest.param(major, change, id=f"{major}-{change.name.replace(' ', '-')}", marks=marks)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Postgres:
    found: Postgres = request.getfixturevalue(f"postgres{request.param}")
    return found


@pytest.fixture(scope="module")
def roles(server: Postgres) -> Iterator[Roles]:
    with two_roles(server) as names:
        yield names


@pytest.mark.parametrize(
    ("server", "change"),
    list(rows()),
    indirect=["server"],
)
def test_a_change_is_noticed_and_its_undoing_is_equal_again(server: Postgres, roles: Roles, change: Change) -> None:
    database = make_database(server)
    try:
        send(database, change.setup, roles)
        before, dumped_before = read(database), dump(database)
        send(database, change.change, roles)
        after, dumped_after = read(database), dump(database)
        send(database, change.undo, roles)
        undone, dumped_undone = read(database), dump(database)
        assert before.difference(after), "the catalogue does not notice"
        assert (dumped_before == dumped_after) == bool(change.blind), "what pg_dump notices"
        assert dumped_undone == dumped_before, "the way back is not one"
        assert not before.difference(undone)
    finally:
        send(database, "DROP SUBSCRIPTION IF EXISTS su")
        drop_database(database)


def test_every_change_has_a_name_of_its_own() -> None:
    assert len({change.name for change in CHANGES}) == len(CHANGES) >= 120
