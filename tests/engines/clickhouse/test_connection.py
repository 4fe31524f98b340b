"""Connections and their failures: what is told, what never is, and that a lost connection stays lost."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.engines import open_engine
from schemactl.engines.clickhouse.connection import Session
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.errors import ConfigError, ConnectError, SchemactlError, StatementError
from schemactl.sandbox import clickhouse as sandbox
from tests.engines.clickhouse.scene import Shop, failure, succeeded
from tests.fixtures.absence import not_run
from tests.fixtures.clickhouse import ClickHouseDatabase, ask


def opening(url: str) -> Opening:
    return Opening(url, "the target's address", "shop/app", Stop(), connect_timeout_s=5)


def refused(url: str) -> SchemactlError:
    with pytest.raises(SchemactlError) as told:
        open_engine("clickhouse", opening(url)).close()
    return told.value


def test_a_wrong_password_is_told_without_the_password(clickhouse_database: ClickHouseDatabase) -> None:
    at = urlsplit(clickhouse_database.url)
    error = refused(at._replace(netloc=f"default:hunter2@{at.hostname}:{at.port}").geturl())
    assert (error.code, error.kind) == (11, "authentication")
    assert "hunter2" not in str(error.as_json())


def test_a_user_that_is_not_there_is_told(clickhouse_database: ClickHouseDatabase) -> None:
    error = refused(clickhouse_database.url.replace("//default:", "//nobody:"))
    assert (error.code, error.kind) == (11, "authentication")


def test_a_database_that_is_not_there_is_told_with_what_to_do(clickhouse_database: ClickHouseDatabase) -> None:
    error = refused(urlsplit(clickhouse_database.url)._replace(path="/nothing").geturl())
    assert (error.code, error.kind) == (11, "missing_database")
    assert error.do and "create the database" in error.do


def test_nobody_who_answers_is_told(clickhouse_database: ClickHouseDatabase) -> None:
    error = refused("clickhouse://default@127.0.0.1:1/default")
    assert (error.code, error.kind, bool(error.do)) == (11, "unreachable", True)


def test_a_parameter_that_the_driver_cannot_read_is_configuration(clickhouse_database: ClickHouseDatabase) -> None:
    error = refused(f"{clickhouse_database.url}?connect_timeout=soon")
    assert (error.code, error.kind) == (10, "url")


def test_a_cluster_that_the_server_does_not_know_is_configuration(clickhouse_database: ClickHouseDatabase) -> None:
    error = refused(f"{clickhouse_database.url}?cluster=nowhere")
    assert isinstance(error, ConfigError)
    assert "`nowhere`" in error.what and error.do and "system.clusters" in error.do


def test_a_connection_that_was_lost_is_not_made_anew(shop: Shop) -> None:
    with shop.proxy() as proxy:
        session = Session(opening(shop.through(proxy)))
        assert session.link.ask("SELECT 1") == [(1,)]
        proxy.cut()
        for _ in range(2):
            with pytest.raises(ServerError) as lost:
                session.link.ask("SELECT 1")
            assert (lost.value.failure.gone, session.link.closed) == (True, True)
        session.close()


def test_an_error_of_the_server_ends_no_session(shop: Shop) -> None:
    session = Session(opening(shop.url))
    for _ in range(2):
        with pytest.raises(ServerError) as told:
            session.link.ask("SELECT nothing")
        assert (told.value.failure.state, told.value.failure.kind) == ("47", "missing_object")
    assert session.link.ask("SELECT 1") == [(1,)]
    session.close()


def test_a_syntax_error_names_its_line_and_needs_no_look(shop: Shop) -> None:
    shop.write("1_wrong.sql", "CREATE TABLE t (\n  id UInt8,\n  word Strin g\n) ENGINE = Log;")
    error = failure(shop.migrate())
    assert isinstance(error, StatementError)
    assert (error.kind, error.state, error.at) == ("syntax_error", "62", "migrations/shop/app/1_wrong.sql:4")
    assert shop.state() == "1 pending"


def test_a_user_who_may_only_read_is_told_before_anything_is_tried(shop: Shop) -> None:
    server = shop.database.server
    assert isinstance(server, sandbox.Server)
    shop.write("1_table.sql", "CREATE TABLE t (id UInt8) ENGINE = Log;")
    url, shop.url = shop.url, urlsplit(server.reader_url)._replace(path=f"/{shop.database.name}").geturl()
    error = failure(shop.migrate())
    assert (error.code, error.kind) == (15, "read_only")
    shop.url = url
    succeeded(shop.migrate())


@dataclass(frozen=True)
class Secure:
    """A server that also speaks TLS, under a certificate of its own for localhost."""

    server: sandbox.Server
    port: int
    certificate: Path

    def url(self, parameters: str = "") -> str:
        at = urlsplit(self.server.url)
        return f"clickhouses://{at.username}:{at.password}@localhost:{self.port}/default{parameters}"


@pytest.fixture(scope="module")
def secure() -> Iterator[Secure]:
    for missing in sandbox.absent(["18.16"]):
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    if shutil.which("openssl") is None:
        not_run("clickhouse", "TLS on ClickHouse 18.16", "no openssl makes a certificate", "install openssl")
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certificate, key = folder / "cert.pem", folder / "key.pem"
        asked = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        made = ["openssl", *asked.split(), "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(made, check=True, capture_output=True)
        key.chmod(0o644)
        port = sandbox.free_ports().tcp
        config = (
            f"<tcp_port_secure>{port}</tcp_port_secure><openSSL><server>"
            f"<certificateFile>{certificate}</certificateFile><privateKeyFile>{key}</privateKeyFile>"
            "<verificationMode>none</verificationMode></server></openSSL>"
            "<remote_servers><far><shard><replica><host>192.0.2.7</host><port>9000</port></replica></shard></far>"
            "</remote_servers>"
        )
        with sandbox.start(version="18.16", config=config) as server:
            yield Secure(server, port, certificate)


def test_tls_checks_the_certificate_unless_it_is_told_not_to(secure: Secure) -> None:
    error = refused(secure.url())
    assert (error.code, error.kind) == (11, "unreachable")
    assert error.do and "certificate" in error.do
    for parameters in (f"?ca_certs={secure.certificate}", "?verify=0"):
        engine = open_engine("clickhouse", opening(secure.url(parameters)))
        assert (engine.exposed, engine.ledger.read().exists) == ("", False)
        engine.close()


def test_tls_on_a_port_that_speaks_none_is_told_as_that(secure: Secure) -> None:
    error = refused(secure.server.url.replace("clickhouse:", "clickhouses:"))
    assert isinstance(error, ConnectError)
    assert error.do and "clickhouses://" in error.do


def test_a_plain_connection_is_exposed_where_it_leaves_the_machine() -> None:
    from schemactl.engines.clickhouse.address import is_encrypted
    from schemactl.running.encryption import exposed

    assert exposed("db.example.org", encrypted=is_encrypted("clickhouse://u@db.example.org/d"))
    assert not exposed("db.example.org", encrypted=is_encrypted("clickhouses://u@db.example.org/d"))
    assert not exposed("db.example.org", encrypted=is_encrypted("clickhouse://u@db.example.org/d?secure=1"))


def test_a_replica_elsewhere_is_exposed_where_the_url_s_own_host_is_here(secure: Secure) -> None:
    for url, said in ((f"{secure.server.url}?cluster=far", "192.0.2.7"), (secure.server.url, "")):
        engine = open_engine("clickhouse", opening(url))
        assert said in engine.exposed and bool(engine.exposed) is bool(said)
        engine.close()
    engine = open_engine("clickhouse", opening(secure.url(f"?cluster=far&ca_certs={secure.certificate}")))
    assert engine.exposed == ""
    engine.close()


def test_a_keeper_that_does_not_answer_is_not_taken_for_none() -> None:
    """Else the lock of a cluster would be missing, and its ledger one server's."""
    for missing in sandbox.absent(["18.16"]):
        not_run("clickhouse", missing.what, missing.why, missing.remedy)
    nobody = sandbox.free_ports().tcp
    config = (
        f"<zookeeper><node index='1'><host>127.0.0.1</host><port>{nobody}</port></node></zookeeper>"
        "<remote_servers><near><shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard></near>"
        "</remote_servers>"
    )
    with sandbox.start(version="18.16", config=config) as server:
        error = refused(f"{server.url}?cluster=near")
        assert (error.code, error.kind) == (14, "no_keeper")
        # Nothing depends on it without a cluster.
        open_engine("clickhouse", opening(server.url)).close()


def test_every_statement_carries_its_runner_s_token(shop: Shop) -> None:
    """By it the next runner finds what this one left at work."""
    session = Session(opening(shop.url))
    rows = session.link.ask(
        "SELECT query_id FROM system.processes WHERE query LIKE '%of its own%'", query_id=session.query_id()
    )
    assert [row[0].startswith(f"schemactl-{session.token}-") for row in rows] == [True]
    session.close()
    assert ask(shop.url, "SELECT count() FROM system.processes WHERE query_id LIKE 'schemactl-%'") == [(0,)]
