"""Seeds that PostgreSQL does not take as they are: whose fault is told where, and nothing of them is left."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from schemactl.events import Event, Waiting
from schemactl.workflows.seed import SeedsResult
from tests.engines.postgres.seeds import PLACE, Seeds


def test_a_value_that_its_column_does_not_take_is_told_with_its_row_and_column(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k text PRIMARY KEY, n int, v varchar(3), j jsonb)")
    values = ('n = "x1"', 'v = "long"', 'j = "{"', "n = [1]", "n = { a = 1 }", 'k = "a\\u0000b"', "n = 9999999999")
    for value in values:
        key = "" if value.startswith("k") else 'k = "wrong"\n'
        seeds.write(f'table = "t"\nkey = "k"\n[[rows]]\nk = "fine"\n[[rows]]\n{key}{value}\n')
        error = seeds.plan().error
        assert error is not None
        assert (error.at, error.code, error.kind) == (f"{PLACE}:5", 10, "wrong_value"), value
        assert f"{value.split(' ')[0]}: " in error.what


@pytest.mark.parametrize(
    ("constraint", "row", "kind"),
    [
        ("CHECK (n > 0)", "n = -1", "check_violation"),
        ("UNIQUE (n)", "n = 4", "unique_violation"),
        ("CHECK (n IS NOT NULL)", "", "check_violation"),
        ("FOREIGN KEY (n) REFERENCES numbers", "n = 999999", "foreign_key_violation"),
    ],
)
def test_a_row_that_breaks_a_constraint_is_found_among_many(seeds: Seeds, constraint: str, row: str, kind: str) -> None:
    seeds.sql("CREATE TABLE numbers (n int PRIMARY KEY)")
    seeds.sql("INSERT INTO numbers SELECT generate_series(1, 300)")
    seeds.sql(f"CREATE TABLE t (k int PRIMARY KEY, n int, {constraint})")
    rows = "".join(f"[[rows]]\nk = {number}\nn = {number}\n" for number in range(1, 201))
    seeds.write(f'table = "t"\nkey = "k"\n{rows}[[rows]]\nk = 201\n{row}\n[[rows]]\nk = 202\nn = 202\n')
    error = seeds.refused()
    assert (error.at, error.kind, error.code) == (f"{PLACE}:603", kind, 14)
    assert seeds.sql("SELECT count(*) FROM t") == [(0,)]


def test_a_trigger_that_refuses_an_update_is_told_with_the_row(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, n int)")
    seeds.sql("INSERT INTO t SELECT g, 0 FROM generate_series(1, 50) g")
    seeds.sql(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF NEW.k = 33 THEN RAISE 'not this one'; END IF; RETURN NEW; END$$"
    )
    seeds.sql("CREATE TRIGGER no BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION no()")
    seeds.write('table = "t"\nkey = "k"\n' + "".join(f"[[rows]]\nk = {k}\nn = 1\n" for k in range(1, 51)))
    error = seeds.refused()
    assert (error.at, "not this one" in error.what) == (f"{PLACE}:{3 * 33}", True)
    assert seeds.sql("SELECT sum(n) FROM t") == [(0,)]


@pytest.mark.parametrize("when", ["INSERT", "UPDATE"])
def test_what_a_trigger_makes_of_a_row_is_told_since_each_run_would_write_it_again(seeds: Seeds, when: str) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, mail text, other text)")
    if when == "UPDATE":
        seeds.sql("INSERT INTO t VALUES (2, 'old')")
    seeds.sql(
        "CREATE FUNCTION lower_mail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN NEW.mail = lower(NEW.mail); NEW.other = 'kept'; RETURN NEW; END$$"
    )
    seeds.sql(f"CREATE TRIGGER lower_mail BEFORE {when} ON t FOR EACH ROW EXECUTE FUNCTION lower_mail()")
    head = 'table = "t"\nkey = "k"\n[[rows]]\nk = 1\nmail = "one"\n[[rows]]\nk = 2\nmail ='
    seeds.write(f'{head} "Two"\n')
    error = seeds.refused()
    assert (error.at, error.kind, error.code) == (f"{PLACE}:6", "wrong_value", 14)
    assert "mail is two, and the seed says Two" in error.what
    seeds.write(f'{head} "two"\n')
    seeds.apply()
    seeds.settled()


@pytest.mark.parametrize(
    ("text", "at", "kind"),
    [
        ('table = "nothing"\nkey = "k"\n[[rows]]\nk = 1\n', 1, "missing_object"),
        ('table = "v"\nkey = "k"\n[[rows]]\nk = 1\n', 1, "missing_object"),
        ('table = "schemactl.schema_versions"\nkey = "k"\n[[rows]]\nk = 1\n', 1, "missing_object"),
        ('table = "t"\nkey = "nope(k)"\n[[rows]]\nk = 1\n', 2, "missing_object"),
        ('table = "t"\nkey = "k"\nwhere = "k ="\n[[rows]]\nk = 1\n', 3, "syntax_error"),
        ('table = "t"\nkey = ["abs(n)"]\n[[rows]]\nk = 1\n', 3, "missing_key"),
        ('table = "t"\nkey = "j"\n[[rows]]\nj = 1\n', 2, "missing_object"),
        ('table = "t"\nkey = "k"\n[[rows]]\nk = 1\ntwice = 1\n', 3, "wrong_value"),
        ('table = "t"\nkey = "k"\n[[rows]]\nk = 1\nn = { lookup = "no", by = { a = 1 } }\n', 3, "missing_object"),
        ('table = "t"\nkey = "k"\n[[rows]]\nk = 1\nn = { lookup = "v", by = { k = 1 } }\n', 3, "lookup"),
        ('[[relationships]]\ntype = "R"\nfrom = { label = "A", by = { a = 1 } }\n'
         'to = { label = "A", by = { a = 1 } }\n', 1, "wrong_value"),
    ],
)  # fmt: skip
def test_what_a_seed_asks_for_and_cannot_have_is_told_in_its_place(seeds: Seeds, text: str, at: int, kind: str) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, n int, j json, twice int GENERATED ALWAYS AS (n * 2) STORED)")
    seeds.sql("CREATE VIEW v AS SELECT k FROM t")
    seeds.write(text)
    error = seeds.plan().error
    assert error is not None
    assert (error.at, error.kind) == (f"{PLACE}:{at}", kind), error.lines()
    assert error.target == "shop/app"


@pytest.mark.parametrize(
    ("row", "secret", "kept"),
    [
        ('n = "${TOKEN}"', "open sesame", "n: invalid text representation (SQLSTATE 22P02)"),
        ('v = "${TOKEN}"\nn = -1', "S3cret" + "x" * 90, 'violates check constraint "t_n_check" (SQLSTATE 23514)'),
        ('j = \'{"pw":"${TOKEN}","x":1}\'\nn = -1', "open sesame", '"t_n_check"'),
        ("j = '{\"pw\": ${TOKEN}}'", "open_sesame", "j: invalid input syntax for type json (SQLSTATE 22P02)"),
        ('v = "${TOKEN}"', "Taken-Sesame", 'unique constraint "t_lower_idx" (SQLSTATE 23505)'),
        ('v = "raise ${TOKEN}"', "S3same", "raise exception (SQLSTATE P0001)"),
    ],
)
def test_a_value_of_a_variable_is_in_no_error(seeds: Seeds, row: str, secret: str, kept: str) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, n int CHECK (n > 0), v text, j jsonb)")
    seeds.sql("CREATE UNIQUE INDEX ON t (lower(v))")
    seeds.sql("INSERT INTO t VALUES (0, 1, 'taken-sesame')")
    seeds.sql(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.v LIKE 'raise%' THEN"
        " RAISE 'not %', upper(NEW.v) USING DETAIL = NEW.v; END IF; RETURN NEW; END$$"
    )
    seeds.sql("CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()")
    seeds.variables["TOKEN"] = secret
    seeds.write(f'table = "t"\nkey = "k"\n[[rows]]\nk = 1\n{row}\n[[rows]]\nk = 2\n')
    error = seeds.plan().error or seeds.refused()
    told = "\n".join(error.lines()) + repr(error.as_json())
    assert (error.at, secret[:6].lower() in told.lower()) == (f"{PLACE}:3", False), told
    assert kept in told and "${TOKEN}" in told, told


def test_a_seed_waits_for_whoever_writes_the_table_and_then_goes_on(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, n int)")
    seeds.write('table = "t"\nkey = "k"\n[[rows]]\nk = 1\nn = 1\n')
    workspace, heard, waited = seeds.workspace(), [], threading.Event()

    def hear(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Waiting):
            waited.set()

    plan = workspace.plan_seeds()
    found: list[SeedsResult] = []
    with psycopg.connect(seeds.url) as other:
        other.execute("INSERT INTO t VALUES (1, 2)")
        thread = threading.Thread(target=lambda: found.append(workspace.seed(plan, emit=hear)))
        thread.start()
        assert waited.wait(30)
        other.commit()
    thread.join(60)
    compared = found[0].seeds["shop/app"][0][1]
    assert compared is not None
    # What was committed while it waited is compared: the row is there now, and was not when the plan was made.
    assert (compared.added, compared.changed) == (0, 1)
    assert seeds.sql("SELECT n FROM t") == [(1,)]


def test_a_run_that_is_asked_to_stop_leaves_nothing_of_the_seed(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY, n int)")
    seeds.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(60); RETURN NEW; END$$"
    )
    seeds.sql("CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow()")
    seeds.write('table = "t"\nkey = "k"\n[[rows]]\nk = 1\n')
    workspace = seeds.workspace()
    plan = workspace.plan_seeds()
    found: list[SeedsResult] = []
    thread = threading.Thread(target=lambda: found.append(workspace.seed(plan)))
    thread.start()
    until = time.monotonic() + 30
    while not seeds.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"):
        assert time.monotonic() < until
        time.sleep(0.02)
    workspace.stop.ask()
    thread.join(60)
    assert found[0].run.exit_code == 130
    assert seeds.sql("SELECT count(*) FROM t") == [(0,)]


def test_who_may_not_write_the_table_is_told_which_right_is_missing(seeds: Seeds) -> None:
    seeds.sql("CREATE TABLE t (k int PRIMARY KEY)")
    seeds.write('table = "t"\nkey = "k"\n[[rows]]\nk = 1\n')
    role = f"schemactl_test_reader_{abs(hash(seeds.url)) % 10**8}"
    seeds.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'reads'")
    try:
        seeds.sql(f"GRANT SELECT ON t TO {role}")
        seeds.sql(f"DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {role}', current_database()); END$$")
        head, _, tail = seeds.url.partition("@")
        seeds.url, owner = f"{head.partition('//')[0]}//{role}:reads@{tail}", seeds.url
        error = seeds.refused()
        seeds.url = owner
        assert (error.code, error.kind, getattr(error, "state", "")) == (14, "insufficient_privilege", "42501")
    finally:
        seeds.sql(f"DROP OWNED BY {role}")
        seeds.sql(f"DROP ROLE {role}")
