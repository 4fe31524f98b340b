"""What people are shown of a seed's values: nothing that came from a variable, nor what a name tells to be a secret."""

from __future__ import annotations

from typing import Any

import pytest

from schemactl.model.seed import Expanded, Lookup
from schemactl.running.seed_values import keyed, pair

SECRET = Expanded("s3\"c'ret", "${KEY}")


@pytest.mark.parametrize(
    ("name", "now", "wanted", "told"),
    [
        ("size", "1", 2, ("size", "1", "2")),
        ("mail", "old secret", SECRET, ("mail", "***", "${KEY}")),
        ("doc", '{"a": "old secret"}', {"a": [SECRET], "b": 1}, ("doc", "***", '{"a": ["${KEY}"], "b": 1}')),
        ("owner", "old", Lookup("t", {"mail": SECRET}), ("owner", "***", "t with mail = ${KEY}")),
        ("api_key", "old", "new", ("api_key", "***", "***")),
        ("doc", "{}", {"inner": [{"password": "x"}]}, ("doc", "***", "***")),
        ("doc", '{"client_secret": "x"}', {"a": 1}, ("doc", "***", "***")),
        ("doc", "{}", '{"a": {"password": "x"}}', ("doc", "***", "***")),
        ("doc", "{}", {"a": ['{"pwd": 1}']}, ("doc", "***", "***")),
        ("doc", '{"inner": "{\\"passwd\\": 1}"}', "{}", ("doc", "***", "***")),
        ("map", '"a"=>"1", "password"=>"old"', "a=>1", ("map", "***", "***")),
        ("map", "", "password=>new", ("map", "***", "***")),
        ("xml", "<a><secret_word>x</secret_word></a>", "<a/>", ("xml", "***", "***")),
        ("place", "host=a", "host=a;Password = b", ("place", "***", "***")),
        ("place", "host=a", "host=b", ("place", "host=a", "host=b")),
        ("owner", "1", Lookup("t", {"token": "abc", "a": 1}), ("owner", "1", "t with token = ***, a = 1")),
        ("word", "a token of esteem", "a secret place", ("word", "a token of esteem", "a secret place")),
    ],
)
def test_a_difference_shows_no_secret(name: str, now: str, wanted: Any, told: tuple[str, str, str]) -> None:
    assert pair(name, now, wanted) == told


def test_a_key_that_is_a_secret_is_not_shown() -> None:
    assert (keyed("name", "search"), keyed("token", "abc")) == ("name = search", "token = ***")
    assert keyed("_id", '{"token": "abc"}') == "_id = ***"
