"""Our reading of a PostgreSQL URL against libpq's own: what it takes for a password is what we hide."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemactl.errors import ConfigError
from schemactl.project.secrets import Masker, mask, secrets_of
from schemactl.project.url import check_url

conninfo = pytest.importorskip("psycopg.conninfo")
psycopg = pytest.importorskip("psycopg")

MEANINGFUL = (
    ": @ / ? # & = % %40 %2F %00 %e9 [ ] , ' \\ + a b1 é db :5432 users password= sslpassword= host= dbname= user="
)
pieces = st.lists(st.sampled_from([" ", *MEANINGFUL.split(" ")]), max_size=12).map("".join)


def taken(url: str) -> bool:
    try:
        check_url(url, "postgres", target="jobs/x", at="here")
    except ConfigError:
        return False
    return True


def parsed(text: str) -> dict[str, str] | None:
    """What libpq reads; None where it reads nothing, or something that is not UTF-8."""
    try:
        found: dict[str, str] = conninfo.conninfo_to_dict(text)
    except (psycopg.ProgrammingError, UnicodeDecodeError):
        return None
    return found


def known(address: str, secret: str) -> bool:
    return any(secret in found for found in secrets_of(address) | {""})


@given(st.text(st.characters(codec="utf-8"), max_size=20) | pieces)
def test_a_url_that_we_take_has_for_libpq_the_password_that_we_hide(password: str) -> None:
    url = f"postgresql://app:{password}@db:5432/users"
    assume(taken(url))
    read = parsed(url)
    assert read is not None or "%" in password
    if read is not None:
        assert (read["host"], read["dbname"], read["user"]) == ("db", "users", "app")
        assert known(url, read.get("password", ""))
    assert mask(url) == f"postgresql://app:{'***' if password else ''}@db:5432/users"


@given(pieces)
def test_whatever_libpq_takes_for_a_secret_of_a_url_is_known(text: str) -> None:
    url = f"postgresql://{text}"
    read = parsed(url) or {}
    assert known(url, read.get("password", ""))
    assert known(url, read.get("sslpassword", ""))


@given(pieces, st.sampled_from(["host=db password={}", "password = '{}' user=app", "user=app sslpassword={} host=db"]))
def test_whatever_libpq_takes_for_a_secret_of_a_connection_string_is_known(text: str, template: str) -> None:
    string = template.format(text)
    read = parsed(string) or {}
    assert known(string, read.get("password", ""))
    assert known(string, read.get("sslpassword", ""))


@given(pieces, pieces, st.sampled_from(["app:s3cret{}@db/users?{}", "app@db/users?password=s3cret{}&{}"]))
def test_what_libpq_complains_of_in_a_url_that_we_take_holds_no_password_once_masked(
    one: str, other: str, template: str
) -> None:
    url = f"postgresql://{template.format(one, other)}"
    if not taken(url):
        return
    try:
        psycopg.pq.Conninfo.parse(url.encode())
    except psycopg.OperationalError as error:
        assert "s3cret" not in Masker.of(url).hide(str(error))
