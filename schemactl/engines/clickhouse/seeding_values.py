"""Values of a seed as the text that ClickHouse's types read (CAST of a String). Sends nothing.

The server reads `300` as a UInt8 of 44, and the 45th of a month as the first of 1970, without a word (tried on 18.16
and 26.9): so what a number or a day may be is looked at here.
"""

from __future__ import annotations

import datetime
import json
import re
from base64 import b64decode
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemactl.engines.clickhouse import literal
from schemactl.engines.clickhouse.seeding_table import bare
from schemactl.model.seed import Lookup

_INTEGER: Final = re.compile(r"(U?)Int(\d+)")
_ZONE: Final = re.compile(r"'([^']+)'\)\Z")
_SCALE: Final = re.compile(r"Decimal(?:\d*)\((?:\d+, )?(\d+)\)")
_AS_TEXT: Final = ("$oid", "$uuid", "$numberDecimal", "$numberLong", "$numberInt", "$numberDouble")
_JSON: Final = ("JSON", "Object(")
_FIRST: Final = {"Date": datetime.date(1970, 1, 1), "Date32": datetime.date(1900, 1, 1)}
_LAST: Final = {"Date": datetime.date(2149, 6, 6), "Date32": datetime.date(2299, 12, 31)}
_SECONDS: Final = 2**32
_NO_NUMBER: Final = "it is no number"


class UnfitError(Exception):
    """A value that no column of this type takes; the text says why."""


def text_of(value: Any, type_name: str, timezone: str) -> str:
    """What CAST is to be given for a value that is not None. `timezone`: the server's. raises  UnfitError"""
    kind = bare(type_name)
    value = _plain(value)
    if isinstance(value, Lookup):
        raise UnfitError("a lookup within a list or a table")
    if kind.startswith(_JSON):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list | dict):
        return _composed(value, kind, timezone)
    return _scalar(value, kind, timezone)


def _plain(value: Any) -> Any:
    """A value of Extended JSON as one of Python's or as text; any other as it is."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((name, said),) = value.items()
    if name in _AS_TEXT:
        return str(said)
    if name == "$date":
        return _date(said)
    if name == "$binary":
        try:
            return b64decode(str(said.get("base64") if isinstance(said, dict) else said), validate=True).decode()
        except ValueError as error:
            raise UnfitError("`$binary` takes base64 of text in UTF-8 here") from error
    return value


def _date(said: Any) -> Any:
    if isinstance(said, dict) and str(said.get("$numberLong", "")).lstrip("-").isdigit():
        moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return moment + datetime.timedelta(milliseconds=int(said["$numberLong"]))
    if isinstance(said, str | datetime.date):
        return said
    raise UnfitError("`$date` takes a time as text")


def _scalar(value: Any, kind: str, timezone: str) -> str:
    if found := _INTEGER.fullmatch(kind):
        return _integer(value, signed=not found[1], bits=int(found[2]))
    if kind.startswith("DateTime"):
        return _moment(value, kind, timezone)
    if kind in _FIRST:
        return _day(value, kind)
    if kind.startswith("Decimal"):
        return _decimal(value, kind)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def _integer(value: Any, *, signed: bool, bits: int) -> str:
    if isinstance(value, float) and not value.is_integer():
        raise UnfitError("it is no whole number")
    try:
        number = int(value)
    except (ValueError, TypeError, OverflowError):
        raise UnfitError("it is no whole number") from None
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    if not least <= number <= most:
        raise UnfitError(f"it is not between {least} and {most}")
    return str(number)


def _decimal(value: Any, kind: str) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise UnfitError(_NO_NUMBER) from None
    if not number.is_finite():
        raise UnfitError(_NO_NUMBER)
    scale = _SCALE.fullmatch(kind)
    fraction = -int(number.normalize().as_tuple().exponent)
    if scale is not None and fraction > int(scale[1]):
        raise UnfitError(f"it has {fraction} digits behind the point, and {kind} has {scale[1]}")
    return format(number, "f")


def _day(value: Any, kind: str) -> str:
    try:
        day = value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value).strip())
    except ValueError:
        raise UnfitError("it is no day, as 2024-12-31") from None
    day = day.date() if isinstance(day, datetime.datetime) else day
    if not _FIRST[kind] <= day <= _LAST[kind]:
        raise UnfitError(f"{kind} begins with {_FIRST[kind]} and ends with {_LAST[kind]}")
    return day.isoformat()


def _moment(value: Any, kind: str, timezone: str) -> str:
    """In the column's time zone, for that is what the server takes a text in."""
    try:
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise UnfitError("it is no time, as 2024-12-31 23:59:59") from None
    named = _ZONE.search(kind)
    zone = ZoneInfo(named[1] if named else timezone)
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone).replace(tzinfo=None)
    if kind.startswith("DateTime64"):
        return moment.isoformat(" ")
    if not 0 <= moment.replace(tzinfo=zone).timestamp() < _SECONDS:
        raise UnfitError("DateTime begins with 1970 and ends in February 2106")
    return moment.isoformat(" ", "seconds")


def _composed(value: Any, kind: str, timezone: str) -> str:
    name, _, inner = kind.partition("(")
    parts = _arguments(inner[:-1]) if inner else []
    if name == "Array" and isinstance(value, list):
        return "[" + ",".join(_element(one, parts[0], timezone) for one in value) + "]"
    if name == "Tuple" and isinstance(value, list) and len(value) == len(parts):
        types = [part.split(" ", 1)[1] if re.match(r"[A-Za-z_]\w* [A-Z]", part) else part for part in parts]
        return "(" + ",".join(_element(one, of, timezone) for one, of in zip(value, types, strict=True)) + ")"
    if name == "Map" and isinstance(value, dict):
        return json.dumps(_in_json(value, kind, timezone), ensure_ascii=False)
    raise UnfitError(f"it is a {'list' if isinstance(value, list) else 'table'}, and the column is {kind}")


def _element(value: Any, type_name: str, timezone: str) -> str:
    if value is None:
        if not type_name.startswith(("Nullable(", "LowCardinality(Nullable(")):
            raise UnfitError(f"NULL within a list, and its elements are {type_name}")
        return "NULL"
    written, kind = text_of(value, type_name, timezone), bare(type_name)
    is_raw = kind.startswith(("Int", "UInt", "Float", "Decimal", "Array(", "Tuple(", "Bool"))
    return written if is_raw else literal.text(written)


def _in_json(value: Any, type_name: str, timezone: str) -> Any:
    """A value of a Map, which JSONExtract is to read: that takes what does not fit for nothing, so it is looked at."""
    kind = bare(type_name)
    name, _, inner = kind.partition("(")
    if value is None:
        if kind == type_name:
            raise UnfitError(f"NULL within a table, and its values are {type_name}")
        return None
    if name == "Map" and isinstance(value, dict):
        keys, values = _arguments(inner[:-1])
        return {text_of(key, keys, timezone): _in_json(one, values, timezone) for key, one in value.items()}
    if name == "Array" and isinstance(value, list):
        return [_in_json(one, inner[:-1], timezone) for one in value]
    written = text_of(value, type_name, timezone)
    return json.loads(written) if kind.startswith(("Int", "UInt", "Float")) else written


def _arguments(written: str) -> list[str]:
    """The parts of a type between its commas outside parentheses."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(written):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append(written[start:at].strip())
            start = at + 1
    return [*parts, written[start:].strip()]
