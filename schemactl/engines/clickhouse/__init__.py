"""ClickHouse: 18.16 by the native protocol, 26.9 as a library in a child process (chdb)."""
