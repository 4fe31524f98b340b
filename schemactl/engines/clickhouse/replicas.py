"""The servers of a target's cluster, each with a link of its own; without a cluster the one that the session is on.

A link to another replica has the user, password, database and options of the target's URL, at the host and port that
system.clusters gives: where a client reaches the servers under other names, those must lead there too.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemactl.engines.clickhouse import server
from schemactl.engines.clickhouse.address import password_of
from schemactl.engines.clickhouse.failure import ServerError, connecting
from schemactl.errors import ConnectError

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link
    from schemactl.engines.clickhouse.server import Replica


def name_of(replica: Replica) -> str:
    """How messages and the ledger name it."""
    return f"{replica.host}:{replica.port}"


def is_spread(session: Session) -> bool:
    """Whether the target has more than one server."""
    return len(session.facts.replicas) > 1


def links(session: Session) -> dict[str, Link]:
    """A link to each server of the cluster under its name, in order; where there is no cluster the session's under "".

    raises  ConnectError where one of them does not answer: what it holds, or still does, nobody can tell
    """
    if not is_spread(session):
        return {"": session.link}
    return {name_of(replica): _link(session, replica) for replica in session.facts.replicas}


def answering(session: Session) -> dict[str, Link]:
    """`links` to those servers that answer."""
    if not is_spread(session):
        return {"": session.link}
    found = {}
    for replica in session.facts.replicas:
        with contextlib.suppress(ConnectError):
            found[name_of(replica)] = _link(session, replica)
    return found


def _link(session: Session, replica: Replica) -> Link:
    name = name_of(replica)
    link = session.others.get(name)
    if link is None or link.closed:
        link = _open(session, replica)
        if _is_same(session, link):
            link.close()
            link = session.link
        session.others[name] = link
    return link


def _is_same(session: Session, link: Link) -> bool:
    """Whether a link leads to the server that the session is on; system.clusters takes any on its host for it."""
    with session.translated("asking which server answers"):
        return server.identity(link, session.facts.functions) == session.facts.identity


def _open(session: Session, replica: Replica) -> Link:
    parts = urlsplit(session.opening.url)
    login = parts.netloc.rpartition("@")[0]
    host = f"[{replica.host}]" if ":" in replica.host else replica.host
    at = f"{host}:{replica.port}"
    url = parts._replace(netloc=f"{login}@{at}" if login else at).geturl()
    from schemactl.engines.clickhouse.native import NativeLink

    try:
        return NativeLink(session.opening._replace(url=url))
    except ServerError as error:
        raise connecting(
            error.failure, shown=f"replica {at}", target=session.target, secrets=(password_of(session.opening.url),)
        ) from None


def beside(session: Session) -> Link:
    """A new link to the very server that the session is on, also where the URL leads to any of a cluster.

    raises  ConnectError, LockedError
    """
    link = session.another()
    if not is_spread(session) or _is_same(session, link):
        return link
    link.close()
    # Not by the cached links: those are another thread's.
    for replica in session.facts.replicas:
        link = _open(session, replica)
        if _is_same(session, link):
            return link
        link.close()
    raise ConnectError(
        f"the server that this run is on is none of the cluster {session.facts.cluster}",
        at=session.opening.shown,
        now="nothing was changed",
        do="give this target the address of one of its servers",
        kind="unreachable",
        target=session.target,
    )
