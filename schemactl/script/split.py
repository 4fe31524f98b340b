"""Text to statements (docs/formats.md, "Statements"): where each begins and ends. Pure; reads no file, runs nothing.

Markers and directives are handed on as they stand, in order with the statements; what they mean is for directives.py
and sections.py.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from schemactl.errors import ConfigError
from schemactl.script import characters, directives, lexer, words
from schemactl.script.directives import Mark
from schemactl.script.lexer import Lexeme, UnclosedError
from schemactl.script.statement import Statement

if TYPE_CHECKING:
    from schemactl.script.syntax import Syntax

Part = Statement | Mark

# `\.` alone on its line ends the rows; the end of the file counts as the end of a line.
_ROWS_END: Final = re.compile(r"\\\.\r?(?:\n|\Z)")
_REST_OF_LINE: Final = re.compile(r"[ \t\r\f\v]*+(?:--[^\n]*+)?(?:\n|\Z)")
_STRINGS_OFF: Final = re.compile(r"(?i)standard_conforming_strings\s*(?:=|\sto\s)\s*'?(?:off|false|no|0)\b")
# What may follow a column or table that is called `format`; a format's name is none of these.
_NOT_A_FORMAT: Final = re.compile(
    "VALUES|SELECT|FROM|AS|WITH|WHERE|PREWHERE|FORMAT|SETTINGS|ORDER|GROUP|HAVING|LIMIT|OFFSET|UNION|EXCEPT|INTERSECT|IN|"
    "NOT|LIKE|AND|OR|IS|BETWEEN|CASE|WHEN|THEN|ELSE|END|ASC|DESC|JOIN|ON|USING",
    re.IGNORECASE,
)


class _Patterns:
    """What the cutter itself looks for, compiled once a language."""

    __slots__ = ("atomic", "begin", "collapse", "end", "format", "mark", "no_routine", "nonspace", "space", "word")

    def __init__(self, syntax: Syntax) -> None:
        # Each begins with a set of characters: only then does `re` skip to the next candidate by a table.
        after = f"(?!{syntax.name_part})"
        begin, form, values = (
            f"{head}(?<!{syntax.name_part}.)(?<![.].){rest}{after}"
            for head, rest in (("[bB]", "(?i:EGIN)"), ("[fF]", "(?i:ORMAT)"), ("[vV]", "(?i:ALUES)"))
        )
        self.space = re.compile(f"[{syntax.space}]*+")
        self.nonspace = re.compile(f"[^{syntax.space}]")
        # A single space is left alone, which is most of them.
        self.collapse = re.compile(f"[{syntax.space}](?:(?<! )[{syntax.space}]*+|[{syntax.space}]++)")
        self.word = re.compile(f"{syntax.name_start}{syntax.name_part}*+")
        # What is created is told by the next word, unless a comment stands before it.
        self.no_routine = re.compile(f"......[{syntax.space}]++(?!(?i:OR|FUNCTION|PROCEDURE){after})[A-Za-z]")
        self.begin = re.compile(begin)
        self.format = re.compile(f"{form}|{values}")
        self.atomic = re.compile(f"(?i:ATOMIC){after}")
        self.end = re.compile(f"(?i:END){after}")
        self.mark = re.compile(f"{re.escape(syntax.marker)}[ \\t]*+(migrate|schemactl):([^\\n\\r]*+)", re.IGNORECASE)


@cache
def _patterns(syntax: Syntax) -> _Patterns:
    return _Patterns(syntax)


class _Cutter:
    """One pass over one text. `begun`, `body`: a position, or -1 outside a statement, outside a BEGIN ATOMIC body."""

    def __init__(self, text: str, syntax: Syntax, *, shown: str, first_line: int, sections: bool) -> None:
        self.text, self.syntax, self.shown, self.first_line, self.sections = text, syntax, shown, first_line, sections
        self.find = lexer.of(syntax).find
        self.words = words.of(syntax)
        self.patterns = _patterns(syntax)
        self.parts: list[Part] = []
        self.comment = ""
        self.begun = self.body = -1
        self.head = ""
        self.watch: Literal["", "BEGIN", "FORMAT"] = ""
        self.spans: list[tuple[int, int, bool]] = []
        self.open: list[int] = []
        self._line, self._line_at = first_line, 0

    def run(self) -> None:
        text, find, pos = self.text, self.find, 0
        while True:
            try:
                lexeme = find(text, pos)
            except UnclosedError as fault:
                # What is not closed may be rows in a format of the client: that is the better answer.
                self._plain(pos, fault.pos)
                raise
            kind, start, end = lexeme
            if self.begun < 0 or self.watch:
                resumed = self._plain(pos, start)
                if resumed:
                    pos = resumed
                    continue
            if kind == "semicolon":
                pos = self._semicolon(start, end)
            elif kind == "end":
                self._finish(start)
                return
            else:
                self._take(lexeme)
                pos = end

    def _plain(self, pos: int, stop: int) -> int:
        """Plain tokens between two lexemes; returns where to resume, or 0 to go on with what stands at `stop`."""
        if self.begun < 0:
            first = self.patterns.nonspace.search(self.text, pos, stop)
            if first:
                self._begin(first.start())
        return self._watched(pos, stop) if self.watch else 0

    def _take(self, lexeme: Lexeme) -> None:
        kind, start, end = lexeme
        if kind == "line comment" or kind == "block comment":
            self._comment(lexeme)
            return
        if self.begun < 0:
            self._begin(start)
        if kind == "quote":
            self.spans.append((start, end, False))
        elif kind == "open":
            self.open.append(start)
        elif kind == "close":
            bracket = self.text[start]
            if not self.open or lexer.partner(self.text[self.open[-1]]) != bracket:
                self._fail(f"{bracket} closes nothing", start, do="remove it, or open it before", kind="unopened")
            self.open.pop()

    def _begin(self, at: int) -> None:
        self.begun = at
        word = self.patterns.word.match(self.text, at)
        self.head = word.group().upper() if word else ""
        if self.syntax.atomic and self.head == "CREATE":
            self.watch = "" if self.patterns.no_routine.match(self.text, at) else "BEGIN"
        elif self.syntax.inline_formats and self.head == "INSERT":
            self.watch = "FORMAT"
        if self.syntax.command and self.text.startswith(self.syntax.command, at):
            self._fail(
                f"{self.text[at : at + 20].split(None, 1)[0]} is a command of a client program, not {self.syntax.name}",
                at,
                do="leave it out: statements go to the server as they are",
                kind="meta_command",
            )

    def _comment(self, lexeme: Lexeme) -> None:
        kind, start, end = lexeme
        mark = self.patterns.mark.match(self.text, start) if kind == "line comment" else None
        if mark:
            self._mark(mark)
        elif not self.comment and not self.parts and self.begun < 0:
            self.comment = self.text[start:end]
        if self.begun >= 0:
            self.spans.append((start, end, True))

    def _mark(self, mark: re.Match[str]) -> None:
        keyword, value = mark.group(1), mark.group(2)
        section = keyword.lower() == "migrate"
        if section and (not self.sections or not value[:1].isalpha()):
            return
        start = mark.start()
        at_line_start = not self.text[self.text.rfind("\n", 0, start) + 1 : start].strip()
        if section and at_line_start:
            self._finish(start)
        elif section or self.begun >= 0 or not at_line_start:
            self._fail(
                f"{mark.group().strip()} is not at the start of a line above a statement",
                start,
                do="put it on a line of its own, " + ("between statements" if section else "above its statement"),
                kind="section" if section else "directive",
            )
        self.parts.append(Mark(keyword=keyword, value=value, line=self._line_of(start)))

    def _semicolon(self, start: int, end: int) -> int:
        if self.open or self.begun < 0:
            return end
        if self.body >= 0:
            return self._body_edge(end)
        copies = self.head == "COPY" and self.syntax.copy
        self._finish(start, semicolon=True)
        return self._rows(end) if copies else end

    def _body_edge(self, pos: int) -> int:
        """After BEGIN ATOMIC or a `;` of its body: nowhere else can the body's own END stand.

        CASE ends before the next `;`, and a column called `end` is not the first word of a statement.
        """
        pos = self._skip(pos)
        end = self.patterns.end.match(self.text, pos)
        if end is None:
            return pos
        self.body = -1
        return end.end()

    def _watched(self, pos: int, stop: int) -> int:
        """Look for the word that changes how the statement goes on; returns where to resume, or 0 where not here."""
        text = self.text
        pattern = self.patterns.begin if self.watch == "BEGIN" else self.patterns.format
        pos = max(pos, self.begun)
        while self.watch and not self.open:
            found = pattern.search(text, pos, min(stop + 1, len(text)))
            if found is None or found.end() > stop:
                return 0
            pos = self._skip(found.end())
            if self.watch == "FORMAT":
                self._inline_format(found, pos)
            else:
                atomic = self.patterns.atomic.match(text, pos)
                if atomic:
                    self.watch = ""
                    if self._routine(found.start()):
                        self.body = found.start()
                        return self._body_edge(atomic.end())
            if pos > stop:
                return pos
        return 0

    def _routine(self, stop: int) -> bool:
        named = self.words.first(self._normal(self.begun, stop))[1:4]
        kind = named[2:] if named[:2] == ("OR", "REPLACE") else named[:1]
        return kind in (("FUNCTION",), ("PROCEDURE",))

    def _inline_format(self, found: re.Match[str], after: int) -> None:
        if found.group().upper() == "VALUES":
            self.watch = ""
            return
        name = self.patterns.word.match(self.text, after)
        if name and not _NOT_A_FORMAT.fullmatch(name.group()):
            self._fail(
                f"INSERT … FORMAT {name.group()}: rows of that format are read by a client program, not by the server",
                found.start(),
                do="write the rows as VALUES (…), or insert them from a .py migration",
                kind="inline_data",
            )

    def _skip(self, pos: int) -> int:
        """Past white space and comments."""
        while True:
            space = self.patterns.space.match(self.text, pos)
            pos = space.end() if space else pos
            if not self.text.startswith((*self.syntax.line_comments, "/*"), pos):
                return pos
            lexeme = self.find(self.text, pos)
            self._comment(lexeme)
            pos = lexeme[2]

    def _finish(self, stop: int, *, semicolon: bool = False) -> None:
        """End the statement under way, if there is one, before `stop`."""
        if self.begun < 0:
            return
        if self.open:
            bracket = self.text[self.open[-1]]
            self._fail(f"{bracket} is never closed", self.open[-1], do=f"close it with {lexer.partner(bracket)}")
        if self.body >= 0:
            self._fail("BEGIN ATOMIC is never ended", self.body, do="end the body with END after its last `;`")
        end = self._trimmed(stop)
        normal = self._normal(self.begun, end)
        line = self._line_of(self.begun)
        first = self.words.first(normal)
        statement = Statement(text=self.text[self.begun : end], line=line, normal=normal, words=first)
        if self.head == "SET" or self.head == "COPY":
            self._special(normal, semicolon=semicolon)
        self.parts.append(statement)
        self.begun = -1
        self.spans = []
        self.watch = ""

    def _special(self, normal: str, *, semicolon: bool) -> None:
        if self.syntax.copy and self.head == "SET" and _STRINGS_OFF.search(normal):
            self._fail(
                "standard_conforming_strings = off changes where strings end",
                self.begun,
                do="leave it on, and write E'…' where a backslash is to escape",
                kind="setting",
            )
        if self.syntax.copy and self.head == "COPY" and not semicolon and self._reads_stdin(normal):
            self._fail("COPY … FROM stdin has no rows", self.begun, do="end it with `;`, the rows with a line `\\.`")

    def _reads_stdin(self, normal: str) -> bool:
        outer = list(self.words.outer(normal))
        return any(pair == ("FROM", "STDIN") for pair in pairwise(outer))

    def _rows(self, pos: int) -> int:
        """After the `;` of a COPY: give it its rows, if it takes any; returns where the text goes on."""
        copy = self.parts[-1]
        if not isinstance(copy, Statement) or not self._reads_stdin(copy.normal):
            return pos
        text = self.text
        rest = _REST_OF_LINE.match(text, pos)
        if rest is None:
            self._fail("text follows COPY … FROM stdin; on its line", pos, do="begin its rows on the next line")
        start = at = rest.end()
        ending = _ROWS_END.match(text, start)
        while ending is None:
            at = text.find("\n\\.", at)
            if at < 0:
                self._fail("the rows of COPY … FROM stdin never end", pos - 1, do="end them with a line `\\.`")
            at += 1
            ending = _ROWS_END.match(text, at)
        rows = text[start:at]
        self.parts[-1] = copy._replace(normal=f"{copy.normal}\n{rows}", copy_data=rows)
        return ending.end()

    def _trimmed(self, stop: int) -> int:
        """Where the last token before `stop` ends; comments after it leave `spans`."""
        text, space, spans = self.text, self.patterns.space, self.spans
        while True:
            while space.fullmatch(text, stop - 1, stop):
                stop -= 1
            if not spans or not spans[-1][2] or spans[-1][1] < stop:
                return stop
            stop = min(stop, spans.pop()[0])

    def _normal(self, begin: int, end: int) -> str:
        """The normal form of `text[begin:end]`."""
        text, collapse = self.text, self.patterns.collapse
        if not self.spans:
            return collapse.sub(" ", text[begin:end])
        done: list[str] = []
        plain: list[str] = []
        for start, stop, comment in self.spans:
            if start >= end:
                break
            plain.append(text[begin:start])
            if comment:
                plain.append(" ")
            else:
                done += (collapse.sub(" ", "".join(plain)), text[start:stop])
                plain.clear()
            begin = stop
        plain.append(text[begin:end])
        return "".join((*done, collapse.sub(" ", "".join(plain))))

    def _line_of(self, pos: int) -> int:
        self._line += self.text.count("\n", self._line_at, pos)
        self._line_at = pos
        return self._line

    def _fail(self, what: str, pos: int, *, do: str, kind: str = "unclosed") -> NoReturn:
        raise UnclosedError(what, pos, do=do, kind=kind)


def parts(
    text: str, syntax: Syntax, *, shown: str = "", first_line: int = 1, sections: bool = True
) -> tuple[list[Part], str]:
    """Statements and marks in the order of the text, and the first comment before any of them, as written, or "".

    sections  `migrate:` markers are marks and end a statement; otherwise they are comments
    raises    ConfigError (10) at the line where the fault begins; kinds `unclosed`, `unopened`, `meta_command`, `nul`,
              `escape`, `inline_data`, `setting`, `section`, `directive`
    """
    cutter = _Cutter(text, syntax, shown=shown, first_line=first_line, sections=sections)
    try:
        characters.check(text, syntax)
        cutter.run()
    except UnclosedError as fault:
        at = lexer.where(text, fault.pos, shown=shown, first_line=first_line)
        raise ConfigError(fault.what, at=at, do=fault.do, kind=fault.kind) from None
    return cutter.parts, cutter.comment


def statements(text: str, syntax: Syntax, *, shown: str = "", first_line: int = 1) -> tuple[Statement, ...]:
    """Cut `text` into statements. Directives hold for the statement that follows; section markers are comments.

    shown, first_line  name the text in messages, and the line its first character stands in
    returns            () for a text of comments and white space; `;` on its own is no statement
    raises             ConfigError (10), see `parts`
    source             docs/formats.md, "Statements"
    """
    found, _ = parts(text, syntax, shown=shown, first_line=first_line, sections=False)
    return directives.attach(found, shown=shown)
