"""Advice that can be followed literally, and addresses whose fault is named."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.cli.program import Program


def test_the_advice_for_one_out_of_order_can_be_followed_as_it_stands(program: Program) -> None:
    program.run("migrate")
    program.write("schemas/other/platform.toml", 'name = "other"\n')
    program.migration("users_db", "0004_city.sql", "CREATE TABLE city ();")
    program.run("-p", "jobs", "migrate")
    program.migration("users_db", "0003_late.sql", "CREATE TABLE late ();")
    advice = program.json("-p", "jobs", "migrate").result["error"]["do"]
    (line,) = re.findall(r"`schemactl (.*?)`", advice)
    assert line == "-p jobs migrate users_db --allow 0003"
    assert program.run(*shlex.split(line)).code == 0
    assert "late" in program.tables("users_db")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("bogus=1", "bogus"),
        ("sslmode=nope", "sslmode"),
        ("sslmode", "sslmode"),
        ("port=abc", "port"),
        ("ssl_min_protocol_version=9", "ssl_min_protocol_version"),
        ("service=nowhere", "service"),
        ("options=-c%20nosuch%3D1", "nosuch"),
    ],
)
def test_a_parameter_of_the_url_that_does_not_hold_is_named(program: Program, query: str, named: str) -> None:
    url = program.databases["users_db"].url
    program.lives_at("users_db", f"{url}{'&' if '?' in url else '?'}{query}")
    said = program.json("plan", "users_db")
    error = said.result["error"]
    assert (said.code, error["kind"]) == (10, "url")
    assert f"`{named}`" in error["do"]
    assert program.password("users_db") not in said.out + said.err


def test_a_server_that_is_not_there_is_no_fault_of_the_url(bare: Program) -> None:
    bare.migration("users_db", "0001_a.sql", "SELECT 1;")
    bare.lives_at("users_db", "postgresql://app@127.0.0.1:1/users?sslmode=prefer")
    error = bare.json("plan", "users_db").result["error"]
    assert error["kind"] == "unreachable"
