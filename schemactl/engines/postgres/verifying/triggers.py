"""Triggers and rules that are switched off, one by one or by a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Inspection

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

DISABLED = Inspection("disabled-triggers", "every trigger and rule fires, those of foreign keys too")

_HERE = "n.nspname !~ '^pg_(temp|toast_temp)_'"
# A partition's copy is told of at its parent, where that is off too.
_TRIGGERS = f"""
SELECT t.tgrelid::regclass::text, quote_ident(t.tgname), t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgenabled IN ('D', 'R') AND {_HERE}
  AND NOT EXISTS (SELECT FROM pg_trigger p WHERE p.oid = t.tgparentid AND p.tgenabled = t.tgenabled)
ORDER BY 1, 2
"""
_OF_CONSTRAINTS = f"""
SELECT con.conrelid::regclass::text, quote_ident(con.conname), con.contype = 'f', min(t.tgenabled::text),
  array_agg(DISTINCT t.tgrelid::regclass::text), con.conindid::regclass::text,
  array_agg(format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::regclass, t.tgname) ORDER BY t.oid)
FROM pg_trigger t JOIN pg_constraint con ON con.oid = t.tgconstraint
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgisinternal AND t.tgenabled IN ('D', 'R') AND {_HERE}
  AND NOT EXISTS (SELECT FROM pg_trigger p WHERE p.oid = t.tgparentid AND p.tgenabled = t.tgenabled)
GROUP BY con.oid, con.conrelid, con.conname, con.contype, con.conindid ORDER BY 1, 2
"""
_RULES = f"""
SELECT r.ev_class::regclass::text, quote_ident(r.rulename), r.ev_enabled::text
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.ev_enabled IN ('D', 'R') AND {_HERE} ORDER BY 1, 2
"""
_EVENTS = (
    "SELECT quote_ident(evtname), evtenabled::text FROM pg_event_trigger WHERE evtenabled IN ('D', 'R') ORDER BY 1"
)
_SETTINGS = """
SELECT CASE WHEN s.setrole <> 0 THEN quote_ident(r.rolname) END, CASE WHEN s.setdatabase <> 0 THEN
  quote_ident(current_database()) END
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE 'session_replication_role=replica' = ANY (s.setconfig)
  AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 1, 2
"""
_COUNT = f"""
SELECT (SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_HERE})
  + (SELECT count(*) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_HERE} AND n.nspname NOT IN ('pg_catalog', 'information_schema'))
  + (SELECT count(*) FROM pg_event_trigger)
"""
_HOW = {"D": "is disabled", "R": "fires on a replica alone"}


def disabled(asking: Asking) -> Inspected:
    for table, name, how in asking.rows(_TRIGGERS):
        asking.look.flaw(f"trigger {name} on {table}", _HOW[how], f"ALTER TABLE {table} ENABLE TRIGGER {name}")
    _of_constraints(asking)
    for table, name, how in asking.rows(_RULES):
        asking.look.flaw(f"rule {name} on {table}", _HOW[how], f"ALTER TABLE {table} ENABLE RULE {name}")
    for name, how in asking.rows(_EVENTS):
        asking.look.flaw(f"event trigger {name}", _HOW[how], f"ALTER EVENT TRIGGER {name} ENABLE")
    _settings(asking)
    return asking.done(asking.one(_COUNT))


def _of_constraints(asking: Asking) -> None:
    for table, name, is_key, how, tables, index, enable in asking.rows(_OF_CONSTRAINTS):
        off = "disabled" if how == "D" else "firing on a replica alone"
        if is_key:
            kind, comes, then = "foreign key", "rows that name nothing", "what came in meanwhile, `orphans` tells"
        else:
            # A deferrable constraint of this kind is held by its trigger; the building of its index looks at all rows.
            kind, comes = "constraint", "rows that break it"
            then = f"whether any came in, REINDEX INDEX {index} tells, which refuses then and locks out writers"
        asking.look.flaw(
            f"{kind} {name} on {table}",
            f"its triggers on {' and '.join(tables)} are {off}: {comes} come in",
            f"as a superuser, {'; '.join(enable)}; {then}",
        )


def _settings(asking: Asking) -> None:
    given = asking.rows(_SETTINGS)
    off = "is `replica`: no ordinary trigger and no foreign key acts in sessions of"
    for role, database in given:
        where = " in ".join(part for part in (role and f"role {role}", database and f"database {database}") if part)
        alter = f"ALTER ROLE {role or 'ALL'}" if role or not database else f"ALTER DATABASE {database}"
        within = f" IN DATABASE {database}" if role and database else ""
        asking.look.flaw(
            "setting session_replication_role",
            f"{off} {where or 'everybody'}",
            f"{alter}{within} RESET session_replication_role",
        )
    if not given and asking.one("SELECT current_setting('session_replication_role')") == "replica":
        asking.look.flaw(
            "setting session_replication_role",
            f"{off} everybody who sets no other",
            "take it out of postgresql.conf, or of the address of this target",
        )
