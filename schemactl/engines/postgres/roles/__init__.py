"""Roles, databases and rights on PostgreSQL (docs/adr/0014): what is wanted set against what is there, as changes."""
