"""A .py migration, read without running it."""

from __future__ import annotations

import pytest

from schemactl.errors import ConfigError
from schemactl.script import python_file
from schemactl.script.section import Directives

UP = "def up(ctx):\n    raise SystemExit('ran')\n"


def test_it_is_read_and_not_run() -> None:
    found = python_file.parse(f"raise SystemExit('ran')\n{UP}", shown="a.py")
    assert (found.has_down, found.has_probe, found.directives) == (False, False, Directives())


def test_down_and_probe_are_seen_at_the_top_level_only() -> None:
    inner = "class A:\n    def down(ctx): pass\n    def probe(ctx): pass\n"
    assert not python_file.parse(UP + inner, shown="a.py").has_down
    both = python_file.parse(UP + "def down(ctx): pass\ndef probe(ctx): return True\n", shown="a.py")
    assert (both.has_down, both.has_probe) == (True, True)


def test_leading_directives_hold_also_below_a_docstring() -> None:
    text = f'#!/usr/bin/env python\n# fills names\n# schemactl: idempotent\n"""Doc."""\n# schemactl: requires=a@1\n{UP}'
    found = python_file.parse(text, shown="a.py")
    assert found.description == "fills names"
    assert found.directives == Directives(idempotent=True, requires=(("a@1", 5),))


def test_the_docstring_describes_where_no_comment_does() -> None:
    assert (
        python_file.parse(f'# schemactl: idempotent\n"""Fills.\n\nMore."""\n{UP}', shown="a.py").description == "Fills."
    )


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("def up(ctx:\n", "python", 1),
        ("x = 1\n  y = 2\n", "python", 2),
        ("def down(ctx): pass\n", "python", 1),
        ("\nasync def up(ctx): pass\n", "python", 2),
        ("\ndef up(): pass\n", "python", 2),
        ("def up(ctx, more): pass\n", "python", 1),
        (UP + "# schemactl: idempotent\n", "directive", 3),
        ("# schemactl: nonsense\n" + UP, "directive", 1),
        ("# schemactl: irreversible: x\n" + UP + "def down(ctx): pass\n", "directive", 1),
        ("\n\0" + UP, "nul", 2),
    ],
)
def test_what_cannot_hold_is_refused_with_its_line(text: str, kind: str, line: int) -> None:
    with pytest.raises(ConfigError) as refused:
        python_file.parse(text, shown="a.py")
    assert (refused.value.kind, refused.value.at) == (kind, f"a.py:{line}")


def test_a_script_as_a_statement_keeps_its_hash_where_only_its_probe_is_corrected() -> None:
    body = "def up(ctx):\n    ctx.connection.run('x')\n"
    probes = ["", "def probe(ctx):\n    return True\n", "@once\ndef probe(ctx):\n    return (\n        False\n    )\n"]
    assert len({python_file.as_statement(probe + body).hash for probe in probes}) == 1
    assert len({python_file.as_statement(body + probe).hash for probe in probes}) == 1
    assert python_file.as_statement(body.replace("x", "y")).hash != python_file.as_statement(body).hash
