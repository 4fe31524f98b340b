"""Documents found by many keys at once, and the lookups of a seed's rows. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemactl.engines.mongodb.seeding_values import ABSENT, at_path, bson_of, key_part
from schemactl.model.seed import Lookup, SeedRow
from schemactl.running.seed_faults import RowError
from schemactl.running.seed_values import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.running.seed_faults import Faults

_AT_ONCE: Final = 10_000
Key = tuple[Any, ...]


class _Wanted(NamedTuple):
    """A lookup as it is asked for: one question for all that are alike."""

    object: str
    names: tuple[str, ...]
    key: Key
    field: str


class UnresolvedError(Exception):
    """A lookup that finds no document yet."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(shown(lookup))


def found_by(
    sender: Sender, collection: str, names: Sequence[str], values: Sequence[Sequence[Any]], fields: Iterable[str]
) -> dict[Key, list[Document]]:
    """The documents of each key: those whose fields `names` have these values. raises  RefusedError

    fields  what is asked of them beside `_id` and the key
    """
    roots = {path.split(".")[0]: 1 for path in (*names, *fields, "_id")}
    target = sender.session.db[collection]
    found: dict[Key, list[Document]] = {}
    for first in range(0, len(values), _AT_ONCE):
        some = values[first : first + _AT_ONCE]
        wanted = {tuple(map(key_part, one)) for one in some}
        query = {
            name: {"$in": list({key_part(one[number]): one[number] for one in some}.values())}
            for number, name in enumerate(names)
        }
        sender.look_within()
        documents = sender.answered(lambda query=query: list(target.find(query, roots, session=sender.within)))  # type: ignore[misc]
        for document in documents:
            key = tuple(key_part(at_path(document, name)) for name in names)
            if key in wanted:
                found.setdefault(key, []).append(document)
    return found


class Lookups:
    """What the lookups of one seed find; asked again for those that found nothing before."""

    def __init__(self, sender: Sender, faults: Faults) -> None:
        self._sender = sender
        self._faults = faults
        self._known: dict[_Wanted, Any] = {}

    def ask(self, rows: Iterable[SeedRow]) -> None:
        """Find what these rows look up. raises  StatementError where one finds several; RefusedError"""
        asked: dict[tuple[str, tuple[str, ...]], dict[_Wanted, tuple[SeedRow, Lookup, list[Any]]]] = {}
        for row in rows:
            for lookup in lookups_in(row.values.values()):
                wanted, values = self._wanted(lookup, row)
                if wanted not in self._known:
                    asked.setdefault(wanted[:2], {})[wanted] = (row, lookup, values)
        for (collection, names), some in asked.items():
            fields = {wanted.field for wanted in some}
            found = found_by(self._sender, collection, names, [values for _, _, values in some.values()], fields)
            for wanted, (row, lookup, _) in some.items():
                documents = found.get(wanted.key, [])
                if documents:
                    self._known[wanted] = self._one(wanted, documents, row, lookup)

    def value(self, lookup: Lookup) -> Any:
        """raises  UnresolvedError"""
        wanted, _ = self._wanted(lookup, None)
        if wanted not in self._known:
            raise UnresolvedError(lookup)
        return self._known[wanted]

    def _one(self, wanted: _Wanted, documents: list[Document], row: SeedRow, lookup: Lookup) -> Any:
        value = at_path(documents[0], wanted.field) if len(documents) == 1 else ABSENT
        if value is ABSENT:
            several = f"finds {len(documents)} documents"
            raise self._faults.target(
                f"the lookup {shown(lookup)} {several if len(documents) > 1 else f'finds one without {wanted.field}'}",
                at=row.at,
                do="look for what one document alone has",
                kind="lookup",
            )
        return value

    def _wanted(self, lookup: Lookup, row: SeedRow | None) -> tuple[_Wanted, list[Any]]:
        names = tuple(lookup.by)
        try:
            values = [bson_of(lookup.by[name], self._never) for name in names]
        except RowError as error:
            raise self._faults.file(
                f"the lookup {shown(lookup)}: {error}",
                at=row.at if row is not None else "",
                do="correct the row",
                kind="wrong_value",
            ) from None
        return _Wanted(lookup.object, names, tuple(map(key_part, values)), lookup.field or "_id"), values

    @staticmethod
    def _never(lookup: Lookup) -> Any:
        raise RowError("a lookup within a lookup")


def lookups_in(values: Iterable[Any]) -> Iterator[Lookup]:
    for value in values:
        if isinstance(value, Lookup):
            yield value
        elif isinstance(value, dict):
            yield from lookups_in(value.values())
        elif isinstance(value, list):
            yield from lookups_in(value)
