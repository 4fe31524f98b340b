"""A password survives in no text that was masked, whatever it is made of."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemactl.project.secrets import Masker, mask, secrets_of

passwords = st.text(min_size=1, max_size=30)
# What people and generators choose: everything that a URL, libpq, JSON or SQL gives a meaning to.
awkward = st.text("ab:/?#[]@!$&'()*+,;=% \\\"`{}|^~<>éé\u20ac\n", min_size=1, max_size=20)
any_password = st.one_of(passwords, awkward)


def encodable(text: str) -> str:
    assume(not any(0xD800 <= ord(char) < 0xE000 for char in text))
    return text


@given(any_password, any_password)
def test_a_masked_url_says_nothing_of_its_password(one: str, other: str) -> None:
    shown = {mask(f"postgresql://app:{password}@db.example:5432/users?sslmode=require") for password in (one, other)}
    assert shown == {"postgresql://app:***@db.example:5432/users?sslmode=require"}


@given(
    any_password,
    st.sampled_from(["password", "sslpassword", "PassWord", "pass%77ord", "tlsCertificateKeyFilePassword"]),
)
def test_a_masked_url_says_nothing_of_a_password_in_its_query(password: str, key: str) -> None:
    url = f"postgresql://db.example/users?{key}={quote(encodable(password), safe='')}&connect_timeout=3"
    assert mask(url) == f"postgresql://db.example/users?{key}=***&connect_timeout=3"


@given(any_password)
def test_a_masked_connection_string_says_nothing_of_its_password(password: str) -> None:
    quoted = password.replace("\\", "\\\\").replace("'", "\\'")
    assert mask(f"host=db password = '{quoted}' dbname=users") == "host=db password = *** dbname=users"


def test_an_unclosed_quote_hides_the_rest() -> None:
    assert mask("host=db password='hunter 2 dbname=users") == "host=db password=***"


@pytest.mark.parametrize("text", ["hunter2", "user:hunter2@host/db", ""])
def test_of_a_text_that_is_no_address_nothing_is_shown(text: str) -> None:
    assert mask(text) == "***"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://db:5432/users", "postgresql://db:5432/users"),
        ("postgresql://app@db/users", "postgresql://app@db/users"),
        ("postgresql://app:@db/users", "postgresql://app:@db/users"),
        ("postgresql://[::1]:5432/users", "postgresql://[::1]:5432/users"),
        ("mongodb://app:pw@a:1,b:2/users?replicaSet=r", "mongodb://app:***@a:1,b:2/users?replicaSet=r"),
        ("neo4j+s://neo4j:a/b?c#d@e@graph", "neo4j+s://neo4j:***@graph"),
        ("postgresql://app:hunter2", "postgresql://***"),
        ("chdb:///var/lib/data", "chdb:///var/lib/data"),
        ("mongodb://db/u?authMechanismProperties=AWS_SESSION_TOKEN:abc", "mongodb://db/u?authMechanismProperties=***"),
        ("postgresql://db/users?passfile=/run/pgpass", "postgresql://db/users?passfile=/run/pgpass"),
    ],
)
def test_a_url_keeps_everything_but_its_password(url: str, shown: str) -> None:
    assert mask(url) == shown


def test_both_spellings_of_a_password_are_known() -> None:
    assert secrets_of("postgresql://app:a%40b@db/users") == {"a%40b", "a@b"}
    assert secrets_of("password='it\\'s' host=db") >= {"it's"}
    assert secrets_of("postgresql://app@db/users") == frozenset()


def hidden(password: str, text: str) -> str:
    # A password of stars alone cannot be told from what hides it, and one that is in the words around proves nothing.
    assume(password.strip("*"))
    return Masker([password]).hide(text)


@given(any_password, st.text(max_size=10), st.text(max_size=10))
def test_a_known_password_survives_in_no_text(password: str, before: str, after: str) -> None:
    assert password not in hidden(password, before + password + after)


@given(any_password, st.text(max_size=3))
def test_a_known_password_that_stands_in_itself_again_is_hidden_whole(password: str, between: str) -> None:
    assert password not in hidden(password, (password + between) * 3 + password)


@given(st.one_of(passwords, awkward))
def test_a_known_password_is_hidden_however_it_is_spelt(password: str) -> None:
    assume(not {"«", "»"} & set(encodable(password)))
    spellings = [
        quote(password, safe=""),
        quote(password),
        quote_plus(password),
        "".join(f"%{byte:02x}" for byte in password.encode()),
        json.dumps(password)[1:-1],
        json.dumps(password, ensure_ascii=False)[1:-1],
        repr(password)[1:-1],
        password.replace("\\", "\\\\").replace("'", "\\'"),
        password.replace("'", "''"),
    ]
    for spelling in spellings:
        assert set(hidden(password, f"«{spelling}»")) == {"«", "*", "»"}


@given(any_password)
def test_the_password_of_a_url_is_hidden_in_a_servers_words(password: str) -> None:
    url = f"postgresql://app:{quote(encodable(password), safe='')}@db/users"
    assume(password.strip("*") and not {"«", "»"} & set(password))
    assert Masker.of(url).hide(f"«{password}»") == "«***»"


def test_a_url_in_a_text_is_masked_though_its_password_is_not_known() -> None:
    said = Masker(()).hide("connection to 'postgresql://app:hunter2@db/users' failed; tried password=hunter2 too")
    assert said == "connection to 'postgresql://app:***@db/users' failed; tried password=*** too"
    assert Masker(()).hide("nothing secret here") == "nothing secret here"


def test_a_long_text_is_masked_in_time_that_grows_with_it() -> None:
    # Read anew from each letter, this text would take minutes.
    text = "x" * 200_000
    assert Masker(["hunter2"]).hide(f"{text}password=abc {text}") == f"{text}password=*** {text}"


def test_a_long_password_of_backslashes_is_hidden_at_once() -> None:
    password = "\\" * 200
    assert Masker([password]).hide("\\" * 199 + "x" + password) == "\\" * 199 + "x***"
