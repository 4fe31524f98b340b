"""The JobHub platform as its tests use it: places for its targets, the tool run on them, the page's statements.

Expected facts belong to the tests; nothing here knows what the platform should hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import schemactl
from schemactl.model.version import Version
from schemactl.session import Workspace
from schemactl.workflows import rollback
from schemactl.workflows.rollback import Reach
from tests.fixtures import postgres
from tests.platforms.career import Place, told
from tests.platforms.dashboard import Service

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "platforms" / "jobhub.md"
CHECKS = ROOT / "schemas" / "jobhub" / "checks"
MIGRATIONS = ROOT / "migrations" / "jobhub"

ON_POSTGRES = ("auth_db", "user_db", "job_db", "company_db", "message_db", "notification_db", "payment_db")
PARTITIONED = {
    "auth_db": "audit_logs",
    "job_db": "job_views",
    "message_db": "messages",
    "notification_db": "user_notifications",
}
"""Target → its table that has a partition for each month."""
ERASURE = {
    "user_db": "DELETE FROM user_assessment_results",
    "job_db": "WITH gone AS (\n    DELETE FROM job_applications",
    "company_db": "DELETE FROM company_employees",
    "message_db": "WITH gone AS (\n    DELETE FROM message_reactions",
    "notification_db": "DELETE FROM user_notifications WHERE",
    "payment_db": "UPDATE user_subscriptions",
}
"""Target → how the page's statements begin that erase a user there; auth_db's own rows go by foreign keys."""

Places = Mapping[str, Place]


def workspace(places: Places) -> Workspace:
    """The platform as the tool sees it, its targets at `places`."""
    return schemactl.open(ROOT, platform="jobhub", urls={target: place.url for target, place in places.items()})


def up(places: Places, to: str | None = None) -> None:
    """`migrate` all that have a place. raises  the run's error"""
    ours = workspace(places)
    result = ours.migrate(ours.plan(tuple(places), to=Version(to) if to else None))
    if result.error is not None:
        raise result.error


def down(places: Places, to: str = "0") -> None:
    """`rollback --to` of all that have a place. raises  the run's error"""
    ours = workspace(places)
    sites = ours.sites(tuple(places))
    result = ours.rollback(rollback.plan(sites, sites, Reach(to=Version(to))))
    if result.error is not None:
        raise result.error


def assert_returns_the_same(places: Places) -> None:
    """Migrated targets go back to nothing but their ledger, and come again: equal to the tool, and by `told`."""
    ours = workspace(places)
    first = {target: (ours.catalog(target), told(place)) for target, place in places.items()}
    assert all(said for _, said in first.values())
    down(places)
    assert {target: told(place) for target, place in places.items()} == {target: [] for target in places}
    up(places)
    for target, (catalog, said) in first.items():
        assert ours.catalog(target).difference(catalog) == ()
        assert told(places[target]) == said


@contextmanager
def on_postgres(server: postgres.Postgres, targets: Sequence[str] = ON_POSTGRES) -> Iterator[dict[str, Place]]:
    """A new database for each of the targets."""
    with ExitStack() as stack:
        made: dict[str, Place] = {}
        for target in targets:
            database = postgres.make_database(server)
            stack.callback(postgres.drop_database, database)
            made[target] = database
        yield made


def checks(target: str) -> dict[str, str]:
    """The target's own integrity checks: name → text."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((CHECKS / target).iterdir())}


def finding(service: Service, target: str) -> list[str]:
    """The names of the target's checks that find something."""
    return [name for name, text in checks(target).items() if service.connection.execute(text.encode()).fetchall()]


def blocks() -> list[tuple[str, str]]:
    """Every block of SQL of the platform's page: where it runs, and its text."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^```sql\n-- (\w+)\n(.*?)^```", text, re.M | re.S)


def block(where: str, beginning: str) -> str:
    """The one block of a target that begins so."""
    (found,) = [text for target, text in blocks() if target == where and text.startswith(beginning)]
    return found


def block_with(where: str, part: str) -> str:
    """The one block of a target that has this in it."""
    (found,) = [text for target, text in blocks() if target == where and part in text]
    return found
