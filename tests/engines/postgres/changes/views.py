"""Sequences, views, materialised views."""

from tests.engines.postgres.changes.change import Change

_T = "CREATE TABLE t (a int, b text);"

CHANGES = (
    Change("a sequence", "", "CREATE SEQUENCE q", "DROP SEQUENCE q"),
    Change("a sequence's type", "CREATE SEQUENCE q", "ALTER SEQUENCE q AS int", "ALTER SEQUENCE q AS bigint"),
    Change("a sequence's step", "CREATE SEQUENCE q", "ALTER SEQUENCE q INCREMENT 2", "ALTER SEQUENCE q INCREMENT 1"),
    Change("a sequence's start", "CREATE SEQUENCE q", "ALTER SEQUENCE q START 2", "ALTER SEQUENCE q START 1"),
    Change("a sequence's bounds", "CREATE SEQUENCE q", "ALTER SEQUENCE q MAXVALUE 99", "ALTER SEQUENCE q NO MAXVALUE"),
    Change(
        "a sequence's lower bound", "CREATE SEQUENCE q", "ALTER SEQUENCE q MINVALUE 0", "ALTER SEQUENCE q NO MINVALUE"
    ),
    Change("a sequence's cache", "CREATE SEQUENCE q", "ALTER SEQUENCE q CACHE 9", "ALTER SEQUENCE q CACHE 1"),
    Change("a sequence that goes round", "CREATE SEQUENCE q", "ALTER SEQUENCE q CYCLE", "ALTER SEQUENCE q NO CYCLE"),
    Change(
        "whom a sequence belongs to",
        _T + "CREATE SEQUENCE q",
        "ALTER SEQUENCE q OWNED BY t.a",
        "ALTER SEQUENCE q OWNED BY NONE",
    ),
    Change("an unlogged sequence", "CREATE SEQUENCE q", "ALTER SEQUENCE q SET UNLOGGED", "ALTER SEQUENCE q SET LOGGED"),
    Change(
        "a sequence's grants",
        "CREATE SEQUENCE q",
        "GRANT USAGE ON SEQUENCE q TO role_a",
        "REVOKE USAGE ON SEQUENCE q FROM role_a",
    ),
    Change(
        "a sequence's comment", "CREATE SEQUENCE q", "COMMENT ON SEQUENCE q IS 'x'", "COMMENT ON SEQUENCE q IS NULL"
    ),
    Change("a view", _T, "CREATE VIEW v AS SELECT a FROM t", "DROP VIEW v"),
    Change(
        "a view's query",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 0",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t",
    ),
    Change(
        "a security barrier",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "ALTER VIEW v SET (security_barrier)",
        "ALTER VIEW v RESET (security_barrier)",
    ),
    Change(
        "whose rights a view uses",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "ALTER VIEW v SET (security_invoker)",
        "ALTER VIEW v RESET (security_invoker)",
    ),
    Change(
        "a check option",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "ALTER VIEW v SET (check_option = local)",
        "ALTER VIEW v RESET (check_option)",
    ),
    Change(
        "a view column's default",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "ALTER VIEW v ALTER a SET DEFAULT 1",
        "ALTER VIEW v ALTER a DROP DEFAULT",
    ),
    Change(
        "a view column's name",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "ALTER VIEW v RENAME a TO z",
        "ALTER VIEW v RENAME z TO a",
    ),
    Change(
        "a view's grants",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "GRANT SELECT ON v TO PUBLIC",
        "REVOKE SELECT ON v FROM PUBLIC",
    ),
    Change(
        "a view's comment",
        _T + "CREATE VIEW v AS SELECT a FROM t",
        "COMMENT ON VIEW v IS 'x'",
        "COMMENT ON VIEW v IS NULL",
    ),
    Change("a materialised view", _T, "CREATE MATERIALIZED VIEW m AS SELECT a FROM t", "DROP MATERIALIZED VIEW m"),
    Change(
        "whether it is populated",
        _T + "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
        "REFRESH MATERIALIZED VIEW m WITH NO DATA",
        "REFRESH MATERIALIZED VIEW m",
        blind="a schema dump says WITH NO DATA of every materialised view",
    ),
    Change(
        "a materialised view's parameter",
        _T + "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
        "ALTER MATERIALIZED VIEW m SET (fillfactor = 50)",
        "ALTER MATERIALIZED VIEW m RESET (fillfactor)",
    ),
    Change(
        "a materialised view's comment",
        _T + "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
        "COMMENT ON MATERIALIZED VIEW m IS 'x'",
        "COMMENT ON MATERIALIZED VIEW m IS NULL",
    ),
)
