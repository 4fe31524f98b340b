"""PostgreSQL text: a `;` ends a statement where the grammar says so, and nowhere else."""

from __future__ import annotations

import pickle

import pytest

from schemactl.errors import ConfigError
from schemactl.script import split
from schemactl.script.syntax import POSTGRES


def texts(script: str) -> list[str]:
    return [statement.text for statement in split.statements(script, POSTGRES, shown="m.sql")]


WHOLE = {
    "semicolon in a string": "SELECT 'a;b'",
    "doubled quote": "SELECT 'it''s; here'",
    "backslash is itself in a plain string": r"SELECT 'c:\', 'a;b'",
    "backslash escapes in E''": r"SELECT E'\';', E'a\\'",
    "E'' continued on the next line keeps its escapes": "SELECT E'a'\n  'b\\';c'",
    "E'' continued below a comment": "SELECT E'a' -- ; it's\n 'b\\';c'",
    "a name ending in e is no prefix": r"SELECT typename'\' , ';'",
    "U&'' has no backslash before its quote": r"SELECT U&'\0041;\', U&'!0041;' UESCAPE '!'",
    'U&"" name': "SELECT 1 AS U&\"d!0061t;a\" UESCAPE '!'",
    "B'', X'', N''": "SELECT B'01', X'1F', N'a;b'",
    "adjacent strings": "SELECT 'a;'\n'b;'",
    "quoted name": 'SELECT 1 AS "a;""b;"',
    "dollar quote": "DO $$ BEGIN PERFORM 1; END $$",
    "nested dollar quotes": "DO $a$ BEGIN EXECUTE $b$ SELECT 1; $b$; END $a$",
    "another tag left open inside": "DO $a$ $b$ ; $a$",
    "a tag's prefix inside": "SELECT $ab$ $a$ ; $a$ $ab$",
    "an empty tag inside": "SELECT $a$ $$ ; $a$",
    "a tag of letters beyond ASCII": "SELECT $é$ ; $é$",
    "line comment": "SELECT 1 -- a;b ' \" $$\n, 2",
    "a line comment ends at a carriage return": "SELECT 1 -- a;\r, 2",
    "block comment": "SELECT 1 /* ; ' \" $$ */ , 2",
    "nested block comments": "SELECT 1 /* a /* ; */ ; */ , 2",
    "a comment within an operator": "SELECT 1 +/* ; */ 2",
    "a comment after an operator": "SELECT 1 +-- ;\n 2",
    "rule with several statements": "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; INSERT INTO b VALUES (1))",
    "procedure in plpgsql": "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END; $$",
    "function body as a string": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2;'",
    "BEGIN ATOMIC": "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
    "BEGIN ATOMIC, or replace, lower case": "create or replace procedure p() begin atomic delete from t; end",
    "BEGIN ATOMIC with comments between": "CREATE PROCEDURE p() BEGIN /* ; */ -- x\n ATOMIC SELECT 1; /* ; */ END",
    "an empty body": "CREATE PROCEDURE p() BEGIN ATOMIC END",
    "empty statements in a body": "CREATE PROCEDURE p() BEGIN ATOMIC ;; SELECT 1;; END",
    "CASE in a body": "CREATE PROCEDURE p(a int) BEGIN ATOMIC SELECT CASE WHEN a = 1 THEN 2 END; SELECT 3; END",
    "nested CASE in a body": "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN CASE 1 WHEN 1 THEN true END"
    " THEN 1 ELSE 2 END AS x; END",
    "columns called end and case in a body": "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT t.end FROM t;"
    " SELECT 1 AS end, 2 AS case; SELECT 1 end; SELECT 4; END",
    "an argument begin of a type atomic": "CREATE FUNCTION f(begin atomic) RETURNS int LANGUAGE sql AS ''",
    "a function called atomic": "CREATE FUNCTION atomic() RETURNS int BEGIN ATOMIC SELECT 1; END",
    "a function called begin_atomic": "CREATE FUNCTION begin_atomic() RETURNS int RETURN 1",
    "a schema called begin": "CREATE FUNCTION begin.atomic() RETURNS int RETURN 1",
    "a table with columns begin, atomic, end": 'CREATE TABLE t (begin int, atomic int, "end" int)',
    "dollar in a name": "SELECT a$b$c, 1 AS x$y$",
    "a name with dollars is no quote": "SELECT a$$b",
    "parameters": "PREPARE p AS SELECT $1, $2::text, $10",
    "cast and slice": "SELECT '{1,2}'::int[], (ARRAY[1,2,3])[1:2]",
    "names beyond ASCII": "SELECT 1 AS größe, 2 AS 名前",
    "no-break space is part of a name": "SELECT 1 AS a\xa0b",
}


@pytest.mark.parametrize("statement", WHOLE.values(), ids=WHOLE.keys())
def test_what_is_one_statement_stays_one_between_others(statement: str) -> None:
    assert texts(f"SELECT 0;\n{statement};\n\nSELECT 9") == ["SELECT 0", statement, "SELECT 9"]


@pytest.mark.parametrize("statement", WHOLE.values(), ids=WHOLE.keys())
def test_crlf_in_place_of_lf_ends_nothing_either(statement: str) -> None:
    crlf = statement.replace("\n", "\r\n")
    assert texts(f"SELECT 0;\r\n{crlf};\r\nSELECT 9;\r\n") == ["SELECT 0", crlf, "SELECT 9"]


def test_words_of_transactions_are_statements_outside_a_routine() -> None:
    assert texts("BEGIN; SELECT 1; END; CREATE TABLE t (a int); BEGIN ATOMIC; END") == [
        "BEGIN", "SELECT 1", "END", "CREATE TABLE t (a int)", "BEGIN ATOMIC", "END",
    ]  # fmt: skip


def test_a_number_before_a_dollar_quote_does_not_hide_it() -> None:
    assert texts("SELECT 1$a$;$a$; SELECT 1e5$$;$$; SELECT 2") == ["SELECT 1$a$;$a$", "SELECT 1e5$$;$$", "SELECT 2"]


@pytest.mark.parametrize("empty", ["", " \n\t\f\v\r\n", "-- only\n", "/* only */", ";;", " ; -- x\n ; /* y */;"])
def test_text_without_tokens_holds_no_statement(empty: str) -> None:
    assert texts(empty) == []


def test_text_runs_from_first_token_to_last_with_comments_inside_only() -> None:
    script = "-- before\n/* b */ SELECT /* in */ 1 -- after\n/* after */ ; SELECT 2 /* last */"
    assert texts(script) == ["SELECT /* in */ 1", "SELECT 2"]


def test_line_is_that_of_the_first_token() -> None:
    script = "-- one\n\nSELECT 1;\n/* four\nfive */ SELECT\n2; SELECT 'a\nb'\n;\nSELECT 3"
    lines = [statement.line for statement in split.statements(script, POSTGRES, first_line=10)]
    assert lines == [12, 14, 15, 18]


ROWS = "1\ta;b\n2\t'\"$$ /* --\n\\.x\n\\\\.\n\\N\t \\.\n"


@pytest.mark.parametrize(
    "copy",
    [
        "COPY t FROM stdin",
        "copy public.t (a, b) from STDIN with (format text)",
        'COPY "from" /* ; */ FROM -- ;\n stdin CSV',
        "COPY t (" + ", ".join(f"c{n}" for n in range(40)) + ") FROM stdin",
    ],
)
def test_rows_after_copy_from_stdin_are_data(copy: str) -> None:
    first, after = split.statements(f"{copy}; -- rows\n{ROWS}\\.\nSELECT 1;", POSTGRES)
    assert (first.text, first.copy_data, after.text) == (copy, ROWS, "SELECT 1")
    assert first.normal.endswith(f"\n{ROWS}")


def test_copy_may_have_no_rows_and_end_with_the_file() -> None:
    first, second = split.statements("COPY t FROM stdin;\n\\.\nCOPY t FROM stdin;\n\\.", POSTGRES)
    assert (first.copy_data, second.copy_data) == ("", "")


def test_rows_with_carriage_returns_end_at_their_own_marker() -> None:
    first, after = split.statements("COPY t FROM stdin;\r\n1;\r\n\\.\r\nSELECT 1;\r\n", POSTGRES)
    assert (first.copy_data, after.text) == ("1;\r\n", "SELECT 1")


@pytest.mark.parametrize(
    "copy",
    ["COPY t TO stdout", "COPY t FROM '/tmp/stdin'", "COPY (SELECT a FROM stdin) TO stdout", 'COPY t FROM "stdin"'],
)
def test_other_copies_take_no_rows(copy: str) -> None:
    first, after = split.statements(f"{copy};\nSELECT 1", POSTGRES)
    assert (first.copy_data, after.text) == (None, "SELECT 1")


FAULTS = {
    "string": ("SELECT 1;\nSELECT 'a\n;", "unclosed", 2),
    "string that ends in a doubled quote": ("SELECT 'a''", "unclosed", 1),
    "E string": ("SELECT 1;\n\nSELECT E'a\\'\n;", "unclosed", 3),
    "quoted name": ('SELECT "a;\n', "unclosed", 1),
    "dollar quote": ("SELECT 1;\nDO $a$\n$b$ $A$;", "unclosed", 2),
    "comment": ("/* ok */\n/* /* */\n;", "unclosed", 2),
    "parenthesis": ("SELECT (1,\n(2);\nSELECT 3;", "unclosed", 1),
    "BEGIN ATOMIC": ("CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\nSELECT 1;", "unclosed", 2),
    "parenthesis that was not opened": ("SELECT 1;\nSELECT 2);", "unopened", 2),
    "rows": ("SELECT 1;\nCOPY t FROM stdin;\n1\n2\n", "unclosed", 2),
    "rows whose end is not alone": ("COPY t FROM stdin;\n1\n \\.\n\\.\t\n", "unclosed", 1),
    "copy without semicolon": ("COPY t FROM stdin", "unclosed", 1),
    "text after copy": ("COPY t FROM stdin; SELECT 1;\n\\.\n", "unclosed", 1),
    "psql include": ("SELECT 1;\n\\i other.sql\n", "meta_command", 2),
    "psql if": ("\\if true\nSELECT 1;\n\\endif", "meta_command", 1),
    "psql connect": ("\n\n\\connect db", "meta_command", 3),
    "psql g": ("SELECT 1 \\g", "meta_command", 1),
    "psql within a statement": ("SELECT 1\n\\gset\n", "meta_command", 2),
    "NUL": ("SELECT 1;\nSELECT '\0';", "nul", 2),
    "strings under other rules": ("\nSET standard_conforming_strings = off;\nSELECT 'a\\';b';", "setting", 2),
}


@pytest.mark.parametrize(("script", "kind", "line"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_told_with_the_line_where_it_begins(script: str, kind: str, line: int) -> None:
    with pytest.raises(ConfigError) as refused:
        texts(script)
    assert (refused.value.code, refused.value.kind, refused.value.at) == (10, kind, f"m.sql:{line}")
    assert refused.value.do


def hashes(script: str) -> list[str]:
    return [statement.hash for statement in split.statements(script, POSTGRES)]


def test_space_and_comments_between_tokens_do_not_change_the_hash() -> None:
    plain = hashes("CREATE TABLE t (a int, b text DEFAULT 'x  y');")
    assert hashes("CREATE/**/TABLE\n\tt -- c\n (a int, /* d */ b text\r\nDEFAULT 'x  y')\n;") == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-- note\nDROP TABLE t;", "-- noteDROP TABLE t;"),
        ("SELECT 'a  b'", "SELECT 'a b'"),
        ("SELECT 'a\nb'", "SELECT 'a b'"),
        ("SELECT $$a\nb$$", "SELECT $$a b$$"),
        ("SELECT a/**/b", "SELECT ab"),
        ("SELECT 1 -- x\n+ 1", "SELECT 1 -- x + 1"),
        ("SELECT '/* x */'", "SELECT ''"),
        ("SELECT a - -1", "SELECT a --1\n"),
        ('SELECT "a  b"', 'SELECT "a b"'),
        ("SELECT 1; SELECT 2", "SELECT 1 SELECT 2"),
        ("COPY t FROM stdin;\na  b\n\\.\n", "COPY t FROM stdin;\na b\n\\.\n"),
        ("COPY t FROM stdin;\n-- a\n\\.\n", "COPY t FROM stdin;\n\\.\n"),
        ("SELECT 'a'\n'b'", "SELECT 'a''b'"),
    ],
)
def test_texts_that_mean_something_else_hash_to_something_else(one: str, other: str) -> None:
    assert hashes(one) != hashes(other)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('create/**/table p."My Table" (a int)', ("CREATE", "TABLE", "P", ".", "My Table", "(", "A", "INT", ")")),
        ("SELECT E'a\\'', $$x$$, B'1' :: bit", ("SELECT", "'", ",", "'", ",", "'", "::", "BIT")),
        ("SELECT 'a'," + " b," * 200, ("SELECT", "'", *(",", "B") * 7)),
        ("SELECT a," + " b," * 200, ("SELECT", "A", *(",", "B") * 7)),
        ("SELECT a$b$c, U&\"d;e\"", ("SELECT", "A$B$C", ",", "d;e")),
    ],
)  # fmt: skip
def test_words_are_the_first_sixteen_tokens(script: str, words: tuple[str, ...]) -> None:
    assert split.statements(script, POSTGRES)[0].words == words


def test_a_statement_can_be_handed_to_another_process() -> None:
    (statement,) = split.statements("-- schemactl: idempotent\nSELECT 1", POSTGRES)
    assert pickle.loads(pickle.dumps(statement)) == statement
