"""Roles and users on a MongoDB server that asks for passwords: tried with real logins, and changed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemactl.errors import ConfigError, GateError, UnsupportedError
from schemactl.events import Noted, Warned
from schemactl.sandbox import mongodb as sandbox
from tests.provision.conftest import MakeDocuments
from tests.provision.document_scene import (
    AUTHENTICATION_FAILED,
    UNAUTHORIZED,
    DocumentScene,
    code_of,
    url_of,
)
from tests.provision.scene import differing

READ = {"changeStream", "collStats", "find", "listIndexes"}
OF_DATABASE = {("", "dbStats"), ("", "listCollections")}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, guarded_mongodb: sandbox.Server) -> Iterator[DocumentScene]:
    """Provisioned, and migrated by its migrator. Tests only log in to it."""
    scene = DocumentScene(tmp_path_factory.mktemp("shop"), guarded_mongodb)
    try:
        yield scene.migrated()
    finally:
        scene.clear()


MAY: list[tuple[str, dict[str, Any]]] = [
    ("migrator", {"create": "more"}),
    ("migrator", {"createIndexes": "more", "indexes": [{"key": {"a": 1}, "name": "a"}]}),
    ("migrator", {"collMod": "more", "validationLevel": "moderate"}),
    ("migrator", {"dropIndexes": "more", "index": "a"}),
    ("migrator", {"drop": "more"}),
    ("migrator", {"find": "schema_versions"}),
    ("app", {"insert": "users", "documents": [{"_id": 2, "mail": "b@example.org"}]}),
    ("app", {"update": "users", "updates": [{"q": {"_id": 2}, "u": {"$set": {"name": "B"}}}]}),
    ("app", {"findAndModify": "users", "query": {"_id": 2}, "update": {"$set": {"name": "C"}}}),
    ("app", {"aggregate": "users", "pipeline": [{"$count": "n"}], "cursor": {}}),
    ("app", {"delete": "users", "deletes": [{"q": {"_id": 2}, "limit": 1}]}),
    ("app", {"listCollections": 1, "nameOnly": True}),
    ("read", {"find": "users"}),
    ("read", {"count": "users"}),
    ("read", {"listIndexes": "users"}),
    ("read", {"collStats": "users"}),
    ("read", {"dbStats": 1}),
]
MAY_NOT: list[tuple[str, dict[str, Any], str]] = [
    ("migrator", {"createUser": "mine", "pwd": "x", "roles": []}, ""),
    ("migrator", {"createRole": "mine", "privileges": [], "roles": []}, ""),
    ("migrator", {"grantRolesToUser": "mine", "roles": ["dbOwner"]}, ""),
    ("migrator", {"updateUser": "mine", "pwd": "x"}, ""),
    ("migrator", {"dropDatabase": 1}, ""),
    ("migrator", {"find": "users"}, "another"),
    ("migrator", {"create": "mine"}, "another"),
    ("migrator", {"serverStatus": 1}, "admin"),
    ("migrator", {"getCmdLineOpts": 1}, "admin"),
    ("migrator", {"setParameter": 1, "logLevel": 0}, "admin"),
    ("app", {"create": "mine"}, ""),
    ("app", {"drop": "users"}, ""),
    ("app", {"createIndexes": "users", "indexes": [{"key": {"a": 1}, "name": "a"}]}, ""),
    ("app", {"dropIndexes": "users", "index": "mail"}, ""),
    ("app", {"collMod": "users", "validationLevel": "off"}, ""),
    ("app", {"rolesInfo": 1}, ""),
    ("app", {"insert": "users", "documents": [{}]}, "another"),
    ("app", {"find": "schema_lock"}, "admin"),
    ("read", {"insert": "users", "documents": [{}]}, ""),
    ("read", {"update": "users", "updates": [{"q": {}, "u": {"$set": {"a": 1}}}]}, ""),
    ("read", {"delete": "users", "deletes": [{"q": {}, "limit": 0}]}, ""),
    ("read", {"aggregate": "users", "pipeline": [{"$out": "copy"}], "cursor": {}}, ""),
    ("read", {"find": "users"}, "another"),
    ("read", {"usersInfo": 1}, ""),
]


def test_what_a_role_may_do_works(shop: DocumentScene) -> None:
    codes = {f"{name}: {next(iter(command))}": shop.code(name, command) for name, command in MAY}
    assert codes == dict.fromkeys(codes, 0)


def test_what_a_role_must_not_do_is_refused(shop: DocumentScene) -> None:
    codes = {
        f"{name}: {next(iter(command))} {database}": shop.code(name, command, database=database)
        for name, command, database in MAY_NOT
    }
    assert codes == dict.fromkeys(codes, UNAUTHORIZED)


def test_nobody_logs_in_with_another_password_or_without_one(shop: DocumentScene) -> None:
    ping = {"ping": 1}
    assert shop.code("app", ping, password="not-it") == AUTHENTICATION_FAILED
    other = url_of(shop.server, shop.role("app"), shop.passwords()[shop.role("app")], shop.target, "admin")
    assert code_of(other, shop.target, ping) == AUTHENTICATION_FAILED
    bare = f"mongodb://127.0.0.1:{shop.server.port}/{shop.target}"
    assert code_of(bare, shop.target, {"find": "users"}) == UNAUTHORIZED
    # What is named for PostgreSQL is nobody here.
    assert shop.role("owner") not in shop.passwords()


def test_rights_are_on_each_collection_but_the_ledgers_and_on_nothing_else(shop: DocumentScene) -> None:
    """The test server does not tell collections apart when it asks for a right, so what it was told is looked at."""
    users = {("users", action) for action in READ}
    audit = {("audit_log", action) for action in READ}
    writes = {("users", action) for action in ("insert", "remove", "update")}
    assert shop.rights("app") == users | writes | audit | {("audit_log", "insert")} | OF_DATABASE
    assert shop.rights("read") == users | audit | OF_DATABASE
    assert {collection for collection, _ in shop.rights("migrator")} == {""}
    assert not {action for _, action in shop.rights("migrator")} & {"createUser", "grantRole", "dropDatabase"}


def test_a_user_knows_its_password_by_scram_alone_and_lives_with_its_target(shop: DocumentScene) -> None:
    told = shop.ask({"usersInfo": 1})["users"]
    assert {one["user"]: one["mechanisms"] for one in told} == {
        shop.role(name): ["SCRAM-SHA-256"] for name in ("migrator", "app", "read")
    }
    assert all(one["roles"] == [{"role": one["user"], "db": shop.target}] for one in told)
    assert shop.file.stat().st_mode & 0o777 == 0o600


def test_who_works_on_the_whole_server_is_a_user_of_its_own_database(shop: DocumentScene) -> None:
    url = url_of(shop.server, shop.backup, shop.passwords()[shop.backup], "admin")
    assert code_of(url, "admin", {"serverStatus": 1}) == 0
    assert code_of(url, shop.target, {"find": "users"}) == 0
    assert code_of(url, shop.target, {"insert": "users", "documents": [{}]}) == UNAUTHORIZED
    assert code_of(url, "admin", {"createUser": "mine", "pwd": "x", "roles": []}) == UNAUTHORIZED


def known(scene: DocumentScene) -> tuple[Any, Any]:
    """Users, with what their passwords are proved by, and roles."""
    users = scene.ask({"usersInfo": 1, "showCredentials": True})["users"]
    return users, scene.ask({"rolesInfo": 1, "showPrivileges": True})["roles"]


def test_a_second_run_changes_nothing_and_says_what_mongodb_does_not_have(shop: DocumentScene) -> None:
    before = known(shop)
    plan = shop.plan()
    assert differing(plan) == []
    notes = [(change.name, change.now) for target in plan.targets for change in target.changes if change.now]
    assert notes == [
        (shop.role("owner"), "nothing has an owner on MongoDB: it is not made"),
        (shop.role("read"), "schema_versions is the ledger's: the migrator alone reaches it"),
        (shop.role("read"), "MongoDB limits no user's connections: any number"),
    ]
    (target,) = shop.provision().targets
    assert (target.outcome, target.made) == ("done", ())
    assert known(shop) == before


def test_passwords_are_in_no_event_plan_or_log_of_the_server(
    shop: DocumentScene, guarded_mongodb: sandbox.Server
) -> None:
    said = guarded_mongodb.log.read_text(encoding="utf-8", errors="replace") + repr(shop.events) + repr(shop.plan())
    assert [word for word in shop.passwords().values() if word in said] == []
    assert [event.what for event in shop.events if isinstance(event, Noted)][-3:] == [
        f"add     user  {shop.role('read')}",
        f"add     membership  {shop.backup} in backup",
        f"add     membership  {shop.backup} in clusterMonitor",
    ]


def test_a_plan_changes_nothing(documents: DocumentScene) -> None:
    plan = documents.plan()
    sends = [shown for target in plan.targets for change in target.differing for shown in change.sends]
    assert any('"createUser"' in shown and '"pwd": "***"' in shown for shown in sends)
    assert documents.ask({"usersInfo": 1})["users"] == documents.ask({"rolesInfo": 1})["roles"] == []
    assert not documents.file.exists()


def test_what_was_changed_by_hand_is_told_and_mended_and_others_are_left_alone(documents: DocumentScene) -> None:
    documents.migrated()
    app, read, place = documents.role("app"), documents.role("read"), documents.target
    remove = {"resource": {"db": place, "collection": "users"}, "actions": ["remove"]}
    documents.ask({"revokePrivilegesFromRole": app, "privileges": [remove]})
    documents.ask({"grantPrivilegesToRole": read, "privileges": [remove]})
    documents.ask({"grantRolesToRole": read, "roles": ["dbAdmin"]})
    documents.ask({"grantRolesToUser": read, "roles": [{"role": "readAnyDatabase", "db": "admin"}]})
    documents.ask({"revokeRolesFromUser": app, "roles": [app]})
    documents.ask({"updateUser": app, "pwd": "another"})
    documents.ask({"dropUser": documents.role("migrator")})
    documents.ask({"revokeRolesFromUser": documents.backup, "roles": ["backup"]}, database="admin")
    documents.ask({"createRole": "theirs", "privileges": [remove], "roles": []})
    documents.ask({"createUser": "theirs", "pwd": "theirs", "roles": ["theirs", "readWrite"]})
    assert set(differing(documents.plan())) == {
        f"membership {documents.backup} in backup: ",
        f"rights {app}: not remove on users",
        f"rights {read}: also remove on users",
        f"membership {read} in dbAdmin: is a member",
        f"membership {read} in admin.readAnyDatabase: is a member",
        f"membership {app} in its own role: ",
        f"password {app}: another",
        f"user {documents.role('migrator')}: ",
    }
    before = documents.passwords()
    documents.provisioned()
    assert differing(documents.plan()) == []
    assert documents.passwords() == before
    assert documents.code("app", {"delete": "users", "deletes": [{"q": {"_id": 9}, "limit": 1}]}) == 0
    assert documents.code("read", {"delete": "users", "deletes": [{"q": {"_id": 9}, "limit": 1}]}) == UNAUTHORIZED
    assert documents.code("migrator", {"find": "schema_versions"}) == 0
    theirs = url_of(documents.server, "theirs", "theirs", place)
    assert code_of(theirs, place, {"insert": "users", "documents": [{"_id": 7, "mail": "t"}]}) == 0


def test_a_lost_file_of_passwords_changes_none(documents: DocumentScene) -> None:
    documents.provisioned()
    app = documents.url("app")
    documents.file.unlink()
    assert differing(documents.plan()) == []
    documents.provisioned()
    assert code_of(app, documents.target, {"ping": 1}) == 0
    assert not documents.file.exists()


def test_a_collection_that_no_file_names_is_told_after_migrate_and_opened_by_the_next_provision(
    documents: DocumentScene,
) -> None:
    documents.migrated()
    documents.migration("0002_later.json", {"create": "later"})
    documents.events.clear()
    documents.migrate()
    told = {event.what for event in documents.events if isinstance(event, Warned)}
    assert told == {f"{documents.role(name)}: lacks rights on later" for name in ("app", "read")}
    assert [change.partition(":")[0] for change in differing(documents.plan())] == [
        f"rights {documents.role(name)}" for name in ("app", "read")
    ]
    documents.provisioned()
    assert {("later", "insert"), ("later", "find")} <= documents.rights("app")
    documents.migration("0003_index.json", {"createIndexes": "later", "indexes": [{"key": {"a": 1}, "name": "a"}]})
    documents.events.clear()
    documents.migrate()
    assert [event for event in documents.events if isinstance(event, Warned)] == []


def test_what_platform_toml_names_is_open_before_it_is_there(make_documents: MakeDocuments) -> None:
    scene = make_documents(tables=("orders",)).provisioned()
    assert {("orders", "insert"), ("orders", "remove")} <= scene.rights("app")
    bare = make_documents()
    notes = [change.now for target in bare.plan().targets for change in target.changes if "reaches none" in change.now]
    assert len(notes) == 2


REFUSED: list[tuple[str, type[Exception], str, str]] = [
    ('name = "root"\ncan = ["read"]', ConfigError, "wrong_name", "role of every MongoDB server"),
    (
        'name = "a"\ncan = ["read"]\nhidden = ["users.mail"]',
        UnsupportedError,
        "fields",
        "on users: mail cannot be hidden",
    ),
    (
        'name = "a"\n[[roles.instead]]\nobjects = ["users"]\ncan = [{ update = ["mail"] }]',
        UnsupportedError,
        "fields",
        "there is no update mail alone",
    ),
    ('name = "a"\nmember_of = ["root"]', GateError, "superuser", "would have every right"),
    ('name = "a"\nmember_of = ["nobody"]', ConfigError, "unknown_role", "no role of this file"),
    ('name = "a"\nlogin = false\nmember_of = ["clusterMonitor"]', ConfigError, "wrong_value", "whole server's"),
    ('name = "theirs"\ncan = ["read"]', GateError, "superuser", "is a user with every right"),
]


@pytest.mark.parametrize(("written", "error", "kind", "said"), REFUSED)
def test_what_cannot_be_is_refused_before_anything_is_made(
    make_documents: MakeDocuments, written: str, error: type[Exception], kind: str, said: str
) -> None:
    scene = make_documents(roles=f"[[roles]]\n{written}\n", tables=("users",))
    if "theirs" in written:
        scene.ask({"createUser": "theirs", "pwd": "x", "roles": [{"role": "root", "db": "admin"}]})
    found = scene.provision().error
    assert isinstance(found, error), found
    assert (found.kind, found.at, found.now) == (kind, "seeds/jobs/roles.toml:1", "nothing was changed")
    assert said in found.what and found.do
    assert scene.ask({"rolesInfo": 1})["roles"] == []


def test_the_administrators_own_user_is_refused(make_documents: MakeDocuments) -> None:
    scene = make_documents(roles='[[cluster_roles]]\nengine = "mongodb"\nname = "root"\nmember_of = ["backup"]\n')
    found = scene.provision().error
    assert isinstance(found, GateError) and found.kind == "superuser"
    assert "the administrator that is logged in" in found.what
    assert scene.ask({"usersInfo": "root"}, database="admin")["users"][0]["roles"][0]["role"] == "root"


def test_a_user_holds_what_is_the_servers_and_a_role_what_is_its_databases(make_documents: MakeDocuments) -> None:
    scene = make_documents(
        roles='[[roles]]\nname = "${database}_group"\nlogin = false\ncan = ["read"]\n'
        '[[roles]]\nname = "${database}_one"\nmember_of = ["${database}_group", "dbAdmin", "clusterMonitor"]\n',
        tables=("users",),
    ).provisioned()
    assert scene.code("one", {"find": "users"}) == scene.code("one", {"serverStatus": 1}, database="admin") == 0
    assert scene.code("one", {"insert": "users", "documents": [{}]}) == UNAUTHORIZED
    assert list(scene.passwords()) == [scene.role("one")]
    assert differing(scene.plan()) == []


def test_who_is_not_to_log_in_any_more_does_not(make_documents: MakeDocuments) -> None:
    names = ("group", "owner", "one")
    each = "".join(f'[[roles]]\nname = "${{database}}_{name}"\ncan = ["read"]\n' for name in names)
    scene = make_documents(roles=each, tables=("users",)).provisioned()
    assert [scene.code(name, {"find": "users"}) for name in names] == [0, 0, 0]
    scene.write(
        "seeds/jobs/roles.toml",
        '[[roles]]\nname = "${database}_group"\nlogin = false\ncan = ["read"]\n'
        '[[roles]]\nname = "${database}_owner"\nowns = true\n[[roles]]\nname = "${database}_one"\ncan = ["read"]\n',
    )
    assert differing(scene.plan()) == [f"user {scene.role(name)}: logs in" for name in names[:2]]
    scene.provisioned()
    assert [scene.code(name, {"ping": 1}) for name in names] == [AUTHENTICATION_FAILED, AUTHENTICATION_FAILED, 0]
    assert differing(scene.plan()) == []


def test_an_administrator_is_not_dropped_though_it_is_not_to_log_in(make_documents: MakeDocuments) -> None:
    scene = make_documents(roles='[[roles]]\nname = "theirs"\nowns = true\n')
    scene.ask({"createUser": "theirs", "pwd": "x", "roles": [{"role": "root", "db": "admin"}]})
    found = scene.provision().error
    assert isinstance(found, GateError) and found.kind == "superuser"
    assert scene.ask({"usersInfo": "theirs"})["users"]


def test_who_may_not_make_roles_is_refused_before_anything_is_made(documents: DocumentScene) -> None:
    documents.ask({"createUser": "little", "pwd": "little", "roles": [{"role": "readWriteAnyDatabase", "db": "admin"}]})
    documents.admin = url_of(documents.server, "little", "little", documents.target)
    found = documents.provision().error
    assert isinstance(found, GateError)
    assert (found.kind, found.now) == ("insufficient_privilege", "nothing was changed")
    assert "userAdminAnyDatabase" in (found.do or "")
