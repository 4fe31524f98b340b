"""chdb's answers as the Python values that the native driver gives: dates are dates, decimals are exact."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from schemactl.engines.clickhouse.link import Row

_WRAPPED: Final = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)")
_ZONE: Final = re.compile(r"DateTime(?:64)?\((?:\d+(?:, )?)?(?:'([^']*)')?\)")

_Reader = Callable[[Any], Any]


def rows(answer: str) -> list[Row]:
    """The rows of an answer in the format JSONCompact; [] for one that is empty, or in a format of the statement's."""
    if not answer.startswith("{"):
        return []
    found = json.loads(answer)
    if "meta" not in found:
        return []
    readers = [_reader(column["type"]) for column in found["meta"]]
    if not any(readers):
        return [tuple(row) for row in found["data"]]
    return [
        tuple(value if read is None or value is None else read(value) for read, value in zip(readers, row, strict=True))
        for row in found["data"]
    ]


def _reader(type_name: str) -> _Reader | None:
    """What makes a value of this type out of JSON's; None where JSON's own is it."""
    wrapped = _WRAPPED.fullmatch(type_name)
    if wrapped:
        return _reader(wrapped[1])
    if type_name in ("Date", "Date32"):
        return date.fromisoformat
    if type_name.startswith("DateTime"):
        return _moment(type_name)
    if type_name.startswith("Decimal"):
        return lambda value: Decimal(str(value))
    if type_name == "UUID":
        return UUID
    if type_name.startswith("Tuple("):
        return lambda value: tuple(value) if isinstance(value, list) else value
    return None


def _moment(type_name: str) -> _Reader:
    """Without a zone in the type a time is naive, as the native driver gives it; with one it has it."""
    zone = _ZONE.fullmatch(type_name)
    if zone is None or not zone[1]:
        return datetime.fromisoformat
    where = UTC if zone[1] == "UTC" else ZoneInfo(zone[1])
    return lambda value: datetime.fromisoformat(value).replace(tzinfo=where)
