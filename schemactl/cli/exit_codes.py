"""What each exit code means, in the words of the help texts and of docs/exit-codes.md. Decides none."""

from __future__ import annotations

from collections.abc import Sequence

MEANINGS = {
    0: "done",
    1: "a bug in schemactl",
    2: "the command line was not understood",
    3: "the answer is no: something is pending or wrong (`--check`, `verify`)",
    10: "configuration: a file, a name, a setting",
    11: "a target could not be connected to, or the connection was lost",
    12: "another runner is at work on the target",
    13: "ledger and files disagree; the message names the way out",
    14: "the server refused a statement, or lost it",
    15: "the engine cannot, as it is",
    16: "a backup or its storage",
    17: "a guard said no: not confirmed, irreversible, required by others",
    130: "interrupted by Ctrl-C or SIGTERM; the message tells the state",
}


def described(text: str, *, examples: Sequence[str], exits: Sequence[int]) -> str:
    """A command's help: what it does, examples, and the exit codes that are its own.

    The parser wraps paragraphs again, except those that begin with \\b.
    """
    parts = [" ".join(text.split()), "\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples)]
    parts.append("\b\nExit codes:\n" + "\n".join(f"  {code:<4} {MEANINGS[code]}" for code in exits))
    return "\n\n".join(parts)
