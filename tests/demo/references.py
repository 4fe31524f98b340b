"""A platform's references followed from server to server: every value at one end, and which the other end lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from schemactl.project.references import Endpoint, Reference
from tests.demo.places import Place, Row, opened

_LEVEL = re.compile(r'(?P<name>"(?:""|[^"])+"|[^.\[\]()]+)(?P<lists>(?:\[\])*)(?:\.|\Z)')


class Followed(NamedTuple):
    """A reference that was followed. `values`: how many stand at its source, those it ignores left out."""

    reference: Reference
    values: int
    orphans: tuple[str, ...]

    @property
    def broken(self) -> bool:
        return self.reference.on_orphan == "fail" and len(self.orphans) > self.reference.max_orphans

    @property
    def verdict(self) -> str:
        """Nothing looked at is not "holds"."""
        if self.orphans:
            return "broken" if self.broken else "let pass"
        return "holds" if self.values else "no values"


def follow(references: Sequence[Reference], places: Iterable[Place]) -> list[Followed]:
    """Each reference as the servers are now; every target is opened once."""
    ends = {end for one in references for end in (one.source, one.referred)}
    found: dict[Endpoint, list[str]] = {}
    for place in places:
        here = [end for end in ends if end.target == place.target]
        if here:
            with opened(place) as look:
                for end in here:
                    found[end] = list(values(look.rows(end.object, end.where), end))
    return [_followed(one, found[one.source], set(found[one.referred])) for one in references]


def _followed(reference: Reference, source: Sequence[str], there: set[str]) -> Followed:
    return Followed(reference, len(source), tuple(value for value in source if value not in there))


def values(rows: Iterable[Row], end: Endpoint) -> Iterator[str]:
    """The values at an endpoint, in the form in which they are compared; NULL is no reference."""
    for row in rows:
        for value in at_path(row, end.path):
            text = str(value).lower() if end.compare_as in ("uuid", "oid") else str(value)
            if text not in end.ignore:
                yield text


def at_path(row: Row, path: str) -> list[Any]:
    """What stands at a path of platform.toml in a row or document, lists followed where it says `[]`.

    raises  ValueError for a composite, which no reference of the demo has
    """
    found: list[Any] = [row]
    at = 0
    while at < len(path):
        level = _LEVEL.match(path, at)
        if level is None:
            raise ValueError(f"the demo cannot follow the path {path}")
        name = level["name"]
        name = name[1:-1].replace('""', '"') if name.startswith('"') else name
        found = [one[name] for one in found if isinstance(one, dict) and one.get(name) is not None]
        for _ in range(level["lists"].count("[]")):
            found = [inner for one in found for inner in one]
        at = level.end()
    return [one for one in found if one is not None]
