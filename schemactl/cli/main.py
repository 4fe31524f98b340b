"""The program: runs the command line and turns what came of it into the last line and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from schemactl.cli import completion, interrupts
from schemactl.cli.app import only_for
from schemactl.cli.output import Answer, Output
from schemactl.cli.usage import PARSER_ERROR, of_parser
from schemactl.errors import RunInterruptedError, SchemactlError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Until the options are read: their own errors belong into the last JSON line too.
    out = Output(json="--json" in given)
    interrupts.install()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    answer = _answer(given, out)
    if out.json:
        out.result(answer)
    out.finish()
    if out.lost:
        out.note(f"error: the output could not be written: {out.lost}")
    return answer.exit or (1 if out.lost else 0)


def _answer(arguments: Sequence[str], out: Output) -> Answer:
    asked = completion.VARIABLE in os.environ
    if asked:
        completion.prepare()
    try:
        came = only_for(arguments)(arguments, prog_name="schemactl", obj=out, standalone_mode=False)
    except SchemactlError as error:
        return _failed(error, out)
    except PARSER_ERROR as error:
        return _failed(of_parser(error), out)
    except SystemExit as error:
        # A shell that asks for completions is answered that way; anyone else who ends the program is a bug.
        if asked:
            return Answer(exit=error.code if isinstance(error.code, int) else 0)
        return _bug(error, out)
    except Exception as error:
        return _bug(error, out)
    if came == interrupts.CODE:
        return _failed(RunInterruptedError("stopped", now="nothing was changed", do="run the command again"), out)
    return came if isinstance(came, Answer) else out.answer


def _failed(error: SchemactlError, out: Output) -> Answer:
    if not out.json:
        out.error(error)
    return Answer(exit=error.code, error=error)


def _bug(error: BaseException, out: Output) -> Answer:
    """A bug keeps its traceback, without the passwords that may be in it."""
    import traceback

    out.note(out.hide("".join(traceback.format_exception(error))).rstrip())
    return Answer(
        exit=1,
        error=SchemactlError(
            out.hide(f"{type(error).__name__}: {error}"),
            now="unknown: `schemactl status` tells where each target stands",
            do="report it with the traceback on standard error",
        ),
    )
