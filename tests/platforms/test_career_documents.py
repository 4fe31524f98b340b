"""The career platform's four MongoDB targets: counts, indexes, and which documents they take and refuse."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from bson import ObjectId
from pymongo.errors import DuplicateKeyError, WriteError

from tests.fixtures.mongodb import MongoDatabase
from tests.platforms import career
from tests.platforms.career import ON_MONGODB, Places, assert_returns_the_same, checks, found_by
from tests.platforms.career_samples import (
    FULL,
    LONGEST,
    NOW,
    REFUSED,
    REQUIRED,
    USER,
    changed,
    fields,
    inner,
    properties,
    without,
)

Db = pymongo.database.Database[dict[str, Any]]

COUNTS = {
    "career_skills": (["skills", "user_skills"], 29, 5),
    "career_learning_content": (["course_content"], 15, 2),
    "career_market": (["job_market_trends"], 17, 2),
    "career_content": (["content"], 27, 4),
}
"""Collections, fields of their validators, indexes beside _id."""

INDEXES = {
    "skills": {"name_1": True, "category_1": False},
    "user_skills": {"user_id_1": True, "skills.skill_id_1": False, "assessment_history.skill_id_1": False},
    "course_content": {"course_id_1": True, "modules.module_id_1": False},
    "job_market_trends": {"skill_id_1_region_1_timestamp_-1": True, "timestamp_1": False},
    "content": {
        "metadata.tags_1": False,
        "created_at_-1": False,
        "author.user_id_1": False,
        "status_1_published_at_-1": False,
    },
}
"""Name → whether it is unique."""

TARGET_OF = {name: target for target, (names, _, _) in COUNTS.items() for name in names}


@pytest.fixture
def databases(career_documents: Places) -> Iterator[dict[str, Db]]:
    """The database of each collection, its collections empty afterwards."""
    names = {target: place.name for target, place in career_documents.items() if isinstance(place, MongoDatabase)}
    first = career_documents["career_skills"]
    assert isinstance(first, MongoDatabase)
    with first.asked() as db:
        yield {collection: db.client[names[target]] for collection, target in TARGET_OF.items()}
        for collection, target in TARGET_OF.items():
            db.client[names[target]][collection].delete_many({})


@pytest.mark.parametrize("target", ON_MONGODB)
def test_a_target_counts_what_the_sheet_counts(target: str, career_documents: Places) -> None:
    place = career_documents[target]
    assert isinstance(place, MongoDatabase)
    with place.asked() as db:
        found = [one for one in db.list_collections() if not one["name"].startswith("schema_")]
        validated = sum(properties(one["options"]["validator"]["$jsonSchema"]) for one in found)
        beside = [index for one in found for index in db[one["name"]].list_indexes() if index["name"] != "_id_"]
    names, of_fields, of_indexes = COUNTS[target]
    assert (sorted(one["name"] for one in found), validated, len(beside)) == (names, of_fields, of_indexes)
    modes = {(one["options"]["validationLevel"], one["options"]["validationAction"]) for one in found}
    assert modes == {("strict", "error")}


def test_indexes_have_their_names_and_four_are_unique(databases: dict[str, Db]) -> None:
    found = {
        collection: {
            index["name"]: bool(index.get("unique"))
            for index in db[collection].list_indexes()
            if index["name"] != "_id_"
        }
        for collection, db in databases.items()
    }
    assert found == INDEXES
    assert sum(unique for names in found.values() for unique in names.values()) == 4


@pytest.mark.parametrize("collection", FULL)
def test_the_documents_sample_is_taken_and_its_unique_key_not_twice(collection: str, databases: dict[str, Db]) -> None:
    db = databases[collection]
    db[collection].insert_one(copy.deepcopy(FULL[collection]) | {"unlisted": 1})
    again = copy.deepcopy(FULL[collection])
    if any(INDEXES[collection].values()):
        with pytest.raises(DuplicateKeyError):
            db[collection].insert_one(again)
    else:
        db[collection].insert_one(again)


@pytest.mark.parametrize("collection", FULL)
def test_what_is_required_is_refused_without_and_what_is_not_is_taken(
    collection: str, databases: dict[str, Db]
) -> None:
    documents = databases[collection][collection]
    refused = []
    for path in fields(FULL[collection]):
        try:
            documents.insert_one(without(collection, path))
        except WriteError as error:
            assert error.code == 121
            refused.append(path)
        documents.delete_many({})
    assert sorted(refused) == sorted(REQUIRED[collection])


@pytest.mark.parametrize("collection", FULL)
def test_a_value_out_of_its_bounds_is_refused(collection: str, databases: dict[str, Db]) -> None:
    taken = []
    for path, values in [(path, values) for name, path, values in REFUSED if name == collection]:
        for value in values:
            try:
                databases[collection][collection].insert_one(changed(collection, path, value))
                taken.append((path, value))
            except WriteError as error:
                assert error.code == 121
    assert taken == []


@pytest.mark.parametrize(("collection", "path"), LONGEST)
def test_a_list_takes_as_many_as_it_may_and_not_one_more(collection: str, path: str, databases: dict[str, Db]) -> None:
    documents, most = databases[collection][collection], LONGEST[collection, path]
    holder, key = inner(FULL[collection], path)
    one = holder[key][0]
    documents.insert_one(changed(collection, path, [one] * most))
    documents.delete_many({})
    with pytest.raises(WriteError):
        documents.insert_one(changed(collection, path, [one] * (most + 1)))


def test_a_change_is_held_to_the_same_rules(databases: dict[str, Db]) -> None:
    documents = databases["user_skills"]["user_skills"]
    documents.insert_one(copy.deepcopy(FULL["user_skills"]))
    with pytest.raises(WriteError):
        documents.update_one({"user_id": USER}, {"$set": {"skills.0.level": "expert"}})
    documents.update_one({"user_id": USER}, {"$set": {"skills.0.level": "beginner"}})
    assert documents.count_documents({"skills.level": "beginner"}) == 1


def test_history_kept_by_a_slice_never_grows_past_its_bound(databases: dict[str, Db]) -> None:
    documents = databases["user_skills"]["user_skills"]
    entry = FULL["user_skills"]["assessment_history"][0]
    documents.insert_one(changed("user_skills", "assessment_history", [entry] * 1000))
    newer = entry | {"score": 100}
    with pytest.raises(WriteError):
        documents.update_one({"user_id": USER}, {"$push": {"assessment_history": newer}})
    documents.update_one({"user_id": USER}, {"$push": {"assessment_history": {"$each": [newer], "$slice": -1000}}})
    (found,) = documents.find()
    assert (len(found["assessment_history"]), found["assessment_history"][-1]["score"]) == (1000, 100)


def test_the_checks_of_skills_return_nothing_on_whole_data_and_each_finds_its_fault(
    career_documents: Places, databases: dict[str, Db]
) -> None:
    db, place = databases["skills"], career_documents["career_skills"]
    assessed, related = checks("career_skills").values()
    for number, name, others in ((1, "JavaScript", ["React"]), (2, "React", ["JavaScript"]), (3, "SQL", None)):
        row = {"_id": ObjectId(f"65a0000000000000000000{number:02}"), "name": name, "category": "x"}
        lists = {"related_skills": others} if others else {}
        db["skills"].insert_one(row | lists | {"created_at": NOW, "updated_at": NOW})
    db["user_skills"].insert_one(copy.deepcopy(FULL["user_skills"]))
    db["user_skills"].insert_one({"user_id": career.user(2), "skills": []})
    assert (found_by(place, assessed), found_by(place, related)) == ([], [])
    gone, lost = ObjectId(), ObjectId()
    db["user_skills"].insert_one(changed("user_skills", "skills.0.skill_id", gone) | {"user_id": career.user(3)})
    history = changed("user_skills", "assessment_history.0.skill_id", lost) | {"user_id": career.user(4)}
    db["user_skills"].insert_one(history)
    found = {(row["user_id"], row["skill_id"]) for row in found_by(place, assessed)}
    assert found == {(career.user(3), gone), (career.user(4), lost)}
    db["skills"].update_one({"name": "SQL"}, {"$set": {"related_skills": ["React", "Reakt"]}})
    assert [(row["name"], row["related_skills"]) for row in found_by(place, related)] == [("SQL", "Reakt")]


def test_the_collections_go_and_come_back_the_same(career_documents: Places) -> None:
    assert_returns_the_same(career_documents)
