"""What is there but does not work: mutations that fail, views cut in half, parts that cannot be read,
replicas that take no writes, and what the servers of a cluster do not have alike.

Source: ClickHouse manual, system.mutations, system.detached_parts, system.replicas; what 18.16 shows was tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import catalog_rows, replicas
from schemactl.engines.clickhouse.catalog_text import Words
from schemactl.engines.clickhouse.listing import listed

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link
    from schemactl.engines.clickhouse.server import Facts

_STALLED_S: Final = 60
"""18.16 does not say that a mutation fails, only that it does not end."""

_HERE: Final = "database = currentDatabase()"


def sentences(session: Session) -> tuple[str, ...]:
    """One sentence for each, in order of what is named; of a cluster, of each of its servers.

    raises  ServerError; ConnectError where a server of the cluster does not answer
    """
    facts, links = session.facts, replicas.links(session)
    places: dict[str, list[str]] = {}
    for where, link in links.items():
        for sentence in (
            *_mutations(link, facts),
            *_halves(link, facts),
            *_parts(link, facts),
            *_replicas(link, facts),
        ):
            places.setdefault(sentence, []).append(where)
    found = [f"{sentence} (on {', '.join(at)})" if at != [""] else sentence for sentence, at in places.items()]
    unlike = [f"{about} {what}" for about, what in differences(links, facts)]
    return tuple(sorted([*unlike, *found]))


def differences(links: Mapping[str, Link], facts: Facts) -> Iterator[tuple[str, str]]:
    """Objects that the servers of a cluster do not all have alike: each with what is the matter with it."""
    if len(links) < 2:
        return
    every: dict[str, dict[str, str]] = {}
    kinds: dict[str, str] = {}
    for where, link in links.items():
        tables = catalog_rows.read_tables(link, facts)
        words = Words(facts.database, {table.uuid: table.name for table in tables})
        for table in tables:
            if not table.ours:
                every.setdefault(words.of(table.name), {})[where] = words.of(table.create)
                kinds[words.of(table.name)] = table.kind
    for name, texts in every.items():
        lacking = [where for where in links if where not in texts]
        if lacking:
            yield f"{kinds[name]} {name}", f"is on {', '.join(texts)} and not on {', '.join(lacking)}"
        elif len(set(texts.values())) > 1:
            yield f"{kinds[name]} {name}", f"differs between {', '.join(texts)}"


def _mutations(link: Link, facts: Facts) -> Iterator[str]:
    reason = facts.column("mutations", "latest_fail_reason", "''")
    killed = " AND NOT is_killed" if facts.has_is_killed else ""
    rows = listed(
        link,
        f"SELECT table, mutation_id, command, parts_to_do, now() - create_time, {reason}"
        f" FROM system.mutations WHERE {_HERE} AND NOT is_done{killed}",
    )
    for table, number, command, parts, age_s, why in rows:
        what = f"mutation {number} of {table} ({command})"
        if why:
            yield f"{what} fails: {why}"
        elif not facts.has_fail_reason and age_s > _STALLED_S and parts > 0:
            yield f"{what} has not ended for more than a minute; others of {table} wait behind it"


def _halves(link: Link, facts: Facts) -> Iterator[str]:
    found = catalog_rows.read_tables(link, facts)
    inner = catalog_rows.inner_names(found)
    for table in found:
        if table.name.startswith((catalog_rows.INNER, catalog_rows.INNER_ID)) and table.name not in inner:
            yield f"table {table.name} held the rows of a materialized view that is not there"


def _parts(link: Link, facts: Facts) -> Iterator[str]:
    if "reason" not in facts.columns.get("detached_parts", ()):
        return
    rows = listed(
        link, f"SELECT table, name, reason FROM system.detached_parts WHERE {_HERE} AND startsWith(reason, 'broken')"
    )
    for table, part, reason in rows:
        yield f"part {part} of {table} was set aside: {reason}"


def _replicas(link: Link, facts: Facts) -> Iterator[str]:
    if not facts.zookeeper:
        return
    rows = listed(
        link,
        f"SELECT table, replica_name, is_readonly, is_session_expired FROM system.replicas"
        f" WHERE {_HERE} AND (is_readonly OR is_session_expired)",
    )
    for table, name, _, expired in rows:
        why = "its session with the Keeper has expired" if expired else "it is read-only"
        yield f"replica {name} of {table} takes no writes: {why}"
