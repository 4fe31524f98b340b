"""Tasks of several targets in parallel, each after what it needs. Knows nothing of migrations or engines.

A failed task leaves what needs it blocked; everything else goes on, and nothing is undone.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemactl.errors import RunInterruptedError, SchemactlError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemactl.contract.opening import Stop

Key = tuple[str, int]  # target, and which of its tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A piece of one target's work: `work` raises SchemactlError where it fails."""

    key: Key
    needs: frozenset[Key]
    work: Callable[[], None]
    name: str = ""


@dataclass(slots=True)
class Ran:
    """What became of the tasks."""

    done: set[Key] = field(default_factory=set)
    failed: dict[Key, SchemactlError] = field(default_factory=dict)
    blocked: dict[Key, Key] = field(default_factory=dict)  # task → the failed one it needed
    skipped: set[Key] = field(default_factory=set)  # never started, because the run was asked to stop


def run_all(tasks: Sequence[Task], *, workers: int, stop: Stop) -> Ran:
    """Run every task whose needs are met, at most `workers` at once. One target's tasks never run side by side.

    raises  whatever a task raised that is not a SchemactlError, after the tasks under way have ended
    """
    if len(tasks) == 1 and not stop:
        return _run_one(tasks[0])
    ran = Ran()
    waiting = {task.key: task for task in tasks}
    running: dict[Future[None], Task] = {}
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="target") as pool:
        while waiting or running:
            if stop:
                ran.skipped |= set(waiting)
                waiting.clear()
            _block(waiting, ran)
            ready = [task for task in waiting.values() if task.needs <= ran.done][: workers - len(running)]
            for task in ready:
                del waiting[task.key]
                running[pool.submit(task.work)] = task
            if not running:
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                _note(ran, running.pop(future), future)
    return ran


def _run_one(task: Task) -> Ran:
    ran = Ran()
    try:
        task.work()
    except SchemactlError as error:
        ran.failed[task.key] = error
    else:
        ran.done.add(task.key)
    return ran


def _block(waiting: dict[Key, Task], ran: Ran) -> None:
    changed = True
    while changed:
        changed = False
        for key, task in list(waiting.items()):
            culprit = next((need for need in sorted(task.needs) if need in ran.failed or need in ran.blocked), None)
            if culprit is not None:
                ran.blocked[key] = ran.blocked.get(culprit, culprit)
                del waiting[key]
                changed = True


def _note(ran: Ran, task: Task, future: Future[None]) -> None:
    error = future.exception()
    if error is None:
        ran.done.add(task.key)
    elif isinstance(error, SchemactlError):
        ran.failed[task.key] = error
    else:
        raise error


def interrupted(ran: Ran) -> bool:
    return any(isinstance(error, RunInterruptedError) for error in ran.failed.values()) or bool(ran.skipped)


def find_cycle(needs: Mapping[Key, frozenset[Key]]) -> tuple[Key, ...]:
    """A cycle among the needs, first key repeated at the end; empty where there is none."""
    done: set[Key] = set()
    for start in needs:
        path: list[Key] = []
        stack: list[tuple[Key, bool]] = [(start, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(key)
                continue
            if key in done:
                continue
            if key in path:
                return (*path[path.index(key) :], key)
            path.append(key)
            stack.append((key, True))
            stack.extend((need, False) for need in needs.get(key, frozenset()))
    return ()
