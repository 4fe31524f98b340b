"""Accept: a file that was changed after it was applied is recorded as it is now, and nothing else is ever written."""

from __future__ import annotations

import contextlib

import pytest

from schemactl.contract.engine import Missing
from schemactl.errors import GateError, HistoryError, LockedError, SchemactlError, UnsupportedError
from schemactl.events import ignore
from schemactl.model.entry import LEDGER_FORMAT
from schemactl.model.version import Version
from schemactl.workflows import migrate, recover
from tests.contract.fake import Crash, Killed
from tests.contract.fake.server import Records
from tests.workflows.platform import Platform


def records_of(town: Platform) -> Records:
    records = town.servers["bank"].state.records
    assert records is not None
    return records


def changed(town: Platform) -> None:
    """1 is applied, its file was changed since."""
    town.add("bank", "1")
    town.migrated()
    town.add("bank", "1", "create t1", "create by_hand")
    town.servers["bank"].requests.clear()


def refusal(town: Platform, kind: type[SchemactlError], version: str = "1") -> SchemactlError:
    with pytest.raises(kind) as refused:
        recover.accept(town.site("bank"), Version(version), "why not", emit=ignore)
    assert refused.value.do
    return refused.value


def test_accepting_a_changed_file_settles_it_and_says_who_and_why(town: Platform) -> None:
    changed(town)
    result = town.migrate()
    assert result.error is not None and result.error.kind == "changed"
    recover.accept(town.site("bank"), Version("1"), "it was made by hand", emit=ignore)
    (entry,) = records_of(town).entries.values()
    assert entry.checksum == town.site("bank").files[0].checksum
    assert entry.description == "accepted by somebody@somewhere: it was made by hand"
    assert (town.plan().error, town.plan().pending) == (None, 0)


def test_accepting_without_a_lock_wants_to_be_asked_for() -> None:
    town = Platform(locks=False)
    town.add("bank", "1")
    assert migrate.run(town.plan(unlocked=True), unlocked=True).exit_code == 0
    assert refusal(town, GateError).kind == "unlocked"
    assert recover.accept(town.site("bank"), Version("1"), "why not", unlocked=True).version == Version("1")


@pytest.mark.parametrize("version", ["3", "9"])
def test_what_is_not_applied_or_has_no_file_cannot_be_accepted(town: Platform, version: str) -> None:
    town.add("bank", "1")
    town.migrated()
    town.add("bank", "3")
    refused = refusal(town, HistoryError, version)
    assert (refused.kind, refused.code) == ("no_such_version", 13)


def test_what_is_under_way_cannot_be_accepted(town: Platform) -> None:
    town.add("bank", "1", "create a", "alone create b")
    town.servers["bank"].crash = Crash(match="alone create b", point="sent")
    with contextlib.suppress(Killed):
        town.migrate()
    assert refusal(town, HistoryError).kind == "no_such_version"
    assert town.state("bank", "1") == "applying"


@pytest.mark.parametrize("owner", [("town", "mill"), ("village", "bank")])
def test_nothing_is_accepted_into_a_ledger_of_another_target(town: Platform, owner: tuple[str, str]) -> None:
    changed(town)
    records_of(town).platform, records_of(town).service_name = owner
    refused = refusal(town, HistoryError)
    assert (refused.code, refused.kind, town.servers["bank"].requests) == (13, "foreign", [])


def test_nothing_is_accepted_into_a_ledger_of_a_later_format(town: Platform) -> None:
    changed(town)
    records_of(town).format = LEDGER_FORMAT + 1
    refused = refusal(town, HistoryError)
    assert (refused.code, refused.kind, town.servers["bank"].requests) == (13, "newer_ledger", [])


def test_nothing_is_accepted_where_nothing_can_be_written(town: Platform) -> None:
    changed(town)
    town.servers["bank"].read_only = "it is a standby"
    refused = refusal(town, UnsupportedError)
    assert (refused.code, refused.kind, town.servers["bank"].requests) == (15, "read_only", [])


def test_nothing_is_accepted_under_a_run_that_is_at_work(town: Platform) -> None:
    changed(town)
    engine = town.engine("bank")
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=0, emit=ignore):
        assert refusal(town, LockedError).code == 12


def test_a_file_is_accepted_whatever_became_of_another(town: Platform) -> None:
    town.add("bank", "2")
    changed(town)
    town.write("bank", "2", "no section at all;")
    assert recover.accept(town.site("bank"), Version("1"), "why not").version == Version("1")
