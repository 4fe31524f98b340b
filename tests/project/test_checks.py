"""The integrity checks of a target: one query a file, and none passed over without a word."""

from __future__ import annotations

import pytest

from schemactl.contract.checking import Check
from schemactl.project.checks import checks
from tests.project.folder import ProjectFolder, refused

PLACE = "schemas/jobs/checks"


def read(folder: ProjectFolder, target: str = "users_db") -> tuple[Check, ...]:
    return checks(folder.load(), folder.target(target))


def test_a_target_without_a_folder_has_none(folder: ProjectFolder) -> None:
    assert read(folder) == ()


def test_they_come_in_order_of_their_names_with_what_they_say_of_themselves(folder: ProjectFolder) -> None:
    folder.write(f"{PLACE}/users_db/b_age.sql", "-- Nobody is younger than nought.\n\nSELECT 1 WHERE false;\n")
    folder.write(f"{PLACE}/users_db/a_name.sql", "SELECT 2")
    folder.write(f"{PLACE}/users_db/_draft.sql", "")
    first, second = read(folder)
    assert (first.name, first.description, first.statement.text) == ("a_name", "", "SELECT 2")
    assert (second.name, second.description, second.statement.line) == ("b_age", "Nobody is younger than nought.", 3)


@pytest.mark.parametrize(
    ("name", "text", "kind", "at"),
    [
        ("a.sql", "SELECT 1;\nSELECT 2;", "check", ":2"),
        ("a.sql", "-- later\n", "check", ":1"),
        ("a.sql", "", "check", ":1"),
        ("a.sql", "SELECT 'open", "unclosed", ":1"),
        ("a.json", "{}", "wrong_format", ""),
        ("a b.sql", "SELECT 1", "wrong_name", ""),
        ("README", "of them", "wrong_name", ""),
    ],
)
def test_what_is_no_single_query_is_refused_in_its_place(
    folder: ProjectFolder, name: str, text: str, kind: str, at: str
) -> None:
    folder.write(f"{PLACE}/users_db/{name}", text)
    with refused(f"{PLACE}/users_db/{name}{at}", kind=kind):
        read(folder)
