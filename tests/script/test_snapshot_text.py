"""A snapshot is the same after it was written and read, whatever its objects are called and hold."""

from __future__ import annotations

import json
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemactl.errors import ConfigError
from schemactl.model.snapshot import Block, Snapshot
from schemactl.script import snapshot_json, snapshot_text

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
IDENTITIES = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
KINDS = st.sampled_from(["table", "materialized view", "text search configuration", "end", "grants"])
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\\"), max_size=30)


def quoted(words: str) -> str:
    return "SELECT '" + words.replace("'", "''") + "';"


def snapshot(*blocks: Block, engine: str = "postgres", version: str = "0003") -> Snapshot:
    return Snapshot(engine=engine, target="shop/orders_db", version=version, blocks=blocks)


SHOP = snapshot(
    Block("table", ("public", "orders"), "CREATE TABLE public.orders (\n  id integer\n);\nCOMMENT ON TABLE x IS 'y';"),
    Block("function", ("public", "f(integer, text)"), "CREATE FUNCTION f() AS $$\n\n-- table public.no\n; $$;"),
    Block("table", ("odd.schema", 'a "name"\nin two lines'), 'CREATE TABLE "x" ();'),
)
TEXT = """\
-- schemactl snapshot, format 1
-- target: shop/orders_db
-- version: 0003

-- table public.orders
CREATE TABLE public.orders (
  id integer
);
COMMENT ON TABLE x IS 'y';

-- function public."f(integer, text)"
CREATE FUNCTION f() AS $$

-- table public.no
; $$;

-- table "odd.schema"."a \\"name\\"\\nin two lines"
CREATE TABLE "x" ();

-- end
"""
DOCUMENTS = snapshot(
    Block("collection", ("orders",), snapshot_json.command({"create": "orders", "capped": True})),
    Block("index", ("orders", "by"), snapshot_json.command({"createIndexes": "orders", "indexes": [{"b": 1, "a": 1}]})),
    engine="mongodb",
)


def test_the_text_is_this() -> None:
    assert snapshot_text.written(SHOP) == TEXT
    assert snapshot_text.parsed(TEXT, engine="postgres", shown="f.sql") == SHOP


def test_a_snapshot_of_nothing_without_a_version_is_read_back() -> None:
    for engine in ("postgres", "clickhouse", "neo4j"):
        empty = snapshot(engine=engine, version="")
        assert snapshot_text.parsed(snapshot_text.written(empty), engine=engine, shown="") == empty
    empty = snapshot(engine="mongodb", version="")
    assert snapshot_json.parsed(snapshot_json.written(empty), engine="mongodb", shown="") == empty


@given(st.lists(st.tuples(KINDS, IDENTITIES, WORDS.map(quoted)), max_size=4, unique_by=lambda one: one[:2]))
def test_any_names_and_any_literals_are_read_back(blocks: list[tuple[str, tuple[str, ...], str]]) -> None:
    made = snapshot(*(Block(*block) for block in blocks))
    assert snapshot_text.parsed(snapshot_text.written(made), engine="postgres", shown="") == made


@given(st.dictionaries(NAMES, st.recursive(st.integers() | NAMES | st.booleans(), st.lists, max_leaves=4), min_size=1))
def test_any_command_is_read_back(made: dict[str, object]) -> None:
    one = snapshot(Block("collection", ("x",), snapshot_json.command(made)), engine="mongodb")
    assert snapshot_json.parsed(snapshot_json.written(one), engine="mongodb", shown="") == one


@pytest.mark.parametrize(
    ("form", "text"), [(snapshot_text, TEXT), (snapshot_json, snapshot_json.written(DOCUMENTS))], ids=["sql", "json"]
)
def test_what_is_cut_off_anywhere_is_refused(form: ModuleType, text: str) -> None:
    engine = "postgres" if form is snapshot_text else "mongodb"
    for length in range(len(text) - 1):
        with pytest.raises(ConfigError) as refused:
            form.parsed(text[:length], engine=engine, shown="f")
        assert refused.value.kind == "snapshot"
        assert refused.value.do


@pytest.mark.parametrize(
    ("text", "at", "kind"),
    [
        ("CREATE TABLE t ();\n", "f.sql:1", "snapshot"),
        (TEXT.replace("format 1", "format 2"), "f.sql:1", "newer_snapshot"),
        (TEXT.replace("-- version: 0003", "-- version: three"), "f.sql:2", "snapshot"),
        (TEXT.replace("\n\n-- table public.orders", "\nSELECT 1;\n\n-- table public.orders"), "f.sql:4", "snapshot"),
        (TEXT + "\n-- table public.more\nSELECT 1;\n", "f.sql:20", "snapshot"),
        (TEXT.replace('"odd.schema"."a \\"name\\"\\nin two lines"', "public.orders"), "f.sql", "snapshot"),
        (TEXT.replace("$$;", ";"), "f.sql:12", "snapshot"),
    ],
    ids=["foreign", "newer", "version", "before", "behind", "twice", "unclosed"],
)
def test_what_is_no_snapshot_is_refused_with_its_place(text: str, at: str, kind: str) -> None:
    with pytest.raises(ConfigError) as refused:
        snapshot_text.parsed(text, engine="postgres", shown="f.sql")
    assert (refused.value.at, refused.value.kind) == (at, kind)


def test_a_number_that_no_double_holds_is_no_snapshot() -> None:
    text = snapshot_json.written(DOCUMENTS).replace("true", "1e400")
    with pytest.raises(ConfigError) as refused:
        snapshot_json.parsed(text, engine="mongodb", shown="f.json")
    assert (refused.value.kind, refused.value.code) == ("snapshot", 10)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([], "snapshot"),
        ({"objects": []}, "snapshot"),
        ({"schemactl": {"snapshot": 2}}, "newer_snapshot"),
        ({"schemactl": {"snapshot": 1, "target": "a/b", "version": ""}}, "snapshot"),
        ({"schemactl": {"snapshot": 1, "target": "a/b", "version": ""}, "objects": [{"kind": "x"}]}, "snapshot"),
    ],
)
def test_json_that_is_no_snapshot_is_refused(value: object, kind: str) -> None:
    with pytest.raises(ConfigError) as refused:
        snapshot_json.parsed(json.dumps(value), engine="mongodb", shown="f.json")
    assert refused.value.kind == kind


def test_a_block_that_could_not_be_read_back_is_not_written() -> None:
    for text in ("SELECT 'torn;", "SELECT 1;\n\n-- table public.other\nSELECT 2;"):
        with pytest.raises((ValueError, ConfigError)):
            snapshot_text.written(snapshot(Block("table", ("public", "t"), text)))
