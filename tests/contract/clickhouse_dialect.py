"""ClickHouse's examples for the contract tests: every statement stands alone."""

from __future__ import annotations

from dataclasses import replace

from schemactl.script import syntax
from tests.contract.language import sectioned
from tests.contract.target import Cut, Dialect

GROUND = "CREATE TABLE ground (word String) ENGINE = MergeTree ORDER BY tuple()"


def _table(name: str) -> str:
    return f"CREATE TABLE {name} (word String) ENGINE = MergeTree ORDER BY tuple()"


def _pair(name: str, first: str, second: str, *, none: bool = False) -> Cut:
    return Cut(name=name, statements=(first, second), modes=(("alone", (0,)), ("alone", (1,))), none=none)


_A, _B = _table("a"), _table("b")
CUTS = (
    _pair("two tables", _A, _B),
    _pair("ddl and data", _A, "INSERT INTO a SELECT 'x'"),
    _pair("data of its own", "INSERT INTO a VALUES ('x'), ('y;')", "INSERT INTO a SELECT 'z'"),
    _pair("mutations", "ALTER TABLE a UPDATE word = 'y' WHERE 1", "ALTER TABLE a DELETE WHERE word = 'z'"),
    _pair("transaction=none", _A, _B, none=True),
)

NATIVE = Dialect(
    language=sectioned(syntax.CLICKHOUSE),
    make=_table,
    drop=lambda name: f"DROP TABLE {name}",
    insert=lambda name, word: f"INSERT INTO {name} SELECT '{word}'",
    fails="SELECT throwIf(1)",
    alone_make=lambda name: (
        f"CREATE MATERIALIZED VIEW {name} ENGINE = MergeTree ORDER BY word AS SELECT word FROM ground"
    ),
    alone_drop=lambda name: f"DROP TABLE {name}",
    alone_fails="DROP TABLE nothing",
    undecidable=lambda name, word: f"INSERT INTO {name} SELECT '{word}'",
    has=lambda name: f"bool(ctx.connection.execute('EXISTS TABLE {name}')[0][0])",
    having=lambda name, word: f"SELECT word FROM {name} WHERE word = '{word}'",
    ddl=_table,
    execute=lambda statement: f"ctx.connection.execute({statement!r})",
    leaves=("done", "not done", "half"),
    changes=(
        (_A, _B),
        (_A, "ALTER TABLE a ADD COLUMN n UInt8"),
        (_A, "ALTER TABLE a MODIFY COLUMN word Nullable(String)"),
        (_A, "ALTER TABLE a MODIFY COLUMN word String DEFAULT 'x'"),
        (_A, "ALTER TABLE a COMMENT COLUMN word 'words'"),
        (_A, "CREATE VIEW v AS SELECT word FROM a"),
        (_A, "DROP TABLE a"),
    ),
    cuts=CUTS,
    refused=(
        "BEGIN TRANSACTION",
        "COMMIT",
        "ROLLBACK",
        "SET max_threads = 1",
        "USE default",
        "KILL QUERY WHERE 1",
        "SYSTEM SHUTDOWN",
        "CREATE TEMPORARY TABLE t (word String)",
        "DROP TABLE schema_events",
        "RENAME TABLE schema_lock_0000000001 TO a",
    ),
)

# A server of today: what 18.16 has not. Its databases make a view whole, and drop it so.
EMBEDDED = replace(
    NATIVE,
    leaves=("done", "not done"),
    changes=(
        *NATIVE.changes,
        (_A, "ALTER TABLE a ADD INDEX i word TYPE bloom_filter GRANULARITY 1"),
        (_A, "ALTER TABLE a RENAME COLUMN word TO term"),
        (_A, "ALTER TABLE a MODIFY COMMENT 'words'"),
    ),
)
