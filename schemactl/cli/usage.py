"""What is wrong with the command line itself: exit code 2, which no library error owns."""

from __future__ import annotations

from typing import NoReturn

import typer

from schemactl.errors import SchemactlError
from schemactl.model.version import Version

# typer may carry a parser of its own instead of click: the class is taken from where typer itself finds it.
PARSER_ERROR: type[Exception] = typer.BadParameter.__mro__[1]

_GLOBAL = ("-C", "--directory", "-p", "--platform", "-e", "--env", "--url", "--allow-password-in-argv", "--json")


class UsageError(SchemactlError):
    """A command line that says nothing one could do."""

    code = 2
    default_kind = "usage"


def refuse(what: str, do: str) -> NoReturn:
    raise UsageError(what, do=do)


def of_parser(error: Exception) -> UsageError:
    """The parser's refusal in our own terms."""
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "") or "schemactl"
    format_message = getattr(error, "format_message", None)
    said = str(format_message() if format_message else error)
    what, _, meant = said.replace("\n", " ").partition("Did you mean")
    what = (what[:1].lower() + what[1:]).strip(" (").rstrip(".").replace("'", "`")
    option = getattr(error, "option_name", None)
    if option in _GLOBAL and " " in path:
        # The parser only knows that the command has no such option.
        command = path.rpartition(" ")[2]
        return UsageError(what, do=f"it stands before the command: `schemactl {option} … {command}`")
    do = f"did you mean{meant.partition('?')[0]}?".replace("'", "`") if meant else f"`{path} --help`"
    return UsageError(what, do=do)


def version(text: str) -> Version:
    """An option's value as a version."""
    try:
        return Version(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a version, which is made of digits: 0003") from error


def count(text: str) -> int:
    """An option's value as a whole number from 1."""
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise typer.BadParameter(f"{text!r} is not a number from 1")


def duration(text: str | float) -> float:
    """An option's value as seconds: `30s`, `10min`, `0`. Its default, a number, stays as it is."""
    if not isinstance(text, str):
        return text
    from schemactl.script.duration import milliseconds

    try:
        return milliseconds(text) / 1000
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a time: write 500ms, 30s, 10min or 1h") from error


def urls(texts: list[str], option: str = "--url", key: str = "TARGET") -> dict[str, str]:
    """`TARGET=URL`, each given with one option. What is refused is not quoted: it may hold a password."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, url = text.partition("=")
        if not equals or not name or not url or "://" in name:
            refuse(f"{option} wants {key}=URL", f"write it as `{option} users_db=postgresql://USER@HOST:5432/DATABASE`")
        if name in found:
            refuse(f"{option} names {name} twice", "leave one of the two out")
        found[name] = url
    return found
