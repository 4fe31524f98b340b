"""JSON migrations: commands with their lines, directives without comments, and faults named where they stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from schemactl.errors import ConfigError
from schemactl.script import checksum, json_sections
from schemactl.script.section import Directives, Script

UP = """{
  "schemactl": {"description": "users,\\nand how to find them", "requires": ["auth@0003", "jobs@1"]},
  "up": [
    {"create": "users"},

    {"schemactl": {"idempotent": true,
                   "ignore": {"unique-index": "the table is new"}}},
    {
      "createIndexes": "users",
      "indexes": [{"key": {"b": 1, "a": -1}, "name": "b_a"}]
    }
  ],
  "down": [{"drop": "users"}]
}
"""


def parse(text: str) -> Script:
    return json_sections.parse(text, shown="0001_users.json")


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as error:
        parse(text)
    assert error.value.do
    return error.value


def up(*commands: Any) -> str:
    return json.dumps({"up": commands})


def test_each_command_is_a_statement_with_its_line() -> None:
    script = parse(UP)
    assert [(one.words, one.line) for one in script.up.statements] == [
        (("create", "users"), 4),
        (("createIndexes", "users"), 8),
    ]
    assert script.down is not None
    assert [(one.text, one.line) for one in script.down.statements] == [('{"drop": "users"}', 13)]
    assert (script.up.line, script.down.line) == (3, 13)


def test_the_text_is_a_slice_of_the_file_and_the_normal_form_has_no_white_space_between_tokens() -> None:
    first, second = parse(UP).up.statements
    assert second.text in UP
    assert second.normal == '{"createIndexes":"users","indexes":[{"key":{"b":1,"a":-1},"name":"b_a"}]}'
    assert first.normal == '{"create":"users"}'


def test_white_space_inside_a_string_is_kept() -> None:
    (one,) = parse('{"up": [{ "create" :\t"my  \\" things" }]}').up.statements
    assert one.normal == '{"create":"my  \\" things"}'


def test_directives_of_the_file_and_of_one_command_are_told_apart() -> None:
    script = parse(UP)
    assert script.description == "users, and how to find them"
    assert script.up.directives == Directives(requires=(("auth@0003", 2), ("jobs@1", 2)))
    assert script.down is not None and script.down.directives == Directives()
    assert [dict(one.directives) for one in script.up.statements] == [
        {},
        {"idempotent": "", "ignore": "unique-index: the table is new"},
    ]


def test_what_holds_for_a_section_holds_for_both() -> None:
    said = {"transaction": "none", "statement_timeout": "10min", "lock_timeout": "5s", "idempotent": True}
    script = parse(json.dumps({"schemactl": said, "up": [{"create": "a"}], "down": [{"drop": "a"}]}))
    expected = Directives(transaction_none=True, lock_timeout_ms=5000, statement_timeout_ms=600_000, idempotent=True)
    assert script.down is not None
    assert (script.up.directives, script.down.directives) == (expected, expected)


def test_no_way_back_is_said_with_a_reason() -> None:
    said = {"irreversible": "the old values: nobody has them"}
    assert parse(json.dumps({"schemactl": said, "up": []})).up.directives.irreversible == said["irreversible"]
    both = refused(json.dumps({"schemactl": said, "up": [], "down": []}))
    assert (both.kind, "irreversible" in both.what) == ("directive", True)


def test_the_order_of_keys_is_part_of_the_hash_and_white_space_is_not() -> None:
    def hash_of(text: str) -> str:
        return parse(text).up_hash

    one = '{"up": [{"createIndexes": "a", "indexes": [{"key": {"x": 1, "y": 1}, "name": "i"}]}]}'
    assert hash_of(one) == hash_of(one.replace(" ", "\n")) == hash_of(one.removesuffix("}") + ', "down": []}')
    assert hash_of(one) != hash_of(one.replace('"x": 1, "y": 1', '"y": 1, "x": 1'))


def test_directives_and_the_way_back_are_no_part_of_the_hash() -> None:
    plain = {"up": [{"create": "a"}]}
    said = {"schemactl": {"transaction": "none"}, "up": [{"schemactl": {"idempotent": True}}, {"create": "a"}]}
    assert parse(json.dumps(plain)).up_hash == parse(json.dumps(said | {"down": [{"drop": "a"}]})).up_hash


def test_a_file_of_another_system_reads_the_same() -> None:
    raw = b"\xef\xbb\xbf" + UP.replace("\n", "\r\n").encode()
    assert parse(checksum.text_of(raw, shown="0001_users.json")) == parse(UP)


@pytest.mark.parametrize(
    ("text", "line", "kind", "words"),
    [
        ("", 1, "json", "not a JSON object"),
        ("[]", 1, "json", "not a JSON object"),
        ('{"up": []} {}', 1, "json", "behind the end"),
        ('{"up": [\n{"a": 1}\n', 3, "json", "the text ends here"),
        ('{"up": [\n{"a": 1},\n]}', 2, "json", "comma"),
        ('{"up": [\n{"a": "x\ny"}]}', 2, "json", "control character"),
        ('{"up": [\n{"a": {"c": 1,\n"b": 2,\n"c": 3}}]}', 4, "json", '"c" stands twice'),
        ('{"up": [\n{"a": "c", "b": ["c"],\n"a": 3}]}', 3, "json", '"a" stands twice'),
        ('{"up": [],\n"up": []}', 2, "json", '"up" stands twice'),
        ('{"up": [{"a": [1,\nNaN]}]}', 2, "json", "NaN"),
        ('{"up": [{"a":\n"\\ud800"}]}', 2, "json", "half a character"),
        ('{"up": [{"a":\n"\\udc00\\ud800"}]}', 2, "json", "half a character"),
        ('{"up": [\n' + '{"a":' * 90_000 + "1" + "}" * 90_000 + "]}", 2, "json", "levels"),
        ("{'up': []}", 1, "json", "double quotes"),
        ('{"up"\n[]}', 2, "json", "`:` expected"),
        ('{"down": []}', 1, "section", 'no "up"'),
        ('{"up": [],\n"commands": []}', 2, "section", '"commands"'),
        ('{"up":\n{}}', 1, "section", "not a list"),
        ('{"up": [{"a": 1},\n{}]}', 2, "section", "a command"),
        ('{"up": [{"a": 1},\n"drop"]}', 2, "section", "a command"),
        ('{"schemactl": [],\n"up": []}', 1, "directive", "not an object"),
        ('{"schemactl": {\n"idempotent": false}, "up": []}', 2, "directive", "`true`"),
        ('{"schemactl": {\n"lock_timeout": 5}, "up": []}', 2, "directive", "lock_timeout"),
        ('{"schemactl": {\n"lock_timeout": "5"}, "up": []}', 2, "directive", "lock_timeout"),
        ('{"schemactl": {\n"transactoin": "none"}, "up": []}', 2, "directive", "transactoin"),
        ('{"schemactl": {\n"requires": []}, "up": []}', 2, "directive", "requires"),
        ('{"schemactl": {\n"ignore": {"Rule": "why"}}, "up": []}', 2, "directive", "ignore"),
        ('{"up": [\n{"schemactl": {"transaction": "none"}}, {"a": 1}]}', 2, "directive", "transaction"),
        ('{"up": [\n{"schemactl": {"idempotent": true}}]}', 2, "directive", "no statement follows"),
        ('{"up": [\n{"schemactl": {}, "drop": "a"}]}', 2, "directive", "in a command"),
    ],
)
def test_a_fault_is_named_where_it_stands(text: str, line: int, kind: str, words: str) -> None:
    error = refused(text)
    assert (error.at, error.kind) == (f"0001_users.json:{line}", kind)
    assert words in error.what


def test_both_halves_of_a_character_are_one() -> None:
    (one,) = parse('{"up": [{"create": "\\ud83e\\udd86 \\\\ud800"}]}').up.statements
    assert one.words == ("create", "\U0001f986 \\ud800")


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text() | some.floats(allow_nan=False, allow_infinity=False),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=10,
)
COMMANDS = some.lists(some.dictionaries(some.text().filter(lambda key: key != "schemactl"), VALUES, min_size=1))


@settings(deadline=None)
@given(COMMANDS, some.sampled_from([None, 1, "\t"]), some.booleans())
def test_any_commands_come_back_as_they_were_written(commands: list[Any], indent: Any, ascii_only: bool) -> None:
    text = json.dumps({"up": commands}, indent=indent, ensure_ascii=ascii_only)
    statements = parse(text).up.statements
    assert [json.loads(one.text) for one in statements] == commands
    assert [json.loads(one.normal) for one in statements] == commands
    assert [text.count("\n", 0, text.index(one.text)) + 1 <= one.line for one in statements] == [True] * len(commands)
