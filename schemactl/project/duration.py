"""Lengths of time as configuration writes them: `500ms`, `5s`, `10min`, `1h`; `0` switches a limit off."""

from __future__ import annotations

import re

_DURATION = re.compile(r"([0-9]+)\s*(ms|s|min|h)")
_MILLISECONDS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}

# PostgreSQL keeps its timeouts in a signed 32-bit number of milliseconds.
LONGEST_MS = 2**31 - 1


def milliseconds(text: str) -> int:
    """The length in milliseconds.

    raises  ValueError where it is not a whole number with a unit, or longer than 24 days
    """
    if text.strip() == "0":
        return 0
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no length of time: a whole number and `ms`, `s`, `min` or `h`, or `0`")
    length = int(match[1]) * _MILLISECONDS[match[2]]
    if length > LONGEST_MS:
        raise ValueError(f"{text!r} is longer than 24 days")
    return length
