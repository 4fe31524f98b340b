"""`python -m tests.monolith PLATFORM --rows N --seed N`: fills a monolith, tells as JSON what was planted.

Where it is, is in MONOLITH_URL, or in `--url` without a password: arguments are read by everybody on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.monolith.faults import Plant
from tests.monolith.fill import fill
from tests.monolith.load import NotEmptyError
from tests.monolith.schema import PLATFORMS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.monolith", description="Fill an empty monolith with data.")
    parser.add_argument("platform", choices=PLATFORMS)
    parser.add_argument("--url", help="the empty monolith, without a password; else $MONOLITH_URL")
    parser.add_argument("--rows", type=int, required=True, help="of all tables together, from 1,000")
    parser.add_argument("--seed", type=int, required=True, help="another one makes other data")
    parser.add_argument("--plant", type=Plant.parse, default=Plant(), metavar="orphans=N,duplicates=N,sequences=N")
    parser.add_argument("--create", action="store_true", help="make the tables first")
    given = parser.parse_args()
    begun = time.perf_counter()
    try:
        url = _url(given.url)
        filled = fill(url, given.platform, rows=given.rows, seed=given.seed, plant=given.plant, create=given.create)
    except (NotEmptyError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except psycopg.Error as error:
        said = (error.diag.message_primary or str(error)).strip() or type(error).__name__
        print(f"error: {said.splitlines()[0]}", file=sys.stderr)
        return 2
    took = time.perf_counter() - begun
    print(json.dumps(filled.as_json(), indent=2))
    print(f"{filled.rows} rows in {took:.1f} s, {filled.rows / took:,.0f} rows/s", file=sys.stderr)
    return 0


def _url(argument: str | None) -> str:
    """Raises ValueError, which quotes nothing of it: what cannot be read may be a password."""
    url = argument or os.environ.get("MONOLITH_URL", "")
    if not url:
        raise ValueError("where the monolith is, is neither in MONOLITH_URL nor in --url")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parts = {"host": "@"}
    # A password with an @ that is not written as %40 ends up in the name of the host, which errors say.
    if "@" in str(parts.get("host")):
        raise ValueError("the address of the monolith is not one that libpq reads")
    if argument and {"password", "sslpassword"} & parts.keys():
        raise ValueError(
            "--url has a password, which others can read: give it by MONOLITH_URL, PGPASSWORD or ~/.pgpass"
        )
    return url


if __name__ == "__main__":
    sys.exit(main())
