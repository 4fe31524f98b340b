"""What roles.toml says as privileges of MongoDB. Pure."""

from __future__ import annotations

import pytest

from schemactl.engines.mongodb.roles.wishes import privileges, rights_of, wish
from schemactl.errors import UnsupportedError
from schemactl.model.rights import ObjectRights, Verb, WantedRole

READ = {"changeStream", "collStats", "find", "listIndexes"}
KNOWN = ("users", "schema_versions", "system.views", "pattern.*")


def role(
    *can: Verb, instead: tuple[ObjectRights, ...] = (), hidden: tuple[str, ...] = (), migrates: bool = False
) -> WantedRole:
    return WantedRole("one", True, can=can, instead=instead, hidden=hidden, migrates=migrates, at="roles.toml:1")


def given(wanted: WantedRole, *known: str) -> dict[str, set[str]]:
    """Collection → actions; "" is the database."""
    found = privileges(wish(wanted, known or KNOWN, "shop").rights)
    assert {one["resource"]["db"] for one in found} <= {"shop"}
    return {one["resource"]["collection"]: set(one["actions"]) for one in found}


def test_each_verb_is_its_actions_and_nobody_gets_the_ledgers_or_the_servers_collections() -> None:
    assert given(role("read")) == {"users": READ, "": {"dbStats", "listCollections"}}
    assert given(role("insert")) == {"users": {"insert"}}
    assert given(role("update", "delete")) == {"users": {"update", "remove"}}
    assert given(role("execute")) == {}
    assert given(role()) == {}


def test_instead_takes_the_place_of_what_is_for_all_before_the_collection_is_there() -> None:
    less = ObjectRights(("later",), (("read", ()),))
    more = ObjectRights(("users",), (("delete", ()),))
    assert given(role("insert", instead=(less, more)), "users", "orders") == {
        "later": READ,
        "orders": {"insert"},
        "users": {"remove"},
        "": {"dbStats", "listCollections"},
    }
    assert given(role("read", instead=(ObjectRights(("users",), ()),)), "users") == {}


def test_the_ledger_is_opened_for_nobody_and_that_is_said() -> None:
    found = wish(role(instead=(ObjectRights(("schema_versions",), (("read", ()),)),)), KNOWN, "shop")
    assert found.rights == frozenset()
    assert found.notes == ("schema_versions is the ledger's: the migrator alone reaches it",)


def test_a_migrator_has_the_database_and_nothing_that_makes_users_or_is_the_servers() -> None:
    ((place, actions),) = given(role("read", migrates=True)).items()
    assert place == ""
    assert {"find", "insert", "update", "remove", "createIndex", "collMod", "dropCollection"} <= actions
    assert not {one for one in actions if "User" in one or "grant" in one or one in ("dropDatabase", "anyAction")}


def test_a_field_that_is_hidden_where_nothing_can_be_read_is_no_matter() -> None:
    closed = ObjectRights(("users",), (("delete", ()),))
    assert given(role("read", instead=(closed,), hidden=("users.mail",)), "users") == {"users": {"remove"}}
    assert given(role("read", hidden=("others.mail",)), "users")["users"] == READ


@pytest.mark.parametrize(
    "wanted",
    [
        role("read", hidden=("users.address.street",)),
        role("insert", hidden=("users.mail",)),
        role("read", instead=(ObjectRights(("users",), (("read", ("name",)),)),)),
    ],
)
def test_some_fields_of_a_collection_are_refused_with_the_way_out(wanted: WantedRole) -> None:
    with pytest.raises(UnsupportedError, match="on whole documents") as refused:
        wish(wanted, ("users",), "shop")
    assert (refused.value.kind, refused.value.at) == ("fields", "roles.toml:1")
    assert "view of users" in (refused.value.do or "") and 'objects = ["users"], can = []' in (refused.value.do or "")


def test_some_fields_of_what_is_not_there_are_noted_and_nothing_is_given() -> None:
    other = role("read", instead=(ObjectRights(("outbox",), (("read", ()), ("update", ("sent_at",)))),))
    found = wish(other, ("users",), "shop")
    assert found.notes == ("outbox is not there, and nothing of it is given: there is no update sent_at alone",)
    assert given(other, "users").keys() == {"users", ""}


def test_privileges_come_back_as_the_rights_that_they_were_made_of() -> None:
    rights = wish(role("read", "insert"), ("users", "orders"), "shop").rights
    told = [
        {"resource": dict(reversed(one["resource"].items())), "actions": one["actions"][::-1]}
        for one in privileges(rights)
    ]
    assert rights_of(told) == rights
