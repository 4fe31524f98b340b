"""Migrated databases of the platforms, once a server; each test sees its own rows only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.fixtures.mongodb import Mongo
from tests.fixtures.neo4j import Database as Graph
from tests.fixtures.neo4j import wipe
from tests.fixtures.postgres import Database, Postgres, drop_database, make_database
from tests.platforms import career, dashboard, ijaa, postgres_facts
from tests.platforms.career import ON_POSTGRES, Places
from tests.platforms.dashboard import Service
from tests.platforms.jobhub import on_postgres as jobhub_on_postgres
from tests.platforms.jobhub import up as jobhub_up
from tests.platforms.jobs import jobs_databases as jobs_databases
from tests.platforms.jobs import jobs_sessions as jobs_sessions
from tests.platforms.jobs import on as on


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What these platforms take hangs on their files more than on the server's major: `make soak` has both."""
    for item in items:
        spec = getattr(item, "callspec", None)
        if item.path.stem.startswith(("test_career", "test_ijaa")) and spec and spec.params.get("postgres") == 15:
            item.add_marker(pytest.mark.soak)


@dataclass(frozen=True, slots=True)
class Migrated:
    """Databases with all migrations applied on one server. A template is never connected to, so it can be copied."""

    server: Postgres
    templates: dict[str, Database] = field(default_factory=dict)
    copies: list[Database] = field(default_factory=list)

    def copy(self, target: str) -> Database:
        if target not in self.templates:
            self.templates[target] = make_database(self.server)
            dashboard.apply(self.templates[target].url, target, "up")
        template = self.templates[target].name
        name = f"{template}_{len(self.copies)}"
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        made = Database(urlsplit(self.server.url)._replace(path=f"/{name}").geturl(), name, self.server)
        self.copies.append(made)
        return made


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> Iterator[Migrated]:
    found = Migrated(postgres)
    yield found
    for database in (*found.copies, *found.templates.values()):
        drop_database(database)


@pytest.fixture(scope="session")
def shared(migrated: Migrated) -> dict[str, Database]:
    """One copy a target for tests that roll back."""
    return {target: migrated.copy(target) for target in dashboard.TARGETS}


@pytest.fixture
def users(shared: dict[str, Database]) -> Iterator[Service]:
    """The user service, in one transaction that is rolled back."""
    with dashboard.rolled_back(shared["user_service_db"].url) as service:
        yield service


@pytest.fixture
def resumes(shared: dict[str, Database]) -> Iterator[Service]:
    """The resume service, in one transaction that is rolled back."""
    with dashboard.rolled_back(shared["resume_service_db"].url) as service:
        yield service


@pytest.fixture
def ai(shared: dict[str, Database]) -> Iterator[Service]:
    """The AI service, in one transaction that is rolled back."""
    with dashboard.rolled_back(shared["ai_service_db"].url) as service:
        yield service


@pytest.fixture
def own(migrated: Migrated) -> Iterator[Callable[[str], Service]]:
    """`own(target)`: a copy of the migrated target for a test that commits; the first session into it."""
    opened: list[Service] = []

    def open_copy(target: str) -> Service:
        database = migrated.copy(target)
        opened.append(Service(dashboard.connect(database.url), database.url))
        return opened[-1]

    yield open_copy
    for service in opened:
        service.connection.close()


@pytest.fixture(scope="session")
def jobhub_places(postgres18: Postgres) -> Iterator[Places]:
    """The seven PostgreSQL targets of JobHub, migrated; whoever adds rows takes them away."""
    with jobhub_on_postgres(postgres18) as places:
        jobhub_up(places)
        yield places


@pytest.fixture
def jobhub_service(jobhub_places: Places) -> Iterator[Callable[[str], Service]]:
    """`jobhub_service(target)`: one of them, in one transaction that is rolled back."""
    with ExitStack() as stack:
        yield lambda target: stack.enter_context(dashboard.rolled_back(jobhub_places[target].url))


@pytest.fixture(scope="session")
def career_documents(mongodb: Mongo) -> Iterator[Places]:
    """The four MongoDB targets of the career platform, migrated; whoever adds documents takes them away."""
    with career.on_mongodb(mongodb) as documents:
        career.up(documents)
        yield documents


@pytest.fixture(scope="session")
def career_relational(postgres: Postgres, career_documents: Places) -> Iterator[Places]:
    """The three PostgreSQL targets of the career platform, migrated; whoever adds rows takes them away."""
    with career.on_postgres(postgres) as relational:
        career.up({**relational, "career_skills": career_documents["career_skills"]}, ON_POSTGRES)
        yield relational


@pytest.fixture(scope="module")
def career_graph(neo4j_empty: Graph) -> Iterator[Graph]:
    """The career platform's graph, migrated; without people, events and seeds afterwards.

    It stays migrated for the next module: indexes of an empty graph take seconds too. Who wants it empty wipes it.
    """
    places = {"career_network": neo4j_empty}
    (found,) = career.workspace(places).status(tuple(places)).targets
    if found.state != "up to date":
        wipe(neo4j_empty)
        career.up(places)
    yield neo4j_empty
    neo4j_empty.ask("MATCH (n:User|Mentor|Event|SchemaSeed) DETACH DELETE n")


@pytest.fixture
def career_users(career_relational: Places) -> Iterator[Service]:
    """The career platform's users service, in one transaction that is rolled back."""
    with dashboard.rolled_back(career_relational["career_users"].url) as service:
        yield service


@pytest.fixture
def career_paths(career_relational: Places) -> Iterator[Service]:
    """Its paths service, in one transaction that is rolled back."""
    with dashboard.rolled_back(career_relational["career_paths"].url) as service:
        yield service


@pytest.fixture
def career_learning(career_relational: Places) -> Iterator[Service]:
    """Its learning service, in one transaction that is rolled back."""
    with dashboard.rolled_back(career_relational["career_learning"].url) as service:
        yield service


@pytest.fixture(scope="session")
def ijaa_places(postgres: Postgres) -> Iterator[postgres_facts.Places]:
    """Both targets of the alumni platform, migrated; whoever adds rows takes them away."""
    with postgres_facts.new_places(postgres, ijaa.TARGETS) as places:
        postgres_facts.up(ijaa.PLATFORM, places)
        yield places


@pytest.fixture
def ijaa_users(ijaa_places: postgres_facts.Places) -> Iterator[Service]:
    """The alumni platform's user service, in one transaction that is rolled back."""
    with dashboard.rolled_back(ijaa_places["ijaa_users"].url) as service:
        yield service


@pytest.fixture
def ijaa_events(ijaa_places: postgres_facts.Places) -> Iterator[Service]:
    """Its event service, in one transaction that is rolled back."""
    with dashboard.rolled_back(ijaa_places["ijaa_events"].url) as service:
        yield service
