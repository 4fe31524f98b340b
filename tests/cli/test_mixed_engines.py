"""One platform over four engines, from the command line: planned, migrated, failed, rolled back, recovered together."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from schemactl.sandbox.kinds import kind_of
from tests.cli.four_engines import FourEngines, Seen
from tests.cli.sandboxed import killed, own_sandbox
from tests.fixtures.absence import not_run
from tests.projects.four_engines import BROKEN, ENGINE_OF, FILES, HALF, NEEDS, after

STEPS = len(FILES)
NOTHING: Seen = {"users_db": [], "clicks_db": [], "docs_db": [], "graph_db": [[]]}
# Far more than the lease that the project gives itself.
PAST_A_LEASE = "2min"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FourEngines]:
    """The project and its sandbox, up once for all tests of this file."""
    for engine in ENGINE_OF.values():
        for missing in kind_of(engine).absent():
            not_run(engine, missing.what, missing.why, missing.remedy)
    with own_sandbox(FourEngines, tmp_path_factory.mktemp("mixed")) as program:
        program.write_all()
        program.up()
        program.places = program.urls()
        yield program


@pytest.fixture
def mixed(started: FourEngines) -> FourEngines:
    """The project as it was written, every target empty."""
    started.write_all()
    started.wipe()
    return started


def outcomes(said_data: object) -> dict[str, str]:
    assert isinstance(said_data, dict)
    return {one["target"].removeprefix("jobs/"): one["outcome"] for one in said_data["targets"]}


def heads(mixed: FourEngines) -> dict[str, str | None]:
    """The newest version that is applied to each target."""
    return {one["target"].removeprefix("jobs/"): one["head"] for one in mixed.json("status").data["targets"]}


def test_plan_shows_every_engine_and_changes_nothing(mixed: FourEngines) -> None:
    said = mixed.run("plan")
    assert (said.code, said.err) == (0, "")
    for part in ("PostgreSQL 18", "ClickHouse 18", "MongoDB 8", "Neo4j community 5.26", "after jobs/graph_db@0001"):
        assert part in said.out
    assert mixed.seen() == NOTHING


def test_migrate_honours_requires_across_engines(mixed: FourEngines) -> None:
    said = mixed.json("migrate")
    assert said.code == 0, said
    done = [f"{one['target']}@{one['version']}" for one in said.events if one["event"] == "step_finished"]
    assert len(done) == STEPS
    chain = [
        f"jobs/{step}" for step in ("users_db@0001", "clicks_db@0001", "docs_db@0001", "graph_db@0001", "users_db@0002")
    ]
    assert [step for step in done if step in chain] == chain
    assert mixed.run("migrate").out.startswith("up to date")


@pytest.mark.soak
def test_rolled_back_and_migrated_again_it_is_the_same(mixed: FourEngines) -> None:
    mixed.run("migrate")
    whole = mixed.seen()
    assert all(whole[target] for target in ENGINE_OF)
    said = mixed.run("rollback", "--all", "--to", "0", "--yes")
    assert (said.code, mixed.seen()) == (0, NOTHING), said
    assert (mixed.run("migrate").code, mixed.seen()) == (0, whole)


@pytest.mark.soak
def test_what_another_engine_requires_is_rolled_back_only_with_it(mixed: FourEngines) -> None:
    mixed.run("migrate")
    refused = mixed.json("rollback", "docs_db", "--steps", "2", "--yes")
    assert (refused.code, refused.result["error"]["kind"]) == (17, "required")
    assert "jobs/graph_db@0001" in refused.result["error"]["what"]
    said = mixed.run("rollback", "clicks_db", "--steps", "2", "--cascade", "--yes")
    assert said.code == 0, said
    assert heads(mixed) == {"users_db": "0001", "clicks_db": None, "docs_db": None, "graph_db": None}


@pytest.mark.parametrize(
    "target",
    [pytest.param(name, marks=() if name == "clicks_db" else pytest.mark.soak) for name in ENGINE_OF],
)
def test_one_failure_stops_its_target_and_those_that_need_it(mixed: FourEngines, target: str) -> None:
    name, text = BROKEN[target]
    other, later, requirement = NEEDS[target]
    mixed.write(f"migrations/jobs/{target}/{name}", text)
    mixed.write(f"migrations/jobs/{other}/{later}", after(later, requirement))
    said = mixed.json("migrate")
    expected = dict.fromkeys(ENGINE_OF, "done") | {target: "failed", other: "blocked"}
    assert (said.code, outcomes(said.data)) == (14, expected), said
    assert said.result["error"]["target"] == f"jobs/{target}"
    assert f"{target}/{name}" in said.result["error"]["at"]
    assert heads(mixed) | {target: "0002"} == dict.fromkeys(ENGINE_OF, "0002")


def test_what_is_half_done_is_corrected_and_finished_on_all_engines_at_once(mixed: FourEngines) -> None:
    mixed.run("migrate")
    before = mixed.seen()
    for target, (name, text, _) in HALF.items():
        mixed.write(f"migrations/jobs/{target}/{name}", text)
    said = mixed.json("migrate")
    assert (said.code, set(outcomes(said.data).values())) == (14, {"failed"})
    refused = mixed.json("recover", "--undo")
    assert (refused.code, refused.result["error"]["kind"]) == (13, "not_undone")
    for target, (name, text, there) in HALF.items():
        mixed.write(f"migrations/jobs/{target}/{name}", text.replace("nowhere", there))
    assert mixed.run("recover").code == 0
    assert (mixed.run("status", "--check").code, set(heads(mixed).values())) == (0, {"0003"})
    assert mixed.run("rollback", "--all", "--yes").code == 0
    assert mixed.seen() == before


def test_a_target_whose_server_is_gone_does_not_keep_the_others(mixed: FourEngines) -> None:
    mixed.environ["SCHEMACTL_URL__JOBS__CLICKS_DB"] = "clickhouse://default@127.0.0.1:1/clicks"
    try:
        said = mixed.json("migrate")
    finally:
        del mixed.environ["SCHEMACTL_URL__JOBS__CLICKS_DB"]
    found = outcomes(said.data)
    assert (said.code, found["clicks_db"], found["docs_db"], found["graph_db"]) == (11, "failed", "blocked", "blocked")
    assert heads(mixed)["users_db"] == "0001"


@pytest.mark.soak
@pytest.mark.parametrize("count", [2, 4, 7])
def test_a_killed_migrate_is_recovered_to_the_same(mixed: FourEngines, count: int) -> None:
    mixed.run("migrate")
    whole = mixed.seen()
    mixed.wipe()
    with mixed.start("--json", "migrate") as process:
        assert process.stdout is not None
        begun = 0
        for line in process.stdout:
            begun += json.loads(line)["event"] == "step_started"
            if begun == count:
                break
        killed(process)
    recovered = mixed.run("recover", "--wait", PAST_A_LEASE)
    assert recovered.code == 0, recovered
    finished = mixed.run("migrate", "--wait", PAST_A_LEASE)
    assert (finished.code, mixed.seen()) == (0, whole), finished
