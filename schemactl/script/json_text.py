"""JSON text with its places: the members of an object, the elements of a list, each with its slice and its line. Pure.

Python's reader decodes what stands there. What it lets pass and a migration must not hold (a key that stands twice,
NaN, half a surrogate pair) is refused here; only then is the text scanned a second time, to name the line.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 200  # levels, where Python's reader cannot go on; a document of MongoDB holds fewer

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_STRING: Final = r'"(?:[^"\\]|\\.)*+"'
_TOKEN: Final = re.compile(rf'{_STRING}|[{{}}\[\]:,]|[^ \t\n\r{{}}\[\]:,"]+', re.DOTALL)
_OUTSIDE: Final = re.compile(rf"({_STRING})|[ \t\n\r]+", re.DOTALL)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_NO_NUMBER: Final = frozenset({"NaN", "Infinity", "-Infinity"})


class Value(NamedTuple):
    """A value with its slice `text[start:end]`."""

    value: Any
    start: int
    end: int


class Member(NamedTuple):
    """A member of an object: its key, the key's place, and its value."""

    key: str
    at: int
    value: Value


class _RepeatedError(Exception):
    """A key stands twice in one object."""


class _NoNumberError(Exception):
    """NaN or an infinity, which JSON has no word for."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedError
    return found


def _constant(_: str) -> NoReturn:
    raise _NoNumberError


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


class Text:
    """A file's JSON. All places are indexes into `text`; `shown` names the file in messages."""

    __slots__ = ("_read", "_shown", "text")

    def __init__(self, text: str, *, shown: str) -> None:
        self.text = text
        self._shown = shown
        self._read: dict[int, Value] = {}

    def line(self, at: int) -> int:
        """The one-based line of a place."""
        return self.text.count("\n", 0, at) + 1

    def place(self, at: int) -> str:
        """`shown:line` of a place, for messages."""
        return f"{self._shown}:{self.line(at)}" if self._shown else f"line {self.line(at)}"

    def refuse(self, what: str, at: int, *, do: str, kind: str = "json") -> NoReturn:
        raise ConfigError(what, at=self.place(at), do=do, kind=kind)

    def only_object(self) -> tuple[Member, ...]:
        """The members of the object that is the whole text.

        raises  ConfigError, kind `json`, with the line of what is wrong
        """
        start = self._skip(0)
        if self.text[start : start + 1] != "{":
            self.refuse("the file is not a JSON object", start, do='write `{"up": [command, …], "down": [command, …]}`')
        members = self.members(start)
        end = self._skip(self._after(members, start))
        if end < len(self.text):
            self.refuse("something stands behind the end of the object", end, do="remove it")
        return members

    def only_list(self) -> tuple[Value, ...]:
        """The elements of the list that is the whole text. raises  ConfigError, as `only_object`"""
        start = self._skip(0)
        if self.text[start : start + 1] != "[":
            self.refuse("the file is not a JSON list", start, do="write `[command, …]`")
        found = self.elements(start)
        end = self._skip(self._skip(found[-1].end if found else start + 1) + 1)
        if end < len(self.text):
            self.refuse("something stands behind the end of the list", end, do="remove it")
        return found

    def members(self, start: int) -> tuple[Member, ...]:
        """The members of the object that begins at `start`, in the order of the text."""
        found: list[Member] = []
        for at in self._parts(start, "}"):
            if self.text[at] != '"':
                self._expected("a key in double quotes", at)
            key = self.value(at)
            if any(member.key == key.value for member in found):
                self._repeated(key.value, at)
            colon = self._skip(key.end)
            if self.text[colon : colon + 1] != ":":
                self._expected("`:`", colon)
            found.append(Member(key.value, at, self.value(self._skip(colon + 1))))
        return tuple(found)

    def elements(self, start: int) -> tuple[Value, ...]:
        """The elements of the list that begins at `start`."""
        return tuple(self.value(at) for at in self._parts(start, "]"))

    def value(self, start: int) -> Value:
        """The value that begins at `start`; read once, however often it is asked for."""
        if start not in self._read:
            self._read[start] = self._decoded(start)
        return self._read[start]

    def _decoded(self, start: int) -> Value:
        try:
            value, end = _DECODER.raw_decode(self.text, start)
        except (_RepeatedError, _NoNumberError, RecursionError):
            self._scan(start)
        except json.JSONDecodeError as fault:
            self._torn(fault)
        if _SURROGATE.search(self.text, start, end):
            self._refuse_half_characters(start, end)
        return Value(value, start, end)

    def _torn(self, fault: json.JSONDecodeError) -> NoReturn:
        before = len(self.text[: fault.pos].rstrip(" \t\n\r"))
        if self.text[fault.pos : fault.pos + 1] in ("]", "}") and self.text[before - 1 : before] == ",":
            self._lone_comma(before - 1)
        if not self.text[fault.pos :].strip(" \t\n\r"):
            self.refuse("not JSON: the text ends here", len(self.text), do="correct the file")
        self.refuse(f"not JSON: {fault.msg}", fault.pos, do="correct the file")

    def normal(self, value: Value) -> str:
        """The value's text without white space between its tokens; tokens byte for byte, keys in their order."""
        return _OUTSIDE.sub(lambda found: found.group(1) or "", self.text[value.start : value.end])

    def _parts(self, start: int, closing: str) -> Iterator[int]:
        """Where each part between the brackets begins; the caller reads it before it asks for the next."""
        at = self._skip(start + 1)
        while self.text[at : at + 1] != closing:
            if at >= len(self.text):
                self._expected(f"`{closing}`", at)
            yield at
            at = self._skip(self._end(at, closing))
            if self.text[at : at + 1] == ",":
                comma, at = at, self._skip(at + 1)
                if self.text[at : at + 1] == closing:
                    self._lone_comma(comma)
            elif self.text[at : at + 1] != closing:
                self._expected(f"`,` or `{closing}`", at)

    def _end(self, at: int, closing: str) -> int:
        value = self.value(at)
        if closing == "]":
            return value.end
        return self.value(self._skip(self._skip(value.end) + 1)).end

    def _after(self, members: tuple[Member, ...], start: int) -> int:
        return self._skip(members[-1].value.end if members else start + 1) + 1

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _expected(self, what: str, at: int) -> NoReturn:
        here = self.text[at : at + 1]
        self.refuse(
            f"not JSON: {what} expected, {f'`{here}` found' if here else 'the text ends here'}",
            at,
            do="correct the file",
        )

    def _lone_comma(self, at: int) -> NoReturn:
        self.refuse("a comma with nothing behind it", at, do="remove the comma")

    def _repeated(self, key: str, at: int) -> NoReturn:
        self.refuse(f"the key {json.dumps(key, ensure_ascii=False)} stands twice", at, do="keep one of them")

    def _refuse_half_characters(self, start: int, end: int) -> None:
        high = False
        for found in _ESCAPE.finditer(self.text, start, end):
            code = int(found.group(1), 16) if found.group(1) else 0
            low = 0xDC00 <= code < 0xE000
            follows = high and self.text[found.start() - 6 : found.start() - 4] == "\\u"
            ahead = self.text[found.end() : found.end() + 4].lower()
            paired = ahead.startswith("\\ud") and ahead[3:4] in "cdef" and len(ahead) == 4
            high = 0xD800 <= code < 0xDC00
            if (low and not follows) or (high and not paired):
                what = f"{found.group()} is half a character"
                self.refuse(what, found.start(), do="write the character itself, or both halves")

    def _scan(self, start: int) -> NoReturn:
        """Find the key that stands twice, the number that is none or the level that is too deep, and refuse it."""
        keys: list[set[str]] = []
        opened: list[str] = []
        key_comes = False
        for token in _TOKEN.finditer(self.text, start):
            word = token.group()
            if word in "{[":
                opened.append(word)
                keys.append(set())
                if len(opened) > DEEPEST:
                    self.refuse(f"more than {DEEPEST} levels", token.start(), do="write it flatter")
                key_comes = word == "{"
            elif word in "}]" and opened:
                opened.pop()
                keys.pop()
                key_comes = False
            elif word == ",":
                key_comes = bool(opened) and opened[-1] == "{"
            elif word in _NO_NUMBER:
                self.refuse(f"{word} is no JSON", token.start(), do=f'write {{"$numberDouble": "{word}"}}')
            elif key_comes:
                key = json.loads(word, strict=False)
                if key in keys[-1]:
                    self._repeated(key, token.start())
                keys[-1].add(key)
                key_comes = False
        self.refuse("not JSON", start, do="correct the file")
