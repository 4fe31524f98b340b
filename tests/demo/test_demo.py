"""The demo's own parts: what it leaves out of an output, how it follows a reference, what it calls the same."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bson import ObjectId
from rich.console import Console

from schemactl.project.references import Endpoint, Reference
from tests.demo import tables
from tests.demo.places import Place, holdings
from tests.demo.references import Followed, at_path, values
from tests.demo.terminal import closing, outline
from tests.fixtures.postgres import Postgres, drop_database, make_database
from tests.platforms.dashboard import ROOT

SKILL = ObjectId("65a000000000000000000001")
DOCUMENT: dict[str, Any] = {
    "author": {"user_id": "ABC", "name": None},
    "comments": [{"user_id": "a"}, {"text": "nobody's"}, {"user_id": "b"}],
    "pages": [[{"skill": SKILL}], []],
    "odd.name": 1,
}


def end(path: str, **more: Any) -> Endpoint:
    return Endpoint(target="career_content", object="content", path=path, **more)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("author.user_id", ["ABC"]),
        ("author.name", []),
        ("comments[].user_id", ["a", "b"]),
        ("pages[][].skill", [SKILL]),
        ('"odd.name"', [1]),
        ("nowhere.user_id", []),
    ],
)
def test_a_path_is_followed_through_documents_and_lists(path: str, found: list[Any]) -> None:
    assert at_path(DOCUMENT, path) == found


def test_a_composite_is_refused_and_not_passed_over() -> None:
    with pytest.raises(ValueError, match="cannot follow"):
        at_path({"a": 1, "b": 2}, "(a,b)")


def test_ids_are_compared_in_the_form_that_is_asked_for_and_some_are_ignored() -> None:
    assert list(values([DOCUMENT], end("author.user_id", compare_as="uuid"))) == ["abc"]
    assert list(values([DOCUMENT], end("pages[][].skill", compare_as="oid"))) == [str(SKILL)]
    assert list(values([DOCUMENT], end("comments[].user_id", ignore=("a",)))) == ["b"]


@pytest.mark.parametrize(
    ("count", "orphans", "more", "verdict"),
    [
        (2, (), {}, "holds"),
        (0, (), {}, "no values"),
        (2, ("a",), {}, "broken"),
        (2, ("a",), {"max_orphans": 1}, "let pass"),
        (2, ("a",), {"on_orphan": "warn"}, "let pass"),
    ],
)
def test_a_reference_holds_where_there_was_something_to_follow(
    count: int, orphans: tuple[str, ...], more: dict[str, Any], verdict: str
) -> None:
    reference = Reference(source=end("author.user_id"), referred=end("_id"), at="platform.toml:1", **more)
    followed = Followed(reference, count, orphans)
    assert (followed.verdict, followed.broken) == (verdict, verdict == "broken")


def test_of_a_long_plan_the_headings_stay_and_the_rest_is_counted() -> None:
    lines = ["career/users  2 pending", "  0001_users", "      4  CREATE a", "      9  CREATE b", "", "career/paths"]
    assert outline(lines, first=1) == [*lines[:3], "career/paths", "… and 1 lines of detail"]
    assert outline(lines, first=2) == [line for line in lines if line]


def test_of_a_run_its_table_stays_and_the_rest_is_counted() -> None:
    assert closing(["a  applied", "b  applied", "", "target  result", "a  done"]) == [
        "… 2 lines",
        "target  result",
        "a  done",
    ]
    assert closing(["up to date: a"]) == ["up to date: a"]


@pytest.mark.parametrize("width", [80, 120])
def test_the_closing_table_is_plain_in_a_pipe_and_no_figure_is_cut(width: int) -> None:
    line = tables.Line(
        target="career_learning_content",
        server="Neo4j community 5.26.0",
        head="0002",
        pending=1,
        seeds=12,
        rows=1234,
        objects=123,
        checks=(6, 6),
        references=(0, 0),
    )
    console = Console(file=io.StringIO(), width=width)
    console.print(tables.closing([line, line], console))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "\x1b" not in shown and max(map(len, shown.splitlines())) <= width
    assert shown.split()[:8] == ["target", "engine", "head", "seeds", "rows", "objects", "checks", "refs"]
    assert "career_learning_content" in shown and "0002 (+1)" in shown
    assert shown.splitlines()[-1].split() == ["2", "targets", "1", "engines", "24", "2468", "246", "12/12", "–"]


def test_what_the_clock_made_is_the_same_in_every_run_and_what_somebody_changed_is_not(postgres18: Postgres) -> None:
    database = make_database(postgres18)
    place = Place("career_users", "postgres", database.url)
    since = datetime.now(UTC).replace(microsecond=0)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (id int, name text, seen timestamptz, made timestamptz DEFAULT now())")
        connection.execute("INSERT INTO people VALUES (1, 'Ada', '2024-01-15')")
        first = holdings(place, since)
        assert list(first) == ["people"] and len(first["people"]) == 1
        connection.execute("UPDATE people SET made = now() + interval '1 hour'")
        assert holdings(place, since) == first
        for change in ("made = '2024-01-15'", "name = 'Eve'", "seen = '2024-01-16'"):
            connection.execute(f"UPDATE people SET {change}".encode())
            assert holdings(place, since) != first
    drop_database(database)


def demo(**environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.demo"]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, timeout=240, check=False
    )


def test_what_cannot_be_had_ends_the_demo_with_the_way_to_get_it(tmp_path: Path) -> None:
    said = demo(PATH=str(tmp_path), JAVA_HOME="", TMPDIR=str(tmp_path))
    assert said.returncode == 1
    assert said.stderr.startswith(
        "\nerror: no server of Neo4j 5.26 can be had here: no Java 17 or 21 is here to run it\n"
        "  do: install Java 17 and Maven 3.8"
    )
    assert len(said.stderr.splitlines()) == 3
    assert "$ schemactl sandbox up" not in said.stdout and list(tmp_path.iterdir()) == []


@pytest.mark.soak
def test_the_demo_holds_and_its_output_is_plain_in_a_pipe() -> None:
    said = demo()
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr
    assert "\x1b" not in said.stdout
    lines = said.stdout.splitlines()
    (sums,) = [line for line in lines if line.startswith("9 targets")]
    assert "4 engines" in sums and lines[-1].startswith("all of it holds, in ")
