"""The owner's own part: rights on what migrations made, given at the end of `migrate` (docs/adr/0014)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from schemactl.engines.postgres.failure import reading
from schemactl.engines.postgres.roles.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.rights import Change
    from schemactl.engines.postgres.connection import Session
    from schemactl.model.rights import Wanted


# Whose login it is, what it works as, whether it can do everything anyway, and can work as the owner; and whether the
# owner can work here: a role of that name may have been made for another database of the server.
_STANDING = """
SELECT session_user::text, current_user::text, current_database()::text, u.rolsuper, pg_has_role(u.oid, o.oid, %s),
  has_database_privilege(o.oid, current_database(), 'CREATE')
FROM pg_roles u JOIN pg_roles o ON o.rolname = %s WHERE u.rolname = session_user"""
_OPTIONS_SINCE = 16  # SET is an option of a membership; before, every member could


class _Standing(NamedTuple):
    login: str
    role: str
    database: str
    superuser: bool
    member: bool
    works_here: bool


def _why(stands: _Standing, owner: str) -> str:
    if stands.superuser:
        return "is a superuser"
    if stands.member:
        return f"finds that the owner, {owner}, may create nothing in the database {stands.database}"
    return f"is no member of the owner, {owner}"


class PostgresRights:
    def __init__(self, session: Session) -> None:
        self._session = session

    def work_as_owner(self, wanted: Wanted) -> str:
        with self._reading():
            stands = self._standing(wanted)
            if stands is None or wanted.owner is None or stands.role == wanted.owner.name:
                return ""
            if self._is_owner(stands, wanted.owner.name):
                self._session.work_as(identifier(wanted.owner.name))
                return ""
            return (
                f"{stands.login} {_why(stands, wanted.owner.name)}, and works as itself: what it makes is its own, and"
                " roles get no rights on it"
            )

    def look(self, wanted: Wanted) -> tuple[Change, ...]:
        with self._reading():
            return self._differing(wanted)

    def align(self, wanted: Wanted) -> tuple[Change, ...]:
        from schemactl.engines.postgres.roles import sending

        with self._reading():
            for sql in self._session.ourselves:
                # A migration may have taken on another role, and left it so.
                self._session.connection.execute(sql)
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

        stands, ask = self._standing(wanted), self._ask
        if stands is None or wanted.owner is None or not self._is_owner(stands, wanted.owner.name):
            return ()
        owner = wanted.owner.name
        names = [role.name for role in wanted.all]
        there = frozenset(
            name for (name,) in ask("SELECT rolname::text FROM pg_roles WHERE rolname = ANY(%s)", (names,))
        )
        here = present.present(ask, owner, frozenset())
        wanted = wanted._replace(database=stands.database)
        found = (*provisioner.rights(wanted, owner, here, there), *reached.reached(ask, wanted, here))
        return tuple(change for change in found if change.verdict != "same" or change.do)

    def _standing(self, wanted: Wanted) -> _Standing | None:
        """None where the file names no owner, or the server has none of that name."""
        if wanted.owner is None:
            return None
        can = "SET" if self._session.major >= _OPTIONS_SINCE else "MEMBER"
        rows = self._ask(_STANDING, (can, wanted.owner.name))
        return _Standing(*rows[0]) if rows else None

    def _is_owner(self, stands: _Standing, owner: str) -> bool:
        """Whether the session is the owner, or can become it. A superuser is let be what it is: it may need to."""
        return stands.role == owner or (stands.member and stands.works_here and not stands.superuser)

    def _ask(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._session.connection.execute(sql.encode(), params).fetchall()
