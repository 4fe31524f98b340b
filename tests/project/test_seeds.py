"""The seeds of a target as files: found, named, read, and every complaint in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from schemactl.errors import ConfigError
from schemactl.model.seed import Expanded, Lookup, Rows
from schemactl.project.seed_csv import rows_of as csv_rows
from schemactl.project.seed_rows import rows_of
from schemactl.project.seeds import seeds
from tests.project.folder import ProjectFolder

HEAD = 'table = "t"\nkey = "k"\n'


@pytest.fixture
def project(folder: ProjectFolder) -> ProjectFolder:
    return folder


def read(project: ProjectFolder, files: Mapping[str, str]) -> Any:
    for name, text in files.items():
        project.write(f"seeds/jobs/users_db/{name}", text)
    return seeds(project.load(), project.platform().target("users_db"))


def rows(project: ProjectFolder, text: str, **environ: str) -> Rows:
    (seed,) = read(project, {"01_a.toml": text})
    return rows_of(seed, environ)


def test_seeds_are_found_in_the_order_of_their_numbers(project: ProjectFolder) -> None:
    project.write("seeds/jobs/roles.toml", "")
    found = read(
        project,
        {
            "10_b.sql": "SELECT 1;",
            "2_a.toml": f"{HEAD}environments = ['dev']\n[[rows]]\nk = 1\n",
            "03_c.py": "# schemactl: environments=ci, sandbox\ndef seed(ctx):\n    pass\n",
            "roles.toml": "",
            "_notes.txt": "",
            ".hidden": "",
        },
    )
    assert [(one.file.label, one.file.kind, one.file.environments) for one in found] == [
        ("2_a", "rows", ("dev",)),
        ("03_c", "script", ("ci", "sandbox")),
        ("10_b", "script", ()),
    ]


def test_without_a_folder_there_are_no_seeds(project: ProjectFolder) -> None:
    assert read(project, {}) == ()


@pytest.mark.parametrize(
    ("files", "kind", "at"),
    [
        ({"1_a.sql": "SELECT 1;", "01_b.sql": "SELECT 1;"}, "duplicate_version", "1_a.sql"),
        ({"flags.toml": HEAD}, "wrong_name", "flags.toml"),
        ({"01_a.cypher": "RETURN 1;"}, "wrong_format", "01_a.cypher"),
        ({"more/01_a.sql": "SELECT 1;"}, "wrong_name", "more"),
        ({"stray.csv": "a\n1\n"}, "wrong_name", "stray.csv"),
        ({"01_a.toml": f'{HEAD}csv = "gone.csv"\n'}, "csv", "01_a.toml:3"),
        ({"01_a.toml": f'{HEAD}csv = "../a.csv"\n'}, "csv", "01_a.toml:3"),
        ({"01_a.toml": "  \n"}, "empty_file", "01_a.toml:1"),
        ({"01_a.toml": "table = \n"}, "toml", "01_a.toml:1"),
        ({"01_a.toml": f"{HEAD}environments = []\n"}, "wrong_value", "01_a.toml:3"),
        ({"01_a.sql": "-- only words\n"}, "empty_section", "01_a.sql:1"),
        ({"01_a.sql": "-- migrate:up\nSELECT 1;\n"}, "section", "01_a.sql:1"),
        ({"01_a.sql": "-- schemactl: requires=a@1\nSELECT 1;\n"}, "directive", "01_a.sql:1"),
        ({"01_a.sql": "-- schemactl: environments=\nSELECT 1;\n"}, "directive", "01_a.sql:1"),
        ({"01_a.sql": "SELECT 1;\n-- schemactl: environments=dev\nSELECT 2;\n"}, "directive", "01_a.sql:2"),
        ({"01_a.py": "def up(ctx):\n    pass\n"}, "python", "01_a.py:1"),
    ],
)
def test_what_does_not_fit_is_refused_in_its_place(
    project: ProjectFolder, files: Mapping[str, str], kind: str, at: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(project, files)
    assert (caught.value.kind, caught.value.at) == (kind, f"seeds/jobs/users_db/{at}")


def test_a_folder_of_no_target_is_refused(project: ProjectFolder) -> None:
    project.write("seeds/jobs/user_db/01_a.sql", "SELECT 1;")
    with pytest.raises(ConfigError) as caught:
        project.platform()
    assert (caught.value.kind, caught.value.at) == ("unknown_target", "seeds/jobs/user_db")


def test_values_become_what_they_mean(project: ProjectFolder) -> None:
    text = (
        f'{HEAD}where = "gone IS NULL"\n[[rows]]\nk = 1\nnothing = {{ "$null" = true }}\n'
        'id = { "$oid" = "0123" }\nother = { lookup = "o", by = { name = "${WHO}" }, get = "n" }\n'
        'plain = "$${WHO}"\nlist = ["${WHO}", { a = { "$null" = true } }]\nlooks_so = { lookup = "x", more = 1 }\n'
    )
    found = rows(project, text, WHO="me")
    assert (found.object, found.key, found.where) == ("t", ("k",), "gone IS NULL")
    assert found.at["where"] == "seeds/jobs/users_db/01_a.toml:3"
    (row,) = found.rows
    assert row.at == "seeds/jobs/users_db/01_a.toml:4"
    assert row.values == {
        "k": 1,
        "nothing": None,
        "id": {"$oid": "0123"},
        "other": Lookup("o", {"name": "me"}, "n"),
        "plain": "${WHO}",
        "list": ["me", {"a": None}],
        "looks_so": {"lookup": "x", "more": 1},
    }
    who = row.values["other"].by["name"]
    assert isinstance(who, Expanded)
    assert who.written == "${WHO}"


def test_a_lookup_finds_by_values_that_toml_has_no_type_for(project: ProjectFolder) -> None:
    by = '_id = { "$oid" = "0123" }, since = { "$date" = "2024-01-15T00:00:00Z" }, n = 1'
    (row,) = rows(project, f'{HEAD}[[rows]]\nk = 1\nother = {{ lookup = "o", by = {{ {by} }} }}\n').rows
    assert row.values["other"] == Lookup(
        "o", {"_id": {"$oid": "0123"}, "since": {"$date": "2024-01-15T00:00:00Z"}, "n": 1}
    )


def test_fields_that_are_given_once_are_those_of_a_row_at_least_or_of_the_csv_file(project: ProjectFolder) -> None:
    found = rows(project, f'{HEAD}once = ["a", "b.c"]\n[[rows]]\nk = 1\na = 1\n[[rows]]\nk = 2\n"b.c" = 1\n')
    assert (sorted(found.once), found.at["once"]) == (["a", "b.c"], "seeds/jobs/users_db/01_a.toml:3")
    assert rows(project, f"{HEAD}[[rows]]\nk = 1\n").once == frozenset()
    (seed,) = read(project, {"01_a.toml": f'{HEAD}once = ["a"]\ncsv = "a.csv"\n', "a.csv": "k,a\n"})
    assert rows_of(seed, {}).once == {"a"}


@pytest.mark.parametrize(
    ("once", "csv", "kind", "line"),
    [
        ('"a"', "", "wrong_type", 3),
        ("[]", "", "wrong_value", 3),
        ("[1]", "", "wrong_type", 3),
        ('["a", "a"]', "", "repeated", 3),
        ('["a",\n"k"]', "", "wrong_value", 4),
        ('["a",\n"aa"]', "", "wrong_value", 4),
        ('["k"]', "k,a\n1,2\n", "wrong_value", 3),
        ('["aa"]', "k,a\n1,2\n", "wrong_value", 3),
        ('["n"]', "k,a\n", "wrong_value", 3),
    ],
)
def test_a_list_of_what_is_given_once_that_does_not_hold_is_told_with_its_line(
    project: ProjectFolder, once: str, csv: str, kind: str, line: int
) -> None:
    body = 'csv = "a.csv"\n' if csv else "[[rows]]\nk = 1\na = 1\n"
    more = {"a.csv": csv} if csv else {}
    (seed,) = read(project, {"01_a.toml": f"{HEAD}once = {once}\n{body}", **more})
    with pytest.raises(ConfigError) as caught:
        rows_of(seed, {})
    assert (caught.value.code, caught.value.kind) == (10, kind)
    assert caught.value.at == f"seeds/jobs/users_db/01_a.toml:{line}"


def test_relationships_have_nothing_that_is_given_once(project: ProjectFolder) -> None:
    ends = 'from = { label = "A", by = { id = 1 } }\nto = { label = "B", by = { id = 2 } }\nset = { since = 1 }\n'
    one = f'[[relationships]]\ntype = "KNOWS"\n{ends}'
    seeds_of = {
        f'once = ["since"]\n{one}': ("wrong_value", 1),
        f'{HEAD}once = ["since"]\n[[rows]]\nk = 1\n{one}': ("wrong_value", 3),
        f'{one}once = ["since"]\n': ("unknown_key", 6),
    }
    for text, (kind, line) in seeds_of.items():
        with pytest.raises(ConfigError) as caught:
            rows(project, text)
        assert (caught.value.kind, caught.value.at) == (kind, f"seeds/jobs/users_db/01_a.toml:{line}"), text


def test_relationships_stand_alone_or_beside_rows(project: ProjectFolder) -> None:
    ends = 'from = { label = "A", by = { id = 1 } }\nto = { label = "B", by = { id = 2 } }\n'
    text = f'[[relationships]]\ntype = "KNOWS"\n{ends}'
    found = rows(project, f"{text}[relationships.set]\nsince = 2020\n")
    (one,) = found.relationships
    assert (found.object, one.type, one.source.label, one.to.by, one.values) == (
        "",
        "KNOWS",
        "A",
        {"id": 2},
        {"since": 2020},
    )


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (f"{HEAD}", "missing_key", 1),
        ("table = 't'\n[[rows]]\nk = 1\n", "missing_key", 1),
        ("key = 'k'\n[[rows]]\nk = 1\n", "missing_key", 1),
        (f"{HEAD}[[rows]]\n", "missing_key", 3),
        (f"{HEAD}[[rows]]\nk = 1\n[[rows]]\nn = 1\n", "missing_key", 5),
        (f"{HEAD}tabel = 1\n[[rows]]\nk = 1\n", "unknown_key", 3),
        (f"{HEAD}[[rows]]\nk = '${{GONE}}'\n", "variable", 4),
        (f"{HEAD}[[rows]]\nk = '${{'\n", "reference", 4),
        (f"{HEAD}[[rows]]\nk = {{ '$what' = 1 }}\n", "extended_json", 4),
        (f"{HEAD}[[rows]]\nk = {{ '$null' = 1 }}\n", "extended_json", 4),
        (f"{HEAD}[[rows]]\nk = {{ lookup = 't' }}\n", "lookup", 4),
        (f"{HEAD}[[rows]]\nk = {{ lookup = 't', by = {{ a = [1] }} }}\n", "lookup", 4),
        (f"{HEAD}[[rows]]\nk = {{ lookup = 't', by = {{ a = {{ b = 1 }} }} }}\n", "lookup", 4),
        (f"{HEAD}[[rows]]\nk = {{ lookup = 't', by = {{ a = {{ '$null' = true }} }} }}\n", "lookup", 4),
        (f"{HEAD}[[rows]]\nk = {{ lookup = 't', by = {{ a = {{ '$what' = 1 }} }} }}\n", "extended_json", 4),
        ("[[relationships]]\ntype = 'R'\n", "missing_key", 1),
    ],
)
def test_a_seed_that_does_not_hold_is_told_with_its_line(
    project: ProjectFolder, text: str, kind: str, line: int
) -> None:
    with pytest.raises(ConfigError) as caught:
        rows(project, text)
    assert (caught.value.kind, caught.value.at) == (kind, f"seeds/jobs/users_db/01_a.toml:{line}")


@pytest.mark.parametrize(("value", "state"), [("", "is empty"), ("\udcffhush", "is not UTF-8")])
def test_a_variable_without_a_text_is_told_and_not_shown(project: ProjectFolder, value: str, state: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rows(project, f"{HEAD}[[rows]]\nk = '${{BYTES}}'\n", BYTES=value)
    assert (caught.value.kind, f"BYTES {state}" in caught.value.what) == ("variable", True)
    assert "hush" not in "\n".join(caught.value.lines())


def test_a_csv_file_tells_null_from_an_empty_text(project: ProjectFolder) -> None:
    text = 'a,"b ""c""",d\n1,,""\n"x, y","two\nlines",z\n,"",\n'
    found = csv_rows(text, shown="a.csv")
    assert [(dict(row.values), row.at) for row in found] == [
        ({"a": "1", 'b "c"': None, "d": ""}, "a.csv:2"),
        ({"a": "x, y", 'b "c"': "two\nlines", "d": "z"}, "a.csv:3"),
        ({"a": None, 'b "c"': "", "d": None}, "a.csv:5"),
    ]
    assert (found.columns, found[-1].at, [row.at for row in found[1:]]) == (
        ("a", 'b "c"', "d"),
        "a.csv:5",
        ["a.csv:3", "a.csv:5"],
    )
    lone = csv_rows("only\nx\n\ny", shown="a.csv")
    assert [row.values["only"] for row in lone] == ["x", None, "y"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("a,a\n", 1),
        ("a,\n", 1),
        ("a,b\n1,2\n1\n", 3),
        ("a,b\n1,2,3\n", 2),
        ('a,b\n"open,2\n', 2),
        ('a,b\nx"y,2\n', 2),
        ('a,b\n"x"y,2\n', 2),
    ],
)
def test_a_csv_file_that_does_not_hold_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        csv_rows(text, shown="a.csv")
    assert (caught.value.kind, caught.value.at) == ("csv", f"a.csv:{line}")


def test_the_checksum_of_a_seed_with_a_csv_file_is_of_both(project: ProjectFolder) -> None:
    files = {"01_a.toml": f'{HEAD}csv = "a.csv"\n', "a.csv": "k\n1\n"}
    sums = {read(project, files | more)[0].file.checksum for more in ({}, {"a.csv": "k\n2\n"}, {"a.csv": "k\r\n1\r\n"})}
    assert len(sums) == 2


def test_commands_of_a_json_seed_are_a_list_with_directives_in_front(project: ProjectFolder) -> None:
    from schemactl.script.seed_script import parse

    text = '[{"schemactl": {"environments": ["dev"]}},\n {"insert": "users", "documents": [{}]}]'
    section, environments = parse(text, "json", engine="mongodb", shown="01_a.json")
    assert (environments, [one.line for one in section.statements]) == (("dev",), [2])
