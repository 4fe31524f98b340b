"""A view's text is the same on 15 and 18, and means what it meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines.postgres.scene import play, read
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database

TABLES = """
CREATE SCHEMA t; CREATE SCHEMA "T.t";
CREATE TABLE t (id int PRIMARY KEY, name text, a int, b int[], "t" int, "Odd.Name" text, at timestamptz);
CREATE TABLE u (id int PRIMARY KEY, t_id int, name text); CREATE TABLE "T.t"."T.t" (t int, "T.t" int);
CREATE TYPE t.pair AS (x int, y int); CREATE TABLE p (pair t.pair, t int);
CREATE FUNCTION t.f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION t.t(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
"""

QUERIES = [
    "SELECT id, name FROM t WHERE id > 1 AND name LIKE 't.id' ORDER BY id LIMIT 3 OFFSET 1",
    "SELECT t.f(t.id) AS f, t.t(t.t) AS t, (t.id)::text AS x, 't.pair'::regtype AS y FROM t",
    "SELECT t.*, t AS whole FROM t",
    'SELECT x."Odd.Name", x.name COLLATE "C" AS c FROM t x WHERE x."Odd.Name" <> \'x."Odd.Name"\'',
    'SELECT "T.t".t, "T.t"."T.t" FROM "T.t"."T.t"',
    "SELECT u.name, t.name AS other FROM t JOIN u ON u.t_id = t.id",
    "SELECT t.id, u.id AS uid FROM t, u WHERE t.id = u.t_id",
    "SELECT j.name FROM (t JOIN u USING (id, name)) AS j",
    "SELECT t.id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id AND t.name IN (SELECT u.name FROM u))",
    "SELECT t.id, (SELECT max(u.id) FROM u WHERE u.t_id = t.id) AS m, ARRAY(SELECT u.id FROM u) AS n FROM t",
    "SELECT s.id FROM (SELECT t.id, t.name FROM t WHERE t.id > 0) s WHERE s.name IS DISTINCT FROM 'x'",
    "WITH c AS (SELECT t.id FROM t), d AS (SELECT 1 AS one) SELECT c.id FROM c",
    "SELECT t.id FROM t UNION ALL SELECT u.id FROM u ORDER BY 1",
    "SELECT a, count(*) AS n, sum(id) FILTER (WHERE id > 1) AS s FROM t GROUP BY a HAVING sum(id) > 2 ORDER BY a",
    "SELECT a, name, count(*) AS n FROM t GROUP BY GROUPING SETS ((a), (name), ())",
    "SELECT DISTINCT ON (a) a, id FROM t ORDER BY a, id DESC NULLS LAST",
    "SELECT row_number() OVER w AS r, lag(id) OVER (PARTITION BY a ORDER BY at) AS l FROM t WINDOW w AS (ORDER BY id)",
    "SELECT b[1] AS first, b[1:2] AS two FROM t",
    "SELECT (p.pair).x, (p.pair).y, p.t FROM p",
    "SELECT extract(year FROM t.at) AS y, substring(t.name FROM 2 FOR 3) AS s, t.at AT TIME ZONE 'UTC' AS z FROM t",
    "SELECT CASE WHEN t.id > 1 THEN t.name ELSE E't.id\\n' END AS c, coalesce(t.a, t.id) AS d FROM t",
    "SELECT g.i FROM generate_series(1, 3) AS g(i)",
    "SELECT g.i, g.n FROM generate_series(1, 3) WITH ORDINALITY AS g(i, n)",
    "SELECT generate_series FROM generate_series(1, 3)",
    "SELECT r.a, r.b FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS r(a, b)",
    "SELECT v.a FROM (VALUES (1), (2)) AS v(a) WHERE v.a > 1",
    "SELECT t.id FROM t TABLESAMPLE system (10) REPEATABLE (1)",
    "SELECT t.id FROM ONLY t",
    "SELECT t.id FROM t FOR UPDATE OF t SKIP LOCKED",
    "SELECT t.id FROM t FETCH FIRST 3 ROWS ONLY",
    "SELECT -t.a AS id, t.name FROM t ORDER BY t.id",
    "SELECT 1 AS one",
    "SELECT unnest(t.b) AS e, t.id FROM t",
    "SELECT u.name FROM t u, LATERAL (SELECT u.id) l",
    r"SELECT t.id, t.name IN ('a', '\') AS i FROM t WHERE t.name <> '\' AND t.id > 0 ORDER BY t.name || 'b'",
    "SELECT j.x FROM json_to_record('{}') AS j(x int)",
]


@pytest.fixture(scope="module")
def databases(postgres15: Postgres, postgres18: Postgres) -> Iterator[tuple[Database, Database]]:
    both = (make_database(postgres15), make_database(postgres18))
    for database in both:
        play(database, TABLES + "".join(f"CREATE VIEW v{k} AS {query};\n" for k, query in enumerate(QUERIES)))
    yield both
    for database in both:
        drop_database(database)


@pytest.fixture(scope="module")
def texts(databases: tuple[Database, Database]) -> list[dict[str, str]]:
    return [
        {item.identity[1]: item.facts["definition"] for item in read(database).objects if item.kind == "view"}
        for database in databases
    ]


@pytest.mark.parametrize("number", range(len(QUERIES)), ids=QUERIES)
def test_a_view_reads_the_same_on_15_and_18(texts: list[dict[str, str]], number: int) -> None:
    assert texts[0][f"v{number}"] == texts[1][f"v{number}"]


def test_the_text_of_15_makes_the_same_views_again(
    databases: tuple[Database, Database], texts: list[dict[str, str]]
) -> None:
    old, _ = databases
    before = read(old)
    play(old, "".join(f"CREATE OR REPLACE VIEW public.{name} AS {text}\n" for name, text in texts[0].items()))
    assert not before.difference(read(old))
