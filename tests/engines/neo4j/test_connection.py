"""Where a URL points, and what is told of a connection that does not come about."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from schemactl.contract.opening import Opening, Stop
from schemactl.engines.neo4j.address import parse
from schemactl.errors import ConfigError, ConnectError
from tests.engines.neo4j.conftest import Open
from tests.fixtures.neo4j import Database


def opening(url: str) -> Opening:
    return Opening(url=url, shown="a test's database", target="contract/town", stop=Stop())


@pytest.mark.parametrize(
    ("url", "uri", "database", "encrypted"),
    [
        ("bolt://a:b@host/graph", "bolt://host:7687", "graph", False),
        ("neo4j://host:7000", "neo4j://host:7000", "", False),
        ("neo4j+s://a:b@host/graph", "neo4j+s://host:7687", "graph", True),
        ("bolt+ssc://a:b@[::1]:7000/g%2Fh", "bolt+ssc://[::1]:7000", "g/h", True),
        ("neo4j+s://a:b@host/graph?ca=/etc/ca.pem", "neo4j://host:7687", "graph", True),
    ],
)
def test_the_driver_is_given_the_address_alone(url: str, uri: str, database: str, encrypted: bool) -> None:
    address = parse(opening(url))
    assert (address.uri, address.database, address.encrypted) == (uri, database, encrypted)


def test_user_and_password_are_decoded_and_in_no_text_of_it() -> None:
    address = parse(opening("bolt://an%40na:hu%2Fsh@host/graph"))
    assert (address.user, address.password, "hu/sh" in repr(address)) == ("an@na", "hu/sh", False)


@pytest.mark.parametrize(
    "url",
    [
        "bolt://a:hush@host/system",
        "bolt://a:hush@host/graph?timeout=1",
        "bolt://a:hush@host/graph?ca=/etc/ca.pem",
        "neo4j+ssc://a:hush@host/graph?ca=/etc/ca.pem",
    ],
)
def test_a_url_that_does_not_hold_is_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(opening(url))
    assert (refused.value.kind, bool(refused.value.do)) == ("url", True)
    assert "hush" not in "\n".join(refused.value.lines())


def test_a_wrong_password_is_told_as_that_and_never_shown(neo4j_database: Database, opened: Open) -> None:
    at = urlsplit(neo4j_database.url)
    url = at._replace(netloc=f"{at.username}:hush-hush@{at.hostname}:{at.port}").geturl()
    with pytest.raises(ConnectError) as refused:
        opened(url=url)
    assert refused.value.kind == "authentication"
    assert "hush-hush" not in "\n".join(refused.value.lines())


def test_a_database_that_is_not_there_is_named_as_missing(neo4j_database: Database, opened: Open) -> None:
    with pytest.raises(ConnectError) as refused:
        opened(url=urlsplit(neo4j_database.url)._replace(path="/nothing").geturl())
    assert (refused.value.kind, bool(refused.value.do)) == ("missing_database", True)


def test_without_a_database_the_home_database_is_meant(neo4j_database: Database, opened: Open) -> None:
    neo4j_database.ask("CREATE INDEX city_name FOR (c:City) ON (c.name)")
    engine = opened(url=urlsplit(neo4j_database.url)._replace(path="").geturl())
    assert ("index", ("city_name",)) in [one.key for one in engine.catalog.read().objects]


def test_nobody_listening_is_unreachable(opened: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(ConnectError) as refused:
        opened(url=f"bolt://neo4j:hush@127.0.0.1:{port}/neo4j")
    assert (refused.value.kind, refused.value.now) == ("unreachable", "nothing was changed")


def test_tls_that_the_server_has_not_is_refused_and_not_left_out(neo4j_database: Database, opened: Open) -> None:
    with pytest.raises(ConnectError) as refused:
        opened(url=urlsplit(neo4j_database.url)._replace(scheme="bolt+s").geturl())
    assert (refused.value.code, refused.value.kind) == (11, "unreachable")


def test_a_connection_that_does_not_leave_the_machine_is_not_exposed(opened: Open) -> None:
    assert opened().exposed == ""
