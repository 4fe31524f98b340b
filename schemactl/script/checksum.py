"""The hashes of a migration file (docs/formats.md, "Checksums"), and its bytes as text. Reads no file itself."""

from __future__ import annotations

import hashlib
import io
import tokenize
from collections.abc import Iterable
from typing import Final

from schemactl.errors import ConfigError
from schemactl.script.statement import Statement

_BOM: Final = b"\xef\xbb\xbf"
_NO_CODE: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


def _plain(raw: bytes) -> bytes:
    return raw.removeprefix(_BOM).replace(b"\r\n", b"\n")


def text_of(raw: bytes, *, shown: str) -> str:
    """The file as text: without byte order mark, CRLF as LF.

    raises  ConfigError, kind `encoding`, with the line of the first byte that is not UTF-8
    """
    plain = _plain(raw)
    try:
        return plain.decode()
    except UnicodeDecodeError as fault:
        line = 1 + plain.count(b"\n", 0, fault.start)
        utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        raise ConfigError(
            "the file is UTF-16, not UTF-8" if utf16 else f"byte 0x{plain[fault.start]:02x} is not UTF-8",
            at=f"{shown}:{line}",
            do="save the file as UTF-8",
            kind="encoding",
        ) from None


def checksum(raw: bytes) -> str:
    """`sha256-lf`: SHA-256, lower-case hex, of the bytes without byte order mark and with CRLF as LF."""
    return hashlib.sha256(_plain(raw)).hexdigest()


def up_hash(statements: Iterable[Statement]) -> str:
    """SHA-256, lower-case hex, over the statements' hashes (32 raw bytes each) in order."""
    total = hashlib.sha256()
    for statement in statements:
        total.update(hashlib.sha256(statement.normal.encode()).digest())
    return total.hexdigest()


def python_up_hash(text: str) -> str:
    """SHA-256, lower-case hex, of the Python text without comments and the lines that hold nothing else.

    A line inside a string is kept as it is, blank or not.
    raises  SyntaxError or tokenize.TokenError where the text is not Python
    """
    lines = text.split("\n")
    kept: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT and row in kept:
            kept[row] = lines[row - 1][:column].rstrip()
        elif token.type not in _NO_CODE:
            kept.update(
                (at, lines[at - 1]) for at in range(row, token.end[0] + 1) if at not in kept and at <= len(lines)
            )
    return hashlib.sha256("".join(f"{kept[row]}\n" for row in sorted(kept)).encode()).hexdigest()
