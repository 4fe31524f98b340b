"""The program's two streams: text for people, or JSON lines (docs/formats.md, "Events"). Decides no wording.

Writing never raises: a reader that went away must not stop a migration.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from schemactl.errors import SchemactlError

if TYPE_CHECKING:
    from schemactl.events import Event


class Answer(NamedTuple):
    """A command's whole answer: `data` for programs, what people read was written before."""

    data: Any = None
    exit: int = 0
    error: SchemactlError | None = None


def hide_urls(text: str) -> str:
    """`text` without the passwords of URLs in it."""
    from schemactl.project.secrets import Masker

    return Masker(()).hide(text)


@dataclass(slots=True, kw_only=True)
class Output:
    """Where everything is written.

    json      standard output holds JSON lines and nothing else
    platform  the platform that events without a target belong to
    hide      takes passwords out of a text
    lost      why standard output took no more, "" while it does, and where its reader only went away
    answer    what to answer where no command ran
    """

    json: bool = False
    platform: str | None = None
    hide: Callable[[str], str] = hide_urls
    lost: str = ""
    answer: Answer = field(default_factory=Answer)
    _closed: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def line(self, text: str = "") -> None:
        """A line for people on standard output; nothing with `--json`."""
        if not self.json:
            self._write(text)

    def nothing(self, what: str, names: Sequence[str]) -> None:
        """`up to date: a, b`, or how many where they are many."""
        self.line(f"{what}: {', '.join(names) if len(names) <= 4 else f'{len(names)} targets'}")

    def note(self, text: str) -> None:
        """A line for people on standard error."""
        with self._lock:
            try:
                print(text, file=sys.stderr, flush=True)
            except OSError:
                # Nobody is left to be told.
                _turn_away(sys.stderr)

    def error(self, error: SchemactlError) -> None:
        """An error in full on standard error."""
        from schemactl.cli.style import Style

        style = Style.of(sys.stderr)
        head, *rest = [self.hide(line) for line in error.lines()]
        self.note("\n".join([style.red(head[:6]) + head[6:], *rest]))

    def event(self, event: Event) -> None:
        """An event as a JSON line."""
        target: str | None = event.target
        body = {item.name: getattr(event, item.name) for item in fields(event)}
        body.pop("target")
        platform = target.partition("/")[0] if target else self.platform
        self._object(_snake(type(event).__name__), {"platform": platform, "target": target, **body})

    def result(self, answer: Answer) -> None:
        """The last line of `--json`."""
        error = self.error_json(answer.error)
        self._object("result", {"exit": answer.exit, "error": error, "data": answer.data})

    def error_json(self, error: SchemactlError | None) -> dict[str, Any] | None:
        """An error as an object, without passwords; None for none."""
        if error is None:
            return None
        return {key: self.hide(value) if isinstance(value, str) else value for key, value in error.as_json().items()}

    def finish(self) -> None:
        """Flush, and keep the interpreter from complaining of a reader that went away."""
        try:
            sys.stdout.flush()
        except OSError as error:
            self._lose(error)

    def _object(self, event: str, body: dict[str, Any]) -> None:
        import json
        from datetime import UTC, datetime

        ts = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._write(json.dumps({"v": 1, "event": event, "ts": ts, **body}, ensure_ascii=False, default=str))

    def _write(self, text: str) -> None:
        with self._lock:
            if self._closed:
                return
            try:
                print(text, flush=True)
            except OSError as error:
                self._lose(error)

    def _lose(self, error: OSError) -> None:
        self._closed = True
        self.lost = "" if isinstance(error, BrokenPipeError) else (error.strerror or str(error))
        _turn_away(sys.stdout)


def _turn_away(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, or the interpreter would fail on it at exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")
