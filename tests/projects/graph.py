"""Migrations of every kind that Neo4j runs in a way of its own: schema, data, batches, both kinds of script."""

from __future__ import annotations

GRAPH = {
    "0001_base.cypher": """// migrate:up
CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE;
UNWIND range(1, 12) AS n CREATE (:Person {id: n, name: 'person ' + n, seen: 0});
CREATE INDEX person_name FOR (p:Person) ON (p.name);
MATCH (p:Person) SET p.seen = p.seen + 1;
// migrate:down
MATCH (p:Person) DETACH DELETE p;
DROP INDEX person_name;
DROP CONSTRAINT person_id;
""",
    "0002_mixed.cypher": """// migrate:up
MATCH (a:Person), (b:Person) WHERE b.id = a.id + 1 CREATE (a)-[:KNOWS {since: a.id}]->(b);
// schemactl: idempotent
MATCH (p:Person) CALL (p) { SET p.batch = p.id % 3 } IN TRANSACTIONS OF 5 ROWS;
DROP INDEX person_name;
CREATE FULLTEXT INDEX person_text FOR (p:Person) ON EACH [p.name]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'german'}};
MATCH (p:Person) SET p.seen = p.seen + 10;
// migrate:down
MATCH (p:Person) SET p.seen = p.seen - 10 REMOVE p.batch;
DROP INDEX person_text;
CREATE INDEX person_name FOR (p:Person) ON (p.name);
MATCH ()-[r:KNOWS]->() DELETE r;
""",
    "0003_script.py": """def up(ctx):
    ctx.connection.run("MATCH (p:Person) SET p.seen = p.seen + 100").consume()


def down(ctx):
    ctx.connection.run("MATCH (p:Person) SET p.seen = p.seen - 100").consume()
""",
    "0004_schema.py": """# schemactl: transaction=none
def up(ctx):
    ctx.connection.run("CREATE INDEX person_seen IF NOT EXISTS FOR (p:Person) ON (p.seen)").consume()
    ctx.connection.run("MATCH (p:Person) SET p.script = true").consume()


def down(ctx):
    ctx.connection.run("MATCH (p:Person) REMOVE p.script").consume()
    ctx.connection.run("DROP INDEX person_seen IF EXISTS").consume()


def probe(ctx):
    # Half of either way can be run again: up is done where all of it is there, down where none of it is.
    there = [
        ctx.connection.run("RETURN EXISTS { (p:Person) WHERE p.script } AS found").single()["found"],
        bool(ctx.connection.run("SHOW INDEXES YIELD name WHERE name = 'person_seen'").data()),
    ]
    up = ctx.connection.run("MATCH (v:SchemaVersion) WHERE v.state = 'applying' RETURN count(v) AS n").single()["n"]
    return all(there) if up else any(there)
""",
}
