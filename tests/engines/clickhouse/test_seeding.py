"""Seeds on ClickHouse beyond the contract: values of every kind, what a death leaves, tables that are refused."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.seeding import Seeder
from schemactl.errors import ConfigError, ConnectError, SchemactlError, StatementError, UnsupportedError
from schemactl.events import ignore
from schemactl.model.seed import Compared, Lookup, Rows, SeedFile, SeedRecord, SeedRow
from schemactl.model.version import Version
from tests.contract.work import prepare
from tests.engines.clickhouse.scene import Shop
from tests.tools.turnproxy import Halt

MERGE_TREE = "ENGINE = MergeTree ORDER BY tuple()"
SEED = SeedFile(Version("01"), "places", "rows", "01_places.toml", "c1", ())
RECORD = SeedRecord(SEED.version, SEED.name, SEED.kind, SEED.checksum, "dev", "somebody@somewhere", "0.0.0")


@pytest.fixture(params=["18.16", "26.9"])
def scene(request: pytest.FixtureRequest) -> Shop:
    made: Shop = request.getfixturevalue("shop" if request.param == "18.16" else "newer")
    return made


def rows_of(*rows: Mapping[str, Any], table: str = "t", key: tuple[str, ...] = ("id",)) -> Rows:
    made = tuple(SeedRow(row, f"01_places.toml:{line}") for line, row in enumerate(rows, 1))
    return Rows(table, key, "", made)


@contextmanager
def opened(scene: Shop, url: str | None = None) -> Iterator[tuple[Engine, Seeder]]:
    engine = scene.engine(url=url)
    assert not isinstance(engine.seeder, Missing)
    try:
        yield engine, engine.seeder
    finally:
        engine.close()


def apply(scene: Shop, rows: Rows, url: str | None = None) -> tuple[int, int, int]:
    with opened(scene, url) as (engine, seeder):
        assert not isinstance(engine.lock, Missing)
        with engine.lock.hold(wait_s=20, emit=ignore):
            prepare(engine)
            return counts(seeder.apply(SEED, rows, RECORD, ignore))


def compare(scene: Shop, rows: Rows) -> Compared:
    with opened(scene) as (_, seeder):
        return seeder.compare(SEED, rows)


def counts(found: Compared) -> tuple[int, int, int]:
    return found.added, found.changed, found.same


def test_values_of_every_kind_are_the_same_when_they_are_compared_again(scene: Shop) -> None:
    columns = (
        "id UUID, price Nullable(Decimal(9, 2)), tags Array(String), kind Enum8('a' = 1, 'b' = 2), at DateTime('UTC'),"
        " day Date, ratio Float64, code FixedString(3), n Array(Array(Nullable(Int16)))"
    )
    row: dict[str, Any] = {
        "id": {"$uuid": "6f1c7e0e-3d5c-4b3e-9a7e-0a2f9a1b2c3d"},
        "price": {"$numberDecimal": "1.50"},
        "tags": ["it's", "a,b", 'a "quoted" \\ one', ""],
        "kind": "b",
        "at": datetime.datetime(2024, 5, 1, 14, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        "day": datetime.date(2024, 2, 29),
        "ratio": 0.1,
        "code": "abc",
        "n": [[1, None], []],
    }
    if scene.database.url.startswith("chdb"):
        columns += ", m Map(String, UInt8), exact DateTime64(3, 'UTC'), word LowCardinality(Nullable(String))"
        row |= {"m": {"a": 1, "it's": 2}, "exact": "2024-05-01T12:00:00.125+00:00", "word": None}
    scene.ask(f"CREATE TABLE t ({columns}) {MERGE_TREE}")
    rows = rows_of(row)
    assert apply(scene, rows) == (1, 0, 0)
    assert counts(compare(scene, rows)) == (0, 0, 1)
    found = scene.ask("SELECT toString(at), toString(tags), toString(n), toString(price) FROM t")
    tags = "['it\\'s','a,b','a \"quoted\" \\\\ one','']"
    assert [(at, told, n) for at, told, n, _ in found] == [("2024-05-01 12:00:00", tags, "[[1,NULL],[]]")]
    row["price"] = None
    assert apply(scene, rows_of(row)) == (0, 1, 0)
    assert scene.ask("SELECT price FROM t") == [(None,)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("UInt8", 300),
        ("Int32", "12x"),
        ("Date", "2024-02-30"),
        ("DateTime", "yesterday"),
        ("Decimal(9, 2)", "1.234"),
        ("UUID", "no uuid"),
        ("Enum8('a' = 1)", "z"),
        ("Array(UInt8)", [1, 256]),
        ("String", None),
        ("String", {"a": 1}),
    ],
)
def test_a_value_that_does_not_fit_is_named_before_anything_is_changed(shop: Shop, column: str, value: Any) -> None:
    shop.ask(f"CREATE TABLE t (id UInt8, v {column}) {MERGE_TREE}")
    with pytest.raises(ConfigError) as caught:
        apply(shop, rows_of({"id": 1}, {"id": 2, "v": value}, {"id": 3}))
    assert (caught.value.at, caught.value.kind) == ("01_places.toml:2", "wrong_value")
    assert shop.ask("SELECT count() FROM t") == [(0,)]


def test_a_row_that_is_replaced_keeps_what_the_seed_does_not_name_and_new_ones_get_defaults(scene: Shop) -> None:
    scene.ask(
        "CREATE TABLE t (id UInt32, name String, tags Array(String) DEFAULT ['new'], n Nullable(Int8),"
        f" long UInt64 MATERIALIZED length(name)) {MERGE_TREE}"
    )
    scene.ask("INSERT INTO t (id, name, tags, n) SELECT 1, 'old', ['kept'], 5")
    assert apply(scene, rows_of({"id": 1, "name": "newer"}, {"id": 2, "name": "two"})) == (1, 1, 0)
    found = scene.ask("SELECT id, name, toString(tags), n, long FROM t ORDER BY id")
    assert found == [(1, "newer", "['kept']", 5, 5), (2, "two", "['new']", None, 3)]


def test_an_expression_is_a_key(scene: Shop) -> None:
    scene.ask(f"CREATE TABLE t (id String, n UInt8) {MERGE_TREE}")
    scene.ask("INSERT INTO t SELECT 'ÅLE ONE', 1")
    rows = rows_of({"id": "Åle One", "n": 2}, key=("lowerUTF8(id)",))
    assert [one.key for one in compare(scene, rows).differences] == ["lowerUTF8(id) = åle one"]
    assert apply(scene, rows) == (0, 1, 0)
    assert scene.ask("SELECT id, n FROM t") == [("Åle One", 2)]


def test_a_death_between_insert_and_mutation_loses_no_row_and_the_next_run_mends_it(shop: Shop) -> None:
    shop.ask(f"CREATE TABLE t (id UInt32, name String, note String) {MERGE_TREE}")
    shop.ask("INSERT INTO t SELECT 1, 'old', 'kept'")
    rows = rows_of({"id": 1, "name": "new"}, {"id": 2, "name": "two"})
    with shop.proxy() as proxy:
        halt = proxy.arm(Halt(match=r"INSERT INTO `[^`]+`\.`t`", point="executed", action="drop"))
        with pytest.raises(ConnectError) as caught:
            apply(shop, rows, shop.through(proxy))
        halt.wait()
    assert "none is lost" in (caught.value.now or "")
    assert shop.ask("SELECT id, name, note FROM t ORDER BY id, name") == [
        (1, "new", "kept"),
        (1, "old", "kept"),
        (2, "two", ""),
    ]
    assert counts(compare(shop, rows)) == (0, 1, 1)
    assert apply(shop, rows) == (0, 1, 1)
    assert shop.ask("SELECT id, name, note FROM t ORDER BY id") == [(1, "new", "kept"), (2, "two", "")]


def test_a_row_that_somebody_added_after_a_death_is_no_leftover(shop: Shop) -> None:
    shop.ask(f"CREATE TABLE t (id UInt32, name String, note String) {MERGE_TREE}")
    shop.ask("INSERT INTO t SELECT 1, 'old', 'one'")
    rows = rows_of({"id": 1, "name": "new"})
    with shop.proxy() as proxy:
        proxy.arm(Halt(match=r"INSERT INTO `[^`]+`\.`t`", point="sent", action="drop", answer=lambda _: b""))
        with pytest.raises(ConnectError):
            apply(shop, rows, shop.through(proxy))
    assert shop.ask("SELECT kind FROM schema_events ORDER BY seq") == [("format",), ("replaces",)]
    with opened(shop) as (engine, _):
        assert engine.ledger.read().entries == ()
    shop.ask("INSERT INTO t SELECT 1, 'new', 'other'")
    with pytest.raises(StatementError) as caught:
        apply(shop, rows)
    assert caught.value.kind == "duplicate_key"
    assert shop.ask("SELECT note FROM t ORDER BY note") == [("one",), ("other",)]
    shop.ask("ALTER TABLE t DELETE WHERE note = 'other'")
    while shop.ask("SELECT count() FROM t") != [(1,)]:
        pass
    assert apply(shop, rows) == (0, 1, 0)
    assert shop.ask("SELECT kind FROM schema_events ORDER BY seq")[-2:] == [("replaces",), ("seed",)]


def test_a_table_without_mutations_takes_new_rows_and_refuses_to_replace_one(shop: Shop) -> None:
    shop.ask("CREATE TABLE t (id UInt32, name String) ENGINE = Log")
    assert apply(shop, rows_of({"id": 1, "name": "one"})) == (1, 0, 0)
    with pytest.raises(UnsupportedError) as caught:
        apply(shop, rows_of({"id": 1, "name": "other"}, {"id": 2, "name": "two"}))
    assert caught.value.kind == "missing"
    assert shop.ask("SELECT id, name FROM t") == [(1, "one")]


@pytest.mark.parametrize("table", ["v", "schema_events", "nothing", "d"])
def test_what_holds_no_rows_of_its_own_is_refused(shop: Shop, table: str) -> None:
    shop.ask(f"CREATE TABLE t (id UInt32) {MERGE_TREE}")
    shop.ask("CREATE VIEW v AS SELECT id FROM t")
    shop.ask("CREATE TABLE d (id UInt32) ENGINE = Merge(currentDatabase(), '^t$')")
    with pytest.raises(SchemactlError) as caught:
        apply(shop, rows_of({"id": 1}, table=table))
    assert caught.value.kind == "missing_object"


def test_rows_of_several_partitions_are_one_insert_and_one_mutation(shop: Shop) -> None:
    shop.ask("CREATE TABLE t (id UInt32, n UInt8) ENGINE = MergeTree PARTITION BY id % 3 ORDER BY id")
    shop.ask("INSERT INTO t SELECT number, 1 FROM numbers(9)")
    assert apply(shop, rows_of(*({"id": number, "n": 2} for number in range(12)))) == (3, 9, 0)
    assert shop.ask("SELECT id, n FROM t ORDER BY id") == [(number, 2) for number in range(12)]
    mutations = "SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = 't'"
    assert shop.ask(mutations) == [(1,)]


def test_a_lookup_takes_the_primary_key_of_another_table(scene: Shop) -> None:
    scene.ask("CREATE TABLE o (id UInt32, name String) ENGINE = MergeTree ORDER BY id")
    scene.ask("INSERT INTO o SELECT 7, 'seven'")
    scene.ask(f"CREATE TABLE t (id UInt32, o Nullable(UInt32)) {MERGE_TREE}")
    missing = rows_of({"id": 1, "o": Lookup("o", {"name": "seven"})}, {"id": 2, "o": Lookup("o", {"name": "no"})})
    assert counts(compare(scene, missing)) == (2, 0, 0)
    assert apply(scene, rows_of({"id": 1, "o": Lookup("o", {"name": "seven"})})) == (1, 0, 0)
    assert scene.ask("SELECT id, o FROM t") == [(1, 7)]


def test_a_lookup_in_its_own_table_does_not_find_a_row_by_what_the_seed_changes(shop: Shop) -> None:
    shop.ask(f"CREATE TABLE t (id UInt32, code String, size UInt8, of UInt32) {MERGE_TREE}")
    shop.ask("INSERT INTO t SELECT 1, 'five', 5, 0")
    of_five = Lookup("t", {"code": "five"}, "id")
    rows = rows_of({"id": 2, "of": of_five}, {"id": 1, "code": "six"})
    with pytest.raises(StatementError) as caught:
        apply(shop, rows)
    assert (caught.value.at, caught.value.kind) == ("01_places.toml:1", "lookup")
    assert "this seed changes code" in caught.value.what
    assert shop.ask("SELECT id, code FROM t") == [(1, "five")]
    shop.ask("INSERT INTO t SELECT 3, 'five', 5, 0")
    for written in ((1, 1, 0), (0, 0, 2)):
        assert apply(shop, rows) == written
    assert shop.ask("SELECT id, code, of FROM t ORDER BY id") == [(1, "six", 0), (2, "", 3), (3, "five", 0)]


def test_a_lookup_in_its_own_table_gives_what_the_seed_says_of_the_row_it_finds_by_another_column(shop: Shop) -> None:
    shop.ask(f"CREATE TABLE t (id UInt32, code String, size UInt8, of UInt32) {MERGE_TREE}")
    shop.ask("INSERT INTO t SELECT 1, 'five', 5, 0")
    rows = rows_of({"id": 2, "of": Lookup("t", {"code": "five"}, "size")}, {"id": 1, "size": 6})
    for written in ((1, 1, 0), (0, 0, 2)):
        assert apply(shop, rows) == written
    assert shop.ask("SELECT id, size, of FROM t ORDER BY id") == [(1, 6, 0), (2, 0, 6)]


def test_a_lookup_by_what_is_given_once_finds_a_row_by_what_is_there(shop: Shop) -> None:
    shop.ask(f"CREATE TABLE t (id UInt32, code String, of UInt32) {MERGE_TREE}")
    shop.ask("INSERT INTO t SELECT 1, 'own', 0")
    of_own, of_five = (Lookup("t", {"code": code}, "id") for code in ("own", "five"))
    once = frozenset({"code"})
    rows = rows_of({"id": 2, "of": of_own}, {"id": 1, "code": "five"})._replace(once=once)
    for written in ((1, 0, 1), (0, 0, 2)):
        assert apply(shop, rows) == written
    assert shop.ask("SELECT id, code, of FROM t ORDER BY id") == [(1, "own", 0), (2, "", 1)]
    with pytest.raises(StatementError) as caught:
        apply(shop, rows_of({"id": 2, "of": of_five}, {"id": 1, "code": "five"})._replace(once=once))
    assert (caught.value.at, caught.value.kind) == ("01_places.toml:1", "lookup")


def test_a_column_within_an_expression_of_the_key_is_not_given_once(shop: Shop) -> None:
    shop.ask(f"CREATE TABLE t (id String, n UInt8) {MERGE_TREE}")
    rows = rows_of({"id": "a", "n": 2}, key=("lower(id)",))
    with pytest.raises(ConfigError) as caught:
        apply(shop, rows._replace(once=frozenset({"id"}), at={"once": "01_places.toml:3"}))
    assert (caught.value.at, caught.value.kind) == ("01_places.toml:3", "wrong_value")


def test_the_view_shows_the_last_record_of_each_seed_and_no_temporary_table_stays(scene: Shop) -> None:
    scene.ask(f"CREATE TABLE t (id UInt32, n UInt8) {MERGE_TREE}")
    apply(scene, rows_of({"id": 1, "n": 1}))
    apply(scene, rows_of({"id": 1, "n": 2}, {"id": 2, "n": 1}))
    asked = "SELECT version, name, kind, environment, added, changed, same FROM schema_seeds"
    assert scene.ask(asked) == [("01", "places", "rows", "dev", 1, 1, 0)]
    assert scene.ask("SHOW TABLES LIKE 'schema_seed_%'") == [("schema_seeds",)]
    with opened(scene) as (engine, _):
        assert not isinstance(engine.catalog, Missing)
        assert not [one for one in engine.catalog.read().objects if "schema_" in str(one)]
