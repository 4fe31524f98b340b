"""What a statement says in secret, hidden where people or programs read it. Pure; for all languages of migrations.

A password reaches a statement in few ways: behind a keyword or a key (`PASSWORD '…'`, `IDENTIFIED BY '…'`,
`"pwd": "…"`), in a connection string, in a URL, and by its place among the arguments of functions that reach other
servers. Those are known here (docs/commands/plan.md lists them); a password among the values of an INSERT is data like
any other. Rather too much is hidden than too little: what is hidden is still sent as it is.

A text that was cut is as good as a whole one: a quote that nothing closes reaches to the end. Each search is bounded,
so that the time is linear in the text.
Sources: the manuals of PostgreSQL (CREATE ROLE, CREATE SUBSCRIPTION, CREATE USER MAPPING), ClickHouse (CREATE USER,
CREATE NAMED COLLECTION, table functions and engines), MongoDB (createUser), Cypher (CREATE USER, ALTER CURRENT USER).
"""

from __future__ import annotations

import re
from typing import Final

STARS: Final = "***"

# First how a string stands within a string. No secret is as long as the bound.
_QUOTED: Final = (
    r"(?:''[^']{{1,4000}}+''|(?:[eEnN]|[uU]&)?'(?:[^'\\]|\\.|''){{0,4000}}+(?:'|\Z)"
    r"|\"(?:[^\"\\]|\\.|\"\"){{0,4000}}+(?:\"|\Z)|(?P<tag{n}>\$\w{{0,60}}\$).{{0,4000}}?(?:(?P=tag{n})|\Z))"
)
_GAP: Final = r"(?:\s|=>?|:|--[^\n]*\n|//[^\n]*\n|/\*.{0,2000}?\*/){0,200}+"
_KEYS: Final = (
    r"password|passwd|pwd|passphrase|secret_access_key|secret_key|(?<![a-z])secret|(?<![a-z])salt"
    rf"|identified{_GAP}(?:with{_GAP}\w{{1,60}}{_GAP})?by"
)
_FLAGS: Final = re.IGNORECASE | re.DOTALL
_BEHIND_A_KEY: Final = re.compile(
    # A key that is quoted itself takes its closing quote along: that one opens nothing.
    rf"(?:[\"'`]\w{{0,60}}(?:{_KEYS})[\"'`]"
    rf"|(?<![\"'`\w])\w{{0,60}}?(?:{_KEYS})(?!\w)(?:[\"'`](?=\s{{0,20}}[:=]))?)"
    rf"{_GAP}(?:from{_GAP})?(?P<first>{_QUOTED.format(n=1)})"
    rf"(?:{_GAP}to{_GAP}(?P<second>{_QUOTED.format(n=2)}))?",
    _FLAGS,
)
_BEHIND_BY: Final = re.compile(rf"(?<!\w)by\s{{1,20}}(?P<first>{_QUOTED.format(n=1)})", _FLAGS)
_WORD: Final = r"(?P<word>\\?'(?:[^'\\]|\\.){0,500}'|[^\s'\";&]{1,500})"
_CONNECTION_KEYS: Final = r"(?:password|pwd|passwd|accountkey|sharedaccesssignature)"
_IN_A_CONNECTION: Final = re.compile(rf"{_CONNECTION_KEYS}={_WORD}", re.IGNORECASE)
_IN_A_WIDE_CONNECTION: Final = re.compile(rf"{_CONNECTION_KEYS}\s{{0,9}}=\s{{0,9}}{_WORD}", re.IGNORECASE)
_IS_A_CONNECTION: Final = re.compile(r"(?<!\w)(?:host|hostaddr|dbname)\s{0,9}=", re.IGNORECASE)
_IN_A_URL: Final = re.compile(r"\w://[^\s:/@'\"]{0,200}+:(?P<password>[^\s'\"/]{1,400})@")
_PLACES: Final[dict[str, tuple[int, ...]]] = {
    "mysql": (4,),
    "postgresql": (4,),
    "mongodb": (4,),
    "materializedmysql": (3,),
    "materializedpostgresql": (3,),
    "remote": (3, 4),
    "remotesecure": (3, 4),
    "redis": (2, 4),
    "azureblobstorage": (4,),
    "azureblobstoragecluster": (5,),
    "crypt": (0,),
}
"""Which arguments of a function or an engine are secret, counted from 0."""
_BUCKETS: Final = ("s3", "gcs", "oss", "cosn", "deltalake", "iceberg", "hudi")
_CALL: Final = re.compile(rf"(?<!\w)(?:{'|'.join((*_PLACES, *_BUCKETS))})\w{{0,20}}\s{{0,9}}\(", re.IGNORECASE)
_TOKEN: Final = re.compile(
    r"(?:--|//)[^\n]*+|/\*.{0,2000}?\*/"
    rf"|(?P<quoted>{_QUOTED.format(n=1)})|(?P<name>\w++)\s*+(?=\()|(?P<sign>[(),])|\w++|[^'\"(),$\w]++|.",
    re.DOTALL,
)
_WORTH_A_LOOK: Final = re.compile(
    rf"passw|pwd|passphrase|secret|identified|accountkey|sharedaccess|://|{_CALL.pattern}", re.I
)
_REACH: Final = 4_000
_ALONE: Final = 300
"""How far a call is read by itself, and how many are."""
_SHORT: Final = 2
"""A secret of so few letters stands in every message by chance."""

Span = tuple[int, int]


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
        for secret in _meant(text[start:end]):
            if len(secret) > _SHORT:
                message = message.replace(secret, STARS)
    return hidden(message)


def _meant(written: str) -> list[str]:
    """What a secret may read in other words than the statement's: as it is written, and what that stands for."""
    quote = next((one for one in "'\"" if one in written), "")
    if not quote or written.startswith("$"):
        return [re.sub(r"^\$\w*\$|\$\w*\$$", "", written)]
    inner = written[written.index(quote) :].strip(quote)
    return sorted({inner, inner.replace(quote * 2, quote), re.sub(r"\\(.)", r"\1", inner)}, key=len, reverse=True)


def _places(text: str) -> list[Span]:
    """Where the secrets stand, quotes included, in order; none within another."""
    if _WORTH_A_LOOK.search(text) is None:
        return []
    found = [one.span("password") for one in _IN_A_URL.finditer(text)]
    for one in _BEHIND_A_KEY.finditer(text):
        found += [one.span(group) for group in ("first", "second") if one[group]]
    if re.search("identified", text, re.IGNORECASE):
        found += [one.span("first") for one in _BEHIND_BY.finditer(text)]
    connection = _IN_A_WIDE_CONNECTION if _IS_A_CONNECTION.search(text) else _IN_A_CONNECTION
    found += [one.span("word") for one in connection.finditer(text)]
    found += _in_all_calls(text)
    apart: list[Span] = []
    for start, end in sorted(found):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


class _Call:
    """A parenthesis that is open: of a function, or of none (`name` "")."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0
        self.quoted: dict[int, Span] = {}

    def secret(self) -> list[Span]:
        places = _PLACES.get(self.name, (2, 3) if self.name.startswith(_BUCKETS) else ())
        # A database's engine names no table.
        if self.name in ("mysql", "postgresql") and self.number == 3:
            places = (3,)
        return [self.quoted[at] for at in places if at in self.quoted]


def _in_all_calls(text: str) -> list[Span]:
    """The secret arguments of every call, those within others too.

    A quote that is none (in a string of many letters) can put calls out of sight; each of those is read by itself.
    """
    found: list[Span] = []
    known: set[int] = set()
    alone = 0
    for call in _CALL.finditer(text):
        if not known:
            found += _in_calls(text, call.start(), len(text), known)
        elif call.start() not in known and alone < _ALONE:
            alone += 1
            found += _in_calls(text, call.start(), call.start() + _REACH, known)
    return found


def _in_calls(text: str, start: int, end: int, known: set[int]) -> list[Span]:
    """Those of a piece of the text; `known` is given where each call in it begins."""
    found: list[Span] = []
    calls = [_Call("")]
    name = ""
    for token in _TOKEN.finditer(text, start, end):
        sign = token["sign"]
        if token["quoted"]:
            calls[-1].quoted[calls[-1].number] = token.span()
        elif sign == "(":
            calls.append(_Call(name))
        elif sign == ",":
            calls[-1].number += 1
        elif sign == ")" and len(calls) > 1:
            found += calls.pop().secret()
        name = (token["name"] or "").lower()
        if name:
            known.add(token.start())
    for call in calls:
        found += call.secret()
    return found
