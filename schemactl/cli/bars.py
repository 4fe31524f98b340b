"""Progress on a terminal: one line a target with done, total, rate and time left. The only place that loads rich."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Rate(ProgressColumn):
    """Migrations a second, once there is something to tell it from."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.0f}/s" if speed and speed >= 1 else "", style="dim")


class _Count(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{int(task.completed)}/{int(task.total or 0)}")


class BarScreen:
    """A render.Screen of bars. Not safe for threads by itself: the Renderer takes care of that."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}

    def line(self, text: str) -> None:
        self._progress.console.print(Text.from_ansi(text), soft_wrap=True)

    def warn(self, text: str) -> None:
        self.line(text)

    def begin(self, target: str, steps: int) -> None:
        if not steps:
            return
        self._total[target] = self._total.get(target, 0) + steps
        if target in self._tasks:
            self._progress.update(self._tasks[target], total=self._total[target])
            return
        self._tasks[target] = self._progress.add_task(target, total=steps, label="")

    def step(self, target: str, label: str, part: float) -> None:
        task = self._tasks.get(target)
        if task is None:
            return
        self._progress.update(task, completed=self._done.get(target, 0) + min(part, 0.99))
        if label:
            self._progress.update(task, label=label)

    def advance(self, target: str) -> None:
        self._done[target] = self._done.get(target, 0) + 1
        if target in self._tasks:
            self._progress.update(self._tasks[target], completed=self._done[target])

    def end(self, target: str, outcome: str) -> None:
        if target in self._tasks:
            self._progress.update(self._tasks[target], label="" if outcome == "done" else outcome.replace("_", " "))


@contextmanager
def bars(*, colours: bool) -> Iterator[BarScreen]:
    """A screen of bars for the body; they go when it ends, the lines above them stay."""
    console = Console(highlight=False, no_color=not colours)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24, complete_style="green", finished_style="green"),
        _Count(),
        _Rate(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[label]}", style="dim"),
    )
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        yield BarScreen(progress)
