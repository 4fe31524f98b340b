"""Ties to other servers: foreign data wrappers, servers, user mappings, publications, subscriptions. No secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from schemactl.engines.postgres.catalog.query import (
    CatalogQuery,
    Server,
    commented,
    function,
    grants,
    ordered,
    own,
    owner,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

# Option names are the wrapper's own; these words cover libpq's (password, sslpassword, passfile, scram_*_key,
# oauth_client_secret) and the usual ones of other wrappers.
_SECRET = re.compile(r"pass|secret|token|key$|credential", re.IGNORECASE)


def without_secrets(options: Iterable[str]) -> list[str] | None:
    """The `name=value` options in order, those with a secret left out; None where none is left."""
    return sorted(option for option in options if not _SECRET.search(option.partition("=")[0])) or None


def connection(conninfo: str) -> list[str] | None:
    """A connection string's parts as `without_secrets` gives them; None where libpq cannot read it."""
    try:
        parts = conninfo_to_dict(conninfo)
    except ProgrammingError:
        return None
    return without_secrets(f"{name}={value}" for name, value in parts.items())


def _wrappers(_: Server) -> str:
    return f"""
SELECT 'foreign data wrapper', w.fdwname, {function("w.fdwhandler")} AS handler,
  {function("w.fdwvalidator")} AS validator, w.fdwoptions AS foreign_options,
  {owner("w.fdwowner")}, {grants("F", "w.fdwacl", "w.fdwowner")}, com.description AS comment
FROM pg_foreign_data_wrapper w {commented("pg_foreign_data_wrapper", "w.oid")}
WHERE {own("pg_foreign_data_wrapper", "w.oid")}"""


def _servers(_: Server) -> str:
    return f"""
SELECT 'foreign server', s.srvname, w.fdwname AS wrapper, s.srvtype AS type, s.srvversion AS version,
  s.srvoptions AS foreign_options, {owner("s.srvowner")}, {grants("S", "s.srvacl", "s.srvowner")},
  com.description AS comment
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
{commented("pg_foreign_server", "s.oid")}
WHERE {own("pg_foreign_server", "s.oid")}"""


def _mappings(_: Server) -> str:
    # The view, because the table is closed to everyone but superusers; it hides options that are not the reader's, by
    # this condition (system_views.sql), and does not say that it did.
    return """
SELECT 'user mapping', m.srvname, m.usename, m.umoptions AS foreign_options,
  NOT (CASE WHEN m.umuser = 0 THEN pg_has_role(s.srvowner, 'USAGE')
       ELSE m.usename = current_user AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE')) END
       OR (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)) AS unread
FROM pg_user_mappings m JOIN pg_foreign_server s ON s.oid = m.srvid"""


def _publications(server: Server) -> str:
    tables = """
  (SELECT jsonb_object_agg(r.prrelid::regclass::text, jsonb_strip_nulls(jsonb_build_object(
      'where', pg_get_expr(r.prqual, r.prrelid),
      'columns', (SELECT jsonb_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
                  WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])))))
   FROM pg_publication_rel r WHERE r.prpubid = p.oid) AS tables"""
    generated = server.since(18, "CASE p.pubgencols WHEN 's' THEN 'stored' END")
    return f"""
SELECT 'publication', p.pubname, p.puballtables AS all_tables, {tables},
  (SELECT array_agg(n.nspname::text ORDER BY n.nspname) FROM pg_publication_namespace s
   JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid) AS schemas,
  array_remove(ARRAY[CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
    CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END], NULL) AS publish,
  p.pubviaroot AS via_root, {generated} AS generated_columns,
  {owner("p.pubowner")}, com.description AS comment
FROM pg_publication p {commented("pg_publication", "p.oid")}
WHERE {own("pg_publication", "p.oid")}"""


def _subscriptions(server: Server) -> str:
    conninfo = "s.subconninfo" if server.reads_conninfo else "NULL"
    # Boolean up to 15, a letter from 16 on; "parallel" is what 18 does where nothing is said.
    streaming = server.since(16, word("s.substream", t="on", p="parallel"), "CASE WHEN s.substream THEN 'on' END")
    return f"""
SELECT 'subscription', s.subname, {conninfo} AS connection, {ordered("s.subpublications")} AS publications,
  s.subenabled AS enabled, s.subslotname AS slot, s.subbinary AS binary, {streaming} AS streaming,
  s.subtwophasestate <> 'd' AS two_phase, s.subdisableonerr AS disable_on_error,
  nullif(s.subsynccommit, 'off') AS synchronous_commit,
  {server.since(16, "nullif(s.suborigin, 'any')")} AS origin,
  {server.since(16, "NOT s.subpasswordrequired")} AS password_not_required,
  {server.since(16, "s.subrunasowner")} AS run_as_owner, {server.since(17, "s.subfailover")} AS failover,
  {str(not server.reads_conninfo).lower()} AS unread, {owner("s.subowner")}, com.description AS comment
FROM pg_subscription s {commented("pg_subscription", "s.oid")}
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND {own("pg_subscription", "s.oid")}"""


QUERIES = (
    CatalogQuery(1, _wrappers),
    CatalogQuery(1, _servers),
    CatalogQuery(2, _mappings),
    CatalogQuery(1, _publications),
    CatalogQuery(1, _subscriptions),
)
