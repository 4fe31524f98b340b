"""The advisory lock's key."""

from __future__ import annotations

# "schemact" in ASCII: the same for every version of the tool, for good. Advisory locks are local to one database.
KEY = int.from_bytes(b"schemact", "big")
KEY_PARTS = (KEY >> 32, KEY & 0xFFFFFFFF)
# By it provisions of one server keep each other away, in the maintenance database; a runner there need not wait.
PROVISION_KEY = int.from_bytes(b"schemapr", "big")
