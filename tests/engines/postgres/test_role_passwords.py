"""Verifiers, held against those that the server itself makes of the same passwords."""

from __future__ import annotations

import secrets

import psycopg
import pytest
from psycopg import sql

from schemactl.engines.postgres.roles import scram
from tests.fixtures.postgres import Postgres

PASSWORDS = [
    "pencil",
    "with 'quotes' and \\ and ${VAR}",
    "soft\u00adhyphen",
    "\u2168 and \ufb01",  # compatibility forms: IX, fi
    "no-break\u00a0space",
    "é composed, e\u0301 not",
    "\u0627\u0644\u0631",  # right to left
    "\u0627 mixed",  # both directions, which SASLprep refuses
    "\u0378 unassigned",
    "bell\u0007",
    "\U0001f511",
    "x" * 300,
]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_verifier_of_the_server_is_known_by_its_password_alone(postgres18: Postgres, password: str) -> None:
    name = f"schemactl_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres18.url, autocommit=True) as connection:
        role, word = sql.Identifier(name), sql.Literal(password)
        connection.execute(sql.SQL("CREATE ROLE {} PASSWORD {}").format(role, word))
        try:
            row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (name,)).fetchone()
            assert row is not None
            assert scram.matches(row[0], password)
            assert not scram.matches(row[0], f"{password}!")
            made = scram.verifier(connection, password, name)
            assert scram.matches(made, password)
            assert made != row[0]
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(role))


def test_an_md5_hash_is_no_verifier_of_anything() -> None:
    assert not scram.matches("md5a6f1eca9c7f7e0e2a3ad4ca2cf0f2ea7", "pencil")
    assert not scram.matches("", "")
