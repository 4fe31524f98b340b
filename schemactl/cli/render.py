"""Draws events for people: plain lines, or the bars of a terminal. Keeps what the closing table needs to know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, assert_never

from schemactl.cli.output import Output
from schemactl.cli.style import Style
from schemactl.events import (
    Event,
    InspectionFinished,
    InspectionStarted,
    Noted,
    SeedWritten,
    StatementProbed,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
    TargetFinished,
    TargetStarted,
    Waiting,
    Warned,
)

# On a terminal more lines than these would only push away what stood there.
_FEW = 20
_DONE = {"up": "applied", "down": "rolled back"}


class Screen(Protocol):
    """What is drawn on. Steps count up to the total that `begin` adds to."""

    def line(self, text: str) -> None: ...

    def warn(self, text: str) -> None: ...

    def begin(self, target: str, steps: int) -> None: ...

    def step(self, target: str, label: str, part: float) -> None: ...

    def advance(self, target: str) -> None: ...

    def end(self, target: str, outcome: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PlainScreen:
    """A pipe, a log, a terminal without control codes: lines only."""

    out: Output

    def line(self, text: str) -> None:
        self.out.line(text)

    def warn(self, text: str) -> None:
        self.out.note(text)

    def begin(self, target: str, steps: int) -> None:
        return

    def step(self, target: str, label: str, part: float) -> None:
        return

    def advance(self, target: str) -> None:
        return

    def end(self, target: str, outcome: str) -> None:
        return


@dataclass(slots=True)
class Renderer:
    """A Listener. Events come from several threads.

    steps_shown  whether each finished step gets a line
    margin       columns for the name of the target
    """

    out: Output
    style: Style
    screen: Screen
    steps_shown: bool = True
    margin: int = 0
    duration_ms: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rows: dict[str, str] = field(default_factory=dict)  # target → what became of the rows of its seed
    _tenths: dict[str, tuple[str, int]] = field(default_factory=dict)  # target → seed, and how far that is

    def __call__(self, event: Event) -> None:
        with self._lock:
            event = _without_passwords(event, self.out.hide)
            if isinstance(event, StepFinished):
                self.duration_ms[event.target] = self.duration_ms.get(event.target, 0) + event.duration_ms
            if self.out.json:
                self.out.event(event)
            else:
                self._draw(event)

    def tell(self, text: str) -> None:
        """A line that is no event: to standard error with `--json`."""
        with self._lock:
            if self.out.json:
                self.out.note(text)
            else:
                self.screen.warn(self.style.yellow(text))

    def _draw(self, event: Event) -> None:
        screen, style = self.screen, self.style
        match event:
            case TargetStarted():
                screen.begin(event.target, event.steps)
            case StepStarted():
                screen.step(event.target, f"{event.version}_{event.name}", 0.0)
            case StepProgress():
                self._progress(event)
            case StepFinished():
                screen.advance(event.target)
                if self.steps_shown:
                    what = self._rows.pop(event.target, _DONE[event.direction])
                    took = style.dim(f"{what} in {seconds(event.duration_ms)}")
                    screen.line(f"{self._name(event.target)}  {event.version}_{event.name}  {took}")
            case StepFailed():
                screen.line(f"{self._name(event.target)}  {event.version}_{event.name}  {style.red('stopped')}")
            case Waiting():
                screen.line(style.yellow(f"{self._name(event.target)}  {_waiting(event)}"))
            case Warned():
                screen.warn(_warned(event, style))
            case Noted():
                name = self._name(event.target)
                label = f"{name}  {event.version}" if event.version else name
                screen.line(style.dim(f"{label}  {event.what}"))
            case StatementProbed():
                screen.line(f"{self._name(event.target)}  {_probed(event, style)}")
            case SeedWritten():
                self._rows[event.target] = f"{event.added} added, {event.changed} changed, {event.same} same"
            case InspectionStarted():
                screen.step(event.target, event.name, 0.0)
            case InspectionFinished():
                # What was found is told at the end, the worst first.
                screen.advance(event.target)
            case TargetFinished():
                screen.end(event.target, event.outcome)
            case _:
                assert_never(event)

    def _name(self, target: str) -> str:
        return f"{target:<{self.margin}}"

    def _progress(self, event: StepProgress) -> None:
        part = event.done / event.total if event.total else 0.0
        self.screen.step(event.target, "", part)
        if self.steps_shown and event.done != event.total and not self._is_passed_over(event):
            total = f" of {event.total}" if event.total is not None else ""
            self.screen.line(
                self.style.dim(f"{self._name(event.target)}  {event.version}: {event.done}{total} {event.unit}")
            )

    def _is_passed_over(self, event: StepProgress) -> bool:
        """Of rows, which are many, a bar shows how far it is; without one each tenth has a line."""
        if event.unit != "rows" or not event.total:
            return False
        tenth = (event.version, event.done * 10 // event.total)
        before = self._tenths.get(event.target, (event.version, 0))
        self._tenths[event.target] = tenth
        return not isinstance(self.screen, PlainScreen) or tenth == before


@contextmanager
def rendering(out: Output, style: Style, *, steps: int = 0, targets: Iterable[str] = ()) -> Iterator[Renderer]:
    """A Renderer for a run of `steps` migrations: bars where standard output is a terminal and there is work."""
    margin = max(map(len, targets), default=0)
    if out.json or not steps or not _can_draw():
        yield Renderer(out=out, style=style, screen=PlainScreen(out), margin=margin)
        return
    from schemactl.cli.bars import bars

    with bars(colours=style.colours) as screen:
        yield Renderer(out=out, style=style, screen=screen, steps_shown=steps <= _FEW, margin=margin)


def _can_draw() -> bool:
    import sys

    from schemactl.cli.style import is_terminal

    return is_terminal(sys.stdout)


def _probed(event: StatementProbed, style: Style) -> str:
    paint = {"done": style.green, "half": style.yellow, "unknown": style.red}.get(event.verdict, style.dim)
    return f"{event.version} line {event.line}  {paint(event.verdict)}  {style.dim(event.evidence)}"


def seconds(ms: int) -> str:
    """`12 ms`, `3.4 s`, `2 min 05 s`."""
    if ms < 1000:
        return f"{ms} ms"
    if ms < 60_000:
        return f"{ms / 1000:.1f} s"
    return f"{ms // 60_000} min {ms // 1000 % 60:02d} s"


def _without_passwords(event: Event, hide: Callable[[str], str]) -> Event:
    """The event with its free text made safe: servers and scripts may quote anything."""
    match event:
        case Noted() | StepFailed():
            return replace(event, what=hide(event.what))
        case Warned():
            return replace(event, what=hide(event.what), do=hide(event.do) if event.do else None)
        case Waiting():
            return replace(event, why=hide(event.why))
        case StatementProbed():
            return replace(event, evidence=hide(event.evidence))
        case TargetFinished(why=str(why)):
            return replace(event, why=hide(why))
        case _:
            return event


def _waiting(event: Waiting) -> str:
    tries = f" (attempt {event.attempt} of {event.tries})" if event.tries else ""
    again = f"again in {event.delay_s:g} s" if event.tries else f"for at most {event.delay_s:g} s"
    return f"waits: {event.why}; {again}{tries}"


def _warned(event: Warned, style: Style) -> str:
    where = f"{event.target}: " if event.target else ""
    do = f"\n  do: {event.do}" if event.do else ""
    return f"{style.yellow('warning')}: {where}{event.what}{do}"
