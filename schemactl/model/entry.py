"""What a target's ledger says: entries, and the steps of a migration under way (docs/formats.md, "Ledger")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from schemactl.model.step import Step
    from schemactl.model.version import Version

EntryState = Literal["applied", "applying", "reverting"]
Direction = Literal["up", "down"]

LEDGER_FORMAT = 1


# A tuple, not a dataclass: a thousand of these are made where there is nothing to do (and migration.py likewise).
class Entry(NamedTuple):
    """One row of `schema_versions`. `version_id` and `applied_at` are None until the server has given them."""

    service_name: str
    version: Version
    name: str
    description: str
    checksum: str
    up_hash: str
    applied_by: str
    tool_version: str
    checksum_algorithm: str = "sha256-lf"
    state: EntryState = "applied"
    format: int = LEDGER_FORMAT
    backup_id: str | None = None
    unlocked: bool = False
    version_id: int | None = None
    applied_at: datetime | None = None
    duration_ms: int | None = None

    @property
    def label(self) -> str:
        return f"{self.version}_{self.name}"


class LedgerState(NamedTuple):
    """All a ledger says. Where there is none: `exists` False and everything else empty.

    entries  in ascending order of version number
    steps    in order of version_id, then ordinal
    """

    exists: bool
    format: int = LEDGER_FORMAT
    platform: str | None = None
    service_name: str | None = None
    entries: tuple[Entry, ...] = ()
    steps: tuple[Step, ...] = ()

    def entry(self, version: Version) -> Entry | None:
        """The entry of `version`, or None."""
        return next((entry for entry in self.entries if entry.version == version), None)

    def steps_of(self, entry: Entry) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.version_id == entry.version_id)

    @property
    def unfinished(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.state != "applied")
