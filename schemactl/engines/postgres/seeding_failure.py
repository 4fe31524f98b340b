"""What goes wrong with a seed, in the place of its row or its file. Decides nothing about trying again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemactl.engines.postgres.failure import ServerFailure, from_exception
from schemactl.errors import ConfigError, ConnectError, RunInterruptedError, SchemactlError, StatementError
from schemactl.running.seed_words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from schemactl.engines.postgres.connection import Session
    from schemactl.model.seed import Rows, SeedFile, SeedRow

NOTHING_KEPT = "nothing of this seed was written"
# `COPY schemactl_seed, line 3, column n: "x"`, in whatever language the server speaks.
_COPY_LINE = re.compile(r"schemactl_\w+\D+(\d+)(?:[^:]*?\bcolumn ([^:]+))?")


class Faults:
    """Makes the errors of one seed."""

    def __init__(self, session: Session, seed: SeedFile, rows: Rows) -> None:
        self._session = session
        self._seed = seed
        self._rows = rows
        self.words = Words(rows)

    def file(self, what: str, *, at: str = "", do: str, kind: str) -> ConfigError:
        """The seed alone is at fault."""
        return ConfigError(
            self.words.hidden(f"{self._seed.label}: {what}"),
            at=at or self._seed.shown,
            now=NOTHING_KEPT,
            do=do,
            kind=kind,
            target=self._session.target,
        )

    def target(self, what: str, *, at: str = "", do: str, kind: str, state: str | None = None) -> StatementError:
        """The seed and what is in the target do not go together."""
        return StatementError(
            self.words.hidden(f"{self._seed.label}: {what}"),
            at=at or self._seed.shown,
            now=NOTHING_KEPT,
            do=do,
            kind=kind,
            target=self._session.target,
            state=state,
            failed=self._seed.version.text,
        )

    def copying(self, error: psycopg.Error, row_of: Callable[[int], int | None]) -> SchemactlError:
        """A value that its column does not take. `row_of`: the row of a line, which are counted from 1."""
        failure = from_exception(error)
        row, column = self._row_in(failure.context, row_of)
        if row is None or failure.gone or failure.state[:2] not in ("22", "23", "42", "54"):
            return self.of(error)
        what = self.words.said(failure, row.at)
        what = f"{column}: {what}" if column else what
        return self.file(what, at=row.at, do="correct the row", kind="wrong_value")

    def of(self, error: psycopg.Error, *, at: str = "", do: str = "") -> SchemactlError:
        """Any other refusal; `at` where it is known better than the file."""
        return self.failure(from_exception(error), at=at, do=do)

    def failure(self, failure: ServerFailure, *, at: str = "", do: str = "") -> SchemactlError:
        if failure.gone:
            return ConnectError(
                self.words.hidden(f"{self._seed.label}: the connection was lost: {failure.sentence()}"),
                at=self._seed.shown,
                now="the seed is there in full or not at all: its record knows",
                do="see that the server is up, then `schemactl seed` again",
                kind="connection_lost",
                target=self._session.target,
            )
        if self._session.opening.stop and failure.kind == "cancelled":
            return self.interrupted()
        do = do or _remedy(failure)
        return self.target(self.words.said(failure, at), at=at, do=do, kind=failure.kind, state=failure.state)

    def interrupted(self) -> RunInterruptedError:
        return RunInterruptedError(
            f"stopped in {self._seed.label}",
            now=NOTHING_KEPT,
            do="run the command again to go on",
            target=self._session.target,
        )

    def _row_in(self, context: str, row_of: Callable[[int], int | None]) -> tuple[SeedRow | None, str]:
        found = _COPY_LINE.search(context)
        number = row_of(int(found[1])) if found is not None else None
        if found is None or number is None:
            return None, ""
        return self._rows.rows[number], found[2] or ""


def _remedy(failure: ServerFailure) -> str:
    if failure.remedy:
        return f"{failure.remedy}, then `schemactl seed` again"
    if failure.kind == "insufficient_privilege":
        return "give the user of this target that right, then `schemactl seed` again"
    if failure.kind == "no_space":
        return "make room on the server's disk, then `schemactl seed` again"
    return "correct the seed, then run the command again"
