"""What roles.toml comes to on one relation: the rules alone, without a server."""

from __future__ import annotations

from schemactl.engines.postgres.roles.wishes import (
    Relation,
    Wish,
    astray,
    closed_views,
    on_all,
    stray_columns,
    unseen,
    wish,
    wish_sequence,
)
from schemactl.model.rights import ObjectRights, WantedRole

USERS = Relation("public", "users", "r", ("id", "email", "hash"))
ALL = ("read", "insert", "update", "delete")


def role(**options: object) -> WantedRole:
    return WantedRole(**({"name": "r", "login": True} | options))  # type: ignore[arg-type]


def test_without_an_exception_every_verb_is_for_the_whole_table() -> None:
    assert wish(role(can=ALL), USERS) == Wish(frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"}))


def test_a_hidden_column_leaves_the_others_and_whole_rows_can_still_be_deleted() -> None:
    found = wish(role(can=ALL, hidden=("users.hash",)), USERS)
    assert found.whole == {"DELETE"}
    assert dict(found.columns) == {key: {"id", "email"} for key in ("SELECT", "INSERT", "UPDATE")}


def test_a_column_named_for_a_verb_and_hidden_is_hidden() -> None:
    rule = ObjectRights(("users",), (("update", ("email", "hash")),))
    found = wish(role(can=("read",), instead=(rule,), hidden=("users.hash",)), USERS)
    assert (found.whole, found.columns) == (frozenset(), (("UPDATE", frozenset({"email"})),))


def test_the_nearest_rule_holds_own_then_parents_then_schemas() -> None:
    rules = (ObjectRights(("app.*",), (("read", ()),)), ObjectRights(("app.log",), (("insert", ()),)))
    log, part = Relation("app", "log", "p", ("a",)), Relation("app", "log_1", "r", ("a",), above=(("app", "log"),))
    other = Relation("app", "other", "r", ("a",))
    chosen = [wish(role(can=ALL, instead=rules), one).whole for one in (log, part, other)]
    assert chosen == [{"INSERT"}, {"INSERT"}, {"SELECT"}]
    assert wish(role(can=ALL, instead=rules), Relation("public", "log", "r", ("a",))).whole >= {"DELETE"}


def test_a_view_over_a_view_that_shows_what_is_hidden_is_closed_too() -> None:
    shows = Relation("public", "v", "v", ("id", "hash"), shows=(("public", "users", "hash"),))
    above = Relation("public", "w", "v", ("id",), shows=(("public", "v", "id"),))
    plain = Relation("public", "x", "v", ("id",), shows=(("public", "users", "id"),))
    reader = role(can=("read",), hidden=("users.hash",))
    assert closed_views(reader, (above, shows, plain, USERS)) == {("public", "v"), ("public", "w")}
    opened = role(can=("read",), hidden=("users.hash",), instead=(ObjectRights(("v",), (("read", ()),)),))
    assert wish(opened, shows, frozenset({("public", "v")})).whole == {"SELECT"}
    assert wish(reader, shows, frozenset({("public", "v")})) == Wish()


def test_a_sequence_follows_the_table_that_it_serves() -> None:
    sequence = Relation("public", "users_id_seq", "S", serves=("public", "users"))
    writer = role(can=ALL, instead=(ObjectRights(("users",), (("insert", ("email",)),)),))
    assert wish_sequence(writer, sequence, wish(writer, USERS)).whole == {"USAGE"}
    assert wish_sequence(role(can=("read",)), sequence, wish(role(can=("read",)), USERS)).whole == {"SELECT"}
    assert wish_sequence(role(can=ALL), Relation("public", "s", "S"), None).whole == {"USAGE", "SELECT"}


def test_by_default_a_role_has_what_all_its_tables_share() -> None:
    narrow = ObjectRights(("log",), (("read", ()), ("update", ("a",))))
    assert on_all(role(can=(*ALL, "execute"))) == {*ALL, "execute"}
    assert on_all(role(can=(*ALL, "execute"), instead=(narrow,))) == {"read", "execute"}
    assert on_all(role(can=(*ALL, "execute"), hidden=("users.hash",))) == {"delete", "execute"}


def test_what_is_named_and_not_there_is_told() -> None:
    rules = (ObjectRights(("log", "users", "app.*", "public.*"), (("read", ()),)),)
    assert unseen(role(can=ALL, instead=rules, hidden=("gone.x",)), (USERS,)) == ("log", "app.*")


def test_what_is_hidden_and_not_where_the_file_has_it_is_hidden_wherever_it_is() -> None:
    accounts = Relation("public", "accounts", "r", ("id", "hash"))
    shows = Relation("public", "v", "v", ("hash",), shows=(("public", "accounts", "hash"),))
    reader = role(can=("read",), hidden=("users.hash",))
    assert astray(reader, (accounts, shows)) == (("users.hash", False),)
    assert wish(reader, accounts, stray=stray_columns(reader, (accounts,))).columns == (("SELECT", frozenset({"id"})),)
    assert closed_views(reader, (accounts, shows)) == {("public", "v")}
    emptied = Relation("public", "users", "r", ("id",))
    assert astray(reader, (accounts, emptied)) == (("users.hash", True),)
    assert (astray(reader, (accounts, USERS)), astray(reader, ())) == ((), ())
