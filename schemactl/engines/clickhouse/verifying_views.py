"""Views: whether they find what they read, and where materialised ones keep their rows. Analysed, never run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import catalog_rows, literal
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.verifying_places import HERE, at, places, unread

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.catalog_rows import Table
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link
    from schemactl.engines.clickhouse.server import Facts
    from schemactl.running.inspecting import Look

_KINDS: Final = ("view", "materialized view")
_NEEDS_VALUE: Final = 456
"""A view with parameters, which only whoever reads it gives."""
_PIECE: Final = re.compile(r"'(?:\\.|''|[^'\\])*+'|\"(?:\\.|[^\"\\])*+\"|`(?:\\.|[^`\\])*+`|[()]|\bAS\b", re.DOTALL)


def views(session: Session, look: Look) -> None:
    for where, link in places(session, look).items():
        found = catalog_rows.read_tables(link, session.facts)
        texts = _queries(link, session.facts, found)
        for table in look.each([one for one in found if one.kind in _KINDS], "views"):
            _view(link, table, texts.get(table.name, ""), look, where)
        inner = catalog_rows.inner_names(found)
        for table in found:
            if table.name.startswith((catalog_rows.INNER, catalog_rows.INNER_ID)):
                look.examined += 1
                if table.name not in inner:
                    look.flaw(
                        f"table {table.name}{at(where)}",
                        "it held the rows of a materialized view that is not there",
                        "drop it, or make the view again over a copy of its rows",
                    )


def _view(link: Link, table: Table, query: str, look: Look, where: str) -> None:
    look.examined += 1
    about = f"{table.kind} {table.name}{at(where)}"
    if query:
        _tried(link, f"DESCRIBE TABLE (\n{query}\n)", look, about, "what it reads is not there as it needs it")
    if table.kind == "materialized view":
        sql = f"SELECT 1 FROM {literal.name(table.name)} LIMIT 0"
        _tried(link, sql, look, about, "the table that keeps its rows cannot be read")


def _tried(link: Link, sql: str, look: Look, about: str, what: str) -> None:
    try:
        link.ask(sql)
    except ServerError as error:
        failure = error.failure
        if failure.gone:
            raise
        if failure.code != _NEEDS_VALUE and not unread(failure, look, about):
            look.flaw(about, f"{what}: {failure.sentence()}", "bring that back, or change or drop the view")


def _queries(link: Link, facts: Facts, found: list[Table]) -> dict[str, str]:
    """The query of each view: a server's own column, or what stands behind AS in its CREATE."""
    if "as_select" in facts.columns.get("tables", ()):
        rows = link.ask(f"SELECT name, as_select FROM system.tables WHERE {HERE} AND as_select != ''")
        return {str(name): str(query) for name, query in rows}
    return {table.name: _behind_as(table.create) for table in found if table.kind in _KINDS}


def _behind_as(create: str) -> str:
    """Outside brackets and quotes there is one AS: before the query."""
    depth = 0
    for piece in _PIECE.finditer(create):
        text = piece.group()
        depth += (text == "(") - (text == ")")
        if text == "AS" and not depth:
            return create[piece.end() :]
    return ""
