"""The ClickHouse engine."""
