"""The catalogue of a PostgreSQL database as plain values. One file for each group of object kinds; writes nothing."""

from schemactl.engines.postgres.catalog.reader import PostgresCatalog

__all__ = ["PostgresCatalog"]
