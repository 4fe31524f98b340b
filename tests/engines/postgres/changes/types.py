"""Enums, composites, ranges, base types, domains, collations."""

from tests.engines.postgres.changes.change import Change

_E = "CREATE TYPE e AS ENUM ('a', 'c');"
_Y = "CREATE TYPE y AS (a int, b text);"
_D = "CREATE DOMAIN d AS int;"
_B = (
    "CREATE TYPE bt; CREATE FUNCTION bt_in(cstring) RETURNS bt LANGUAGE internal IMMUTABLE STRICT AS 'int4in';"
    "CREATE FUNCTION bt_out(bt) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';"
    "CREATE TYPE bt (INPUT = bt_in, OUTPUT = bt_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4);"
)

CHANGES = (
    Change("an enum", "", _E, "DROP TYPE e"),
    Change("a value of an enum", _E, "ALTER TYPE e ADD VALUE 'b' BEFORE 'c'", f"DROP TYPE e; {_E}"),
    Change("the order of an enum", _E, "DROP TYPE e; CREATE TYPE e AS ENUM ('c', 'a')", f"DROP TYPE e; {_E}"),
    Change(
        "the name of an enum's value",
        _E,
        "ALTER TYPE e RENAME VALUE 'a' TO 'z'",
        "ALTER TYPE e RENAME VALUE 'z' TO 'a'",
    ),
    Change("a type's owner", _E, "ALTER TYPE e OWNER TO role_a", "ALTER TYPE e OWNER TO CURRENT_USER"),
    Change("a type's grants", _E, "REVOKE USAGE ON TYPE e FROM PUBLIC", "GRANT USAGE ON TYPE e TO PUBLIC"),
    Change("a type's comment", _E, "COMMENT ON TYPE e IS 'x'", "COMMENT ON TYPE e IS NULL"),
    Change("a composite type", "", _Y, "DROP TYPE y"),
    Change("an attribute", _Y, "ALTER TYPE y ADD ATTRIBUTE c int", "ALTER TYPE y DROP ATTRIBUTE c"),
    Change(
        "an attribute's type",
        _Y,
        "ALTER TYPE y ALTER ATTRIBUTE a TYPE bigint",
        "ALTER TYPE y ALTER ATTRIBUTE a TYPE int",
    ),
    Change(
        "an attribute's collation",
        _Y,
        'ALTER TYPE y ALTER ATTRIBUTE b TYPE text COLLATE "C"',
        "ALTER TYPE y ALTER ATTRIBUTE b TYPE text",
    ),
    Change("an attribute's comment", _Y, "COMMENT ON COLUMN y.a IS 'x'", "COMMENT ON COLUMN y.a IS NULL"),
    Change("a range", "", "CREATE TYPE r AS RANGE (subtype = float8)", "DROP TYPE r"),
    Change(
        "a range's difference",
        "CREATE TYPE r AS RANGE (subtype = float8)",
        "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = float8, subtype_diff = float8mi)",
        "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = float8)",
    ),
    Change(
        "a range's collation",
        "CREATE TYPE r AS RANGE (subtype = text)",
        'DROP TYPE r; CREATE TYPE r AS RANGE (subtype = text, collation = "C")',
        "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = text)",
    ),
    Change(
        "a range's operator class",
        "CREATE TYPE r AS RANGE (subtype = text)",
        "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = text, subtype_opclass = text_pattern_ops)",
        "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = text)",
    ),
    Change(
        "a multirange's name",
        "CREATE TYPE r AS RANGE (subtype = float8)",
        "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = float8, multirange_type_name = rr)",
        "DROP TYPE r; CREATE TYPE r AS RANGE (subtype = float8)",
    ),
    Change("a base type", "", _B, "DROP TYPE bt CASCADE"),
    Change(
        "how a base type is analysed",
        _B,
        "ALTER TYPE bt SET (ANALYZE = ts_typanalyze)",
        "ALTER TYPE bt SET (ANALYZE = NONE)",
    ),
    Change(
        "a shell type",
        "",
        "CREATE TYPE shell",
        "DROP TYPE shell",
    ),
    Change("a domain", "", _D, "DROP DOMAIN d"),
    Change("a domain's type", _D, "DROP DOMAIN d; CREATE DOMAIN d AS bigint", f"DROP DOMAIN d; {_D}"),
    Change(
        "a domain's check", _D, "ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0)", "ALTER DOMAIN d DROP CONSTRAINT k"
    ),
    Change(
        "a domain's check that was not validated",
        _D + "ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0) NOT VALID",
        "ALTER DOMAIN d VALIDATE CONSTRAINT k",
        "ALTER DOMAIN d DROP CONSTRAINT k; ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0) NOT VALID",
    ),
    Change(
        "a comment on a domain's check",
        _D + "ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0)",
        "COMMENT ON CONSTRAINT k ON DOMAIN d IS 'x'",
        "COMMENT ON CONSTRAINT k ON DOMAIN d IS NULL",
    ),
    Change("a domain's default", _D, "ALTER DOMAIN d SET DEFAULT 1", "ALTER DOMAIN d DROP DEFAULT"),
    Change("a domain's not null", _D, "ALTER DOMAIN d SET NOT NULL", "ALTER DOMAIN d DROP NOT NULL"),
    Change(
        "a name for a domain's not null",
        "CREATE DOMAIN d AS int CONSTRAINT filled NOT NULL",
        "ALTER DOMAIN d RENAME CONSTRAINT filled TO present",
        "ALTER DOMAIN d RENAME CONSTRAINT present TO filled",
        since=18,
    ),
    Change("a domain's comment", _D, "COMMENT ON DOMAIN d IS 'x'", "COMMENT ON DOMAIN d IS NULL"),
    Change("a collation", "", "CREATE COLLATION co (locale = 'C')", "DROP COLLATION co"),
    Change(
        "a collation's locale",
        "CREATE COLLATION co (locale = 'C')",
        "DROP COLLATION co; CREATE COLLATION co (locale = 'C.UTF-8')",
        "DROP COLLATION co; CREATE COLLATION co (locale = 'C')",
    ),
    Change(
        "a collation's comment",
        "CREATE COLLATION co (locale = 'C')",
        "COMMENT ON COLLATION co IS 'x'",
        "COMMENT ON COLLATION co IS NULL",
    ),
)
