"""What an engine can do with seeds (docs/adr/0015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.events import Listener
    from schemactl.model.seed import Compared, Rows, SeedFile, SeedRecord


class Seeder(Protocol):
    """Compares and applies seeds.

    The caller holds the target's lock while it applies or runs one, and the ledger is there; comparing takes no lock.
    What goes wrong with a row is told `at` its file and line. Kinds: `missing_object`, `missing_field`, `wrong_value`,
    `duplicate_key` (two rows of the seed, or several of the object, with one key), `lookup`, and those of statements.
    Values that came from a variable are shown as written (running.seed_values), in differences and in errors.
    """

    @property
    def promise(self) -> str:
        """What a seed can rely on with this server, in a few words for people; said by `schemactl engines`."""

    def recorded(self) -> tuple[SeedRecord, ...]:
        """What `schema_seeds` says, ascending by version; empty where there is none. Reads only."""

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        """Set the seed's rows against what is there. Reads only.

        A lookup that finds nothing counts its row as added, where its key finds none, else as changed: what it looks
        for may be about to be added, by an earlier seed or by this one.
        raises  ConfigError where the seed alone is at fault: two of its rows have one key, a value that no such field
                takes; StatementError where the server refuses: an object or a field that is not there, several rows of
                the object with one key, a lookup that finds several
        """

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        """Write what differs, and `record` with the counts, as one fate. Where nothing differs the record alone.

        A lookup finds rows of the same seed, too, in whatever order they stand, and what these say of a field, not what
        was there of it before (running.seed_own).
        emit    StepProgress in `rows`
        raises  as `compare`, and for a lookup that finds no row; nothing of the seed is written then.
                RunInterruptedError where the run was asked to stop
        """

    def run(self, seed: SeedFile, job: Job, record: SeedRecord, emit: Listener) -> None:
        """Run a script seed and write `record`: one fate where the engine has transactions for it, else behind it.

        job     its statements, cut into segments as a migration's are; its entry is never written. Of a `.py`: the
                function to call is `seed`
        raises  as Runner.run
        """
