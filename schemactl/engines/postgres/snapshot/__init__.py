"""The catalogue of a PostgreSQL database as statements. One file for each group of object kinds; sends nothing."""

from schemactl.engines.postgres.snapshot.blocks import PostgresSnapshots

__all__ = ["PostgresSnapshots"]
