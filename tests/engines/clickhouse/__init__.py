"""The ClickHouse engine, on real servers."""
