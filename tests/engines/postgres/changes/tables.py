"""Schemas, tables, constraints, indexes, statistics, partitions."""

from tests.engines.postgres.changes.change import Change

_T = "CREATE TABLE t (a int, b text);"
_TWO = "CREATE TABLE t (a int PRIMARY KEY, b text); CREATE TABLE u (a int, b int);"
_PART = "CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);"
_FK = "ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t;"
_NO_FK = "ALTER TABLE u DROP CONSTRAINT u_fk"

CHANGES = (
    Change("a schema", "", "CREATE SCHEMA s", "DROP SCHEMA s"),
    Change(
        "a schema's owner", "CREATE SCHEMA s", "ALTER SCHEMA s OWNER TO role_a", "ALTER SCHEMA s OWNER TO CURRENT_USER"
    ),
    Change("a schema's comment", "CREATE SCHEMA s", "COMMENT ON SCHEMA s IS 'x'", "COMMENT ON SCHEMA s IS NULL"),
    Change(
        "a schema's grants",
        "CREATE SCHEMA s",
        "GRANT USAGE ON SCHEMA s TO role_a",
        "REVOKE USAGE ON SCHEMA s FROM role_a",
    ),
    Change(
        "the public schema's grants",
        "",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ),
    Change("a table", "", _T, "DROP TABLE t"),
    Change("a table's name", _T, "ALTER TABLE t RENAME TO z", "ALTER TABLE z RENAME TO t"),
    Change(
        "a table's schema", _T + "CREATE SCHEMA s", "ALTER TABLE t SET SCHEMA s", "ALTER TABLE s.t SET SCHEMA public"
    ),
    Change("unlogged", _T, "ALTER TABLE t SET UNLOGGED", "ALTER TABLE t SET LOGGED"),
    Change("a storage parameter", _T, "ALTER TABLE t SET (fillfactor = 70)", "ALTER TABLE t RESET (fillfactor)"),
    Change(
        "a toast parameter",
        _T,
        "ALTER TABLE t SET (toast.autovacuum_enabled = false)",
        "ALTER TABLE t RESET (toast.autovacuum_enabled)",
    ),
    Change(
        "an access method",
        "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;" + _T,
        "ALTER TABLE t SET ACCESS METHOD heap2",
        "ALTER TABLE t SET ACCESS METHOD heap",
    ),
    Change("a table's owner", _T, "ALTER TABLE t OWNER TO role_a", "ALTER TABLE t OWNER TO CURRENT_USER"),
    Change("row security", _T, "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t DISABLE ROW LEVEL SECURITY"),
    Change(
        "forced row security", _T, "ALTER TABLE t FORCE ROW LEVEL SECURITY", "ALTER TABLE t NO FORCE ROW LEVEL SECURITY"
    ),
    Change(
        "replica identity full", _T, "ALTER TABLE t REPLICA IDENTITY FULL", "ALTER TABLE t REPLICA IDENTITY DEFAULT"
    ),
    Change(
        "replica identity nothing",
        _T,
        "ALTER TABLE t REPLICA IDENTITY NOTHING",
        "ALTER TABLE t REPLICA IDENTITY DEFAULT",
    ),
    Change(
        "replica identity by index",
        "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX i ON t (a)",
        "ALTER TABLE t REPLICA IDENTITY USING INDEX i",
        "ALTER TABLE t REPLICA IDENTITY DEFAULT",
    ),
    Change(
        "a parent",
        "CREATE TABLE p (a int); CREATE TABLE t (a int)",
        "ALTER TABLE t INHERIT p",
        "ALTER TABLE t NO INHERIT p",
    ),
    Change(
        "the type of a table",
        "CREATE TYPE ty AS (a int); CREATE TABLE t (a int)",
        "ALTER TABLE t OF ty",
        "ALTER TABLE t NOT OF",
    ),
    Change("a table's comment", _T, "COMMENT ON TABLE t IS 'x'", "COMMENT ON TABLE t IS NULL"),
    Change("a table's grants", _T, "GRANT SELECT ON t TO role_a", "REVOKE SELECT ON t FROM role_a"),
    Change(
        "a grant option",
        _T + "GRANT SELECT ON t TO role_a",
        "GRANT SELECT ON t TO role_a WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT ON t FROM role_a",
    ),
    Change(
        "a grantor",
        _T + "GRANT SELECT ON t TO role_a WITH GRANT OPTION; GRANT SELECT ON t TO role_b",
        "REVOKE SELECT ON t FROM role_b; SET ROLE role_a; GRANT SELECT ON t TO role_b; RESET ROLE",
        "SET ROLE role_a; REVOKE SELECT ON t FROM role_b; RESET ROLE; GRANT SELECT ON t TO role_b",
    ),
    Change("what the owner may", _T, "REVOKE DELETE ON t FROM CURRENT_USER", "GRANT DELETE ON t TO CURRENT_USER"),
    Change("the right to maintain", _T, "GRANT MAINTAIN ON t TO role_a", "REVOKE MAINTAIN ON t FROM role_a", since=17),
    Change("a partition", _PART, "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)", "DROP TABLE p1"),
    Change(
        "a partition's bound",
        _PART + "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "ALTER TABLE p DETACH PARTITION p1; ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (11)",
        "ALTER TABLE p DETACH PARTITION p1; ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10)",
    ),
    Change(
        "a default partition",
        _PART + "CREATE TABLE p1 (a int, b int)",
        "ALTER TABLE p ATTACH PARTITION p1 DEFAULT",
        "ALTER TABLE p DETACH PARTITION p1",
    ),
    Change(
        "a partition key",
        "CREATE TABLE p (a int, b int) PARTITION BY RANGE (a)",
        "DROP TABLE p; CREATE TABLE p (a int, b int) PARTITION BY RANGE (b)",
        "DROP TABLE p;" + _PART,
    ),
    Change(
        "a partition strategy",
        _PART,
        "DROP TABLE p; CREATE TABLE p (a int, b int) PARTITION BY HASH (a)",
        "DROP TABLE p;" + _PART,
    ),
    Change(
        "a primary key",
        _T,
        "ALTER TABLE t ALTER a SET NOT NULL, ADD PRIMARY KEY (a)",
        "ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER a DROP NOT NULL",
    ),
    Change("a unique constraint", _T, "ALTER TABLE t ADD UNIQUE (a)", "ALTER TABLE t DROP CONSTRAINT t_a_key"),
    Change(
        "nulls not distinct",
        _T + "ALTER TABLE t ADD UNIQUE (a)",
        "ALTER TABLE t DROP CONSTRAINT t_a_key, ADD UNIQUE NULLS NOT DISTINCT (a)",
        "ALTER TABLE t DROP CONSTRAINT t_a_key, ADD UNIQUE (a)",
    ),
    Change(
        "a constraint's name",
        _T + "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)",
        "ALTER TABLE t RENAME CONSTRAINT k TO l",
        "ALTER TABLE t RENAME CONSTRAINT l TO k",
    ),
    Change(
        "a constraint's comment",
        _T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "COMMENT ON CONSTRAINT k ON t IS 'x'",
        "COMMENT ON CONSTRAINT k ON t IS NULL",
    ),
    Change("a check", _T, "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)", "ALTER TABLE t DROP CONSTRAINT k"),
    Change(
        "a check's expression",
        _T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 1)",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0)",
    ),
    Change(
        "a check that no child inherits",
        _T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0) NO INHERIT",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0)",
    ),
    Change(
        "a check that was not validated",
        _T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT k",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
    ),
    Change(
        "a check of a child's own",
        "CREATE TABLE p (a int, CONSTRAINT k CHECK (a > 0)); CREATE TABLE c () INHERITS (p)",
        "ALTER TABLE c ADD CONSTRAINT k CHECK (a > 0)",
        "DROP TABLE c; CREATE TABLE c () INHERITS (p)",
    ),
    Change(
        "a check that is not enforced",
        _T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0) NOT ENFORCED",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0)",
        since=18,
    ),
    Change("a foreign key", _TWO, _FK, _NO_FK),
    Change(
        "what a deletion does",
        _TWO + _FK,
        f"{_NO_FK}; ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t ON DELETE CASCADE",
        f"{_NO_FK};{_FK}",
    ),
    Change(
        "which columns a deletion clears",
        _TWO + "ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t ON DELETE SET NULL",
        f"{_NO_FK}; ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t ON DELETE SET NULL (a)",
        f"{_NO_FK}; ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t ON DELETE SET NULL",
    ),
    Change(
        "what an update does",
        _TWO + _FK,
        f"{_NO_FK}; ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t ON UPDATE RESTRICT",
        f"{_NO_FK};{_FK}",
    ),
    Change(
        "match full",
        _TWO + _FK,
        f"{_NO_FK}; ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t MATCH FULL",
        f"{_NO_FK};{_FK}",
    ),
    Change(
        "deferrable",
        _TWO + _FK,
        "ALTER TABLE u ALTER CONSTRAINT u_fk DEFERRABLE",
        "ALTER TABLE u ALTER CONSTRAINT u_fk NOT DEFERRABLE",
    ),
    Change(
        "initially deferred",
        _TWO + "ALTER TABLE u ADD CONSTRAINT u_fk FOREIGN KEY (a) REFERENCES t DEFERRABLE",
        "ALTER TABLE u ALTER CONSTRAINT u_fk DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE u ALTER CONSTRAINT u_fk DEFERRABLE INITIALLY IMMEDIATE",
    ),
    Change(
        "a foreign key that is not enforced",
        _TWO + _FK,
        "ALTER TABLE u ALTER CONSTRAINT u_fk NOT ENFORCED",
        "ALTER TABLE u ALTER CONSTRAINT u_fk ENFORCED",
        since=18,
    ),
    Change(
        "an exclusion",
        "CREATE TABLE t (r int4range)",
        "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (r WITH &&)",
        "ALTER TABLE t DROP CONSTRAINT x",
    ),
    Change(
        "a key without overlaps",
        "CREATE TABLE t (a int4range, r int4range)",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a, r WITHOUT OVERLAPS)",
        "ALTER TABLE t DROP CONSTRAINT k",
        since=18,
    ),
    Change("an index", _T, "CREATE INDEX i ON t (a)", "DROP INDEX i"),
    Change(
        "a unique index",
        _T + "CREATE INDEX i ON t (a)",
        "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a)",
        "DROP INDEX i; CREATE INDEX i ON t (a)",
    ),
    Change(
        "an index method",
        _T + "CREATE INDEX i ON t (a)",
        "DROP INDEX i; CREATE INDEX i ON t USING hash (a)",
        "DROP INDEX i; CREATE INDEX i ON t (a)",
    ),
    Change(
        "an operator class of an index",
        _T + "CREATE INDEX i ON t (b)",
        "DROP INDEX i; CREATE INDEX i ON t (b text_pattern_ops)",
        "DROP INDEX i; CREATE INDEX i ON t (b)",
    ),
    Change(
        "the order of an index",
        _T + "CREATE INDEX i ON t (a)",
        "DROP INDEX i; CREATE INDEX i ON t (a DESC NULLS LAST)",
        "DROP INDEX i; CREATE INDEX i ON t (a)",
    ),
    Change(
        "the collation of an index",
        _T + "CREATE INDEX i ON t (b)",
        'DROP INDEX i; CREATE INDEX i ON t (b COLLATE "POSIX")',
        "DROP INDEX i; CREATE INDEX i ON t (b)",
    ),
    Change(
        "included columns",
        _T + "CREATE INDEX i ON t (a)",
        "DROP INDEX i; CREATE INDEX i ON t (a) INCLUDE (b)",
        "DROP INDEX i; CREATE INDEX i ON t (a)",
    ),
    Change(
        "an index predicate",
        _T + "CREATE INDEX i ON t (a)",
        "DROP INDEX i; CREATE INDEX i ON t (a) WHERE b IS NULL",
        "DROP INDEX i; CREATE INDEX i ON t (a)",
    ),
    Change(
        "an index parameter",
        _T + "CREATE INDEX i ON t (a)",
        "ALTER INDEX i SET (fillfactor = 60)",
        "ALTER INDEX i RESET (fillfactor)",
    ),
    Change(
        "the index a table is clustered on",
        _T + "CREATE INDEX i ON t (a)",
        "ALTER TABLE t CLUSTER ON i",
        "ALTER TABLE t SET WITHOUT CLUSTER",
    ),
    Change(
        "statistics of an index expression",
        _T + "CREATE INDEX i ON t ((a + 1))",
        "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 500",
        "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS -1",
    ),
    Change(
        "an index's comment", _T + "CREATE INDEX i ON t (a)", "COMMENT ON INDEX i IS 'x'", "COMMENT ON INDEX i IS NULL"
    ),
    Change(
        "a partition's part of an index",
        _PART + "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
        "CREATE INDEX i ON ONLY p (a); CREATE INDEX i1 ON p1 (a)",
        "ALTER INDEX i ATTACH PARTITION i1",
        "DROP INDEX i; CREATE INDEX i ON ONLY p (a); CREATE INDEX i1 ON p1 (a)",
    ),
    Change("extended statistics", _T, "CREATE STATISTICS st ON a, b FROM t", "DROP STATISTICS st"),
    Change(
        "kinds of extended statistics",
        _T + "CREATE STATISTICS st ON a, b FROM t",
        "DROP STATISTICS st; CREATE STATISTICS st (mcv) ON a, b FROM t",
        "DROP STATISTICS st; CREATE STATISTICS st ON a, b FROM t",
    ),
    Change(
        "the target of extended statistics",
        _T + "CREATE STATISTICS st ON a, b FROM t",
        "ALTER STATISTICS st SET STATISTICS 50",
        "ALTER STATISTICS st SET STATISTICS -1",
    ),
    Change(
        "the comment of extended statistics",
        _T + "CREATE STATISTICS st ON a, b FROM t",
        "COMMENT ON STATISTICS st IS 'x'",
        "COMMENT ON STATISTICS st IS NULL",
    ),
)
