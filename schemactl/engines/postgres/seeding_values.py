"""Values of a seed as the text that PostgreSQL's types read (manual, "Data Types"). Sends nothing."""

from __future__ import annotations

import datetime
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

from schemactl.model.seed import Lookup

if TYPE_CHECKING:
    from schemactl.engines.postgres.seeding_table import Column

_AS_TEXT: Final = ("$oid", "$uuid", "$numberDecimal", "$numberLong", "$numberInt", "$numberDouble")


class UnfitError(Exception):
    """A value that no column of this type takes; the text says why."""


def text_of(value: Any, column: Column) -> str | None:
    """What COPY is to be given; None for NULL. raises  UnfitError"""
    if value is None:
        return None
    text = _text(value, column)
    if "\0" in text:
        raise UnfitError("it holds a NUL character, which PostgreSQL has in no text")
    return text


def _text(value: Any, column: Column) -> str:
    if isinstance(value, str):
        return str(value)
    if column.form == "json":
        return _json(value)
    if isinstance(value, list):
        if column.form == "plain":
            raise UnfitError(f"a list, and {column.name} is {column.type}")
        return _array(value, column)
    if isinstance(value, dict):
        return _extended(value, column)
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value).replace("inf", "Infinity").replace("nan", "NaN")
    return str(value)


def _extended(value: dict[str, Any], column: Column) -> str:
    key, said = next(iter(value.items()))
    if key in _AS_TEXT:
        return str(said)
    if key == "$date":
        return _date(said)
    if key == "$binary":
        return _binary(said)
    raise UnfitError(f"a table, and {column.name} is {column.type}, not JSON")


def _date(said: Any) -> str:
    if isinstance(said, dict) and str(said.get("$numberLong", "")).lstrip("-").isdigit():
        moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return (moment + datetime.timedelta(milliseconds=int(said["$numberLong"]))).isoformat()
    if isinstance(said, str):
        return said
    if isinstance(said, datetime.datetime | datetime.date):
        return said.isoformat()
    raise UnfitError("`$date` takes a time as text")


def _binary(said: Any) -> str:
    text = said.get("base64") if isinstance(said, dict) else said
    try:
        return "\\x" + b64decode(str(text), validate=True).hex()
    except ValueError as error:
        raise UnfitError("`$binary` takes base64") from error


def _array(values: list[Any], column: Column) -> str:
    return "{" + ",".join(_element(value, column) for value in values) + "}"


def _element(value: Any, column: Column) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Lookup):
        raise UnfitError("a lookup within a list")
    if isinstance(value, list) and column.form != "json array":
        return _array(value, column)
    if column.form == "json array" and not isinstance(value, str):
        text = _json(value)
    elif isinstance(value, str):
        text = value
    else:
        text = _extended(value, column) if isinstance(value, dict) else _scalar(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json(value: Any) -> str:
    if _has_lookup(value):
        raise UnfitError("a lookup within JSON")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_in_json)
    except ValueError as error:
        raise UnfitError("JSON has no such number") from error


def _has_lookup(value: Any) -> bool:
    if isinstance(value, Lookup):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_lookup, inner))


def _in_json(value: Any) -> str:
    return _scalar(value)
