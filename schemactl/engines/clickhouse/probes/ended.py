"""What a mutation left that somebody ended: the server forgets it, as if it had never been, and its parts do not.

Two traces stay. A part that it has rewritten bears its number as data version, which no mutation that is listed has.
A part that it has not reached has a column of another type than its table, or one that the table has no more; reading
converts it each time, or fails. That alone proves nothing: an INSERT that began before the change brings such parts
after it, and types that are stored alike stay as they are. So a mutation that is listed as done speaks for its columns,
and the server is asked whether two types are one to it. Tried on 18.16 and 26.9 (tests/engines/clickhouse/test_ended.py
and test_types.py); the numbers of parts are in the manual under "MergeTree", Data Storage.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.probes.rows import parts_of
from schemactl.engines.clickhouse.server import DEFAULT_OF

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.probes.site import Site
    from schemactl.engines.clickhouse.statements import Known
    from schemactl.running.hands import Before

_OURS_ALONE: Final = ("_row_exists", "_block_number", "_block_offset")
"""Columns that parts have for the server itself."""
_WRAPPERS: Final = re.compile(r"^(?:Nullable|Array|LowCardinality)\((.*)\)$")
_ENUM: Final = re.compile(r"^(Enum(?:8|16))\((.*)\)$")
_ITEM: Final = re.compile(r"'(?:[^'\\]|\\.|'')*' = -?\d+")
# What a change of the type leaves as it is in the parts: the bytes are the same (ClickHouse's MergeTreeData.cpp,
# isMetadataOnlyConversion).
_SAME_BYTES: Final = (
    ("Enum8", "Int8"),
    ("Enum16", "Int16"),
    ("DateTime", "UInt32"),
    ("UInt32", "DateTime"),
    ("Date", "UInt16"),
    ("UInt16", "Date"),
)


class Stale(NamedTuple):
    """A column that parts have otherwise than their table. `now`: its type in the table, "" where it has none."""

    column: str
    was: str
    now: str

    def __str__(self) -> str:
        table = f"{self.now} in the table" if self.now else "gone from the table"
        return f"column {self.column} is {table} and {self.was} in parts"


def columns_before(site: Site, known: Known) -> list[Stale]:
    """What is stale already; [] where the statement rewrites no column."""
    return _stale(site, known) if known.rewrites else []


def stale(site: Site, known: Known, noted: Before) -> list[Stale]:
    """The columns that the statement changed in the table, and parts do not have so."""
    if not known.rewrites:
        return []
    before = {tuple(one) for one in noted.get("stale", ())}
    within = None if site.facts.has_fail_reason else noted.get("versions")
    found = [one for one in _stale(site, known, within) if tuple(one) not in before]
    if not found or not site.facts.has_fail_reason:
        return found
    done = _done(site, known, noted)
    return [one for one in found if not any(_names_column(command, one.column) for command in done)]


def versions(site: Site, known: Known) -> dict[str, int]:
    """The highest number that a part of each partition bears: every later mutation has a higher one."""
    rows = site.link.ask(
        "SELECT partition_id, max(greatest(toInt64(max_block_number), toInt64(data_version))) FROM system.parts"
        f" WHERE {parts_of(known)} GROUP BY partition_id"
    )
    return {str(partition): int(number) for partition, number in rows}


def rewritten(site: Site, known: Known, noted: Before) -> int:
    """How many parts a mutation has rewritten that came since and is not listed any more."""
    before = noted.get("versions")
    if before is None:
        return 0
    listed = {
        (str(partition), int(number))
        for partition, number in site.link.ask(
            "SELECT partition, number FROM system.mutations"
            " ARRAY JOIN block_numbers.partition_id AS partition, block_numbers.number AS number"
            f" WHERE {parts_of(known)}"
        )
    }
    parts = site.link.ask(
        "SELECT partition_id, toInt64(data_version), count() FROM system.parts"
        f" WHERE {parts_of(known)} AND toInt64(data_version) > toInt64(min_block_number)"
        " GROUP BY partition_id, toInt64(data_version)"
    )
    return sum(
        int(count)
        for partition, number, count in parts
        # Outside replicated tables one number holds for all partitions, whose name is "" then.
        if int(number) > before.get(str(partition), -1) and not {(str(partition), number), ("", number)} & listed
    )


def _done(site: Site, known: Known, noted: Before) -> list[str]:
    """The commands of the mutations that are new since and done; one that was killed is not, or not listed."""
    killed = " AND NOT is_killed" if site.facts.has_is_killed else ""
    rows = site.link.ask(
        f"SELECT mutation_id, command FROM system.mutations WHERE {parts_of(known)} AND is_done{killed}"
    )
    return [str(command) for id_, command in rows if str(id_) not in noted.get("mutations", ())]


def _names_column(command: str, column: str) -> bool:
    """Whether a mutation's command changes the column, or the Nested that it is a part of."""
    names = "|".join(re.escape(name) for name in (column, column.partition(".")[0]))
    said = rf"\b(?:MODIFY|ALTER|DROP|RENAME) COLUMN (?:IF EXISTS )?[`\"]?(?:{names})(?![\w.])"
    return re.search(said, command) is not None


def _stale(site: Site, known: Known, within: dict[str, int] | None = None) -> list[Stale]:
    """`within`: the highest number that a part of each partition bore; later ones do not count. None for all parts."""
    if "type" not in site.facts.columns.get("parts_columns", ()):
        return []
    rows = site.link.ask(f"SELECT name, type FROM system.columns WHERE {parts_of(known)}")
    table = {str(name): str(type_) for name, type_ in rows}
    old = _parts_until(site, known, within) if within is not None else None
    parts = site.link.ask(
        "SELECT column, type, groupArray(name) FROM system.parts_columns"
        f" WHERE {parts_of(known)} AND active GROUP BY column, type ORDER BY column, type"
    )
    found = [
        Stale(str(name), str(type_), table.get(str(name), ""))
        for name, type_, among in parts
        if name not in _OURS_ALONE and (old is None or old.intersection(among))
    ]
    return [one for one in found if not _is_as_in_the_table(one.was, one.now) and not _are_one(site, one.was, one.now)]


def _parts_until(site: Site, known: Known, within: dict[str, int]) -> set[str]:
    """The parts with rows from before, by the numbers noted then."""
    rows = site.link.ask(
        f"SELECT name, partition_id, toInt64(min_block_number) FROM system.parts WHERE {parts_of(known)} AND active"
    )
    return {str(name) for name, partition, first in rows if int(first) <= within.get(str(partition), -1)}


def _are_one(site: Site, was: str, now: str) -> bool:
    """Whether two types differ by name alone, as Bool and UInt8, by the server's own rule for them.

    The type of an array is its first item's where all items' are one, and one for all in whatever order otherwise
    (ClickHouse's getLeastSupertype.cpp; the same `equals` decides whether a change rewrites parts).
    """
    if not now or DEFAULT_OF not in site.facts.functions:
        return False
    one, other = (f"{DEFAULT_OF}({literal.text(name)})" for name in (was, now))
    try:
        rows = site.link.ask(f"SELECT toTypeName([{one}, {other}]) != toTypeName([{other}, {one}])")
    except ServerError as error:
        if error.failure.gone:
            raise
        return False  # types that have no common one
    return bool(rows[0][0])


def _is_as_in_the_table(was: str, now: str) -> bool:
    """Whether a part of the type `was` is left as it is by a change to `now`."""
    while (old := _WRAPPERS.match(was)) and (new := _WRAPPERS.match(now)) and was.split("(")[0] == now.split("(")[0]:
        was, now = old[1], new[1]
    if was == now:
        return True
    old, new = _ENUM.match(was), _ENUM.match(now)
    if old and new:
        return old[1] == new[1] and set(_ITEM.findall(old[2])) <= set(_ITEM.findall(new[2]))
    # A time zone is no part of what is stored.
    return (was.split("(")[0], now.split("(")[0]) in (*_SAME_BYTES, ("DateTime", "DateTime"))
