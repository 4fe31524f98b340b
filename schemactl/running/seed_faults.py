"""What goes wrong with a seed, in the place of its row or its file: for the engines that run jobs step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError, ConnectError, RunInterruptedError, SchemactlError, StatementError
from schemactl.running.seed_words import Words

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening
    from schemactl.model.seed import Rows, SeedFile
    from schemactl.running.failure import Failure, RefusedError

NOTHING_KEPT: Final = "nothing of this seed was written"
_WHOLE: Final = "the seed is there in full or not at all: its record knows"


class RowError(Exception):
    """A value of a row that its server cannot hold: what is wrong, and with which field."""


class Faults:
    """Makes the errors of one seed.

    now      what is true where one of its writes failed
    unknown  what is true where the connection was lost, while `now` is still that nothing was written
    """

    def __init__(self, opening: Opening, seed: SeedFile, rows: Rows | None = None, *, now: str = NOTHING_KEPT) -> None:
        self._opening = opening
        self._seed = seed
        self.words = Words(rows)
        self.now = now
        self.unknown = _WHOLE

    def file(self, what: str, *, at: str = "", do: str, kind: str) -> ConfigError:
        """The seed alone is at fault."""
        return ConfigError(
            self.words.hidden(f"{self._seed.label}: {what}"),
            at=at or self._seed.shown,
            now=self.now,
            do=do,
            kind=kind,
            target=self._opening.target,
        )

    def target(self, what: str, *, at: str = "", do: str, kind: str, state: str | None = None) -> StatementError:
        """The seed and what is in the target do not go together."""
        return StatementError(
            self.words.hidden(f"{self._seed.label}: {what}"),
            at=at or self._seed.shown,
            now=self.now,
            do=do,
            kind=kind,
            target=self._opening.target,
            state=state,
            failed=self._seed.version.text,
        )

    def refused(self, refused: RefusedError, *, at: str = "", do: str = "") -> SchemactlError:
        """What the server refused; `at` where it is known better than the file."""
        if refused.stopped or (self._opening.stop and not refused.failure.gone):
            return self.interrupted()
        failure = refused.failure
        if not at and failure.line:
            at = f"{self._seed.shown}:{failure.line}"
        return self.failure(failure, at=at, do=do)

    def failure(self, failure: Failure, *, at: str = "", do: str = "") -> SchemactlError:
        if failure.gone:
            return ConnectError(
                self.words.hidden(f"{self._seed.label}: the connection was lost: {failure.sentence()}"),
                at=self._seed.shown,
                now=self._unknown(),
                do="see that the server is up, then `schemactl seed` again",
                kind="connection_lost",
                target=self._opening.target,
            )
        remedy = do or failure.remedy or "correct the seed, or what is in its way, then run the command again"
        return self.target(self.words.said(failure, at), at=at, do=remedy, kind=failure.kind, state=failure.state)

    def interrupted(self) -> RunInterruptedError:
        return RunInterruptedError(
            f"stopped in {self._seed.label}",
            now=self.now,
            do="run the command again to go on",
            target=self._opening.target,
        )

    def _unknown(self) -> str:
        if self.now == NOTHING_KEPT:
            return self.unknown
        return f"{self.now}; of the rest nobody knows: compare the seed again"
