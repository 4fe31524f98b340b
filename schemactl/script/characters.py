"""Characters that no statement may hold, wherever they stand. Pure; looks at no token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemactl.script.lexer import UnclosedError

if TYPE_CHECKING:
    from schemactl.script.syntax import Syntax

# Neo4j 5 replaces these before it reads the text, so a quote or a `;` written so ends what it stands in.
_STRUCTURAL_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*+\\u++00(?:0[aAdD]|2[27aAfF]|3[bB]|5[cC]|60)")


def check(text: str, syntax: Syntax) -> None:
    """Refuse a NUL byte, and in Cypher an escape that some versions read as the end of a string.

    raises  UnclosedError, kinds `nul` and `escape`
    """
    nul = text.find("\0")
    if nul >= 0:
        raise UnclosedError("a NUL byte stands in the text", nul, do="remove it, or save the file as UTF-8", kind="nul")
    escape = _STRUCTURAL_ESCAPE.search(text) if syntax.unicode_escapes else None
    if escape:
        raise UnclosedError(
            f"{escape.group()} is read as the character itself by some versions, and then ends what it stands in",
            escape.start(),
            do="write the character after one backslash, or as it is",
            kind="escape",
        )
