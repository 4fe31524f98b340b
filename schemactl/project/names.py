"""The names a project may give: platforms, targets, environments, slugs. Pure text; reads no file.

Source of the patterns: docs/formats.md, "Versions and file names".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ENVIRONMENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")

ENGINES = ("postgres", "clickhouse", "mongodb", "neo4j")
NAME_RULE = "a lower-case letter, then up to 62 lower-case letters, digits or `_`"
ENVIRONMENT_RULE = "a letter, then up to 62 letters, digits, `_` or `-`"
SLUG_LENGTH = 80


def is_name(text: str) -> bool:
    """Whether `text` can name a platform or a target."""
    return _NAME.fullmatch(text) is not None


def is_environment(text: str) -> bool:
    """Whether `text` can name an environment."""
    return _ENVIRONMENT.fullmatch(text) is not None


def slug_of(words: str) -> str:
    """The slug of a few words: `Add city` becomes `add_city`, at most 80 characters.

    raises  ValueError where no ASCII letter or digit is left
    """
    slug = _NOT_IN_A_SLUG.sub("_", words.lower()).strip("_")[:SLUG_LENGTH].rstrip("_")
    if not slug:
        raise ValueError(f"{words!r} has no letter or digit to name a file after")
    return slug


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean `users_db`?`, or the list of what there is; "" where `known` is empty."""
    from difflib import get_close_matches

    choices = sorted(known)
    if not choices:
        return ""
    close = get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(choices)}"
