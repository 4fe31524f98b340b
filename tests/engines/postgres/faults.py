"""Faults of every kind in one database, planted for real, and beside them what is well and is to stay unnamed."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest

from tests.fixtures.postgres import Database

INDEXES = """
CREATE TABLE twice (email text, "Odd ""name" text);
INSERT INTO twice VALUES ('a', 'x'), ('a', 'x');
CREATE INDEX whole ON twice (email);
CREATE TABLE parted (k int, t text) PARTITION BY RANGE (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
CREATE INDEX parted_t ON ONLY parted (t);
"""

CONSTRAINTS = """
CREATE TABLE loose (a int, b int, CHECK (b > 0));
INSERT INTO loose VALUES (-1, 1);
ALTER TABLE loose ADD CONSTRAINT "a is positive" CHECK (a > 0) NOT VALID;
CREATE TABLE loose_child () INHERITS (loose);
CREATE DOMAIN word AS text;
ALTER DOMAIN word ADD CONSTRAINT filled CHECK (value <> '') NOT VALID;
"""

KEYS = """
CREATE SCHEMA "Shop s";
CREATE TABLE "Shop s"."People p" ("Id i" int PRIMARY KEY, boss int CONSTRAINT boss REFERENCES "Shop s"."People p");
INSERT INTO "Shop s"."People p" SELECT g, NULL FROM generate_series(1, 5) g;
CREATE TABLE "Shop s".letters ("to t" int);
INSERT INTO "Shop s".letters VALUES (1), (7), (NULL), (8);
ALTER TABLE "Shop s".letters ADD CONSTRAINT "to whom" FOREIGN KEY ("to t") REFERENCES "Shop s"."People p" NOT VALID;

CREATE TABLE places (land text, town text, PRIMARY KEY (land, town));
INSERT INTO places VALUES ('it', 'roma');
CREATE TABLE simple (land text, town text);
INSERT INTO simple VALUES ('it', 'roma'), ('it', NULL), (NULL, NULL), ('it', 'nowhere');
ALTER TABLE simple ADD CONSTRAINT simple_place FOREIGN KEY (land, town) REFERENCES places NOT VALID;
CREATE TABLE full_ (land text, town text);
INSERT INTO full_ VALUES ('it', 'roma'), ('it', NULL), (NULL, NULL), (NULL, 'roma'), ('it', 'nowhere');
ALTER TABLE full_ ADD CONSTRAINT full_place FOREIGN KEY (land, town) REFERENCES places MATCH FULL NOT VALID;
CREATE TABLE wide (k varchar(9), place bigint);
CREATE TABLE numbers (n smallint PRIMARY KEY);
INSERT INTO wide SELECT 'x', g FROM generate_series(1, 1500) g;
ALTER TABLE wide ADD CONSTRAINT wide_number FOREIGN KEY (place) REFERENCES numbers NOT VALID;

CREATE TABLE days (d int, u int REFERENCES numbers) PARTITION BY RANGE (d);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (1) TO (10);
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (10) TO (20);
CREATE TABLE by_part (k int PRIMARY KEY) PARTITION BY RANGE (k);
CREATE TABLE by_part_1 PARTITION OF by_part FOR VALUES FROM (1) TO (10);
INSERT INTO by_part VALUES (3);
CREATE TABLE to_parts (k int);
INSERT INTO to_parts VALUES (3), (4);
ALTER TABLE to_parts ADD CONSTRAINT to_part FOREIGN KEY (k) REFERENCES by_part NOT VALID;

CREATE TABLE held (n smallint CONSTRAINT held_number REFERENCES numbers);
SET session_replication_role = replica;
INSERT INTO held VALUES (77);
INSERT INTO days VALUES (12, 78);
UPDATE "Shop s"."People p" SET boss = 9 WHERE "Id i" = 2;
RESET session_replication_role;
"""

TRIGGERS = """
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE watched (a int);
CREATE TRIGGER "Off t" BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER fires BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER far BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER ever BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TABLE watched DISABLE TRIGGER "Off t";
ALTER TABLE watched ENABLE REPLICA TRIGGER far;
ALTER TABLE watched ENABLE ALWAYS TRIGGER ever;
CREATE RULE lost AS ON DELETE TO watched DO INSTEAD NOTHING;
ALTER TABLE watched DISABLE RULE lost;
CREATE TABLE parted_watched (a int) PARTITION BY LIST (a);
CREATE TABLE parted_watched_1 PARTITION OF parted_watched FOR VALUES IN (1);
CREATE TRIGGER part BEFORE INSERT ON parted_watched FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TABLE parted_watched_1 DISABLE TRIGGER part;
CREATE TABLE unguarded (n smallint CONSTRAINT unguarded_number REFERENCES numbers);
ALTER TABLE unguarded DISABLE TRIGGER ALL;
INSERT INTO unguarded VALUES (55);
CREATE TABLE late_keys (k int, CONSTRAINT late UNIQUE (k) DEFERRABLE);
CREATE TRIGGER meant BEFORE INSERT ON late_keys FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TABLE late_keys DISABLE TRIGGER ALL;
INSERT INTO late_keys VALUES (1), (1);
CREATE FUNCTION no_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER never ON ddl_command_end EXECUTE FUNCTION no_event();
ALTER EVENT TRIGGER never DISABLE;
"""

SEQUENCES = """
CREATE TABLE behind (id bigserial PRIMARY KEY);
INSERT INTO behind SELECT FROM generate_series(1, 9);
SELECT setval('behind_id_seq', 4);
CREATE TABLE level (id bigserial PRIMARY KEY);
INSERT INTO level SELECT FROM generate_series(1, 9);
CREATE TABLE "Own o" ("No n" int GENERATED ALWAYS AS IDENTITY);
INSERT INTO "Own o" OVERRIDING SYSTEM VALUE VALUES (1);
CREATE TABLE begun (id int GENERATED BY DEFAULT AS IDENTITY (START 100));
INSERT INTO begun VALUES (99);
CREATE SEQUENCE shared_seq;
CREATE TABLE shared_a (id bigint DEFAULT nextval('shared_seq'));
CREATE TABLE shared_b (id int DEFAULT nextval('shared_seq'));
INSERT INTO shared_a SELECT FROM generate_series(1, 3);
INSERT INTO shared_b VALUES (7);
CREATE SEQUENCE twice_seq;
CREATE TABLE twice_a (id bigint DEFAULT nextval('twice_seq'));
CREATE TABLE twice_b (id int DEFAULT nextval('twice_seq'));
INSERT INTO twice_a VALUES (9);
INSERT INTO twice_b VALUES (5);
CREATE TABLE merely_owned (a int, b int);
CREATE SEQUENCE owned_a OWNED BY merely_owned.a;
CREATE SEQUENCE owned_b OWNED BY merely_owned.b;
ALTER TABLE merely_owned ALTER b SET DEFAULT nextval('level_id_seq');
INSERT INTO merely_owned VALUES (3, 3);
CREATE DOMAIN counted AS smallint;
CREATE DOMAIN counted_again AS counted;
CREATE SEQUENCE over_domains;
CREATE TABLE of_domains (id counted_again DEFAULT nextval('over_domains'));
INSERT INTO of_domains VALUES (6);
CREATE SEQUENCE down INCREMENT -2 MAXVALUE -1 MINVALUE -100 START -1;
CREATE TABLE descends (id int DEFAULT nextval('down'));
INSERT INTO descends VALUES (-9);
CREATE SEQUENCE odd INCREMENT 2 START 1;
CREATE TABLE odds (id int DEFAULT nextval('odd'));
INSERT INTO odds VALUES (2), (10);
CREATE SEQUENCE stride INCREMENT 5 START 5 CACHE 10;
CREATE TABLE strides (id numeric DEFAULT nextval('stride'));
INSERT INTO strides VALUES (7), (5.5), (25);
CREATE SEQUENCE round_ MINVALUE 1 MAXVALUE 5 CYCLE;
CREATE TABLE rounds (id int PRIMARY KEY DEFAULT nextval('round_'));
INSERT INTO rounds VALUES (4);
CREATE SEQUENCE rounder MINVALUE 1 MAXVALUE 5 CYCLE;
CREATE TABLE rounders (id int PRIMARY KEY DEFAULT nextval('rounder'));
SELECT setval('rounder', 5);
INSERT INTO rounders VALUES (1);
CREATE TABLE small (id smallserial);
SELECT setval('small_id_seq', 32767);
CREATE SEQUENCE big;
CREATE TABLE narrow (id smallint DEFAULT nextval('big'));
SELECT setval('big', 32767);
CREATE SEQUENCE worded;
CREATE TABLE words (id text DEFAULT 'W' || nextval('worded'), tens int DEFAULT nextval('worded') * 10);
INSERT INTO words VALUES ('W1', 10);
CREATE TABLE part_ids (id bigserial, k int) PARTITION BY LIST (k);
CREATE TABLE part_ids_1 PARTITION OF part_ids FOR VALUES IN (1);
INSERT INTO part_ids VALUES (40, 1);
CREATE TABLE old_ids (id serial);
CREATE TABLE new_ids () INHERITS (old_ids);
INSERT INTO new_ids VALUES (12);
"""

OTHERS = """
CREATE MATERIALIZED VIEW empty_view AS SELECT 1 AS one WITH NO DATA;
CREATE MATERIALIZED VIEW full_view AS SELECT 1 AS one;
CREATE TABLE wrong (k int, d text);
INSERT INTO wrong VALUES (3, 'a'), (25, 'b');
ALTER TABLE wrong ADD CONSTRAINT bound CHECK (k IS NOT NULL AND k >= 20 AND k < 30) NOT VALID;
UPDATE pg_constraint SET convalidated = true WHERE conname = 'bound';
CREATE TABLE ranges (k int, d text) PARTITION BY RANGE (k);
CREATE TABLE ranges_1 PARTITION OF ranges FOR VALUES FROM (1) TO (10);
ALTER TABLE ranges ATTACH PARTITION wrong FOR VALUES FROM (20) TO (30);
"""

NEWER = """
CREATE COLLATION old_order (provider = builtin, locale = 'C.UTF-8', version = '0');
CREATE COLLATION unused_order (provider = builtin, locale = 'C.UTF-8', version = '0');
CREATE TABLE sorted (a text COLLATE old_order);
CREATE INDEX sorted_a ON sorted (a);
ALTER TABLE loose ADD CONSTRAINT not_kept CHECK (b < 100) NOT ENFORCED;
ALTER TABLE loose ADD CONSTRAINT a_filled NOT NULL a NOT VALID;
CREATE TABLE unkept (n smallint CONSTRAINT unkept_number REFERENCES numbers NOT ENFORCED);
INSERT INTO unkept VALUES (44);
CREATE TABLE spans (k int4range, valid daterange, PRIMARY KEY (k, valid WITHOUT OVERLAPS));
INSERT INTO spans VALUES ('[1,2)', '[2026-01-01,2026-03-01)'), ('[1,2)', '[2026-03-01,2026-05-01)');
CREATE TABLE stays (k int4range, valid daterange);
INSERT INTO stays VALUES ('[1,2)', '[2026-02-01,2026-04-01)'), ('[1,2)', '[2026-04-01,2026-06-01)');
ALTER TABLE stays ADD CONSTRAINT stay FOREIGN KEY (k, PERIOD valid) REFERENCES spans (k, PERIOD valid) NOT VALID;
"""
OLDER = """
CREATE COLLATION old_order (provider = icu, locale = 'de', version = '0');
CREATE COLLATION unused_order (provider = icu, locale = 'de', version = '0');
CREATE TABLE sorted (a text COLLATE old_order);
CREATE INDEX sorted_a ON sorted (a);
"""


def plant(database: Database, major: int) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        # A bound that the server believes in proves rows away that do not hold it.
        connection.execute(f"ALTER DATABASE {database.name} SET constraint_exclusion = on".encode())
        for part in (INDEXES, CONSTRAINTS, KEYS, TRIGGERS, SEQUENCES, OTHERS, NEWER if major >= 18 else OLDER):
            connection.execute(part.encode())
        for name in ("twice_email", '"Odd i_ccnew"', "twice_ccnew_1_email"):
            with suppress(psycopg.errors.UniqueViolation):
                connection.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON twice (email)".encode())
        connection.execute("CREATE TABLE halves (a int) PARTITION BY LIST (a)")
        connection.execute("CREATE TABLE half PARTITION OF halves FOR VALUES IN (1)")
        connection.execute("SET lock_timeout = '100ms'")
        with psycopg.connect(database.url) as holder:
            holder.execute("SELECT * FROM halves")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                connection.execute("ALTER TABLE halves DETACH PARTITION half CONCURRENTLY")
