"""Hashes of a file, and its bytes as text."""

from __future__ import annotations

import hashlib

import pytest

from schemactl.errors import ConfigError
from schemactl.script import checksum
from schemactl.script.python_file import python_up_hash

BOM = b"\xef\xbb\xbf"


def test_byte_order_mark_and_crlf_do_not_change_checksum_or_text() -> None:
    plain, windows = b"SELECT 1;\nSELECT 2;\n", BOM + b"SELECT 1;\r\nSELECT 2;\r\n"
    assert checksum.checksum(windows) == checksum.checksum(plain) == hashlib.sha256(plain).hexdigest()
    assert checksum.text_of(windows, shown="a.sql") == plain.decode()


@pytest.mark.parametrize("other", [b"-- noteDROP TABLE t;", b"-- note\n\nDROP TABLE t;", b"-- note\rDROP TABLE t;"])
def test_newlines_are_hashed(other: bytes) -> None:
    assert checksum.checksum(b"-- note\nDROP TABLE t;") != checksum.checksum(other)


@pytest.mark.parametrize(("raw", "line"), [(b"SELECT 1;\r\n-- caf\xe9\n", 2), ("x\ny".encode("utf-16"), 1)])
def test_what_is_not_utf8_is_refused_with_its_line(raw: bytes, line: int) -> None:
    with pytest.raises(ConfigError) as refused:
        checksum.text_of(raw, shown="a.sql")
    assert (refused.value.kind, refused.value.at) == ("encoding", f"a.sql:{line}")


PYTHON = 'def up(ctx):\n    ctx.run("""a\n\n# b""")\n    x = (1,\n         2)\n'


@pytest.mark.parametrize(
    "same",
    [
        "# why\n\n" + PYTHON,
        PYTHON.replace("(1,\n", "(1,  # one\n\n        # two\n"),
        PYTHON + "\n\n# end\n",
        PYTHON.removesuffix("\n"),
    ],
)
def test_comments_and_blank_lines_of_python_are_not_in_its_up_hash(same: str) -> None:
    assert python_up_hash(same) == python_up_hash(PYTHON)


@pytest.mark.parametrize(
    "other",
    [
        PYTHON.replace("\n\n# b", "\n# b"),
        PYTHON.replace("# b", "# c"),
        PYTHON.replace("2)", "3)"),
        PYTHON.replace("    x", "x").replace("(ctx)", "(ctx)", 1),
    ],
)
def test_code_and_strings_of_python_are_in_its_up_hash(other: str) -> None:
    assert python_up_hash(other) != python_up_hash(PYTHON)


def test_a_blank_line_that_ends_a_continued_one_is_code() -> None:
    assert python_up_hash("x = 1 + 1 \\\n\n-1\n") != python_up_hash("x = 1 + 1 \\\n-1\n")
