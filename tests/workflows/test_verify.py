"""Verify: what is told of each target, and what the answer is, also where some of it cannot be looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemactl.contract.checking import Check
from schemactl.contract.engine import CatalogReader, Missing
from schemactl.errors import ConfigError, ConnectError, HistoryError
from schemactl.events import Event, InspectionFinished, InspectionStarted, StepProgress, ignore
from schemactl.model.catalog import Catalog
from schemactl.model.entry import LEDGER_FORMAT
from schemactl.model.snapshot import Block, Snapshot
from schemactl.script.statement import Statement
from schemactl.workflows import verify
from schemactl.workflows.verify import Looked, TargetVerified, Verified, VerifySite
from tests.workflows.platform import Platform


def asking(name: str, text: str) -> Check:
    return Check(name, "", Statement(text=text, line=4, normal=text, words=()), f"checks/{name}.sql")


def verified(
    town: Platform,
    *targets: str,
    deep: bool = False,
    checks: Callable[[], tuple[Check, ...]] = tuple,
    snapshot: Callable[[], Snapshot | None] = lambda: None,
    emit: Callable[[Event], None] = ignore,
) -> Verified:
    sites = [VerifySite(site, checks, snapshot) for site in town.sites(*targets)]
    return verify.run(verify.plan(sites, deep=deep), emit=emit, stop=town.stop)


def only(found: Verified) -> dict[str, Looked]:
    (target,) = found.targets
    assert target.error is None
    return {one.name: one for one in target.looked}


def states(target: TargetVerified) -> dict[str, str]:
    return {one.name: one.state for one in target.looked}


def told(one: Looked) -> list[tuple[str, str]]:
    return [(flaw.object, flaw.what) for flaw in one.found.flaws]


@pytest.fixture
def bank(town: Platform) -> Platform:
    """Two migrations of `bank`, both applied."""
    for version in ("1", "2"):
        town.add("bank", version)
    town.migrated()
    return town


def test_sections_come_in_their_order_and_what_is_deep_only_where_it_is_asked(bank: Platform) -> None:
    check = asking("none", "find t1 'x'")
    found = verified(bank, deep=True, checks=lambda: (check,))
    assert [(one.section, one.name, one.state) for one in found.targets[0].looked] == [
        ("ledger", "ledger", "passed"),
        ("ledger", "pending", "passed"),
        ("snapshot", "snapshot", "not_run"),
        ("snapshot", "rights", "not_run"),
        ("engine", "whole-things", "passed"),
        ("engine", "sound-things", "passed"),
        ("engine", "good-words", "nothing"),
        ("checks", "none", "passed"),
    ]
    assert "good-words" not in only(verified(bank))
    assert (found.holds(strict=False), found.exit_code(strict=False), found.findings) == (True, 0, 0)
    assert (found.holds(strict=True), found.exit_code(strict=True)) == (False, 3)


def test_an_empty_target_without_files_has_nothing_to_look_at_and_nothing_passed(town: Platform) -> None:
    town.target("bank")
    assert states(verified(town).targets[0]) == {
        "ledger": "nothing",
        "pending": "nothing",
        "snapshot": "not_run",
        "rights": "not_run",
        "whole-things": "nothing",
        "sound-things": "nothing",
    }


def test_what_is_pending_is_a_finding_of_its_own_kind(bank: Platform) -> None:
    bank.add("bank", "3")
    found = only(verified(bank))
    assert (found["ledger"].state, told(found["pending"])) == ("passed", [("migration 3_step", "is not applied")])
    assert found["pending"].found.flaws[0].do == "`schemactl -p town migrate bank`"


def test_every_disagreement_of_ledger_and_files_is_told_of_its_migration(bank: Platform) -> None:
    bank.add("bank", "1", "create other")
    bank.remove("bank", "2")
    bank.add("bank", "0")
    found = only(verified(bank))
    changed, gone = told(found["ledger"])
    assert changed[0] == "migration 1_step" and changed[1].startswith("was changed after it was applied")
    assert gone[1].startswith("the target is ahead of these files: 2_step is applied")
    ((late, what),) = told(found["pending"])
    assert late == "migration 0_step" and what.startswith("is not applied, though 2 is")


def test_a_file_whose_comment_alone_changed_is_told_with_the_way_to_accept_it(bank: Platform) -> None:
    before = next(iter(bank.files["bank"].values()))
    bank.write("bank", "1", f"{before.text}-- a remark\n")
    ((thing, what),) = told(only(verified(bank))["ledger"])
    assert thing == "migration 1_step" and "its up statements did not" in what


def test_a_migration_that_was_never_finished_is_a_finding_and_one_that_is_at_work_is_not(bank: Platform) -> None:
    records = bank.servers["bank"].state.records
    assert records is not None
    records.entries[2] = records.entries[2]._replace(state="applying")
    ((thing, _),) = told(only(verified(bank))["ledger"])
    assert thing == "migration 2_step"
    engine = bank.engine("bank")
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        found = only(verified(bank))
    assert [found[name].state for name in ("ledger", "pending", "snapshot")] == ["not_run"] * 3
    assert "is being applied by another runner" in found["ledger"].found.not_run


def test_a_ledger_of_another_target_is_one_finding_and_nothing_else_is_said_of_files(bank: Platform) -> None:
    records = bank.servers["bank"].state.records
    assert records is not None
    records.service_name = "mill"
    found = only(verified(bank))
    assert found["ledger"].findings == 1 and found["pending"].state == "not_run"


def test_a_ledger_that_cannot_be_read_is_an_error_and_the_rest_is_looked_at(bank: Platform) -> None:
    records = bank.servers["bank"].state.records
    assert records is not None
    records.format = LEDGER_FORMAT + 1
    found = verified(bank)
    assert states(found.targets[0])["whole-things"] == "passed"
    assert only(found)["pending"].found.not_run == "the ledger could not be read"
    assert isinstance(found.error, HistoryError) and found.error.target == "town/bank"
    assert (found.exit_code(strict=False), found.holds(strict=False)) == (13, False)


def test_what_the_engine_finds_is_a_finding_and_worse_than_what_went_wrong(bank: Platform) -> None:
    things = bank.servers["bank"].state.things
    things["noisy"] = things["t2"]
    alone = verified(bank)
    assert (only(alone)["sound-things"].state, alone.exit_code(strict=False)) == ("error", 14)
    things["t1"].whole = False
    found = verified(bank)
    assert told(only(found)["whole-things"]) == [("thing t1", "is half there")]
    assert (found.exit_code(strict=False), found.findings) == (3, 1)


def test_what_was_not_looked_at_is_a_finding_of_strict_alone(bank: Platform) -> None:
    bank.servers["bank"].state.things["locked"] = bank.servers["bank"].state.things["t1"]
    found = verified(bank)
    assert only(found)["whole-things"].found.not_run == "locked is locked"
    assert (found.exit_code(strict=False), found.exit_code(strict=True)) == (0, 3)


def test_an_engine_without_inspections_says_so_in_its_place(bank: Platform) -> None:
    bank.instead["verifier"] = Missing("this one looks at nothing", "look yourself")
    assert only(verified(bank))["engine"].found.not_run == "this one looks at nothing; look yourself"


def test_a_check_that_returns_rows_or_cannot_be_run_keeps_no_other_from_its_turn(bank: Platform) -> None:
    bank.add("bank", "3", "insert t1 'red'")
    bank.migrated()
    texts = {"broken": "find nothing 'x'", "red": "find t1 'red'", "well": "find t1 'blue'"}
    checks = tuple(asking(name, text) for name, text in texts.items())
    found = verified(bank, checks=lambda: checks)
    looked = only(found)
    assert [looked[name].state for name in texts] == ["error", "failed", "passed"]
    assert looked["broken"].error is not None and looked["broken"].error.at == "checks/broken.sql:4"
    assert told(looked["red"]) == [("row", "red")] and found.exit_code(strict=False) == 3


def test_a_file_that_is_no_check_is_an_error_beside_the_rest(bank: Platform) -> None:
    def unread() -> tuple[Check, ...]:
        raise ConfigError("it holds no query", at="checks/a.sql:1", kind="check")

    found = verified(bank, checks=unread)
    assert (only(found)["checks"].state, found.exit_code(strict=False)) == ("error", 10)
    assert only(found)["whole-things"].state == "passed"


def test_a_target_that_cannot_be_reached_keeps_no_other_from_being_looked_at(bank: Platform) -> None:
    bank.add("mill", "1")
    bank.migrated("mill")
    bank.unreachable["bank"] = ConnectError("no way there")
    away, there = verified(bank, "bank", "mill").targets
    assert away.error is bank.unreachable["bank"] and away.error.target == "town/bank" and away.looked == ()
    assert there.holds(strict=False) and not away.holds(strict=False)
    found = verified(bank, "bank", "mill")
    assert found.exit_code(strict=False) == 11
    bank.servers["mill"].state.things["t1"].whole = False
    assert verified(bank, "bank", "mill").exit_code(strict=False) == 3


def test_it_stops_between_two_inspections_and_says_what_it_did_not_look_at(bank: Platform) -> None:
    def stopping(event: Event) -> None:
        if isinstance(event, InspectionFinished) and event.name == "pending":
            bank.stop.ask()

    found = verified(bank, emit=stopping)
    assert [one.name for one in found.targets[0].looked] == ["ledger", "pending"]
    assert found.targets[0].error is not None and found.targets[0].error.what == "stopped before snapshot"
    assert (found.interrupted, found.exit_code(strict=False)) == (True, 130)


def test_each_inspection_is_told_when_it_begins_and_when_it_ends(bank: Platform) -> None:
    events: list[Event] = []
    bank.add("bank", "3", "insert t1 'bad'")
    bank.migrated()
    verified(bank, deep=True, emit=events.append)
    names = ["ledger", "pending", "snapshot", "rights", "whole-things", "sound-things", "good-words"]
    assert [event.name for event in events if isinstance(event, InspectionStarted)] == names
    ended = {event.name: event for event in events if isinstance(event, InspectionFinished)}
    assert list(ended) == names
    last = ended["good-words"]
    assert (last.state, last.examined, last.unit, last.findings) == ("failed", 1, "words", 1)
    assert [event.version for event in events if isinstance(event, StepProgress)] == ["good-words"]


class _Snapshots:
    """What the fake's catalogue would be as a snapshot."""

    def __init__(self, *blocks: Block) -> None:
        self._blocks = blocks

    def blocks(self, catalog: object) -> tuple[Block, ...]:
        return self._blocks


class _Catalog:
    """The fake's own; `before` happens as it is read."""

    def __init__(self, own: CatalogReader, before: Callable[[], None]) -> None:
        self._own = own
        self._before = before

    def read(self) -> Catalog:
        self._before()
        return self._own.read()

    def broken(self) -> tuple[str, ...]:
        return self._own.broken()


TABLE = Block("thing", ("t1",), "make t1\n  with a note")
GRANT = Block("grants", ("thing", "t1"), "GRANT look TO stranger_bob")


def compared(bank: Platform, *live: Block, version: str = "2", file: tuple[Block, ...] = (TABLE,)) -> dict[str, Looked]:
    """What is told of a committed snapshot where the target holds `live`."""
    committed = Snapshot(engine="fake", target="town/bank", version=version, blocks=file)
    bank.instead["snapshots"] = _Snapshots(*live)
    return only(verified(bank, snapshot=lambda: committed))


def test_a_target_that_is_as_its_snapshot_passes(bank: Platform) -> None:
    found = compared(bank, TABLE)
    assert (found["snapshot"].state, found["snapshot"].found.examined) == ("passed", 1)
    assert found["rights"].state == "nothing"


def test_each_object_that_differs_from_the_snapshot_is_named(bank: Platform) -> None:
    other = TABLE._replace(text="make t1\n  with a word")
    more = Block("thing", ("t9",), "make t9")
    gone = Block("thing", ("t0",), "make t0")
    found = compared(bank, other, more, file=(TABLE, gone))
    assert told(found["snapshot"]) == [
        ("thing t0", "is in the snapshot and not in the target"),
        ("thing t1", "the snapshot says `with a note`, the target has `with a word`"),
        ("thing t9", "is in the target and not in the snapshot"),
    ]


def test_a_snapshot_of_another_version_is_not_held_against_the_target(bank: Platform) -> None:
    found = compared(bank, TABLE, version="0001")
    assert found["snapshot"].found.not_run == "the snapshot is of version 0001, the target stands at 2"
    assert found["rights"].found.not_run == found["snapshot"].found.not_run
    # Written with other digits it is the same one.
    assert compared(bank, TABLE, version="0002")["snapshot"].state == "passed"


def test_a_migration_that_ran_while_the_catalogue_was_read_makes_no_findings(bank: Platform) -> None:
    committed = Snapshot(engine="fake", target="town/bank", version="2", blocks=(TABLE,))

    def migrated() -> None:
        bank.instead.clear()
        bank.add("bank", "3")
        bank.migrated()

    bank.instead["catalog"] = _Catalog(bank.engine("bank").catalog, migrated)
    found = only(verified(bank, snapshot=lambda: committed))
    assert [(found[name].state, found[name].found.not_run) for name in ("snapshot", "rights")] == [
        ("not_run", "a migration ran meanwhile; verify again")
    ] * 2


def test_a_migration_that_began_while_the_catalogue_was_read_makes_no_findings(bank: Platform) -> None:
    committed = Snapshot(engine="fake", target="town/bank", version="2", blocks=(TABLE,))
    records = bank.servers["bank"].state.records
    assert records is not None

    def begun() -> None:
        records.entries[2] = records.entries[2]._replace(state="reverting")

    bank.instead["catalog"] = _Catalog(bank.engine("bank").catalog, begun)
    assert only(verified(bank, snapshot=lambda: committed))["snapshot"].state == "not_run"


def test_rights_are_told_apart_and_not_compared_where_a_role_is_not_here(bank: Platform) -> None:
    found = compared(bank, TABLE, file=(TABLE, GRANT))
    assert (found["snapshot"].state, found["rights"].state) == ("passed", "not_run")
    assert found["rights"].found.not_run == "stranger_bob is not a role of this server"
    known = GRANT._replace(text="GRANT look TO bob")
    found = compared(bank, TABLE, file=(TABLE, known))
    assert told(found["rights"]) == [("grants thing.t1", "is in the snapshot and not in the target")]
    # A database's own users stand for themselves.
    user = Block("user", ("ann",), "make ann")
    found = compared(bank, TABLE, file=(TABLE, user))
    assert found["rights"].found.not_run == "ann is not a role of this server"
    found = compared(bank, TABLE, user._replace(text="make ann otherwise"), file=(TABLE, user))
    assert [thing for thing, _ in told(found["rights"])] == ["user ann"]


def test_a_snapshot_that_was_taken_where_nobody_has_rights_says_nothing_of_them(bank: Platform) -> None:
    found = compared(bank, TABLE, GRANT)
    assert (found["snapshot"].state, found["rights"].state) == ("passed", "not_run")
    assert found["rights"].found.not_run.startswith("the snapshot has no rights")


def test_a_snapshot_that_is_torn_is_an_error_and_the_rest_is_looked_at(bank: Platform) -> None:
    def torn() -> Snapshot:
        raise ConfigError("it ends in the middle", kind="snapshot")

    found = verified(bank, snapshot=torn)
    assert [only(found)[name].state for name in ("snapshot", "rights", "whole-things")] == [
        "error",
        "not_run",
        "passed",
    ]
    assert found.exit_code(strict=False) == 10
