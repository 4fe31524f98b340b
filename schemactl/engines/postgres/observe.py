"""Statements that no transaction can hold: what the catalogue says before one, and what is there after a crash.

Everything here is found again by OID, noted before the statement was sent: a name may mean something else without the
search_path of the session that died.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from schemactl.contract.finding import Finding, Verdict, sent_again

if TYPE_CHECKING:
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.postgres.connection import Connection
    from schemactl.script.statement import Statement

Before = dict[str, Any]

_NAME = r'((?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))*)'


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text.replace("NAME", _NAME), re.IGNORECASE | re.DOTALL)


_CREATE_INDEX = _pattern(
    rf"create (?:unique )?index concurrently (if not exists )?(?:(?!on\b){_NAME} ?)?\bon (?:only )?NAME"
)
_DROP_INDEX = _pattern(r"drop index concurrently (?:if exists )?NAME")
_DETACH = _pattern(r"alter table (?:if exists )?(?:only )?NAME ?\*? detach partition NAME concurrently")
_REINDEX = _pattern(r"reindex (?:\(.*?\) ?)?(index|table|schema|database|system)(?: concurrently)?(?: NAME)?$")
_CALL = _pattern(r"call NAME ?\(")
_CLUSTER_WIDE = _pattern(r"(create|drop) (database|tablespace|subscription) (?:if exists )?NAME")
_REPEATABLE = ("VACUUM", "CLUSTER", "REINDEX", "ALTER SYSTEM", "ALTER DATABASE", "ALTER SUBSCRIPTION")
_CATALOGS = {
    "database": ("pg_catalog.pg_database", "datname"),
    "tablespace": ("pg_catalog.pg_tablespace", "spcname"),
    "subscription": ("pg_catalog.pg_subscription", "subname"),
}


def before(connection: Connection, planned: PlannedStatement) -> Before:
    """What to note of the objects that the statement is about; {} where running it twice is the same as once."""
    text = planned.statement.normal
    if found := _CREATE_INDEX.match(text):
        table = _oid(connection, found.group(3))
        return {"table": table, "indexes": {str(oid): state for oid, *state in _indexes(connection, table)}}
    if found := _DROP_INDEX.match(text):
        return {"index": _oid(connection, found.group(1))}
    if found := _DETACH.match(text):
        parent, child = _oid(connection, found.group(1)), _oid(connection, found.group(2))
        return {"parent": parent, "child": child, "attached": _attached(connection, parent, child) is not None}
    if found := _CLUSTER_WIDE.match(text):
        return {"exists": _exists(connection, found.group(2).lower(), found.group(3))}
    if found := _REINDEX.match(text):
        tables = _reindexed(connection, found.group(1).lower(), found.group(2))
        return {"invalid": _invalid(connection), "tables": tables}
    return {}


def is_idempotent(job: Job, planned: PlannedStatement) -> bool:
    return job.idempotent or "idempotent" in planned.statement.directives


def builds_index(planned: PlannedStatement) -> bool:
    return _CREATE_INDEX.match(planned.statement.normal) is not None


def invalid_namesake(connection: Connection, statement: Statement) -> str:
    """The INVALID index that CREATE INDEX CONCURRENTLY IF NOT EXISTS would take for a good one; "" for none."""
    found = _CREATE_INDEX.match(statement.normal)
    if not found or not found.group(1) or not found.group(2):
        return ""
    table, name = _oid(connection, found.group(3)), _last_name(connection, found.group(2))
    return next((shown for _, shown, valid in _indexes(connection, table) if shown == name and not valid), "")


def probe(connection: Connection, planned: PlannedStatement, noted: Before, *, idempotent: bool) -> Finding:
    """What the live catalogue says of a statement whose answer never came."""
    text = planned.statement.normal
    if found := _CREATE_INDEX.match(text):
        return _probe_create_index(connection, found, noted)
    if _DROP_INDEX.match(text):
        return _probe_drop_index(connection, noted)
    if _DETACH.match(text):
        return _probe_detach(connection, noted)
    if found := _CLUSTER_WIDE.match(text):
        return _probe_cluster_wide(connection, found, noted)
    if _REINDEX.match(text) and (left := _reindex_leftovers(connection, noted)):
        names = ", ".join(name for _, name in left)
        return Finding(verdict="half", evidence=f"REINDEX left {names} behind, INVALID", query=_INVALID_QUERY)
    if planned.why.startswith(_REPEATABLE):
        return Finding(verdict="not done", evidence=f"{planned.why} may run again: twice is the same as once")
    unknown = Finding(
        verdict="unknown",
        evidence=f"the catalogue cannot tell whether {planned.statement.words[0]} took effect",
        query=_query_by_hand(connection, planned.statement),
    )
    return sent_again(unknown) if idempotent else unknown


def _query_by_hand(connection: Connection, statement: Statement) -> str:
    """What a person can paste to find out. The statement itself is in it as a comment only: pasted, it would run again.

    source  PostgreSQL manual, Lexical Structure, "Comments": one that begins with two dashes ends with its line
    """
    shown = "\n".join(f"--   {line}" for line in statement.shown.splitlines())
    if found := _CALL.match(statement.normal):
        return f"-- what this calls, to see what it changes and look there:\n{shown}\n{_sources(connection, found[1])}"
    return f"-- Look at what this changes. It stands here as a comment, because it would run again:\n{shown}"


def _sources(connection: Connection, name: str) -> str:
    """The query for the source of every procedure that a CALL of this name may have meant."""
    row = connection.execute(
        "SELECT array(SELECT quote_literal(part) FROM unnest(parse_ident(%s)) WITH ORDINALITY AS p (part, at)"
        " ORDER BY at)",
        (name,),
    ).fetchone()
    *schema, last = row[0] if row else ("''",)
    within = f" AND n.nspname = {schema[-1]}" if schema else ""
    return (
        "SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n"
        f" ON n.oid = p.pronamespace WHERE p.prokind = 'p' AND p.proname = {last}{within} ORDER BY 1;"
    )


def tidy(connection: Connection, planned: PlannedStatement, noted: Before) -> str:
    """Take away what half a statement left, or finish it where the server offers that; returns what was done."""
    text = planned.statement.normal
    if found := _CREATE_INDEX.match(text):
        dropped = []
        for oid, name, valid in _new_indexes(connection, found, noted):
            if not valid:
                dropped.append(name)
                _drop_index(connection, oid)
        return f"dropped the INVALID index {', '.join(dropped)}"
    if _DETACH.match(text):
        parent, child = (_quoted(connection, noted[key]) for key in ("parent", "child"))
        connection.execute(f"ALTER TABLE {parent} DETACH PARTITION {child} FINALIZE".encode())
        return f"finished detaching {child} from {parent}"
    if _REINDEX.match(text):
        left = _reindex_leftovers(connection, noted)
        for oid, _ in left:
            _drop_index(connection, oid)
        return f"dropped {', '.join(name for _, name in left)}"
    return "nothing to take away: the statement takes it from there"


_INVALID_QUERY = "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid"


def _probe_create_index(connection: Connection, found: re.Match[str], noted: Before) -> Finding:
    query = f"SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = {noted.get('table') or 0}"
    new = _new_indexes(connection, found, noted)
    if any(not valid for _, _, valid in new):
        return Finding(verdict="half", evidence=f"index {new[0][1]} is there, but INVALID", query=query)
    if new:
        return Finding(verdict="done", evidence=f"index {new[0][1]} is there, and valid", query=query)
    if found.group(1) and found.group(2):
        name = _last_name(connection, found.group(2))
        if [name, True] in noted.get("indexes", {}).values():
            return Finding(verdict="done", evidence=f"index {name} was there before", query=query)
    return Finding(verdict="not done", evidence="the index is not there", query=query)


def _probe_drop_index(connection: Connection, noted: Before) -> Finding:
    oid = noted.get("index") or 0
    sql = "SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid = %s"
    query = sql % oid
    row = connection.execute(sql, (oid,)).fetchone()
    if row is None:
        if oid:
            return Finding(verdict="done", evidence="the index is gone", query=query)
        return Finding(verdict="not done", evidence="there was no such index", query=query)
    if row[1]:
        return Finding(verdict="not done", evidence=f"index {row[0]} is there, and valid", query=query)
    return Finding(verdict="half", evidence=f"index {row[0]} is there, marked INVALID", query=query)


def _probe_detach(connection: Connection, noted: Before) -> Finding:
    parent, child = noted.get("parent") or 0, noted.get("child") or 0
    query = f"SELECT inhdetachpending FROM pg_inherits WHERE inhparent = {parent} AND inhrelid = {child}"
    row = _attached(connection, parent, child)
    if row is None and not noted.get("attached"):
        return Finding(verdict="not done", evidence="it was no partition of that table", query=query)
    if row is None:
        return Finding(verdict="done", evidence="the partition is detached", query=query)
    if row[0]:
        return Finding(verdict="half", evidence="the partition's detaching is pending", query=query)
    return Finding(verdict="not done", evidence="the partition is attached", query=query)


def _probe_cluster_wide(connection: Connection, found: re.Match[str], noted: Before) -> Finding:
    verb, what, name = found.group(1).lower(), found.group(2).lower(), found.group(3)
    catalog, column = _CATALOGS[what]
    query = f"SELECT * FROM {catalog} WHERE {column} = (parse_ident('{name.replace(chr(39), chr(39) * 2)}'))[1]"
    there = _exists(connection, what, name)
    changed = there != noted.get("exists")
    verdict: Verdict = "done" if changed and there == (verb == "create") else "not done"
    return Finding(verdict=verdict, evidence=f"{what} {name} is {'there' if there else 'not there'}", query=query)


def _new_indexes(connection: Connection, found: re.Match[str], noted: Before) -> list[tuple[int, str, bool]]:
    known = noted.get("indexes", {})
    new = [index for index in _indexes(connection, noted.get("table")) if str(index[0]) not in known]
    if found.group(2):
        name = _last_name(connection, found.group(2))
        return [index for index in new if index[1] == name]
    return new


def _indexes(connection: Connection, table: int | None) -> list[tuple[int, str, bool]]:
    return connection.execute(
        "SELECT i.indexrelid, c.relname, i.indisvalid AND i.indisready FROM pg_catalog.pg_index i"
        " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s ORDER BY i.indexrelid",
        (table or 0,),
    ).fetchall()


def _invalid(connection: Connection) -> list[int]:
    rows = connection.execute("SELECT indexrelid FROM pg_catalog.pg_index WHERE NOT indisvalid").fetchall()
    return [oid for (oid,) in rows]


def _reindex_leftovers(connection: Connection, noted: Before) -> list[tuple[int, str]]:
    # Manual, REINDEX, "Rebuilding Indexes Concurrently": what a failure leaves ends in _ccnew or _ccold, and a number.
    return connection.execute(
        "SELECT i.indexrelid, c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
        " WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND NOT i.indexrelid = ANY (%s::oid[])"
        " AND i.indrelid = ANY (%s::oid[])",
        (noted.get("invalid", []), noted.get("tables", [])),
    ).fetchall()


def _drop_index(connection: Connection, oid: int) -> None:
    connection.execute(f"DROP INDEX CONCURRENTLY {_quoted(connection, oid)}".encode())


def _quoted(connection: Connection, oid: int) -> str:
    row = connection.execute(
        "SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %s",
        (oid,),
    ).fetchone()
    return str(row[0]) if row else ""


def _oid(connection: Connection, name: str) -> int | None:
    row = connection.execute("SELECT to_regclass(%s)::oid::bigint", (name,)).fetchone()
    return row[0] if row else None


def _last_name(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT parse_ident(%s)", (name,)).fetchone()
    return str(row[0][-1]) if row else ""


def _exists(connection: Connection, what: str, name: str) -> bool:
    catalog, column = _CATALOGS[what]
    # Subscriptions of all databases stand in one catalogue.
    ours = " AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    sql = (
        f"SELECT EXISTS (SELECT FROM {catalog} WHERE {column} = (parse_ident(%s))[1]"
        f"{ours if what == 'subscription' else ''})"
    )
    row = connection.execute(sql.encode(), (name,)).fetchone()
    return bool(row and row[0])


def _attached(connection: Connection, parent: int | None, child: int | None) -> tuple[bool] | None:
    """(detach pending,) of a partition; None where it is none."""
    sql = "SELECT inhdetachpending FROM pg_inherits WHERE inhparent = %s AND inhrelid = %s"
    return connection.execute(sql, (parent or 0, child or 0)).fetchone()


def _reindexed(connection: Connection, what: str, name: str | None) -> list[int]:
    """The tables whose indexes a REINDEX is about, their TOAST tables and partitions included."""
    if what == "index":
        named = "SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass(%(name)s)"
    elif what == "table":
        named = "SELECT to_regclass(%(name)s)::oid"
    elif what == "schema":
        named = "SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(%(name)s)"
    else:
        named = "SELECT oid FROM pg_class"
    sql = (
        f"WITH named (oid) AS ({named}), whole AS (SELECT oid FROM named"
        " UNION SELECT p.relid FROM named AS n, pg_partition_tree(n.oid) AS p)"
        " SELECT oid::bigint FROM whole WHERE oid IS NOT NULL UNION SELECT c.reltoastrelid::bigint FROM pg_class c"
        " JOIN whole USING (oid) WHERE c.reltoastrelid <> 0"
    )
    return [oid for (oid,) in connection.execute(sql.encode(), {"name": name}).fetchall()]
