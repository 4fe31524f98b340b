"""Documents as seeds see them: found by many keys at once. Reads only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson.codec_options import CodecOptions

from schemactl.engines.mongodb import seeding_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from schemactl.engines.mongodb.connection import Document
    from schemactl.engines.mongodb.sending import Sender
    from schemactl.model.seed import Lookup
    from schemactl.running.seed_lookups import Key

_AT_ONCE: Final = 10_000
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

    def found_by(
        self, written: str, names: Sequence[str], values: Sequence[Sequence[Any]], fields: Iterable[str]
    ) -> dict[Key, list[Document]]:
        roots = {path.split(".")[0]: 1 for path in (*names, *fields, "_id")}
        found: dict[Key, list[Document]] = {}
        for first in range(0, len(values), _AT_ONCE):
            some = values[first : first + _AT_ONCE]
            wanted = {tuple(map(self.key_part, one)) for one in some}
            query = {
                name: {"$in": list({self.key_part(one[number]): one[number] for one in some}.values())}
                for number, name in enumerate(names)
            }
            self._sender.look_within()
            for document in self._sender.answered(partial(self._read, written, query, roots)):
                key = tuple(self.key_part(self.at(document, name)) for name in names)
                if key in wanted:
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

    def _read(self, collection: str, query: Document, roots: Document) -> list[Document]:
        target = self._sender.session.db.get_collection(collection, codec_options=_OPTIONS)
        return list(target.find(query, roots, session=self._sender.within))
