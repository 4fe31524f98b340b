"""No secret of a statement is shown, in any of the languages; what is none stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemactl.script.hidden import hidden

SECRET = "s3cr3t-Pa55"

HOLDING = (
    f"CREATE ROLE app LOGIN PASSWORD '{SECRET}' VALID UNTIL 'infinity'",
    f"ALTER ROLE app ENCRYPTED\n  PASSWORD -- the new one\n  '{SECRET}'",
    f"alter user app with password E'{SECRET}\\''",
    f"CREATE USER MAPPING FOR app SERVER old OPTIONS (user 'bob', password '{SECRET}')",
    f"CREATE SUBSCRIPTION s CONNECTION 'host=db dbname=x password={SECRET} user=u' PUBLICATION p",
    f"CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:{SECRET}@db/x' PUBLICATION p",
    f"SELECT dblink_connect('password={SECRET}')",
    f"ALTER ROLE app PASSWORD $a${SECRET}$a$",
    f"DO $$ BEGIN EXECUTE 'ALTER ROLE app PASSWORD ''{SECRET}'''; END $$",
    f"CREATE USER app IDENTIFIED WITH sha256_password BY '{SECRET}'",
    f"CREATE USER app IDENTIFIED BY '{SECRET}' HOST LOCAL",
    f"CREATE DICTIONARY d (id UInt64) PRIMARY KEY id SOURCE(CLICKHOUSE(HOST 'h' USER 'u' PASSWORD '{SECRET}'))",
    f"CREATE NAMED COLLECTION c AS secret_access_key = '{SECRET}', url = 'x'",
    f"INSERT INTO t SELECT * FROM mysql('h:3306', 'db', 't', 'u', '{SECRET}')",
    f"INSERT INTO t SELECT * FROM postgresql('h:5432', db, t, 'u', '{SECRET}')",
    f"SELECT * FROM remoteSecure('h', db.t, 'u', '{SECRET}')",
    f"CREATE TABLE t (a Int8) ENGINE = S3('https://b/x', 'AKIA', '{SECRET}', 'CSV')",
    f"CREATE TABLE t ENGINE = MySQL('h', 'd', concat('a', ','), 'u', '{SECRET}')",
    f'{{"createUser": "app", "pwd": "{SECRET}", "roles": []}}',
    f'{{ "updateUser" : "app" , "pwd" : "{SECRET}\\"x" }}',
    f"CREATE USER app SET PASSWORD '{SECRET}' CHANGE NOT REQUIRED",
    f'ALTER USER app SET PLAINTEXT PASSWORD "{SECRET}"',
    f"ALTER CURRENT USER SET PASSWORD FROM '{SECRET}' TO '{SECRET}2'",
)

HARMLESS = (
    "CREATE TABLE users (id bigint, password text NOT NULL, note text DEFAULT 'password')",
    "COMMENT ON COLUMN users.password IS 'a hash'",
    "SELECT * FROM s3('https://bucket/x.csv', 'CSV')",
    "INSERT INTO links VALUES ('https://example.org/a:b@c')",
    'CREATE (:Note {text: "the secret of it"})',
    '{"create": "users", "validator": {"$jsonSchema": {"required": ["password"]}}}',
)


@pytest.mark.parametrize("text", HOLDING)
def test_a_secret_is_hidden_and_nothing_else(text: str) -> None:
    shown = hidden(text)
    assert SECRET not in shown
    assert "***" in shown
    assert shown.split("***")[0].rstrip("'\"=: $aE") == text[: len(shown.split("***")[0].rstrip("'\"=: $aE"))]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert hidden(text) == text


@given(st.text(alphabet="aZ09 '\"\\$(),=:/@-\n"))
def test_any_password_between_quotes_is_hidden_and_the_rest_stays(word: str) -> None:
    quoted = "'" + word.replace("\\", "").replace("'", "''") + "'"
    assert hidden(f"CREATE ROLE app PASSWORD {quoted} LOGIN") == "CREATE ROLE app PASSWORD '***' LOGIN"
