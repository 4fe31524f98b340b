"""A TOML file as tables that know their file and line, so that every complaint about them can be placed.

Reads one file, checks types and unknown keys. What the keys mean belongs to whoever asks for them.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from schemactl.errors import ConfigError
from schemactl.project.names import did_you_mean
from schemactl.project.toml_lines import Key, line_of, lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

_Value = TypeVar("_Value")
_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Table:
    """One table of a TOML file. Absent keys read as None or empty; a wrong type is a ConfigError with file and line."""

    __slots__ = ("_lines", "_path", "data", "shown")

    def __init__(self, data: Mapping[str, Any], *, shown: str, lines: dict[Key, int], path: Key = ()) -> None:
        self.data = data
        self.shown = shown
        self._lines = lines
        self._path = path

    @classmethod
    def read(cls, path: Path, *, shown: str) -> Table:
        """The whole file as one table.

        raises  ConfigError where it cannot be read, is not UTF-8 or not TOML
        """
        return cls.of(_text(path, shown), shown=shown)

    @classmethod
    def of(cls, text: str, *, shown: str) -> Table:
        """A file's text as one table, newlines as LF. raises  ConfigError where it is not TOML"""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            where = _WHERE.search(str(error))
            last = text.count("\n") + 1
            line = int(where.group(1) or last) if where else last
            raise ConfigError(
                f"not TOML: {_WHERE.sub('', str(error))}", at=f"{shown}:{line}", do="correct the line", kind="toml"
            ) from error
        return cls(data, shown=shown, lines=lines_of(text))

    def at(self, *keys: str | int) -> str:
        """`file:line` of a key of this table, or of the table itself."""
        return f"{self.shown}:{line_of(self._lines, (*self._path, *keys))}"

    def error(self, what: str, *keys: str | int, do: str | None = None, kind: str | None = None) -> ConfigError:
        return ConfigError(what, at=self.at(*keys), do=do, kind=kind)

    def only(self, known: Collection[str]) -> None:
        """Refuse every key that is not in `known`."""
        for key in self.data:
            if key not in known:
                raise self.error(
                    f"unknown key `{key}`{self._inside()}", key, do=did_you_mean(key, known), kind="unknown_key"
                )

    def text(self, key: str) -> str | None:
        value = self._typed(key, str, "a string")
        if value is not None and not value.strip():
            raise self.error(f"`{key}` is empty", key, do="give it a value, or remove the line", kind="wrong_value")
        return value

    def needed(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise self.error(f"`{key}` is missing{self._inside()}", do=f'add `{key} = "…"`', kind="missing_key")
        return value

    def flag(self, key: str) -> bool | None:
        return self._typed(key, bool, "true or false")

    def number(self, key: str, *, least: int) -> int | None:
        value = self._typed(key, int, "a whole number")
        if value is not None and value < least:
            raise self.error(f"`{key}` is {value}, less than {least}", key, kind="wrong_value")
        return value

    def choice(self, key: str, choices: Collection[str]) -> str | None:
        value = self.text(key)
        if value is not None and value not in choices:
            raise self.error(
                f"`{key}` is {value!r}: it can be {', '.join(choices)}",
                key,
                do=did_you_mean(value, choices),
                kind="wrong_value",
            )
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, none empty and none twice."""
        values = self._typed(key, list, "a list of strings") or []
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.error(f"`{key}` holds {_named(value)}: a list of strings", key, index, kind="wrong_type")
            if value in values[:index]:
                raise self.error(f"`{key}` names {value!r} twice", key, index, do="remove one", kind="repeated")
        return tuple(values)

    def table(self, key: str) -> Table | None:
        value = self._typed(key, dict, "a table")
        return None if value is None else self._below(value, key)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of `[[key]]`, in order."""
        for index, value in enumerate(self._typed(key, list, f"tables, each headed [[{key}]]") or []):
            if not isinstance(value, dict):
                raise self.error(f"`{key}` holds {_named(value)}: [[{key}]] tables", key, index, kind="wrong_type")
            yield self._below(value, key, index)

    def entries(self) -> Iterator[tuple[str, Table]]:
        """Every key with its table; a key that is no table is refused."""
        for key in self.data:
            table = self.table(key)
            if table is not None:
                yield key, table

    def _below(self, data: Mapping[str, Any], *keys: str | int) -> Table:
        return Table(data, shown=self.shown, lines=self._lines, path=(*self._path, *keys))

    def _typed(self, key: str, kind: type[_Value], said: str) -> _Value | None:
        value: object = self.data.get(key)
        # In Python True is an int, in TOML it is not.
        if value is None:
            return None
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        raise self.error(f"`{key}` is {_named(value)}, not {said}", key, kind="wrong_type")

    def _inside(self) -> str:
        names = ".".join(str(part) for part in self._path if isinstance(part, str))
        return f" in [{names}]" if names else ""


def _text(path: Path, shown: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", at=shown, kind="unreadable") from error
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("not UTF-8", at=f"{shown}:{line}", do="save the file as UTF-8", kind="encoding") from error


def _named(value: object) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")
