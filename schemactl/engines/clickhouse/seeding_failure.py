"""What goes wrong with a seed, in the place of its row or its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse.failure import STOPPED
from schemactl.errors import (
    ConfigError,
    ConnectError,
    RunInterruptedError,
    SchemactlError,
    StatementError,
    UnsupportedError,
)
from schemactl.running.seed_words import Words

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.failure import ServerError
    from schemactl.model.seed import Rows, SeedFile
    from schemactl.running.failure import Failure

NOTHING_KEPT: Final = "nothing of this seed was written"
AGAIN: Final = "then `schemactl seed` again"


class Faults:
    """Makes the errors of one seed. `now`: what is true of its rows, for errors of the server."""

    def __init__(self, session: Session, seed: SeedFile, rows: Rows) -> None:
        self._session = session
        self._seed = seed
        self.words = Words(rows)
        self.now = NOTHING_KEPT

    def file(self, what: str, *, at: str = "", do: str, kind: str) -> ConfigError:
        """The seed alone is at fault."""
        return ConfigError(
            self.words.hidden(f"{self._seed.label}: {what}"),
            at=at or self._seed.shown,
            now=self.now,
            do=do,
            kind=kind,
            target=self._session.target,
        )

    def target(self, what: str, *, at: str = "", do: str, kind: str, state: str | None = None) -> StatementError:
        """The seed and what is in the target do not go together."""
        return StatementError(
            self.words.hidden(f"{self._seed.label}: {what}"),
            at=at or self._seed.shown,
            now=self.now,
            do=do,
            kind=kind,
            target=self._session.target,
            state=state,
            failed=self._seed.version.text,
        )

    def cannot(self, what: str, *, at: str = "", do: str) -> UnsupportedError:
        """What a table of such an engine, or a cluster such as this, does not give."""
        return UnsupportedError(
            self.words.hidden(f"{self._seed.label}: {what}"),
            at=at or self._seed.shown,
            now=self.now,
            do=do,
            kind="missing",
            target=self._session.target,
        )

    def of(self, error: ServerError, *, at: str = "", do: str = "") -> SchemactlError:
        """A refusal of the server; `at` where it is known better than the file."""
        return self.failure(error.failure, at=at, do=do, stopped=error.failure.code == STOPPED)

    def failure(self, failure: Failure, *, at: str = "", do: str = "", stopped: bool = False) -> SchemactlError:
        if failure.gone:
            return ConnectError(
                self.words.hidden(f"{self._seed.label}: the connection was lost: {failure.sentence()}"),
                at=self._seed.shown,
                now=self.now,
                do=f"see that the server is up, {AGAIN}",
                kind="connection_lost",
                target=self._session.target,
            )
        if stopped or self._session.opening.stop:
            return self.interrupted()
        way_out = f"{failure.remedy}, {AGAIN}" if failure.remedy else f"correct the seed, {AGAIN}"
        words = self.words.said(failure, at)
        return self.target(words, at=at, do=do or way_out, kind=failure.kind, state=failure.state)

    def interrupted(self) -> RunInterruptedError:
        return RunInterruptedError(
            f"stopped in {self._seed.label}",
            now=self.now,
            do="run the command again to go on",
            target=self._session.target,
        )
