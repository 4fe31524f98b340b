"""A schema that was dumped and restored is the same schema, within one major and from 15 to 18."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.engines.postgres.scene import Roles, dump, everything, play, read, two_roles
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database


@pytest.fixture
def roles(postgres: Postgres) -> Iterator[Roles]:
    with two_roles(postgres) as names:
        yield names


def test_a_restored_dump_has_an_equal_catalogue(roles: Roles, new_database: Callable[[], Database]) -> None:
    source, copy = new_database(), new_database()
    everything(source, roles)
    play(copy, dump(source))
    assert not read(source).difference(read(copy))
    assert read(source) == read(copy)


def test_a_schema_of_15_is_equal_after_its_restore_on_18(postgres15: Postgres, postgres18: Postgres) -> None:
    with two_roles(postgres15, postgres18) as roles:
        source, copy = make_database(postgres15), make_database(postgres18)
        try:
            everything(source, roles)
            play(copy, dump(source))
            assert not read(source).difference(read(copy))
        finally:
            drop_database(source)
            drop_database(copy)


def test_the_same_statements_give_an_equal_catalogue_on_15_and_18(postgres15: Postgres, postgres18: Postgres) -> None:
    with two_roles(postgres15, postgres18) as roles:
        left, right = make_database(postgres15), make_database(postgres18)
        try:
            everything(left, roles)
            everything(right, roles)
            assert not read(left).difference(read(right))
        finally:
            drop_database(left)
            drop_database(right)
