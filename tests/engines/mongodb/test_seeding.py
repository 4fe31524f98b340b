"""Seeds on MongoDB beside the contract's: values of BSON, paths, what is compared whole, what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.objectid import ObjectId

from schemactl.errors import ConfigError, SchemactlError, StatementError
from schemactl.model.seed import Lookup, Rows, SeedRow
from schemactl.project.seed_rows import rows_of as read_rows
from schemactl.project.seeds import Seed
from schemactl.project.toml_table import Table
from tests.contract.on_mongodb import MongoTarget
from tests.contract.test_seeding import apply, compare, counts, recorded, seed_file
from tests.fixtures.mongodb import Mongo, drop_mongo_database, make_mongo_database

OID = "65b000000000000000000001"


@pytest.fixture
def target(mongodb: Mongo) -> Iterator[MongoTarget]:
    database = make_mongo_database(mongodb)
    made = MongoTarget(database)
    yield made
    made.close()
    drop_mongo_database(database)


def rows_of(*rows: Mapping[str, Any], key: Sequence[str] = ("name",), object: str = "wares") -> Rows:
    made = tuple(SeedRow(row, f"01_wares.toml:{line}") for line, row in enumerate(rows, 1))
    return Rows(object, tuple(key), "", made, (), {"table": "01_wares.toml:1"})


def documents(target: MongoTarget) -> list[dict[str, Any]]:
    with target.asked() as db:
        return list(db["wares"].find())


def test_extended_json_and_dates_of_toml_become_what_they_say_and_stay_the_same(target: MongoTarget) -> None:
    row = {
        "_id": {"$oid": OID},
        "uuid": {"$uuid": "00000000-0000-4000-8000-000000000001"},
        "date": {"$date": "2024-01-15T01:00:00.123+01:00"},
        "since": {"$date": {"$numberLong": "1705276800123"}},
        "price": {"$numberDecimal": "1.50"},
        "long": {"$numberLong": "5"},
        "bytes": {"$binary": {"base64": "AAE=", "subType": "00"}},
        "moment": datetime(2024, 1, 15, 0, 0, 0, 123456, tzinfo=UTC),
        "day": date(2024, 1, 15),
        "hour": time(8, 30),
        "inner": {"list": [{"$oid": OID}, 1.0, None]},
    }
    rows = rows_of(row, key=["_id"])
    assert counts(compare(target, rows)) == (1, 0, 0)
    assert counts(apply(target, rows)) == (1, 0, 0)
    (made,) = documents(target)
    moment = datetime(2024, 1, 15, 0, 0, 0, 123000, tzinfo=UTC)
    assert (made["_id"], made["uuid"]) == (ObjectId(OID), UUID("00000000-0000-4000-8000-000000000001"))
    assert (made["date"], made["moment"], made["since"]) == (moment, moment, moment)
    assert made["day"] == datetime(2024, 1, 15, tzinfo=UTC)
    assert (made["price"], made["bytes"], made["hour"]) == (Decimal128("1.50"), b"\0\1", "08:30:00")
    assert isinstance(made["long"], Int64)
    assert made["inner"] == {"list": [ObjectId(OID), 1.0, None]}
    assert counts(compare(target, rows)) == (0, 0, 1)


def test_an_id_that_is_given_once_is_left_to_whoever_has_another_and_is_what_lookups_find(target: MongoTarget) -> None:
    with target.asked() as db:
        db["wares"].insert_one({"_id": "own", "name": "rod"})
    of_rod = Lookup("wares", {"name": "rod"})
    row = {"_id": "given", "name": "rod", "login.hash": "!"}
    rows = rows_of(row, {**row, "_id": "new", "name": "net", "of": of_rod})._replace(once=frozenset(row) - {"name"})
    for written in ((1, 0, 1), (0, 0, 2)):
        assert counts(compare(target, rows)) == written
        assert counts(apply(target, rows)) == written
    net = {"_id": "new", "name": "net", "login": {"hash": "!"}, "of": "own"}
    assert sorted(documents(target), key=lambda one: one["name"]) == [net, {"_id": "own", "name": "rod"}]


def test_a_whole_number_is_the_same_in_32_and_64_bits_and_not_as_a_fraction(target: MongoTarget) -> None:
    with target.asked() as db:
        db["wares"].insert_many([{"name": "a", "n": Int64(5)}, {"name": "b", "n": 5.0}])
    found = compare(target, rows_of({"name": "a", "n": 5}, {"name": "b", "n": 5}))
    assert (counts(found), found.differences[0].fields) == ((0, 1, 1), (("n", "5.0", "5"),))


def test_a_path_sets_within_a_document_and_a_table_is_compared_and_set_whole(target: MongoTarget) -> None:
    with target.asked() as db:
        db["wares"].insert_one({"name": "a", "size": {"w": 1, "h": 2}, "box": {"w": 1, "h": 2}})
    rows = rows_of({"name": "a", "size.w": 3, "box": {"w": 1}}, {"name": "b", "size.w": 4})
    assert counts(apply(target, rows)) == (1, 1, 0)
    first, second = sorted(documents(target), key=lambda one: str(one["name"]))
    assert (first["size"], first["box"], second["size"]) == ({"w": 3, "h": 2}, {"w": 1}, {"w": 4})
    assert counts(compare(target, rows)) == (0, 0, 2)


def test_a_key_of_several_fields_and_paths_tells_documents_apart(target: MongoTarget) -> None:
    keyed = [{"kind": kind, "at.no": number, "word": f"{kind}{number}"} for kind in "xy" for number in (1, 2)]
    rows = rows_of(*keyed, key=["kind", "at.no"])
    assert counts(apply(target, rows)) == (4, 0, 0)
    changed = rows_of(*keyed[:3], {**keyed[3], "word": "new"}, key=["kind", "at.no"])
    found = compare(target, changed)
    assert (counts(found), found.differences[0].key) == ((0, 1, 3), "kind = y, at.no = 2")


def test_a_lookup_gives_the_id_of_a_document_of_another_collection(target: MongoTarget) -> None:
    with target.asked() as db:
        wanted = db["makers"].insert_one({"name": "Ada"}).inserted_id
    rows = rows_of({"name": "a", "by": [{"maker": Lookup("makers", {"name": "Ada"})}]})
    apply(target, rows)
    assert documents(target)[0]["by"] == [{"maker": wanted}]
    assert counts(compare(target, rows)) == (0, 0, 1)


def test_a_document_is_looked_up_by_an_object_id_a_uuid_or_a_moment(target: MongoTarget) -> None:
    uuid = UUID("00000000-0000-4000-8000-000000000001")
    since = datetime(2024, 1, 15, tzinfo=UTC)
    with target.asked() as db:
        db["makers"].insert_one({"_id": ObjectId(OID), "uuid": uuid, "since": since, "name": "Ada"})
        db["makers"].insert_one({"uuid": UUID(int=2), "since": since.replace(year=2023), "name": "Bea"})
    text = f"""
        table = "wares"
        key = "name"
        [[rows]]
        name = "a"
        id = {{ lookup = "makers", by = {{ _id = {{ "$oid" = "{OID}" }} }}, get = "name" }}
        uuid = {{ lookup = "makers", by = {{ uuid = {{ "$uuid" = "{uuid}" }} }}, get = "name" }}
        date = {{ lookup = "makers", by = {{ since = {{ "$date" = "2024-01-15T00:00:00Z" }} }}, get = "name" }}
        [[rows]]
        name = "b"
        id = {{ lookup = "wares", by = {{ _id = {{ "$oid" = "{OID}" }} }}, get = "name" }}
        [[rows]]
        _id = {{ "$oid" = "{OID}" }}
        name = "c"
    """
    rows = read_rows(Seed(seed_file(), text, Table.of(text, shown="01_wares.toml")), {})
    assert counts(apply(target, rows)) == (3, 0, 0)
    first, second, _ = sorted(documents(target), key=lambda one: str(one["name"]))
    assert (first["id"], first["uuid"], first["date"], second["id"]) == ("Ada", "Ada", "Ada", "c")
    assert counts(compare(target, rows)) == (0, 0, 3)
    text = text.replace(OID, OID[::-1], 1)
    wrong = read_rows(Seed(seed_file(), text, Table.of(text, shown="01_wares.toml")), {})
    with pytest.raises(StatementError, match=re.escape(f'{{"$oid": "{OID[::-1]}"}}')) as caught:
        apply(target, wrong)
    assert caught.value.kind == "lookup"


def test_a_document_of_the_key_with_another_id_is_refused_for_nothing_changes_an_id(target: MongoTarget) -> None:
    with target.asked() as db:
        theirs = db["wares"].insert_one({"name": "a", "size": 1}).inserted_id
    rows = rows_of({"_id": {"$oid": OID}, "name": "a", "size": 1}, key=["name"])
    for act in (compare, apply):
        with pytest.raises(StatementError) as caught:
            act(target, rows)
        assert (caught.value.kind, str(theirs) in caught.value.what, OID in caught.value.what) == (
            "duplicate_key",
            True,
            True,
        )
    assert recorded(target) == ()


def test_an_id_that_is_given_only_now_is_looked_up_once_its_document_is_there(target: MongoTarget) -> None:
    rows = rows_of(
        {"name": "c", "of": Lookup("wares", {"name": "b"})},
        {"name": "b", "of": [Lookup("wares", {"name": "a"})]},
        {"name": "a"},
    )
    assert counts(compare(target, rows)) == (3, 0, 0)
    assert counts(apply(target, rows)) == (3, 0, 0)
    found = {one["name"]: one for one in documents(target)}
    assert (found["c"]["of"], found["b"]["of"]) == (found["b"]["_id"], [found["a"]["_id"]])
    assert counts(compare(target, rows)) == (0, 0, 3)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"name": "a", "n": 2**63}, "wrong_value"),
        ({"name": "a", "n": {"$oid": "x"}}, "wrong_value"),
        ({"name": "a", "n": {}, "n.m": 1}, "wrong_value"),
        ({"n": 1}, "missing_key"),
    ],
)
def test_a_value_that_no_document_holds_is_told_in_its_row(target: MongoTarget, row: dict[str, Any], kind: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compare(target, rows_of({"name": "fine"}, row))
    assert (caught.value.at, caught.value.kind) == ("01_wares.toml:2", kind)


@pytest.mark.parametrize("name", ["schema_versions", "system.users", "seen", "log"])
def test_what_is_no_collection_for_people_is_not_seeded(target: MongoTarget, name: str) -> None:
    with target.asked() as db:
        db.command({"create": "seen", "viewOn": "wares", "pipeline": []})
        db.command({"create": "log", "capped": True, "size": 4096})
    with pytest.raises(SchemactlError) as caught:
        compare(target, rows_of({"name": "a"}, object=name))
    assert (caught.value.at, caught.value.kind) == ("01_wares.toml:1", "missing_object")
