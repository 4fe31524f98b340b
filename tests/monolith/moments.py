"""Points in time as PostgreSQL writes them, from whole seconds since 1970: the same on every machine, by no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from itertools import repeat

DAY = 86_400
_EPOCH = date(1970, 1, 1)

#: The first accounts; when the rest of the system began to be used; the end of the data.
FOUNDED = (date(2014, 3, 1) - _EPOCH).days * DAY
BEGUN = (date(2017, 1, 1) - _EPOCH).days * DAY
ENDED = (date(2025, 7, 1) - _EPOCH).days * DAY


@cache
def _days() -> list[str]:
    return [(_EPOCH + timedelta(days=number)).isoformat() for number in range(25_000)]


@cache
def _clock() -> list[str]:
    return [f" {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(DAY)]


# Not all of them: whole seconds are often enough what an import left.
FRACTIONS = tuple("+00" if place % 16 == 0 else f".{place * 3907 + 1:06}+00" for place in range(256))


def moments(seconds: Iterable[int], fractions: Iterable[int] | None = None) -> list[str]:
    """`2021-03-28 01:30:00.123456+00` for each; `fractions` are octets."""
    days, clock, ends = _days(), _clock(), FRACTIONS
    if fractions is None:
        return [f"{days[day]}{clock[rest]}+00" for day, rest in map(divmod, seconds, repeat(DAY))]
    return [
        f"{days[day]}{clock[rest]}{ends[end]}"
        for (day, rest), end in zip(map(divmod, seconds, repeat(DAY)), fractions, strict=True)
    ]


def days(numbers: Iterable[int]) -> list[str]:
    """`2021-03-28` for each number of days since 1970."""
    return list(map(_days().__getitem__, numbers))


def evenly(first: int, count: int, total: int) -> list[int]:
    """When rows `first` … of `total` came, one after the other, from BEGUN to ENDED."""
    span = ENDED - BEGUN
    return [BEGUN + row * span // total for row in range(first, first + count)]


def joined(people: Iterable[int], total: int) -> list[int]:
    """When these of `total` people joined: three of five before BEGUN, the others evenly until ENDED."""
    early = there(0, 1, total)
    before, after = BEGUN - FOUNDED, ENDED - BEGUN
    return [
        FOUNDED + one * before // early if one < early else BEGUN + (one - early) * after // (total - early)
        for one in people
    ]


def there(row: int, rows: int, total: int) -> int:
    """How many of `total` people had joined when row `row` of `rows` came."""
    return max(1, total * 3 // 5 + total * 2 * row // (5 * rows))
