"""The strongest lock that a statement takes, and on what, as far as its text tells. For people who read a plan.

Source: PostgreSQL 18 manual, "Explicit Locking", and the notes of each command's page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from schemactl.script.statement import Statement

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
SHARE = "SHARE"
SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
ROW_EXCLUSIVE = "ROW EXCLUSIVE"
EXCLUSIVE = "EXCLUSIVE"

_NAME = r'((?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))*)'
# Rules are tried in order; the first that fits decides.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern.replace("NAME", _NAME), re.IGNORECASE | re.DOTALL), lock)
    for pattern, lock in (
        (r"create (?:unique )?index concurrently .*? ?on (?:only )?NAME", SHARE_UPDATE_EXCLUSIVE),
        (r"create (?:unique )?index .*?\bon (?:only )?NAME", SHARE),
        (r"drop index concurrently (?:if exists )?NAME", SHARE_UPDATE_EXCLUSIVE),
        (r"drop index (?:if exists )?NAME", ACCESS_EXCLUSIVE),
        (
            r"reindex .*?concurrently(?: ?\))? (?:table |index |schema |database )?(?:concurrently )?NAME",
            SHARE_UPDATE_EXCLUSIVE,
        ),
        (r"reindex (?:\(.*?\) ?)?index NAME", ACCESS_EXCLUSIVE),
        (r"reindex (?:\(.*?\) ?)?(?:table|schema|database|system) NAME", SHARE),
        (r"alter table (?:if exists )?(?:only )?NAME ?\*? validate constraint", SHARE_UPDATE_EXCLUSIVE),
        (r"alter table (?:if exists )?(?:only )?NAME ?\*? detach partition .* concurrently", SHARE_UPDATE_EXCLUSIVE),
        (r"alter table (?:if exists )?(?:only )?NAME ?\*? attach partition", SHARE_UPDATE_EXCLUSIVE),
        (
            r"alter table (?:if exists )?(?:only )?NAME ?\*? alter (?:column )?\S+ set statistics",
            SHARE_UPDATE_EXCLUSIVE,
        ),
        (r"alter table (?:if exists )?(?:only )?NAME ?\*? (?:set|reset) \(", SHARE_UPDATE_EXCLUSIVE),
        (r"alter table (?:if exists )?(?:only )?NAME ?\*? (?:cluster on|set without cluster)", SHARE_UPDATE_EXCLUSIVE),
        (
            r"alter table (?:if exists )?(?:only )?NAME ?\*? (?:enable|disable) (?:replica |always )?trigger",
            SHARE_ROW_EXCLUSIVE,
        ),
        (r"alter table (?:if exists )?(?:only )?NAME ?\*? add (?:constraint \S+ )?foreign key", SHARE_ROW_EXCLUSIVE),
        (r"alter (?:foreign )?table (?:if exists )?(?:only )?NAME", ACCESS_EXCLUSIVE),
        (r"alter materialized view (?:if exists )?NAME", ACCESS_EXCLUSIVE),
        (r"alter view (?:if exists )?NAME", ACCESS_EXCLUSIVE),
        (r"alter index (?:if exists )?NAME", SHARE_UPDATE_EXCLUSIVE),
        (r"alter sequence (?:if exists )?NAME", SHARE_ROW_EXCLUSIVE),
        (r"drop (?:foreign |materialized )?(?:table|view) (?:if exists )?NAME", ACCESS_EXCLUSIVE),
        (r"truncate (?:table )?(?:only )?NAME", ACCESS_EXCLUSIVE),
        (r"create (?:or replace )?(?:constraint )?trigger .*? on NAME", SHARE_ROW_EXCLUSIVE),
        (r"drop trigger .*? on NAME", ACCESS_EXCLUSIVE),
        (r"(?:create|alter|drop) policy .*? on NAME", ACCESS_EXCLUSIVE),
        (r"create (?:or replace )?rule .*? to NAME", ACCESS_EXCLUSIVE),
        (r"create statistics .*? from NAME", SHARE_UPDATE_EXCLUSIVE),
        (r"refresh materialized view concurrently NAME", EXCLUSIVE),
        (r"refresh materialized view NAME", ACCESS_EXCLUSIVE),
        (r"vacuum ?\(.*?full.*?\) ?NAME", ACCESS_EXCLUSIVE),
        (r"vacuum full (?:verbose |analyze )*NAME", ACCESS_EXCLUSIVE),
        (r"vacuum (?:\(.*?\) ?)?(?:verbose |analyze |freeze )*NAME", SHARE_UPDATE_EXCLUSIVE),
        (r"analyze (?:\(.*?\) ?)?(?:verbose )?NAME", SHARE_UPDATE_EXCLUSIVE),
        (r"cluster (?:\(.*?\) ?)?(?:verbose )?NAME", ACCESS_EXCLUSIVE),
        (r"lock (?:table )?(?:only )?NAME ?(?:in access exclusive mode)?$", ACCESS_EXCLUSIVE),
        (r"insert into NAME", ROW_EXCLUSIVE),
        (r"update (?:only )?NAME", ROW_EXCLUSIVE),
        (r"delete from (?:only )?NAME", ROW_EXCLUSIVE),
        (r"merge into (?:only )?NAME", ROW_EXCLUSIVE),
        (r"copy NAME .*?\bfrom\b", ROW_EXCLUSIVE),
    )
)
_HEADS = re.compile(
    r"create|drop|alter|reindex|truncate|refresh|vacuum|analyze|cluster|lock|insert|update|delete|merge|copy",
    re.IGNORECASE,
)


_CREATES = re.compile(
    r"create (?:unlogged )?(?:table|view|materialized view|sequence) (?:if not exists )?" + _NAME, re.IGNORECASE
)
_REFERENCES = re.compile(r"\breferences\s+" + _NAME, re.IGNORECASE)


def creates(statement: Statement) -> str:
    """The name of the table, view or sequence that the statement creates, else ""."""
    found = _CREATES.match(statement.normal[:400])
    return found.group(1).lower() if found else ""


def lock_of(statement: Statement, *, new: Container[str] = ()) -> str:
    """`ACCESS EXCLUSIVE on users`, or "" where the text shows none that anyone would wait for.

    new  names that the same migration created before: nobody else can see them, so nobody waits
    """
    text = statement.normal[:4000]
    if not _HEADS.match(text):
        return ""
    if creates(statement):
        own = creates(statement)
        old = [name for name in _REFERENCES.findall(text) if name.lower() not in new and name.lower() != own]
        return f"{SHARE_ROW_EXCLUSIVE} on {', '.join(dict.fromkeys(old))}" if old else ""
    for pattern, lock in _RULES:
        found = pattern.match(text)
        if found:
            return f"{lock} on {found.group(1)}" if found.group(1).lower() not in new else ""
    return ""
