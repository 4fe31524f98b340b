"""What one server is and has, asked once on open: by looking in its system tables, not by its version number.

Two servers of one version differ by what their administrator configured, and a version between those that were tried
is judged by what it shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.failure import UNKNOWN_TABLE, ServerError
from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.link import Link

# Those whose presence changes what is sent.
_ASKED: Final = (
    "mutations_sync",
    "alter_sync",
    "replication_alter_partitions_sync",
    "distributed_ddl_task_timeout",
    "distributed_ddl_output_mode",
    "insert_quorum_parallel",
    "insert_deduplicate",
    "insert_quorum",
    "keeper_map_strict_mode",
    "lock_acquire_timeout",
    "lightweight_deletes_sync",
    "database_atomic_wait_for_drop_and_detach_synchronously",
    "ignore_on_cluster_for_replicated_access_entities_queries",
    "ignore_on_cluster_for_replicated_udf_queries",
    "ignore_on_cluster_for_replicated_named_collections_queries",
    "async_insert",
    "max_insert_threads",
    "allow_suspicious_low_cardinality_types",
    "readonly",
    "check_query_single_value_result",
)
_TABLES: Final = (
    "tables",
    "columns",
    "mutations",
    "replicas",
    "processes",
    "data_skipping_indices",
    "projections",
    "projection_parts",
    "constraints",
    "dictionaries",
    "detached_parts",
    "distributed_ddl_queue",
    "functions",
    "named_collections",
    "row_policies",
    "grants",
    "databases",
    "parts",
    "parts_columns",
)
_NO_KEEPER: Final = (UNKNOWN_TABLE, 225)
"""225: NO_ZOOKEEPER."""
_LONGEST_NAME: Final = 206
"""18.16 takes 247 bytes, 26.9 says 211 for a database with a name of one letter; both take this (tried)."""
_LONGEST_HERE: Final = "getMaxTableNameLengthForDatabase"
"""A function of newer servers, whose limit depends on the name of the database."""
_UUID: Final = "serverUUID"
FORMAT: Final = "formatQuerySingleLine"
DEFAULT_OF: Final = "defaultValueOfTypeName"
_FUNCTIONS: Final = (_LONGEST_HERE, _UUID, FORMAT, DEFAULT_OF)


class Replica(NamedTuple):
    """One server of the cluster. Which of them a connection is to, only `identity` tells (replicas.py)."""

    host: str
    port: int
    shard: int
    number: int


class Facts(NamedTuple):
    """What the engine needs to know of a server.

    version   (major, minor)
    cluster   the name that the target's URL gives, "" for none; `replicas` are all of its servers, () for none
    settings  those of `_ASKED` that the server has
    columns   the columns of each system table of `_TABLES` that the server has
    engines   table engines
    zookeeper  whether a Keeper is configured and answers
    read_only  why the server takes no writes from this user, "" where it does
    embedded  a library in a child process of ours, whose folder no other process can open
    longest_name  of a table, in bytes
    functions  those of `_FUNCTIONS` that the server has
    identity   equal for two links to one server, whatever address they were given
    """

    version: tuple[int, int]
    full_version: str
    timezone: str
    database: str
    database_engine: str
    cluster: str
    replicas: tuple[Replica, ...]
    settings: frozenset[str]
    columns: dict[str, frozenset[str]]
    engines: frozenset[str]
    zookeeper: bool
    read_only: str
    embedded: bool
    longest_name: int
    functions: frozenset[str]
    identity: tuple[str, ...]

    @property
    def has_mutations_sync(self) -> bool:
        return "mutations_sync" in self.settings

    @property
    def has_uuid(self) -> bool:
        return "uuid" in self.columns.get("tables", ())

    @property
    def has_fail_reason(self) -> bool:
        """Whether system.mutations says why a mutation fails; where it does, KILL MUTATION is there too."""
        return "latest_fail_reason" in self.columns.get("mutations", ())

    @property
    def has_is_killed(self) -> bool:
        return "is_killed" in self.columns.get("mutations", ())

    @property
    def keeper_map(self) -> bool:
        """Whether the engine KeeperMap is known; whether it is configured, only a CREATE tells."""
        return "KeeperMap" in self.engines

    @property
    def replicated(self) -> bool:
        """Whether the ledger is to be a replicated table: a cluster is named, and a Keeper is there."""
        return bool(self.cluster) and self.zookeeper

    def column(self, table: str, name: str, otherwise: str) -> str:
        """`name`, or `otherwise` (SQL) where this server's system table has no such column."""
        return name if name in self.columns.get(table, ()) else f"{otherwise} AS {name}"


def read(link: Link, *, cluster: str = "", embedded: bool = False, shown: str = "", target: str = "") -> Facts:
    """Ask the server.

    cluster  the name that the target's URL gives
    raises   ServerError; ConfigError where the server knows no such cluster
    """
    full, timezone, database = link.ask("SELECT version(), timezone(), currentDatabase()")[0]
    known = link.ask(f"SELECT name, value FROM system.settings WHERE name IN {literal.texts(list(_ASKED))}")
    values = {str(name): str(value) for name, value in known}
    engine = link.ask(f"SELECT engine FROM system.databases WHERE name = {literal.text(database)}")
    asked = f"SELECT name FROM system.functions WHERE name IN {literal.texts(list(_FUNCTIONS))}"
    functions = frozenset(str(name) for (name,) in link.ask(asked))
    major, minor = str(full).split(".")[:2]
    return Facts(
        version=(int(major), int(minor)),
        full_version=str(full),
        timezone=str(timezone),
        database=str(database),
        database_engine=str(engine[0][0]) if engine else "",
        cluster=cluster,
        replicas=_replicas(link, cluster, shown, target),
        settings=frozenset(values),
        columns=_columns(link),
        engines=frozenset(str(name) for (name,) in link.ask(_ENGINES)),
        zookeeper=_zookeeper(link, is_needed=bool(cluster or (engine and engine[0][0] == "Replicated"))),
        read_only=_read_only(values.get("readonly", "0")),
        embedded=embedded,
        longest_name=_longest_name(link, functions),
        functions=functions,
        identity=identity(link, functions),
    )


_ENGINES: Final = "SELECT name FROM system.table_engines"


def _replicas(link: Link, cluster: str, shown: str, target: str) -> tuple[Replica, ...]:
    if not cluster:
        return ()
    rows = link.ask(
        "SELECT host_name, port, shard_num, replica_num FROM system.clusters"
        f" WHERE cluster = {literal.text(cluster)} ORDER BY shard_num, replica_num"
    )
    if not rows:
        raise ConfigError(
            f"the server knows no cluster `{cluster}`",
            at=shown,
            do="correct `cluster` in this target's URL: `SELECT DISTINCT cluster FROM system.clusters` lists them",
            kind="url",
            target=target,
        )
    return tuple(Replica(str(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in rows)


def _columns(link: Link) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    rows = link.ask(
        f"SELECT table, name FROM system.columns WHERE database = 'system' AND table IN {literal.texts(list(_TABLES))}"
    )
    for table, name in rows:
        found.setdefault(str(table), set()).add(str(name))
    return {table: frozenset(names) for table, names in found.items()}


def _zookeeper(link: Link, *, is_needed: bool) -> bool:
    """`is_needed`: whether lock and ledger depend on it, so that no answer is an error."""
    try:
        return bool(link.ask("SELECT count() FROM system.zookeeper WHERE path = '/'"))
    except ServerError as error:
        # Without a Keeper 18.16 has no such table, later servers one that refuses every query. Every other error is no
        # answer: to take it for "none" would put the lock where no other server sees it.
        if error.failure.code in _NO_KEEPER or not is_needed:
            return False
        raise


def identity(link: Link, functions: frozenset[str]) -> tuple[str, ...]:
    """What no other server answers: its host and folder, and its own UUID where it has one."""
    uuid = f"toString({_UUID}())" if _UUID in functions else "''"
    rows = link.ask(f"SELECT hostName(), {uuid}, data_path FROM system.databases WHERE name = currentDatabase()")
    return tuple(map(str, rows[0])) if rows else ()


def _longest_name(link: Link, functions: frozenset[str]) -> int:
    if _LONGEST_HERE in functions:
        return min(_LONGEST_NAME, int(link.ask(f"SELECT {_LONGEST_HERE}(currentDatabase())")[0][0]))
    return _LONGEST_NAME


def _read_only(value: str) -> str:
    return f"this user is read-only (readonly = {value})" if value in ("1", "2") else ""
