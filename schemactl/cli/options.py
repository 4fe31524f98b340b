"""Arguments and options that several commands share, each with one help text.

Arguments are told of in the text of each command: they are hidden, because newer clicks drop their help.
"""

from __future__ import annotations

from typing import Annotated

import typer

from schemactl.cli import usage
from schemactl.model.version import Version

Targets = Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", hidden=True)]
Check = Annotated[bool, typer.Option("--check", help="Exit 3 when something is pending or wrong.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer ordinary questions with yes.")]
To = Annotated[
    Version | None,
    typer.Option("--to", metavar="VERSION", parser=usage.version, help="Up to this version, of one target."),
]
Steps = Annotated[int | None, typer.Option("--steps", metavar="N", parser=usage.count, help="How many migrations; 1.")]
Allow = Annotated[
    list[Version] | None,
    typer.Option(
        "--allow", metavar="VERSION", parser=usage.version, help="Apply this one though later ones are; repeatable."
    ),
]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        metavar="TIME",
        parser=usage.duration,
        show_default=False,
        help="Wait so long for another runner: 30s, 10min.",
    ),
]
Unlocked = Annotated[
    bool, typer.Option("--unlocked", help="Go on where the engine has no lock; the ledger records it.")
]
