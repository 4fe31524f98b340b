"""No secret of a statement is shown, in any of the languages; what is none stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemactl.script.hidden import STARS, hidden, hidden_in

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
    f"ALTER ROLE app PASSWORD'{SECRET}'",
    f"CREATE SUBSCRIPTION s CONNECTION 'host=db password=''my {SECRET}'' user=u' PUBLICATION p",
    f"CREATE TABLE t (a Int8) ENGINE = Kafka SETTINGS kafka_sasl_password='it''s {SECRET}'",
    f"CREATE SUBSCRIPTION s CONNECTION 'host=db user=u password=Tr0)b){SECRET}' PUBLICATION p",
    f'{{"update": "c", "updates": [{{"q": {{}}, "u": {{"$set": {{"smtp.password": "{SECRET}"}}}}}}]}}',
    f'{{"insert": "c", "documents": [{{"db-password": "{SECRET}"}}]}}',
    "SELECT * FROM mysql('a:1', 'd', 't', 'u', 'x') -- it's so\n"
    f"UNION ALL SELECT * FROM mysql('b:1', 'd', 't', 'u', '{SECRET}')",
    f"INSERT INTO t VALUES (crypt('x', '{'it is long, ' * 500}'), crypt('{SECRET}', 'salt'))",
    f"CREATE NAMED COLLECTION c AS `my_password` = '{SECRET}'",
    f"ALTER ROLE app PASSWORD U&'{SECRET}'",
    f"CREATE SUBSCRIPTION s CONNECTION 'host = db password = {SECRET} user = u' PUBLICATION p",
    f"CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:p@{SECRET}@db/x' PUBLICATION p",
    f"CREATE SERVER s FOREIGN DATA WRAPPER f OPTIONS (sslpassword '{SECRET}')",
    f"CREATE USER u IDENTIFIED WITH sha256_password BY 'other', plaintext_password BY '{SECRET}'",
    f"CREATE TABLE t (a Int8) ENGINE = Kafka SETTINGS kafka_broker_list = 'h', kafka_sasl_password = '{SECRET}'",
    f"CREATE DATABASE d ENGINE = PostgreSQL('h:5432', 'db', 'u', '{SECRET}')",
    f"CREATE DATABASE d ENGINE = MaterializedPostgreSQL('h:5432', 'db', 'u', '{SECRET}') SETTINGS x = 1",
    f"SELECT * FROM remote('h', 'db', 't', 'u', '{SECRET}', 'rand()')",
    f"SELECT * FROM remote('h', mysql('h:3306', 'db', 't', 'u', '{SECRET}'))",
    f"CREATE TABLE t (k String) ENGINE = Redis('h:6379', 0, '{SECRET}') PRIMARY KEY k",
    f"SELECT * FROM azureBlobStorage('https://h/x', 'c', 'p', 'account', '{SECRET}')",
    f"SELECT * FROM azureBlobStorage('DefaultEndpointsProtocol=https;AccountKey={SECRET};X=y', 'c', 'p')",
    f"UPDATE users SET hash = crypt('{SECRET}', gen_salt('bf'))",
    f"CREATE ROLE app LOGIN PASSWORD '{SECRET}, and here it was cut",
    f'{{"createUser": "app", "pwd": "{SECRET}',
    f"SELECT * FROM mysql('h:3306', 'db', 't', 'u', '{SECRET}",
)

HARMLESS = (
    "CREATE TABLE users (id bigint, password text NOT NULL, note text DEFAULT 'password')",
    "COMMENT ON COLUMN users.password IS 'a hash'",
    "SELECT * FROM s3('https://bucket/x.csv', 'CSV')",
    "SELECT * FROM t WHERE name IN ('password', 'email')",
    '{"find": "users", "projection": {"password": 0, "pwd": 0}, "filter": {"a": "b"}}',
    "SELECT remote('a')",
    "UPDATE users SET password = upper(password) WHERE id = 1",
    "SELECT 1 FROM users ORDER BY 'x'",
    "INSERT INTO links VALUES ('http://example.com:80/1,http://example.com:80/2')",
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"ALTER ROLE a PASSWORD '{SECRET}' '{SECRET}2'", f"syntax error at or near \"'{SECRET}2'\""),
        (f"ALTER ROLE a PASSWORD '{SECRET}''s'", f"the password {SECRET}'s is too simple"),
        (f"ALTER ROLE a PASSWORD E'{SECRET}\\\\'", f"{SECRET}\\ is too simple"),
        (f"ALTER ROLE a PASSWORD $x${SECRET}$x$", f"{SECRET} is too simple"),
        (f'{{"createUser": "a", "pwd": "{SECRET}"}}', f"pwd {SECRET} is too simple"),
    ],
)
def test_a_servers_words_hold_none_of_the_statements_secrets(text: str, message: str) -> None:
    said = hidden_in(message, text)
    assert SECRET not in said
    assert STARS in said


# Each of them took minutes where a search went back over what it had read; here a hang is what fails.
@pytest.mark.parametrize(
    "piece",
    [
        "http://example.com:80/1,",
        "http://example.com:80,",
        "s3(",
        "x, remote('a',",
        "'http://h:1/'), (",
        "password ",
        "password $a$ ",
        "identified with ",
        "password /* ",
        "pwd=x",
        "'",
    ],
)
def test_a_long_text_is_read_once(piece: str) -> None:
    text = f"identified host= password://s3( {piece * (400_000 // len(piece))}"
    assert len(hidden(text)) > 0


@given(st.text(alphabet="aZ09 '\"\\$(),=:/@-\n"))
def test_any_password_between_quotes_is_hidden_and_the_rest_stays(word: str) -> None:
    quoted = "'" + word.replace("\\", "").replace("'", "''") + "'"
    assert hidden(f"CREATE ROLE app PASSWORD {quoted} LOGIN") == "CREATE ROLE app PASSWORD '***' LOGIN"
