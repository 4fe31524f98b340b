"""The statements whose locks are held against the server, and what they work on."""

from __future__ import annotations

from typing import Final

SCENE: Final = """
    CREATE TABLE a (id int PRIMARY KEY, n text, m int, CONSTRAINT a_m CHECK (m > 0) NOT VALID);
    CREATE TABLE b (id int PRIMARY KEY, n text, a_id int REFERENCES a);
    ALTER TABLE b RENAME CONSTRAINT b_a_id_fkey TO b_fk;
    CREATE TABLE big (id int PRIMARY KEY);
    CREATE TABLE "Odd name" (id int);
    CREATE TABLE words (x tsvector);
    CREATE INDEX words_gin ON words USING gin (x);
    CREATE INDEX a_n ON a (n);
    CREATE INDEX b_n ON b (n);
    CREATE UNIQUE INDEX a_m_unique ON a (m);
    CREATE TABLE part (id int, k int) PARTITION BY RANGE (k);
    CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
    CREATE INDEX part_k ON ONLY part (k);
    CREATE INDEX part1_k ON part1 (k);
    CREATE TABLE plain_part (id int, k int) PARTITION BY RANGE (k);
    CREATE TABLE loose (id int, k int);
    CREATE TABLE parent (id int);
    CREATE TABLE child () INHERITS (parent);
    CREATE VIEW v AS SELECT * FROM a;
    CREATE MATERIALIZED VIEW mv AS SELECT id FROM a;
    CREATE UNIQUE INDEX mv_id ON mv (id);
    CREATE SEQUENCE s;
    CREATE TYPE pair AS (x int);
    CREATE TYPE mood AS ENUM ('sad');
    CREATE DOMAIN positive AS int CHECK (value > 0);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN null; END';
    CREATE TRIGGER tr AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();
    CREATE POLICY po ON a;
    CREATE RULE ru AS ON INSERT TO b DO ALSO NOTHING;
    CREATE PUBLICATION pub FOR TABLE b;
    CREATE SCHEMA other;
    CREATE TABLE other.o (id int);
"""

_TABLES: Final = """
    CREATE TABLE q (id int)
    CREATE TABLE IF NOT EXISTS a (id int)
    CREATE TABLE q AS SELECT * FROM a
    CREATE TABLE q (LIKE a INCLUDING ALL)
    CREATE TABLE q (id int REFERENCES big, CONSTRAINT c UNIQUE (id))
    CREATE TABLE q (id int PRIMARY KEY, up int REFERENCES q, o int, FOREIGN KEY (o) REFERENCES big (id))
    CREATE TABLE q PARTITION OF plain_part FOR VALUES FROM (20) TO (30)
    CREATE TABLE q () INHERITS (parent, "Odd name")
    DROP TABLE big, loose
    DROP TABLE IF EXISTS other.o
    DROP TABLE "Odd name"
    TRUNCATE big, loose
    TRUNCATE TABLE ONLY loose, big RESTART IDENTITY
    ALTER TABLE a ADD COLUMN q int
    ALTER TABLE IF EXISTS ONLY big RENAME TO q
    ALTER TABLE a RENAME COLUMN n TO q
    ALTER TABLE a VALIDATE CONSTRAINT a_m
    ALTER TABLE a VALIDATE CONSTRAINT a_m, ADD COLUMN q int
    ALTER TABLE b ALTER n SET STATISTICS 5
    ALTER TABLE loose ALTER k SET STATISTICS 5, DROP COLUMN id
    ALTER TABLE b ALTER COLUMN n SET (n_distinct = 5)
    ALTER TABLE b ALTER COLUMN n RESET (n_distinct)
    ALTER TABLE b ALTER n SET STORAGE plain
    ALTER TABLE b ALTER n SET DEFAULT 'x, y', ALTER n SET NOT NULL
    ALTER TABLE loose SET (fillfactor = 50, autovacuum_enabled = false)
    ALTER TABLE loose SET (fillfactor = 50), ALTER COLUMN k TYPE bigint
    ALTER TABLE loose SET (toast.autovacuum_enabled = false, parallel_workers = 2)
    ALTER TABLE loose SET (user_catalog_table = true)
    ALTER TABLE loose RESET (fillfactor)
    ALTER TABLE a DISABLE TRIGGER tr
    ALTER TABLE a ENABLE ALWAYS TRIGGER tr, ALTER n SET STATISTICS 5
    ALTER TABLE a DISABLE TRIGGER tr, DROP CONSTRAINT a_m
    ALTER TABLE a ENABLE ROW LEVEL SECURITY
    ALTER TABLE b DISABLE RULE ru
    ALTER TABLE a CLUSTER ON a_pkey
    ALTER TABLE a SET WITHOUT CLUSTER
    ALTER TABLE a ADD FOREIGN KEY (m) REFERENCES big
    ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (m) REFERENCES public.big NOT VALID
    ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (m) REFERENCES big, ADD COLUMN q numeric(5, 2)
    ALTER TABLE a ADD COLUMN q int REFERENCES big
    ALTER TABLE a ADD CHECK (m > 1) NOT VALID
    ALTER TABLE a ADD CONSTRAINT c UNIQUE USING INDEX a_m_unique
    ALTER TABLE b ALTER CONSTRAINT b_fk DEFERRABLE
    ALTER TABLE a OWNER TO CURRENT_USER
    ALTER TABLE big SET SCHEMA other
    ALTER TABLE big SET LOGGED
    ALTER TABLE plain_part ATTACH PARTITION loose FOR VALUES FROM (30) TO (40)
    ALTER TABLE part DETACH PARTITION part1
    ALTER TABLE loose INHERIT "Odd name"
    ALTER TABLE child NO INHERIT parent
"""

_OTHERS: Final = """
    CREATE INDEX ON a (m)
    CREATE UNIQUE INDEX IF NOT EXISTS q ON ONLY big (id)
    DROP INDEX a_n
    DROP INDEX IF EXISTS a_n, b_n
    ALTER INDEX a_n RENAME TO q
    ALTER INDEX a_n SET (fillfactor = 50)
    ALTER INDEX words_gin SET (fastupdate = off)
    ALTER INDEX IF EXISTS a_n RESET (fillfactor)
    ALTER INDEX a_n SET TABLESPACE pg_default
    ALTER INDEX part_k ATTACH PARTITION part1_k
    REINDEX TABLE a
    REINDEX (CONCURRENTLY false, VERBOSE) TABLE a
    REINDEX INDEX a_n
    CLUSTER a USING a_pkey
    ANALYZE a
    ANALYZE (VERBOSE false) a (n), b
    CREATE VIEW q AS SELECT * FROM a
    CREATE OR REPLACE VIEW v AS SELECT * FROM a
    ALTER VIEW v RENAME TO q
    ALTER VIEW v SET (security_barrier)
    DROP VIEW v
    REFRESH MATERIALIZED VIEW mv
    REFRESH MATERIALIZED VIEW CONCURRENTLY mv
    ALTER MATERIALIZED VIEW mv SET (fillfactor = 50)
    ALTER MATERIALIZED VIEW mv RENAME TO q
    DROP MATERIALIZED VIEW mv
    CREATE SEQUENCE q OWNED BY a.m
    ALTER SEQUENCE s RESTART
    ALTER SEQUENCE s OWNED BY a.m
    ALTER SEQUENCE s RENAME TO q
    ALTER SEQUENCE IF EXISTS s SET SCHEMA other
    ALTER SEQUENCE s SET UNLOGGED
    DROP SEQUENCE s
    CREATE TRIGGER q AFTER UPDATE OF n ON a FOR EACH ROW EXECUTE FUNCTION f()
    CREATE CONSTRAINT TRIGGER q AFTER INSERT ON a FROM b FOR EACH ROW EXECUTE FUNCTION f()
    ALTER TRIGGER tr ON a RENAME TO q
    DROP TRIGGER IF EXISTS tr ON a
    CREATE POLICY q ON a
    ALTER POLICY po ON a USING (true)
    DROP POLICY po ON a
    CREATE OR REPLACE RULE ru AS ON INSERT TO b DO ALSO INSERT INTO big VALUES (1)
    CREATE RULE q AS ON UPDATE TO b DO ALSO UPDATE big SET id = 1
    ALTER RULE ru ON b RENAME TO q
    DROP RULE ru ON b
    CREATE STATISTICS q (ndistinct) ON id, m FROM a
    CREATE PUBLICATION q FOR TABLE a, ONLY big
    ALTER PUBLICATION pub ADD TABLE a (id, n), big
    ALTER PUBLICATION pub DROP TABLE b
    COMMENT ON TABLE a IS 'x'
    COMMENT ON COLUMN other.o.id IS 'x'
    COMMENT ON INDEX a_n IS 'x'
    COMMENT ON MATERIALIZED VIEW mv IS 'x'
    COMMENT ON CONSTRAINT a_m ON a IS 'x'
    COMMENT ON TRIGGER tr ON a IS 'x'
    COMMENT ON TYPE mood IS 'x'
    ALTER TYPE pair ADD ATTRIBUTE y int
    ALTER TYPE pair RENAME ATTRIBUTE x TO y
    ALTER TYPE pair RENAME TO q
    ALTER TYPE mood ADD VALUE 'glad'
    ALTER TYPE mood RENAME VALUE 'sad' TO 'glad'
    ALTER TYPE mood SET SCHEMA other
    ALTER DOMAIN positive SET NOT NULL
    DROP TYPE mood
    DROP DOMAIN positive
    GRANT SELECT ON a TO PUBLIC
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC
    REVOKE SELECT ON a FROM PUBLIC
    LOCK a
    LOCK TABLE ONLY a, b IN SHARE MODE
    LOCK TABLE a IN ACCESS SHARE MODE
    LOCK a IN SHARE ROW EXCLUSIVE MODE NOWAIT
    INSERT INTO big SELECT id FROM a
    INSERT INTO big VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2
    INSERT INTO big WITH d AS (SELECT id FROM loose) SELECT id FROM d
    UPDATE ONLY loose SET k = 1 FROM a WHERE a.id = k
    DELETE FROM loose USING a WHERE a.id = k
    MERGE INTO loose USING a ON a.id = k WHEN MATCHED THEN UPDATE SET k = 1 WHEN NOT MATCHED THEN INSERT VALUES (1)
    WITH d AS (DELETE FROM loose RETURNING id) INSERT INTO big SELECT id FROM d
    WITH d AS (SELECT 1 AS id) UPDATE loose SET k = 1 FROM d
    WITH d AS (SELECT id FROM a FOR UPDATE) SELECT * FROM d
    COPY big FROM PROGRAM 'true'
    COPY (DELETE FROM loose RETURNING id) TO PROGRAM 'true'
    SELECT 'drop table a'
"""

# Run on the server, which holds these locks and no others.
ALIKE: Final = [line.strip() for block in (_TABLES, _OTHERS) for line in block.splitlines() if line.strip()]

_SUE: Final = "SHARE UPDATE EXCLUSIVE on"

# What no transaction can hold, what reaches further than can be compared name by name, and how it is written.
TOLD: Final = [
    ("CREATE INDEX CONCURRENTLY i ON a (n)", f"{_SUE} a"),
    ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON s.a (n)", f"{_SUE} s.a"),
    ("DROP INDEX CONCURRENTLY IF EXISTS i", f"{_SUE} i, the table of i"),
    ("REINDEX TABLE CONCURRENTLY a", f"{_SUE} a"),
    ("REINDEX (VERBOSE, CONCURRENTLY) INDEX i", f"{_SUE} i, the table of i"),
    ("REINDEX (CONCURRENTLY off) INDEX i", "ACCESS EXCLUSIVE on i, SHARE on the table of i"),
    ("REINDEX SCHEMA s", "ACCESS EXCLUSIVE on the indexes of every table in s, SHARE on every table in s"),
    ("ALTER TABLE a DETACH PARTITION b CONCURRENTLY", f"ACCESS EXCLUSIVE on b, {_SUE} a"),
    ("VACUUM a, b", f"{_SUE} a, b"),
    ("VACUUM (VERBOSE, FULL) a", "ACCESS EXCLUSIVE on a"),
    ("VACUUM (FULL false) a", f"{_SUE} a"),
    ("VACUUM FULL VERBOSE a", "ACCESS EXCLUSIVE on a"),
    ("VACUUM", f"{_SUE} every table in the database"),
    ("CLUSTER", "ACCESS EXCLUSIVE on every clustered table"),
    ("DROP SCHEMA s CASCADE", "ACCESS EXCLUSIVE on everything in s"),
    ("ALTER TABLE ALL IN TABLESPACE fast SET TABLESPACE slow", "ACCESS EXCLUSIVE on every table in tablespace fast"),
    ("ALTER INDEX ALL IN TABLESPACE fast SET TABLESPACE slow", "ACCESS EXCLUSIVE on every index in tablespace fast"),
    ('DROP TABLE A, s."B c", d', 'ACCESS EXCLUSIVE on A, s."B c", d'),
    ('DROP TABLE users, Users, "users"', "ACCESS EXCLUSIVE on users"),
    ("ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b", "SHARE ROW EXCLUSIVE on a, b"),
    ("ALTER TABLE a ADD x int REFERENCES b", "ACCESS EXCLUSIVE on a, SHARE ROW EXCLUSIVE on b"),
    ("ALTER TYPE an_enum_or_a_row RENAME TO q", "ACCESS EXCLUSIVE on an_enum_or_a_row"),
    (f"INSERT INTO a VALUES ('{'x' * 300} (update b {'x' * 300}')", "ROW EXCLUSIVE on a"),
    ('INSERT INTO "a (b" (x) VALUES (1)', 'ROW EXCLUSIVE on "a (b"'),
    ("INSERT INTO a VALUES ('(update b'), ($$ with delete from c $$)", "ROW EXCLUSIVE on a"),
    ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", ""),
    ("DO $$BEGIN DROP TABLE a; END$$", ""),
]
