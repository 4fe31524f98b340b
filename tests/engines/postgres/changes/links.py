"""Extensions, default privileges, foreign data, publications, subscriptions."""

from tests.engines.postgres.changes.change import Change

_W = "CREATE FOREIGN DATA WRAPPER w;"
_S = _W + "CREATE SERVER sv FOREIGN DATA WRAPPER w OPTIONS (host 'a');"
_FT = _S + "CREATE FOREIGN TABLE ft (a int) SERVER sv OPTIONS (name 'a');"
_M = _S + "CREATE USER MAPPING FOR role_a SERVER sv OPTIONS (username 'u', password 'hidden');"
_T = "CREATE TABLE t (a int PRIMARY KEY, b text);"
_P = _T + "CREATE PUBLICATION pu FOR TABLE t;"
_U = (
    "CREATE SUBSCRIPTION su CONNECTION 'host=nowhere password=hidden' PUBLICATION p"
    " WITH (connect = false, slot_name = NONE)"
)

CHANGES = (
    Change("an extension", "", "CREATE EXTENSION hstore", "DROP EXTENSION hstore"),
    Change(
        "an extension's schema",
        "CREATE SCHEMA s; CREATE EXTENSION hstore",
        "ALTER EXTENSION hstore SET SCHEMA s",
        "ALTER EXTENSION hstore SET SCHEMA public",
    ),
    Change(
        "an extension's version",
        "CREATE EXTENSION hstore VERSION '1.4'",
        "ALTER EXTENSION hstore UPDATE TO '1.5'",
        "DROP EXTENSION hstore; CREATE EXTENSION hstore VERSION '1.4'",
        blind="pg_dump does not say which version",
    ),
    Change(
        "an extension's comment",
        "CREATE EXTENSION hstore",
        "COMMENT ON EXTENSION hstore IS 'x'",
        "DROP EXTENSION hstore; CREATE EXTENSION hstore",
    ),
    Change(
        "default privileges",
        "",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO role_a",
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM role_a",
    ),
    Change(
        "default privileges in a schema",
        "CREATE SCHEMA s",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT USAGE ON SEQUENCES TO role_a",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA s REVOKE USAGE ON SEQUENCES FROM role_a",
    ),
    Change(
        "default privileges of a role",
        "",
        "ALTER DEFAULT PRIVILEGES FOR ROLE role_a REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE role_a GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
    ),
    Change("a foreign data wrapper", "", _W, "DROP FOREIGN DATA WRAPPER w"),
    Change(
        "a wrapper's option",
        _W,
        "ALTER FOREIGN DATA WRAPPER w OPTIONS (debug 'on')",
        "ALTER FOREIGN DATA WRAPPER w OPTIONS (DROP debug)",
    ),
    Change(
        "a wrapper's grants",
        _W,
        "GRANT USAGE ON FOREIGN DATA WRAPPER w TO role_a",
        "REVOKE USAGE ON FOREIGN DATA WRAPPER w FROM role_a",
    ),
    Change(
        "a wrapper's comment",
        _W,
        "COMMENT ON FOREIGN DATA WRAPPER w IS 'x'",
        "COMMENT ON FOREIGN DATA WRAPPER w IS NULL",
    ),
    Change("a foreign server", _W, "CREATE SERVER sv TYPE 'x' FOREIGN DATA WRAPPER w", "DROP SERVER sv"),
    Change("a server's option", _S, "ALTER SERVER sv OPTIONS (SET host 'b')", "ALTER SERVER sv OPTIONS (SET host 'a')"),
    Change(
        "a server's version",
        _W + "CREATE SERVER sv VERSION '1' FOREIGN DATA WRAPPER w",
        "ALTER SERVER sv VERSION '2'",
        "ALTER SERVER sv VERSION '1'",
    ),
    Change(
        "a server's grants",
        _S,
        "GRANT USAGE ON FOREIGN SERVER sv TO role_a",
        "REVOKE USAGE ON FOREIGN SERVER sv FROM role_a",
    ),
    Change("a server's comment", _S, "COMMENT ON SERVER sv IS 'x'", "COMMENT ON SERVER sv IS NULL"),
    Change("a user mapping", _S, "CREATE USER MAPPING FOR role_a SERVER sv", "DROP USER MAPPING FOR role_a SERVER sv"),
    Change(
        "a user mapping's option",
        _M,
        "ALTER USER MAPPING FOR role_a SERVER sv OPTIONS (SET username 'v')",
        "ALTER USER MAPPING FOR role_a SERVER sv OPTIONS (SET username 'u')",
    ),
    Change("a foreign table", _S, "CREATE FOREIGN TABLE ft (a int) SERVER sv", "DROP FOREIGN TABLE ft"),
    Change(
        "a foreign table's option",
        _FT,
        "ALTER FOREIGN TABLE ft OPTIONS (SET name 'b')",
        "ALTER FOREIGN TABLE ft OPTIONS (SET name 'a')",
    ),
    Change(
        "a foreign column's option",
        _FT,
        "ALTER FOREIGN TABLE ft ALTER a OPTIONS (ADD name 'b')",
        "ALTER FOREIGN TABLE ft ALTER a OPTIONS (DROP name)",
    ),
    Change(
        "a foreign table's comment", _FT, "COMMENT ON FOREIGN TABLE ft IS 'x'", "COMMENT ON FOREIGN TABLE ft IS NULL"
    ),
    Change("a publication", _T, "CREATE PUBLICATION pu FOR TABLE t", "DROP PUBLICATION pu"),
    Change(
        "a publication of all tables",
        "CREATE PUBLICATION pu",
        "DROP PUBLICATION pu; CREATE PUBLICATION pu FOR ALL TABLES",
        "DROP PUBLICATION pu; CREATE PUBLICATION pu",
    ),
    Change(
        "a published table",
        _T + "CREATE PUBLICATION pu",
        "ALTER PUBLICATION pu ADD TABLE t",
        "ALTER PUBLICATION pu DROP TABLE t",
    ),
    Change(
        "a published schema",
        "CREATE PUBLICATION pu",
        "ALTER PUBLICATION pu ADD TABLES IN SCHEMA public",
        "ALTER PUBLICATION pu DROP TABLES IN SCHEMA public",
    ),
    Change("published rows", _P, "ALTER PUBLICATION pu SET TABLE t WHERE (a > 0)", "ALTER PUBLICATION pu SET TABLE t"),
    Change("published columns", _P, "ALTER PUBLICATION pu SET TABLE t (a)", "ALTER PUBLICATION pu SET TABLE t"),
    Change(
        "what is published",
        _P,
        "ALTER PUBLICATION pu SET (publish = 'insert')",
        "ALTER PUBLICATION pu SET (publish = 'insert, update, delete, truncate')",
    ),
    Change(
        "publishing through the root",
        _P,
        "ALTER PUBLICATION pu SET (publish_via_partition_root = true)",
        "ALTER PUBLICATION pu SET (publish_via_partition_root = false)",
    ),
    Change(
        "published generated columns",
        _P,
        "ALTER PUBLICATION pu SET (publish_generated_columns = stored)",
        "ALTER PUBLICATION pu SET (publish_generated_columns = none)",
        since=18,
    ),
    Change(
        "a publication's owner",
        _P,
        "ALTER PUBLICATION pu OWNER TO role_a",
        "ALTER PUBLICATION pu OWNER TO CURRENT_USER",
    ),
    Change("a publication's comment", _P, "COMMENT ON PUBLICATION pu IS 'x'", "COMMENT ON PUBLICATION pu IS NULL"),
    Change("a subscription", "", _U, "DROP SUBSCRIPTION su"),
    Change(
        "a subscription's publications",
        _U,
        "ALTER SUBSCRIPTION su SET PUBLICATION p, q WITH (refresh = false)",
        "ALTER SUBSCRIPTION su SET PUBLICATION p WITH (refresh = false)",
    ),
    Change(
        "a subscription's connection",
        _U,
        "ALTER SUBSCRIPTION su CONNECTION 'host=elsewhere password=hidden'",
        "ALTER SUBSCRIPTION su CONNECTION 'host=nowhere password=hidden'",
    ),
    Change(
        "a binary subscription",
        _U,
        "ALTER SUBSCRIPTION su SET (binary = true)",
        "ALTER SUBSCRIPTION su SET (binary = false)",
    ),
    Change(
        "a streaming subscription",
        f"{_U}; ALTER SUBSCRIPTION su SET (streaming = off)",
        "ALTER SUBSCRIPTION su SET (streaming = on)",
        "ALTER SUBSCRIPTION su SET (streaming = off)",
    ),
    Change(
        "a subscription that stops on error",
        _U,
        "ALTER SUBSCRIPTION su SET (disable_on_error = true)",
        "ALTER SUBSCRIPTION su SET (disable_on_error = false)",
    ),
    Change(
        "what origin a subscription takes",
        _U,
        "ALTER SUBSCRIPTION su SET (origin = none)",
        "ALTER SUBSCRIPTION su SET (origin = any)",
        since=16,
    ),
    Change("a subscription's comment", _U, "COMMENT ON SUBSCRIPTION su IS 'x'", "COMMENT ON SUBSCRIPTION su IS NULL"),
)
