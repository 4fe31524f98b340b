"""The owner's own part: rights on what migrations made, given at the end of `migrate` (docs/adr/0014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from schemactl.engines.postgres.failure import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.rights import Change
    from schemactl.engines.postgres.connection import Session
    from schemactl.model.rights import Wanted


class PostgresRights:
    def __init__(self, session: Session) -> None:
        self._session = session

    def align(self, wanted: Wanted) -> tuple[Change, ...]:
        if wanted.owner is None:
            return ()
        try:
            return self._align(wanted, wanted.owner.name)
        except psycopg.Error as error:
            opening = self._session.opening
            raise reading(error, target=opening.target, shown=opening.shown, what="giving rights to roles") from error

    def _align(self, wanted: Wanted, owner: str) -> tuple[Change, ...]:
        from schemactl.engines.postgres.roles import present, provisioner, sending

        connection = self._session.connection

        def ask(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
            return connection.execute(sql.encode(), params).fetchall()

        row = connection.execute("SELECT current_user::text, current_database()::text").fetchone()
        if row is None or row[0] != owner:
            return ()
        names = [role.name for role in wanted.all]
        there = frozenset(
            name for (name,) in ask("SELECT rolname::text FROM pg_roles WHERE rolname = ANY(%s)", (names,))
        )
        here = present.present(ask, owner, frozenset())
        found = provisioner.rights(wanted._replace(database=row[1]), owner, here, there)
        changed = tuple(change for change in found if change.verdict != "same")
        sends = [sql for change in changed for sql in change.sends]
        if sends:
            sending.send(connection, sends, self._session.opening)
        return changed
