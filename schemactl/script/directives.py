"""Directives: which there are, where they may stand, what their values look like (docs/formats.md). Pure.

What a directive does to a run is for those who run it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from schemactl.errors import ConfigError
from schemactl.script.duration import milliseconds
from schemactl.script.section import Directives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from schemactl.script.statement import Statement

Place = Literal["up", "down", "statement"]

_FORM: Final = re.compile(r"\s*([^\s=:]+)\s*(?:=\s*([^:]*?)\s*)?(?::\s*(.*?)\s*)?")
_RULE: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Mark:
    """A comment that speaks to us. `keyword` is `migrate` or `schemactl` as written; `value` what follows the colon."""

    keyword: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class _Directive:
    key: str
    value: str | None
    text: str | None
    line: int
    shown: str

    def refuse(self, why: str, do: str) -> NoReturn:
        at = f"{self.shown}:{self.line}" if self.shown else f"line {self.line}"
        raise ConfigError(why, at=at, do=do, kind="directive")


def _duration(directive: _Directive) -> int:
    try:
        return milliseconds("" if directive.value is None or directive.text is not None else directive.value)
    except ValueError:
        pass
    return directive.refuse(
        f"{directive.key} takes a time of at most 24 days",
        f"write `{directive.key}=5s`; units ms, s, min, h; 0 for off",
    )


def _transaction(directive: _Directive) -> bool:
    if directive.value != "none" or directive.text is not None:
        directive.refuse("transaction takes `none` and nothing else", "write `transaction=none`, or leave it out")
    return True


def _requires(directive: _Directive) -> tuple[tuple[str, int], ...]:
    names = [name.strip() for name in (directive.value or "").split(",")]
    if directive.text is not None or not all(names):
        directive.refuse("requires takes migrations of other targets", "write `requires=users_db@0003`")
    return tuple((name, directive.line) for name in names)


def _irreversible(directive: _Directive) -> str:
    if directive.value is not None or not directive.text:
        directive.refuse("irreversible takes a reason", "write `irreversible: why there is no way back`")
    return directive.text


def _idempotent(directive: _Directive) -> bool:
    if directive.value is not None or directive.text is not None:
        directive.refuse("idempotent takes no value", "write `idempotent` alone")
    return True


def _ignore(directive: _Directive) -> tuple[tuple[str, str], ...]:
    if not directive.text or not _RULE.fullmatch(directive.value or ""):
        directive.refuse("ignore takes a lint rule and a reason", "write `ignore=<rule>: why it is safe here`")
    return ((directive.value or "", directive.text),)


# key → (field of Directives, how its value is read, where it may stand)
_KEYS: Final[dict[str, tuple[str, Callable[[_Directive], Any], frozenset[Place]]]] = {
    "transaction": ("transaction_none", _transaction, frozenset({"up", "down"})),
    "lock_timeout": ("lock_timeout_ms", _duration, frozenset({"up", "down", "statement"})),
    "statement_timeout": ("statement_timeout_ms", _duration, frozenset({"up", "down", "statement"})),
    "requires": ("requires", _requires, frozenset({"up"})),
    "irreversible": ("irreversible", _irreversible, frozenset({"up"})),
    "idempotent": ("idempotent", _idempotent, frozenset({"up", "down", "statement"})),
    "ignore": ("ignore", _ignore, frozenset({"up", "down", "statement"})),
}
_REPEATABLE: Final = frozenset({"requires", "ignore"})


def _read(mark: Mark, *, place: Place, seen: set[str], shown: str) -> _Directive:
    form = _FORM.fullmatch(mark.value)
    key, value, text = form.groups() if form else (mark.value.strip(), None, None)
    directive = _Directive(key, value, text, mark.line, shown)
    if mark.keyword != "schemactl":
        directive.refuse(f"{mark.keyword}: is not how a directive begins", "write `schemactl:` in lower case")
    if key not in _KEYS:
        directive.refuse(f"there is no directive {key or '(empty)'}", _nearest(key))
    places = _KEYS[key][2]
    if place not in places:
        directive.refuse(f"{key} cannot hold here", f"it holds for {_told(places)}")
    if key in seen and key not in _REPEATABLE:
        directive.refuse(f"{key} is given twice", "keep one of them")
    seen.add(key)
    return directive


def _told(places: frozenset[Place]) -> str:
    if places == {"up"}:
        return "the up section: write it between migrate:up and its first statement"
    return "a whole section: write it between the section's marker and its first statement"


def _nearest(key: str) -> str:
    from difflib import get_close_matches  # only on the way to an error: it costs start-up time

    near = get_close_matches(key, _KEYS, n=1)
    return f"write `{near[0]}`" if near else f"known are {', '.join(_KEYS)}"


def of_section(marks: Sequence[Mark], *, place: Literal["up", "down"], shown: str) -> Directives:
    """What `marks` say of a section.

    raises  ConfigError, kind `directive`, with the mark's line
    """
    if not marks:
        return Directives()
    seen: set[str] = set()
    said: dict[str, Any] = {}
    for mark in marks:
        directive = _read(mark, place=place, seen=seen, shown=shown)
        name, read, _ = _KEYS[directive.key]
        value = read(directive)
        said[name] = said[name] + value if directive.key in _REPEATABLE and name in said else value
    return Directives(**said)


def of_statement(marks: Iterable[Mark], *, shown: str) -> dict[str, str]:
    """What `marks` say of one statement: `{"lock_timeout": "5s", "idempotent": "", "ignore": "rule: why"}`.

    Values are checked and kept as written; several `ignore` are joined by newlines.
    """
    seen: set[str] = set()
    said: dict[str, str] = {}
    for mark in marks:
        directive = _read(mark, place="statement", seen=seen, shown=shown)
        _KEYS[directive.key][1](directive)
        value = ": ".join(part for part in (directive.value, directive.text) if part is not None)
        said[directive.key] = f"{said[directive.key]}\n{value}" if directive.key in said else value
    return said


def attach(parts: Iterable[Statement | Mark], *, shown: str) -> tuple[Statement, ...]:
    """The statements, each with the directives right above it.

    raises  ConfigError, kind `directive`, also for one that no statement follows
    """
    done: list[Statement] = []
    waiting: list[Mark] = []
    for part in parts:
        if isinstance(part, Mark):
            waiting.append(part)
        elif waiting:
            done.append(part._replace(directives=of_statement(waiting, shown=shown)))
            waiting = []
        else:
            done.append(part)
    unfollowed(waiting, shown=shown)
    return tuple(done)


def unfollowed(marks: Sequence[Mark], *, shown: str) -> None:
    """Refuse directives that no statement follows."""
    for mark in marks:
        lonely = _Directive(mark.value.strip(), None, None, mark.line, shown)
        lonely.refuse(f"no statement follows the directive {lonely.key}", "put it above its statement, or remove it")
