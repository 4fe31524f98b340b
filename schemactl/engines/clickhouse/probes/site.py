"""One server as a probe sees it: questions about objects by name, and nothing that a statement was."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.link import Link
    from schemactl.engines.clickhouse.server import Facts
    from schemactl.engines.clickhouse.tokens import Name

NO_UUID: Final = "00000000-0000-0000-0000-000000000000"


class Thing(NamedTuple):
    """A table, view or dictionary. `uuid`: "" where the server gives it none; `text`: its CREATE statement."""

    engine: str
    uuid: str
    text: str
    feeds_views: bool

    @property
    def mark(self) -> str:
        """What is noted of its text: enough to see whether it changed."""
        return mark_of(self.text)

    @property
    def is_merge_tree(self) -> bool:
        return self.engine.endswith("MergeTree")


class Site(NamedTuple):
    """`facts` of the server that `link` speaks to."""

    link: Link
    facts: Facts

    def thing(self, name: Name) -> Thing | None:
        """The table, view or dictionary of this name; None where there is none."""
        uuid = "toString(uuid)" if self.facts.has_uuid else "''"
        views = "length(dependencies_table)" if "dependencies_table" in self.facts.columns["tables"] else "0"
        rows = self.link.ask(
            f"SELECT engine, {uuid}, create_table_query, {views} FROM system.tables WHERE {where(name)}"
        )
        if not rows:
            return None
        engine, found, text, feeds = rows[0]
        return Thing(str(engine), "" if found == NO_UUID else str(found), str(text), bool(feeds))

    def has_database(self, name: str) -> bool:
        return bool(self.link.ask(f"SELECT 1 FROM system.databases WHERE name = {literal.text(name)}"))

    def inners(self, name: Name) -> list[str]:
        """The hidden tables of materialised views in the database of `name`."""
        rows = self.link.ask(
            f"SELECT name FROM system.tables WHERE database = {database(name)} AND name LIKE '.inner%' ORDER BY name"
        )
        return [str(row[0]) for row in rows]


def mark_of(text: str) -> str:
    """A SHA-256 of a CREATE statement. The text itself may hold passwords, which must not reach the ledger."""
    return hashlib.sha256(text.encode()).hexdigest()


def database(name: Name) -> str:
    """The database of a name as SQL."""
    return literal.text(name.database) if name.database else "currentDatabase()"


def where(name: Name) -> str:
    """The condition that finds a name in system.tables."""
    return f"database = {database(name)} AND name = {literal.text(name.table)}"


def quoted(name: Name, table: str = "") -> str:
    """The name, or another `table` of its database, as a statement takes it."""
    parts = ([name.database] if name.database else []) + [table or name.table]
    return ".".join(map(literal.name, parts))
