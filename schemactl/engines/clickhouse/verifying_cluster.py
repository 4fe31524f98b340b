"""Replicas: whether they take writes, what holds them up, and whether the servers of a cluster have the same objects.

Source: ClickHouse manual, system.replicas and system.replication_queue; what 18.16 shows was tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import catalog_broken, catalog_rows, literal, replicas
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.verifying_places import HERE, NO_KEEPER, absent, ask, at, places, said

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.running.inspecting import Look

_READ_ONLY: Final = (
    "see whether the Keeper answers, and has the table's path; then SYSTEM RESTART REPLICA {0}, or on newer servers"
    " SYSTEM RESTORE REPLICA {0} where the Keeper lost it"
)

_ASKED: Final = "table, replica_name, is_readonly, is_session_expired, total_replicas, active_replicas"
TRIES: Final = 10
AGE_S: Final = 600
"""How often a replica failed at an entry of its queue that is so old, before it is a flaw: a part that is not there
yet, or a merge that another one overtook, has failed before on any busy cluster."""


def replicas_state(session: Session, look: Look) -> None:
    found = replicas.answering(session)
    for name in absent(session, found):
        look.examined += 1
        look.flaw(f"server {name}", "it does not answer", "see whether it is up and can be reached from here")
    for where, link in found.items():
        try:
            rows = ask(
                link, f"SELECT {_ASKED} FROM system.replicas WHERE {HERE} ORDER BY table", look, f"replicas{at(where)}"
            )
        except ServerError as error:
            if error.failure.code not in NO_KEEPER:
                raise
            look.flaw(f"Keeper{at(where)}", f"it does not answer: {error.failure.sentence()}", "bring the Keeper back")
            continue
        look.examined += len(rows)
        for row in rows:
            _replica(look, where, *row)


def _replica(
    look: Look, where: str, table: str, name: str, readonly: int, expired: int, total: int, active: int
) -> None:
    about = f"replica {name} of {table}{at(where)}"
    if readonly or expired:
        why = "its session with the Keeper has expired" if expired else "it is read-only"
        look.flaw(about, f"it takes no writes: {why}", _READ_ONLY.format(literal.name(table)))
    elif active < total:
        what = f"it sees {active} of {total} replicas of the table at work"
        look.flaw(about, what, "bring the others back, or drop those that are gone for good")


def queue(session: Session, look: Look) -> None:
    for where, link in places(session, look).items():
        about = f"replication queue{at(where)}"
        replicated = f"SELECT count() FROM system.tables WHERE {HERE} AND engine LIKE 'Replicated%'"
        look.examined += sum(int(row[0]) for row in ask(link, replicated, look, about))
        rows = ask(
            link,
            "SELECT table, replica_name, type, new_part_name, num_tries, last_exception, now() - create_time"
            f" FROM system.replication_queue WHERE {HERE} AND last_exception != '' ORDER BY table, position",
            look,
            about,
        )
        for table, name, kind, part, tries, why, age_s in rows:
            what = f"{kind} of {part or 'the table'}, {age_s:,} s old, failed {tries:,} times: {said(why)}"
            thing = f"replica {name} of {table}{at(where)}"
            if tries >= TRIES and age_s >= AGE_S:
                look.flaw(thing, what, "see to the reason: the server goes on trying by itself")
            else:
                look.note(thing, f"it is tried again, {what}")


def alike(session: Session, look: Look) -> None:
    if not replicas.is_spread(session):
        return
    links = places(session, look)
    every = {table.name for link in links.values() for table in catalog_rows.read_tables(link, session.facts)}
    look.examined += len([name for name in every if not name.startswith(catalog_rows.OURS)])
    for about, what in catalog_broken.differences(links, session.facts):
        do = "make them the same: send the statement ON CLUSTER, or to the server that lacks it"
        look.flaw(about, what, do)
