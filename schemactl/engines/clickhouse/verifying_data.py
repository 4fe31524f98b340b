"""Whether what is on disk can be read: CHECK TABLE, and where a server has none for a table, every column of it.

A replica that comes upon a broken part sets it aside and fetches it anew from another, as it does whenever anybody
reads it, by CHECK TABLE or by a SELECT; so one that has no other at work is not looked at. Nothing is locked: parts
that are merged away meanwhile are read to their end.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import catalog_rows, literal
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.listing import listed
from schemactl.engines.clickhouse.verifying_places import HERE, NO_KEEPER, ask, at, places, said, says_nothing, unread
from schemactl.engines.clickhouse.watching import watched

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link, Row
    from schemactl.running.inspecting import Look

_NOT_IMPLEMENTED: Final = 48
_BY_PART: Final = "check_query_single_value_result"
_STORED: Final = re.compile(r"MergeTree$|^(?:Tiny|Stripe)?Log$")
"""Engines that keep rows on disk in the server's own folder. Elsewhere there is nothing to check."""
_IN_PART: Final = re.compile(r"from part \S*?/?([^/\s]+)/? ")
_MEND: Final = (
    "bring its rows back from another replica or a backup; to go on without them, ALTER TABLE {} DETACH PARTITION of it"
)

_ALONE: Final = "no other replica of it is at work: a damaged part would be set aside, with none to fetch it from"


def data(session: Session, look: Look) -> None:
    for where, link in places(session, look).items():
        tables = [one for one in catalog_rows.read_tables(link, session.facts) if _STORED.search(one.engine)]
        replicated = {one.name for one in tables if one.engine.startswith("Replicated")}
        alone = _alone(link, look, where, replicated) if replicated else set()
        for table in look.each(tables, "tables"):
            if table.name in alone:
                look.unread(f"table {table.name}{at(where)}", _ALONE, "bring another back, or CHECK TABLE by hand")
                continue
            _Table(session, link, table.name, where).check(look)


def _alone(link: Link, look: Look, where: str, replicated: set[str]) -> set[str]:
    """Those of which no other replica is at work, as far as this server knows: without its Keeper, all of them."""
    sql = f"SELECT table FROM system.replicas WHERE {HERE} AND active_replicas < 2"
    try:
        return {str(name) for (name,) in ask(link, sql, look, f"replicas{at(where)}")}
    except ServerError as error:
        if error.failure.code not in NO_KEEPER:
            raise
        return replicated


class _Table:
    """One table on one server."""

    def __init__(self, session: Session, link: Link, name: str, where: str) -> None:
        self._session = session
        self._link = link
        self._name = name
        self._where = where
        self._limit_s = session.opening.statement_timeout_ms / 1000

    def check(self, look: Look) -> None:
        look.examined += 1
        try:
            for part, why in self._broken():
                about = f"part {part} of {self._name}" if part else f"table {self._name}"
                look.flaw(f"{about}{at(self._where)}", f"it is damaged: {said(why)}", self._mend())
        except ServerError as error:
            # One that was dropped since it was listed is none.
            about = f"table {self._name}{at(self._where)}"
            if not error.failure.no_table and not unread(error.failure, look, about, self._limit_s):
                raise
            look.examined -= 1

    def _mend(self) -> str:
        return _MEND.format(literal.name(self._name))

    def _broken(self) -> list[tuple[str, str]]:
        """Parts that are not whole, with the reason. raises  ServerError"""
        by_part = _BY_PART in self._session.facts.settings and not self._session.facts.read_only
        try:
            rows = self._ask(f"CHECK TABLE {literal.name(self._name)}", {_BY_PART: 0} if by_part else {})
        except ServerError as error:
            if error.failure.code != _NOT_IMPLEMENTED:
                raise
            return self._unreadable()
        if rows and len(rows[0]) == 1:
            return [("", "the server says no more")] if not rows[0][0] else []
        return [(str(part), str(why)) for part, is_whole, why in rows if not is_whole]

    def _unreadable(self) -> list[tuple[str, str]]:
        """18.16 checks no MergeTree. To read a block it compares the hash that stands before it."""
        try:
            self._read()
        except ServerError as error:
            if error.failure.gone or error.failure.no_table or says_nothing(error.failure):
                raise
            whole = error.failure.sentence()
        else:
            return []
        found = []
        sql = f"SELECT name FROM system.parts WHERE {HERE} AND table = {literal.text(self._name)} AND active"
        for (part,) in listed(self._link, f"{sql} ORDER BY name"):
            try:
                self._read(f" AND _part = {literal.text(part)}")
            except ServerError as error:
                if error.failure.gone or error.failure.no_table or says_nothing(error.failure):
                    raise
                found.append((str(part), error.failure.sentence()))
        # A replica may have fetched the broken one anew by now.
        named = _IN_PART.search(whole)
        return found or [(named[1] if named else "", whole)]

    def _read(self, which: str = "") -> None:
        names = listed(
            self._link,
            f"SELECT name FROM system.columns WHERE {HERE} AND table = {literal.text(self._name)}"
            " AND default_kind != 'ALIAS'",
        )
        columns = ", ".join(literal.name(name) for (name,) in names)
        self._ask(f"SELECT count() FROM {literal.name(self._name)} WHERE NOT ignore({columns}){which}", {})

    def _ask(self, sql: str, settings: dict[str, str | int]) -> list[Row]:
        if self._link is not self._session.link:
            # Whoever watches a statement ends it on the session's server.
            if self._limit_s and not self._session.facts.read_only:
                settings = settings | {"max_execution_time": math.ceil(self._limit_s)}
            return self._link.ask(sql, query_id=self._session.query_id(), settings=settings)
        query_id = self._session.query_id()
        with watched(self._session, query_id, self._limit_s):
            return self._link.ask(sql, query_id=query_id, settings=settings)
