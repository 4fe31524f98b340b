"""PostgreSQL's examples for the contract tests: statements, and where a section of them must be cut."""

from __future__ import annotations

from schemactl.script import syntax
from tests.contract.language import sectioned
from tests.contract.target import Cut, Dialect

GROUND = "CREATE TABLE ground (word text)"
ALL = "transaction"
_A, _B = "CREATE TABLE a (word text)", "CREATE TABLE b (word text)"


def _lone(name: str, statement: str) -> Cut:
    """A statement between two others: three segments."""
    return Cut(name=name, statements=(_A, statement, _B), modes=((ALL, (0,)), ("alone", (1,)), (ALL, (2,))))


def _shares(name: str, statement: str) -> Cut:
    return Cut(name=name, statements=(_A, statement, _B), modes=((ALL, (0, 1, 2)),))


CUTS = (
    Cut(name="ddl and data", statements=(_A, "INSERT INTO a VALUES ('x')", _B), modes=((ALL, (0, 1, 2)),)),
    _lone("create index concurrently", "CREATE INDEX CONCURRENTLY i ON ground (word)"),
    _lone("create unique index concurrently", "create unique index concurrently i on ground (word)"),
    _lone("nameless index concurrently", "CREATE INDEX CONCURRENTLY ON ground (word)"),
    _lone("drop index concurrently", "DROP INDEX CONCURRENTLY i"),
    _lone("detach concurrently", "ALTER TABLE p DETACH PARTITION q CONCURRENTLY"),
    _lone("reindex", "REINDEX TABLE ground"),
    _lone("reindex concurrently", "REINDEX INDEX CONCURRENTLY i"),
    _lone("reindex in parentheses", "REINDEX (CONCURRENTLY, VERBOSE) TABLE ground"),
    _lone("vacuum", "VACUUM ground"),
    _lone("vacuum in parentheses", "VACUUM (ANALYZE) ground"),
    _lone("alter system", "ALTER SYSTEM SET work_mem = '8MB'"),
    _lone("create database", "CREATE DATABASE other"),
    _lone("cluster of all tables", "CLUSTER"),
    _shares("plain index", "CREATE INDEX concurrently_not ON ground (word)"),
    _shares("a column called concurrently", 'CREATE INDEX i ON ground ("CONCURRENTLY")'),
    _shares("concurrently in a comment", "CREATE INDEX /* CONCURRENTLY */ i ON ground (word)"),
    _shares("refresh concurrently", "REFRESH MATERIALIZED VIEW CONCURRENTLY m"),
    _shares("cluster of one table", "CLUSTER ground USING i"),
    _shares("a call", "CALL p()"),
    Cut(
        name="enum value, then its use",
        statements=("ALTER TYPE mood ADD VALUE 'glad'", "UPDATE a SET m = 'glad'"),
        modes=((ALL, (0,)), (ALL, (1,))),
    ),
    Cut(
        name="enum values together",
        statements=("ALTER TYPE mood ADD VALUE 'glad'", "ALTER TYPE mood ADD VALUE 'sad'", _B),
        modes=((ALL, (0, 1)), (ALL, (2,))),
    ),
    Cut(
        name="enum value of a type made here",
        statements=("CREATE TYPE mood AS ENUM ('so')", "ALTER TYPE mood ADD VALUE 'glad'", _B),
        modes=((ALL, (0, 1, 2)),),
    ),
    Cut(
        name="transaction=none",
        statements=(_A, "CREATE INDEX CONCURRENTLY i ON a (word)", "CALL p()", "DO $$begin end$$", _B),
        modes=((ALL, (0,)), ("alone", (1,)), ("alone", (2,)), ("alone", (3,)), (ALL, (4,))),
        none=True,
    ),
)

DIALECT = Dialect(
    language=sectioned(syntax.POSTGRES),
    make=lambda name: f"CREATE TABLE {name} (word text)",
    drop=lambda name: f"DROP TABLE {name}",
    insert=lambda name, word: f"INSERT INTO {name} VALUES ('{word}')",
    fails="SELECT 1 / 0",
    alone_make=lambda name: f"CREATE INDEX CONCURRENTLY {name} ON ground (word)",
    alone_drop=lambda name: f"DROP INDEX CONCURRENTLY {name}",
    alone_fails="DROP INDEX CONCURRENTLY nothing",
    undecidable=lambda name, word: f"DO $$ BEGIN LOCK ground; INSERT INTO {name} VALUES ('{word}'); END $$",
    has=lambda name: f"ctx.connection.execute(\"select to_regclass('{name}') is not null\").fetchone()[0]",
    having=lambda name, word: f"SELECT word FROM {name} WHERE word = '{word}'",
    ddl=lambda name: f"CREATE TABLE {name} (word text)",
    execute=lambda statement: f"ctx.connection.execute({statement!r})",
    leaves=("done", "not done", "half"),
    changes=(
        (_A, _B),
        (_A, "ALTER TABLE a ADD COLUMN n int"),
        (_A, "ALTER TABLE a ALTER word SET DEFAULT 'x'"),
        (_A, "ALTER TABLE a ALTER word SET NOT NULL"),
        (_A, "CREATE INDEX i ON a (word)"),
        (_A, "COMMENT ON TABLE a IS 'words'"),
        (_A, "GRANT SELECT ON a TO public"),
        (_A, "CREATE VIEW v AS SELECT word FROM a"),
    ),
    cuts=CUTS,
    refused=(
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT s",
        "START TRANSACTION",
        "END",
        "PREPARE TRANSACTION 'p'",
        "SET TRANSACTION READ ONLY",
        "DISCARD ALL",
        "SELECT pg_advisory_unlock_all()",
    ),
)
