"""`new`: the next migration file of a target, numbered as those before it, from the template of its format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError
from schemactl.events import Listener, Warned, ignore
from schemactl.model.version import Version
from schemactl.project.creation import create
from schemactl.project.migrations import FORMATS, file_names, folder_of
from schemactl.project.names import slug_of

if TYPE_CHECKING:
    from pathlib import Path

    from schemactl.model.migration import Format
    from schemactl.project.config import Project
    from schemactl.project.platform import Target

WIDTH = 4
_TIMESTAMP = "%Y%m%d%H%M%S"
_TIMESTAMP_WIDTH = 14

_MARKED = """\
{mark} {title}

{mark} migrate:up

{mark} migrate:down
"""

_PYTHON = '''\
"""{title}"""


def up(ctx):
    raise NotImplementedError("write the way up")


def down(ctx):
    raise NotImplementedError("write the way back, or remove this function where there is none")
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """The file to create. `behind`: its timestamp was not later than the last version, which it follows by one."""

    target: str
    version: Version
    path: Path
    shown: str
    text: str
    behind: bool = False


def plan(
    project: Project,
    target: Target,
    *,
    words: str,
    format: Format | None = None,
    timestamp: bool = False,
    now: datetime | None = None,
) -> NewPlan:
    """Decide number, name and text of the next migration. Creates nothing.

    words      what it does, `add city`: becomes the slug and the first line
    format     None: the engine's own (sql, json, cypher)
    timestamp  number it by the clock in UTC; so it is too where the last version was numbered so
    now        None: the clock
    raises     ConfigError where the words give no name, the engine does not take the format, or the files there
               do not hold
    """
    # Without its colon no title can be read as a marker or a directive.
    title = " ".join(words.replace(":", " ").split())
    slug = _slug(title)
    written = _format(target, format)
    folder = folder_of(project, target)
    there = file_names(project, target) if folder.is_dir() else ()
    last = there[-1][0] if there else None
    version, behind = _next(last, timestamp=timestamp, now=now or datetime.now(UTC))
    path = folder / f"{version}_{slug}.{written}"
    return NewPlan(
        target=str(target),
        version=version,
        path=path,
        shown=project.shown(path),
        text=_text(written, title),
        behind=behind,
    )


def run(plan: NewPlan, emit: Listener = ignore) -> Path:
    """Create the file, and its folder where that is missing; returns its path.

    raises  ConfigError where a file of that name is there by now
    """
    if plan.behind:
        emit(Warned(plan.target, f"the clock is behind the last version: numbered {plan.version}, one after it"))
    create(plan.path, plan.text.encode(), shown=plan.shown)
    return plan.path


def _slug(title: str) -> str:
    try:
        return slug_of(title)
    except ValueError as error:
        raise ConfigError(str(error), do="name it with a few words, such as `add city`", kind="wrong_name") from error


def _format(target: Target, wanted: Format | None) -> Format:
    formats = FORMATS[target.engine]
    if wanted is not None and wanted not in formats:
        raise ConfigError(
            f"a {target.engine} target takes {' and '.join(f'.{known}' for known in formats)}, not .{wanted}",
            do=f"leave the format out for .{formats[0]}",
            kind="wrong_format",
            target=str(target),
        )
    return wanted or formats[0]


def _next(last: Version | None, *, timestamp: bool, now: datetime) -> tuple[Version, bool]:
    by_clock = timestamp or (last is not None and len(last.text) == _TIMESTAMP_WIDTH and last.text.startswith("20"))
    if by_clock:
        stamp = Version(now.astimezone(UTC).strftime(_TIMESTAMP))
        if last is None or stamp > last:
            return stamp, False
    width = len(last.text) if last else WIDTH
    number = last.number + 1 if last else 1
    return Version(f"{number:0{width}d}"), by_clock


def _text(written: Format, title: str) -> str:
    match written:
        case "sql":
            return _MARKED.format(mark="--", title=title)
        case "cypher":
            return _MARKED.format(mark="//", title=title)
        case "json":
            return json.dumps({"up": [], "down": []}, indent=2) + "\n"
        case "py":
            # In a docstring only a backslash or a quote could end the text early.
            return _PYTHON.format(title=title.replace("\\", "/").replace('"', "'"))
