"""What is in the places of the career platform, as each server itself has it, and out of them again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from tests.fixtures.mongodb import MongoDatabase
from tests.fixtures.neo4j import Database as Graph
from tests.fixtures.postgres import Database
from tests.platforms.career import Place, Places


def empty(place: Place) -> None:
    """Rows or documents, and the record of seeds, go."""
    if isinstance(place, MongoDatabase):
        with place.asked() as db:
            db.drop_collection("schema_seeds")
            for name in db.list_collection_names():
                if not name.startswith("schema_"):
                    db[name].delete_many({})
    elif isinstance(place, Database):
        with psycopg.connect(place.url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS schemactl.schema_seeds")
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            listed = sql.SQL(", ").join(sql.Identifier(name) for (name,) in tables)
            connection.execute(sql.SQL("TRUNCATE {}").format(listed))


def rows(place: Place, query: str) -> list[tuple[Any, ...]]:
    """What PostgreSQL answers, past the tool."""
    with psycopg.connect(place.url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def texts(place: Place, query: str) -> list[str]:
    """The same of a query for one text."""
    return [text for (text,) in rows(place, query)]


def documents(place: Place, collection: str) -> list[dict[str, Any]]:
    assert isinstance(place, MongoDatabase)
    with place.asked() as db:
        return list(db[collection].find().sort("_id", 1))


def asked(place: Place, question: str) -> list[str]:
    """The different values that a query, or a field of a collection, has, as lower-case text."""
    if isinstance(place, Database):
        return sorted({str(value).lower() for (value,) in rows(place, question)})
    if isinstance(place, Graph):
        return sorted({str(value).lower() for (value,) in place.ask(question)})
    collection, *path = question.split(".")
    return sorted({str(value).lower() for document in documents(place, collection) for value in within(document, path)})


def within(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands at a path, of each element where a list is on the way."""
    if isinstance(value, list):
        for one in value:
            yield from within(one, path)
    elif not path:
        yield value
    elif path[0] in value:
        yield from within(value[path[0]], path[1:])


def everything(places: Places) -> dict[str, list[Any]]:
    """Every row with the transaction that wrote it, every document, node and relationship, by the place."""
    found: dict[str, list[Any]] = {}
    for target, place in places.items():
        if isinstance(place, Database):
            tables = rows(place, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            found[target] = [
                rows(place, f"SELECT xmin::text, t::text FROM {name} AS t ORDER BY t::text") for (name,) in tables
            ]
        elif isinstance(place, MongoDatabase):
            with place.asked() as db:
                names = sorted(name for name in db.list_collection_names() if not name.startswith("schema_"))
            found[target] = [documents(place, name) for name in names]
        elif isinstance(place, Graph):
            found[target] = place.ask(
                "MATCH (n:User|Mentor|Event) OPTIONAL MATCH (n)-[r]->(m) RETURN elementId(n), properties(n),"
                " elementId(r), type(r), properties(r), elementId(m) ORDER BY elementId(n), elementId(r)"
            )
    return found
