"""The demo's own tables, by rich: with colours on a terminal, plain text in a pipe. Gathers nothing itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from schemactl.project.references import Endpoint
from schemactl.workflows.check import TargetChecked
from tests.demo.references import Followed

_PIPE_WIDTH = 120
_WIDE = 100
_COLOURS = {"holds": "green", "broken": "red", "let pass": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One target as it stands in the end.

    server      engine and version, as the server tells
    head        the newest applied migration
    pending     how many migrations are not applied
    seeds       how many are applied and unchanged
    checks      how many of its own returned no row, of how many
    references  how many from here hold, of how many that have a value to follow
    """

    target: str
    server: str
    head: str
    pending: int
    seeds: int
    rows: int
    objects: int
    checks: tuple[int, int]
    references: tuple[int, int]


def console() -> Console:
    """Of standard output; a pipe is as wide as the tool takes it to be."""
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False, soft_wrap=False)


def closing(lines: Sequence[Line], on: Console) -> Table:
    """Targets, engines, versions, seeds, objects, checks, and the sum of each."""
    made = _plain(on)
    made.add_column("target", style="bold", no_wrap=True)
    made.add_column("engine", overflow="fold")
    made.add_column("head", no_wrap=True)
    for title in ("seeds", "rows", "objects", "checks", "refs"):
        made.add_column(title, justify="right", no_wrap=True)
    for line in lines:
        made.add_row(*_cells(line))
    made.add_section()
    made.add_row(f"{len(lines)} targets", f"{len({line.server for line in lines})} engines", "", *_sums(lines))
    return made


def checked(found: Sequence[TargetChecked], on: Console) -> Table:
    """What each check of the platform's own returned."""
    made = _plain(on)
    for title in ("target", "check"):
        made.add_column(title, overflow="fold")
    made.add_column("returned", no_wrap=True)
    for target in found:
        for one in target.checks:
            shown = "[green]no row[/]" if one.holds else "[red]broken[/]"
            made.add_row(target.target.partition("/")[2], one.check.name, shown)
    return made


def followed(found: Sequence[Followed], on: Console) -> Table:
    """Each reference with the number of its values and what came of them; both ends in one column if need be."""
    made = _plain(on)
    wide = on.width >= _PIPE_WIDTH
    for title in ("from", "to") if wide else ("reference",):
        made.add_column(title, overflow="fold")
    for title in ("values", "orphans"):
        made.add_column(title, justify="right", no_wrap=True)
    made.add_column("result", no_wrap=True)
    for one in found:
        ends = [_end(one.reference.source), _end(one.reference.referred)]
        shown = f"[{_COLOURS.get(one.verdict, 'dim')}]{one.verdict}[/]"
        made.add_row(*(ends if wide else ["\n→ ".join(ends)]), str(one.values), str(len(one.orphans)), shown)
    return made


def show(table: Table, on: Console) -> None:
    """Draw a table, without the blanks that fill its last column."""
    with on.capture() as drawn:
        on.print(table)
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()), flush=True)


def _plain(on: Console) -> Table:
    """No frame; a gap of two where there is room."""
    gap = 2 if on.width >= _WIDE else 1
    return Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")


def _cells(line: Line) -> list[str]:
    head = f"{line.head} (+{line.pending})" if line.pending else line.head
    counts = [str(line.seeds), str(line.rows), str(line.objects)]
    return [line.target, line.server, head, *counts, _part(line.checks), _part(line.references)]


def _part(pair: tuple[int, int]) -> str:
    return f"{pair[0]}/{pair[1]}" if pair[1] else "–"


def _sums(lines: Sequence[Line]) -> list[str]:
    counts = [str(sum(getattr(line, name) for line in lines)) for name in ("seeds", "rows", "objects")]
    pairs = [[getattr(line, name) for line in lines] for name in ("checks", "references")]
    return [*counts, *(_part((sum(a for a, _ in pair), sum(b for _, b in pair))) for pair in pairs)]


def _end(end: Endpoint) -> str:
    # Brackets are rich's own marks.
    return f"{end.target}.{end.object}.{end.path}".replace("[", "\\[")
