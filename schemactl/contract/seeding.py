"""What an engine can do with seeds (docs/adr/0015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schemactl.events import Listener
    from schemactl.model.seed import Compared, Rows, SeedFile, SeedRecord
    from schemactl.script.section import Script


class Seeder(Protocol):
    """Compares and applies seeds. The caller holds the target's lock while it applies; comparing takes none."""

    def recorded(self) -> tuple[SeedRecord, ...]:
        """What `schema_seeds` says, ascending by version; empty where there is none. Reads only."""

    def compare(self, seed: SeedFile, rows: Rows) -> Compared:
        """Set the seed's rows against what is there. Reads only.

        A lookup that finds nothing yet counts its row as added: an earlier seed may be about to add it.
        raises  SeedError in a row's place: a field that is not there, a value that the field does not take
        """

    def apply(self, seed: SeedFile, rows: Rows, record: SeedRecord, emit: Listener) -> Compared:
        """Write what differs, and `record` with the counts, as one fate. Where nothing differs the record alone.

        emit    StepProgress in `rows`
        raises  as `compare`, and for a lookup that finds no row or several; nothing of the seed is written then
        """

    def run(self, seed: SeedFile, script: Script, record: SeedRecord, emit: Listener) -> None:
        """Run a script seed and write `record`: one fate where the engine has transactions for it, else behind it."""
