"""Schemas, extensions, and what every empty database has of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.part import RANKS, Objects, Part, Place, lines, part
from schemactl.engines.postgres.snapshot.words import ident, literal
from schemactl.model.snapshot import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.model.catalog import CatalogObject

PUBLIC_COMMENT = "standard public schema"  # initdb's own


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("schema"):
        yield from _schema(item)
    for item in objects.all("extension"):
        if item.identity != ("plpgsql",):
            yield _extension(item)
    if objects.get("schema", ("public",)) is None:
        yield _gone("schema", "public")
    if objects.get("extension", ("plpgsql",)) is None:
        yield _gone("extension", "plpgsql")


def _schema(item: CatalogObject) -> Iterator[Part]:
    (name,) = item.identity
    comment = item.facts.get("comment")
    if name != "public":
        says = f"COMMENT ON SCHEMA {ident(name)} IS {literal(comment)}" if comment is not None else ""
        text = lines(f"CREATE SCHEMA {ident(name)}", says)
    elif comment != PUBLIC_COMMENT:
        text = lines(f"COMMENT ON SCHEMA public IS {literal(comment) if comment is not None else 'NULL'}")
    else:
        return
    yield part(item, text, rank="schema", brings=[("schema", name, "")])


def _extension(item: CatalogObject) -> Part:
    (name,) = item.identity
    facts = item.facts
    comment = literal(facts["comment"]) if "comment" in facts else "NULL"
    # Which version there is hangs on the server; pg_dump does not say it either.
    # pg_catalog is where an extension goes that has its place there by itself.
    where = f" SCHEMA {ident(facts['schema'])}" if facts["schema"] != "pg_catalog" else ""
    text = lines(
        f"CREATE EXTENSION {ident(name)}{where}",
        f"COMMENT ON EXTENSION {ident(name)} IS {comment}",
    )
    needs = [("schema", facts["schema"], ""), *(("extension", other, "") for other in facts.get("requires", ()))]
    return part(item, text, rank="extension", brings=[("extension", name, "")], needs=needs)


def _gone(kind: str, name: str) -> Part:
    """An empty database has it, this one has not."""
    text = f"DROP {kind.upper()} IF EXISTS {name};"
    return Part(block=Block(kind, (name,), text), place=Place(RANKS["schema"], (name,), 0, kind, (name,)))
