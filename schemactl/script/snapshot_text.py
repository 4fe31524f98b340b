"""A snapshot as SQL or Cypher text, and back (docs/formats.md, "Snapshot"). Pure; reads no file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from schemactl.model.snapshot import Block, Snapshot
from schemactl.script import lexer
from schemactl.script.snapshot_faults import FORMAT, newer, no_snapshot, once
from schemactl.script.syntax import by_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.model.catalog import Identity
    from schemactl.script.syntax import Syntax

_NO_VERSION: Final = "none"
_END: Final = "end"
_PART: Final = r'"(?:[^"\\]|\\.)*"|[^\s".]+'
_PARTS: Final = re.compile(_PART)
_TITLE: Final = re.compile(rf"([a-z]+(?: [a-z]+)*) ((?:{_PART})(?:\.(?:{_PART}))*)")
_HEAD: Final = re.compile(r"schemactl snapshot, format ([0-9]{1,9})")


def written(snapshot: Snapshot) -> str:
    """The text of a snapshot; equal snapshots have equal texts.

    raises  ValueError for one that could not be read back: a block without a name, or one whose text is no whole
            statements
    """
    mark = by_engine(snapshot.engine).marker
    head = (
        f"{mark} schemactl snapshot, format {FORMAT}\n"
        f"{mark} target: {snapshot.target}\n{mark} version: {snapshot.version or _NO_VERSION}\n"
    )
    body = "".join(f"\n{mark} {title(block.kind, block.identity)}\n{block.text}\n" for block in snapshot.blocks)
    text = f"{head}{body}\n{mark} {_END}\n"
    if parsed(text, engine=snapshot.engine, shown="") != snapshot:
        raise ValueError(f"the snapshot of {snapshot.target} cannot be read back from its text")
    return text


def parsed(text: str, *, engine: str, shown: str) -> Snapshot:
    """The snapshot that a text holds.

    text   with LF at the ends of lines
    shown  names the file in messages
    raises ConfigError (10), kind `snapshot` where it is none or only the beginning of one, `newer_snapshot`
    """
    syntax = by_engine(engine)
    lines = text.split("\n", 3)
    found = _HEAD.fullmatch(_after(lines[0], f"{syntax.marker} "))
    if found is None:
        raise no_snapshot("this is not a snapshot: its first line is not that of one", f"{shown}:1")
    if int(found[1]) > FORMAT:
        raise newer(int(found[1]), f"{shown}:1")
    target = _after(lines[1], f"{syntax.marker} target: ") if len(lines) > 1 else ""
    version = _after(lines[2], f"{syntax.marker} version: ") if len(lines) > 2 else ""
    if not target or not (version == _NO_VERSION or re.fullmatch("[0-9]+", version)):
        raise no_snapshot("the head of the snapshot does not say its target and version", f"{shown}:2")
    return Snapshot(
        engine=engine,
        target=target,
        version="" if version == _NO_VERSION else version,
        blocks=once(_blocks(text, syntax, shown), shown=shown),
    )


def title(kind: str, identity: Identity) -> str:
    """`table public.users`: names joined by dots, as JSON strings where they are more than letters and digits."""
    return f"{kind} " + ".".join(part if part.isidentifier() else _quoted(part) for part in identity)


def _quoted(part: str) -> str:
    return json.dumps(part, ensure_ascii=False)


def _after(line: str, head: str) -> str:
    return line[len(head) :] if line.startswith(head) else ""


def _blocks(text: str, syntax: Syntax, shown: str) -> Iterator[Block]:
    start = _head_end(text)
    under: tuple[str, Identity] | None = None
    for at, said in _marks(text, syntax, shown):
        if under is not None:
            yield Block(*under, text[start : at - 2])
        elif text[start:at] != "\n":
            raise no_snapshot("something stands before the first object", lexer.where(text, start, shown=shown))
        start = at + len(syntax.marker) + 1 + len(said) + 1
        if said == _END:
            if start != len(text):
                raise no_snapshot("something stands behind the end of the snapshot", lexer.where(text, at, shown=shown))
            return
        under = _named(said)
        if under is None:
            raise no_snapshot(f"a name in `{said}` is not written as it should be", lexer.where(text, at, shown=shown))
    what = "the snapshot is torn: its last line is missing, so more may be"
    raise no_snapshot(what, lexer.where(text, len(text), shown=shown))


def _head_end(text: str) -> int:
    """Behind the three lines of the head."""
    at = 0
    for _ in range(3):
        at = text.find("\n", at) + 1 or len(text)
    return at


def _marks(text: str, syntax: Syntax, shown: str) -> Iterator[tuple[int, str]]:
    """Where a block's title or the end of all may stand: a comment below a blank line and outside statements."""
    find, pos, between = lexer.of(syntax).find, 0, True
    begins = f"{syntax.marker} "
    while True:
        try:
            kind, start, end = find(text, pos)
        except lexer.UnclosedError as fault:
            at = lexer.where(text, fault.pos, shown=shown)
            raise no_snapshot(f"the snapshot is torn: {fault.what}", at) from None
        if kind == "end":
            return
        between = between and not text[pos:start].strip()
        if kind == "line comment" and between and text.startswith(begins, start) and text[start - 2 : start] == "\n\n":
            said = text[start + len(begins) : end]
            if said == _END or _TITLE.fullmatch(said):
                yield start, said
        elif kind == "semicolon":
            between = True
        elif kind not in ("line comment", "block comment"):
            between = False
        pos = end


def _named(said: str) -> tuple[str, Identity] | None:
    found = _TITLE.fullmatch(said)
    assert found is not None
    try:
        return found[1], tuple(json.loads(part) if part[0] == '"' else part for part in _PARTS.findall(found[2]))
    except json.JSONDecodeError:
        return None
