"""The query that decides by hand what became of a command: it only reads, and never holds the command itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.engines.mongodb import canonical, commands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.mongodb.commands import Command

_LIMIT = 10
_OF_CHUNKS = frozenset({"split", "moveChunk", "moveRange", "mergeChunks", "mergeAllChunksOnShard", "clearJumboFlag"})
# Others than the first are done as one, and told of as one.
_RESHARDING = frozenset({"reshardCollection", "unshardCollection", "moveCollection"})


def of_catalogue(command: Command) -> str:
    """What the catalogue says of the command's collections."""
    names = list(commands.collections_of(command))
    return _run({"listCollections": 1, "filter": {"name": {"$in": names}}})


def of_indexes(command: Command) -> str:
    return _run({"listIndexes": command.collection})


def of_right(command: Command) -> str:
    kind = "usersInfo" if "User" in command.name else "rolesInfo"
    return _run({kind: command.collection or 1})


def of_collection(name: str) -> str:
    return _run({"find": name, "limit": _LIMIT})


def of_counts(*names: str) -> str:
    """How many documents each of these collections holds; with a query, the server counts what is really there."""
    return "; ".join(_run({"count": name, "query": {"_id": {"$exists": True}}}) for name in names)


def of_data(command: Command) -> str:
    """The documents that a write is about, as far as it says which."""
    if command.name in commands.SHARDING:
        return _of_cluster(command)
    if command.name not in commands.WRITES:
        return of_collection(commands.writes_elsewhere(command) or command.collection or "…")
    if command.name == "bulkWrite":
        return "; ".join(_of_bulk(command))
    return _run({"find": command.collection, "filter": _filter(command.document), "limit": _LIMIT})


def of_duplicates(key: Mapping[str, Any], spec: Mapping[str, Any], collection: str) -> str:
    """The documents that stand in the way of a unique index with this key; "" where no query can show them.

    An index holds each element of an array by itself, and a document that has the same twice is not in its own way.
    """
    if any(part.isdigit() for name in key for part in name.split(".")):
        return ""  # the index takes it for a place in an array too, a pipeline does not
    is_there = {"$match": {"$or": [{name: {"$exists": True}} for name in key]}} if spec.get("sparse") else None
    only = spec.get("partialFilterExpression")
    sifted = [{"$match": only}] if only else [is_there] if is_there else []
    value: list[str] = [f"${name}" for name in key]
    told = {"count": {"$sum": 1}, "ids": {"$push": "$_id.of"}}
    same: list[dict[str, Any]] = [
        {"$group": {"_id": {"key": value, "of": "$_id"}}},
        {"$group": {"_id": "$_id.key", **told}},
    ]
    if "collation" in spec:
        # It would hold for the documents' own _ids too: two of them could pass for one.
        same = [{"$group": {"_id": value, **told, "ids": {"$push": "$_id"}}}]
    again = [is_there] if is_there else []
    stages = [*sifted, *_unwound(key), *again, *same, {"$match": {"count": {"$gt": 1}}}, {"$limit": _LIMIT}]
    same_as = {"collation": spec["collation"]} if "collation" in spec else {}
    return _run({"aggregate": collection, "pipeline": stages, "cursor": {}, "allowDiskUse": True, **same_as})


def _unwound(key: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Stages that make one document of each key that an index has for one; what is no array stays as it is."""
    names = [name for name, kind in key.items() if not isinstance(kind, str)]
    pieces = [name.split(".") for name in names]
    above = {".".join(parts[:depth]) for parts in pieces for depth in range(1, len(parts))}
    last = [name for name in names if name not in above]
    # The index tells an empty array from a field that is not there; taken apart, it would be none.
    kept = {name: {"$cond": [{"$eq": [f"${name}", []]}, [[]], f"${name}"]} for name in last}
    return [
        *(_taken_apart(name) for name in sorted(above, key=lambda one: (one.count("."), one))),
        *([{"$set": kept}] if kept else []),
        *map(_taken_apart, last),
    ]


def _taken_apart(name: str) -> dict[str, Any]:
    return {"$unwind": {"path": f"${name}", "preserveNullAndEmptyArrays": True}}


def _of_cluster(command: Command) -> str:
    """What the cluster's own catalogue says, and of what takes hours: whether it still goes on."""
    whole, name = command.collection, command.name
    about: dict[str, Any] = {"find": "collections" if "." in whole else "databases", "filter": {"_id": whole}}
    if name in _OF_CHUNKS:
        # A chunk says its collection by its UUID (manual, "config Database").
        its_own = {"from": "chunks", "localField": "uuid", "foreignField": "uuid", "as": "chunk"}
        stages = [{"$match": {"_id": whole}}, {"$lookup": its_own}, {"$unwind": "$chunk"}]
        stages += [{"$replaceWith": "$chunk"}, {"$sort": {"min": 1}}]
        about = {"aggregate": "collections", "pipeline": stages, "cursor": {}}
    elif name == "updateZoneKeyRange":
        about = {"find": "tags", "filter": {"ns": whole}}
    if name not in _RESHARDING:
        return _run(about, "config")
    mine = [{f"originatingCommand.{one}": whole} for one in sorted({"reshardCollection", name})]
    work = [{"$currentOp": {"allUsers": True, "localOps": False}}, {"$match": {"type": "op", "$or": mine}}]
    under_way = {"aggregate": 1, "pipeline": work, "cursor": {}}
    return f"{_run(about, 'config')}; {_run(under_way, 'admin')}"


def _of_bulk(command: Command) -> list[str]:
    """One query a collection: an operation names it by its place in nsInfo."""
    parts = _parts(command.document.get("ops"))
    found = []
    for number, (_, name) in enumerate(commands.reaches(command)):
        about = [one for one in parts if number in (one.get("insert"), one.get("update"), one.get("delete"))]
        documents = [one["document"] for one in about if isinstance(one.get("document"), dict)]
        wanted = {"deletes": [{"q": one.get("filter")} for one in about], "documents": documents}
        found.append(_run({"find": name, "filter": _filter(wanted), "limit": _LIMIT}))
    return found


def _filter(document: dict[str, Any]) -> Any:
    wanted = [one.get("q") for one in _parts(document.get("updates")) + _parts(document.get("deletes"))]
    if "query" in document:
        wanted.append(document["query"])
    ids = [one["_id"] for one in _parts(document.get("documents")) if "_id" in one]
    if ids:
        wanted.append({"_id": {"$in": ids[:_LIMIT]}})
    wanted = [one for one in wanted[:_LIMIT] if isinstance(one, dict)]
    if not wanted:
        return {}
    return wanted[0] if len(wanted) == 1 else {"$or": wanted}


def _parts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _run(document: dict[str, Any], database: str = "") -> str:
    where = f'db.getSiblingDB("{database}")' if database else "db"
    return f"{where}.runCommand({canonical.text_of(document)})"
