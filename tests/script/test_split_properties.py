"""What holds for every text."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemactl.errors import ConfigError
from schemactl.script import sections, split
from schemactl.script.statement import Statement
from schemactl.script.syntax import CLICKHOUSE, CYPHER, POSTGRES, Syntax
from tests.script.corpus import TRICKY

LANGUAGES = pytest.mark.parametrize("syntax", [POSTGRES, CLICKHOUSE, CYPHER], ids=lambda syntax: syntax.name)
PIECES = [
    *"'\"`$();{}[]\\:#-/*\n\r\t\v\0éaE1_ ", "--", "/*", "*/", "//", "$$", "$a$", "E'", "\\.", "\n\\.\n", "BEGIN ATOMIC",
    "END", "CREATE FUNCTION f()", "COPY t FROM stdin;\n", "INSERT INTO t ", "FORMAT CSV", "-- migrate:up\n",
    "-- migrate:down\n",
    "-- schemactl: idempotent\n", "// migrate:up\n", "\\u0027", "\ufeff", "\u2018",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)


@LANGUAGES
@given(text=soup)
def test_any_text_is_cut_or_refused_with_a_place(syntax: Syntax, text: str) -> None:
    for read in (split.statements, sections.parse):
        try:
            read(text, syntax, shown="x")
        except ConfigError as refused:
            assert refused.at is not None
            line = int(refused.at.removeprefix("x:"))
            assert 1 <= line <= text.count("\n") + 1
            assert refused.do


def _start(text: str, found: Statement, at: int, syntax: Syntax) -> int:
    """Where `found` begins behind `at` with nothing but gaps before it; the same words may stand in a comment."""
    begin = text.index(found.text, at)
    while True:
        in_comment = text.startswith(("/*", *syntax.line_comments), begin)
        if not in_comment and text.count("\n", 0, begin) + 1 == found.line and _is_gap(text[at:begin], syntax):
            return begin
        begin = text.index(found.text, begin + 1)


def _is_gap(text: str, syntax: Syntax) -> bool:
    try:
        return split.statements(text, syntax) == ()
    except ConfigError as refused:  # a gap with a marker in it cannot be cut on its own
        return refused.kind != "unclosed"


@LANGUAGES
@given(text=soup)
def test_nothing_is_lost_between_statements_but_space_comments_and_semicolons(syntax: Syntax, text: str) -> None:
    with contextlib.suppress(ConfigError):
        at = 0
        for statement in split.statements(text, syntax):
            begin = _start(text, statement, at, syntax)
            at = begin + len(statement.text)
            if statement.copy_data is not None:
                at = text.index(statement.copy_data, text.index("\n", at)) + len(statement.copy_data)
                at = text.index("\\.", at) + 2
        assert split.statements(text[at:], syntax) == ()


@LANGUAGES
@given(text=soup)
def test_the_normal_form_is_its_own_normal_form(syntax: Syntax, text: str) -> None:
    # ClickHouse has no such token: `#` begins a comment before a space, which the normal form would put there.
    assume(syntax is not CLICKHOUSE or not re.search(r"#[^\S ]", text))
    with contextlib.suppress(ConfigError):
        for statement in split.statements(text, syntax):
            if statement.copy_data is None:
                again = split.statements(statement.normal, syntax)
                assert [part.normal for part in again] == [statement.normal]
                assert again[0].words == statement.words


gaps = st.lists(st.sampled_from([" ", "\n", "\t", "\r\n", "-- c; '\n", "/* ; ' */", "/* /* */ $$ */"])).map("".join)


@given(st.lists(st.tuples(gaps, st.sampled_from(TRICKY), gaps), max_size=8))
def test_space_and_comments_around_statements_never_change_their_hashes(parts: list[tuple[str, str, str]]) -> None:
    alone = [split.statements(text, POSTGRES)[0].hash for _, text, _ in parts]
    script = ";".join("".join(part) for part in parts)
    assert [statement.hash for statement in split.statements(script, POSTGRES)] == alone


@given(st.lists(gaps.filter(bool), min_size=8, max_size=8))
def test_space_and_comments_between_tokens_never_change_the_hash(between: list[str]) -> None:
    tokens = ["CREATE", "TABLE", "t", "(", "a", "text", "DEFAULT", "'x  ;'", ")"]
    script = tokens[0] + "".join(gap + token for gap, token in zip(between, tokens[1:], strict=True))
    assert split.statements(script, POSTGRES)[0].normal == " ".join(tokens)
