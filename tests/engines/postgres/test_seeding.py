"""Declarative seeds on PostgreSQL: types, keys, lookups and awkward values, written once and found the same again."""

from __future__ import annotations

import random

import pytest

from tests.engines.postgres.seeds import PLACE, Seeds

TYPES = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0);
CREATE TABLE t (k text PRIMARY KEY, i smallint, b bool, n numeric(6,2), f float8, c char(4), v varchar(5), d date,
  ts timestamptz, u uuid, y bytea, j json, jb jsonb, x xml, pt point, bx box, m mood, p pair, r int4range, ta text[],
  ia int[], ja jsonb[], iv interval, net inet, pos positive, tm time, q json)
"""
VALUES = """
table = "t"
key = "k"
[[rows]]
k = "all"
i = 7
b = true
n = { "$numberDecimal" = "12.50" }
f = 1e300
c = "ab"
v = "abc"
d = 2024-02-29
ts = 2024-02-29T12:00:00+02:00
u = { "$uuid" = "0d8e0f7c-7a55-4f0e-8f0c-111111111111" }
y = { "$binary" = { base64 = "AP8=", subType = "00" } }
j = { b = 1, a = [1, { c = "ü" }] }
jb = [1, 2.5, "three", false]
x = "<a b=\\"c\\"/>"
pt = "(1,2)"
bx = "(3,4),(1,2)"
m = "glad"
p = "(1,\\"a b\\")"
r = "[1,5)"
ta = ["plain", "with \\"quote\\" and \\\\", "", "NULL", "a,b", "{}"]
ia = [[1, 2], [3, 4]]
ja = [{ a = 1 }, "\\"text\\""]
iv = "1 day 02:00"
net = "10.0.0.0/8"
pos = 3
tm = 12:30:00
q = { "$null" = true }
"""


def test_values_of_every_kind_are_written_as_they_are_meant_and_found_again(seeds: Seeds) -> None:
    if seeds.sql("SELECT current_setting('server_version_num')::int >= 180000") == [(True,)]:
        types, values = TYPES.replace("x xml, ", ""), VALUES.replace('x = "<a b=\\"c\\"/>"\n', "")
    else:
        types, values = TYPES, VALUES
    seeds.sql(types)
    seeds.write(values)
    assert seeds.apply() == (1, 0, 0)
    seeds.settled()
    (found,) = seeds.sql(
        "SELECT i, b, n::text, f, v, d::text, ts = '2024-02-29 10:00Z', y, j->'a'->1->>'c', jb->>2, ta, ia,"
        " ja[1]->>'a', (p).b, pos, tm::text, q FROM t"
    )
    assert found == (
        *(7, True, "12.50", 1e300, "abc", "2024-02-29", True, b"\x00\xff", "ü", "three"),
        *(["plain", 'with "quote" and \\', "", "NULL", "a,b", "{}"], [[1, 2], [3, 4]], "1", "a b", 3, "12:30:00", None),
    )


def test_types_without_equality_are_compared_by_what_they_say(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, j json, ja json[], pt point, bx box, ci text)")
    seeds.write(
        'table = "t"\nkey = "k"\n[[rows]]\nk = 1\nj = { a = 1, b = 2 }\nja = [{ a = 1 }]\npt = "(1,2)"\n'
        'bx = "(2,2),(0,0)"\nci = "Ab"\n'
    )
    seeds.apply()
    # The same value in another spelling; a box of the same area elsewhere is another one, though `=` says not so.
    seeds.sql('UPDATE t SET j = \'{ "b": 2, "a": 1 }\'')
    seeds.settled()
    for change in ("bx = '(4,1),(0,0)'", "pt = '(1,3)'", "j = '{\"a\": 2}'", "ja = '{}'", "ci = 'aB'"):
        seeds.sql(f"UPDATE t SET {change}")
        planned = seeds.planned()
        assert planned.compared is not None
        assert [field for field, _, _ in planned.compared.differences[0].fields] == [change.split(" ")[0]]
        assert seeds.apply() == (0, 1, 0)
        seeds.settled()


def test_letters_differ_though_the_collation_takes_them_for_the_same(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, word char(6), plain text)")
    seeds.write('table = "t"\nkey = "k"\n[[rows]]\nk = 1\nword = "ab"\nplain = "ab "\n')
    seeds.apply()
    seeds.settled()
    seeds.sql("UPDATE t SET plain = 'ab'")
    assert seeds.apply() == (0, 1, 0)


def test_a_partial_key_of_an_expression_leaves_alone_what_it_does_not_speak_of(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, name text, size int, gone timestamptz)")
    seeds.sql("CREATE UNIQUE INDEX ON t (lower(name)) WHERE gone IS NULL")
    seeds.sql("INSERT INTO t (name, size, gone) VALUES ('OSLO', 1, now()), ('OSLO', 2, now()), ('Oslo', 3, NULL)")
    seeds.write(
        'table = "t"\nkey = ["lower(name)"]\nwhere = "gone IS NULL"\n[[rows]]\nname = "oslo"\nsize = 4\n'
        '[[rows]]\nname = "bern"\n'
    )
    planned = seeds.planned()
    assert planned.compared is not None
    assert planned.compared.differences[0].key == "lower(name) = oslo"
    assert seeds.apply() == (1, 1, 0)
    seeds.settled()
    assert seeds.sql("SELECT name, size FROM t ORDER BY id") == [("OSLO", 1), ("OSLO", 2), ("oslo", 4), ("bern", None)]


def test_a_row_that_does_not_meet_the_condition_of_its_seed_is_refused(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (name text, gone timestamptz)")
    seeds.write(
        'table = "t"\nkey = "name"\nwhere = "gone IS NULL"\n[[rows]]\nname = "a"\n'
        '[[rows]]\nname = "b"\ngone = 2024-01-01\n'
    )
    error = seeds.refused()
    assert (error.at, error.code, "does not meet `gone IS NULL`" in error.what) == (f"{PLACE}:6", 14, True)
    assert seeds.sql("SELECT * FROM t") == []


def test_null_in_a_key_is_a_value_like_any_other(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (tenant int, name text, size int, UNIQUE NULLS NOT DISTINCT (tenant, name))")
    seeds.write(
        'table = "t"\nkey = ["tenant", "name"]\n[[rows]]\ntenant = { "$null" = true }\nname = "a"\nsize = 1\n'
        '[[rows]]\ntenant = 1\nname = "a"\nsize = 2\n'
    )
    assert seeds.apply() == (2, 0, 0)
    seeds.settled()
    seeds.sql("UPDATE t SET size = 9")
    assert seeds.apply() == (0, 2, 0)
    assert seeds.sql("SELECT * FROM t ORDER BY size") == [(None, "a", 1), (1, "a", 2)]


def test_rows_that_name_other_columns_leave_theirs_to_defaults_and_to_what_is_there(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, a int DEFAULT 7, b int DEFAULT 8, made text DEFAULT current_user)")
    seeds.sql("INSERT INTO t VALUES ('there', 1, 2, 'me')")
    seeds.write(
        'table = "t"\nkey = "k"\n[[rows]]\nk = "there"\na = 5\n[[rows]]\nk = "there2"\nb = 6\n[[rows]]\nk = "bare"\n'
        '[[rows]]\nb = 3\nk = "turned"\na = 4\n'
    )
    assert seeds.apply() == (3, 1, 0)
    seeds.settled()
    assert seeds.sql("SELECT k, a, b FROM t ORDER BY k") == [
        ("bare", 7, 8),
        ("there", 5, 2),
        ("there2", 7, 6),
        ("turned", 4, 3),
    ]
    assert seeds.sql("SELECT made FROM t WHERE k = 'there'") == [("me",)]


@pytest.mark.parametrize("identity", ["GENERATED ALWAYS AS IDENTITY", "GENERATED BY DEFAULT AS IDENTITY", "serial"])
def test_numbers_that_a_seed_gives_itself_are_not_given_again(seeds: Seeds, identity: str) -> None:
    column = "id serial" if identity == "serial" else f"id int {identity}"
    seeds.sql(f"CREATE TABLE t ({column} PRIMARY KEY, name text)")
    seeds.write('table = "t"\nkey = "id"\n[[rows]]\nid = 1\nname = "a"\n[[rows]]\nid = 41\nname = "b"\n')
    assert seeds.apply() == (2, 0, 0)
    seeds.sql("UPDATE t SET name = 'changed'")
    assert seeds.apply() == (0, 2, 0)
    assert seeds.sql("INSERT INTO t (name) VALUES ('next') RETURNING id") == [(42,)]


def test_a_number_that_a_seed_changes_is_not_given_again(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text)")
    seeds.sql("INSERT INTO t (name) VALUES ('a')")
    seeds.write('table = "t"\nkey = "name"\n[[rows]]\nname = "a"\nid = 2\n')
    assert seeds.apply() == (0, 1, 0)
    assert seeds.sql("INSERT INTO t (name) VALUES ('next') RETURNING id") == [(3,)]


def test_an_identity_that_cannot_be_changed_is_told(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, name text)")
    seeds.sql("INSERT INTO t (name) VALUES ('a')")
    seeds.write('table = "t"\nkey = "name"\n[[rows]]\nid = 5\nname = "a"\n')
    error = seeds.refused()
    assert (error.at, "GENERATED ALWAYS AS IDENTITY" in error.what) == (f"{PLACE}:3", True)


def test_a_lookup_in_another_table_finds_its_primary_key_and_is_shown_by_what_it_asks(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE owner (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mail text, team int)")
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, owner uuid REFERENCES owner)")
    seeds.sql("INSERT INTO owner (mail, team) VALUES ('a@b', 1), ('a@b', 2), ('c@d', 1)")
    seeds.write(
        'table = "t"\nkey = "k"\n[[rows]]\nk = 1\nowner = { lookup = "owner", by = { mail = "a@b", team = 2 } }\n'
        '[[rows]]\nk = 2\nowner = { lookup = "public.owner", by = { mail = "c@d" }, get = "id" }\n[[rows]]\nk = 3\n'
    )
    assert seeds.apply() == (3, 0, 0)
    seeds.settled()
    found = seeds.sql("SELECT k, mail, team FROM t LEFT JOIN owner ON owner.id = t.owner ORDER BY k")
    assert found == [(1, "a@b", 2), (2, "c@d", 1), (3, None, None)]
    seeds.sql("UPDATE t SET owner = NULL")
    planned = seeds.planned()
    assert planned.compared is not None
    assert planned.compared.differences[0].fields == (("owner", "NULL", "owner with mail = a@b, team = 2"),)


def test_a_number_that_the_server_gives_is_looked_up_once_its_row_is_there(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, parent int REFERENCES t)")
    seeds.write(
        'table = "t"\nkey = "name"\n[[rows]]\nname = "c"\nparent = { lookup = "t", by = { name = "b" } }\n'
        '[[rows]]\nname = "b"\nparent = { lookup = "public.t", by = { name = "a" }, get = "id" }\n'
        '[[rows]]\nname = "a"\n'
    )
    planned = seeds.planned()
    assert planned.compared is not None and planned.compared.added == 3
    assert seeds.apply() == (3, 0, 0)
    seeds.settled()
    found = seeds.sql("SELECT t.name, p.name FROM t LEFT JOIN t p ON p.id = t.parent ORDER BY 1")
    assert found == [("a", None), ("b", "a"), ("c", "b")]


def test_a_row_may_leave_out_a_column_of_a_type_that_takes_no_null(seeds: Seeds) -> None:
    seeds.sql("CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0)")
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, n positive DEFAULT 7, o positive DEFAULT 8)")
    seeds.write(
        'table = "t"\nkey = "k"\n[[rows]]\nk = "a"\nn = 1\n[[rows]]\nk = "b"\n[[rows]]\nk = "c"\no = 2\n'
        'n = { lookup = "t", by = { k = "b" }, get = "n" }\n'
    )
    assert seeds.apply() == (3, 0, 0)
    seeds.settled()
    assert seeds.sql("SELECT * FROM t ORDER BY k") == [("a", 1, 8), ("b", 7, 8), ("c", 7, 2)]
    seeds.write('table = "t"\nkey = "k"\n[[rows]]\nk = "a"\n[[rows]]\nk = "c"\nn = 0\n')
    error = seeds.refused()
    assert (error.at, error.kind) == (f"{PLACE}:5", "wrong_value")


def test_deferrable_constraints_hold_for_the_seed_as_a_whole(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, place int UNIQUE DEFERRABLE, next text REFERENCES t DEFERRABLE)")
    seeds.sql("INSERT INTO t VALUES ('a', 1), ('b', 2)")
    seeds.write(
        'table = "t"\nkey = "k"\n[[rows]]\nk = "a"\nplace = 2\nnext = "c"\n[[rows]]\nk = "b"\nplace = 1\n'
        '[[rows]]\nk = "c"\n'
    )
    assert seeds.apply() == (1, 2, 0)
    assert seeds.sql("SELECT k, place FROM t ORDER BY k") == [("a", 2), ("b", 1), ("c", None)]


@pytest.mark.parametrize("backwards", [False, True])
def test_what_one_row_gives_up_another_takes_in_whatever_order_they_stand(seeds: Seeds, backwards: bool) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, place int UNIQUE, main boolean)")
    seeds.sql("CREATE UNIQUE INDEX ON t (main) WHERE main")
    seeds.sql("INSERT INTO t VALUES ('a', 1, true), ('b', 2, false), ('c', 3, false), ('d', 4, false)")
    rows = [
        '[[rows]]\nk = "a"\nplace = 2\nmain = false\n',
        '[[rows]]\nk = "b"\nplace = 3\nmain = false\n',
        '[[rows]]\nk = "new"\nplace = 4\nmain = false\n',
        '[[rows]]\nk = "d"\nplace = 5\nmain = true\n',
        '[[rows]]\nk = "c"\nplace = 6\n',
    ]
    seeds.write('table = "t"\nkey = "k"\n' + "".join(reversed(rows) if backwards else rows))
    assert seeds.apply() == (1, 4, 0)
    seeds.settled()
    assert seeds.sql("SELECT k, place FROM t WHERE main OR place = 4 ORDER BY k") == [("d", 5), ("new", 4)]


@pytest.mark.parametrize(
    ("unique", "many"),
    [
        ("place int UNIQUE", 150),
        # Those are found by trying.
        ("place int, gone boolean, EXCLUDE USING btree (place WITH =) WHERE (gone IS NOT TRUE)", 25),
        ("place int CHECK (place > 0), name text GENERATED ALWAYS AS ('n' || place) STORED UNIQUE", 25),
    ],
)
def test_many_rows_pass_a_unique_value_on(seeds: Seeds, unique: str, many: int) -> None:
    seeds.sql(f"CREATE TABLE t (k text PRIMARY KEY, {unique})")
    seeds.sql(f"INSERT INTO t (k, place) SELECT 'k' || g, g FROM generate_series(1, {many}) AS g")
    rows = "".join(f'[[rows]]\nk = "k{number}"\nplace = {number + 1}\n' for number in range(many + 1))
    seeds.write(f'table = "t"\nkey = "k"\n{rows}')
    assert seeds.apply() == (1, many, 0)
    seeds.settled()


def test_rows_that_move_find_an_order_by_an_expression_of_part_of_them(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, name text, gone boolean NOT NULL DEFAULT false, note text)")
    seeds.sql("CREATE UNIQUE INDEX ON t (lower(name)) WHERE NOT gone")
    keys = [*range(120)]
    random.Random(1).shuffle(keys)
    seeds.sql(f"INSERT INTO t SELECT k, 'N' || place FROM unnest(ARRAY{keys}) WITH ORDINALITY AS o (k, place)")
    rows = [
        f'[[rows]]\nk = {k}\nname = "n{place + 1}"\n{"" if k % 3 else note}'
        for k, place, note in sorted(zip(keys, range(1, 121), ['note = "x"\n'] * 120, strict=True))
    ]
    seeds.write('table = "t"\nkey = "k"\n' + "".join(rows))
    assert seeds.apply() == (0, 120, 0)
    seeds.settled()


def test_rows_that_look_something_up_elsewhere_give_up_what_others_take(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE team (id int PRIMARY KEY, name text)")
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, place int UNIQUE, team int REFERENCES team)")
    seeds.sql("INSERT INTO team VALUES (7, 'x')")
    seeds.sql("INSERT INTO t VALUES ('a', 1, 7), ('b', 2, 7)")
    team = 'team = { lookup = "team", by = { name = "x" } }\n'
    seeds.write(
        f'table = "t"\nkey = "k"\n[[rows]]\nk = "new"\nplace = 1\n[[rows]]\nk = "a"\nplace = 2\n{team}'
        f'[[rows]]\nk = "b"\nplace = 3\n{team}'
    )
    assert seeds.apply() == (1, 2, 0)
    assert seeds.sql("SELECT k, place, team FROM t ORDER BY place") == [("new", 1, None), ("a", 2, 7), ("b", 3, 7)]


def test_what_a_new_row_has_by_default_may_be_what_another_gives_up(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, place int UNIQUE, main boolean DEFAULT true)")
    seeds.sql("CREATE UNIQUE INDEX ON t (main) WHERE main")
    seeds.sql("INSERT INTO t VALUES ('a', 1, true), ('b', 2, false)")
    seeds.write(
        'table = "t"\nkey = "k"\n[[rows]]\nk = "new"\n[[rows]]\nk = "a"\nplace = 2\nmain = false\n'
        '[[rows]]\nk = "b"\nplace = 3\nmain = false\n'
    )
    assert seeds.apply() == (1, 2, 0)
    assert seeds.sql("SELECT k, place, main FROM t ORDER BY k") == [
        ("a", 2, False),
        ("b", 3, False),
        ("new", None, True),
    ]


def test_a_row_at_the_end_of_a_chain_that_nobody_makes_room_for_is_the_one_that_is_told(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, place int UNIQUE)")
    seeds.sql("INSERT INTO t SELECT g, g FROM generate_series(1, 40) AS g")
    rows = "".join(f"[[rows]]\nk = {number}\nplace = {number + 1}\n" for number in range(1, 40))
    seeds.write(f'table = "t"\nkey = "k"\n{rows}')
    error = seeds.refused()
    assert (error.at, "(40) already exists" in error.what) == (f"{PLACE}:{3 * 39}", True)
    assert seeds.sql("SELECT count(*) FROM t WHERE k = place") == [(40,)]


def test_two_rows_that_want_what_the_other_has_are_refused_where_nothing_is_deferred(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, place int UNIQUE)")
    seeds.sql("INSERT INTO t VALUES ('a', 1), ('b', 2)")
    seeds.write('table = "t"\nkey = "k"\n[[rows]]\nk = "a"\nplace = 2\n[[rows]]\nk = "b"\nplace = 1\n')
    error = seeds.refused()
    assert (error.at, error.kind) == (f"{PLACE}:3", "unique_violation")
    assert seeds.sql("SELECT place FROM t ORDER BY k") == [(1,), (2,)]


def test_names_with_capitals_blanks_quotes_and_dots_are_taken_as_they_are(seeds: Seeds) -> None:
    seeds.sql('CREATE SCHEMA "My.Schema"')
    seeds.sql('CREATE TABLE "My.Schema"."A ""b"" %s" ("K-1" int, "row" text, "a.b" text, "%(x)s" text)')
    seeds.write(
        'table = \'"My.Schema"."A ""b"" %s"\'\nkey = ["K-1"]\n'
        '[[rows]]\n"K-1" = 1\nrow = "x\\ty\\nz\\\\N"\n"a.b" = "\\\\N"\n"%(x)s" = "100%"\n'
    )
    assert seeds.apply() == (1, 0, 0)
    seeds.settled()
    assert seeds.sql('SELECT * FROM "My.Schema"."A ""b"" %s"') == [(1, "x\ty\nz\\N", "\\N", "100%")]


def test_partitions_and_children_are_found_by_their_parent(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int, n int) PARTITION BY RANGE (k)")
    seeds.sql("CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10)")
    seeds.sql("CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20)")
    seeds.write('table = "t"\nkey = "k"\n' + "".join(f"[[rows]]\nk = {k}\nn = 1\n" for k in range(20)))
    assert seeds.apply() == (20, 0, 0)
    seeds.sql("UPDATE t SET n = 2 WHERE k IN (0, 10)")
    assert seeds.apply() == (0, 2, 18)
    assert seeds.sql("SELECT sum(n) FROM t") == [(20,)]


def test_only_rows_that_differ_are_written(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, n int)")
    seeds.write('table = "t"\nkey = "k"\n' + "".join(f"[[rows]]\nk = {k}\nn = 1\n" for k in range(9)))
    seeds.apply()
    before = seeds.sql("SELECT k, xmin FROM t WHERE k <> 4 ORDER BY k")
    seeds.sql("UPDATE t SET n = 2 WHERE k = 4")
    assert seeds.apply() == (0, 1, 8)
    assert seeds.sql("SELECT k, xmin FROM t WHERE k <> 4 ORDER BY k") == before
