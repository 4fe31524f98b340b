"""Whether a connection can be read on its way."""

from __future__ import annotations

import pytest

from schemactl.running.encryption import exposed


@pytest.mark.parametrize(
    "host",
    ["", "localhost", "db.localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1", "/tmp/socket"],
)
def test_what_stays_on_this_machine_is_not_exposed(host: str) -> None:
    assert exposed(host, encrypted=False) == ""


@pytest.mark.parametrize("host", ["db.example", "10.0.0.1", "192.0.2.7", "2001:db8::1", "localhost.example", "0.0.0.0"])
def test_what_leaves_it_without_encryption_is_told_with_its_host(host: str) -> None:
    assert host in exposed(host, encrypted=False)
    assert exposed(host, encrypted=True) == ""
