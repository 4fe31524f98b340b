"""What an engine is: a frozen record of small protocols, each there or Missing. No base class, no default.

To add an engine: a folder `engines/<name>/` one line in `engines/__init__.py`, its extra in pyproject.toml.
The contract tests (tests/contract) and the matrix in docs/engines pick it up from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from schemactl.contract.checking import Checker
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement, Segment
    from schemactl.contract.rights import Rights
    from schemactl.contract.seeding import Seeder
    from schemactl.contract.snapshots import Snapshots
    from schemactl.contract.verifying import Verifier
    from schemactl.events import Listener
    from schemactl.model.catalog import Catalog
    from schemactl.model.entry import Entry, LedgerState
    from schemactl.model.step import Step
    from schemactl.script.section import Section


class Missing(NamedTuple):
    """An absent capability speaks for itself: why it is absent, and what to do instead."""

    why: str
    instead: str


class Limits(NamedTuple):
    """Facts of an engine that change a plan. None has a default: each engine says all of them.

    transactional_ddl     a migration of DDL and data commits as one
    read_only             the server takes no writes (a replica), with the reason; "" where it does
    max_identifier_bytes  longer names are cut or refused
    """

    transactional_ddl: bool
    read_only: str
    max_identifier_bytes: int


class Ledger(Protocol):
    """The one owner of the ledger's tables. Reading takes no lock and creates nothing."""

    def read(self) -> LedgerState:
        """All entries and steps; `exists` False where there is no ledger yet.

        raises  HistoryError where the ledger's format is newer than this tool's
        """

    def prepare(self, *, platform: str, service_name: str) -> None:
        """Create the ledger or bring it to the current format, once, under the lock; a second call changes nothing."""

    def accept(self, entry: Entry, *, checksum: str, up_hash: str, note: str) -> None:
        """Give the entry of this version the hashes of the file as it is now; `note` joins its description."""

    def mark(self, entry: Entry, ordinal: int, *, done: bool) -> None:
        """Decide a step that nothing can probe: `done`, or undone (its row goes)."""

    def remove(self, entry: Entry) -> None:
        """Remove the entry and its steps, where nothing of it is left in the target."""

    def reinstate(self, entry: Entry) -> None:
        """Set a `reverting` entry back to `applied` without steps, where nothing of its way down took effect."""


class Planner(Protocol):
    """Pure: text in, segments out; needs no connection."""

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        """Cut a section at the places where the engine cannot go on in one transaction (guarantee 3).

        locks   whether somebody will read which lock each statement takes

        raises  ConfigError for a statement that a migration must not hold (BEGIN, COMMIT, …), at `shown`:line
        """

    def script(self, section: Section) -> str:
        """Why a `.py` cannot share one transaction with its entry, "" where it does.

        Where it cannot it is a lone statement: its text is announced as intent, run, and recorded as done.
        """


class Runner(Protocol):
    """Runs jobs and keeps the ledger true while it does."""

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        """Run `jobs` in order and stop at the first that fails. The caller holds the lock.

        Each job's entry and effects are one fate (one transaction), or are told apart by steps that recover can probe.
        emits   StepStarted, StepProgress, StepFinished, StepFailed, Waiting, Noted
        raises  StatementError with `applied` and `failed`; ConnectError where the server went away; LockedError where
                the session no longer holds the lock; RunInterruptedError when asked to stop
        """


class Recovery(Protocol):
    """Looks at what a crash left. The caller holds the lock, so no backend of the dead run is still at work."""

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        """Tell whether the statement of an `intent` step took effect. Reads only."""

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        """Take away what half a statement left, or finish it where the engine offers that; returns what was done.

        Afterwards the statement is done, or can be sent again.
        """


class CatalogReader(Protocol):
    def read(self) -> Catalog:
        """The whole catalogue of the target, our own objects left out; one consistent snapshot."""

    def broken(self) -> tuple[str, ...]:
        """One sentence for each object that is there but does not work (an INVALID index); empty where all is well."""


class Lock(Protocol):
    """Exclusion across processes and hosts."""

    def hold(self, *, wait_s: float, emit: Listener) -> AbstractContextManager[None]:
        """Hold the target's lock for the body.

        wait_s  how long to keep trying; 0 tries once
        raises  LockedError with the holder as far as the server knows it, or where a pooler makes holding impossible
        """

    def holder(self) -> str | None:
        """Who holds it now, for people; None where nobody does."""


class Scripts(Protocol):
    """Python migrations on this engine: how a `script` segment is guarded, and what `probe` sees."""

    def probe(self, job: Job) -> bool | None:
        """What the script's own `probe(ctx)` says of it: applied or not; None where it has none."""


class Engine(NamedTuple):
    """An open engine: one target, one server. Presence is decided on open, so version and edition count.

    exposed  why what is said on this connection can be read on its way (running.encryption.exposed); "" where not
    """

    name: str
    server: str
    exposed: str
    limits: Limits
    ledger: Ledger
    planner: Planner
    runner: Runner
    recovery: Recovery
    catalog: CatalogReader
    lock: Lock | Missing
    scripts: Scripts | Missing
    checker: Checker
    rights: Rights | Missing
    seeder: Seeder | Missing
    snapshots: Snapshots | Missing
    verifier: Verifier | Missing
    close: Callable[[], None]


_Capability = TypeVar("_Capability")


def require(capability: _Capability | Missing, what_for: str, target: str) -> _Capability:
    """The capability, or UnsupportedError (15) in the engine's own words."""
    if isinstance(capability, Missing):
        raise UnsupportedError(
            f"{what_for} cannot be done here: {capability.why}", do=capability.instead, kind="missing", target=target
        )
    return capability
