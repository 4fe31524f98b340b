"""The owner's own part: rights on what migrations made, given at the end of `migrate` (docs/adr/0014)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from schemactl.engines.postgres.failure import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.rights import Change
    from schemactl.engines.postgres.connection import Session
    from schemactl.model.rights import Wanted


class PostgresRights:
    def __init__(self, session: Session) -> None:
        self._session = session

    def look(self, wanted: Wanted) -> tuple[Change, ...]:
        with self._reading():
            return self._differing(wanted)

    def align(self, wanted: Wanted) -> tuple[Change, ...]:
        from schemactl.engines.postgres.roles import sending

        with self._reading():
            changed = self._differing(wanted)
            sends = [sql for change in changed for sql in change.sends]
            if not sends:
                return changed
            sending.send(self._session.connection, sends, self._session.opening)
            # What cannot be mended may be another now: a role that another one is a member of has got its rights.
            notes = (change for change in self._differing(wanted) if change.verdict == "same")
            return (*(change for change in changed if change.verdict != "same"), *notes)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            opening = self._session.opening
            raise reading(error, target=opening.target, shown=opening.shown, what="giving rights to roles") from error

    def _differing(self, wanted: Wanted) -> tuple[Change, ...]:
        from schemactl.engines.postgres.roles import present, provisioner, reached

        connection = self._session.connection

        def ask(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
            return connection.execute(sql.encode(), params).fetchall()

        row = connection.execute("SELECT current_user::text, current_database()::text").fetchone()
        if row is None or wanted.owner is None or row[0] != wanted.owner.name:
            return ()
        owner = wanted.owner.name
        names = [role.name for role in wanted.all]
        there = frozenset(
            name for (name,) in ask("SELECT rolname::text FROM pg_roles WHERE rolname = ANY(%s)", (names,))
        )
        here = present.present(ask, owner, frozenset())
        wanted = wanted._replace(database=row[1])
        found = (*provisioner.rights(wanted, owner, here, there), *reached.reached(ask, wanted, here))
        return tuple(change for change in found if change.verdict != "same" or change.do)
