"""The advisory lock's key."""

from __future__ import annotations

# "schemact" in ASCII: the same for every version of the tool, for good. Advisory locks are local to one database.
KEY = int.from_bytes(b"schemact", "big")
KEY_PARTS = (KEY >> 32, KEY & 0xFFFFFFFF)
# Provisions of one server keep each other away by it, in the maintenance database: a target's runner there need not wait.
PROVISION_KEY = int.from_bytes(b"schemapr", "big")
