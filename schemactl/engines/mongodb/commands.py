"""What a command is: its name, its collection, its document, and what MongoDB lets stand where. Pure but for BSON.

What is legal in a transaction comes from MongoDB's manual ("Transactions and Operations", "Transactions", "Time Series
Collection Limitations", "$out", "$merge"), not from what a lenient server accepts.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import bson
from bson import json_util
from bson.binary import UuidRepresentation

if TYPE_CHECKING:
    from schemactl.script.statement import Statement

Document = dict[str, Any]

WRITES: Final = frozenset({"insert", "update", "delete", "findAndModify", "findandmodify", "bulkWrite"})
"""What a transaction can hold; bulkWrite on every server that has it, MongoDB 8.0 and later (driver specifications,
"Transactions", client-bulkWrite)."""

READS: Final = frozenset(
    {
        "find",
        "count",
        "distinct",
        "aggregate",
        "mapReduce",
        "listCollections",
        "listIndexes",
        "listDatabases",
        "explain",
    }
    | {"hello", "ping", "collStats", "dbStats", "dataSize", "buildInfo", "serverStatus", "usersInfo", "rolesInfo"}
    | {"currentOp", "getParameter", "connectionStatus", "validate", "dbHash", "top", "hostInfo"}
)
"""What leaves nothing behind, unless it writes elsewhere ($out, $merge, out)."""

TRANSACTION: Final = frozenset(
    {"startTransaction", "commitTransaction", "abortTransaction", "prepareTransaction", "startSession", "endSessions"}
    | {"refreshSessions", "killSessions", "killAllSessions", "killAllSessionsByPattern"}
)
SERVER: Final = frozenset(
    {"shutdown", "fsync", "fsyncUnlock", "applyOps", "configureFailPoint", "killOp", "killCursors", "getMore"}
    | {"replSetInitiate", "replSetReconfig", "replSetStepDown", "replSetFreeze", "replSetMaintenance", "logRotate"}
    | {"replSetSyncFrom", "replSetResizeOplog", "replSetAbortPrimaryCatchUp", "setParameter", "eval", "authenticate"}
    | {"logout", "saslStart", "saslContinue", "setFeatureCompatibilityVersion", "rotateCertificates"}
    | {"addShard", "removeShard", "addShardToZone", "removeShardFromZone", "balancerStart", "balancerStop"}
    | {"balancerCollectionStatus", "balancerStatus", "flushRouterConfig", "listShards", "setDefaultRWConcern"}
    | {"transitionFromDedicatedConfigServer", "transitionToDedicatedConfigServer", "setClusterParameter"}
)
SHARDING: Final = frozenset(
    {"enableSharding", "movePrimary", "shardCollection", "reshardCollection", "refineCollectionShardKey"}
    | {"unshardCollection", "moveCollection", "abortReshardCollection", "commitReshardCollection"}
    | {"cleanupReshardCollection", "abortMoveCollection", "abortUnshardCollection", "configureCollectionBalancing"}
    | {"updateZoneKeyRange", "split", "mergeChunks", "mergeAllChunksOnShard", "moveChunk", "moveRange"}
    | {"clearJumboFlag", "setAllowMigrations"}
)
"""What only a mongos takes, about one database or collection whose name has the database in front; never in a
transaction (manual, "Sharding Commands")."""
SESSION_FIELDS: Final = frozenset({"lsid", "txnNumber", "autocommit", "startTransaction", "$db", "$clusterTime"})
CONCERNS: Final = frozenset({"writeConcern", "readConcern", "$readPreference"})
DEFINITIONS: Final = frozenset(
    {"create", "createIndexes", "drop", "dropIndexes", "deleteIndexes", "collMod", "renameCollection"}
)
RIGHTS: Final = frozenset(
    {"createUser", "updateUser", "dropUser", "grantRolesToUser", "revokeRolesFromUser", "dropAllUsersFromDatabase"}
    | {"createRole", "updateRole", "dropRole", "grantRolesToRole", "revokeRolesFromRole", "dropAllRolesFromDatabase"}
    | {"grantPrivilegesToRole", "revokePrivilegesFromRole"}
)
MAJORITY: Final = DEFINITIONS | RIGHTS | {"convertToCapped", "cloneCollectionAsCapped"}
"""What takes a writeConcern outside a transaction, and is given that of a majority. Commands about search indexes take
none (manual, "createSearchIndexes"): another process keeps those."""
ON_ADMIN: Final = SHARDING | {"renameCollection", "bulkWrite"}
LARGEST: Final = 16 * 1024 * 1024
"""Bytes of one document, and of one command but for a little more (manual, "MongoDB Limits and Thresholds")."""

_OPTIONS: Final = json_util.JSONOptions(
    json_mode=json_util.JSONMode.RELAXED,
    tz_aware=True,
    document_class=dict,
    uuid_representation=UuidRepresentation.UNSPECIFIED,  # a UUID comes as its bytes, of subtype 4
)


class Command(NamedTuple):
    """A decoded command: `name` as written, the collection it names ("" where it names none), its bytes as BSON."""

    name: str
    collection: str
    document: Document
    size: int = 0


class NotBsonError(ValueError):
    """The JSON of a command is no document of MongoDB; the text says why."""


def of(statement: Statement) -> Command:
    """The command of a statement. raises  NotBsonError"""
    return _decoded(statement.text)


def _hook(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    # The driver would take the operator for the old form of a regular expression, and drop what stands beside it.
    return found if "$regex" in found else json_util.object_hook(found, _OPTIONS)


@lru_cache(maxsize=64)
def _decoded(text: str) -> Command:
    try:
        document = json.loads(text, object_pairs_hook=_hook)
        size = len(bson.encode(document)) if isinstance(document, dict) else 0
    except (ValueError, TypeError, OverflowError, RecursionError, KeyError, bson.errors.BSONError) as error:
        # The reader's words quote the value, which may be a password.
        said = "" if '"pwd"' in text else " ".join(str(error).split())
        raise NotBsonError(said or f"a value in it is none ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise NotBsonError("it is one value, not a command")
    name = next(iter(document))
    about = document[name]
    return Command(name, about if isinstance(about, str) else "", document, size)


def without_secret(text: str, command: Command) -> str:
    """A text, as of a server about this command, without the password that the command gives somebody."""
    secret = command.document.get("pwd")
    return text.replace(secret, "***") if isinstance(secret, str) and secret else text


def writes_elsewhere(command: Command) -> str:
    """The collection that an aggregation's last stage, or a mapReduce's `out`, writes to; "" where there is none."""
    if command.name == "mapReduce":
        return _name_of(command.document.get("out"), ("replace", "merge", "reduce"))
    stages = command.document.get("pipeline")
    if command.name != "aggregate" or not isinstance(stages, list) or not stages or not isinstance(stages[-1], dict):
        return ""
    last = stages[-1]
    if "$out" in last:
        return _name_of(last["$out"], ("coll",))
    if "$merge" in last:
        into = last["$merge"]
        return _name_of(into.get("into") if isinstance(into, dict) else into, ("coll",))
    return ""


def _name_of(target: Any, keys: tuple[str, ...]) -> str:
    if isinstance(target, dict):
        target = next((target[key] for key in keys if key in target), None)
    return target if isinstance(target, str) else ""


def collections_of(command: Command) -> tuple[str, ...]:
    """Every collection that the command names as its own object or target."""
    found = [command.collection, writes_elsewhere(command)]
    if command.name == "renameCollection":
        found.append(_name_of(command.document.get("to"), ()))
    return tuple(name for name in found if name)


def reaches(command: Command) -> tuple[tuple[str, str], ...]:
    """Every (database, collection) that the command names; the database is "" where it is the target's own."""
    document = command.document
    found = [("", name) for name in collections_of(command)]
    found += [("", name) for key in ("viewOn", "toCollection") if isinstance(name := document.get(key), str)]
    if command.name in ON_ADMIN - {"renameCollection"}:
        infos = document.get("nsInfo") if command.name == "bulkWrite" else [{"ns": command.collection}]
        spaces = [one.get("ns") for one in infos if isinstance(one, dict)] if isinstance(infos, list) else []
        found = [(database, name) for database, _, name in (str(one).partition(".") for one in spaces)]
    stages = document.get("pipeline") if command.name == "aggregate" else None
    last = stages[-1] if isinstance(stages, list) and stages and isinstance(stages[-1], dict) else {}
    into = last["$merge"].get("into") if isinstance(last.get("$merge"), dict) else None
    targets = (last.get("$out"), into, document.get("out") if command.name == "mapReduce" else None)
    return (*found, *((str(one["db"]), "") for one in targets if isinstance(one, dict) and "db" in one))


def is_one_write(command: Command) -> bool:
    """Whether it writes one document: the server does it whole or not at all."""
    document = command.document
    if command.name in ("findAndModify", "findandmodify"):
        return True
    if command.name == "insert":
        return len(document.get("documents") or ()) <= 1
    if command.name == "update":
        updates = document.get("updates") or ()
        return len(updates) <= 1 and not any(isinstance(one, dict) and one.get("multi") for one in updates)
    if command.name == "delete":
        deletes = document.get("deletes") or ()
        return len(deletes) <= 1 and all(isinstance(one, dict) and one.get("limit") == 1 for one in deletes)
    return False
