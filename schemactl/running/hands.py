"""What an engine does for a job, one call a thing. The order of the calls is the machinery's: alone.py, stepwise.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.events import Listener

Before = dict[str, Any]


class Hands(Protocol):
    """An engine at work on one target, under its lock.

    Each call that sends something looks first whether the lock is still held (LockedError `lost_lock`), and raises
    RefusedError where the server refuses or is lost, SchemactlError for what is no answer of a server.
    """

    @property
    def lost(self) -> bool:
        """Whether the connection is gone, so that nothing more can be asked on it."""

    def transaction(self, job: Job, index: int) -> None:
        """Run segment `index` in one transaction with what the ledger is to say of it.

        The only segment of a job whose entry is `applied`: the entry as it is to stand (down: its removal). Else: the
        entry as under way where it is not there yet, and the steps as done; in the last segment the end of the job
        instead. Statements in `job.done` are not sent again, and where all of them are, the ledger is written all the
        same.
        """

    def script(self, job: Job, emit: Listener) -> None:
        """Run the .py file of a job of one `script` segment, with its entry, in one transaction."""

    def before(self, job: Job, index: int) -> Before:
        """What the catalogue says of the objects of the lone statement of segment `index`; JSON values.

        raises  StatementError where the server would pass over the statement in silence (IF NOT EXISTS and another
                object of that name)
        """

    def intend(self, job: Job, index: int, noted: Before) -> None:
        """Write the step as `intent`, and before it the entry as under way where the ledger has it not yet."""

    def send(self, job: Job, index: int, noted: Before, emit: Listener) -> None:
        """Send the lone statement (or run the script) and wait until all its effects are there.

        raises  StatementError where the server reports success and what it made does not work
        """

    def record(self, job: Job, index: int) -> None:
        """Write the step as `done`; in the last segment the end of the job instead: entry applied or gone, no steps."""

    def forget(self, job: Job, index: int, *, whole: bool) -> None:
        """Take the intent back; `whole`: nothing of the migration took effect, so its entry is as before this run."""

    def probe(self, job: Job, planned: PlannedStatement, noted: Before) -> Finding:
        """What the live catalogue says of the lone statement. Reads only."""

    def tidy(self, planned: PlannedStatement, noted: Before) -> str:
        """Take away what half of it left, or finish it; returns what was done."""
