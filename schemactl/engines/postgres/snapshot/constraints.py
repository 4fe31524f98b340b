"""Foreign keys, indexes that serve no constraint, extended statistics: what stands beside its table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.part import Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.programs import owner_rank
from schemactl.engines.postgres.snapshot.words import dotted, ident, literal, options, spoken_of
from schemactl.engines.postgres.snapshot.words import parts as names_of
from schemactl.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.engines.postgres.snapshot.part import Key
    from schemactl.model.catalog import CatalogObject, Identity

INDEX, STATISTICS, FOREIGN_KEY = 1, 2, 3


def parts(objects: Objects) -> Iterator[Part]:
    partitions = _partitions(objects)
    for item in objects.all("index"):
        if "constraint" not in item.facts:
            yield _index(item, objects, partitions)
    for item in objects.all("statistics"):
        yield _statistics(item, objects)
    # What a key refers to may be guarded by an index that is no constraint.
    unique: dict[Identity, set[Key]] = {}
    for item in objects.all("index"):
        if "constraint" not in item.facts and item.facts["definition"].startswith("CREATE UNIQUE"):
            unique.setdefault(names_of(item.facts["table"]), set()).add(item.identity)
    for item in objects.all("foreign key"):
        yield _foreign_key(item, unique)


def settings_of(item: CatalogObject) -> list[str]:
    """What an index has beside its definition, as statements."""
    facts, (schema, name) = item.facts, item.identity
    shown, table = dotted(schema, name), facts["table"]
    found = []
    if facts.get("options"):
        found.append(f"ALTER INDEX {shown} SET ({options(facts['options'])})")
    if "tablespace" in facts:
        found.append(f"ALTER INDEX {shown} SET TABLESPACE {ident(facts['tablespace'])}")
    for column, target in sorted(facts.get("statistics", {}).items(), key=lambda pair: int(pair[0])):
        found.append(f"ALTER INDEX {shown} ALTER COLUMN {column} SET STATISTICS {target}")
    what = "MATERIALIZED VIEW" if facts.get("of_view") else "TABLE"
    if facts.get("clustered"):
        found.append(f"ALTER {what} {table} CLUSTER ON {ident(name)}")
    if facts.get("replica_identity"):
        found.append(f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {ident(name)}")
    if "comment" in facts:
        found.append(f"COMMENT ON INDEX {shown} IS {literal(facts['comment'])}")
    return found


def _index(item: CatalogObject, objects: Objects, partitions: dict[Identity, set[Identity]]) -> Part:
    facts, table = item.facts, names_of(item.facts["table"])
    whole = objects.get("table", table)
    parted = whole is not None and "partition_key" in whole.facts
    if not parted and (facts.get("invalid") or facts.get("not_ready")):
        raise UnsupportedError(
            f"index {dotted(*item.identity)} is INVALID, and no statement makes such a one",
            do=f"finish it with REINDEX INDEX CONCURRENTLY {dotted(*item.identity)}, or drop it",
            kind="invalid_index",
        )
    attach = ""
    needs: set[Key] = {table}
    if "partition_of" in facts:
        attach = f"ALTER INDEX {facts['partition_of']} ATTACH PARTITION {dotted(*item.identity)}"
        needs.add(names_of(facts["partition_of"]))
    if parted:
        # An index that is there already would be made again on each partition, by a name of the server's.
        needs |= partitions.get(table, set())
    text = lines(facts["definition"], attach, *settings_of(item))
    return part(item, text, rank=owner_rank(objects, table), owner=table, turn=INDEX, needs=needs)


def _partitions(objects: Objects) -> dict[Identity, set[Identity]]:
    """Tables, and the partitions of each on every level."""
    above = {
        item.identity: names_of(item.facts["partition_of"])
        for item in objects.all("table", "foreign table")
        if "partition_of" in item.facts
    }
    found: dict[Identity, set[Identity]] = {}
    for table in above:
        parent = above.get(table)
        while parent is not None:
            found.setdefault(parent, set()).add(table)
            parent = above.get(parent)
    return found


def _statistics(item: CatalogObject, objects: Objects) -> Part:
    facts, name = item.facts, dotted(*item.identity)
    text = lines(
        facts["definition"],
        f"ALTER STATISTICS {name} SET STATISTICS {facts['target']}" if "target" in facts else "",
        f"COMMENT ON STATISTICS {name} IS {literal(facts['comment'])}" if "comment" in facts else "",
    )
    table = names_of(facts["definition"].rpartition(" FROM ")[2])
    return part(item, text, rank=owner_rank(objects, table), owner=table, turn=STATISTICS, needs=[table])


def _foreign_key(item: CatalogObject, unique: dict[Identity, set[Key]]) -> Part:
    schema, table, name = item.identity
    shown = dotted(schema, table)
    comment = item.facts.get("comment")
    text = lines(
        f"ALTER TABLE {shown}\n  ADD CONSTRAINT {ident(name)} {item.facts['definition']}",
        f"COMMENT ON CONSTRAINT {ident(name)} ON {shown} IS {literal(comment)}" if comment is not None else "",
    )
    needs: set[Key] = {(schema, table)}
    for key in spoken_of(item.facts["definition"]):
        needs |= unique.get(key, set())
    made = part(item, text, rank="table", owner=(schema, table), turn=FOREIGN_KEY, needs=needs)
    return replace(made, brings=frozenset())
