"""Values of a seed as properties, and whether two properties are the same. Sends nothing.

source  Cypher manual, "Property, structural, and constructed values": no property is a map, or a list of lists
"""

from __future__ import annotations

import base64
import datetime
from typing import TYPE_CHECKING, Any, Final

from schemactl.model.seed import Lookup
from schemactl.running.seed_faults import RowError
from schemactl.running.seed_values import shown

if TYPE_CHECKING:
    from collections.abc import Callable

_INT64: Final = 2**63
_TEXTS: Final = ("$oid", "$uuid", "$numberDecimal")
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def property_of(value: Any, found: Callable[[Lookup], Any]) -> Any:
    """A value of a seed as the driver takes it; a lookup as `found` says. raises  RowError"""
    if isinstance(value, list):
        made = [_single(one, found) for one in value]
        if any(one is None or isinstance(one, list) for one in made):
            raise RowError("a list within a list, or NULL in one, which no property of Neo4j holds")
        # The server keeps numbers of one kind in a list: whole ones beside a fraction become such.
        is_fractional = any(isinstance(one, float) for one in made)
        return [float(one) if is_fractional and type(one) is int else one for one in made]
    return _single(value, found)


def _single(value: Any, found: Callable[[Lookup], Any]) -> Any:
    if isinstance(value, Lookup):
        return found(value)
    if isinstance(value, dict):
        return _extended(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -_INT64 <= value < _INT64:
        raise RowError(f"{value} is beyond 64 bits")
    return value


def _extended(value: dict[str, Any]) -> Any:
    name, said = next(iter(value.items()), ("", None))
    try:
        if name in _TEXTS:
            return str(said)
        if name in ("$numberLong", "$numberInt"):
            return _single(int(str(said)), _never)
        if name == "$numberDouble":
            return float(str(said))
        if name == "$date":
            return _date(said)
        if name == "$binary":
            text = said.get("base64") if isinstance(said, dict) else said
            return base64.b64decode(str(text), validate=True)
    except (ValueError, OverflowError) as error:
        raise RowError(f"`{name}` does not hold: {error}") from None
    raise RowError("a table, which no property of Neo4j holds")


def _never(lookup: Lookup) -> Any:
    raise RowError(f"a lookup within a value: {shown(lookup)}")


def _date(said: Any) -> Any:
    if isinstance(said, dict) and "$numberLong" in said:
        return _EPOCH + datetime.timedelta(milliseconds=int(str(said["$numberLong"])))
    return said if isinstance(said, datetime.date) else datetime.datetime.fromisoformat(str(said))


def same(value: Any) -> Any:
    """What two equal values have in common: moments as the instant that they are, the rest by type and value."""
    import neo4j.time as times

    if isinstance(value, list | tuple):
        return ("list", tuple(map(same, value)))
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, float):
        return ("float", repr(value))
    if isinstance(value, bytes | bytearray):
        return ("bytes", bytes(value))
    if isinstance(value, datetime.datetime):
        value = times.DateTime.from_native(value)
    elif isinstance(value, datetime.date):
        value = times.Date.from_native(value)
    elif isinstance(value, datetime.time):
        value = times.Time.from_native(value)
    if isinstance(value, times.DateTime):
        native = value.to_native()
        moment = native.astimezone(datetime.UTC) if native.tzinfo is not None else native
        return ("moment", native.tzinfo is not None, moment.isoformat(), value.nanosecond % 1000)
    if isinstance(value, times.Date | times.Time):
        return (type(value).__name__, value.iso_format())
    return (type(value).__name__, value)


def key_part(value: Any) -> Any:
    """The same for a key, which finds numbers by what they are worth."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return same(value)
    return ("number", "nan") if value != value else ("number", value)


def text_of(value: Any) -> str:
    """A property as people read it in a difference."""
    import neo4j.time as times

    if isinstance(value, times.DateTime | times.Date | times.Time):
        return str(value.to_native())
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, list) and any(not isinstance(one, str | bool | int | float) for one in value):
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, list | str | bool | int | float) or value is None:
        return shown(value)
    return str(value)
