"""A CSV file as a seed, beside the same by hand: COPY into a temporary table and one MERGE. Checks the rows after."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psycopg

from schemactl.sandbox.postgres_server import Server
from tests.bench.result import Goal, Line, Row
from tests.bench.rounds import RunError, Times, database, timed
from tests.bench.rows import Toolbox
from tests.bench.tools import PSQL, SCHEMACTL, Call, Tool

_TABLE = "CREATE TABLE places (name text PRIMARY KEY, size integer, region text)"
_PLATFORM = 'name = "bench"\n[targets.bench]\nengine = "postgres"\ntables = ["places"]\n'
_SEED = 'table = "places"\nkey = "name"\ncsv = "places.csv"\n'
_BY_HAND = """\
BEGIN;
CREATE TEMPORARY TABLE staged (LIKE places) ON COMMIT DROP;
\\copy staged FROM '{csv}' WITH (FORMAT csv, HEADER)
LOCK TABLE places IN SHARE ROW EXCLUSIVE MODE;
MERGE INTO places p USING staged s ON p.name = s.name
WHEN MATCHED AND (p.size, p.region) IS DISTINCT FROM (s.size, s.region) THEN UPDATE SET size = s.size, region = s.region
WHEN NOT MATCHED THEN INSERT VALUES (s.name, s.size, s.region);
COMMIT;
"""
_CHECKED = "rows, their sum of sizes, and that a second run has written none of them (xmin)"


def seed(server: Server, box: Toolbox, *, count: int, runs: int, again: bool) -> Row:
    """`count` rows into an empty table; `again`: into one that has them all."""
    title = f"a seed of {count:,} CSV rows" + (", again: nothing changes" if again else ", into an empty table")
    tools = [tool for tool in box.tools if tool.name in (SCHEMACTL, PSQL)]
    times = {tool.name: Times() for tool in tools}
    with tempfile.TemporaryDirectory(prefix="schemactl-bench-") as root:
        folder = _written(Path(root), count)
        for _ in range(runs):
            for tool in tools:
                try:
                    times[tool.name].seconds.append(_run(server, tool, folder, count, again=again))
                except RunError as error:
                    times[tool.name].failed = str(error)
    lines = [
        Line(name=name, seconds=told.seconds, not_run=told.failed, flags="COPY, LOCK, MERGE" if name == PSQL else "")
        for name, told in times.items()
    ]
    absent = [Line(name=name, not_run=why) for name, why in box.missing.items() if name in (SCHEMACTL, PSQL)]
    goal = Goal(subject=SCHEMACTL, references=(PSQL,), at_most=2.0)
    return Row(title=title, checked=_CHECKED, lines=lines + absent, goals=[goal])


def _written(root: Path, count: int) -> Path:
    files = {
        "schemactl.toml": "",
        "schemas/bench/platform.toml": _PLATFORM,
        "seeds/bench/bench/01_places.toml": _SEED,
        "seeds/bench/bench/places.csv": "name,size,region\n"
        + "".join(f"place {number:07},{number},region {number % 50}\n" for number in range(count)),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "migrations/bench/bench").mkdir(parents=True)
    csv = root / "seeds/bench/bench/places.csv"
    (root / "all.sql").write_text(_BY_HAND.format(csv=csv), encoding="utf-8")
    return root


def _run(server: Server, tool: Tool, folder: Path, count: int, *, again: bool) -> float:
    """Seconds of one run on a new database; `again`: of the second one."""
    url = database(server)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLE)
    call = tool.call(folder, url)
    if tool.name == SCHEMACTL:
        call = Call([*call.argv[:-1], "seed"], call.environment)
    seconds = timed(call)
    first = _found(url)
    if again:
        seconds = timed(call)
    if _found(url)[:2] != (count, count * (count - 1) // 2) or (again and _found(url) != first):
        raise RunError(f"left {_found(url)}")
    return seconds


def _found(url: str) -> tuple[int, int, int]:
    """How many rows, the sum of their sizes, and how many transactions wrote them last."""
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT count(*), coalesce(sum(size), 0)::bigint, count(DISTINCT xmin::text) FROM places"
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])
