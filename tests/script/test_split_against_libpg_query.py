"""The same statements as PostgreSQL's own grammar finds (libpg_query)."""

from __future__ import annotations

import random
from pathlib import Path

import postgast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemactl.project.config import load
from schemactl.project.platform import load_platform
from schemactl.script import sections, split
from schemactl.script.statement import Statement
from schemactl.script.syntax import POSTGRES
from tests.script.corpus import TRICKY

_ROOT = Path(__file__).parents[2]
_PROJECT = load(_ROOT, environ={})
MIGRATIONS = [
    path
    for platform in _PROJECT.platforms
    for target in load_platform(_PROJECT, platform).targets
    if target.engine == "postgres"
    for path in sorted((_ROOT / "migrations" / platform / target.name).glob("*.sql"))
]
GAPS = (" ", "\n", "\r\n\t", " -- it's; $$ \n", "/* ; /* ' */ */", "\f /**/ ")


def theirs(script: str) -> list[str]:
    """Their statements in our normal form: theirs keep the comments before a statement."""
    return [split.statements(part, POSTGRES)[0].normal for part in postgast.split(script)]


def assert_means_the_same(statement: Statement) -> None:
    """The normal form is parsed to the same tree, so nothing was joined and nothing lost."""
    assert postgast.fingerprint(statement.normal).hex == postgast.fingerprint(statement.text).hex


@pytest.mark.parametrize("seed", range(20))
def test_tricky_statements_in_any_order_are_cut_at_the_same_places(seed: int) -> None:
    chance = random.Random(seed)
    chosen = chance.sample(TRICKY, len(TRICKY))
    script = "".join(f"{chance.choice(GAPS)}{text}{chance.choice(GAPS)};" for text in chosen)
    found = split.statements(script, POSTGRES)
    assert [statement.text for statement in found] == chosen
    assert [statement.normal for statement in found] == theirs(script)


@pytest.mark.parametrize("text", TRICKY)
def test_the_normal_form_of_a_tricky_statement_means_the_same(text: str) -> None:
    assert_means_the_same(split.statements(text, POSTGRES)[0])


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_the_migrations_of_the_platforms_are_cut_at_the_same_places(path: Path) -> None:
    text = path.read_text()
    script = sections.parse(text, POSTGRES, shown=path.name)
    found = [*script.up.statements, *(script.down.statements if script.down else ())]
    assert [statement.normal for statement in found] == theirs(text)
    for statement in found:
        assert_means_the_same(statement)


names = st.sampled_from(["a", "begin", "atomic", "case_end", "e", "x$1$y", '"q;"', '"d"";"', 'U&"\\0061;"', "größe"])
inside = st.text(alphabet="ab ;'\"$\\-/*\n(){}éE", max_size=12)
tags = st.sampled_from(["", "a", "b", "fn", "é"])


@st.composite
def values(draw: st.DrawFn) -> str:
    """A literal of any kind with anything in it."""
    body = draw(inside)
    kind = draw(st.sampled_from(["plain", "escape", "dollar", "number", "parameter", "continued"]))
    if kind == "plain":
        return "'" + body.replace("'", "''") + "'"
    if kind == "escape":
        return draw(st.sampled_from("eE")) + "'" + body.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if kind == "continued":
        return "E'" + body.replace("\\", "").replace("'", "''") + "'\n'\\';'"
    if kind == "dollar":
        tag = f"${draw(tags)}$"
        return tag + (body + " ").replace(tag, "").rstrip("$") + " " + tag
    return draw(st.sampled_from(["1", "1.5e3", "$1", "$2"]))


gaps = st.sampled_from(GAPS)


@st.composite
def queries(draw: st.DrawFn) -> str:
    items = draw(
        st.lists(st.builds(lambda value, gap, name: f"{value}{gap}AS{gap}{name}", values(), gaps, names), min_size=1)
    )
    return f"SELECT{draw(gaps)}{f',{draw(gaps)}'.join(items)}"


@st.composite
def legal_statements(draw: st.DrawFn) -> str:
    query = draw(queries())
    name = draw(names)
    return draw(
        st.sampled_from(
            [
                query,
                f"CREATE VIEW {name} AS {query}",
                f"CREATE PROCEDURE {name}({name} int) BEGIN ATOMIC {query}; SELECT CASE 1 WHEN 1 THEN 2 END; END",
                f"CREATE RULE r AS ON INSERT TO {name} DO ({query}; {query})",
                f"CREATE TABLE {name} ({name} int, CHECK ({name} > (1)))",
            ]
        )
    )


@given(st.lists(st.tuples(gaps, legal_statements(), gaps), min_size=1, max_size=6))
def test_generated_scripts_are_cut_at_the_same_places(parts: list[tuple[str, str, str]]) -> None:
    script = ";".join("".join(part) for part in parts)
    found = split.statements(script, POSTGRES)
    assert [statement.text for statement in found] == [text for _, text, _ in parts]
    assert [statement.normal for statement in found] == theirs(script)
    for statement in found:
        assert_means_the_same(statement)
