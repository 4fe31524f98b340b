"""What the generator makes is the same on every machine: it is held against digests, without a server."""

from __future__ import annotations

import hashlib

import pytest

from tests.monolith.fill import tables_of
from tests.monolith.schema import PLATFORMS

CONTENT = {
    ("ijaa", 1_000, 7): "e0abd9f582604a1ec21bc9fe11472dfb2d95ed7599008e528ac2f58da9a434cb",
    ("jobs", 1_000, 7): "91465b2d702deacb6c08cfd0fa98839a8714f8c866a42a3bc2c570481187afcf",
    ("ijaa", 50_000, 1): "dd08235448f1135d6b170d093d5e6ba83386a8bfdad0c69a95be5ecf354dbc27",
    ("jobs", 50_000, 1): "2652c6a1bb8ac30b2a508d6f897b818405fdb5ffe2905ca08c75e0c0b13a60e6",
}


def digest(platform: str, rows: int, seed: int) -> str:
    made = hashlib.sha256()
    for table in tables_of(platform, rows, seed):
        made.update(f"{table.name} {table.rows} {table.columns()}\n".encode())
        for chunk in table.chunks(f"{platform} {seed}"):
            made.update(chunk)
    return made.hexdigest()


@pytest.mark.parametrize(("platform", "rows", "seed"), CONTENT)
def test_the_same_seed_and_rows_have_this_content(platform: str, rows: int, seed: int) -> None:
    assert digest(platform, rows, seed) == CONTENT[platform, rows, seed]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_another_seed_makes_other_content_in_every_table(platform: str) -> None:
    seven, eight = (
        {t.name: list(t.chunks(f"{platform} {seed}")) for t in tables_of(platform, 1_000, seed)} for seed in (7, 8)
    )
    assert len(seven) == {"ijaa": 19, "jobs": 21}[platform]
    assert [name for name in seven if seven[name] == eight[name]] == []
