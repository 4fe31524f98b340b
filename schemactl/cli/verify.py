"""`verify`: what is wrong within targets, for people, programs and build servers."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemactl.cli import interrupts, invocation, usage
from schemactl.cli.exit_codes import described
from schemactl.cli.options import Targets
from schemactl.cli.output import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from schemactl.cli.invocation import Invocation
    from schemactl.cli.render import Renderer
    from schemactl.workflows.verify import Verified


class Format(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


_VERIFY = described(
    """Look for what is wrong within each target: ledger against files, what its engine can tell (invalid indexes,
    constraints that nobody validated, orphans, sequences behind their columns, …), the project's own checks. Reads
    only, and takes no lock that a writer waits for.""",
    examples=[
        "schemactl verify",
        "schemactl -e prod verify users_db --deep   rows and files, too; takes its time",
        "schemactl verify --strict                  what cannot be looked at is a finding",
        "schemactl verify --format junit --output verify.xml",
    ],
    exits=(0, 2, 3, 10, 11, 13, 14, 15, 130),
)
_DEEP = (
    "Read rows and files at length, too. A ClickHouse replica that comes upon a damaged part sets it aside and fetches"
    " it anew, as for anybody who reads it."
)
Deep = Annotated[bool, typer.Option("--deep", help=_DEEP)]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 also where something could not be looked at.")]
Form = Annotated[Format | None, typer.Option("--format", help="The form of the report; text.", show_default=False)]
OutputFile = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Write the report there, in one step.")
]


def register(app: typer.Typer) -> None:
    app.command(help=_VERIFY, short_help="Look for what is wrong within targets.")(verify)


def verify(
    context: typer.Context,
    targets: Targets = None,
    deep: Deep = False,
    strict: Strict = False,
    format: Form = None,
    output: OutputFile = None,
) -> Answer:
    from schemactl.cli import verify_report, verify_text
    from schemactl.report.publishing import Publication

    call = invocation.of(context)
    if call.out.json and format is not None and output is None:
        usage.refuse("with --json standard output holds JSON lines, no report", "say `--output FILE`, or leave one out")
    published = Publication(output) if output is not None else None
    form = format or Format.TEXT
    # Then standard output is the report, and nothing else.
    bare = published is None and form is not Format.TEXT
    found = _look(call, targets or (), deep=deep, bare=bare)
    report = verify_report.Report(found, strict=strict, platform=call.out.platform, hide=call.out.hide)
    if not call.out.json and not bare:
        verify_text.tell(report, call.out, call.style)
    for error in () if call.out.json else report.errors:
        call.out.error(error)
    if form is Format.TEXT and published is not None:
        published.publish(verify_text.plain(report))
    elif form is not Format.TEXT:
        text = report.json() if form is Format.JSON else report.junit()
        published.publish(text) if published is not None else call.out.line(text.rstrip("\n"))
    return Answer(data=report.document(), exit=report.exit, error=report.error)


def _look(call: Invocation, targets: Sequence[str], *, deep: bool, bare: bool) -> Verified:
    workspace = call.workspace()
    with (
        _emitting(call, workspace.targets(targets), bare=bare) as emit,
        interrupts.asking(workspace.stop, emit.tell),
    ):
        # Without time, what is long is cut off: there is nothing to wait for.
        emit.steps_shown = deep and not bare
        return workspace.verify(targets, deep=deep, emit=emit)


def _emitting(call: Invocation, targets: Sequence[object], *, bare: bool) -> AbstractContextManager[Renderer]:
    from schemactl.cli.render import PlainScreen, Renderer, rendering

    if bare and not call.out.json:
        screen = PlainScreen(call.out)
        return nullcontext(Renderer(out=call.out, style=call.style, screen=screen))
    # How many inspections there are is known when the first target is open.
    return rendering(call.out, call.style, steps=1, targets=map(str, targets))
