"""Lookups of a seed in its own rows: what they find is what the seed says, not what was there before. Asks no server.

Else a row would take over what another is about to lose, and the next run would change it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from schemactl.model.seed import Expanded, Lookup, Rows
from schemactl.running.seed_lookups import lookups_in
from schemactl.running.seed_values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemactl.errors import SchemactlError

_Names = tuple[str, ...]
_Place = tuple[int, str]


class FileFault(Protocol):
    def __call__(self, what: str, *, at: str = "", do: str, kind: str) -> SchemactlError:
        """The error of a seed that alone is at fault."""


def with_own(rows: Rows, is_own: Callable[[str], bool], own: str, fault: FileFault) -> Rows:
    """The rows, with each lookup replaced that asks one of them for a field that it names; the others as they are.

    is_own  whether the object of a lookup is the seed's own
    own     the field that identifies a row there, "" for none
    raises  `fault` for rows that look one another up in a circle
    """
    if rows.columns:
        return rows
    asking = [number for number, row in enumerate(rows.rows) if any(lookups_in(row.values.values()))]
    linked = [one for one in rows.relationships if any(lookups_in(one.values.values()))]
    if not asking and not linked:
        return rows
    finder = _Finder(rows, is_own, own, fault)
    made = list(rows.rows)
    for number in asking:
        made[number] = made[number]._replace(values=finder.values(made[number].values, made[number].at))
    links = [one._replace(values=finder.values(one.values, one.at)) for one in rows.relationships]
    return rows._replace(rows=tuple(made), relationships=tuple(links))


class _Finder:
    def __init__(self, rows: Rows, is_own: Callable[[str], bool], own: str, fault: FileFault) -> None:
        self._rows = rows.rows
        self._once = rows.once
        self._is_own = is_own
        self._own = own
        self._fault = fault
        self._indexes: dict[_Names, Mapping[Any, list[int]]] = {}

    def values(self, values: Mapping[str, Any], at: str) -> dict[str, Any]:
        return {name: self._value(value, at, frozenset()) for name, value in values.items()}

    def _value(self, value: Any, at: str, way: frozenset[_Place]) -> Any:
        """`way`: the places through which it was come to this one."""
        while isinstance(value, Lookup) and (place := self._place(value)) is not None:
            if place in way:
                raise self._fault(
                    f"the lookup {shown(value)} comes back to itself",
                    at=at,
                    do="say the value in one of the rows",
                    kind="lookup",
                )
            way |= {place}
            value = self._rows[place[0]].values[place[1]]
        if isinstance(value, dict):
            return {name: self._value(inner, at, way) for name, inner in value.items()}
        return [self._value(inner, at, way) for inner in value] if isinstance(value, list) else value

    def _place(self, lookup: Lookup) -> _Place | None:
        """The row of the seed, and its field, that it asks for; None where the seed does not say that."""
        field = lookup.field or self._own
        # Of what a row is given once the target knows: the row may be there, and say otherwise.
        if not self._is_own(lookup.object) or not self._once.isdisjoint((field, *lookup.by)):
            return None
        found = self._found(lookup)
        return (found[0], field) if len(found) == 1 and field in self._rows[found[0]].values else None

    def _found(self, lookup: Lookup) -> list[int]:
        names = tuple(lookup.by)
        if names not in self._indexes:
            index: dict[Any, list[int]] = {}
            for number, row in enumerate(self._rows):
                if all(_is_plain(row.values.get(name)) for name in names):
                    index.setdefault(_key(row.values, names), []).append(number)
            self._indexes[names] = index
        return self._indexes[names].get(_key(lookup.by, names), [])


def _is_plain(value: Any) -> bool:
    """Neither NULL, which no lookup asks for, nor what has to be looked up first."""
    return value is not None and not any(lookups_in([value]))


def _key(values: Mapping[str, Any], names: _Names) -> tuple[tuple[type, Any], ...]:
    """By type, too: whether 1 and "1" are the same is for the server to say."""
    return tuple(_typed(values[name]) for name in names)


def _typed(value: Any) -> tuple[type, Any]:
    """A document as it is written, Extended JSON too: whether two ways to write one are the same is for the server."""
    if isinstance(value, dict):
        return dict, tuple((name, _typed(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return list, tuple(map(_typed, value))
    return (str if type(value) is Expanded else type(value)), value
