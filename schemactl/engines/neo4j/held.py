"""Holds the ledger while something runs that commits by itself: what it would change of the ledger waits, and is ended.

A second transaction has written to every node of ledger and fence, and is rolled back at the end. The lease is left
out: its heartbeat goes on. Who ends what waits for it is watch.py.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from schemactl.engines.neo4j import fence, work
from schemactl.engines.neo4j.failure import is_driver_error
from schemactl.engines.neo4j.watch import Held, Watch
from schemactl.running.failure import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.timeouts import Timeouts

# Taking away what is not there locks nothing (tried on 5.26).
_HOLD: Final = "MATCH (n:SchemaFormat|SchemaVersion|SchemaStep|SchemaSeed) SET n.held = true"
_GIVES_WAY_S: Final = 5.0


@contextmanager
def held(session: Session, limits: Timeouts) -> Iterator[Held]:
    """For as long as the body runs, or until somebody else had to wait for it too long.

    raises  RefusedError where the nodes cannot be had; LockedError where the lease is not held
    """
    watch = Watch(session)
    with session.session() as opened:
        try:
            with watch.watching():
                watch.begins(limits)
                tx = opened.begin_transaction(metadata=watch.metadata)
                fence.guard(tx, session.token, session.opening)
                tx.run(_HOLD).consume()
        except Exception as error:
            if not is_driver_error(error):
                raise
            raise work.refused(error, watch, OURS) from error
        try:
            yield Held(watch.work, limits.lock_ms / 1000 or _GIVES_WAY_S)
        finally:
            # Where it is gone it holds nothing any more, and what that let through is looked at next.
            with suppress(Exception):
                tx.close()
