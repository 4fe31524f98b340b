"""Neo4j's own tests."""
