"""The hashes of a migration file (docs/formats.md, "Checksums"), and its bytes as text. Reads no file itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemactl.script.statement import Statement

_BOM: Final = b"\xef\xbb\xbf"


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
