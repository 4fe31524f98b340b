"""Cypher text."""

from __future__ import annotations

import pytest

from schemactl.errors import ConfigError
from schemactl.script import split
from schemactl.script.syntax import CYPHER

WHOLE = {
    "single quotes": r"RETURN 'a\';b', 'c\\'",
    "double quotes": r'RETURN "a\";b", "it\'s;"',
    "backticks": "MATCH (n:`a;``b;`) RETURN n",
    "a backslash is itself in backticks": "MATCH (n:`a\\`) RETURN n",
    "line comment": "RETURN 1 // a;'b\n, 2",
    "block comment does not nest": "RETURN 1 /* a /* ; */ , 2",
    "dashes are a relationship": "MATCH (a)--(b) RETURN a",
    "subquery": "MATCH (n) CALL { WITH n SET n.a = ';' } IN TRANSACTIONS OF 10 ROWS",
    "map and list": "CREATE (n {a: [1, {b: '}'}]})",
    "parameter": "RETURN $a, $`b;c`",
    "escape in a string": r"RETURN '\u00e9;'",
    "escaped backslash before u0027": r"RETURN '\\u0027;'",
    "escape in a name": r"RETURN 1 AS \u0061b",
    "names beyond ASCII": "RETURN 1 AS größe",
}


@pytest.mark.parametrize("statement", WHOLE.values(), ids=WHOLE.keys())
def test_what_is_one_statement_stays_one_between_others(statement: str) -> None:
    found = split.statements(f"RETURN 0;\n{statement}\n;\nRETURN 9;", CYPHER)
    assert [part.text for part in found] == ["RETURN 0", statement, "RETURN 9"]


@pytest.mark.parametrize(
    ("script", "kind", "line"),
    [
        ("RETURN 1;\nRETURN 'a\\'", "unclosed", 2),
        ("MATCH (n)\nCALL { WITH n;\n", "unclosed", 2),
        ("RETURN [1, (2];", "unopened", 1),
        ("RETURN 1;\n:use neo4j;", "meta_command", 2),
        ("RETURN 1;\n:param a => 1", "meta_command", 2),
        ("RETURN 1\\n", "meta_command", 1),
        ("RETURN 1;\nRETURN '\\u0027; RETURN 2; //", "escape", 2),
        ("// \\u000aMATCH (n) DETACH DELETE n", "escape", 1),
    ],
)
def test_a_fault_is_told_with_the_line_where_it_begins(script: str, kind: str, line: int) -> None:
    with pytest.raises(ConfigError) as refused:
        split.statements(script, CYPHER, shown="c.cypher")
    assert (refused.value.kind, refused.value.at) == (kind, f"c.cypher:{line}")
