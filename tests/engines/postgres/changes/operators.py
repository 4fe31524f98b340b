"""Operators, their classes and families, casts, conversions, transforms, access methods, text search."""

from tests.engines.postgres.changes.change import Change

_O = "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);"
_K = "CREATE OPERATOR CLASS oc FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int);"
_Y = "CREATE TYPE y AS (a int); CREATE FUNCTION yi(y) RETURNS int LANGUAGE sql AS 'SELECT ($1).a';"
_CAST = _Y + "CREATE CAST (y AS int) WITH FUNCTION yi(y);"
_V = "CREATE CONVERSION cv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;"
_F = "CREATE OPERATOR FAMILY fa USING btree;"
_TRF = "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))"
_CFG = "CREATE TEXT SEARCH CONFIGURATION cf (COPY = simple);"
_DICT = "CREATE TEXT SEARCH DICTIONARY di (TEMPLATE = simple);"

CHANGES = (
    Change("an operator", "", _O, "DROP OPERATOR === (int, int)"),
    Change(
        "an operator's function",
        _O,
        f"DROP OPERATOR === (int, int); {_O.replace('int4eq', 'int4ne')}",
        f"DROP OPERATOR === (int, int); {_O}",
    ),
    Change(
        "an operator's estimator",
        _O,
        "ALTER OPERATOR === (int, int) SET (RESTRICT = eqsel)",
        "ALTER OPERATOR === (int, int) SET (RESTRICT = NONE)",
    ),
    Change(
        "an operator's join estimator",
        _O,
        "ALTER OPERATOR === (int, int) SET (JOIN = eqjoinsel)",
        "ALTER OPERATOR === (int, int) SET (JOIN = NONE)",
    ),
    Change(
        "an operator that commutes",
        _O,
        "DROP OPERATOR === (int, int);" + _O.replace("int4eq", "int4eq, COMMUTATOR = ==="),
        f"DROP OPERATOR === (int, int); {_O}",
    ),
    Change(
        "an operator that hashes",
        _O,
        "DROP OPERATOR === (int, int); CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, HASHES)",
        f"DROP OPERATOR === (int, int); {_O}",
    ),
    Change(
        "a prefix operator",
        "",
        "CREATE OPERATOR !== (RIGHTARG = int, FUNCTION = int4up)",
        "DROP OPERATOR !== (NONE, int)",
    ),
    Change(
        "an operator's comment",
        _O,
        "COMMENT ON OPERATOR === (int, int) IS 'x'",
        "COMMENT ON OPERATOR === (int, int) IS NULL",
    ),
    Change("an operator family", "", _F, "DROP OPERATOR FAMILY fa USING btree"),
    Change(
        "a member of a family",
        _F,
        "ALTER OPERATOR FAMILY fa USING btree ADD OPERATOR 1 < (int, bigint)",
        "ALTER OPERATOR FAMILY fa USING btree DROP OPERATOR 1 (int, bigint)",
    ),
    Change(
        "a family's comment",
        _F,
        "COMMENT ON OPERATOR FAMILY fa USING btree IS 'x'",
        "COMMENT ON OPERATOR FAMILY fa USING btree IS NULL",
    ),
    Change("an operator class", "", _K, "DROP OPERATOR FAMILY oc USING hash CASCADE"),
    Change(
        "a member of a class",
        _K,
        f"DROP OPERATOR FAMILY oc USING hash CASCADE; {_K[:-1]}, FUNCTION 2 hashint4extended(int, bigint)",
        f"DROP OPERATOR FAMILY oc USING hash CASCADE; {_K}",
    ),
    Change(
        "an operator class's comment",
        _K,
        "COMMENT ON OPERATOR CLASS oc USING hash IS 'x'",
        "COMMENT ON OPERATOR CLASS oc USING hash IS NULL",
    ),
    Change(
        "an operator class's owner",
        _K,
        "ALTER OPERATOR CLASS oc USING hash OWNER TO role_a",
        "ALTER OPERATOR CLASS oc USING hash OWNER TO CURRENT_USER",
    ),
    Change("a cast", _Y, "CREATE CAST (y AS int) WITH FUNCTION yi(y)", "DROP CAST (y AS int)"),
    Change(
        "when a cast applies",
        _CAST,
        "DROP CAST (y AS int); CREATE CAST (y AS int) WITH FUNCTION yi(y) AS IMPLICIT",
        "DROP CAST (y AS int); CREATE CAST (y AS int) WITH FUNCTION yi(y)",
    ),
    Change(
        "how a cast works",
        _CAST,
        "DROP CAST (y AS int); CREATE CAST (y AS int) WITH INOUT",
        "DROP CAST (y AS int); CREATE CAST (y AS int) WITH FUNCTION yi(y)",
    ),
    Change("a cast's comment", _CAST, "COMMENT ON CAST (y AS int) IS 'x'", "COMMENT ON CAST (y AS int) IS NULL"),
    Change("a conversion", "", _V, "DROP CONVERSION cv"),
    Change(
        "a default conversion",
        _V,
        f"DROP CONVERSION cv; {_V.replace('CREATE', 'CREATE DEFAULT')}",
        f"DROP CONVERSION cv; {_V}",
    ),
    Change("a conversion's comment", _V, "COMMENT ON CONVERSION cv IS 'x'", "COMMENT ON CONVERSION cv IS NULL"),
    Change("a transform", "", _TRF, "DROP TRANSFORM FOR int LANGUAGE sql"),
    Change(
        "a transform's comment",
        _TRF,
        "COMMENT ON TRANSFORM FOR int LANGUAGE sql IS 'x'",
        "COMMENT ON TRANSFORM FOR int LANGUAGE sql IS NULL",
    ),
    Change(
        "an access method of its own",
        "",
        "CREATE ACCESS METHOD bt2 TYPE INDEX HANDLER bthandler",
        "DROP ACCESS METHOD bt2",
    ),
    Change(
        "an access method's comment",
        "CREATE ACCESS METHOD bt2 TYPE INDEX HANDLER bthandler",
        "COMMENT ON ACCESS METHOD bt2 IS 'x'",
        "COMMENT ON ACCESS METHOD bt2 IS NULL",
    ),
    Change("a text search configuration", "", _CFG, "DROP TEXT SEARCH CONFIGURATION cf"),
    Change(
        "a mapping",
        _CFG,
        "ALTER TEXT SEARCH CONFIGURATION cf ALTER MAPPING FOR word WITH english_stem, simple",
        "ALTER TEXT SEARCH CONFIGURATION cf ALTER MAPPING FOR word WITH simple",
    ),
    Change(
        "a missing mapping",
        _CFG,
        "ALTER TEXT SEARCH CONFIGURATION cf DROP MAPPING FOR url",
        "ALTER TEXT SEARCH CONFIGURATION cf ADD MAPPING FOR url WITH simple",
    ),
    Change(
        "a configuration's comment",
        _CFG,
        "COMMENT ON TEXT SEARCH CONFIGURATION cf IS 'x'",
        "COMMENT ON TEXT SEARCH CONFIGURATION cf IS NULL",
    ),
    Change("a dictionary", "", _DICT, "DROP TEXT SEARCH DICTIONARY di"),
    Change(
        "a dictionary's option",
        _DICT,
        "ALTER TEXT SEARCH DICTIONARY di (Accept = false)",
        "ALTER TEXT SEARCH DICTIONARY di (Accept)",
    ),
    Change(
        "a dictionary's comment",
        _DICT,
        "COMMENT ON TEXT SEARCH DICTIONARY di IS 'x'",
        "COMMENT ON TEXT SEARCH DICTIONARY di IS NULL",
    ),
    Change(
        "a template", "", "CREATE TEXT SEARCH TEMPLATE te (LEXIZE = dsimple_lexize)", "DROP TEXT SEARCH TEMPLATE te"
    ),
    Change(
        "a parser",
        "",
        "CREATE TEXT SEARCH PARSER pa (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,"
        " LEXTYPES = prsd_lextype)",
        "DROP TEXT SEARCH PARSER pa",
    ),
)
