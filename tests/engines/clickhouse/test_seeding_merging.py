"""Seeds in tables that make one row of those with one sorting key: no row goes by a merge while a seed is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from schemactl.errors import SchemactlError, StatementError, UnsupportedError
from schemactl.model.seed import Rows
from tests.engines.clickhouse.scene import Shop
from tests.engines.clickhouse.test_seeding import apply, opened, rows_of
from tests.tools.turnproxy import Halt, Point

INTO_POP = re.compile(r"INSERT INTO `[^`]+`\.`pop`")
Counts = tuple[int, int, int]


def make(shop: Shop, engine: str, *rows: str) -> None:
    shop.ask(f"CREATE TABLE pop (country String, name String, ver UInt8) ENGINE = {engine}")
    for row in rows:
        shop.ask(f"INSERT INTO pop SELECT {row}")


def pop(shop: Shop) -> list[tuple[object, ...]]:
    return [tuple(row) for row in shop.ask("SELECT country, name, ver FROM pop ORDER BY country, name, ver")]


def merge(shop: Shop) -> None:
    """Until one row is left: beside a merge of the server's own the statement does nothing."""
    while len(pop(shop)) > 1:
        shop.ask("OPTIMIZE TABLE pop FINAL")


def swiss(**more: object) -> Rows:
    return rows_of({"country": "CH", "name": "Switzerland", **more}, table="pop", key=("country",))


def halted(shop: Shop, rows: Rows, halt: Halt, meanwhile: Callable[[], object]) -> Future[Counts]:
    """A seed that stands still at `halt` while others work; what came of it."""
    with shop.proxy() as proxy, ThreadPoolExecutor(1) as pool:
        proxy.arm(halt)
        done = pool.submit(apply, shop, rows, shop.through(proxy))
        try:
            halt.wait()
            meanwhile()
        finally:
            proxy.release()
        done.exception()
    return done


def recorded(shop: Shop) -> int:
    with opened(shop) as (_, seeder):
        return len(seeder.recorded())


def test_a_version_lower_than_that_of_the_row_it_replaces_is_refused(shop: Shop) -> None:
    make(shop, "ReplacingMergeTree(ver) ORDER BY country", "'CH', 'Swiss', 5")
    with pytest.raises(UnsupportedError) as caught:
        apply(shop, swiss(ver=1))
    assert (caught.value.kind, caught.value.at) == ("missing", "01_places.toml:1")
    assert (pop(shop), recorded(shop)) == ([("CH", "Swiss", 5)], 0)
    assert apply(shop, swiss(ver=6)) == (0, 1, 0)
    assert pop(shop) == [("CH", "Switzerland", 6)]


def test_a_version_that_is_given_once_is_kept_and_a_merge_keeps_the_new_row(shop: Shop) -> None:
    make(shop, "ReplacingMergeTree(ver) ORDER BY country", "'CH', 'Swiss', 5")
    rows = swiss(ver=1)._replace(once=frozenset({"ver"}))
    assert apply(shop, rows) == (0, 1, 0)
    merge(shop)
    assert pop(shop) == [("CH", "Switzerland", 5)]
    assert apply(shop, rows) == (0, 0, 1)


@pytest.mark.parametrize("engine", ["ReplacingMergeTree(ver)", "ReplacingMergeTree()"])
def test_a_merge_between_insert_and_mutation_keeps_the_new_row(shop: Shop, engine: str) -> None:
    make(shop, f"{engine} ORDER BY country", "'CH', 'Swiss', 5")
    halt = Halt(match=INTO_POP, point="executed")
    done = halted(shop, swiss(), halt, lambda: merge(shop))
    assert done.result() == (0, 1, 0)
    assert (pop(shop), recorded(shop)) == ([("CH", "Switzerland", 5)], 1)


@pytest.mark.parametrize("point", ["executed", "sent"])
def test_a_row_that_others_write_meanwhile_is_kept_and_the_seed_is_not_recorded(shop: Shop, point: Point) -> None:
    make(shop, "ReplacingMergeTree(ver) ORDER BY country", "'CH', 'Swiss', 5")

    def meanwhile() -> None:
        shop.ask("INSERT INTO pop SELECT 'CH', 'Suisse', 9")
        merge(shop)

    # At the second: the mutation is sent already.
    halt = Halt(match=INTO_POP if point == "executed" else "ALTER TABLE .* DELETE", point=point)
    with pytest.raises(StatementError) as caught:
        halted(shop, swiss(), halt, meanwhile).result()
    assert caught.value.kind == "changing"
    assert (pop(shop), recorded(shop)) == ([("CH", "Suisse", 9)], 0)


def test_a_row_of_one_sorting_key_with_another_is_refused(shop: Shop) -> None:
    make(shop, "ReplacingMergeTree(ver) ORDER BY (lower(name), ver)", "'CH', 'one', 1", "'LI', 'two', 1")
    twice = rows_of({"country": "A", "name": "x"}, {"country": "B", "name": "X"}, table="pop", key=("country",))
    other = rows_of({"country": "CH", "name": "Two", "ver": 1}, table="pop", key=("country",))
    new = rows_of({"country": "FR", "name": "Two", "ver": 1}, table="pop", key=("country",))
    for rows in (twice, other, new):
        with pytest.raises(SchemactlError) as caught:
            apply(shop, rows)
        assert (caught.value.kind, caught.value.at) == ("duplicate_key", rows.rows[-1].at)
    assert pop(shop) == [("CH", "one", 1), ("LI", "two", 1)]
    both = {"country": "LI", "name": "one", "ver": 1}
    assert apply(shop, rows_of(dict(other.rows[0].values), both, table="pop", key=("country",))) == (0, 2, 0)
    assert pop(shop) == [("CH", "Two", 1), ("LI", "one", 1)]


def test_the_newer_server_is_asked_for_the_version_and_for_the_column_that_says_which_are_deleted(newer: Shop) -> None:
    columns = "(country String, `at,1` UInt8, gone UInt8) ENGINE = ReplacingMergeTree"
    for table, engine, why in (
        ("pop", "(`at,1`)", "the highest `at,1`"),
        ("left", "(`at,1`, gone)", "takes rows away by gone"),
    ):
        newer.ask(f"CREATE TABLE {table} {columns}{engine} ORDER BY country")
        newer.ask(f"INSERT INTO {table} SELECT 'CH', 5, 0")
        with pytest.raises(UnsupportedError) as caught:
            apply(newer, rows_of({"country": "CH", "at,1": 4}, table=table, key=("country",)))
        assert why in caught.value.what
