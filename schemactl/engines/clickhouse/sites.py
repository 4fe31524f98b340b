"""On which servers a statement takes effect, and a look at each: this one, or every replica of the target's cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.clickhouse import on_cluster, replicas
from schemactl.engines.clickhouse.probes.site import Site

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.statements import Known


def here(session: Session) -> Site:
    """The server that the session speaks to."""
    return Site(session.link, session.facts)


def of(session: Session, known: Known) -> dict[str, Site]:
    """The servers that a statement is about, each under its name; one without a name where there is no cluster.

    raises  ConnectError where one of them does not answer
    """
    if not on_cluster.is_everywhere(known, session.facts):
        return {"": here(session)}
    return {where: Site(link, session.facts) for where, link in replicas.links(session).items()}
