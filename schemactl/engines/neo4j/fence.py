"""The lease and the fence in the server: the texts that take them, look at them, and find what their holder left.

Two nodes (docs/adr/0008). `lease` says who holds the lock until when, and is written by taking it and by its heartbeat.
`fence` is write-locked first in every transaction of data, and by a successor once the lease is his: what the one
before began has then ended, or finds another token. One node for both would make a heartbeat wait for the holder's own
transaction. The lease is taken first; only then is anything ended, of a token that nobody can renew any more.
All clocks here are the server's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.neo4j.cypher_tokens import tokens
from schemactl.engines.neo4j.statements import body, has_batches
from schemactl.running.lease import lost

if TYPE_CHECKING:
    import neo4j

    from schemactl.contract.opening import Opening

TOKEN: Final = "schemactl"
WORK: Final = "schemactl_work"
"""Metadata of a transaction: whose it is, and which of them."""

_NOW: Final = "datetime.realtime().epochMillis"
_LEASE: Final = "MATCH (l:SchemaLock {name: 'lease'})"
_MINE: Final = f"WHERE l.token = $token AND l.expires > {_NOW}"
# A property that is read before its node is locked can be an old one (Cypher manual, "Lost updates"): written first.
_LOCKED: Final = f"MATCH (f:SchemaLock {{name: 'fence'}}) SET f.at = {_NOW} WITH f"
_SHOWN: Final = "SHOW TRANSACTIONS YIELD transactionId AS id, currentQuery AS query, metaData AS m, status AS s"
_ENDING: Final = "s STARTS WITH 'Terminated'"

CONSTRAINT: Final = "CREATE CONSTRAINT schema_lock IF NOT EXISTS FOR (l:SchemaLock) REQUIRE l.name IS UNIQUE"
NODES: Final = "UNWIND ['fence', 'lease'] AS name MERGE (:SchemaLock {name: name})"
BOTH: Final = "MATCH (l:SchemaLock) WHERE l.name IN ['fence', 'lease'] RETURN count(l) AS nodes"
HELD: Final = f"{_LEASE} RETURN l.token AS token, l.owner AS owner, l.expires - {_NOW} AS left, l.taken AS taken"
GUARD: Final = f"{_LOCKED} {_LEASE} {_MINE} RETURN count(l) AS mine"
LOOK: Final = f"{_LEASE} {_MINE} RETURN count(l) AS mine"
BEAT: Final = f"{_LEASE} SET l.beat = {_NOW} WITH l {_MINE} SET l.expires = {_NOW} + $lease RETURN count(l) AS mine"
# `follows`: tokens whose transactions nobody has seen the end of yet; the one that is followed is read under the lock.
TAKE: Final = (
    f"{_LEASE} SET l.beat = {_NOW} WITH l WHERE l.token IS NULL OR l.expires <= {_NOW}"
    " WITH l, l.owner AS owner, l.taken AS taken, coalesce(l.follows, []) + coalesce([one IN [l.token]"
    " WHERE one IS NOT NULL], []) AS follows"
    f" SET l.token = $token, l.owner = $owner, l.taken = {_NOW}, l.expires = {_NOW} + $lease,"
    " l.follows = CASE size(follows) WHEN 0 THEN null ELSE follows END"
    " RETURN follows, owner, coalesce(taken, 0) AS taken"
)
SETTLE: Final = f"{_LOCKED} {_LEASE} SET l.beat = {_NOW} WITH l {_MINE} REMOVE l.follows RETURN count(l) AS mine"
FREE: Final = (
    f"{_LOCKED} {_LEASE} SET l.beat = {_NOW} WITH l WHERE l.token = $token AND l.follows IS NULL"
    " REMOVE l.token, l.owner, l.expires RETURN count(l) AS freed"
)
# Where something may go on with the token: it stays, so that the next taker ends or awaits what carries it.
EXPIRE: Final = (
    f"{_LEASE} SET l.beat = {_NOW} WITH l WHERE l.token = $token"
    f" SET l.owner = coalesce($owner, l.owner), l.taken = coalesce($taken, l.taken), l.expires = {_NOW}"
    " RETURN count(l) AS freed"
)
# For a holder whose own migration has deleted the nodes.
AGAIN: Final = (
    "MERGE (:SchemaLock {name: 'fence'}) MERGE (l:SchemaLock {name: 'lease'}) ON CREATE SET l.token = $token,"
    f" l.owner = $owner, l.taken = {_NOW}, l.beat = l.taken, l.expires = {_NOW} + $lease RETURN count(l) AS there"
)
# A transaction that was in its COMMIT is listed as terminated, and commits all the same once the lock is free that it
# waits for (tried on 5.26: one of batches). It keeps its locks until then; one that was really ended has none.
LEFT: Final = (
    "SHOW TRANSACTIONS YIELD transactionId AS id, outerTransactionId AS outer, database AS d, metaData AS m,"
    f" status AS s, activeLockCount AS locks WHERE d = $database AND (m.{TOKEN} IN $tokens OR outer <> '')"
    f" RETURN id, outer, coalesce(m.{TOKEN} IN $tokens, false) AS theirs, {_ENDING} AND locks = 0 AS over"
)
WORKING: Final = f"{_SHOWN} WHERE m.{WORK} = $work AND NOT {_ENDING} RETURN id, s AS status, query"
WAITING: Final = (
    "SHOW TRANSACTIONS YIELD transactionId AS id, outerTransactionId AS outer, metaData AS m, status AS status"
    f" RETURN id, outer, status, m.{WORK} AS work, m.{TOKEN} AS token"
)
END: Final = "TERMINATE TRANSACTIONS $ids"

# The names are such that no statement of a person's own uses them. It fails, and gives no row less: behind an aggregate
# no row is a row again.
NOT_HELD: Final = "schemactl: the lease is not held"
_PREFIX: Final = (
    "OPTIONAL MATCH (`schemactl lease`:SchemaLock {name: 'lease', token: $`schemactl token`})"
    f" WHERE `schemactl lease`.expires > {_NOW} WITH duration(CASE count(`schemactl lease`)"
    f" WHEN 0 THEN '{NOT_HELD}' ELSE 'PT0S' END) AS `schemactl lease` "
)
PREFIX_TOKEN: Final = "schemactl token"


def guard(tx: neo4j.Transaction, token: str, opening: Opening, *, data: bool = True) -> None:
    """Prove, within `tx`, that the lease is held; where it changes data, lock the fence until it ends.

    raises  LockedError `lost_lock`
    """
    record = tx.run(GUARD if data else LOOK, {"token": token}).single()
    if record is None or record["mine"] != 1:
        raise lost(opening)


def prefixed(text: str) -> tuple[str, int]:
    """A statement that commits by itself, made to fail with `NOT_HELD` where the lease is not held.

    A procedure that commits by itself stays as it is: behind other clauses it would have to name what it yields.

    returns  the statement, and how many characters it became longer; its lines keep their numbers
    """
    found = tokens(text)
    if not has_batches(found):
        return text, 0
    at = found[body(found)].at
    return f"{text[:at]}{_PREFIX}{text[at:]}", len(_PREFIX)
