"""Pages damaged on disk, in servers of the test's own: amcheck and checksums find them and name what they are of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schemactl.contract.verifying import Inspected
from schemactl.errors import ConfigError
from schemactl.sandbox import postgres as sandbox
from tests.engines.postgres.test_verifying import looked, opened, told
from tests.fixtures.absence import not_run

TABLES = """
CREATE SCHEMA tools; CREATE EXTENSION amcheck SCHEMA tools;
CREATE TABLE "In d" (id int); INSERT INTO "In d" SELECT generate_series(1, 100); CREATE INDEX "Key k" ON "In d" (id);
CREATE TABLE heap (id int); INSERT INTO heap SELECT generate_series(1, 100);
CREATE TABLE whole (id int PRIMARY KEY); INSERT INTO whole SELECT generate_series(1, 100);
VACUUM FREEZE; CHECKPOINT
"""
PAGE = 8192
# From the end of a page, where its first row lies: a key in an index's leaf, above 16 bytes of its own; the length of
# a row's header (manual, "Database Page Layout").
KEY, HEADER = PAGE + PAGE - 16 - 16 + 8, PAGE - 32 + 22


def own_server(major: int) -> Iterator[sandbox.Server]:
    try:
        server = sandbox.start(major=major)
    except ConfigError as error:
        not_run("postgres", f"PostgreSQL {major}", error.what, error.do or "no way is known")
    with server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            for statement in TABLES.split(";"):
                connection.execute(statement.encode())
            damage(server, connection, '"Key k"', KEY)
            damage(server, connection, "heap", HEADER)
            if major >= 18:
                # So that somebody else than amcheck reads it.
                connection.execute("ALTER TABLE heap ADD CONSTRAINT key FOREIGN KEY (id) REFERENCES whole NOT VALID")
                damage(server, connection, "pg_shdescription", HEADER)
        # What is in memory is whole: it is read from disk again.
        server.restart("immediate")
        yield server


def damage(server: sandbox.Server, connection: psycopg.Connection[tuple[str]], relation: str, place: int) -> None:
    row = connection.execute("SELECT pg_relation_filepath(%s::regclass)", (relation,)).fetchone()
    assert row is not None
    path: Path = server.data / row[0]
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff\xff\xff\x7f" if place == KEY else b"\xf0")


@pytest.fixture(scope="module", params=[18, 15], ids=["pg18", "pg15"])
def damaged(request: pytest.FixtureRequest) -> Iterator[sandbox.Server]:
    yield from own_server(request.param)


@pytest.fixture(scope="module")
def found(damaged: sandbox.Server) -> dict[str, Inspected]:
    return looked(opened(damaged.url), deep=True)


def test_amcheck_names_the_index_and_the_table_whose_pages_are_damaged(
    found: dict[str, Inspected], damaged: sandbox.Server
) -> None:
    flaws = told(found["amcheck"])
    # An index is read beside its table: where that is damaged it says so, too.
    shared = {"table pg_shdescription", "index pg_shdescription_o_c_index"} if damaged.major >= 18 else set()
    assert set(flaws) == {'index public."Key k"', "table public.heap"} | shared
    said = "invalid page in block" if damaged.major >= 18 else "item order invariant violated"
    assert said in flaws['index public."Key k"']
    assert ("invalid page in block" if damaged.major >= 18 else "block 0, line 1: ") in flaws["table public.heap"]


def test_a_page_that_cannot_be_read_is_a_finding_of_whoever_meets_it(
    found: dict[str, Inspected], damaged: sandbox.Server
) -> None:
    what = told(found["orphans"]).get("foreign key key on public.heap", "")
    assert what.startswith("cannot be read: invalid page in block") if damaged.major >= 18 else what == ""


def test_checksums_tell_of_pages_that_failed_and_without_them_nothing_is_said(
    found: dict[str, Inspected], damaged: sandbox.Server
) -> None:
    if damaged.major < 18:
        assert found["checksums"].not_run.startswith("the server keeps no checksums")
        return
    # Counted when a session ends at the latest: by now amcheck has met both pages.
    counted = looked(opened(damaged.url), deep=True, only="checksums")["checksums"]
    what, do = told(counted), {flaw.object: flaw.do for flaw in counted.flaws}
    assert "pages failed when read" in what["database postgres"] and "failed when read" in what["shared objects"]
    with psycopg.connect(damaged.url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_reset()")
    again = looked(opened(damaged.url), deep=True, only="checksums")["checksums"]
    assert list(told(again)) == ["shared objects"]
    assert "pg_stat_reset()" in do["database postgres"] and "pg_stat_reset()" not in do["shared objects"]
