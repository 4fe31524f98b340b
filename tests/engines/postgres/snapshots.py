"""What tests of snapshots do: take the blocks of a database, run them on another, and hold the two side by side."""

from __future__ import annotations

import re

import psycopg

from schemactl.engines.postgres.snapshot import PostgresSnapshots
from schemactl.model.catalog import Catalog, CatalogObject
from schemactl.model.snapshot import Block, Snapshot
from schemactl.script import snapshot_text
from tests.engines.postgres.scene import dump, read
from tests.fixtures.postgres import Database


def taken(database: Database) -> Snapshot:
    """The snapshot of a database, read back from its text."""
    blocks = PostgresSnapshots().blocks(read(database))
    snapshot = Snapshot(engine="postgres", target="shop/app", version="0001", blocks=blocks)
    return snapshot_text.parsed(snapshot_text.written(snapshot), engine="postgres", shown="")


def run(database: Database, blocks: tuple[Block, ...]) -> None:
    """Run the blocks one by one, as whoever owns the database."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        for block in blocks:
            try:
                connection.execute(block.text.encode())
            except psycopg.Error as error:
                raise AssertionError(f"{block}: {error}\n{block.text}") from error


def without_owners(catalog: Catalog) -> Catalog:
    """A snapshot does not say whose a thing is: it is whoever's who runs it. Nor which version of an extension."""
    return Catalog(
        "postgres",
        [
            CatalogObject(
                kind=item.kind,
                identity=item.identity,
                facts={
                    name: value
                    for name, value in item.facts.items()
                    if name != "owner" and (item.kind, name) != ("extension", "version")
                },
            )
            for item in catalog.objects
        ],
    )


def dumped(database: Database, *options: str) -> list[str]:
    """What pg_dump says of a database, its statements in order, without what a snapshot has no word for.

    That is the order in which options and tags were given, passwords, and names of NOT NULL that the server gave.
    """
    text = dump(database, "--no-owner", "--exclude-schema=schemactl", *options)
    text = re.sub(r"(?m)^--.*\n", "", text)
    for head in ("WITH", "TAG IN"):
        text = re.sub(rf"{head} \(([^()]*)\)", lambda found: f"({sorted(found[1].split(', '))})", text)
    text = re.sub(r"CONSTRAINT \w+_not_null NOT NULL", "NOT NULL", text)
    text = re.sub(r"    password '[^']*',\n", "", text)
    return sorted(statement.strip() for statement in text.split(";\n"))


def assert_made_again(database: Database, copy: Database) -> Snapshot:
    """The snapshot of one, run on the other, which is empty, makes it the same: to the tool, and to pg_dump."""
    snapshot = taken(database)
    run(copy, snapshot.blocks)
    assert without_owners(read(database)).difference(without_owners(read(copy))) == ()
    assert dumped(copy) == dumped(database)
    assert taken(copy) == snapshot
    return snapshot
