-- What needs something that is made after it by name, by kind, or in a circle. For PostgreSQL 15 to 18.
CREATE SCHEMA a; CREATE SCHEMA b;

-- A view on a view that comes before it by name, and a function that is parsed on both.
CREATE TABLE b.base (id int PRIMARY KEY, note text, kind text CHECK (kind IN ('x', 'y')));
CREATE VIEW b.late AS SELECT id, note FROM b.base WHERE id > 0 AND note IN ('p', 'q');
CREATE VIEW a.early AS SELECT id FROM b.late;
CREATE FUNCTION a.newest() RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT max(id) FROM a.early; END;
CREATE MATERIALIZED VIEW a.again AS SELECT a.newest() AS id;
CREATE UNIQUE INDEX again_id ON a.again (id);

-- A default, a check and a generated column that call functions; one of those reads another table.
CREATE FUNCTION b.next_code() RETURNS text LANGUAGE sql AS 'SELECT count(*)::text FROM b.base';
CREATE FUNCTION b.twice(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1 * 2;
CREATE FUNCTION b.is_code(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 <> ''''; END';
CREATE DOMAIN a.code AS text CHECK (b.is_code(VALUE));
CREATE TABLE a.coded (code a.code DEFAULT b.next_code(), n int, n2 int GENERATED ALWAYS AS (b.twice(n)) STORED,
  CHECK (b.is_code(code)));
CREATE INDEX coded_twice ON a.coded (b.twice(n));

-- A check on the whole row: the table needs the function, which takes the table.
CREATE TABLE a.row_checked (id int, tail int DEFAULT 0);
CREATE FUNCTION a.is_whole(a.row_checked) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.id IS NOT NULL';
ALTER TABLE a.row_checked ADD CONSTRAINT whole CHECK (a.is_whole(row_checked.*));
COMMENT ON CONSTRAINT whole ON a.row_checked IS 'all of it';

-- A default that reads the table it belongs to, parsed.
CREATE TABLE a.counted (id int, place int);
CREATE FUNCTION a.next_place() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT count(*)::int FROM a.counted; END;
ALTER TABLE a.counted ALTER place SET DEFAULT a.next_place();

-- A view and a parsed function that read one another.
CREATE VIEW a.ring AS SELECT 1 AS id, NULL::text COLLATE "C" AS word;
CREATE FUNCTION a.of_ring() RETURNS SETOF a.ring LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM a.ring; END;
CREATE OR REPLACE VIEW a.ring AS SELECT id, word FROM a.of_ring();

-- Two parsed functions that call one another.
CREATE FUNCTION a.ping(int) RETURNS int LANGUAGE sql RETURN $1;
CREATE FUNCTION a.pong(int) RETURNS int LANGUAGE sql RETURN a.ping($1 - 1);
CREATE OR REPLACE FUNCTION a.ping(int) RETURNS int LANGUAGE sql RETURN CASE WHEN $1 > 0 THEN a.pong($1) ELSE 0 END;

-- A domain whose check takes the domain.
CREATE DOMAIN a.looped AS int;
CREATE FUNCTION a.is_looped(a.looped) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
ALTER DOMAIN a.looped ADD CONSTRAINT own CHECK (a.is_looped(VALUE));

-- Keys that refer to one another, to an index that is no constraint, and to themselves.
CREATE TABLE a.hen (id int PRIMARY KEY, egg int);
CREATE TABLE a.egg (id int PRIMARY KEY, hen int REFERENCES a.hen, parent int REFERENCES a.egg);
ALTER TABLE a.hen ADD FOREIGN KEY (egg) REFERENCES a.egg;
CREATE TABLE b.named (name text); CREATE UNIQUE INDEX named_name ON b.named (name);
CREATE TABLE a.naming (name text REFERENCES b.named (name));

-- Types that are used before they are named in order; a range and a base type that their functions take.
CREATE TYPE b.inner_type AS (x int);
CREATE TYPE a.outer_type AS (one b.inner_type, many b.inner_type[]);
CREATE TABLE b.typed OF a.outer_type;
CREATE FUNCTION a.takes_row(b.typed) RETURNS b.base LANGUAGE sql AS 'SELECT NULL::b.base';
CREATE TYPE a.steps;
CREATE FUNCTION a.steps_canonical(a.steps) RETURNS a.steps LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE a.steps AS RANGE (SUBTYPE = int, CANONICAL = a.steps_canonical);
CREATE TYPE a.mine;
CREATE FUNCTION a.mine_in(cstring) RETURNS a.mine LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION a.mine_out(a.mine) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE a.mine (INPUT = a.mine_in, OUTPUT = a.mine_out, LIKE = int4);
CREATE FUNCTION a.same(a.mine, a.mine) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION a.order_of(a.mine, a.mine) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE OPERATOR a.= (LEFTARG = a.mine, RIGHTARG = a.mine, FUNCTION = a.same, COMMUTATOR = OPERATOR(a.=), MERGES);
CREATE OPERATOR CLASS a.mine_ops DEFAULT FOR TYPE a.mine USING btree AS OPERATOR 3 a.=, FUNCTION 1 a.order_of(a.mine, a.mine);
CREATE TABLE a.ordered (m a.mine PRIMARY KEY); CREATE INDEX ON a.ordered (m);
CREATE FUNCTION b.as_int(a.mine) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'int4up';
CREATE CAST (a.mine AS int) WITH FUNCTION b.as_int(a.mine);
CREATE VIEW a.cast_to AS SELECT m::int AS n FROM a.ordered;
CREATE FUNCTION b.pick(a.mine, a.mine) RETURNS a.mine LANGUAGE internal IMMUTABLE AS 'int4larger';
CREATE AGGREGATE a.last_of(a.mine) (SFUNC = b.pick, STYPE = a.mine);
CREATE VIEW a.aggregated AS SELECT a.last_of(m) AS m FROM a.ordered;

-- Triggers, rules and policies whose functions and tables come later by name; partitions with indexes of their own.
CREATE FUNCTION b.tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO b.base VALUES (1); RETURN new; END';
CREATE TRIGGER told AFTER INSERT ON a.coded FOR EACH ROW WHEN (b.is_code(new.code)) EXECUTE FUNCTION b.tell();
CREATE RULE kept AS ON UPDATE TO a.early DO INSTEAD UPDATE b.base SET note = 'x' WHERE base.id = old.id;
ALTER TABLE a.coded ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON a.coded USING (n IN (SELECT id FROM b.late));
CREATE TABLE a.parts (id int, at date, UNIQUE (id, at)) PARTITION BY RANGE (at);
CREATE TABLE b.part1 (at date, id int);
ALTER TABLE a.parts ATTACH PARTITION b.part1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE a.part2 PARTITION OF a.parts DEFAULT;
CREATE INDEX parts_at ON a.parts (at);
CREATE INDEX part1_own ON b.part1 (id) WHERE id > 0;
CREATE TABLE a.refers (id int, at date, FOREIGN KEY (id, at) REFERENCES a.parts (id, at));

-- Tables and functions of one name, overloads that call one another, names that are words.
CREATE TABLE a.users (id int); CREATE FUNCTION a.users() RETURNS SETOF a.users LANGUAGE sql AS 'SELECT * FROM a.users';
CREATE FUNCTION a.sized(text) RETURNS int LANGUAGE sql RETURN length($1);
CREATE FUNCTION a.sized(int) RETURNS int LANGUAGE sql RETURN a.sized($1::text);
CREATE TABLE a."order" ("table" int DEFAULT 1, "end" text, "Größe" text, CONSTRAINT "check" CHECK ("table" > 0));
CREATE VIEW a."select" AS SELECT "table" FROM a."order" WHERE "end" NOT IN ('a''b', 'c');
CREATE SEQUENCE b.free; CREATE TABLE a.numbered (id int DEFAULT nextval('b.free'), own bigserial);
CREATE TABLE a.kin (id int NOT NULL DEFAULT 1, word text DEFAULT 'p'); CREATE TABLE a.kid (extra int) INHERITS (a.kin);
ALTER TABLE a.kid ALTER word SET DEFAULT 'k', ALTER id DROP DEFAULT, ALTER word SET NOT NULL;
CREATE TABLE a.adopted (id int NOT NULL, more int, word text); ALTER TABLE a.adopted INHERIT a.kin;
