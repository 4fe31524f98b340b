"""What can be wrong with the text of a snapshot, in the words of its errors; and the number of its format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemactl.model.snapshot import Block

FORMAT: Final = 1
_DO: Final = "bring the file back from version control, or remove it and write it anew with `schemactl snapshot`"


def no_snapshot(what: str, at: str) -> ConfigError:
    """The text is something else, or only the beginning of a snapshot."""
    return ConfigError(what, at=at, now="nothing was changed", do=_DO, kind="snapshot")


def newer(number: int, at: str) -> ConfigError:
    return ConfigError(
        f"the snapshot has format {number}, this schemactl knows formats up to {FORMAT}",
        at=at,
        now="nothing was changed",
        do="use the schemactl that wrote it, or a later one",
        kind="newer_snapshot",
    )


def once(blocks: Iterable[Block], *, shown: str) -> tuple[Block, ...]:
    """The blocks, of which no two are of one object. raises  ConfigError"""
    found = tuple(blocks)
    seen = set()
    for block in found:
        if block[:2] in seen:
            raise no_snapshot(f"{block} stands twice", shown)
        seen.add(block[:2])
    return found
