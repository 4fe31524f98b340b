"""The refusal of a ledger that a later schemactl wrote: the same words on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.errors import HistoryError
from schemactl.model.entry import LEDGER_FORMAT

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening


def refusal(found: int, opening: Opening) -> HistoryError:
    """The error for a ledger of format `found`, which is above LEDGER_FORMAT."""
    return HistoryError(
        f"the ledger has format {found}; this schemactl knows formats up to {LEDGER_FORMAT}",
        at=opening.shown,
        now="nothing was changed",
        do="use the schemactl version that wrote it, or a later one",
        kind="newer_ledger",
        target=opening.target,
    )
