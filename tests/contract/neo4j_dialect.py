"""Neo4j's examples for the contract tests: statements, and where a section of them must be cut."""

from __future__ import annotations

from schemactl.script import syntax
from tests.contract.language import sectioned
from tests.contract.target import Cut, Dialect

ALL = "transaction"
_A, _B = "CREATE (:A {word: 'x'})", "CREATE (:B {word: 'x'})"


def _lone(name: str, statement: str) -> Cut:
    """A statement between two others: three segments."""
    return Cut(name=name, statements=(_A, statement, _B), modes=((ALL, (0,)), ("alone", (1,)), (ALL, (2,))))


def _shares(name: str, statement: str) -> Cut:
    return Cut(name=name, statements=(_A, statement, _B), modes=((ALL, (0, 1, 2)),))


CUTS = (
    _lone("index", "CREATE INDEX i FOR (n:A) ON (n.x)"),
    _lone("nameless index", "CREATE INDEX FOR (n:A) ON (n.x)"),
    _lone("index if not exists", "create index i if not exists for (n:A) on (n.x)"),
    _lone("text index with comments", "create /* x */ text // y\n index i for (n:A) on (n.x)"),
    _lone("vector index", "CREATE VECTOR INDEX v FOR (n:A) ON (n.x) OPTIONS {indexConfig: {}}"),
    _lone("full-text index", "CREATE FULLTEXT INDEX f FOR (n:A|B) ON EACH [n.x, n.y]"),
    _lone("lookup index", "CREATE LOOKUP INDEX l FOR (n) ON EACH labels(n)"),
    _lone("query options", "CYPHER 5 runtime = slotted CREATE INDEX i FOR (n:A) ON (n.x)"),
    _lone("constraint", "CREATE CONSTRAINT c FOR (n:A) REQUIRE n.x IS UNIQUE"),
    _lone("drop index", "DROP INDEX i IF EXISTS"),
    _lone("drop constraint", "DROP CONSTRAINT c"),
    _lone("batches", "MATCH (n:A) CALL (n) { DETACH DELETE n } IN TRANSACTIONS"),
    _lone("batches of rows", "MATCH (n:A) CALL { WITH n DELETE n } IN TRANSACTIONS OF 10 ROWS"),
    _lone("concurrent batches", "UNWIND [1] AS i CALL (i) { CREATE (:A) } IN 3 CONCURRENT TRANSACTIONS"),
    _lone("batches with a comment", "UNWIND [1] AS i CALL (i) { CREATE (:A) } IN/**/TRANSACTIONS"),
    _lone("batches that report", "CALL { CREATE (:A) } in transactions on error continue report status as s RETURN s"),
    _lone("a procedure's batches", "CALL apoc.periodic.iterate('MATCH (n:A) RETURN n', 'DELETE n', {})"),
    _lone("a procedure that commits", "CALL apoc.periodic.commit('MATCH (n:A) DELETE n RETURN count(n)')"),
    _lone(
        "a quoted procedure",
        "MATCH (n:A) CALL `apoc`.cypher.runMany('CREATE (:A); CREATE (:B)', {}) YIELD row RETURN row",
    ),
    _lone("a procedure for the schema", "call apoc.schema.assert({}, {})"),
    _lone("a procedure that imports", "CALL apoc.import.csv([], [], {})"),
    _lone("a procedure of GDS", "CALL gds.pageRank.write('g', {}) YIELD nodeCount RETURN nodeCount"),
    _shares("a procedure in this transaction", "CALL apoc.cypher.doIt('CREATE (:A)', {}) YIELD value RETURN value"),
    _shares("a node called index", "CREATE (index:INDEX)"),
    _shares("a path called index", "CREATE index = (:A)-[:R]->(:B)"),
    _shares("a path called user", "CREATE user = (:A)-[:R]->(:B)"),
    _shares("an index in a comment", "CREATE (n:A) // CREATE INDEX\n SET n.x = 1"),
    _shares("an index in a label", "MERGE (n:`CREATE INDEX`)"),
    _shares("batches in a string", "CALL { CREATE (:A {s: '} IN TRANSACTIONS'}) } RETURN 1"),
    _shares("a list called transactions", "WITH [{a: 1}] AS transactions RETURN {a: 1} IN transactions"),
    _shares("a property called use", "MATCH (n:A) SET n.use = 1 RETURN {use: n.use}"),
    _shares("a subquery", "CALL { CREATE (:A) }"),
    _shares("a procedure", "CALL db.labels() YIELD label RETURN label"),
    _shares("a label by an expression", "MATCH (n:A) SET n:$('B')"),
    _shares("a dollar in a string", "CREATE (:A {price: '$x'})"),
    Cut(
        name="transaction=none",
        statements=(_A, "CREATE INDEX i FOR (n:A) ON (n.x)", _B, _A),
        modes=((ALL, (0,)), ("alone", (1,)), (ALL, (2,)), (ALL, (3,))),
        none=True,
    ),
)

DIALECT = Dialect(
    language=sectioned(syntax.CYPHER),
    make=lambda name: f"CREATE (:Place {{name: '{name}'}})",
    drop=lambda name: f"MATCH (p:Place {{name: '{name}'}}) OPTIONAL MATCH (p)-[:HAS]->(w) DETACH DELETE p, w",
    insert=lambda name, word: (
        f"MATCH (p:Place {{name: '{name}'}}) SET p.n = coalesce(p.n, 0) + 1"
        f" CREATE (p)-[:HAS]->(:Word {{text: '{word}', n: p.n}})"
    ),
    fails="RETURN 1 / 0",
    alone_make=lambda name: f"CREATE INDEX {name} FOR (g:Ground) ON (g.{name})",
    alone_drop=lambda name: f"DROP INDEX {name}",
    alone_fails="DROP INDEX nothing",
    undecidable=lambda name, word: (
        f"MATCH (p:Place {{name: '{name}'}})"
        f" CALL (p) {{ SET p.n = 1 CREATE (p)-[:HAS]->(:Word {{text: '{word}', n: 1}}) }} IN TRANSACTIONS"
    ),
    has=lambda name: (
        f"ctx.connection.run(\"RETURN EXISTS {{ (:Place {{name: '{name}'}}) }} AS found\").single()['found']"
    ),
    having=lambda name, word: (
        f"MATCH (:Place {{name: '{name}'}})-[:HAS]->(w:Word {{text: '{word}'}}) RETURN w.text AS word"
    ),
    ddl=lambda name: f"CREATE INDEX {name} FOR (g:Ground) ON (g.other)",
    execute=lambda statement: f"ctx.connection.run({statement!r}).consume()",
    leaves=("done", "not done", "half"),
    changes=(
        ("CREATE INDEX a FOR (n:A) ON (n.x)", "CREATE INDEX b FOR (n:A) ON (n.y)"),
        ("CREATE INDEX a FOR (n:A) ON (n.x)", "DROP INDEX a"),
        ("CREATE INDEX a FOR (n:A) ON (n.x)", "CREATE TEXT INDEX b FOR (n:A) ON (n.x)"),
        (_A, "CREATE CONSTRAINT c FOR (n:A) REQUIRE n.x IS UNIQUE"),
        (_A, "CREATE CONSTRAINT c FOR ()-[r:R]-() REQUIRE (r.x, r.y) IS UNIQUE"),
        (
            "CREATE FULLTEXT INDEX f FOR (n:A) ON EACH [n.x]",
            "CREATE FULLTEXT INDEX g FOR (n:B) ON EACH [n.x] OPTIONS {indexConfig: {`fulltext.analyzer`: 'german'}}",
        ),
        (
            _A,
            "CREATE VECTOR INDEX v FOR (n:A) ON (n.x)"
            " OPTIONS {indexConfig: {`vector.dimensions`: 3, `vector.similarity_function`: 'cosine'}}",
        ),
        (_A, "CREATE POINT INDEX p FOR (n:A) ON (n.x)"),
    ),
    cuts=CUTS,
    refused=(
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "USE other MATCH (n) RETURN n",
        "MATCH (n:A) CALL (n) { USE other CREATE (:B) }",
        "MATCH (n:A) RETURN n UNION ALL USE other MATCH (n:A) RETURN n",
        "CREATE USER anna SET PASSWORD 'hush'",
        "CALL tx.setMetaData({schemactl: ''})",
        "CREATE OR REPLACE DATABASE x",
        "CREATE DATABASE x",
        "DROP USER anna",
        "CYPHER 5 CREATE ROLE reader",
        "GRANT ROLE reader TO anna",
        "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
        "SHOW INDEXES",
        "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
        "EXPLAIN MATCH (n) RETURN n",
        "PROFILE MATCH (n) RETURN n",
        "USING PERIODIC COMMIT 500 LOAD CSV FROM 'file:///a.csv' AS line CREATE (:A)",
        "MATCH (n:A {x: $x}) RETURN n",
        "MATCH (n:SchemaVersion) DETACH DELETE n",
        "MATCH (n:A|`SchemaLock`) DETACH DELETE n",
        "DROP CONSTRAINT schema_format",
        "CALL { CREATE (:A) } IN TRANSACTIONS RETURN 1 AS x UNION RETURN 2 AS x",
    ),
)
