"""Sections and directives of a migration file."""

from __future__ import annotations

import hashlib

import pytest

from schemactl.errors import ConfigError
from schemactl.script import sections
from schemactl.script.section import Directives, Script
from schemactl.script.syntax import CYPHER, POSTGRES


def parse(text: str) -> Script:
    return sections.parse(text, POSTGRES, shown="0001_a.sql")


def test_up_and_down_are_told_apart() -> None:
    script = parse("-- adds city\n\n-- migrate:up\nCREATE TABLE a ();\nSELECT 1\n\n-- migrate:down\nDROP TABLE a;\n")
    assert script.description == "adds city"
    assert [(part.text, part.line) for part in script.up.statements] == [("CREATE TABLE a ()", 4), ("SELECT 1", 5)]
    assert script.down is not None
    assert (script.up.line, script.down.line) == (3, 7)
    assert [part.text for part in script.down.statements] == ["DROP TABLE a"]


def test_up_hash_is_over_the_statement_hashes() -> None:
    script = parse("-- migrate:up\nSELECT  1; SELECT /* x */ 2;")
    singles = [hashlib.sha256(text.encode()).digest() for text in ("SELECT 1", "SELECT 2")]
    assert script.up_hash == hashlib.sha256(b"".join(singles)).hexdigest()


def test_comments_directives_and_the_way_down_are_not_in_up_hash() -> None:
    one = parse("-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;")
    other = parse("-- why\n-- migrate:up\n-- schemactl: lock_timeout=1s\nSELECT 1; -- x\n")
    assert one.up_hash == other.up_hash


def test_no_down_section_is_none_and_an_empty_one_is_empty() -> None:
    assert parse("-- migrate:up\nSELECT 1").down is None
    down = parse("-- migrate:up\nSELECT 1\n-- migrate:down\n").down
    assert down is not None
    assert down.statements == ()


@pytest.mark.parametrize(
    "hidden",
    [
        "SELECT '\n-- migrate:down\n'",
        "SELECT $$\n-- migrate:down\n$$",
        "SELECT 1 /*\n-- migrate:down\n*/ + 1",
        'SELECT 1 AS "\n-- migrate:down\n"',
    ],
)
def test_a_marker_inside_quotes_or_a_comment_is_text(hidden: str) -> None:
    script = parse(f"-- migrate:up\n{hidden};")
    assert (script.up.statements[0].text, script.down) == (hidden, None)


def test_a_marker_among_copied_rows_is_data() -> None:
    script = parse("-- migrate:up\nCOPY t FROM stdin;\n-- migrate:down\n\\.\n")
    assert script.up.statements[0].copy_data == "-- migrate:down\n"
    assert script.down is None


def test_directives_above_the_first_statement_hold_for_the_section() -> None:
    script = parse(
        "-- migrate:up\n-- schemactl: transaction=none\n-- schemactl: lock_timeout=5s\n"
        "-- schemactl: statement_timeout = 10min\n-- schemactl: requires=users_db@0003\n"
        "-- schemactl: requires=a@1, jobs/b@2\n--schemactl: irreversible: data is gone: all of it\n"
        "-- schemactl: idempotent\n-- schemactl: ignore=ban-drop: empty\nSELECT 1;"
    )
    assert script.up.directives == Directives(
        transaction_none=True,
        lock_timeout_ms=5000,
        statement_timeout_ms=600_000,
        requires=(("users_db@0003", 5), ("a@1", 6), ("jobs/b@2", 6)),
        irreversible="data is gone: all of it",
        idempotent=True,
        ignore=(("ban-drop", "empty"),),
    )
    assert script.up.statements[0].directives == {}


def test_directives_above_a_later_statement_hold_for_it_alone() -> None:
    script = parse(
        "-- migrate:up\nSELECT 1;\n-- schemactl: lock_timeout=0\n-- schemactl: idempotent\n"
        "-- schemactl: ignore=a: b\n-- schemactl: ignore=c: d\nSELECT 2;\nSELECT 3;"
    )
    assert script.up.directives == Directives()
    assert [dict(part.directives) for part in script.up.statements] == [
        {},
        {"lock_timeout": "0", "idempotent": "", "ignore": "a: b\nc: d"},
        {},
    ]


REFUSED = {
    "no up": ("SELECT 1;", "section", 1),
    "nothing at all": ("", "section", 1),
    "statement before up": ("-- x\nSELECT 1;\n-- migrate:up\n", "section", 2),
    "directive before up": ("-- schemactl: idempotent\n-- migrate:up\nSELECT 1;", "section", 1),
    "up twice": ("-- migrate:up\nSELECT 1;\n-- migrate:up\n", "section", 3),
    "down twice": ("-- migrate:up\n-- migrate:down\n-- migrate:down\n", "section", 3),
    "down first": ("-- migrate:down\n-- migrate:up\n", "section", 1),
    "unknown section": ("-- migrate:up\n-- migrate:sideways\n", "section", 2),
    "more after the marker": ("-- migrate:up transaction:false\n", "section", 1),
    "upper case": ("-- Migrate:Up\nSELECT 1", "section", 1),
    "marker behind a statement": ("-- migrate:up\nSELECT 1; -- migrate:down\nDROP TABLE t;", "section", 2),
    "marker inside parentheses": ("-- migrate:up\nSELECT (1\n-- migrate:down\n", "unclosed", 2),
    "unknown key": ("-- migrate:up\n-- schemactl: lock_timout=5s\nSELECT 1;", "directive", 2),
    "empty": ("-- migrate:up\n-- schemactl:\nSELECT 1;", "directive", 2),
    "repeated key": ("-- migrate:up\n-- schemactl: idempotent\n-- schemactl: idempotent\nSELECT 1;", "directive", 3),
    "bad unit": ("-- migrate:up\n-- schemactl: lock_timeout=5 minutes\nSELECT 1;", "directive", 2),
    "no unit": ("-- migrate:up\n-- schemactl: lock_timeout=5\nSELECT 1;", "directive", 2),
    "too long": ("-- migrate:up\n-- schemactl: lock_timeout=999h\nSELECT 1;", "directive", 2),
    "other transaction": ("-- migrate:up\n-- schemactl: transaction=all\nSELECT 1;", "directive", 2),
    "irreversible without a reason": ("-- migrate:up\n-- schemactl: irreversible\nSELECT 1;", "directive", 2),
    "ignore without a reason": ("-- migrate:up\n-- schemactl: ignore=rule\nSELECT 1;", "directive", 2),
    "idempotent with a value": ("-- migrate:up\n-- schemactl: idempotent=yes\nSELECT 1;", "directive", 2),
    "requires with a hole": ("-- migrate:up\n-- schemactl: requires=a@1,,b@2\nSELECT 1;", "directive", 2),
    "section directive below": ("-- migrate:up\nSELECT 1;\n-- schemactl: transaction=none\nSELECT 2;", "directive", 3),
    "requires in down": ("-- migrate:up\n-- migrate:down\n-- schemactl: requires=a@1\nSELECT 1;", "directive", 3),
    "nothing follows": ("-- migrate:up\nSELECT 1;\n-- schemactl: idempotent\n-- migrate:down\n", "directive", 3),
    "an empty section": ("-- migrate:up\n-- schemactl: idempotent\n", "directive", 2),
    "inside a statement": ("-- migrate:up\nSELECT 1\n-- schemactl: idempotent\n;", "directive", 3),
    "behind a statement": ("-- migrate:up\nSELECT 1; -- schemactl: idempotent\n", "directive", 2),
    "inside a continued string": ("-- migrate:up\nSELECT E'a'\n-- schemactl: idempotent\n'b'", "directive", 3),
    "irreversible beside down": (
        "-- migrate:up\n-- schemactl: irreversible: x\nSELECT 1;\n-- migrate:down\n", "directive", 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_hold_is_refused_with_its_line(text: str, kind: str, line: int) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert (refused.value.kind, refused.value.at) == (kind, f"0001_a.sql:{line}")
    assert refused.value.do


def test_a_misspelt_directive_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as refused:
        parse("-- migrate:up\n-- schemactl: lock_timout=5s\nSELECT 1;")
    assert refused.value.do == "write `lock_timeout`"


@pytest.mark.parametrize(
    ("opening", "description"),
    [
        ("", ""),
        ("\n\n--  two words  \n", "two words"),
        ("/*\n * in a block\n * of lines\n */\n", "in a block"),
        ("--\n-- second line\n", ""),
    ],
)
def test_description_is_the_first_comment(opening: str, description: str) -> None:
    assert parse(f"{opening}-- migrate:up\nSELECT 1; -- not this").description == description


def test_cypher_has_its_own_comment_marker() -> None:
    text = (
        "// people\n// migrate:up\nCREATE (:Person {a: '// migrate:down'});\n// migrate:down\nMATCH (n) DETACH DELETE n"
    )
    script = sections.parse(text, CYPHER, shown="0001_a.cypher")
    assert script.description == "people"
    assert script.down is not None
    assert [part.text for part in script.down.statements] == ["MATCH (n) DETACH DELETE n"]
