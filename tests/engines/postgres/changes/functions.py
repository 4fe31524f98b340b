"""Functions, procedures, aggregates, languages."""

from tests.engines.postgres.changes.change import Change

_F = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
_AGG = "CREATE AGGREGATE s (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');"


def _aggregate(name: str, options: str, args: str = "int", since: int = 15) -> Change:
    return Change(
        name,
        _AGG,
        f"DROP AGGREGATE s (int); CREATE AGGREGATE s ({args}) (SFUNC = int4pl, STYPE = int, {options})",
        f"DROP AGGREGATE s (int); {_AGG}",
        since,
    )


CHANGES = (
    Change("a function", "", _F, "DROP FUNCTION f"),
    Change(
        "a function's body",
        _F,
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "CREATE OR REPLACE" + _F[6:],
    ),
    Change(
        "an overload", _F, "CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION f(text)"
    ),
    Change(
        "an argument's default",
        "",
        "CREATE FUNCTION f(a int DEFAULT 3) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION f",
    ),
    Change("volatility", _F, "ALTER FUNCTION f STABLE", "ALTER FUNCTION f VOLATILE"),
    Change("strictness", _F, "ALTER FUNCTION f STRICT", "ALTER FUNCTION f CALLED ON NULL INPUT"),
    Change(
        "whose rights a function uses", _F, "ALTER FUNCTION f SECURITY DEFINER", "ALTER FUNCTION f SECURITY INVOKER"
    ),
    Change("leakproof", _F, "ALTER FUNCTION f LEAKPROOF", "ALTER FUNCTION f NOT LEAKPROOF"),
    Change("parallel safety", _F, "ALTER FUNCTION f PARALLEL SAFE", "ALTER FUNCTION f PARALLEL UNSAFE"),
    Change("a function's cost", _F, "ALTER FUNCTION f COST 7", "ALTER FUNCTION f COST 100"),
    Change(
        "how many rows a function gives",
        "CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION f ROWS 7",
        "ALTER FUNCTION f ROWS 1000",
    ),
    Change("a setting of a function", _F, "ALTER FUNCTION f SET work_mem = '1MB'", "ALTER FUNCTION f RESET work_mem"),
    Change("a function's owner", _F, "ALTER FUNCTION f OWNER TO role_a", "ALTER FUNCTION f OWNER TO CURRENT_USER"),
    Change(
        "a function's grants", _F, "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC", "GRANT EXECUTE ON FUNCTION f TO PUBLIC"
    ),
    Change("a function's comment", _F, "COMMENT ON FUNCTION f IS 'x'", "COMMENT ON FUNCTION f IS NULL"),
    Change(
        "a parsed body",
        "CREATE FUNCTION f() RETURNS int RETURN 1",
        "CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 2",
        "CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1",
    ),
    Change("a procedure", "", "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'", "DROP PROCEDURE p"),
    Change(
        "a procedure's comment",
        "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
        "COMMENT ON PROCEDURE p IS 'x'",
        "COMMENT ON PROCEDURE p IS NULL",
    ),
    Change(
        "a window function",
        "",
        "CREATE FUNCTION w() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number'",
        "DROP FUNCTION w",
    ),
    Change("an aggregate", "", _AGG, "DROP AGGREGATE s (int)"),
    _aggregate("an aggregate's first value", "INITCOND = '1'"),
    _aggregate("an aggregate's last step", "INITCOND = '0', FINALFUNC = int4up"),
    _aggregate("an aggregate's combining step", "INITCOND = '0', COMBINEFUNC = int4pl"),
    _aggregate("an aggregate's parallel safety", "INITCOND = '0', PARALLEL = SAFE"),
    _aggregate("an aggregate's sort operator", "INITCOND = '0', SORTOP = <"),
    _aggregate("an aggregate's state size", "INITCOND = '0', SSPACE = 64"),
    _aggregate(
        "an aggregate's final modification", "INITCOND = '0', FINALFUNC = int4up, FINALFUNC_MODIFY = READ_WRITE"
    ),
    _aggregate(
        "an aggregate over a moving frame",
        "INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, MINITCOND = '0'",
    ),
    Change(
        "an aggregate's grants",
        _AGG,
        "REVOKE ALL ON FUNCTION s(int) FROM PUBLIC",
        "GRANT ALL ON FUNCTION s(int) TO PUBLIC",
    ),
    Change(
        "an aggregate's comment", _AGG, "COMMENT ON AGGREGATE s (int) IS 'x'", "COMMENT ON AGGREGATE s (int) IS NULL"
    ),
    Change("a language", "", "CREATE LANGUAGE other HANDLER plpgsql_call_handler", "DROP LANGUAGE other"),
    Change(
        "a language's comment",
        "CREATE LANGUAGE other HANDLER plpgsql_call_handler",
        "COMMENT ON LANGUAGE other IS 'x'",
        "COMMENT ON LANGUAGE other IS NULL",
    ),
)
