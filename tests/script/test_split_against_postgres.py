"""A server takes the statements one by one and ends where `psql -f` of the whole file ends."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg

from schemactl.script import split
from schemactl.script.syntax import POSTGRES
from tests.fixtures.postgres import Database, Postgres
from tests.script.corpus import TRICKY

ROWS = "21\ta;b\t\\N\n22\t'it''s\t\\\\.\n23\t$$ -- /*\t\\\\.x;\n"
COPY = f"COPY city (id, name, note) FROM stdin; -- three rows\n{ROWS}\\.\n"
CSV = 'COPY city (name, note) FROM stdin WITH (FORMAT csv);\n"a;""b",";\n;"\n\\.\n'


def script(seed: int) -> str:
    chance = random.Random(seed)
    gaps = [" ", "\n", "\t-- it's; $$ \n", "/* ; /* ' */ */", "\r\n", ";;", "\f"]
    return "".join(f"{chance.choice(gaps)}{text}{chance.choice(gaps)};" for text in TRICKY) + f"\n{COPY}\n{CSV}"


def for_psql(text: str) -> str:
    """The same statements, without what psql itself cuts at the wrong place and the server understands.

    psql counts every unquoted `begin`, `case` and `end` in a body, names too, and reads line by line, so that the
    second line of an E string loses its escapes.
    """
    text = text.replace(" AS end, 1 AS case", ' AS "end", 1 AS "case"')
    text = text.replace("CASE WHEN begin > 0 THEN CASE begin", 'CASE WHEN "begin" > 0 THEN CASE "begin"')
    return text.replace("E'a\\';'\n  'b\\';'", "E'a\\';b\\';'")


def run_psql(server: Postgres, database: Database, path: Path) -> None:
    psql: list[str | Path] = [server.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-f", path]
    done = subprocess.run(psql, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run_one_by_one(database: Database, text: str) -> None:
    """By the extended protocol, which refuses a text that holds two statements."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        for statement in split.statements(text, POSTGRES):
            if statement.copy_data is None:
                done = connection.pgconn.exec_params(statement.text.encode(), None)
                assert done.status in (psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK), (
                    statement.text,
                    done.error_message,
                )
            else:
                with connection.cursor().copy(statement.text.encode()) as copy:
                    copy.write(statement.copy_data)


def schema_of(server: Postgres, database: Database) -> str:
    dump: list[str | Path] = [server.bin / "pg_dump", "-s", "-d", database.url]
    text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    # Newer releases guard a dump with a key that differs each time.
    return "\n".join(line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def rows_of(database: Database) -> list[tuple[object, ...]]:
    with psycopg.connect(database.url) as connection:
        found = connection.execute("SELECT * FROM city ORDER BY id").fetchall()
        found += connection.execute("SELECT one, two, three, four, five, six, seven, eight FROM v").fetchall()
        found += connection.execute("SELECT what, NULL FROM log ORDER BY 1").fetchall()
        found += connection.execute("SELECT nested(), quoted(), atomic(), atomic_end(1)").fetchall()
    return found


def test_statement_by_statement_is_the_same_as_the_whole_file(
    postgres: Postgres, new_database: Callable[[], Database], tmp_path: Path
) -> None:
    for seed in range(3):
        text = script(seed)
        path = tmp_path / f"{seed}.sql"
        path.write_bytes(for_psql(text).encode())
        whole, single = new_database(), new_database()
        run_psql(postgres, whole, path)
        run_one_by_one(single, text)
        assert schema_of(postgres, single) == schema_of(postgres, whole)
        assert rows_of(single) == rows_of(whole)


def test_the_server_understands_the_normal_form_as_it_does_the_text(
    postgres: Postgres, new_database: Callable[[], Database]
) -> None:
    text = script(0)
    original, normal = new_database(), new_database()
    run_one_by_one(original, text)
    found = split.statements(text, POSTGRES)
    run_one_by_one(normal, ";\n".join(part.normal for part in found if part.copy_data is None) + f";\n{COPY}{CSV}")
    assert rows_of(normal) == rows_of(original)
