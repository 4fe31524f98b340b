"""The catalogue of a target's database, and what in it does not work (contract: CatalogReader).

ClickHouse gives no snapshot over its system tables: the tables are listed before and after, and where the two lists
differ the reading is begun again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import catalog_broken, catalog_rows
from schemactl.engines.clickhouse.catalog_rows import Table
from schemactl.engines.clickhouse.catalog_text import Words
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.listing import listed
from schemactl.errors import StatementError
from schemactl.model.catalog import Catalog, CatalogObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link, Row
    from schemactl.engines.clickhouse.server import Facts

_TRIES: Final = 8
_REFUSED: Final = 497
"""This user has no right to see objects of this kind (row policies, grants)."""


class ClickHouseCatalog:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Catalog:
        with self._session.translated("reading the catalogue"):
            for _ in range(_TRIES):
                before = catalog_rows.read_tables(self._session.link, self._session.facts)
                unread: set[str] = set()
                objects = list(_objects(self._session.link, self._session.facts, before, unread))
                if before == catalog_rows.read_tables(self._session.link, self._session.facts):
                    return Catalog("clickhouse", objects, unread=unread)
        raise StatementError(
            f"objects changed while the catalogue was read, {_TRIES} times over",
            at=self._session.opening.shown,
            now="nothing was changed",
            do="run it again when no one else is changing the schema",
            kind="changing",
            target=self._session.target,
        )

    def broken(self) -> tuple[str, ...]:
        with self._session.translated("looking for what does not work"):
            return catalog_broken.sentences(self._session)


def _objects(link: Link, facts: Facts, found: list[Table], unread: set[str]) -> Iterator[CatalogObject]:
    """Every object; kinds that this user may not see are added to `unread`."""
    words = Words(facts.database, {table.uuid: table.name for table in found})
    inner = catalog_rows.inner_names(found)
    shown = frozenset(table.name for table in found if not table.ours and table.name not in inner)
    columns = listed(link, catalog_rows.columns(facts))
    names: dict[str, list[str]] = {}
    for row in columns:
        names.setdefault(row[0], []).append(row[1])
    yield from catalog_rows.of_tables(found, names, words)
    yield from catalog_rows.of_columns(columns, shown, words)
    yield from catalog_rows.of_database(link.ask(catalog_rows.database(facts)))
    for kind in catalog_rows.BESIDE:
        table, column = kind.needs
        if column in facts.columns.get(table, ()):
            for row in _allowed(link, kind, unread):
                described = kind.describe(row, shown, words)
                if described is not None:
                    yield described


def _allowed(link: Link, kind: catalog_rows.Beside, unread: set[str]) -> list[Row]:
    try:
        return listed(link, kind.sql)
    except ServerError as error:
        if error.failure.code != _REFUSED:
            raise
        unread.add(kind.said_in)
        return []
