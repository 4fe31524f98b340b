"""What `verify` found, for people: what is wrong first and in full, what holds in a line."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from schemactl.cli.render import seconds
from schemactl.cli.style import Style, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemactl.cli.output import Output
    from schemactl.cli.verify_report import Report
    from schemactl.workflows.verify import Looked, State, TargetVerified

# So many findings of one inspection are told in full; the other forms have them all.
_FEW = 10
_PLAIN = Style(colours=False)
# What a database holds may be anything: a terminal would obey it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def tell(report: Report, out: Output, style: Style) -> None:
    """Write it; errors of targets are the caller's to tell."""
    for line in _lines(report, style, width()):
        out.line(report.hide(line))


def plain(report: Report) -> str:
    """The same as a text without colours, as a file keeps it, errors and every finding in it."""
    lines = [*_lines(report, _PLAIN, 120, few=None), *(line for error in report.errors for line in error.lines())]
    return "".join(f"{report.hide(line)}\n" for line in lines)


def _lines(report: Report, style: Style, columns: int, few: int | None = _FEW) -> Iterator[str]:
    targets = sorted(report.found.targets, key=lambda target: target.holds(strict=report.strict))
    for number, target in enumerate(targets):
        if number:
            yield ""
        server = f"  {style.dim(target.server)}" if target.server else ""
        yield f"{style.bold(target.target)}{server}"
        yield from _target(report, target, style, columns, few)
    yield ""
    yield _summary(report, style)


def _target(report: Report, target: TargetVerified, style: Style, columns: int, few: int | None) -> Iterator[str]:
    for one in target.looked:
        if one.state == "failed":
            yield f"  {style.red('failed')}  {style.bold(one.name)}: {_safe(one.found.inspection.asks)}"
            yield from _findings(one, style, few)
    for one in target.looked:
        if one.state == "error":
            yield f"  {style.red('error')}  {style.bold(one.name)}: {_safe(one.error.what if one.error else '')}"
    # Often several for one reason.
    kept: dict[str, list[str]] = {}
    for one in target.looked:
        if one.state == "not_run":
            kept.setdefault(one.found.not_run, []).append(style.bold(one.name))
    for why, names in kept.items():
        paint = style.red if report.strict else style.yellow
        yield f"  {paint('not run')}  {', '.join(names)}: {_safe(why)}"
    if target.error is not None:
        yield f"  {style.red('error')}  {_safe(target.error.what)}"
    for one in target.looked:
        for note in one.found.notes if few is None else one.found.notes[:few]:
            yield f"  {style.dim('note')}  {style.bold(one.name)}: {_safe(note)}"
    passed = [f"{one.name} {_count(one)}" for one in target.looked if one.state == "passed"]
    yield from _compact("passed", passed, style.green, columns)
    nothing = [one.name for one in target.looked if one.state == "nothing"]
    yield from _compact("nothing to look at", nothing, style.dim, columns)


def _findings(one: Looked, style: Style, few: int | None) -> Iterator[str]:
    shown = one.found.flaws if few is None else one.found.flaws[:few]
    for flaw in shown:
        yield f"    {_safe(flaw.object)}: {_safe(flaw.what)}"
        if flaw.do:
            yield style.dim(f"      do: {_safe(flaw.do)}")
    if left := one.findings - len(shown):
        # All that were counted are shown.
        is_open = one.found.at_least and len(shown) == len(one.found.flaws)
        yield "    and more" if is_open else f"    and {'at least ' if one.found.at_least else ''}{left} more"


def _safe(text: str) -> str:
    return _CONTROL.sub(
        lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 0x100 else f"\\u{ord(found[0]):04x}", text
    )


def _count(one: Looked) -> str:
    return f"({one.found.examined:,})"


def _compact(label: str, names: list[str], paint: Callable[[str], str], columns: int) -> Iterator[str]:
    """`  passed  ledger (3), pending (3), …`, wrapped below its first name."""
    if not names:
        return
    # A name and its count stay on one line.
    text = ", ".join(name.replace(" ", "\0") for name in names)
    room = max(columns - len(label) - 4, 30)
    first, *more = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    for head, line in [(paint(label), first), *((" " * len(label), line) for line in more)]:
        yield f"  {head}  {line.replace(chr(0), ' ')}"


def _summary(report: Report, style: Style) -> str:
    found = report.found
    targets = f"{len(found.targets)} target{'s' if len(found.targets) != 1 else ''}"
    parts = [f"{found.count('passed')} passed"]
    told: tuple[tuple[State, str], ...] = (("failed", "failed"), ("error", "in error"), ("not_run", "not run"))
    for state, words in told:
        if count := found.count(state):
            parts.append(f"{count} {words}")
    if count := found.count("nothing"):
        parts.append(f"{count} with nothing to look at")
    away = sum(1 for target in found.targets if target.error is not None)
    unread = f" ({away} not, or not in full)" if away else ""
    about = "at least " if found.at_least else ""
    findings = f"{about}{found.findings} finding{'s' if found.findings != 1 else ''}"
    paint = style.green if found.holds(strict=report.strict) else style.red
    return f"{paint(findings)} in {targets}{unread}: {', '.join(parts)}; {seconds(found.duration_ms)}"
