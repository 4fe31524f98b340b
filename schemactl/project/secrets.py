"""What must not be seen: finds passwords in URLs and connection strings, and hides them in any text.

Errs towards hiding too much: where a text can be read two ways, the longer reading is masked. Opens and resolves
nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

STARS = "***"
Span = tuple[int, int]

_SECRET_KEY = re.compile(
    r"password|passwd|pwd|passphrase|secret|token|access_?key|api_?key|authmechanismproperties", re.IGNORECASE
)
# Names are bounded, so that a long word without `=` is not read again from each of its letters.
_PAIR = re.compile(
    r"(?P<key>[\w.%-]{1,64})\s*=\s*(?P<value>'(?:\\.|[^'\\])*(?:'|\\?\Z)|(?:\\.|[^\s\\])*\\?)", re.DOTALL | re.ASCII
)
_PORTS = re.compile(r"(?:\[[^\]]*\]|[^:,\[\]]*)(?::\d*)?(?:,(?:\[[^\]]*\]|[^:,\[\]]*)(?::\d*)?)*")
_URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>]+")


def mask(address: str) -> str:
    """A URL or a `key=value` connection string with `***` for each password; of any other text nothing is shown."""
    if "://" not in address and "=" not in address:
        return STARS
    return _starred(address, secret_spans(address))


def secret_spans(address: str) -> list[Span]:
    """Where passwords stand in a URL or a connection string, in order; empty spans (an empty password) left out.

    The password of a URL reaches from the first `:` after the scheme to the last `@`, so one that was not
    percent-encoded is found whole. What stands after the scheme of a URL without `@` whose port is no number counts
    as secret too: it is `user:password` with the host forgotten.
    """
    head, found, rest = address.partition("://")
    if not found or _PAIR.match(head):
        spans = [match.span("value") for match in _PAIR.finditer(address) if _SECRET_KEY.search(match["key"])]
        return [span for span in spans if span[0] < span[1]]
    start = len(head) + len(found)
    login, at, tail = rest.rpartition("@")
    spans = []
    if at:
        user, colon, _ = login.partition(":")
        spans.append((start + len(user) + len(colon), start + len(login)))
    elif not _PORTS.fullmatch(re.split(r"[/?#]", tail, maxsplit=1)[0]):
        return [(start, len(address))]
    spans += _query_spans(address, start + len(login) + len(at))
    return [span for span in spans if span[0] < span[1]]


def secrets_of(address: str) -> frozenset[str]:
    """The passwords of a URL or a connection string, as written and decoded; empty where it has none."""
    found = set()
    for start, end in secret_spans(address):
        written = address[start:end]
        found |= {written, unquote(written), unquote_plus(written)}
        bare = written[1:].removesuffix("'") if written.startswith("'") else written
        found.add(re.sub(r"\\(.)", r"\1", bare, flags=re.DOTALL))
    return frozenset(found)


class Masker:
    """Hides known passwords in any text, however they are written there, and the passwords of any URL in it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # A password of stars alone cannot be hidden behind stars.
        known = sorted({secret for secret in secrets if secret.strip("*")}, key=len, reverse=True)
        patterns = [pattern for secret in known for pattern in _spellings(secret)]
        # The lookahead finds occurrences that overlap; together they are hidden whole.
        self._known = re.compile(f"(?=({'|'.join(patterns)}))", re.DOTALL) if patterns else None

    @classmethod
    def of(cls, *addresses: str) -> Masker:
        """One that knows the passwords of these URLs and connection strings."""
        return cls(secret for address in addresses for secret in secrets_of(address))

    def hide(self, text: str) -> str:
        """`text` with `***` for each password."""
        while self._known is not None:
            spans = [match.span(1) for match in self._known.finditer(text)]
            if not spans:
                break
            # Stars and their neighbours may spell a password anew. Each round removes a character that is no star.
            text = _starred(text, spans)
        text = _URL_IN_TEXT.sub(lambda match: mask(match.group()), text)
        pairs = (match for match in _PAIR.finditer(text) if _SECRET_KEY.search(match["key"]))
        return _starred(text, [match.span("value") for match in pairs])


def _query_spans(address: str, start: int) -> list[Span]:
    question = address.find("?", start)
    spans: list[Span] = []
    position = question + 1
    while question >= 0 and position <= len(address):
        end = address.find("&", position)
        end = len(address) if end < 0 else end
        key, equals, value = address[position:end].partition("=")
        if equals and _SECRET_KEY.search(unquote(key)):
            spans.append((end - len(value), end))
        position = end + 1
    return spans


def _spellings(secret: str) -> list[str]:
    """Patterns of how a secret may stand in a text: any characters percent-encoded, JSON, Python, libpq, SQL."""
    import json

    percent = "".join(f"(?:{_percent(char)}|{re.escape(char)}{'|[+]' if char == ' ' else ''})" for char in secret)
    written = {
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        re.sub(r"([\\'])", r"\\\1", secret),
        secret.replace("'", "''"),
    }
    # The longest first, so that nothing of a doubled quote is left over.
    return [*(re.escape(text) for text in sorted(written - {secret}, key=len, reverse=True)), percent]


def _percent(char: str) -> str:
    return "".join(f"%(?i:{byte:02X})" for byte in char.encode("utf-8", "surrogatepass"))


def _starred(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    end = 0
    for start, stop in sorted(spans):
        if start >= end:
            parts += [text[end:start], STARS]
        end = max(end, stop)
    return "".join([*parts, text[end:]])
