"""Completion in the shell: its script, shown or installed, and the shell's questions. The scripts are the parser's own.

Which shell is meant is what `$SHELL` says and nothing is guessed: SHELL=fish before the command asks for another.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.cli import usage
from schemactl.cli.output import Answer
from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from schemactl.cli.output import Output

VARIABLE = "_SCHEMACTL_COMPLETE"  # the parser's own name for it
_PROGRAM = "schemactl"
_SHELLS = ("bash", "zsh", "fish")


def prepare() -> None:
    """Let the parser answer a shell that asks."""
    from typer._completion_classes import completion_init

    completion_init()


def show(out: Output) -> Answer:
    """Print the script for the shell in use. raises  UsageError where that is none we know"""
    from typer._completion_shared import get_completion_script

    shell = _shell("--show-completion")
    script = get_completion_script(prog_name=_PROGRAM, complete_var=VARIABLE, shell=shell)
    out.line(script)
    return Answer(data={"shell": shell, "script": script})


def install(out: Output) -> Answer:
    """Write the script where the shell in use finds it, below HOME.

    raises  UsageError where that is none we know; ConfigError where a file there cannot be read or written
    """
    from typer._completion_shared import install as write

    shell = _shell("--install-completion")
    try:
        _, path = write(shell=shell, prog_name=_PROGRAM, complete_var=VARIABLE)
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else "a start-up file of it is not UTF-8"
        raise ConfigError(
            f"completion for {shell} could not be installed: {why}",
            at=str(error.filename or "") or None if isinstance(error, OSError) else None,
            do="`schemactl --show-completion` prints the script: put it where your shell reads it",
            kind="completion",
        ) from error
    out.line(f"completion for {shell} is installed in {path}; a new shell has it")
    return Answer(data={"shell": shell, "path": str(path)})


def _shell(option: str) -> str:
    given = os.environ.get("SHELL", "")
    name = Path(given).name
    if name not in _SHELLS:
        what = f"$SHELL is {given}, for which there is no completion" if given else "$SHELL is not set"
        usage.refuse(what, f"name one of {', '.join(_SHELLS)}: `SHELL={_SHELLS[0]} schemactl {option}`")
    return name
