"""A platform over four engines, whose migrations need one another: users → clicks → docs → graph → users again."""

from __future__ import annotations

ENGINE_OF = {"users_db": "postgres", "clicks_db": "clickhouse", "docs_db": "mongodb", "graph_db": "neo4j"}
PLATFORM = 'name = "jobs"\n' + "".join(f'[targets.{name}]\nengine = "{engine}"\n' for name, engine in ENGINE_OF.items())

FILES = {
    "users_db/0001_users.sql": """-- migrate:up
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace');
CREATE INDEX CONCURRENTLY users_name ON users (name);
-- migrate:down
DROP TABLE users;
""",
    "users_db/0002_seen.sql": """-- migrate:up
-- schemactl: requires=graph_db@0001
ALTER TABLE users ADD COLUMN seen bigint NOT NULL DEFAULT 0;
-- migrate:down
ALTER TABLE users DROP COLUMN seen;
""",
    "clicks_db/0001_clicks.sql": """-- migrate:up
-- schemactl: requires=users_db@0001
CREATE TABLE clicks (user_id UInt64, word String) ENGINE = MergeTree ORDER BY user_id;
CREATE VIEW clicked AS SELECT user_id, count() AS clicks FROM clicks GROUP BY user_id;
-- migrate:down
DROP TABLE clicked;
DROP TABLE clicks;
""",
    "clicks_db/0002_word.sql": """-- migrate:up
ALTER TABLE clicks ADD COLUMN page String;
-- migrate:down
ALTER TABLE clicks DROP COLUMN page;
""",
    "docs_db/0001_docs.json": """{
  "schemactl": {"requires": ["clicks_db@0001"]},
  "up": [
    {"create": "docs"},
    {"createIndexes": "docs", "indexes": [{"key": {"owner": 1}, "name": "owner"}]},
    {"insert": "docs", "documents": [{"_id": 1, "owner": 1}, {"_id": 2, "owner": 2}]}
  ],
  "down": [{"drop": "docs"}]
}
""",
    "docs_db/0002_titles.json": """{
  "up": [{"update": "docs", "updates": [{"q": {}, "u": {"$set": {"title": ""}}, "multi": true}]}],
  "down": [{"update": "docs", "updates": [{"q": {}, "u": {"$unset": {"title": ""}}, "multi": true}]}]
}
""",
    "graph_db/0001_person.cypher": """// migrate:up
// schemactl: requires=docs_db@0001
CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE;
CREATE (:Person {id: 1})-[:KNOWS]->(:Person {id: 2});
// migrate:down
MATCH (p:Person) DETACH DELETE p;
DROP CONSTRAINT person_id;
""",
    "graph_db/0002_name.cypher": """// migrate:up
CREATE INDEX person_name FOR (p:Person) ON (p.name);
// migrate:down
DROP INDEX person_name;
""",
}

BROKEN = {
    "users_db": ("0003_broken.sql", "-- migrate:up\nALTER TABLE nowhere ADD COLUMN x int;\n-- migrate:down\n"),
    "clicks_db": ("0003_broken.sql", "-- migrate:up\nALTER TABLE nowhere ADD COLUMN x String;\n-- migrate:down\n"),
    "docs_db": ("0003_broken.json", '{"up": [{"collMod": "nowhere", "validationLevel": "strict"}], "down": []}'),
    "graph_db": ("0003_broken.cypher", "// migrate:up\nDROP INDEX nowhere;\n// migrate:down\n"),
}
"""A migration of each target that its server refuses."""

HALF = {
    "users_db": (
        "0003_half.sql",
        "-- migrate:up\n-- schemactl: transaction=none\nCREATE INDEX CONCURRENTLY users_id ON users (id);\n"
        "CREATE INDEX CONCURRENTLY users_half ON nowhere (name);\n-- migrate:down\nDROP INDEX users_half, users_id;\n",
        "users",
    ),
    "clicks_db": (
        "0003_half.sql",
        "-- migrate:up\nCREATE TABLE half (x Int8) ENGINE = TinyLog;\nALTER TABLE nowhere ADD COLUMN half String;\n"
        "-- migrate:down\nALTER TABLE clicks DROP COLUMN half;\nDROP TABLE half;\n",
        "clicks",
    ),
    "docs_db": (
        "0003_half.json",
        '{"up": [{"create": "half"}, {"collMod": "nowhere", "validationLevel": "strict"}], "down": [{"drop": "half"}]}',
        "docs",
    ),
    "graph_db": (
        "0003_half.cypher",
        "// migrate:up\nCREATE INDEX half FOR (p:Person) ON (p.half);\nDROP INDEX nowhere;\n"
        "// migrate:down\nDROP INDEX half;\nCREATE INDEX person_name FOR (p:Person) ON (p.name);\n",
        "person_name",
    ),
}
"""A migration of each target whose first statement is done and whose second is refused; what to write for `nowhere`."""

NEEDS = {
    "users_db": ("docs_db", "0003_after.json", '"users_db@0003"'),
    "clicks_db": ("users_db", "0003_after.sql", "clicks_db@0003"),
    "docs_db": ("graph_db", "0003_after.cypher", "docs_db@0003"),
    "graph_db": ("clicks_db", "0003_after.sql", "graph_db@0003"),
}
"""Target → a migration of another engine's that requires its broken one."""


def after(name: str, requirement: str) -> str:
    """The text of a migration that does little, and requires another."""
    if name.endswith(".json"):
        return f'{{"schemactl": {{"requires": [{requirement}]}}, "up": [{{"create": "after"}}], "down": []}}'
    mark = "//" if name.endswith(".cypher") else "--"
    change = "CREATE (:After)" if name.endswith(".cypher") else "CREATE VIEW after AS SELECT 1 AS one"
    return f"{mark} migrate:up\n{mark} schemactl: requires={requirement}\n{change};\n"
