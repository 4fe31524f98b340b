"""What verify finds in a ClickHouse target: each fault is planted for real, and named; a sound target shows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from schemactl.contract.engine import Engine, require
from schemactl.contract.opening import Opening, Patience, Stop
from schemactl.contract.verifying import Inspected
from schemactl.engines import open_engine
from schemactl.engines.clickhouse import verifying_state
from schemactl.errors import RunInterruptedError
from schemactl.events import StepProgress, ignore
from schemactl.sandbox.clickhouse import Server
from tests.fixtures.clickhouse import ClickHouse, ClickHouseDatabase, drop_clickhouse_database, make_clickhouse_database
from tests.fixtures.clickhouse_embedded import (
    EmbeddedDatabase,
    EmbeddedServer,
    drop_embedded_database,
    make_embedded_database,
)

Database = ClickHouseDatabase | EmbeddedDatabase
WIDE = " SETTINGS min_bytes_for_wide_part = 0"


def opening(url: str, **facts: Any) -> Opening:
    return Opening(url, "a test's database", "shop/app", Stop(), Patience(tries=1))._replace(**facts)


def looked(engine: Engine, name: str, emit: Any = ignore) -> Inspected:
    verifier = require(engine.verifier, "verify", "shop/app")
    (inspection,) = (one for one in verifier.inspections(deep=True) if one.name == name)
    return verifier.inspect(inspection, emit=emit)


def found(database: Database, name: str, **facts: Any) -> Inspected:
    """What the inspection of this name says of the database now."""
    engine = open_engine("clickhouse", opening(database.url, **facts))
    try:
        return looked(engine, name)
    finally:
        engine.close()


def only(inspected: Inspected) -> tuple[str, str, str]:
    """The one flaw that there is to be."""
    assert inspected.not_run == ""
    (flaw,) = inspected.flaws
    return flaw


def is_new(database: Database) -> bool:
    return isinstance(database, EmbeddedDatabase)


def part_of(database: Database, table: str) -> Path:
    """The folder of a table's largest part."""
    rows = database.ask(
        "SELECT path FROM system.parts WHERE database = currentDatabase() AND active"
        f" AND table = '{table}' ORDER BY rows DESC LIMIT 1"
    )
    return Path(rows[0][0])


def damage(file: Path) -> None:
    """As a disk does: some bytes in the middle of a block are others."""
    text = bytearray(file.read_bytes())
    middle = len(text) // 2
    text[middle : middle + 4] = bytes(255 - byte for byte in text[middle : middle + 4])
    file.write_bytes(text)


@pytest.fixture(params=["clickhouse18", "clickhouse26"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    server: ClickHouse | EmbeddedServer = request.getfixturevalue(request.param)
    made: Database
    if isinstance(server, EmbeddedServer):
        made = make_embedded_database(server)
        yield made
        drop_embedded_database(made)
    else:
        made = make_clickhouse_database(server)
        yield made
        drop_clickhouse_database(made)


@pytest.fixture
def newer(clickhouse26: EmbeddedServer) -> Iterator[EmbeddedDatabase]:
    made = make_embedded_database(clickhouse26)
    yield made
    drop_embedded_database(made)


def table(database: Database, name: str = "t", columns: str = "n UInt32, s String") -> None:
    """Two parts, of 1,000 rows and of 10."""
    wide = WIDE if is_new(database) else ""
    database.ask(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY n{wide}")
    for count in (1000, 10):
        database.ask(f"INSERT INTO {name} (n, s) SELECT number, toString(number) FROM numbers({count})")


def test_a_sound_target_shows_nothing(database: Database) -> None:
    table(database, columns="n UInt32, s String, stored String MATERIALIZED s, other String ALIAS s")
    database.ask("CREATE TABLE `wörter and more` (`a b` UInt8) ENGINE = TinyLog")
    database.ask("CREATE TABLE kept (n UInt32) ENGINE = Memory")
    database.ask("CREATE VIEW v AS SELECT n, ' AS ' AS w FROM (SELECT n FROM t)")
    database.ask("CREATE MATERIALIZED VIEW m ENGINE = MergeTree ORDER BY n AS SELECT n FROM t")
    database.ask(
        "ALTER TABLE t UPDATE s = 'x' WHERE n = 3" + (" SETTINGS mutations_sync = 1" if is_new(database) else "")
    )
    if is_new(database):
        database.ask("CREATE VIEW asks AS SELECT n FROM t WHERE n = {wanted:UInt32}")
        database.ask("ALTER TABLE t ADD PROJECTION p (SELECT s, count() GROUP BY s)")
        database.ask("INSERT INTO t (n, s) SELECT 1, 'a'")
        database.ask(
            "CREATE DICTIONARY d (n UInt64, s String) PRIMARY KEY n SOURCE(CLICKHOUSE(TABLE 't' DB currentDatabase()))"
            " LAYOUT(FLAT()) LIFETIME(0)".replace("currentDatabase()", f"'{database.name}'")
        )
    while not is_new(database) and found(database, "mutations").notes:
        pass  # this server says nothing when it is done
    engine = open_engine("clickhouse", opening(database.url))
    verifier = require(engine.verifier, "verify", "shop/app")
    told = {one.name: verifier.inspect(one, emit=ignore) for one in verifier.inspections(deep=True)}
    engine.close()
    assert {name: (one.flaws, one.notes) for name, one in told.items() if one.flaws or one.notes} == {}
    # t, the table with a space, and that of the materialized view.
    assert (told["data"].examined, told["mutations"].examined) == (3, 1)
    assert told["views"].examined == (4 if is_new(database) else 3)
    assert {name for name, one in told.items() if one.not_run} == (set() if is_new(database) else {"detached-parts"})
    assert {name for name, one in told.items() if not one.examined and not one.not_run} == (
        {"replicas", "replication-queue", "servers-alike"}
        | (set() if is_new(database) else {"projections", "dictionaries"})
    )


def test_a_part_that_is_damaged_on_disk_is_named(database: Database) -> None:
    table(database)
    table(database, "whole")
    part = part_of(database, "t")
    damage(part / "s.bin")
    about, what, do = only(found(database, "data"))
    assert about == f"part {part.name} of t"
    assert what.startswith("it is damaged: ") and ("hecksum" in what or "orrupt" in what)
    assert "backup" in do


def test_a_damaged_column_that_no_star_reads_is_found(database: Database) -> None:
    table(database, columns="n UInt32, s String, stored String MATERIALIZED s")
    part = part_of(database, "t")
    damage(part / "stored.bin")
    assert only(found(database, "data"))[0] == f"part {part.name} of t"


def test_a_damaged_projection_is_named(newer: EmbeddedDatabase) -> None:
    table(newer, columns="n UInt32, s String, PROJECTION p (SELECT s, count() GROUP BY s)")
    part = part_of(newer, "t")
    damage(part / "p.proj" / "s.bin")
    assert only(found(newer, "data"))[0] == f"part {part.name} of t"
    about, what, do = only(found(newer, "projections"))
    assert about == f"projection p of t, part {part.name}"
    assert "orrupt" in what or "hecksum" in what
    assert "Stack" not in what and do.startswith("ALTER TABLE `t` CLEAR PROJECTION `p`")


def test_a_part_that_the_server_set_aside_is_named(newer: EmbeddedDatabase) -> None:
    table(newer)
    part = part_of(newer, "t")
    newer.ask("DETACH TABLE t")
    (part / "columns.txt").write_text("no columns at all")
    newer.ask("ATTACH TABLE t")
    about, what, do = only(found(newer, "detached-parts"))
    (name,) = (row[0] for row in newer.ask("SELECT name FROM system.detached_parts WHERE database = currentDatabase()"))
    assert part.name in name
    assert about == f"part {name} of t"
    assert what.startswith("the server set it aside as broken")
    newer.ask(do.split("; then ")[1])
    assert found(newer, "detached-parts").flaws == ()


def test_a_part_that_a_person_detached_is_no_flaw(newer: EmbeddedDatabase) -> None:
    table(newer)
    newer.ask("ALTER TABLE t DETACH PARTITION tuple()")
    assert newer.ask("SELECT count() FROM system.detached_parts WHERE database = currentDatabase()") == [(2,)]
    assert found(newer, "detached-parts").flaws == ()


def test_a_server_without_a_list_of_parts_set_aside_says_so(clickhouse_database: ClickHouseDatabase) -> None:
    told = found(clickhouse_database, "detached-parts")
    assert (told.examined, told.flaws) == (0, ())
    assert told.not_run.startswith("ClickHouse 18.16.1 does not list") and "`detached`" in told.not_run


def test_a_mutation_that_fails_is_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    table(database)
    if not is_new(database):
        # It gives no reason: only its age tells.
        monkeypatch.setattr(verifying_state, "UNDER_WAY_S", 0)
    waits = " SETTINGS mutations_sync = 0" if is_new(database) else ""
    database.ask(f"ALTER TABLE t UPDATE s = toString(toUInt64(concat(s, 'x'))) WHERE 1{waits}")
    ((number,),) = database.ask("SELECT mutation_id FROM system.mutations WHERE database = currentDatabase()")
    while not (told := found(database, "mutations")).flaws:
        pass
    about, what, do = only(told)
    assert (about, told.notes) == (f"mutation {number} of t", ())
    if is_new(database):
        assert "Cannot parse" in what
        database.ask(do[do.index("KILL MUTATION") :])
        assert found(database, "mutations").flaws == ()
    else:
        assert "is not done" in what and "parts are left" in what and "cannot end it" in do


def test_a_mutation_is_under_way_for_an_hour_and_left_unfinished_then(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(database)
    database.ask("SYSTEM STOP MERGES t")
    database.ask("ALTER TABLE t UPDATE s = 'x' WHERE 1" + (" SETTINGS mutations_sync = 0" if is_new(database) else ""))
    ((number,),) = database.ask("SELECT mutation_id FROM system.mutations WHERE database = currentDatabase()")
    fresh = found(database, "mutations")
    # As old as that by the server's own clock.
    monkeypatch.setattr(verifying_state, "UNDER_WAY_S", 0)
    old = found(database, "mutations")
    database.ask("SYSTEM START MERGES t")
    assert (fresh.flaws, fresh.not_run, fresh.examined) == ((), "", 1)
    (note,) = fresh.notes
    assert note.startswith(f"mutation {number} of t: it is under way, asked for ") and note.endswith("2 parts are left")
    about, what, _ = only(old)
    assert (about, old.notes) == (f"mutation {number} of t", ()) and what.startswith("it is not done ")


def test_a_dictionary_that_cannot_be_loaded_is_named(newer: EmbeddedDatabase) -> None:
    newer.ask(
        "CREATE DICTIONARY d (n UInt64, s String) PRIMARY KEY n"
        f" SOURCE(CLICKHOUSE(TABLE 'gone' DB '{newer.name}')) LAYOUT(FLAT()) LIFETIME(0)"
    )
    with pytest.raises(Exception, match="gone"):
        newer.ask("SYSTEM RELOAD DICTIONARY d")
    about, what, do = only(found(newer, "dictionaries"))
    assert about == "dictionary d"
    assert "gone" in what and "(version" not in what and do.endswith("SYSTEM RELOAD DICTIONARY `d`")


def test_views_that_lost_what_they_read_are_named(database: Database) -> None:
    table(database)
    table(database, "u")
    database.ask("CREATE VIEW v AS SELECT n FROM t")
    database.ask("CREATE VIEW fine AS SELECT n FROM u")
    database.ask("CREATE MATERIALIZED VIEW m ENGINE = MergeTree ORDER BY n AS SELECT n FROM t")
    assert found(database, "views").flaws == ()
    database.ask("DROP TABLE t")
    told = found(database, "views")
    assert [flaw.object for flaw in told.flaws] == ["materialized view m", "view v"]
    assert all("what it reads is not there" in flaw.what and f"{database.name}.t" in flaw.what for flaw in told.flaws)
    # The views, and the table that keeps the rows of m.
    assert told.examined == 4


def test_a_view_whose_rows_have_no_table_any_more_is_named(database: Database) -> None:
    table(database)
    database.ask("CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n")
    database.ask("CREATE MATERIALIZED VIEW m TO kept AS SELECT n FROM t")
    assert found(database, "views").flaws == ()
    database.ask("DROP TABLE kept" + (" SETTINGS check_table_dependencies = 0" if is_new(database) else ""))
    about, what, _ = only(found(database, "views"))
    assert about == "materialized view m"
    assert what.startswith("the table that keeps its rows cannot be read: ")


def test_rows_whose_view_is_gone_are_named(database: Database) -> None:
    database.ask("CREATE TABLE `.inner.gone` (word String) ENGINE = MergeTree ORDER BY word")
    assert only(found(database, "views"))[0] == "table .inner.gone"


# A block for each row, which makes reading slow.
def test_users_that_rights_name_and_the_server_lacks_are_strangers(database: Database) -> None:
    engine = open_engine("clickhouse", opening(database.url))
    verifier = require(engine.verifier, "verify", "shop/app")
    rights = [
        "GRANT SELECT(`TO`) ON `t` TO `default`;\nREVOKE SELECT ON * FROM `o``no`;",
        "GRANT INSERT ON `FROM` TO `b`;",
    ]
    # 18.16 knows no users in SQL, and chdb has none.
    assert verifier.strangers(rights) == ("b", "default", "o`no")
    assert verifier.strangers([]) == ()
    engine.close()


SLOW = "max_block_size=1&max_threads=1"


def slow(database: ClickHouseDatabase) -> None:
    database.ask("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
    database.ask("INSERT INTO t SELECT 1 FROM numbers(3000000)")


def test_a_table_that_takes_longer_than_the_time_limit_did_not_pass(clickhouse_database: ClickHouseDatabase) -> None:
    clickhouse_database.ask("CREATE TABLE small (n UInt32) ENGINE = TinyLog")
    slow(clickhouse_database)
    engine = open_engine("clickhouse", opening(f"{clickhouse_database.url}?{SLOW}", statement_timeout_ms=200))
    told = looked(engine, "data")
    engine.close()
    assert (told.examined, told.flaws) == (0, ())
    assert told.not_run == (
        "table t: it was not done within 0.2 s (tables: 1 looked at, nothing found). Raise `statement_timeout`"
    )


def test_a_stop_is_heard_between_two_tables(clickhouse_database: ClickHouseDatabase) -> None:
    clickhouse_database.ask("CREATE TABLE a (n UInt32) ENGINE = TinyLog")
    table(clickhouse_database)
    stop = Stop()
    engine = open_engine("clickhouse", opening(clickhouse_database.url, stop=stop))
    heard: list[Any] = []

    def hear(event: Any) -> None:
        heard.append(event)
        stop.ask()

    with pytest.raises(RunInterruptedError) as error:
        looked(engine, "data", hear)
    engine.close()
    assert error.value.now == "nothing was changed"
    assert heard == [StepProgress("shop/app", "data", 1, 2, "tables")]


def test_a_user_who_may_only_read_verifies_too(clickhouse_database: ClickHouseDatabase) -> None:
    server = clickhouse_database.server
    if not isinstance(server, Server):
        pytest.skip("a given server has no user that may only read")
    table(clickhouse_database)
    damage(part_of(clickhouse_database, "t") / "s.bin")
    url = urlsplit(server.reader_url)._replace(path=f"/{clickhouse_database.name}").geturl()
    engine = open_engine("clickhouse", opening(url))
    told = looked(engine, "data")
    engine.close()
    assert [flaw.object for flaw in told.flaws] == ["part all_1_1_0 of t"]
