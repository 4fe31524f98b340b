"""The lookups of a seed's rows, asked of whatever holds the rows. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from schemactl.model.seed import Lookup, SeedRow
from schemactl.running.seed_faults import RowError
from schemactl.running.seed_values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from schemactl.running.seed_faults import Faults

Key = tuple[Any, ...]


class Shelf(Protocol):
    """What an engine knows of its rows (documents, nodes). Each that was found is a value of its own, seen by `at`.

    noun    what several are called
    own     the field that identifies one, "" where there is none
    fixed   fields that nothing changes
    absent  what `at` gives for a field that is not there
    """

    @property
    def noun(self) -> str: ...
    @property
    def own(self) -> str: ...
    @property
    def fixed(self) -> frozenset[str]: ...
    @property
    def absent(self) -> Any: ...

    def found_by(
        self, written: str, names: Sequence[str], values: Sequence[Sequence[Any]], fields: Iterable[str]
    ) -> Mapping[Key, list[Any]]:
        """Those of the object `written` whose fields `names` have these values, by `key_part` of them.

        fields  what is asked of them beside
        raises  RefusedError
        """

    def value(self, value: Any, found: Callable[[Lookup], Any]) -> Any:
        """A value of a seed as the driver takes it; a lookup as `found` says. raises  RowError"""

    def key_part(self, value: Any) -> Any:
        """What all values have in common that one key finds; hashable."""

    def same(self, value: Any) -> Any:
        """What two values have in common that are the same."""

    def at(self, there: Any, name: str) -> Any:
        """A field of what was found."""

    def text(self, value: Any) -> str:
        """A value as people read it."""

    def check(self, names: Iterable[str]) -> None:
        """raises  RowError where one of the names of a row's fields cannot be, or not beside the others"""


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


class Lookups:
    """What the lookups of one seed find; asked again for those that found nothing before."""

    def __init__(self, shelf: Shelf, faults: Faults) -> None:
        self._shelf = shelf
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
            found = self._shelf.found_by(collection, names, [values for _, _, values in some.values()], fields)
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

    def _one(self, wanted: _Wanted, documents: list[Any], row: SeedRow, lookup: Lookup) -> Any:
        absent = self._shelf.absent
        value = self._shelf.at(documents[0], wanted.field) if len(documents) == 1 else absent
        if value is absent:
            several = f"finds {len(documents)} {self._shelf.noun}"
            raise self._faults.target(
                f"the lookup {shown(lookup)} {several if len(documents) > 1 else f'finds one without {wanted.field}'}",
                at=row.at,
                do="look for what one alone has",
                kind="lookup",
            )
        return value

    def _wanted(self, lookup: Lookup, row: SeedRow | None) -> tuple[_Wanted, list[Any]]:
        names, field = tuple(lookup.by), lookup.field or self._shelf.own
        if not field:
            raise self._faults.file(
                f"the lookup {shown(lookup)} does not say which property it gets",
                at=row.at if row is not None else "",
                do='add get = "…"',
                kind="lookup",
            )
        try:
            values = [self._shelf.value(lookup.by[name], self._never) for name in names]
        except RowError as error:
            raise self._faults.file(
                f"the lookup {shown(lookup)}: {error}",
                at=row.at if row is not None else "",
                do="correct the row",
                kind="wrong_value",
            ) from None
        return _Wanted(lookup.object, names, tuple(map(self._shelf.key_part, values)), field), values

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
