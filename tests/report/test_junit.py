"""JUnit XML: what a build server's reader makes of it, whatever characters a database holds."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemactl.report.junit import Case, Suite, junit

BEGAN = datetime(2026, 11, 22, 9, 1, 2, tzinfo=UTC)


def parsed(*cases: Case) -> ElementTree.Element:
    suite = Suite("jobs/users_db", cases, {"engine": "postgres"}, 1.5)
    return ElementTree.fromstring(junit("verify", [suite], began=BEGAN, seconds=2.0).encode())


def test_counts_names_and_outcomes_stand_where_readers_look_for_them() -> None:
    root = parsed(
        Case("a", "jobs.users_db.engine", seconds=0.25),
        Case("b", "jobs.users_db.engine", "failure", "b", "it is wrong", "all of it"),
        Case("c", "jobs.users_db.engine", "error", "no_space", "no room"),
        Case("d", "jobs.users_db.checks", "skipped", message="not run: no right"),
    )
    (suite,) = root
    for element in (root, suite):
        counts = [element.get(name) for name in ("tests", "failures", "errors", "skipped")]
        assert counts == ["4", "1", "1", "1"]
    assert (root.tag, suite.tag, suite.get("name"), suite.get("time")) == (
        "testsuites",
        "testsuite",
        "jobs/users_db",
        "1.500",
    )
    assert suite.get("timestamp") == "2026-11-22T09:01:02+00:00"
    a, b, c, d = suite.findall("testcase")
    assert (a.get("name"), a.get("classname"), a.get("time"), list(a)) == ("a", "jobs.users_db.engine", "0.250", [])
    assert [(one.tag, one.get("type"), one.get("message"), one.text) for case in (b, c, d) for one in case] == [
        ("failure", "b", "it is wrong", "all of it"),
        ("error", "no_space", "no room", None),
        ("skipped", None, "not run: no right", None),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('<a href="x">&amp; ]]>', '<a href="x">&amp; ]]>'),
        ("a\x00b\x1b[31m\x7f", "a\\x00b\\x1b[31m\x7f"),
        ("\ud800 \ufffe \uffff", "\\ud800 \\ufffe \\uffff"),
        ("tab\tline\nend", "tab\tline\nend"),
        ("ÄÖ € 漢 🙂", "ÄÖ € 漢 🙂"),
    ],
)
def test_every_text_comes_back_as_it_was_or_as_what_stands_for_it(text: str, read: str) -> None:
    case = parsed(Case(text, text, "failure", text, text, text))[0].find("testcase")
    assert case is not None
    (failure,) = case
    assert (case.get("name"), case.get("classname"), failure.get("type")) == (read, read, read)
    assert (failure.get("message"), failure.text) == (read, read)


@given(st.text(alphabet=st.characters()))
def test_there_is_no_text_that_makes_it_no_xml(text: str) -> None:
    assert parsed(Case(text, text, "failure", text, text, text)).tag == "testsuites"
