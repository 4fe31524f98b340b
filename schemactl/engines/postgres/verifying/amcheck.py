"""Indexes and tables on disk, read page by page by the server's own extension amcheck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import sql

from schemactl.contract.verifying import Inspection
from schemactl.engines.postgres.failure import from_exception

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

AMCHECK = Inspection("amcheck", "every index and table can be read and is in order, page by page", deep=True)

SHOWN = 3

_EXTENSION = """
SELECT quote_ident(n.nspname), e.extversion FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'amcheck'
"""
_HERE = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck')"
_FUNCTIONS = """
SELECT p.oid::regprocedure::text, p.proname, p.pronargs, has_function_privilege(p.oid, 'EXECUTE')
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
  AND e.extname = 'amcheck' AND p.proname IN ('bt_index_check', 'gin_index_check', 'verify_heapam')
ORDER BY p.proname, p.pronargs DESC
"""
# A standby has no pages of unlogged relations.
_RELATIONS = """
SELECT c.oid, c.oid::regclass::text, coalesce(a.amname, '') AS method, c.relkind = 'i', coalesce(i.indisunique, false)
FROM pg_class c JOIN pg_am a ON a.oid = c.relam LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relpersistence <> 't' AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
  AND ((c.relkind IN ('r', 'm', 't') AND a.amname = 'heap')
    OR (c.relkind = 'i' AND a.amname IN ('btree', 'gin') AND i.indisvalid AND i.indisready AND i.indislive))
ORDER BY c.oid
"""
# What the server says of pages that it cannot make sense of: data and index corruption, files that are not there or
# too short, "could not access status of transaction" (manual, appendix A, classes XX and 58).
_CORRUPT = ("XX", "58", "22P", "54000")
_REFUSED = "0A000"
_INVALID = "SELECT NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = {} AND indisvalid)"


class _Functions(NamedTuple):
    """The extension's functions; None where this version of it has none, or this user may not call it."""

    schema: str
    btree: int | None
    gin: bool
    heap: bool


def amcheck(asking: Asking) -> Inspected:
    found = asking.rows(_EXTENSION)
    if not found:
        return asking.not_run(_absent(asking))
    functions = asking.rows(_FUNCTIONS)
    refused = [name for name, *_, allowed in functions if not allowed]
    if refused:
        grants = "; ".join(f"GRANT EXECUTE ON FUNCTION {name} TO …" for name in refused)
        return asking.not_run(f"this user may not call the extension's functions; {grants}")
    known = {name: arguments for _, name, arguments, _ in reversed(functions)}
    use = _Functions(found[0][0], known.get("bt_index_check"), "gin_index_check" in known, "verify_heapam" in known)
    relations = [row for row in asking.rows(_RELATIONS) if use.gin or row[2] != "gin"]
    for oid, name, method, is_index, is_unique in asking.look.each(relations, "relations"):
        thing = f"index {name}" if is_index else f"table {name}"
        with asking.seeing(thing, oid):
            if is_index:
                _index(asking, use, oid, thing, name, method, is_unique=is_unique)
            else:
                _table(asking, use, oid, thing)
    return asking.done(len(relations))


def _absent(asking: Asking) -> str:
    if asking.one(_HERE):
        return "the extension amcheck is not in this database; as a superuser, CREATE EXTENSION amcheck"
    return (
        "the extension amcheck is not on this server; it is in the package of contributed modules (postgresql-contrib)"
    )


def _index(asking: Asking, use: _Functions, oid: int, thing: str, name: str, method: str, *, is_unique: bool) -> None:
    if method == "gin":
        query = "SELECT {}.gin_index_check({}::regclass)"
        options: tuple[int, *tuple[bool, ...]] = (oid,)
    else:
        # Every row of the table is looked for in the index; from 1.4 on no two rows may be one key's.
        options = (oid, *(True, is_unique)[: (use.btree or 1) - 1])
        query = "SELECT {}.bt_index_check({}::regclass" + ", {}" * (len(options) - 1) + ")"
    what = _complaint(asking, query, use.schema, options)
    if what:
        mend = f"REINDEX INDEX CONCURRENTLY {name}"
        asking.look.flaw(
            thing, what, f"{mend}; where its table is whole that is enough. Look at the disk and the memory"
        )


def _table(asking: Asking, use: _Functions, oid: int, thing: str) -> None:
    if not use.heap:
        return
    query = (
        "SELECT blkno, offnum, msg, count(*) OVER () FROM {}.verify_heapam({}::regclass, check_toast => true) LIMIT "
        + str(SHOWN)
    )
    do = "restore it from a backup taken before; first copy the data folder, and look at the disk and the memory"
    rows: list[tuple[Any, ...]] = []
    what = _complaint(asking, query, use.schema, (oid,), rows)
    if rows:
        more = f", and {rows[0][3] - len(rows)} more" if rows[0][3] > len(rows) else ""
        places = "; ".join(
            f"block {block}{'' if offset is None else f', line {offset}'}: {said}" for block, offset, said, _ in rows
        )
        what = f"{places}{more}"
    if what:
        asking.look.flaw(thing, " ".join(what.split()), do)


def _complaint(
    asking: Asking,
    query: str,
    schema: str,
    options: tuple[int, *tuple[bool, ...]],
    rows: list[tuple[Any, ...]] | None = None,
) -> str:
    """What the server says against the relation, "" where nothing; its `rows` are added. raises  psycopg.Error

    options  the relation's number first
    """
    try:
        answer = asking.rows(sql.SQL(query).format(sql.SQL(schema), *map(sql.Literal, options)))
    except psycopg.Error as error:
        failure = from_exception(error)
        if failure.state == _REFUSED and asking.one(sql.SQL(_INVALID).format(sql.Literal(options[0]))):
            # Somebody replaced or dropped it meanwhile; what is left over, `invalid-indexes` tells.
            asking.pass_over()
            return ""
        corrupt = failure.state.startswith(_CORRUPT) and not failure.gone
        if not corrupt or asking.is_gone(failure, options[0]):
            raise
        return failure.sentence()
    if rows is not None:
        rows.extend(answer)
    return ""
