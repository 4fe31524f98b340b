"""Names, slugs, and the word that was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemactl.project.names import SLUG_LENGTH, did_you_mean, is_name, slug_of


@pytest.mark.parametrize("text", ["a", "users_db", "a" * 63, "a1__2_"])
def test_a_name(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", ["", "A", "1a", "_a", "a-b", "a" * 64, "a\n", "\u00e9", "a\u0661"])
def test_not_a_name(text: str) -> None:
    assert not is_name(text)


@pytest.mark.parametrize(
    ("words", "slug"),
    [("Add city", "add_city"), ("  drop  users.email! ", "drop_users_email"), ("a" * 100, "a" * 80), ("v2", "v2")],
)
def test_a_slug_is_made_of_words(words: str, slug: str) -> None:
    assert slug_of(words) == slug


@given(st.text(max_size=120))
def test_a_slug_is_one_that_a_file_name_takes_or_there_is_none(words: str) -> None:
    try:
        slug = slug_of(words)
    except ValueError:
        assert not any(char.isascii() and char.isalnum() for char in words.lower())
    else:
        assert slug.replace("_", "").isalnum()
        assert slug.isascii()
        assert len(slug) <= SLUG_LENGTH
        assert slug[0] != "_"


def test_the_nearest_word_is_offered_else_all_of_them() -> None:
    assert did_you_mean("user_db", ["users_db", "events_db"]) == "did you mean `users_db`?"
    assert did_you_mean("zzz", ["b", "a"]) == "known here: a, b"
    assert did_you_mean("x", []) == ""
