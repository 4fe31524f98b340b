"""What was measured, as values: medians, ratios pair by pair, and the same as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One tool in one row. `not_run`: why there are no times, with the remedy; empty where there are."""

    name: str
    version: str = ""
    flags: str = ""
    seconds: list[float] = field(default_factory=list)
    not_run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The subject's time shall be at most `at_most` times the reference's. Of several references the fastest counts."""

    subject: str
    references: Sequence[str]
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A piece of work and what each tool took for it. `checked`: what was compared after every run."""

    title: str
    checked: str
    lines: list[Line]
    goals: list[Goal]

    def line(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name and line.seconds), None)

    def verdict(self, goal: Goal) -> tuple[str, float | None]:
        """The goal as a sentence, and its ratio: the median of the pairs' ratios; None where a side was not run."""
        there = [line for line in map(self.line, goal.references) if line is not None]
        subject = self.line(goal.subject)
        if subject is None or not there:
            return f"{goal.subject} ÷ {' | '.join(goal.references)}: not run (goal ≤ {goal.at_most})", None
        fastest = min(there, key=lambda line: median(line.seconds))
        measured = ratio(subject, fastest)
        holds = "holds" if measured <= goal.at_most else "MISSED"
        which = f"{fastest.name}, the fastest of {len(there)}" if len(goal.references) > 1 else fastest.name
        return f"{goal.subject} ÷ {which}: {measured:.2f} (goal ≤ {goal.at_most}) {holds}", measured


def ratio(one: Line, other: Line) -> float:
    """The median of `one` ÷ `other`, round by round."""
    return median(a / b for a, b in zip(one.seconds, other.seconds, strict=False))


def table(row: Row) -> str:
    """The row as text: a line a tool, then the goals. Ratios are the first goal's subject's, else the first tool's."""
    subject = row.line(row.goals[0].subject) or next((line for line in row.lines if line.seconds), None)
    against = f"{subject.name if subject else ''} ÷"
    head = f"{'':24}{'median s':>10}{'min':>9}{'max':>9}{'runs':>6}{against:>14}"
    lines = [row.title, f"  after every run: {row.checked}", f"  {head.rstrip()}"]
    for line in row.lines:
        if not line.seconds:
            lines.append(f"  {line.name:24}not run: {line.not_run}")
            continue
        times = f"{median(line.seconds):10.3f}{min(line.seconds):9.3f}{max(line.seconds):9.3f}{len(line.seconds):6}"
        lines.append(f"  {line.name:24}{times}{ratio(subject or line, line):14.2f}")
        if line.not_run:
            lines.append(f"  {'':24}stopped: {line.not_run}")
    return "\n".join([*lines, *(f"  {row.verdict(goal)[0]}" for goal in row.goals)])


def as_json(row: Row) -> dict[str, Any]:
    """The row with every measured time, the medians and the goals' ratios."""
    lines = [asdict(line) | {"median": median(line.seconds) if line.seconds else None} for line in row.lines]
    goals = [asdict(goal) | {"ratio": row.verdict(goal)[1]} for goal in row.goals]
    return {"title": row.title, "checked": row.checked, "lines": lines, "goals": goals}
