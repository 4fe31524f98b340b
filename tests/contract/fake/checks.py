"""The fake's queries: `find x 'words'` gives the rows of x that are these words."""

from __future__ import annotations

from schemactl.contract.checking import Check, Found
from schemactl.errors import ConfigError, StatementError
from tests.contract.fake.language import parts
from tests.contract.fake.server import Session


class FakeChecker:
    def __init__(self, session: Session, target: str) -> None:
        self._session = session
        self._target = target

    def rows(self, check: Check, *, limit: int) -> Found:
        verb, name, words = parts(check.statement.normal)
        if verb != "find":
            raise ConfigError(f"{verb} is no query", do="write find", kind="check", target=self._target)
        thing = self._session.read(lambda state: state.things.get(name))
        if thing is None:
            raise StatementError(f"there is no {name}", kind="missing_object", target=self._target)
        found = [row for row in thing.rows if row == words]
        return Found(first=tuple(found[:limit]), more=len(found) > limit)
