"""All nine targets of the career platform in one run: there, back to nothing, there again, and equal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemactl.errors import SchemactlError
from tests.fixtures import clickhouse_embedded as embedded
from tests.fixtures.mongodb import Mongo, MongoDatabase
from tests.fixtures.neo4j import Database as Graph
from tests.fixtures.neo4j import wipe
from tests.fixtures.postgres import Database, Postgres
from tests.platforms import career
from tests.platforms.career import Places, assert_returns_the_same, told, workspace

MIGRATIONS = {
    "career_users": ["0001_users.sql"],
    "career_skills": ["0001_collections.json", "0002_indexes.json"],
    "career_paths": ["0001_paths.sql"],
    "career_learning": ["0001_courses.sql", "0002_course_skills.sql"],
    "career_learning_content": ["0001_collections.json", "0002_indexes.json"],
    "career_market": ["0001_collections.json", "0002_indexes.json"],
    "career_network": ["0001_constraints.cypher", "0002_indexes.cypher"],
    "career_content": ["0001_collections.json", "0002_indexes.json"],
    "career_analytics": ["0001_tables.sql", "0002_rollups.sql", "0003_retention.sql"],
}


@pytest.fixture
def places(
    postgres18: Postgres, mongodb: Mongo, neo4j_database: Graph, clickhouse26: embedded.EmbeddedServer
) -> Iterator[Places]:
    analytics = embedded.make_embedded_database(clickhouse26)
    with career.on_postgres(postgres18) as relational, career.on_mongodb(mongodb) as documents:
        yield relational | documents | {"career_network": neo4j_database, "career_analytics": analytics}
    embedded.drop_embedded_database(analytics)
    wipe(neo4j_database)


def test_the_files_are_the_sheets() -> None:
    found = {
        target: sorted(path.name for path in (career.MIGRATIONS / target).iterdir())
        for target in sorted(path.name for path in career.MIGRATIONS.iterdir())
    }
    assert found == MIGRATIONS
    assert sum(map(len, found.values())) == 17


@pytest.mark.soak
def test_all_nine_come_in_one_run_go_and_come_back_the_same(places: Places) -> None:
    assert set(places) == set(MIGRATIONS)
    career.up(places)
    assert {one.state for one in workspace(places).status(tuple(places)).targets} == {"up to date"}
    assert_returns_the_same(places)


def test_the_tables_go_and_come_back_the_same(career_relational: Places, career_documents: Places) -> None:
    assert_returns_the_same(career_relational, {"career_skills": career_documents["career_skills"]})


def test_skills_come_before_what_names_them(fresh_database: Database, fresh_mongo_database: MongoDatabase) -> None:
    with pytest.raises(SchemactlError) as stopped:
        career.up({"career_paths": fresh_database, "career_skills": fresh_mongo_database}, ["career_paths"])
    assert "career_skills@0001" in str(stopped.value)
    assert told(fresh_database) == []


def test_skills_do_not_go_while_what_names_them_is_there(career_relational: Places, career_documents: Places) -> None:
    skills = career_documents["career_skills"]
    with pytest.raises(SchemactlError) as stopped:
        career.down({**career_relational, "career_skills": skills}, ["career_skills"])
    assert "career_paths@0001" in str(stopped.value) and "career_learning@0002" in str(stopped.value)
    assert told(skills) != []
