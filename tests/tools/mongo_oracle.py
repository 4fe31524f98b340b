"""A database's catalogue as the server tells it: listCollections and listIndexes, byte for byte but for identities.

Owes nothing to the tool: what this calls different is different.
"""

from __future__ import annotations

from typing import Any

from bson import json_util
from pymongo.database import Database

OURS = "schema_"


def dump_of(db: Database[dict[str, Any]]) -> list[str]:
    """One line for each collection, view and index, the ledger's left out."""
    lines = []
    for one in sorted(db.list_collections(), key=lambda one: str(one["name"])):
        if one["name"].startswith(OURS):
            continue
        one.get("info", {}).pop("uuid", None)
        lines.append(json_util.dumps(one, json_options=json_util.CANONICAL_JSON_OPTIONS))
        if one["type"] != "view":
            indexes = db.command({"listIndexes": one["name"]})["cursor"]["firstBatch"]
            lines += [
                f"{one['name']}: {json_util.dumps(index, json_options=json_util.CANONICAL_JSON_OPTIONS)}"
                for index in sorted(indexes, key=lambda index: str(index["name"]))
            ]
    return [line.replace(f'"{db.name}.', '"') for line in lines]
