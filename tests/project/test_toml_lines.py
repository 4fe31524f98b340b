"""Every key of a TOML text is found on its line, and nothing that only looks like a key."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemactl.project.toml_lines import Key, line_of, lines_of

TEXT = '''\
# name = "not this one"
name = "jobs"  # engine = "nor this"

[targets . users_db]
engine = "postgres"
tables = [
  "users",   # "ghost",
  # "commented",
  "profiles",
]
note = """
[targets.ghost]
engine = "a ] } # \\""" """
"odd.name" = { a = 1, b = { "c d" = [1, { deep = 2 }] }, 'e' = 3 }

[[references]]
from = 'a "quoted" = [ value'
[references.extra]
why = 1

[[references]]
from = "b"
to.target = "x"
to.path = 1979-05-27 07:32:00
[references.extra]
why = 2

[split]
text = \'\'\'
[[references]]
it\'s = 1\'\'\'\'
[[split.map]]
table = "users"
[[split.map]]
table = "jobs"
[[split.map.parts]]
p = 1
[[split.map.parts]]
p = 2
'''

EXPECTED: dict[Key, int] = {
    ("name",): 2,
    ("targets",): 4,
    ("targets", "users_db"): 4,
    ("targets", "users_db", "engine"): 5,
    ("targets", "users_db", "tables"): 6,
    ("targets", "users_db", "tables", 0): 7,
    ("targets", "users_db", "tables", 1): 9,
    ("targets", "users_db", "note"): 11,
    ("targets", "users_db", "odd.name"): 14,
    ("targets", "users_db", "odd.name", "a"): 14,
    ("targets", "users_db", "odd.name", "b", "c d", 1, "deep"): 14,
    ("targets", "users_db", "odd.name", "e"): 14,
    ("references",): 16,
    ("references", 0): 16,
    ("references", 0, "from"): 17,
    ("references", 0, "extra"): 18,
    ("references", 0, "extra", "why"): 19,
    ("references", 1): 21,
    ("references", 1, "from"): 22,
    ("references", 1, "to"): 23,
    ("references", 1, "to", "target"): 23,
    ("references", 1, "to", "path"): 24,
    ("references", 1, "extra", "why"): 26,
    ("split",): 28,
    ("split", "text"): 29,
    ("split", "map", 0, "table"): 33,
    ("split", "map", 1, "table"): 35,
    ("split", "map", 1, "parts", 0, "p"): 37,
    ("split", "map", 1, "parts", 1, "p"): 39,
}


def paths_of(value: Any, path: Key = ()) -> set[Key]:
    """Every path of a value that tomllib read."""
    found = {path} if path else set()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        found |= paths_of(below, (*path, key))
    return found


@pytest.mark.parametrize("key", EXPECTED, ids=str)
def test_a_key_is_on_its_line(key: Key) -> None:
    assert lines_of(TEXT)[key] == EXPECTED[key]


def test_exactly_the_keys_that_tomllib_reads_are_found() -> None:
    assert set(lines_of(TEXT)) == paths_of(tomllib.loads(TEXT))


def test_an_unknown_key_is_on_the_line_of_the_table_around_it() -> None:
    lines = lines_of(TEXT)
    assert line_of(lines, ("references", 1, "missing")) == 21
    assert line_of(lines, ("missing",)) == 1


def test_a_table_whose_header_comes_after_its_children_is_on_the_line_of_its_header() -> None:
    assert lines_of("[a.b]\nx = 1\n[a]\ny = 2\n")[("a",)] == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n# only a comment",
        "a = 1",
        'a = """"quoted"""""\nb = 1',
        "a = '''''two''' \nb = 1",
        'a = """\\\n  b = 2\\\\"""\nc = 1',
        "a = ''\nb = ''''''\nc = \"\"\nd = \"\"\"\"\"\"",
        "a = [[1, 2], ['[', ']'], [{ b = '}' }]]\nc = 1",
        "a = [\n\n]\nb = {}\nc = [ 1 , ]",
        '"" = 1\n"a\\u0041" = 2\n\'b\\\' = 3',
        "1.2 = 3\ntrue = false\n-x_ = inf",
        "a.b.c = 1\na.b.d = 2\n[a.e]\nf = 1",
        "a=1979-05-27T07:32:00Z#x\nb=[07:32:00,08:00:00]",
    ],
)
def test_exactly_the_keys_of_an_odd_text_are_found(text: str) -> None:
    assert set(lines_of(text)) == paths_of(tomllib.loads(text))


_STRINGS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.dictionaries(_STRINGS, st.tuples(_STRINGS, st.integers(0, 3), st.sampled_from('"#[]{}=,')), max_size=6))
def test_any_key_and_value_is_found_where_it_was_written(pairs: dict[str, tuple[str, int, str]]) -> None:
    lines, expected = [], {}
    for key, (value, gap, odd) in pairs.items():
        lines += [f"# {odd} = 1", *[""] * gap]
        lines.append(f"{_quoted(key)} = {_quoted(odd + value)} # {odd}")
        expected[(key,)] = len(lines)
    assert lines_of("\n".join(lines)) == expected
