"""What the lexer must know of each language. Data only: no pattern is compiled and no text is read here.

Sources: PostgreSQL's manual, "Lexical Structure", and its scan.l; ClickHouse's manual, "Syntax", and its Lexer.cpp;
the Cypher manual, "Parsing", "Comments" and "Naming rules".
"""

from __future__ import annotations

from dataclasses import dataclass

from schemactl.errors import ConfigError

_ASCII_SPACE = " \t\n\r\f\v"
_UNICODE_SPACE = "\x85\xa0\u1680\u180e\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One kind of quoted text.

    opens, closes  one character each
    prefixes       letters, any of which stands right before `opens` and is not part of a longer name; "" for none
    name           it quotes a name, not a value
    doubled        `closes` written twice stands for itself
    backslash      a backslash takes the next character as it is
    continues      after white space with a newline in it, another `opens` goes on with the text, under the same rules
    """

    opens: str
    closes: str
    prefixes: str = ""
    name: bool = False
    doubled: bool = False
    backslash: bool = False
    continues: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Syntax:
    """One language. Equal only to itself, so that finding what was compiled from it costs nothing.

    name             as messages show it
    marker           begins the line comment that may hold a section marker or a directive
    line_comments    what begins a comment that ends with its line
    line_ends        characters that end it
    nested_comments  `/* /* */ */` is one comment
    quotes           those with prefixes first, because the first that fits is taken
    dollar_quotes    `$tag$ … $tag$`, and `$` inside names
    brackets         pairs that must balance; a `;` between them ends nothing
    space            members of a character class
    name_start       a character class: what an unquoted name begins with
    name_part        the same for its other characters
    tag_part         the same for a dollar quote's tag, behind its first
    copy             `COPY … FROM stdin;` is followed by its rows
    atomic           routines may have a `BEGIN ATOMIC … END` body
    inline_formats   `INSERT … FORMAT x` is followed by rows in that format
    command          begins a command of the language's own client at the start of a statement; "" for none
    unicode_escapes  a backslash with `u` and four digits stands for a character anywhere in the text
    """

    name: str
    marker: str
    line_comments: tuple[str, ...]
    line_ends: str
    nested_comments: bool
    quotes: tuple[Quote, ...]
    dollar_quotes: bool
    brackets: str
    space: str
    name_start: str
    name_part: str
    tag_part: str
    copy: bool
    atomic: bool
    inline_formats: bool
    command: str
    unicode_escapes: bool


# Every byte above 127 may be part of a PostgreSQL name (scan.l, ident_start), Unicode's own spaces among them. The
# classes name what is left out: to compile one that reaches beyond 255 takes milliseconds.
POSTGRES = Syntax(
    name="PostgreSQL",
    marker="--",
    line_comments=("--",),
    line_ends="\n\r",
    nested_comments=True,
    quotes=(
        Quote(opens="'", closes="'", prefixes="eE", doubled=True, backslash=True, continues=True),
        Quote(opens="'", closes="'", doubled=True, continues=True),
        Quote(opens='"', closes='"', doubled=True, name=True),
    ),
    dollar_quotes=True,
    brackets="()",
    space=_ASCII_SPACE,
    name_start=r"[^\x00-@\[-^`{-\x7f]",
    name_part=r"[^\x00-#%-/:-@\[-^`{-\x7f]",
    tag_part=r"[^\x00-/:-@\[-^`{-\x7f]",
    copy=True,
    atomic=True,
    inline_formats=False,
    command="",
    unicode_escapes=False,
)

# `#` begins a comment only before a space or `!`: elsewhere it is left to operators (Lexer.cpp).
CLICKHOUSE = Syntax(
    name="ClickHouse",
    marker="--",
    line_comments=("--", "# ", "#!"),
    line_ends="\n",
    nested_comments=True,
    quotes=(
        Quote(opens="'", closes="'", doubled=True, backslash=True),
        Quote(opens='"', closes='"', doubled=True, backslash=True, name=True),
        Quote(opens="`", closes="`", doubled=True, backslash=True, name=True),
        Quote(opens="\u2018", closes="\u2019"),
        Quote(opens="\u201c", closes="\u201d", name=True),
    ),
    dollar_quotes=True,
    brackets="()",
    space=_ASCII_SPACE + _UNICODE_SPACE,
    name_start="[A-Za-z_]",
    name_part="[A-Za-z0-9_$]",
    tag_part="[A-Za-z0-9_]",
    copy=False,
    atomic=False,
    inline_formats=True,
    command="",
    unicode_escapes=False,
)

_CYPHER_LETTERS = "\u00aa-\u1679\u1681-\u180d\u180f-\u1fff\u203f-\u2040\u2070-\u2fff\u3001-\ufefe\U00010000-\U0010ffff"

CYPHER = Syntax(
    name="Cypher",
    marker="//",
    line_comments=("//",),
    line_ends="\n\r",
    nested_comments=False,
    quotes=(
        Quote(opens="'", closes="'", backslash=True),
        Quote(opens='"', closes='"', backslash=True),
        Quote(opens="`", closes="`", doubled=True, name=True),
    ),
    dollar_quotes=False,
    brackets="(){}[]",
    space=_ASCII_SPACE + "\x1c-\x1f" + _UNICODE_SPACE,
    name_start=f"[A-Za-z_{_CYPHER_LETTERS}]",
    name_part=f"[A-Za-z0-9_{_CYPHER_LETTERS}]",
    tag_part=f"[A-Za-z0-9_{_CYPHER_LETTERS}]",
    copy=False,
    atomic=False,
    inline_formats=False,
    command=":",
    unicode_escapes=True,
)

_BY_ENGINE = {"postgres": ("sql", POSTGRES), "clickhouse": ("sql", CLICKHOUSE), "neo4j": ("cypher", CYPHER)}


def by_engine(engine: str) -> Syntax:
    """The language of an engine's migration text.

    raises  ConfigError, kind `format`, for an engine whose migrations are not text (`mongodb`) or that is not known
    """
    if engine not in _BY_ENGINE:
        raise ConfigError(
            f"migrations of {engine} are not written as statements",
            do="write them as .json or .py",
            kind="format",
        )
    return _BY_ENGINE[engine][1]


def by_format(suffix: str, *, engine: str) -> Syntax:
    """The language of a file that ends in `suffix` (without the dot) on this engine.

    raises  ConfigError, kind `format`, where the two do not belong together
    """
    syntax = by_engine(engine)
    wanted = _BY_ENGINE[engine][0]
    if suffix != wanted:
        raise ConfigError(
            f"a .{suffix} file is not a migration of {engine}", do=f"name it .{wanted} or .py", kind="format"
        )
    return syntax
