"""A seed's rows set against what is there: which are there, which differ, in what, and which wait for others.

Reads only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.model.seed import SHOWN, Compared, Difference
from schemactl.running.seed_faults import RowError
from schemactl.running.seed_lookups import Lookups, UnresolvedError, lookups_in
from schemactl.running.seed_values import keyed, pair, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from schemactl.errors import SchemactlError
    from schemactl.model.seed import Rows, SeedRow
    from schemactl.running.seed_faults import Faults
    from schemactl.running.seed_lookups import Key, Shelf

AT_ONCE: Final = 10_000
"""So many rows are in hand at a time: a seed's size is no matter of memory."""


class Row(NamedTuple):
    """A row whose lookups are found: `fields` as the driver takes them."""

    number: int
    row: SeedRow
    fields: dict[str, Any]


class Matched(NamedTuple):
    """A row and what is there of it, None where nothing is; `changes`: the fields to set."""

    row: Row
    there: Any
    changes: dict[str, Any]


class SeedRows:
    """The rows of one seed. `plain` and `ready` give each of them once, as soon as all that it looks up is there."""

    def __init__(self, shelf: Shelf, rows: Rows, faults: Faults) -> None:
        self._shelf = shelf
        self._rows = rows
        self._faults = faults
        self._lookups = Lookups(shelf, faults)
        self._seen: dict[Key, int] = {}
        self._waiting = list(range(len(rows.rows)))
        for row in rows.rows[:1] if rows.columns else rows.rows:
            self._check(row)

    def plain(self) -> Iterator[list[Row]]:
        """The rows that look nothing up, AT_ONCE at a time. raises  SchemactlError"""
        is_plain = bool(self._rows.columns)
        return self._portions(lambda row: is_plain or not any(lookups_in(row.values.values())))

    def ready(self) -> Iterator[list[Row]]:
        """The rows among those that wait for which everything is found now, AT_ONCE at a time.

        raises  SchemactlError; RefusedError
        """
        if not self._rows.columns:
            self._lookups.ask(self._rows.rows[number] for number in self._waiting)
        return self._portions(lambda _: True)

    def _portions(self, takes: Callable[[SeedRow], bool]) -> Iterator[list[Row]]:
        waiting, self._waiting = self._waiting, []
        portion: list[Row] = []
        for number in waiting:
            row = self._rows.rows[number]
            try:
                taken = Row(number, row, self._taken(row, row.values)) if takes(row) else None
            except UnresolvedError:
                taken = None
            if taken is None:
                self._waiting.append(number)
                continue
            portion.append(taken)
            if len(portion) == AT_ONCE:
                self._refuse_twins(portion)
                yield portion
                portion = []
        self._refuse_twins(portion)
        if portion:
            yield portion

    def waiting(self) -> list[Row]:
        """The rows that still wait, with what of them is known; not those with a lookup in their very key."""
        told = []
        for number in self._waiting:
            row = self._rows.rows[number]
            known = {name: value for name, value in row.values.items() if not any(lookups_in([value]))}
            if all(name in known for name in self._rows.key):
                told.append(Row(number, row, self._taken(row, known)))
        self._refuse_twins(told)
        return told

    @property
    def left(self) -> int:
        """How many rows wait."""
        return len(self._waiting)

    def unresolved(self) -> SchemactlError:
        """The error of the first row that waits, for what is nowhere."""
        row = self._rows.rows[self._waiting[0]]
        lookup = next(one for one in lookups_in(row.values.values()) if not self._is_found(one))
        return self._faults.target(
            f"the lookup {shown(lookup)} finds nothing",
            at=row.at,
            do="add what it looks for, here or in an earlier seed, or correct it",
            kind="lookup",
        )

    def match(self, rows: Sequence[Row]) -> list[Matched]:
        """raises  StatementError where several have the key of a row; RefusedError"""
        if not rows:
            return []
        fields = {name for row in rows for name in row.fields} - self._rows.once
        keys = [[row.fields[name] for name in self._rows.key] for row in rows]
        found = self._shelf.found_by(self._rows.object, self._rows.key, keys, fields)
        matched = []
        for row in rows:
            found_here = found.get(self._key(row), [])
            if len(found_here) > 1:
                raise self._faults.target(
                    f"{len(found_here)} {self._shelf.noun} of {self._rows.object} have the key {self._told(row)}",
                    at=row.row.at,
                    do="remove what is there twice, or give the seed a key that tells them apart",
                    kind="duplicate_key",
                )
            there = found_here[0] if found_here else None
            if there is not None:
                self._refuse_another(row, there)
            matched.append(Matched(row, there, self._changes(row, there) if there is not None else {}))
        return matched

    def difference(self, matched: Matched) -> Difference:
        """What a row changes, for people; what it looks up and does not find yet is told, too."""
        row = matched.row.row
        names = [name for name in row.values if name in matched.changes or name in self._unfound(matched.row)]
        pairs = tuple(
            pair(name, self._shelf.text(self._shelf.at(matched.there, name)), row.values[name]) for name in names
        )
        return Difference(row.at, self._told(matched.row), pairs)

    def differs(self, matched: Matched) -> bool:
        """Whether a row that is there changes, or may: what it looks up and does not find yet is another value."""
        return bool(matched.changes or self._unfound(matched.row))

    def _unfound(self, row: Row) -> set[str]:
        return set(row.row.values) - row.fields.keys() - self._rows.once

    def _taken(self, row: SeedRow, values: Any) -> dict[str, Any]:
        fields = {}
        for name, value in values.items():
            try:
                fields[name] = self._shelf.value(value, self._lookups.value)
            except RowError as error:
                raise self._wrong(row, f"{name}: {error}") from None
        return fields

    def _check(self, row: SeedRow) -> None:
        try:
            self._shelf.check(row.values)
        except RowError as error:
            raise self._wrong(row, str(error)) from None
        wanting = next((name for name in self._rows.key if name not in row.values), None)
        if wanting is not None:
            raise self._faults.file(
                f"the row has no `{wanting}`, which is part of its key",
                at=row.at,
                do=f'name it in the row: "{wanting}" = …',
                kind="missing_key",
            )

    def _wrong(self, row: SeedRow, what: str) -> SchemactlError:
        return self._faults.file(what, at=row.at, do="correct the row", kind="wrong_value")

    def _refuse_twins(self, rows: Iterable[Row]) -> None:
        for row in rows:
            other = self._seen.setdefault(self._key(row), row.number)
            if other == row.number:
                continue
            first, last = sorted((other, row.number))
            raise self._faults.file(
                f"two rows have the key {self._told(row)}: {self._rows.rows[first].at} and {self._rows.rows[last].at}",
                at=self._rows.rows[last].at,
                do="keep one of them, or give the seed a key that tells them apart",
                kind="duplicate_key",
            )

    def _key(self, row: Row) -> Key:
        return tuple(self._shelf.key_part(row.fields[name]) for name in self._rows.key)

    def _told(self, row: Row) -> str:
        return ", ".join(keyed(name, shown(row.row.values[name])) for name in self._rows.key)

    def _refuse_another(self, row: Row, there: Any) -> None:
        """Found by the key, and another by what nothing changes: whoever refers to the seed's would find nothing."""
        shelf = self._shelf
        for name in (shelf.fixed & row.fields.keys()) - self._rows.once:
            now = shelf.at(there, name)
            if shelf.key_part(now) != shelf.key_part(row.fields[name]):
                raise self._faults.target(
                    f"what is there with the key {self._told(row)} has the {name} {shelf.text(now)},"
                    f" not {shown(row.row.values[name])}, and that cannot be changed",
                    at=row.row.at,
                    do=f"remove it, or correct the {name} or the key in the row",
                    kind="duplicate_key",
                )

    def _is_found(self, lookup: Any) -> bool:
        try:
            self._lookups.value(lookup)
        except UnresolvedError:
            return False
        return True

    def _changes(self, row: Row, there: Any) -> dict[str, Any]:
        shelf, left = self._shelf, self._shelf.fixed | self._rows.once
        fields = [(name, value) for name, value in row.fields.items() if name not in left]
        return {name: value for name, value in fields if shelf.same(value) != shelf.same(shelf.at(there, name))}


class _Tally:
    """Counts what was matched, and keeps the first of those that differ."""

    def __init__(self) -> None:
        self.added = self.changed = self.same = 0
        self._first: list[Matched] = []

    def take(self, matched: Iterable[Matched]) -> None:
        for one in matched:
            if one.there is None:
                self.added += 1
            elif one.changes:
                self.differs(one)
            else:
                self.same += 1

    def differs(self, one: Matched) -> None:
        self.changed += 1
        self._first.append(one)
        if len(self._first) > 8 * SHOWN:
            self._first = self._shown()

    def told(self, seed_rows: SeedRows) -> Compared:
        return Compared(self.added, self.changed, self.same, tuple(map(seed_rows.difference, self._shown())))

    def _shown(self) -> list[Matched]:
        return sorted(self._first, key=lambda one: one.row.number)[:SHOWN]


def compared(seed_rows: SeedRows, total: int) -> Compared:
    """Nothing is written: what a lookup does not find yet is not there. raises  SchemactlError; RefusedError"""
    tally = _Tally()
    for ready in seed_rows.ready():
        tally.take(seed_rows.match(ready))
    for one in seed_rows.match(seed_rows.waiting()):
        if one.there is not None and seed_rows.differs(one):
            tally.differs(one)
        elif one.there is not None:
            tally.same += 1
    tally.added = total - tally.changed - tally.same
    return tally.told(seed_rows)


def written(seed_rows: SeedRows, write: Callable[[Sequence[Matched]], None]) -> Compared:
    """Write what differs: rows that wait for others of this seed come after those, pass by pass."""
    tally = _Tally()

    def take(portions: Iterable[Sequence[Row]]) -> None:
        for portion in portions:
            found = seed_rows.match(portion)
            write(found)
            tally.take(found)

    take(seed_rows.plain())
    while left := seed_rows.left:
        take(seed_rows.ready())
        if seed_rows.left == left:
            raise seed_rows.unresolved()
    return tally.told(seed_rows)
