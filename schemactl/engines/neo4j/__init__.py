"""Neo4j 5.7 and later."""
