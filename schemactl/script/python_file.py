"""What a .py migration says of itself, read with `ast`: the file is never imported here (docs/formats.md)."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from schemactl.errors import ConfigError
from schemactl.script import directives
from schemactl.script.directives import Mark
from schemactl.script.statement import Statement

if TYPE_CHECKING:
    from schemactl.script.section import Directives

_MARK: Final = re.compile(r"#[ \t]*(schemactl):(.*)", re.IGNORECASE)
# The interpreter's line and the encoding's say nothing of the migration (PEP 263).
_NOT_SAID: Final = re.compile(r"#!|#.*?coding[:=]")
_NO_CODE: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
_OPENING: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING})


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFile:
    """A .py migration. `has_down` False means that there is no way back.

    description  the first comment line, else the first line of the module's docstring, else ""
    up_hash      docs/formats.md, "Checksums"
    """

    description: str
    directives: Directives
    up_hash: str
    has_down: bool
    has_probe: bool


def _refuse(what: str, line: int, *, shown: str, do: str, kind: str = "python") -> NoReturn:
    raise ConfigError(what, at=f"{shown}:{line}", do=do, kind=kind)


def _comments(text: str, *, shown: str) -> tuple[list[Mark], str]:
    """The leading directives, and the first comment that is none."""
    marks: list[Mark] = []
    said = ""
    leading = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            # A docstring may stand among the leading comments.
            leading = leading and (token.type in _OPENING or token.type == tokenize.STRING)
            continue
        mark = _MARK.match(token.string)
        if mark and not leading:
            _refuse(
                "a directive stands below code", token.start[0], shown=shown, do="put it at the top", kind="directive"
            )
        if mark:
            marks.append(Mark(keyword=mark.group(1), value=mark.group(2), line=token.start[0]))
        elif leading and not said and not _NOT_SAID.match(token.string):
            said = token.string.lstrip("#").strip()
    return marks, said


def _functions(tree: ast.Module, *, shown: str, known: tuple[str, ...] = ("up", "down", "probe")) -> set[str]:
    found: set[str] = set()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name not in known:
            continue
        if isinstance(node, ast.AsyncFunctionDef):
            _refuse(f"{node.name} is async", node.lineno, shown=shown, do=f"write `def {node.name}(ctx):`")
        places = [*node.args.posonlyargs, *node.args.args]
        needed = len(places) - len(node.args.defaults)
        by_name = any(default is None for default in node.args.kw_defaults)
        if needed > 1 or by_name or not (places or node.args.vararg):
            _refuse(
                f"{node.name} cannot be called with one argument",
                node.lineno,
                shown=shown,
                do=f"write `def {node.name}(ctx):`",
            )
        found.add(node.name)
    return found


def _read(text: str, *, shown: str) -> tuple[ast.Module, list[Mark], str]:
    """The text as a tree, its leading directives, its first comment."""
    if "\0" in text:
        at = text.count("\n", 0, text.index("\0")) + 1
        _refuse("a NUL byte stands in the text", at, shown=shown, do="remove it", kind="nul")
    try:
        tree = ast.parse(text)
        return tree, *_comments(text, shown=shown)
    except (SyntaxError, tokenize.TokenError) as fault:
        line = getattr(fault, "lineno", None) or 1
        _refuse(f"not Python: {fault.args[0]}", line, shown=shown, do="correct the file")


def parse(text: str, *, shown: str) -> PythonFile:
    """What the file says of itself, without running any of it.

    raises  ConfigError (10) with `path:line`; kinds `python` (not Python, no `up`), `directive`, `nul`
    """
    tree, marks, said = _read(text, shown=shown)
    up_hash = python_up_hash(text)
    functions = _functions(tree, shown=shown)
    if "up" not in functions:
        _refuse("there is no function up", 1, shown=shown, do="write `def up(ctx):`")
    told = directives.of_section(marks, place="up", shown=shown)
    if told.irreversible is not None and "down" in functions:
        _refuse(
            "the migration is irreversible and has a down", 1, shown=shown, do="remove one of them", kind="directive"
        )
    docstring = (ast.get_docstring(tree) or "").strip().split("\n")[0]
    return PythonFile(
        description=said or docstring,
        directives=told,
        up_hash=up_hash,
        has_down="down" in functions,
        has_probe="probe" in functions,
    )


def seed_marks(text: str, *, shown: str) -> list[Mark]:
    """The leading directives of a .py seed, which has a function `seed`. raises  ConfigError, as `parse`"""
    tree, marks, _ = _read(text, shown=shown)
    if "seed" not in _functions(tree, shown=shown, known=("seed",)):
        _refuse("there is no function seed", 1, shown=shown, do="write `def seed(ctx):`")
    return marks


def python_up_hash(text: str) -> str:
    """SHA-256, lower-case hex, of `python_normal`. raises  SyntaxError or tokenize.TokenError where it is not Python"""
    return hashlib.sha256(python_normal(text).encode()).hexdigest()


def as_statement(text: str) -> Statement:
    """The whole file as one statement, for engines where no transaction holds a script.

    Its hash leaves out `probe`, which changes nothing and may be corrected after a crash.
    """
    return Statement(text=text, line=1, normal=python_normal(_without_probe(text)), words=("PYTHON",))


def _without_probe(text: str) -> str:
    lines = text.split("\n")
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef) and node.name == "probe":
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            del lines[first - 1 : node.end_lineno]
    return "\n".join(lines)


def python_normal(text: str) -> str:
    """The Python text without comments and the lines that hold nothing else.

    A line inside a string is kept as it is, blank or not.
    raises  SyntaxError or tokenize.TokenError where the text is not Python
    """
    lines = text.split("\n")
    kept: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT and row in kept:
            kept[row] = lines[row - 1][:column].rstrip()
        elif token.type not in _NO_CODE:
            kept.update(
                (at, lines[at - 1]) for at in range(row, token.end[0] + 1) if at not in kept and at <= len(lines)
            )
    return "".join(f"{kept[row]}\n" for row in sorted(kept))
