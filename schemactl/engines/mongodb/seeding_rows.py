"""A seed's rows set against their collection: which are there, which differ, in what, and which wait for others.

Reads only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.mongodb.seeding_find import Key, Lookups, UnresolvedError, found_by, lookups_in
from schemactl.engines.mongodb.seeding_values import at_path, bson_of, key_part, refuse_overlap, same, text_of
from schemactl.model.seed import Difference
from schemactl.running.seed_faults import RowError
from schemactl.running.seed_values import pair, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.errors import SchemactlError
    from schemactl.model.seed import Rows, SeedRow
    from schemactl.running.seed_faults import Faults


class Row(NamedTuple):
    """A row whose lookups are found: `fields` by path, as BSON."""

    number: int
    row: SeedRow
    fields: dict[str, Any]


class Matched(NamedTuple):
    """A row and its document, None where it has none; `changes`: the fields to set."""

    row: Row
    document: Document | None
    changes: dict[str, Any]


class SeedRows:
    """The rows of one seed. `ready` gives each of them once, as soon as all that it looks up is there."""

    def __init__(self, sender: Sender, rows: Rows, faults: Faults) -> None:
        self._sender = sender
        self._rows = rows
        self._faults = faults
        self._lookups = Lookups(sender, faults)
        self._seen: dict[Key, int] = {}
        self._waiting = list(range(len(rows.rows)))
        for row in rows.rows:
            self._check(row)

    def ready(self) -> list[Row]:
        """The rows among those that wait for which everything is found now. raises  SchemactlError; RefusedError"""
        self._lookups.ask(self._rows.rows[number] for number in self._waiting)
        found, waiting = [], []
        for number in self._waiting:
            row = self._rows.rows[number]
            try:
                found.append(Row(number, row, self._bson(row, row.values)))
            except UnresolvedError:
                waiting.append(number)
        self._waiting = waiting
        self._refuse_twins(found)
        return found

    def waiting(self) -> tuple[list[Row], int]:
        """The rows that still wait, with what of them is known; and how many have a lookup in their very key."""
        told, unknown = [], 0
        for number in self._waiting:
            row = self._rows.rows[number]
            known = {name: value for name, value in row.values.items() if not any(lookups_in([value]))}
            if all(name in known for name in self._rows.key):
                told.append(Row(number, row, self._bson(row, known)))
            else:
                unknown += 1
        self._refuse_twins(told)
        return told, unknown

    def unresolved(self) -> SchemactlError | None:
        """The error of the first row that waits for what is nowhere."""
        if not self._waiting:
            return None
        row = self._rows.rows[self._waiting[0]]
        lookup = next(one for one in lookups_in(row.values.values()) if not self._is_found(one))
        return self._faults.target(
            f"the lookup {shown(lookup)} finds nothing",
            at=row.at,
            do="add what it looks for, here or in an earlier seed, or correct it",
            kind="lookup",
        )

    def match(self, rows: Sequence[Row]) -> list[Matched]:
        """raises  StatementError where several documents have the key of a row; RefusedError"""
        if not rows:
            return []
        fields = {name for row in rows for name in row.fields}
        keys = [[row.fields[name] for name in self._rows.key] for row in rows]
        found = found_by(self._sender, self._rows.object, self._rows.key, keys, fields)
        matched = []
        for row in rows:
            documents = found.get(self._key(row), [])
            if len(documents) > 1:
                raise self._faults.target(
                    f"{len(documents)} documents of {self._rows.object} have the key {self._told(row)}",
                    at=row.row.at,
                    do="remove what is there twice, or give the seed a key that tells them apart",
                    kind="duplicate_key",
                )
            document = documents[0] if documents else None
            matched.append(Matched(row, document, _changes(row, document) if document is not None else {}))
        return matched

    def difference(self, matched: Matched) -> Difference:
        """What a row changes, for people; what it looks up and does not find yet is told, too."""
        row = matched.row.row
        names = [name for name in row.values if name in matched.changes or name not in matched.row.fields]
        pairs = tuple(pair(name, text_of(at_path(matched.document, name)), row.values[name]) for name in names)
        return Difference(row.at, self._told(matched.row), pairs)

    def _bson(self, row: SeedRow, values: Any) -> dict[str, Any]:
        fields = {}
        for name, value in values.items():
            try:
                fields[name] = bson_of(value, self._lookups.value)
            except RowError as error:
                raise self._wrong(row, f"{name}: {error}") from None
        return fields

    def _check(self, row: SeedRow) -> None:
        try:
            refuse_overlap(row.values)
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
        return tuple(key_part(row.fields[name]) for name in self._rows.key)

    def _told(self, row: Row) -> str:
        return ", ".join(f"{name} = {shown(row.row.values[name])}" for name in self._rows.key)

    def _is_found(self, lookup: Any) -> bool:
        try:
            self._lookups.value(lookup)
        except UnresolvedError:
            return False
        return True


def _changes(row: Row, document: Document) -> dict[str, Any]:
    fields = row.fields.items()
    # Of an `_id` the type may differ (1, 1.0), and no server changes it.
    return {name: value for name, value in fields if name != "_id" and same(value) != same(at_path(document, name))}
