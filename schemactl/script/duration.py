"""Lengths of time as directives and settings write them: `5s`, `10min`. Pure."""

from __future__ import annotations

import re
from typing import Final

_DURATION: Final = re.compile(r"([0-9]{1,10})(ms|s|min|h)")
_UNIT_MS: Final = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
# The largest value that PostgreSQL takes for a timeout (32 bits, signed).
_MOST_MS: Final = 2_147_483_647


def milliseconds(duration: str) -> int:
    """`5s` → 5000; `0` is 0. Units `ms s min h`.

    raises  ValueError for anything else, and for more than 32 bits of milliseconds
    """
    if duration == "0":
        return 0
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(duration)
    ms = int(found.group(1)) * _UNIT_MS[found.group(2)]
    if ms > _MOST_MS:
        raise ValueError(duration)
    return ms
