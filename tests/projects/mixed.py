"""Migrations of every kind that PostgreSQL runs in a way of its own: DDL, data, CONCURRENTLY, enum values, COPY."""

from __future__ import annotations

MIXED = {
    "0001_base.sql": """-- migrate:up
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL, mood mood NOT NULL DEFAULT 'ok');
INSERT INTO person SELECT n, 'person ' || n FROM generate_series(1, 50) AS n;
CREATE INDEX person_name ON person (name);
-- migrate:down
DROP TABLE person;
DROP TYPE mood;
""",
    "0002_mixed.sql": """-- migrate:up
CREATE SCHEMA aside;
ALTER TABLE person ADD COLUMN seen integer NOT NULL DEFAULT 0;
UPDATE person SET seen = seen + 1;
CREATE INDEX CONCURRENTLY person_seen ON person (seen);
CREATE UNIQUE INDEX CONCURRENTLY ON person (lower(name));
UPDATE person SET seen = seen + 10;
ALTER TYPE mood ADD VALUE 'glad';
UPDATE person SET mood = 'glad', seen = seen + 100 WHERE id % 2 = 0;
VACUUM person;
SET search_path TO aside, public;
DROP INDEX CONCURRENTLY person_name;
REINDEX INDEX CONCURRENTLY person_seen;
INSERT INTO person SELECT n, 'late ' || n, 'sad', 7 FROM generate_series(51, 60) AS n;
CREATE TABLE kept AS SELECT count(*) AS people FROM person;
-- migrate:down
DROP TABLE aside.kept;
DELETE FROM person WHERE id > 50;
CREATE INDEX CONCURRENTLY person_name ON person (name);
UPDATE person SET mood = 'ok', seen = seen - 100 WHERE id % 2 = 0;
DROP INDEX CONCURRENTLY person_seen;
DROP INDEX CONCURRENTLY person_lower_idx;
ALTER TABLE person DROP COLUMN seen;
DROP SCHEMA aside;
""",
    "0003_apart.sql": """-- migrate:up
-- schemactl: transaction=none
CREATE TABLE part (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE part_old PARTITION OF part FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
INSERT INTO part VALUES (1, '2001-01-01'), (2, '2002-02-02');
INSERT INTO part SELECT id + 10, at FROM part;
ALTER TABLE part DETACH PARTITION part_old CONCURRENTLY;
-- migrate:down
DROP TABLE part_old;
DROP TABLE part;
""",
    "0004_copy.sql": """-- migrate:up
CREATE TABLE word (id integer PRIMARY KEY, text text);
COPY word FROM stdin;
1\ta;b
2\t\\N
\\.
UPDATE word SET text = 'none' WHERE text IS NULL;
-- migrate:down
DROP TABLE word;
""",
    "0005_last.sql": """-- migrate:up
CREATE VIEW happy AS SELECT id, name FROM person WHERE mood = 'glad';
INSERT INTO word SELECT 3, count(*)::text FROM happy;
-- migrate:down
DELETE FROM word WHERE id = 3;
DROP VIEW happy;
""",
}
