"""Roles, users and rights on MongoDB (docs/adr/0014): what is wanted set against what is there, as changes."""
