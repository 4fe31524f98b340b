"""Changes that a catalogue must notice: each with its scene, and the way back. Data only."""

from __future__ import annotations

from typing import NamedTuple

A = "CREATE TABLE a (n UInt64, word String) ENGINE = MergeTree ORDER BY n"
B = "CREATE TABLE b (n UInt64) ENGINE = MergeTree ORDER BY n"
AT = "CREATE TABLE a (n UInt64, d Date) ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY n"
MV = "CREATE MATERIALIZED VIEW mv ENGINE = MergeTree ORDER BY n AS SELECT n FROM a"


class Change(NamedTuple):
    """`since`: the first version that has it; `blind`: SHOW CREATE and DESCRIBE do not show it."""

    name: str
    setup: tuple[str, ...]
    change: tuple[str, ...]
    undo: tuple[str, ...]
    since: int = 18
    blind: bool = False


_COLUMNS = (
    Change("a column more", (A,), ("ALTER TABLE a ADD COLUMN x UInt8",), ("ALTER TABLE a DROP COLUMN x",)),
    Change(
        "a column in another place",
        (A, "ALTER TABLE a ADD COLUMN x UInt8"),
        ("ALTER TABLE a DROP COLUMN x", "ALTER TABLE a ADD COLUMN x UInt8 AFTER n"),
        ("ALTER TABLE a DROP COLUMN x", "ALTER TABLE a ADD COLUMN x UInt8 AFTER word"),
    ),
    Change(
        "another type",
        ("CREATE TABLE a (n UInt64, x UInt8) ENGINE = MergeTree ORDER BY n",),
        ("ALTER TABLE a MODIFY COLUMN x UInt32",),
        ("ALTER TABLE a MODIFY COLUMN x UInt8",),
    ),
    Change(
        "a default",
        (A,),
        ("ALTER TABLE a MODIFY COLUMN word String DEFAULT 'x'",),
        ("ALTER TABLE a DROP COLUMN word", "ALTER TABLE a ADD COLUMN word String"),
    ),
    Change(
        "a column that is computed",
        (A,),
        ("ALTER TABLE a ADD COLUMN x UInt64 MATERIALIZED n + 1",),
        ("ALTER TABLE a DROP COLUMN x",),
    ),
    Change(
        "computed in another way",
        (A, "ALTER TABLE a ADD COLUMN x UInt64 ALIAS n + 1"),
        ("ALTER TABLE a MODIFY COLUMN x UInt64 ALIAS n + 2",),
        ("ALTER TABLE a MODIFY COLUMN x UInt64 ALIAS n + 1",),
    ),
    Change(
        "a comment of a column",
        (A, "ALTER TABLE a COMMENT COLUMN word 'said'"),
        ("ALTER TABLE a COMMENT COLUMN word 'what is said'",),
        ("ALTER TABLE a COMMENT COLUMN word 'said'",),
    ),
    Change(
        "another name of a column",
        (A,),
        ("ALTER TABLE a RENAME COLUMN word TO said",),
        ("ALTER TABLE a RENAME COLUMN said TO word",),
        since=26,
    ),
    Change(
        "a codec",
        (A,),
        ("ALTER TABLE a MODIFY COLUMN word CODEC(ZSTD(3))",),
        ("ALTER TABLE a MODIFY COLUMN word REMOVE CODEC",),
        since=26,
    ),
    Change(
        "how long a column is kept",
        (AT, "ALTER TABLE a ADD COLUMN x UInt8"),
        ("ALTER TABLE a MODIFY COLUMN x UInt8 TTL d + INTERVAL 1 DAY",),
        ("ALTER TABLE a MODIFY COLUMN x REMOVE TTL",),
        since=26,
    ),
)


_TABLES = (
    Change("a table more", (A,), (B,), ("DROP TABLE b",)),
    Change("another name of a table", (A,), ("RENAME TABLE a TO c",), ("RENAME TABLE c TO a",)),
    Change(
        "another engine",
        ("CREATE TABLE a (n UInt64) ENGINE = Log",),
        ("DROP TABLE a", "CREATE TABLE a (n UInt64) ENGINE = TinyLog"),
        ("DROP TABLE a", "CREATE TABLE a (n UInt64) ENGINE = Log"),
    ),
    Change(
        "another partition key",
        (AT,),
        ("DROP TABLE a", AT.replace("toYYYYMM(d)", "toMonday(d)")),
        ("DROP TABLE a", AT),
    ),
    Change(
        "a longer sorting key",
        (A,),
        ("ALTER TABLE a ADD COLUMN x UInt8, MODIFY ORDER BY (n, x)",),
        ("DROP TABLE a", A),
    ),
    Change(
        "a setting of a table",
        (A,),
        ("DROP TABLE a", f"{A} SETTINGS index_granularity = 1024"),
        ("DROP TABLE a", A),
    ),
    Change(
        "another setting",
        (A,),
        ("ALTER TABLE a MODIFY SETTING merge_with_ttl_timeout = 3600",),
        ("ALTER TABLE a RESET SETTING merge_with_ttl_timeout",),
        since=26,
    ),
    Change(
        "how long rows are kept",
        (AT,),
        ("ALTER TABLE a MODIFY TTL d + INTERVAL 1 YEAR",),
        ("ALTER TABLE a REMOVE TTL",),
        since=26,
    ),
    Change(
        "a comment of a table",
        (A,),
        ("ALTER TABLE a MODIFY COMMENT 'words'",),
        ("ALTER TABLE a MODIFY COMMENT ''",),
        since=26,
    ),
    Change(
        "two tables exchanged",
        (A, B),
        ("EXCHANGE TABLES a AND b",),
        ("EXCHANGE TABLES a AND b",),
        since=26,
    ),
    Change(
        "a comment of the database",
        (A,),
        ("ALTER DATABASE {database} MODIFY COMMENT 'the town'",),
        ("ALTER DATABASE {database} MODIFY COMMENT ''",),
        since=26,
        blind=True,
    ),
)


_BESIDE = (
    Change(
        "an index",
        (A,),
        ("ALTER TABLE a ADD INDEX i word TYPE bloom_filter(0.01) GRANULARITY 2",),
        ("ALTER TABLE a DROP INDEX i",),
        since=26,
    ),
    Change(
        "an index of another grain",
        (A, "ALTER TABLE a ADD INDEX i word TYPE minmax GRANULARITY 2"),
        ("ALTER TABLE a DROP INDEX i", "ALTER TABLE a ADD INDEX i word TYPE minmax GRANULARITY 3"),
        ("ALTER TABLE a DROP INDEX i", "ALTER TABLE a ADD INDEX i word TYPE minmax GRANULARITY 2"),
        since=26,
    ),
    Change(
        "a projection",
        (A,),
        ("ALTER TABLE a ADD PROJECTION p (SELECT word, count() GROUP BY word)",),
        ("ALTER TABLE a DROP PROJECTION p",),
        since=26,
    ),
    Change(
        "a constraint",
        (A,),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK n > 0",),
        ("ALTER TABLE a DROP CONSTRAINT c",),
        since=26,
    ),
    Change(
        "a dictionary",
        (A,),
        (
            "CREATE DICTIONARY d (n UInt64, word String) PRIMARY KEY n"
            " SOURCE(CLICKHOUSE(TABLE 'a')) LAYOUT(FLAT()) LIFETIME(100)",
        ),
        ("DROP DICTIONARY d",),
        since=26,
    ),
    Change(
        "a function",
        (A,),
        ("CREATE FUNCTION {database}_f AS (x) -> x + 1",),
        ("DROP FUNCTION {database}_f",),
        since=26,
        blind=True,
    ),
    Change(
        "a function that does something else",
        ("CREATE FUNCTION {database}_f AS (x) -> x + 1",),
        ("CREATE OR REPLACE FUNCTION {database}_f AS (x) -> x + 2",),
        ("CREATE OR REPLACE FUNCTION {database}_f AS (x) -> x + 1",),
        since=26,
        blind=True,
    ),
    Change(
        "a named collection",
        (A,),
        ("CREATE NAMED COLLECTION {database}_c AS host = 'x'",),
        ("DROP NAMED COLLECTION {database}_c",),
        since=26,
        blind=True,
    ),
)


_VIEWS = (
    Change("a view", (A,), ("CREATE VIEW v AS SELECT word FROM a",), ("DROP TABLE v",)),
    Change(
        "a view of something else",
        (A, "CREATE VIEW v AS SELECT word FROM a WHERE n > 1"),
        ("DROP TABLE v", "CREATE VIEW v AS SELECT word FROM a WHERE n > 2"),
        ("DROP TABLE v", "CREATE VIEW v AS SELECT word FROM a WHERE n > 1"),
    ),
    Change("a materialized view", (A,), (MV,), ("DROP TABLE mv",)),
    Change(
        "a materialized view that fills a table",
        (A, B),
        ("CREATE MATERIALIZED VIEW mv TO b AS SELECT n FROM a",),
        ("DROP TABLE mv",),
    ),
    Change(
        "a materialized view that asks something else",
        (A, MV),
        ("ALTER TABLE mv MODIFY QUERY SELECT n + 1 AS n FROM a",),
        ("ALTER TABLE mv MODIFY QUERY SELECT n FROM a",),
        since=26,
    ),
    Change(
        "what holds a materialized view's rows",
        (A, MV),
        ("ALTER TABLE `{inner}` ADD COLUMN x UInt8",),
        ("ALTER TABLE `{inner}` DROP COLUMN x",),
    ),
    Change(
        "a view that is refreshed",
        (A, B),
        ("CREATE MATERIALIZED VIEW mv REFRESH EVERY 1 HOUR TO b EMPTY AS SELECT n FROM a",),
        ("DROP TABLE mv",),
        since=26,
    ),
)


CHANGES = (*_COLUMNS, *_TABLES, *_BESIDE, *_VIEWS)
