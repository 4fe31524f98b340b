"""How a dialect's statements become a migration's text, and how that is read again: by the script layer, as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemactl.script import sections
from schemactl.script.section import Script
from schemactl.script.syntax import Syntax


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The form of a migration file.

    text   (up, down, directives of both) → the file; `down` None: no such section. A statement a line, the first on
           the second line where there are no directives
    parse  the file → its sections
    """

    text: Callable[[Sequence[str], Sequence[str] | None, Sequence[str]], str]
    parse: Callable[[str], Script]


def sectioned(syntax: Syntax) -> Language:
    """A language of text under `migrate:up` and `migrate:down`, each statement ended by `;`."""
    mark = syntax.marker

    def section(name: str, statements: Sequence[str], said: Sequence[str]) -> list[str]:
        directives = [f"{mark} schemactl: {one}" for one in said]
        return [f"{mark} migrate:{name}", *directives, *(f"{one};" for one in statements)]

    def text(up: Sequence[str], down: Sequence[str] | None, said: Sequence[str]) -> str:
        lines = section("up", up, said) + (section("down", down, said) if down is not None else [])
        return "\n".join(lines) + "\n"

    return Language(text=text, parse=lambda text: sections.parse(text, syntax, shown="0001_step.sql"))
