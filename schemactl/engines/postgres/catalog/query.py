"""What a catalogue query is, and the SQL fragments that all of them share. Sends nothing itself.

A query answers with `kind`, then `width` columns that name the object, then one column for each fact, named as the
fact. A fact that is NULL or false is left out, so each query says NULL where a property has its default: a catalogue
tells what somebody chose, and a property that a newer server invented does not differ while nobody uses it.
The fact `unread` says that the session could not see all of an object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Server:
    """What the text of a query depends on: the major version, and what only some sessions may read.

    reads_conninfo  how subscriptions reach the other side: a superuser, or who was given that column
    """

    major: int
    reads_conninfo: bool

    def since(self, major: int, column: str, otherwise: str = "NULL") -> str:
        """`column` where the server has it, `otherwise` on an older one."""
        return column if self.major >= major else otherwise


@dataclass(frozen=True, slots=True)
class CatalogQuery:
    """One set-based query over the whole database.

    width  how many columns after `kind` are the identity, outermost name first
    sql    the text for a server; may hold the parameter %(ours)s
    """

    width: int
    sql: Callable[[Server], str]


# No one but the server makes schemas that begin with pg_ (manual, CREATE SCHEMA).
SCHEMAS = (
    "ns AS MATERIALIZED (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_'"
    " AND nspname <> 'information_schema' AND nspname <> %(ours)s)"
)

# The first OID that is not initdb's (access/transam.h, FirstNormalObjectId); pg_dump draws the same line.
FIRST_USER_OID = 16384


def own(catalog: str, oid: str) -> str:
    """A condition: the object is not a member of an extension."""
    # NOT IN is hashed once; NOT EXISTS is planned as a nested loop, since members are estimated to be one.
    return (
        f"{oid} NOT IN (SELECT dep.objid FROM pg_depend dep WHERE dep.refclassid = 'pg_extension'::regclass"
        f" AND dep.classid = '{catalog}'::regclass AND dep.deptype = 'e')"
    )


def commented(catalog: str, oid: str, column: str = "0") -> str:
    """A join that adds `com.description`."""
    return (
        f"LEFT JOIN pg_description com ON com.classoid = '{catalog}'::regclass"
        f" AND com.objoid = {oid} AND com.objsubid = {column}"
    )


def owner(oid: str) -> str:
    return f"pg_get_userbyid({oid}) AS owner"


def grants(letter: str, acl: str, owner_oid: str) -> str:
    """The fact `grants` as grants.py reads it: object type, owner, items; NULL where the server has its default."""
    return (
        f"CASE WHEN {acl} IS NOT NULL THEN ARRAY['{letter}', pg_get_userbyid({owner_oid})::text]"
        f" || {acl}::text[] END AS grants"
    )


def ordered(array: str) -> str:
    """A text array in order, so that the sequence in which options were set does not matter."""
    return f'(SELECT array_agg(item ORDER BY item COLLATE "C") FROM unnest({array}) item)'


def function(oid: str) -> str:
    """The name and argument types of a function, NULL for none."""
    return f"CASE WHEN {oid} <> 0 THEN {oid}::regprocedure::text END"


def word(column: str, **words: str) -> str:
    """A one-letter code as a word; a letter that has none here is the default, so NULL."""
    cases = " ".join(f"WHEN '{letter}' THEN '{text}'" for letter, text in words.items())
    return f"CASE {column} {cases} END"
