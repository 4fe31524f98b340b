"""What an engine makes of its catalogue for a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schemactl.model.catalog import Catalog
    from schemactl.model.snapshot import Block


class Snapshots(Protocol):
    def blocks(self, catalog: Catalog) -> tuple[Block, ...]:
        """The catalogue as definitions, in an order in which they can be run on an empty target.

        Pure: the same for equal catalogues, whatever major of the server they were read from. Run on an empty target
        of the same engine they give an equal catalogue: nothing of it is left out but the version of an extension and
        what a server has for all its databases and no object of the target names.

        raises  UnsupportedError for an object that no statement can make
        """
