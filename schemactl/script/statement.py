"""A statement as the lexer cut it (docs/formats.md, "Statements")."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


_LINE: Final = 4_000
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Statement(NamedTuple):
    """One statement of one section.

    text        from the first token to the last, comments inside kept, without the `;`
    line        one-based line of its first token in the file
    normal      the normal form: what `hash` covers
    words       the first tokens in upper case, comments and white space left out, at most 16: enough to tell what the
                statement is; strings stand as `'`, quoted names and names as written between their quotes
    copy_data   the rows of COPY … FROM stdin, newline at the end of each, without `\\.`; None for every other statement
    directives  of this statement alone, by key
    """

    text: str
    line: int
    normal: str
    words: tuple[str, ...]
    copy_data: str | None = None
    directives: Mapping[str, str] = _NOTHING

    @property
    def shown(self) -> str:
        """`text` for people and programs that read it: without the secrets in it."""
        from schemactl.script.hidden import hidden

        return hidden(self.text)

    @property
    def head(self) -> str:
        """The beginning of `shown`, enough for a line of any terminal, however long the statement is."""
        from schemactl.script.hidden import hidden

        return hidden(self.text[:_LINE])

    @property
    def hash(self) -> str:
        """SHA-256 of the normal form, lower-case hex."""
        return hashlib.sha256(self.normal.encode()).hexdigest()
