"""The questions that a catalogue is read by, and what their rows become. Asks for no column that a server lacks.

Source: ClickHouse manual, "System Tables". What 18.16 has none of was tried (docs/servers/clickhouse.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from schemactl.engines.clickhouse import catalog_secrets, literal
from schemactl.engines.clickhouse.catalog_text import Words
from schemactl.engines.clickhouse.link import Link, Row
from schemactl.engines.clickhouse.listing import listed
from schemactl.engines.clickhouse.server import Facts
from schemactl.model.catalog import CatalogObject

OURS: Final = "schema_"
"""What the names of all our own objects begin with."""

INNER: Final = ".inner."
INNER_ID: Final = ".inner_id."
_VIEWS: Final = {
    "View": "view",
    "MaterializedView": "materialized view",
    "LiveView": "live view",
    "WindowView": "window view",
}
_NIL: Final = "00000000-0000-0000-0000-000000000000"


class Table(NamedTuple):
    """A row of system.tables: a table, a view or a dictionary. Columns that a server lacks are ""."""

    name: str
    uuid: str
    engine: str
    create: str
    engine_full: str
    partition_key: str
    sorting_key: str
    primary_key: str
    sampling_key: str
    comment: str
    storage_policy: str

    @property
    def kind(self) -> str:
        # A table of the engine Dictionary is another thing than a dictionary.
        if self.create.startswith("CREATE DICTIONARY"):
            return "dictionary"
        return _VIEWS.get(self.engine, "table")

    @property
    def ours(self) -> bool:
        return self.name.startswith(OURS)


def tables(facts: Facts) -> str:
    """The question for every Table of the database."""
    columns = (
        "name",
        f"toString({_uuid(facts)})",
        "engine",
        "create_table_query",
        "engine_full",
        "partition_key",
        "sorting_key",
        "primary_key",
        "sampling_key",
        facts.column("tables", "comment", "''"),
        facts.column("tables", "storage_policy", "''"),
    )
    return f"SELECT {', '.join(columns)} FROM system.tables WHERE {_HERE}{_lasting(facts)} ORDER BY name"


def read_tables(link: Link, facts: Facts) -> list[Table]:
    """Every table, view and dictionary of the database, our own among them, by name."""
    return [Table(*map(str, row)) for row in listed(link, tables(facts))]


def _uuid(facts: Facts) -> str:
    return "uuid" if facts.has_uuid else literal.text(_NIL)


def _lasting(facts: Facts) -> str:
    return " AND NOT is_temporary" if "is_temporary" in facts.columns.get("tables", ()) else ""


_HERE: Final = "database = currentDatabase()"


def inner_names(found: Sequence[Table]) -> dict[str, str]:
    """The name of each table that holds a materialised view's rows → the view's name."""
    here = {table.name for table in found}
    views = [table for table in found if table.kind == "materialized view"]
    named = {f"{INNER}{view.name}": view.name for view in views}
    named |= {f"{INNER_ID}{view.uuid}": view.name for view in views}
    return {inner: view for inner, view in named.items() if inner in here}


def of_tables(found: Sequence[Table], columns: dict[str, list[str]], words: Words) -> Iterator[CatalogObject]:
    """Tables, views and dictionaries; what holds a materialised view's rows is a part of the view.

    columns  the names of each table's columns in order
    """
    inner = inner_names(found)
    holds = {view: table for table in found if (view := inner.get(table.name))}
    for table in found:
        if table.ours or table.name in inner:
            continue
        facts: dict[str, Any] = {
            "engine": table.engine,
            "engine_full": catalog_secrets.hidden(words.of_engine(table.engine_full)),
            "columns": columns.get(table.name, []),
            "partition_key": table.partition_key,
            "sorting_key": table.sorting_key,
            "primary_key": table.primary_key,
            "sampling_key": table.sampling_key,
            "storage_policy": table.storage_policy,
            "comment": table.comment,
            "query": catalog_secrets.hidden(words.of(table.create)),
        }
        if table.name in holds:
            facts["rows_in"] = words.of(holds[table.name].create)
        yield CatalogObject(kind=table.kind, identity=(table.name,), facts=facts)


def columns(facts: Facts) -> str:
    """The question for every column, in order within its table."""
    # 18.16 has no position, and gives them in order.
    order = " ORDER BY table, position" if "position" in facts.columns.get("columns", ()) else ""
    codec = facts.column("columns", "compression_codec", "''")
    return (
        f"SELECT table, name, type, default_kind, default_expression, comment, {codec}"
        f" FROM system.columns WHERE {_HERE}{order}"
    )


def of_columns(rows: Sequence[Row], shown: frozenset[str], words: Words) -> Iterator[CatalogObject]:
    """Columns of the tables in `shown`."""
    for table, name, type_, kind, default, comment, codec in rows:
        if table in shown:
            facts = {
                "type": type_,
                "default_kind": kind,
                "default": words.of(default),
                "comment": comment,
                "codec": codec,
            }
            yield CatalogObject(kind="column", identity=(table, name), facts=facts)


class Beside(NamedTuple):
    """A kind of object that not every server has.

    sql        its question
    needs      (system table, column) without which the server has none
    describe   a row → the object; None for one that is left out
    said_in    the kind of the snapshot's blocks that say it
    """

    sql: str
    needs: tuple[str, str]
    describe: Callable[[Row, frozenset[str], Words], CatalogObject | None]
    said_in: str


def _index(row: Row, shown: frozenset[str], words: Words) -> CatalogObject | None:
    table, name, type_, expression, granularity = row
    facts = {"type": type_, "expression": words.of(expression), "granularity": granularity}
    return CatalogObject(kind="index", identity=(table, name), facts=facts) if table in shown else None


def _projection(row: Row, shown: frozenset[str], words: Words) -> CatalogObject | None:
    table, name, type_, query = row
    facts = {"type": type_, "query": words.of(query)}
    return CatalogObject(kind="projection", identity=(table, name), facts=facts) if table in shown else None


def _constraint(row: Row, shown: frozenset[str], words: Words) -> CatalogObject | None:
    table, name, type_, expression = row
    facts = {"type": type_, "expression": words.of(expression)}
    return CatalogObject(kind="constraint", identity=(table, name), facts=facts) if table in shown else None


def _function(row: Row, _: frozenset[str], words: Words) -> CatalogObject:
    return CatalogObject(kind="function", identity=(row[0],), facts={"query": words.of(row[1])})


def _collection(row: Row, _: frozenset[str], __: Words) -> CatalogObject:
    return CatalogObject(
        kind="named collection", identity=(row[0],), facts={"query": catalog_secrets.values_hidden(row[1])}
    )


def _policy(row: Row, shown: frozenset[str], words: Words) -> CatalogObject | None:
    table, name, condition, restrictive, to_all, to, to_except = row
    facts = {
        "filter": words.of(condition or ""),
        "restrictive": bool(restrictive),
        "to": "ALL" if to_all else sorted(to),
        "except": sorted(to_except),
    }
    return CatalogObject(kind="row policy", identity=(table, name), facts=facts) if table in ("", *shown) else None


def _grant(row: Row, shown: frozenset[str], _: Words) -> CatalogObject | None:
    user, role, table, column, access, revoked, option = row
    if table and table not in shown:
        return None
    identity = (table or "", column or "", role or user or "", access, "revoke" if revoked else "grant")
    return CatalogObject(kind="grant", identity=identity, facts={"option": bool(option), "to_role": bool(role)})


BESIDE: Final = (
    Beside(
        f"SELECT table, name, type_full, expr, granularity FROM system.data_skipping_indices WHERE {_HERE}",
        ("data_skipping_indices", "type_full"),
        _index,
        "table",
    ),
    Beside(
        f"SELECT table, name, toString(type), query FROM system.projections WHERE {_HERE}",
        ("projections", "query"),
        _projection,
        "table",
    ),
    Beside(
        f"SELECT table, name, toString(type), expression FROM system.constraints WHERE {_HERE}",
        ("constraints", "expression"),
        _constraint,
        "table",
    ),
    Beside(
        "SELECT name, create_query FROM system.functions WHERE origin = 'SQLUserDefined'",
        ("functions", "origin"),
        _function,
        "function",
    ),
    Beside(
        "SELECT name, create_query FROM system.named_collections",
        ("named_collections", "create_query"),
        _collection,
        "named collection",
    ),
    Beside(
        "SELECT table, short_name, select_filter, is_restrictive, apply_to_all, apply_to_list, apply_to_except"
        f" FROM system.row_policies WHERE {_HERE}",
        ("row_policies", "select_filter"),
        _policy,
        "row policy",
    ),
    Beside(
        "SELECT user_name, role_name, table, column, toString(access_type), is_partial_revoke, grant_option"
        f" FROM system.grants WHERE {_HERE}",
        ("grants", "access_type"),
        _grant,
        "grants",
    ),
)


def database(facts: Facts) -> str:
    """The question for the database itself."""
    return f"SELECT engine, {facts.column('databases', 'comment', _EMPTY)} FROM system.databases WHERE {_NAMED}"


_EMPTY: Final = "''"
_NAMED: Final = "name = currentDatabase()"


def of_database(rows: Sequence[Row]) -> Iterator[CatalogObject]:
    """The database, without its name: two of them can hold the same."""
    for engine, comment in rows:
        yield CatalogObject(kind="database", identity=("itself",), facts={"engine": engine, "comment": comment})
