"""CSV files on PostgreSQL: copied as they are where that means the same, row by row where it would not."""

from __future__ import annotations

import pytest

from tests.engines.postgres.seeds import Seeds

HEAD = 'table = "t"\nkey = "k"\ncsv = "rows.csv"\n'


def written(seeds: Seeds, csv: str) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, n int, word text DEFAULT 'none')")
    seeds.write(HEAD)
    seeds.write(csv, "rows.csv")


def test_quotes_newlines_and_nulls_are_what_the_file_says(seeds: Seeds) -> None:
    written(seeds, 'k,n,word\n"a, b",1,"two\nlines"\nc,,""\n"d ""e""",3,\n\u00e9,4,\\N\n')
    assert seeds.apply() == (4, 0, 0)
    assert seeds.sql('SELECT * FROM t ORDER BY n NULLS FIRST, k COLLATE "C"') == [
        ("c", None, ""),
        ("a, b", 1, "two\nlines"),
        ('d "e"', 3, None),
        ("\u00e9", 4, "\\N"),
    ]
    seeds.settled()


def test_a_column_that_is_given_once_is_a_rows_own_from_then_on(seeds: Seeds) -> None:
    written(seeds, "k,n,word\na,1,given\nb,2,given\n")
    seeds.write(HEAD + 'once = ["word"]\n')
    assert seeds.apply() == (2, 0, 0)
    seeds.sql("UPDATE t SET word = 'mine' WHERE k = 'b'")
    seeds.settled()
    seeds.sql("UPDATE t SET n = 3 WHERE k = 'b'")
    assert seeds.apply() == (0, 1, 1)
    assert seeds.sql("SELECT * FROM t ORDER BY k") == [("a", 1, "given"), ("b", 2, "mine")]


@pytest.mark.parametrize("odd", ["\\.", "x\ry", '"x\r"'])
def test_what_a_copy_would_take_for_an_end_is_a_text_all_the_same(seeds: Seeds, odd: str) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY)")
    seeds.write(HEAD)
    seeds.write("", "rows.csv")
    seeds.root.joinpath("seeds/shop/app/rows.csv").write_bytes(f"k\na\n{odd}\nb\n".encode())
    assert seeds.apply() == (3, 0, 0)
    assert seeds.sql("SELECT k FROM t WHERE k NOT IN ('a', 'b')") == [(odd.strip('"'),)]
    seeds.settled()


@pytest.mark.parametrize(("csv", "line"), [("k,n\na,1\nb,x\nc,3\n", 3), ('k,n\n"a\n\n",1\n"b\n",x\nc,3\n', 5)])
def test_a_value_that_its_column_does_not_take_is_told_with_its_line(seeds: Seeds, csv: str, line: int) -> None:
    written(seeds, csv)
    error = seeds.refused()
    assert (str(error.at).rpartition("/")[2], "n: invalid input syntax" in error.what) == (f"rows.csv:{line}", True)
    assert seeds.sql("SELECT count(*) FROM t") == [(0,)]
