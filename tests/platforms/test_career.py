"""All nine targets of the career platform in one run: there, back to nothing, there again, and equal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemactl.errors import SchemactlError
from tests.fixtures import clickhouse_embedded as embedded
from tests.fixtures.mongodb import Mongo
from tests.fixtures.neo4j import Database as Graph
from tests.fixtures.neo4j import wipe
from tests.fixtures.postgres import Postgres
from tests.platforms import career
from tests.platforms.career import Places, told, workspace

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


def test_all_nine_come_go_and_come_back_the_same(places: Places) -> None:
    assert set(places) == set(MIGRATIONS)
    ours = workspace(places)
    empty = {target: (ours.catalog(target).digest(), told(place)) for target, place in places.items()}
    career.up(places)
    assert {one.state for one in ours.status(tuple(places)).targets} == {"up to date"}
    first = {target: (ours.catalog(target), told(place)) for target, place in places.items()}
    assert all(said for _, said in first.values())
    career.down(places)
    assert {target: (ours.catalog(target).digest(), told(place)) for target, place in places.items()} == empty
    career.up(places)
    for target, (catalog, said) in first.items():
        assert ours.catalog(target).difference(catalog) == ()
        assert told(places[target]) == said


def test_skills_come_before_what_names_them_and_do_not_go_while_it_is_there(
    postgres18: Postgres, mongodb: Mongo
) -> None:
    with career.on_postgres(postgres18) as relational, career.on_mongodb(mongodb, ["career_skills"]) as skills:
        places = relational | skills
        with pytest.raises(SchemactlError) as stopped:
            career.up(places, ["career_paths"])
        assert "career_skills@0001" in str(stopped.value)
        career.up(places)
        with pytest.raises(SchemactlError) as stopped:
            career.down(places, ["career_skills"])
        assert "career_paths@0001" in str(stopped.value) and "career_learning@0002" in str(stopped.value)
        assert told(places["career_skills"]) != []
