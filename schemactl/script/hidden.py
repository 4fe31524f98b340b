"""What a statement says in secret, hidden where people or programs read it. Pure; for all languages of migrations.

A password reaches a statement in few ways: behind a keyword or a key (`PASSWORD '…'`, `IDENTIFIED BY '…'`,
`"pwd": "…"`), in a connection string, in a URL, and by its place among the arguments of ClickHouse's functions that
reach other servers. Rather too much is hidden than too little: what is hidden is still sent as it is.
Sources: the manuals of PostgreSQL (CREATE ROLE, CREATE SUBSCRIPTION, CREATE USER MAPPING), ClickHouse (CREATE USER,
table functions), MongoDB (createUser), Cypher (CREATE USER, ALTER CURRENT USER).
"""

from __future__ import annotations

import re
from typing import Final

STARS: Final = "***"

# First how a string stands within a string.
_QUOTED: Final = (
    r"(?:''[^']++''|[eEnN]?'(?:[^'\\]|\\.|'')*+'|\"(?:[^\"\\]|\\.|\"\")*+\"|(?P<tag{n}>\$\w*\$).*?(?P=tag{n}))"
)
_GAP: Final = r"(?:\s|=>?|:|--[^\n]*\n|//[^\n]*\n|/\*.*?\*/)*+"
_KEYS: Final = (
    r"password|passwd|pwd|passphrase|secret_access_key|aws_secret_access_key|secret_key|secret|sasl_password"
    rf"|identified{_GAP}(?:with{_GAP}\w+{_GAP})?by|salt"
)
_BEHIND_A_KEY: Final = re.compile(
    rf"(?:(?<!\w)(?:{_KEYS})(?!\w)[\"'`]?{_GAP}(?:from{_GAP})?)(?P<first>{_QUOTED.format(n=1)})"
    rf"(?:{_GAP}to{_GAP}(?P<second>{_QUOTED.format(n=2)}))?",
    re.IGNORECASE | re.DOTALL,
)
_IN_A_CONNECTION: Final = re.compile(
    r"(?<!\w)(?:password|pwd|passwd)=(?P<word>\\'(?:[^'\\]|\\.)*?\\'|[^\s'\";&]+)", re.IGNORECASE
)
_IN_A_URL: Final = re.compile(r"\w://[^\s:/@'\"]*:(?P<password>[^\s@'\"]+)@")
_CALL: Final = re.compile(
    r"(?<!\w)(?P<name>mysql|postgresql|mongodb|remote|remotesecure|s3\w*|gcs|oss|cosn|deltalake\w*|iceberg\w*|hudi\w*)"
    r"\s*\(",
    re.IGNORECASE,
)
_SHORT: Final = 2
"""A secret of so few letters stands in every message by chance."""
_FIFTH: Final = ("mysql", "postgresql", "mongodb")
_ARGUMENT: Final = re.compile(rf"(?P<quoted>{_QUOTED.format(n=1)})|(?P<sign>[(),])|[^'\"(),$]+|.", re.DOTALL)
_WORTH_A_LOOK: Final = re.compile(rf"passw|pwd|passphrase|secret|identified|://|{_CALL.pattern}", re.IGNORECASE)


def hidden(text: str) -> str:
    """The text with `***` for each secret in it; the very text where there is none."""
    parts, done = [], 0
    for start, end in _places(text):
        quote = {"'": "'", '"': '"', "$": "'"}.get(text[end - 1], "")
        parts += [text[done:start], f"{quote}{STARS}{quote}"]
        done = end
    return "".join([*parts, text[done:]]) if parts else text


def hidden_in(message: str, text: str) -> str:
    """A message, as of a server about the statement `text`, without the secrets of that statement."""
    for start, end in _places(text):
        secret = text[start:end].strip("'\"")
        if len(secret) > _SHORT:
            message = message.replace(secret, STARS)
    return hidden(message)


def _places(text: str) -> list[tuple[int, int]]:
    """Where the secrets stand, quotes included, in order; none within another."""
    if _WORTH_A_LOOK.search(text) is None:
        return []
    found = [one.span("password") for one in _IN_A_URL.finditer(text)]
    for one in _BEHIND_A_KEY.finditer(text):
        found += [one.span(group) for group in ("first", "second") if one[group]]
    found += [one.span("word") for one in _IN_A_CONNECTION.finditer(text)]
    for call in _CALL.finditer(text):
        found += _secret(call["name"].lower(), _quoted_arguments(text, call.end()))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart


def _secret(name: str, places: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
    if name.startswith("remote"):
        return [places[max(places)]] if len(places) > 1 and max(places) > 2 else []
    return [places[at] for at in ((4,) if name in _FIFTH else (2, 3)) if at in places]


def _quoted_arguments(text: str, at: int) -> dict[int, tuple[int, int]]:
    """Where the quoted arguments stand of a call whose parenthesis ends before `at`, by their number from 0."""
    found: dict[int, tuple[int, int]] = {}
    depth, number = 1, 0
    for token in _ARGUMENT.finditer(text, at):
        sign = token["sign"]
        if token["quoted"] and depth == 1:
            found[number] = token.span()
        depth += (sign == "(") - (sign == ")")
        number += sign == "," and depth == 1
        if not depth:
            break
    return found
