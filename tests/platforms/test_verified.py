"""Verify finds nothing wrong with what the platforms' own migrations make, on each engine, with time too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
import pytest

import schemactl
from schemactl.session import Workspace
from schemactl.workflows.verify import Verified
from tests.fixtures import clickhouse_embedded as embedded
from tests.fixtures.neo4j import Database as Graph
from tests.fixtures.postgres import Database, Postgres
from tests.platforms import career, dashboard, jobhub
from tests.platforms.career import ON_MONGODB, ON_POSTGRES, Places
from tests.platforms.dashboard import ROOT

# What a PostgreSQL without the extension, and a cluster without checksums, cannot be looked at for.
NOT_HERE = {"amcheck", "checksums"}


def assert_clean(found: Verified, targets: tuple[str, ...], *, checks: int) -> None:
    """No findings, no errors; files, ledger and snapshot agree, and something of the engine's was looked at.

    checks  how many of the platform's own there are for these targets
    """
    assert [target.site.name for target in found.targets] == list(targets)
    assert found.error is None
    flaws = {one.name: one.found.flaws for target in found.targets for one in target.looked if one.found.flaws}
    assert flaws == {}
    assert found.exit_code(strict=False) == 0
    for target in found.targets:
        states = {one.name: one.state for one in target.looked}
        assert [states[name] for name in ("ledger", "pending", "snapshot")] == ["passed"] * 3, states
        assert any(one.state == "passed" for one in target.looked if one.section == "engine")
        engine = [one for one in target.looked if one.section == "engine"]
        assert {
            one.name: one.found.not_run for one in engine if one.state == "not_run" and one.name not in NOT_HERE
        } == {}
    own = [one.state for target in found.targets for one in target.looked if one.section == "checks"]
    assert own == ["passed"] * checks


def test_the_dashboard(shared: dict[str, Database]) -> None:
    urls = {target: database.url for target, database in shared.items()}
    ours = schemactl.open(dashboard.ROOT, platform="dashboard", urls=urls)
    assert_clean(ours.verify(deep=True), dashboard.TARGETS, checks=0)


def test_the_careers_tables(career_relational: Places) -> None:
    assert_clean(career.workspace(career_relational).verify(ON_POSTGRES, deep=True), ON_POSTGRES, checks=2)


def test_the_careers_documents(career_documents: Places) -> None:
    assert_clean(career.workspace(career_documents).verify(ON_MONGODB, deep=True), ON_MONGODB, checks=2)


def test_the_careers_graph(career_graph: Graph) -> None:
    found = career.workspace({"career_network": career_graph}).verify(["career_network"], deep=True)
    assert_clean(found, ("career_network",), checks=6)


def test_the_alumni(ijaa_places: Mapping[str, Database]) -> None:
    assert_clean(opened("ijaa", ijaa_places).verify(deep=True), tuple(ijaa_places), checks=4)


def test_the_jobs_with_a_month_of_events(jobs_databases: Mapping[str, Database]) -> None:
    with psycopg.connect(jobs_databases["analytics_db"].url, autocommit=True) as analytics:
        analytics.execute("SELECT ensure_analytics_partition('2026-11-01')")
        try:
            assert_clean(opened("jobs", jobs_databases).verify(deep=True), tuple(jobs_databases), checks=13)
        finally:
            analytics.execute("DROP TABLE analytics_events_202611")


def test_the_job_board_seeded_with_its_months(postgres18: Postgres) -> None:
    with jobhub.on_postgres(postgres18) as places:
        jobhub.up(places)
        ours = jobhub.workspace(places)
        seeded = ours.seed(ours.plan_seeds(tuple(places)))
        assert seeded.run.error is None
        assert_clean(ours.verify(tuple(places), deep=True), tuple(places), checks=60)
        with psycopg.connect(places["job_db"].url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION amcheck")
        pages = ours.verify(("job_db",), deep=True)
        (amcheck,) = (one for target in pages.targets for one in target.looked if one.name == "amcheck")
        assert (amcheck.state, amcheck.found.flaws) == ("passed", ())
        assert amcheck.found.examined > 300


def opened(platform: str, places: Mapping[str, Database]) -> Workspace:
    return schemactl.open(ROOT, platform=platform, urls={target: place.url for target, place in places.items()})


@pytest.fixture
def analytics(clickhouse26: embedded.EmbeddedServer) -> Iterator[embedded.EmbeddedDatabase]:
    made = embedded.make_embedded_database(clickhouse26)
    career.up({"career_analytics": made})
    yield made
    embedded.drop_embedded_database(made)


def test_the_careers_analytics(analytics: embedded.EmbeddedDatabase) -> None:
    found = career.workspace({"career_analytics": analytics}).verify(["career_analytics"], deep=True)
    assert_clean(found, ("career_analytics",), checks=2)
