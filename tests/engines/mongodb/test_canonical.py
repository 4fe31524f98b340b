"""What means the same is the same, as a mongod words it (MongoDB's manual, "listIndexes", "collMod")."""

from __future__ import annotations

from typing import Any

import pytest

from schemactl.engines.mongodb import canonical
from schemactl.engines.mongodb.observe import holds_change

LISTED: dict[str, Any] = {"v": 2, "textIndexVersion": 3, "default_language": "english", "language_override": "language"}


@pytest.mark.parametrize(
    ("asked", "key", "weights"),
    [
        ({"word": "text"}, {"_fts": "text", "_ftsx": 1}, {"word": 1}),
        ({"n": 1, "word": "text", "m": -1}, {"n": 1, "_fts": "text", "_ftsx": 1, "m": -1}, {"word": 1}),
        ({"word": "text", "name": "text"}, {"_fts": "text", "_ftsx": 1}, {"name": 1, "word": 1}),
        ({"$**": "text"}, {"_fts": "text", "_ftsx": 1}, {"$**": 1}),
    ],
)
def test_a_text_index_s_key_is_the_one_asked_for(asked: Any, key: Any, weights: Any) -> None:
    listed = {**LISTED, "key": key, "weights": weights}
    assert canonical.index_of(listed)["key"] == canonical.index_of({"key": asked})["key"]


@pytest.mark.parametrize(
    "key",
    [{"_fts": "text", "_ftsx": 1, "n": 1}, {"n": -1, "_fts": "text", "_ftsx": 1}, {"_fts": "text", "_ftsx": 1}],
)
def test_a_text_index_with_other_fields_is_another(key: Any) -> None:
    listed = {**LISTED, "key": key, "weights": {"word": 1}}
    assert canonical.index_of(listed)["key"] != canonical.index_of({"key": {"n": 1, "word": "text"}})["key"]


def test_a_collation_that_compares_bytes_is_none() -> None:
    assert canonical.index_of({"key": {"n": 1}, "collation": {"locale": "simple"}}) == canonical.index_of(
        {"key": {"n": 1}}
    )


@pytest.mark.parametrize(
    ("key", "asked", "options", "holds"),
    [
        ("cappedSize", 8192, {"capped": True, "size": 8192, "max": 5}, True),
        ("cappedSize", 8192, {"capped": True, "size": 4096}, False),
        ("cappedMax", 5, {"capped": True, "size": 8192, "max": 5}, True),
        ("cappedMax", 5, {"capped": True, "size": 8192}, False),
        ("timeseries", {"granularity": "hours"}, {"timeseries": {"timeField": "t", "granularity": "hours"}}, True),
        ("timeseries", {"granularity": "hours"}, {"timeseries": {"timeField": "t", "granularity": "minutes"}}, False),
    ],
)
def test_a_change_is_found_under_the_catalogue_s_own_name_for_it(
    key: str, asked: Any, options: dict[str, Any], holds: bool
) -> None:
    assert holds_change(key, asked, options) is holds
