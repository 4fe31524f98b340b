"""What a server's own tables say is not as it should be: mutations, parts set aside, projections, dictionaries.

Source: ClickHouse manual, system.mutations, system.detached_parts, system.projection_parts, system.dictionaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.verifying_places import HERE, ask, at, places, said

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link
    from schemactl.engines.clickhouse.server import Facts
    from schemactl.running.inspecting import Look

# Of the reasons that a server gives for setting a part aside, those that say that rows may be missing. The others are a
# person's DETACH, and copies of what is there.
_LOST: Final = (
    "broken",
    "broken-on-start",
    "broken-from-backup",
    "covered-by-broken",
    "unexpected",
    "noquorum",
    "merge-not-byte-identical",
    "mutate-not-byte-identical",
)

UNDER_WAY_S: Final = 3600
"""For so long a mutation without a reason to fail is under way; one that is older is a flaw."""


def mutations(session: Session, look: Look) -> None:
    facts = session.facts
    reason = facts.column("mutations", "latest_fail_reason", "''")
    killed = " AND NOT is_killed" if facts.has_is_killed else ""
    for where, link in places(session, look).items():
        about = f"mutations{at(where)}"
        look.examined += _counted(link, f"system.mutations WHERE {HERE}", look, about)
        rows = ask(
            link,
            "SELECT table, mutation_id, parts_to_do, now() - create_time, "
            f"{reason} FROM system.mutations WHERE {HERE} AND NOT is_done{killed} ORDER BY table, mutation_id",
            look,
            about,
        )
        for table, number, parts, age_s, why in rows:
            thing = f"mutation {number} of {table}{at(where)}"
            if why:
                look.flaw(thing, f"it fails: {said(why)}", _mend(facts, table, number))
            elif age_s < UNDER_WAY_S:
                look.note(thing, f"it is under way, asked for {age_s:,} s ago: {parts:,} parts are left")
            else:
                what = f"it is not done {age_s:,} s after it was asked for: {parts:,} parts are left"
                look.flaw(thing, what, f"wait for it; if it does not come to its end, {_mend(facts, table, number)}")


def _mend(facts: Facts, table: str, number: str) -> str:
    if not facts.has_fail_reason:
        return "this server cannot end it: make the table anew by INSERT … SELECT, without the rows that it fails on"
    which = f"table = {literal.text(table)} AND mutation_id = {literal.text(number)}"
    return (
        "mend or delete the rows that it fails on, or end it where it changes no column's type:"
        f" KILL MUTATION WHERE database = {literal.text(facts.database)} AND {which}"
    )


def detached_parts(session: Session, look: Look) -> None:
    if "reason" not in session.facts.columns.get("detached_parts", ()):
        why = f"ClickHouse {session.facts.full_version} does not list the parts that it sets aside"
        look.unread("", why, "look into the folder `detached` of each table")
        return
    for where, link in places(session, look).items():
        about = f"detached parts{at(where)}"
        look.examined += _counted(link, f"system.parts WHERE {HERE} AND active", look, about)
        rows = ask(
            link,
            f"SELECT table, name, reason FROM system.detached_parts WHERE {HERE}"
            f" AND reason IN {literal.texts(list(_LOST))} ORDER BY table, name",
            look,
            about,
        )
        look.examined += len(rows)
        for table, part, reason in rows:
            look.flaw(
                f"part {part} of {table}{at(where)}",
                f"the server set it aside as {reason}, and its rows with it",
                "bring its rows back from another replica or a backup; then ALTER TABLE"
                f" {literal.name(table)} DROP DETACHED PART {literal.text(part)}"
                " SETTINGS allow_drop_detached = 1",
            )


def projections(session: Session, look: Look) -> None:
    if "is_broken" not in session.facts.columns.get("projection_parts", ()):
        # A server that has projections and does not say which are broken (before 24.2).
        if "projection_parts" in session.facts.columns:
            look.unread("", f"ClickHouse {session.facts.full_version} does not say which are broken", "verify --deep")
        return
    for where, link in places(session, look).items():
        about = f"projections{at(where)}"
        look.examined += _counted(link, f"system.projection_parts WHERE {HERE} AND active", look, about)
        rows = ask(
            link,
            "SELECT table, name, parent_name, exception FROM system.projection_parts"
            f" WHERE {HERE} AND active AND is_broken ORDER BY table, name, parent_name",
            look,
            about,
        )
        for table, name, part, why in rows:
            look.flaw(
                f"projection {name} of {table}, part {part}{at(where)}",
                f"it is broken, and queries pass it over: {said(why)}",
                f"ALTER TABLE {literal.name(table)} CLEAR PROJECTION {literal.name(name)}, then MATERIALIZE it",
            )


def dictionaries(session: Session, look: Look) -> None:
    if "last_exception" not in session.facts.columns.get("dictionaries", ()) or not _by_ddl(session.facts):
        return
    for where, link in places(session, look).items():
        sql = f"SELECT name, toString(status), last_exception FROM system.dictionaries WHERE {HERE} ORDER BY name"
        rows = ask(link, sql, look, f"dictionaries{at(where)}")
        look.examined += len(rows)
        for name, status, why in rows:
            if why or status.startswith("FAILED"):
                look.flaw(
                    f"dictionary {name}{at(where)}",
                    f"it was not loaded: {said(why) or status}",
                    f"mend its source, then SYSTEM RELOAD DICTIONARY {literal.name(name)}",
                )


def _by_ddl(facts: Facts) -> bool:
    """Whether dictionaries belong to a database; those of the server's files are nobody's target."""
    return "database" in facts.columns.get("dictionaries", ())


def _counted(link: Link, source: str, look: Look, about: str) -> int:
    rows = ask(link, f"SELECT count() FROM {source}", look, about)
    return int(rows[0][0]) if rows else 0
