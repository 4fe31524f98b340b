"""Ties to other servers: wrappers, servers, user mappings, publications, subscriptions. Secrets are in no catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemactl.engines.postgres.snapshot.part import Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.words import (
    foreign_options,
    function_name,
    ident,
    literal,
    routine,
)
from schemactl.engines.postgres.snapshot.words import (
    parts as names_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemactl.engines.postgres.snapshot.part import Key
    from schemactl.model.catalog import CatalogObject

_EVENTS = ["insert", "update", "delete", "truncate"]


def parts(objects: Objects) -> Iterator[Part]:
    for item in objects.all("foreign data wrapper"):
        yield _wrapper(item)
    for item in objects.all("foreign server"):
        yield _server(item)
    for item in objects.all("user mapping"):
        yield _mapping(item)
    for item in objects.all("publication"):
        yield _publication(item)
    for item in objects.all("subscription"):
        yield _subscription(item)


def _unbound(item: CatalogObject, text: str, rank: str, needs: Iterable[Key] = (), turn: int = 0) -> Part:
    """The part of what is in no schema."""
    made = part(item, text, rank=rank, turn=turn)
    return replace(made, brings=frozenset([(item.kind, item.identity[0], "")]), needs=frozenset(needs))


def _comment(item: CatalogObject, what: str) -> str:
    comment = item.facts.get("comment")
    return f"COMMENT ON {what} {ident(item.identity[0])} IS {literal(comment)}" if comment is not None else ""


def _wrapper(item: CatalogObject) -> Part:
    facts, (name,) = item.facts, item.identity
    made = f"CREATE FOREIGN DATA WRAPPER {ident(name)}"
    for fact in ("handler", "validator"):
        if fact in facts:
            made += f" {fact.upper()} {function_name(facts[fact])}"
    made += foreign_options(facts.get("foreign_options"))
    needs = routine(facts.get("handler")) + routine(facts.get("validator"))
    return _unbound(item, lines(made, _comment(item, "FOREIGN DATA WRAPPER")), "foreign", needs)


def _server(item: CatalogObject) -> Part:
    facts, (name,) = item.facts, item.identity
    made = f"CREATE SERVER {ident(name)}"
    for fact in ("type", "version"):
        if fact in facts:
            made += f" {fact.upper()} {literal(facts[fact])}"
    made += f" FOREIGN DATA WRAPPER {ident(facts['wrapper'])}{foreign_options(facts.get('foreign_options'))}"
    needs = [("foreign data wrapper", facts["wrapper"], "")]
    return _unbound(item, lines(made, _comment(item, "SERVER")), "foreign", needs, turn=1)


def _mapping(item: CatalogObject) -> Part:
    server, user = item.identity
    who = "PUBLIC" if user == "public" else ident(user)
    options = foreign_options(item.facts.get("foreign_options"))
    made = _unbound(
        item,
        lines(f"CREATE USER MAPPING FOR {who} SERVER {ident(server)}{options}"),
        "role",
        [("foreign server", server, "")],
    )
    return replace(made, brings=frozenset())


def _publication(item: CatalogObject) -> Part:
    facts, (name,) = item.facts, item.identity
    tables = facts.get("tables") or {}
    objects = [_published(table, tables[table]) for table in sorted(tables)]
    objects += [f"TABLES IN SCHEMA {ident(schema)}" for schema in facts.get("schemas") or ()]
    listed = ",\n  ".join(objects)
    what = " FOR ALL TABLES" if facts.get("all_tables") else f" FOR\n  {listed}" if objects else ""
    settings = []
    if facts["publish"] != _EVENTS:
        settings.append(f"publish = {literal(', '.join(facts['publish']))}")
    if facts.get("via_root"):
        settings.append("publish_via_partition_root = true")
    if "generated_columns" in facts:
        settings.append(f"publish_generated_columns = {facts['generated_columns']}")
    made = f"CREATE PUBLICATION {ident(name)}{what}" + (f"\n  WITH ({', '.join(settings)})" if settings else "")
    needs: list[Key] = [names_of(table) for table in tables]
    needs += [("schema", schema, "") for schema in facts.get("schemas") or ()]
    return _unbound(item, lines(made, _comment(item, "PUBLICATION")), "publication", needs)


def _published(table: str, of_table: dict[str, Any]) -> str:
    columns = f" ({', '.join(map(ident, of_table['columns']))})" if "columns" in of_table else ""
    where = f" WHERE ({of_table['where']})" if "where" in of_table else ""
    # Children are listed for themselves.
    return f"TABLE ONLY {table}{columns}{where}"


def _subscription(item: CatalogObject) -> Part:
    facts, (name,) = item.facts, item.identity
    pairs = (option.partition("=") for option in facts.get("connection") or ())
    conninfo = " ".join(f"{key}={_value(value)}" for key, _, value in pairs)
    # It is made without asking the other side, and goes to work when all of it is there.
    settings = ["connect = false", f"slot_name = {literal(facts['slot']) if 'slot' in facts else 'NONE'}"]
    settings += [f"{fact} = true" for fact in ("binary", "two_phase", "disable_on_error") if facts.get(fact)]
    settings.append(f"streaming = {facts.get('streaming', 'off')}")
    settings += [f"{fact} = {facts[fact]}" for fact in ("synchronous_commit", "origin") if fact in facts]
    if facts.get("password_not_required"):
        settings.append("password_required = false")
    settings += [f"{fact} = true" for fact in ("run_as_owner", "failover") if facts.get(fact)]
    made = (
        f"CREATE SUBSCRIPTION {ident(name)} CONNECTION {literal(conninfo)}"
        f" PUBLICATION {', '.join(map(ident, facts['publications']))}\n  WITH ({', '.join(settings)})"
    )
    enabled = f"ALTER SUBSCRIPTION {ident(name)} ENABLE" if facts.get("enabled") else ""
    return _unbound(item, lines(made, _comment(item, "SUBSCRIPTION"), enabled), "publication", turn=1)


def _value(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'" if not text or not text.isalnum() else text
