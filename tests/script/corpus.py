"""Statements of PostgreSQL that a careless splitter cuts, or joins; each is legal and ends where its text ends.

In this order they also run on an empty database.
"""

from __future__ import annotations

from typing import Final

TRICKY: Final = (
    "CREATE TABLE city (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text DEFAULT 'a;b', note text)",
    "CREATE TABLE log (at timestamptz DEFAULT now(), what text DEFAULT E'it\\'s; \\\\', begin int, atomic int)",
    'CREATE TABLE a$b$c (x$y int, größe int DEFAULT 1 /* ; */, "q"";" text)',
    "CREATE RULE city_log AS ON UPDATE TO city DO ALSO (INSERT INTO log (what) VALUES (old.name || ';');"
    " DELETE FROM log WHERE what = 'x;')",
    'CREATE FUNCTION atomic_end(begin int, "end" int DEFAULT 0) RETURNS int LANGUAGE sql BEGIN ATOMIC'
    " SELECT CASE WHEN begin > 0 THEN CASE begin WHEN 1 THEN 1 ELSE 2 END END; -- END;\n"
    " SELECT l.atomic AS end, 1 AS case FROM log l; /* END */ SELECT 3; END",
    "CREATE OR REPLACE PROCEDURE begin_atomic() BEGIN /* ATOMIC; */ ATOMIC INSERT INTO log (what) VALUES (';');"
    " DELETE FROM log WHERE what IN (SELECT what FROM log ORDER BY 1); END",
    "CREATE FUNCTION atomic() RETURNS int RETURN 1",
    "CREATE FUNCTION nested() RETURNS text LANGUAGE plpgsql AS $fn$ BEGIN"
    " EXECUTE $q$ SELECT ';' $q$; RETURN $$;$$ || '$fn'; END; $fn$",
    "CREATE FUNCTION quoted() RETURNS text LANGUAGE sql AS 'SELECT ''a;'' || $$;b''$$'",
    "CREATE PROCEDURE loops() LANGUAGE plpgsql AS $$ DECLARE i int; BEGIN FOR i IN 1..2 LOOP"
    " IF i = 1 THEN CONTINUE; END IF; PERFORM CASE i WHEN 2 THEN 3 END; END LOOP; END $$",
    "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $a$ BEGIN PERFORM $b$;$b$; RETURN new; END $a$",
    "CREATE TRIGGER city_audit BEFORE UPDATE ON city FOR EACH ROW WHEN (old.name <> ';') EXECUTE FUNCTION audit()",
    "CREATE VIEW v AS SELECT E'a\\';'\n  'b\\';' AS one, U&'d\\0061t\\+000061;' AS two,"
    " U&'!0061;' UESCAPE '!' AS three, B'01' AS four, X'1f' AS five, N'n;' AS six,"
    " 'x'\n  'y;' AS seven, $_$;$_$ AS eight",
    'CREATE VIEW w AS SELECT 1 -- ; \' " $$\n + /* ; /* ; \' */ " */ 2 AS "sum;", 5 -\n-- x\n 3 AS less',
    "CREATE VIEW u AS SELECT 1 AS U&\"d\\0061t;a\", '{1,2}'::int[] AS arr, (ARRAY[1,2,3])[1:2] AS part",
    "COMMENT ON TABLE city IS 'one; two -- three /* four'",
    'COMMENT ON VIEW w IS $c$ it\'s; "$" $ $b$ $c$',
    "DO $do$ BEGIN IF true THEN EXECUTE 'CREATE INDEX city_name ON city (name)'; END IF; END $do$",
    "ALTER TABLE city ADD CONSTRAINT named CHECK (name <> E'\\\\' AND name !~ '^\\s;$')",
    "CREATE POLICY p ON city USING (name = ANY (ARRAY['a;', 'b'])) WITH CHECK (true)",
    "CREATE OPERATOR @-! (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)",
    "SELECT 1 @-! 2, 3 @-!/* ; */4, 5 @-!-- ;\n6",
    "PREPARE find AS SELECT $1::int + $2, $$;$$ FROM city WHERE id=$1",
    "INSERT INTO city (name) VALUES ('O''Hara; x'), (E'tab\\t;'), ('back\\'), ('$$'), ('--'), ('/*')",
    "WITH x AS (SELECT ';' AS s) INSERT INTO log (what) SELECT s FROM x",
)
