"""Opening a target: what is wrong is told by its kind, and a password never."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.opening import Opening, Stop
from schemactl.engines.mongodb.connection import Session
from schemactl.errors import ConfigError, ConnectError, SchemactlError, StatementError
from schemactl.sandbox.mongodb import Server
from tests.contract.work import prepare, run_on
from tests.engines.mongodb.scene import applied, opened, up
from tests.fixtures.absence import not_run
from tests.fixtures.mongodb import Mongo, MongoDatabase, client_of, own_server
from tests.tools.mongo_wire import WholeWire, refusing
from tests.tools.turnproxy import Halt, TurnProxy


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server that asks for passwords."""
    with own_server(auth=True) as server:
        yield server


def on(server: Mongo, database: str, login: str | None = None) -> str:
    at = urlsplit(server.url)
    own = at.netloc.rpartition("@")[0] if login is None else login
    where = f"{own}@{at.hostname}:{at.port}" if own else f"{at.hostname}:{at.port}"
    return f"mongodb://{where}/{database}?authSource={'admin' if login is None else database}"


def refused(url: str) -> SchemactlError:
    with pytest.raises(SchemactlError) as error:
        opened(url, connect_timeout_s=1)
    told = error.value
    assert told.do and told.at == "a test's database"
    return told


def test_an_engine_says_what_it_is_and_can(mongodb: Mongo) -> None:
    engine = opened(on(mongodb, "schemactl_test_x", ""))
    assert (engine.server, engine.exposed, engine.limits.read_only) == (f"MongoDB {mongodb.version}", "", "")
    assert engine.limits.max_identifier_bytes == 255 - len("schemactl_test_x.")
    assert not isinstance(engine.lock, Missing) and not isinstance(engine.scripts, Missing)


def test_a_wrong_password_is_told_without_it(guarded: Server) -> None:
    error = refused(on(guarded, "admin_db", "root:s3cret-word").replace("authSource=admin_db", "authSource=admin"))
    assert (error.code, error.kind) == (11, "authentication")
    assert "s3cret-word" not in " ".join(error.lines())


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        error = refused(f"mongodb://anna:s3cret-word@127.0.0.1:{held.getsockname()[1]}/shop")
    assert (error.code, error.kind) == (11, "unreachable")
    assert "s3cret-word" not in " ".join(error.lines())


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://anna:s3cret-word@127.0.0.1:1/",
        "mongodb://anna:s3cret-word@127.0.0.1:1/admin",
        "mongodb://anna:s3cret-word@127.0.0.1:1/shop?authMechanism=NONE",
        "mongodb://anna:s3cret-word@127.0.0.1:port/shop",
        "mongodb://anna:s3cret-word@127.0.0.1:1/shop?tls=perhaps",
        "mongodb://anna:s3cret-word@127.0.0.1:1/shop?tlss=true",
    ],
)
def test_a_url_that_does_not_hold_is_configuration(url: str) -> None:
    with pytest.raises(SchemactlError) as error:
        opened(url, connect_timeout_s=1)
    assert (error.value.code, error.value.kind) == (10, "url")
    assert "s3cret-word" not in " ".join(error.value.lines())


def test_the_server_s_own_databases_are_no_targets(mongodb: Mongo) -> None:
    error = refused(on(mongodb, "admin", ""))
    assert isinstance(error, ConfigError)
    assert (error.kind, "`admin`" in error.what) == ("url", True)


def test_whom_no_right_was_given_is_told_so_and_nothing_is_changed(guarded: Server) -> None:
    with client_of(guarded.url) as client:
        client["shop"].command({"createUser": "reader", "pwd": "r3ad-word", "roles": ["read"]})
    engine = opened(on(guarded, "shop", "reader:r3ad-word"))
    assert engine.ledger.read().exists is False
    assert set(engine.catalog.read().unread) == {"user", "role"}
    assert not isinstance(engine.lock, Missing)
    with pytest.raises(StatementError) as error, engine.lock.hold(wait_s=0, emit=lambda _: None):
        pytest.fail("it may not write")
    assert (error.value.kind, bool(error.value.do)) == ("insufficient_privilege", True)
    with client_of(guarded.url) as client:
        assert client["shop"].list_collection_names() == []


def test_a_url_without_a_user_at_a_server_that_wants_one_is_told_as_that(guarded: Server) -> None:
    engine = opened(on(guarded, "shop", ""))
    assert not isinstance(engine.lock, Missing)
    for use in (engine.ledger.read, engine.catalog.read, engine.lock.holder):
        with pytest.raises(ConnectError) as error:
            use()
        assert (error.value.code, error.value.kind) == (11, "authentication")
        assert error.value.do == "give user and password in this target's URL"


def test_it_is_told_as_that_too_where_the_server_says_nothing_at_all_of_itself_before(guarded: Server) -> None:
    with TurnProxy(("127.0.0.1", guarded.port), WholeWire) as proxy:
        # The server here tells anybody its version.
        proxy.arm(Halt(match=r'\A{"buildInfo"', point="sent", answer=refusing(13, "Unauthorized")))
        error = refused(f"mongodb://{proxy.host}:{proxy.port}/shop?directConnection=true")
    assert (error.code, error.kind, error.do) == (11, "authentication", "give user and password in this target's URL")


def test_the_owner_of_a_database_can_migrate_it(guarded: Server) -> None:
    with client_of(guarded.url) as client:
        client["town"].command({"createUser": "owner", "pwd": "0wner-word", "roles": ["dbOwner"]})
    engine: Engine = opened(on(guarded, "town", "owner:0wner-word"))
    applied(
        engine,
        {"create": "a", "validator": {"n": 1}},
        {"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}]},
        {"renameCollection": "a", "to": "b"},
        {"insert": "b", "documents": [{"n": 1}]},
    )
    assert [one.identity for one in engine.catalog.read().objects if one.kind == "index"] == [("b", "n")]


def test_what_the_url_asks_of_reads_and_writes_does_not_reach_into_transactions(
    fresh_mongo_database: MongoDatabase,
) -> None:
    engine = opened(f"{fresh_mongo_database.url}?w=1&journal=false&readConcernLevel=local&retryWrites=false")
    prepare(engine)
    applied(engine, {"insert": "a", "documents": [{"_id": 1}]})
    assert [entry.state for entry in engine.ledger.read().entries] == ["applied"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a certificate for 127.0.0.1 that signs itself, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        not_run("openssl", "MongoDB with TLS", "no openssl is here to make a certificate", "apt-get install openssl")
    return cert


@pytest.fixture(scope="module")
def encrypted(certificate: Path) -> Iterator[Server]:
    key = certificate.with_name("key.pem")
    with own_server(options=("--tls-cert-file", str(certificate), "--tls-key-file", str(key))) as server:
        yield server


def test_tls_is_asked_for_in_the_url(encrypted: Server, certificate: Path) -> None:
    url = f"mongodb://127.0.0.1:{encrypted.port}/shop?tls=true&tlsCAFile={certificate}"
    engine = opened(url)
    applied(engine, {"create": "a"})
    session = Session(Opening(url, "a test's database", "contract/town", Stop()))
    assert (session.encrypted, session.hosts) == (True, ("127.0.0.1",))
    session.close()


def test_a_certificate_that_nobody_vouches_for_is_told_as_that(encrypted: Server) -> None:
    error = refused(f"mongodb://127.0.0.1:{encrypted.port}/shop?tls=true")
    assert isinstance(error, ConnectError)
    assert error.kind == "tls"


def test_names_of_a_migration_s_own_user_stay_out_of_its_errors(fresh_mongo_database: MongoDatabase) -> None:
    engine = opened(fresh_mongo_database.url)
    user = {"createUser": "anna", "pwd": "s3cret-word", "roles": ["no_such_role"]}
    with pytest.raises(SchemactlError) as error:
        run_on(engine, up(engine, "1", user, {"create": "a"}))
    assert "s3cret-word" not in " ".join(error.value.lines())
