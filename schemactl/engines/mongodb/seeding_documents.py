"""Documents as seeds see them: found by many keys at once. Reads only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson.codec_options import CodecOptions
from bson.int64 import Int64

from schemactl.engines.mongodb import seeding_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.model.seed import Lookup
    from schemactl.running.seed_lookups import Key

_AT_ONCE: Final = 10_000
_MANY: Final = 20
"""So many times as many documents as keys are a large collection."""
# A UUID stays its bytes, of subtype 4: that is what a command takes.
_OPTIONS: Final = CodecOptions[dict[str, Any]](tz_aware=True)


class DocumentShelf:
    """See running.seed_lookups.Shelf. Reads in the transaction where one is open."""

    noun = "documents"
    own = "_id"
    # Of an `_id` the type may differ (1, 1.0), and no server changes it.
    fixed = frozenset({"_id"})
    absent = seeding_values.ABSENT

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._collated: dict[str, bool] = {}

    def found_by(
        self, written: str, names: Sequence[str], values: Sequence[Sequence[Any]], fields: Iterable[str]
    ) -> dict[Key, list[Document]]:
        roots = {path.split(".")[0]: 1 for path in (*names, *fields, "_id")}
        found: dict[Key, list[Document]] = {}
        for first in range(0, len(values), _AT_ONCE):
            some = values[first : first + _AT_ONCE]
            wanted = {tuple(map(self.key_part, one)) for one in some}
            self._sender.look_within()
            query = self._sender.answered(partial(self._query, written, names, some))
            for key, document in self._sender.answered(partial(self._read, written, query, roots, names, wanted)):
                found.setdefault(key, []).append(document)
        return found

    def value(self, value: Any, found: Callable[[Lookup], Any]) -> Any:
        return seeding_values.bson_of(value, found)

    def key_part(self, value: Any) -> Any:
        return seeding_values.key_part(value)

    def same(self, value: Any) -> Any:
        return seeding_values.same(value)

    def at(self, there: Document, name: str) -> Any:
        return seeding_values.at_path(there, name)

    def text(self, value: Any) -> str:
        return seeding_values.text_of(value)

    def check(self, names: Iterable[str]) -> None:
        seeding_values.refuse_overlap(names)

    def _query(self, collection: str, names: Sequence[str], some: Sequence[Sequence[Any]]) -> Document:
        """What finds those documents at least.

        Of a collection that is not much larger than the seed all are read that may be meant: without an index on the
        key `$in` would look through each of them as well, and some servers once for each value.
        """
        there = self._sender.session.db.get_collection(collection).estimated_document_count()
        columns = [
            list({self.key_part(value): value for value in column}.values()) for column in zip(*some, strict=True)
        ]
        if there > _MANY * len(some):
            return {name: {"$in": column} for name, column in zip(names, columns, strict=True)}
        if self._is_collated(collection):
            return {}
        return {
            name: {"$gte": min(column), "$lte": max(column)}
            for name, column in zip(names, columns, strict=True)
            if _is_ordered(column)
        }

    def _is_collated(self, collection: str) -> bool:
        """Whether its texts have another order than that of their letters."""
        if collection not in self._collated:
            found = list(self._sender.session.db.list_collections(filter={"name": collection}))
            self._collated[collection] = any("collation" in one.get("options", {}) for one in found)
        return self._collated[collection]

    def _read(
        self, collection: str, query: Document, roots: Document, names: Sequence[str], wanted: set[Key]
    ) -> list[tuple[Key, Document]]:
        target = self._sender.session.db.get_collection(collection, codec_options=_OPTIONS)
        keyed = (
            (tuple(self.key_part(self.at(document, name)) for name in names), document)
            for document in target.find(query, roots, session=self._sender.within)
        )
        return [(key, document) for key, document in keyed if key in wanted]


def _is_ordered(values: Sequence[Any]) -> bool:
    """Whether these are in one order here and in the server: texts, or numbers."""
    return all(type(value) is str for value in values) or all(
        type(value) in (int, Int64, float) and value == value for value in values
    )
