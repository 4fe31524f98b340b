"""Values of a seed as BSON, and whether two values of BSON are the same. Sends nothing.

source  "MongoDB Extended JSON (v2)"; what a key finds is what the server's own equality finds (manual, "Comparison/Sort
        Order"): numbers by what they are worth, whatever their type
"""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any, Final

from bson import json_util
from bson.binary import UUID_SUBTYPE, Binary, UuidRepresentation
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from schemactl.model.seed import Lookup
from schemactl.running.seed_faults import RowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_OPTIONS: Final = json_util.JSONOptions(
    json_mode=json_util.JSONMode.RELAXED,
    tz_aware=True,
    tzinfo=datetime.UTC,
    uuid_representation=UuidRepresentation.UNSPECIFIED,
)
_INT64: Final = 2**63
ABSENT: Final = object()
"""What a document has in a field that it has not."""


def bson_of(value: Any, found: Callable[[Lookup], Any]) -> Any:
    """A value of a seed as the driver takes it; a lookup as `found` says. raises  RowError"""
    if isinstance(value, Lookup):
        return found(value)
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith("$"):
            return _extended(value)
        return {str(name): bson_of(inner, found) for name, inner in value.items()}
    if isinstance(value, list):
        return [bson_of(inner, found) for inner in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return _moment(value)
    if not -_INT64 <= value < _INT64:
        raise RowError(f"{value} is beyond 64 bits")
    return value


def _moment(value: Any) -> Any:
    """BSON knows moments alone, to the millisecond: a date is its first, a time of day is text."""
    if isinstance(value, datetime.datetime):
        known = value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)
        return _cut(known)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC)
    return value.isoformat() if isinstance(value, datetime.time) else value


def _cut(value: datetime.datetime) -> datetime.datetime:
    moment = value.astimezone(datetime.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _extended(value: dict[str, Any]) -> Any:
    ((name, said),) = value.items()
    if name == "$date" and isinstance(said, datetime.date):
        return _moment(said)
    if name.startswith("$number") and isinstance(said, int | float) and not isinstance(said, bool):
        said = str(said)
    if name == "$binary" and isinstance(said, str):
        said = {"base64": said, "subType": "00"}
    if name == "$date" and isinstance(said, dict) and len(said) == 1:
        said = _extended(said)
    plain = {name: _text(said)}
    try:
        found = json_util.object_hook(plain, _OPTIONS)
    except Exception as error:
        why = "" if "<class" in str(error) else f": {' '.join(str(error).split())}"
        raise RowError(f"`{name}` does not hold{why}") from None
    if found is plain or (isinstance(found, dict) and name in found):
        raise RowError(f"`{name}` is no Extended JSON of MongoDB")
    return _cut(found) if isinstance(found, datetime.datetime) else found


def _text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _text(inner) for name, inner in value.items()}
    return str(value) if isinstance(value, str) else value


def same(value: Any) -> Any:
    """What two equal values have in common: whole numbers by what they are worth, the rest by type and value."""
    if value is ABSENT:
        return ("absent",)
    if isinstance(value, dict):
        return ("document", tuple((name, same(inner)) for name, inner in value.items()))
    if isinstance(value, list):
        return ("array", tuple(map(same, value)))
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int):
        return ("whole", int(value))
    if isinstance(value, float):
        return ("double", repr(value))
    if isinstance(value, datetime.datetime):
        return ("date", _cut(value if value.tzinfo else value.replace(tzinfo=datetime.UTC)))
    return (type(value).__name__, str(value) if isinstance(value, Decimal128) else value)


def key_part(value: Any) -> Any:
    """The same for a key: a field that is not there has the key null, and every number is what it is worth."""
    if value is ABSENT:
        return same(None)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal128):
        return same(value)
    number = value.to_decimal() if isinstance(value, Decimal128) else value
    return ("number", "nan") if number != number else ("number", number)


def text_of(value: Any) -> str:
    """A value as people read it in a difference."""
    if value is ABSENT:
        return "not there"
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return str(value)
    if isinstance(value, Binary) and value.subtype == UUID_SUBTYPE:
        return json.dumps({"$uuid": str(value.as_uuid())})
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, Int64) else str(value)
    return json.dumps(json.loads(json_util.dumps(value, json_options=_OPTIONS)), ensure_ascii=False)


def at_path(document: Any, path: str) -> Any:
    """What stands at `a.b`; ABSENT where nothing does."""
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part, ABSENT)
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return ABSENT
    return document


def nested(fields: dict[str, Any]) -> dict[str, Any]:
    """A new document of `a.b` → value; no path may stand within another (`refuse_overlap`)."""
    made: dict[str, Any] = {}
    for path in sorted(fields, key=lambda name: name != "_id"):  # `_id` first, as the server keeps it
        *parents, last = path.split(".")
        place = made
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = fields[path]
    return made


def refuse_overlap(names: Iterable[str]) -> None:
    """raises  RowError where one of the paths is no path, or stands within another"""
    known = set(names)
    for name in known:
        parts = name.split(".")
        if "" in parts or parts[0].startswith("$"):
            raise RowError(f"`{name}` is not the name of a field")
        for end in range(1, len(parts)):
            within = ".".join(parts[:end])
            if within in known:
                raise RowError(f"`{name}` stands within `{within}`, which the row gives as a whole")
