"""Options and index specifications as JSON text that is equal where they mean the same, on any server of any version.

Numbers that are whole are equal whatever their type: a server may give back an int32 as an int64 or a double. The order
of keys inside a validator, a pipeline or a key pattern has a meaning and is kept; that of the options themselves has
none.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from bson import json_util
from bson.binary import UuidRepresentation
from bson.decimal128 import Decimal128
from bson.int64 import Int64

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTIONS = json_util.JSONOptions(
    json_mode=json_util.JSONMode.CANONICAL, tz_aware=True, uuid_representation=UuidRepresentation.STANDARD
)
# What a server leaves out of its catalogue, or puts there, where nobody said anything.
_DEFAULTS: dict[str, Any] = {
    "validator": {},
    "validationLevel": "strict",
    "validationAction": "error",
    "changeStreamPreAndPostImages": {"enabled": False},
    "capped": False,
    "hidden": False,
    "unique": False,
    "sparse": False,
    "prepareUnique": False,
    "background": None,
    "ns": None,
    "v": 2,
    "collation": {"locale": "simple"},
}
_PAST_INT64 = 2.0**63
_TEXT_KEY = "_fts"
_OF_TEXT = frozenset({_TEXT_KEY, "_ftsx"})


def plain(value: Any) -> Any:
    """A value of BSON as one of JSON: canonical Extended JSON, whole numbers as they are."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, Int64 | int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() and abs(value) < _PAST_INT64 else value
    if isinstance(value, Decimal128):
        return {"$numberDecimal": str(value)}
    return json.loads(json_util.dumps(value, json_options=_OPTIONS))


def facts(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options without what is the default anyway, each as JSON text: key order inside counts, that of options not."""
    return {
        key: text_of(value)
        for key, value in sorted(options.items())
        if key not in _DEFAULTS or (_DEFAULTS[key] is not None and plain(value) != _DEFAULTS[key])
    }


def text_of(value: Any) -> str:
    """One value as JSON text in its own order; documents whose keys stand in another order are different texts."""
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)


def index_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """An index specification's facts: its key as pairs, in order, and its options without its name."""
    told = facts({key: value for key, value in spec.items() if key not in ("key", "name")})
    return {"key": text_of(_key_of(spec)), **told}


def _key_of(spec: Mapping[str, Any]) -> list[list[Any]]:
    """The key as pairs. A server lists a text index by two fields of its own, and its fields by their weights."""
    key = dict(spec.get("key") or {})
    if _TEXT_KEY not in key and "text" not in key.values():
        return [[field, kind] for field, kind in key.items()]
    weighed = set(spec.get("weights") or ()) | {field for field, kind in key.items() if kind == "text"}
    text = [[field, "text"] for field in sorted(weighed - {_TEXT_KEY})]
    plain_ones = [[field, kind] for field, kind in key.items() if kind != "text" and field not in _OF_TEXT]
    at = next(number for number, (field, kind) in enumerate(key.items()) if kind == "text")
    return [*plain_ones[:at], *text, *plain_ones[at:]]


def holds(asked: Any, live: Any) -> bool:
    """Whether what was asked for is what is there, where the server may have added more to a document."""
    if isinstance(asked, dict) and isinstance(live, dict):
        return all(key in live and holds(inner, live[key]) for key, inner in asked.items())
    return bool(plain(asked) == plain(live))
