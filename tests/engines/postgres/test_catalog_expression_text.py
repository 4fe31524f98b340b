"""An expression reads the same before and after its text went through the server once more."""

from __future__ import annotations

import pytest

from schemactl.engines.postgres.catalog.expression_text import settled
from tests.engines.postgres.scene import dump, play, read
from tests.fixtures.postgres import Postgres, drop_database, make_database

EXPRESSIONS = [
    "v IN ('a', 'b''s', ')::text[]')",
    "v NOT IN ('a', NULL)",
    "c IN ('a', 'b')",
    "v = ANY (ARRAY['a', v || 'b', upper('c')])",
    "n IN (1, 2.5, -3)",
    "f IN (1, 2)",
    "m IN ('x', 'y') OR m IS NULL",
    "i BETWEEN 1 AND 9 AND n > 0",
    "n > 0 AND i BETWEEN 1 AND 9",
    "i BETWEEN 1 AND 9 AND i NOT BETWEEN 3 AND 4 AND (n > 0 OR n < -9) AND v IN ('a', 'b')",
    "(i NOT BETWEEN 1 AND 9 OR n > 0) AND NOT (i BETWEEN 1 AND 9 AND v <> ' AND ')",
    "CASE WHEN i BETWEEN 1 AND 2 AND n > 1 THEN v IN ('a') ELSE v IN ('b', 'c') END",
    "a && (ARRAY['a'::varchar, 'b'])::text[] AND (ARRAY['a', v])::text[] <@ a",
    r"v IN ('\', '/') AND n > 0 AND v <> ''",
    r"v IN (E'\\', 'a') OR v IN (E'\'', E'\n\'') AND i BETWEEN 1 AND 9 AND n > 0",
    "v::varchar(3) IN ('a', 'b') AND at BETWEEN '2020-01-01' AND '2021-01-01' AND \"((\" > 0",
]
TABLE = """CREATE TYPE public.mood AS ENUM ('x', 'y');
CREATE TABLE public.t (v varchar(20), c char(2), n numeric, f float8, i int, m public.mood, a text[], at timestamptz,
  "((" int);
"""


def test_the_text_is_that_of_a_restored_dump_on_15_and_18(postgres15: Postgres, postgres18: Postgres) -> None:
    made = [make_database(server) for server in (postgres15, postgres15, postgres18, postgres18)]
    try:
        statements = TABLE
        for number, expression in enumerate(EXPRESSIONS):
            statements += f"ALTER TABLE public.t ADD CONSTRAINT k{number} CHECK ({expression});\n"
            statements += f"CREATE VIEW public.v{number} AS SELECT i FROM public.t WHERE {expression};\n"
            statements += f"CREATE INDEX i{number} ON public.t (i) WHERE at IS NULL AND n = {number};\n"
        for database, copy in (made[:2], made[2:]):
            play(database, statements)
            play(copy, dump(database))
            assert read(database).difference(read(copy)) == ()
        assert read(made[0]).difference(read(made[2])) == ()
    finally:
        for database in made:
            drop_database(database)


@pytest.mark.parametrize(
    ("printed", "then"),
    [
        ("v = ANY ((ARRAY['a'::b, 'c'::b])::text[])", "v = ANY (ARRAY[('a'::b)::text, ('c'::b)::text])"),
        ("(ARRAY['a,]'::b])::d(3)[]", "ARRAY[('a,]'::b)::d(3)]"),
        ("(((a > 1) AND (a < 2)) AND b)", "((a > 1) AND (a < 2) AND b)"),
        ("((((a) AND b) AND c) AND d)", "((a) AND b AND c AND d)"),
        ("(a AND ((b) AND c))", "(a AND ((b) AND c))"),
        (r"v = ANY ((ARRAY['\'::b, ','::b])::text[])", r"v = ANY (ARRAY[('\'::b)::text, (','::b)::text])"),
        (r"'\' || (((a) AND b) AND c) || ')'", r"'\' || ((a) AND b AND c) || ')'"),
        (r"v = E'\'(' AND (((a) AND b) AND c)", r"v = E'\'(' AND ((a) AND b AND c)"),
        ("(ARRAY[f('])::text[]'", "(ARRAY[f('])::text[]'"),
        ("((a OR b) AND c)", "((a OR b) AND c)"),
        ("'((a AND b) AND c) (ARRAY[1])::text[]'", "'((a AND b) AND c) (ARRAY[1])::text[]'"),
        ("AS $f$ ((a AND b) AND c) (ARRAY[1])::text[] $f$", "AS $f$ ((a AND b) AND c) (ARRAY[1])::text[] $f$"),
    ],
)
def test_only_what_the_server_would_print_otherwise_is_changed(printed: str, then: str) -> None:
    assert settled(printed) == then
    assert settled(then) == then
