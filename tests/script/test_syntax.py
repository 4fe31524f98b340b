"""What the languages' character classes hold."""

from __future__ import annotations

import re
import string

import pytest

from schemactl.script.syntax import POSTGRES

EVERY = [*map(chr, range(0x500)), "\u2003", "\ufeff", "\U0001f980", "\U0010ffff"]


@pytest.mark.parametrize(
    ("written", "ascii_members"),
    [
        (POSTGRES.name_start, string.ascii_letters + "_"),
        (POSTGRES.name_part, string.ascii_letters + string.digits + "_$"),
        (POSTGRES.tag_part, string.ascii_letters + string.digits + "_"),
    ],
)
def test_a_postgres_name_takes_every_character_above_127(written: str, ascii_members: str) -> None:
    found = {one for one in EVERY if re.fullmatch(written, one)}
    assert found == {one for one in EVERY if one in ascii_members or ord(one) > 127}
