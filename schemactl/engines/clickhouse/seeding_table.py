"""What a seed has to know of a table: where it is, what holds its rows, its columns and how they come by values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.engines.clickhouse.connection import Session

_PART: Final = re.compile(r'(?:`((?:[^`\\]|\\.)+)`|"((?:[^"\\]|\\.)+)"|([^."`]+))(\.|\Z)')
_WRAPPED: Final = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)", re.DOTALL)
_PLAIN: Final = re.compile(r"U?Int\d+|String|UUID|Date")
_COMPUTED: Final = ("MATERIALIZED", "ALIAS")
_MERGING: Final = ("Summing", "Aggregating", "Collapsing", "VersionedCollapsing", "Graphite")
_REPLACING: Final = "Replacing"
_TOKEN: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|[(),]|[^'`"(),]+""", re.DOTALL)
_STORED: Final = ("MergeTree", "Log", "Memory")
_MERGE_TREE: Final = "MergeTree"


class Column(NamedTuple):
    """A column of a table.

    default  "DEFAULT expression" and its like as a CREATE has it; "" for none
    kind     DEFAULT, MATERIALIZED, ALIAS, EPHEMERAL or ""
    """

    name: str
    type: str
    kind: str
    default: str

    @property
    def sql(self) -> str:
        return literal.name(self.name)

    @property
    def bare(self) -> str:
        """Its type without Nullable and LowCardinality."""
        return bare(self.type)

    @property
    def nullable(self) -> bool:
        return self.type.startswith(("Nullable(", "LowCardinality(Nullable(", "Dynamic", "Variant("))

    @property
    def computed(self) -> bool:
        return self.kind in _COMPUTED

    @property
    def kept(self) -> bool:
        """Whether it is part of what a row says: nothing that is computed from the rest, no state of an aggregate."""
        return self.kind in ("", "DEFAULT") and not self.type.startswith("AggregateFunction")

    @property
    def narrows(self) -> bool:
        """Whether `IN` of the column itself finds its rows, by the table's index where it has one."""
        return bool(_PLAIN.fullmatch(self.type))

    @property
    def text(self) -> str:
        return text(self.sql)


class Table(NamedTuple):
    """A table that a seed speaks of.

    primary  the columns of its primary key, as the server writes them
    sorting  its sorting key, expressions in SQL; "" for none
    version  of a ReplacingMergeTree the column in SQL whose highest value a merge keeps; "" for none
    deleted  the column in SQL by which it takes rows away; "" for none
    """

    database: str
    name: str
    engine: str
    columns: Mapping[str, Column]
    primary: tuple[str, ...]
    sorting: str = ""
    version: str = ""
    deleted: str = ""

    @property
    def sql(self) -> str:
        return f"{literal.name(self.database)}.{literal.name(self.name)}"

    @property
    def shown(self) -> str:
        return f"{self.database}.{self.name}"

    @property
    def kept(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns.values() if column.kept)

    @property
    def is_stored(self) -> bool:
        return self.engine.endswith(_STORED)

    @property
    def is_replicated(self) -> bool:
        return self.engine.startswith(("Replicated", "Shared"))

    @property
    def merges(self) -> bool:
        """Whether it makes one row of those that have one sorting key."""
        return self._family.startswith((_REPLACING, *_MERGING))

    @property
    def _family(self) -> str:
        return self.engine.removeprefix("Replicated").removeprefix("Shared")

    @property
    def unfit(self) -> str:
        """Why none of its rows can be replaced; "" where they can."""
        if not self.engine.endswith(_MERGE_TREE):
            return f"{self.shown} is a {self.engine}, from which no single row can be taken away"
        if self._family.startswith(_MERGING):
            return f"{self.shown} is a {self.engine}, which would merge a row with the one that it replaces"
        if self.deleted:
            return f"{self.shown} is a {self.engine} that takes rows away by {self.deleted}"
        return ""


def bare(type_name: str) -> str:
    while found := _WRAPPED.fullmatch(type_name):
        type_name = found[1]
    return type_name


def text(sql: str) -> str:
    """SQL: an expression as text by which it is compared, NULL apart from every other: `-`, else `=` and its text."""
    return f"ifNull(concat('=', toString({sql})), '-')"


def texts(found: list[str]) -> str:
    """SQL: several of those as one text, such that no two lists of values have the same."""
    return f"toString([{', '.join(found)}])"


def hashed(columns: tuple[Column, ...]) -> str:
    """SQL: 128 bits that stand for all that a row says, in hexadecimal; the same on every replica."""
    return f"hex(sipHash128({texts([_everywhere(column) for column in columns])}))"


def _everywhere(column: Column) -> str:
    """SQL: a column's text, times not in the zone of the server that is asked."""
    if not column.bare.startswith("DateTime"):
        return column.text
    return f"ifNull(concat('=', toString({column.sql}, 'UTC')), '-')"


def names_of(written: str, database: str) -> tuple[str, str] | None:
    """Database and name of `table`, `database.table`, "`a.b`.`c`"; None where it is neither."""
    parts, at = [], 0
    while at < len(written):
        match = _PART.match(written, at)
        if match is None:
            return None
        quoted = match[1] or match[2]
        parts.append(re.sub(r"\\(.)", r"\1", quoted) if quoted else match[3])
        at = match.end()
        if not match[4]:
            break
    if len(parts) == 1:
        return database, parts[0]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def table_of(session: Session, database: str, name: str) -> Table | None:
    """The table, or None where there is none. raises  ServerError"""
    where = f"database = {literal.text(database)}"
    rows = session.link.ask(
        f"SELECT engine, primary_key, sorting_key, engine_full FROM system.tables WHERE {where}"
        f" AND name = {literal.text(name)}"
    )
    if not rows:
        return None
    engine, primary, sorting, full = rows[0]
    found = session.link.ask(
        "SELECT name, type, default_kind, default_expression FROM system.columns"
        f" WHERE {where} AND table = {literal.text(name)}"
    )
    columns = [
        Column(str(column), str(written), str(kind), f"{kind} {expression}" if kind else "")
        for column, written, kind, expression in found
    ]
    keys = tuple(part.strip().strip("`") for part in str(primary).split(",") if part.strip())
    by_name = {column.name: column for column in columns}
    return Table(database, name, str(engine), by_name, keys, str(sorting), *_replacing(str(engine), str(full)))


def _replacing(engine: str, full: str) -> tuple[str, str]:
    """Columns of version and deletion among the arguments of a ReplacingMergeTree, as `engine_full` writes them."""
    if _REPLACING not in engine or not full.startswith(f"{engine}("):
        return "", ""
    parts, depth = [""], 0
    for token in _TOKEN.findall(full[len(engine) :]):
        depth += (token == "(") - (token == ")")
        if not depth:
            break
        if token == "," and depth == 1:
            parts.append("")
        elif token != "(" or depth > 1:
            parts[-1] += token
    own = [part.strip() for part in parts if part.strip() and not part.strip().startswith("'")]
    # As tables were made long ago: date, key, granularity, and the version behind them.
    before = next((place for place, part in enumerate(own, 1) if part.isdigit()), 0)
    version, deleted, *_ = [*own[before:], "", ""]
    return version, deleted
