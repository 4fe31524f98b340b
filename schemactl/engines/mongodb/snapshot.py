"""A database's catalogue as commands that make it (contract: Snapshots). Pure: reads the catalogue, asks no server.

Left out is what a server adds of itself: the index on _id, and the version of a collation's rules. A user's password is
never in it: `createUser` stands without `pwd`, and no server takes it so. Where a role names its own database there
stands `$database`, which no database can be called.
source  MongoDB's manual, "create", "createIndexes", "createUser", "createRole", "Clustered Collections", "Collation"
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from schemactl.model.snapshot import Block
from schemactl.running.need_order import Needs, need_order
from schemactl.script.snapshot_json import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from schemactl.model.catalog import Catalog, CatalogObject

Document = dict[str, Any]

_STORED: Final = ("collection", "time series")
_ON_ID: Final = "_id_"
_SOURCES: Final = {"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}
_SIMPLE: Final = {"locale": "simple"}


class MongoSnapshots:
    def blocks(self, catalog: Catalog) -> tuple[Block, ...]:
        """Collections, each with its indexes behind it; views; then roles and users, which not every server has."""
        stored = [item for item in catalog.objects if item.kind in _STORED]
        indexes: dict[str, list[CatalogObject]] = {}
        for item in catalog.objects:
            if item.kind == "index":
                indexes.setdefault(item.identity[0], []).append(item)
        found = []
        for item in sorted(stored, key=lambda one: one.identity):
            found.append(_collection(item))
            found += [_index(one, item) for one in indexes.get(item.identity[0], ()) if not _is_of_id(one)]
        views = [item for item in catalog.objects if item.kind == "view"]
        roles = [item for item in catalog.objects if item.kind == "role"]
        found += [_collection(item) for item in _in_order(views, _read_by)]
        found += [_role(item) for item in _in_order(roles, _inherited)]
        return (*found, *(_user(item) for item in catalog.objects if item.kind == "user"))


def _in_order(items: Sequence[CatalogObject], needed: Callable[[CatalogObject], set[str]]) -> list[CatalogObject]:
    """The objects, each behind those of its kind that it needs. needed  an object → their names"""
    places = {item.identity[0]: at for at, item in enumerate(items)}
    needs = [Needs({places[name] for name in needed(item) if name in places}) for item in items]
    return [items[at] for at in need_order(needs)]


def _collection(item: CatalogObject) -> Block:
    (name,) = item.identity
    options = {key: _collated(key, value) for key, value in _options(item).items()}
    return Block(item.kind, item.identity, command({"create": name, **options}))


def _is_of_id(item: CatalogObject) -> bool:
    """Whether it is made with its collection: the order of a clustered one is listed as an index of any name."""
    return item.identity[1] == _ON_ID or "clustered" in item.facts


def _index(item: CatalogObject, of: CatalogObject) -> Block:
    collection, name = item.identity
    options = {key: _collated(key, value) for key, value in _options(item).items()}
    made: Document = {"key": dict(options.pop("key")), "name": name, **options}
    if "collation" in of.facts and "collation" not in made:
        # It would take that of its collection.
        made["collation"] = _SIMPLE
    return Block(item.kind, item.identity, command({"createIndexes": collection, "indexes": [made]}))


def _options(item: CatalogObject) -> Document:
    return {key: json.loads(value) for key, value in item.facts.items()}


def _collated(key: str, value: Any) -> Any:
    return {name: told for name, told in value.items() if name != "version"} if key == "collation" else value


def _read_by(item: CatalogObject) -> set[str]:
    """The collections and views that a view reads."""
    options = _options(item)
    return {options["viewOn"], *_sources(options.get("pipeline") or ())}


def _sources(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for one in value:
            yield from _sources(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            source = inner.get(_SOURCES.get(key, "")) if isinstance(inner, dict) else inner
            if key in _SOURCES and isinstance(source, str):
                yield source
            yield from _sources(inner)


def _role(item: CatalogObject) -> Block:
    (name,) = item.identity
    told = {"privileges": _listed(item.facts, "privileges"), "roles": _listed(item.facts, "roles")}
    return Block(item.kind, item.identity, command({"createRole": name, **told, **_further(item.facts)}))


def _user(item: CatalogObject) -> Block:
    (name,) = item.identity
    told = {"roles": _listed(item.facts, "roles")}
    return Block(item.kind, item.identity, command({"createUser": name, **told, **_further(item.facts)}))


def _further(facts: Mapping[str, Any]) -> Document:
    told: Document = {}
    if "authenticationRestrictions" in facts:
        told["authenticationRestrictions"] = _listed(facts, "authenticationRestrictions")
    if "customData" in facts:
        told["customData"] = json.loads(facts["customData"])
    return told


def _listed(facts: Mapping[str, Any], key: str) -> list[Any]:
    texts: Iterable[str] = facts.get(key) or ()
    return [json.loads(text) for text in texts]


def _inherited(item: CatalogObject) -> set[str]:
    return {one for one in _listed(item.facts, "roles") if isinstance(one, str)}
