"""`python -m tests.monolith PLATFORM --url URL --rows N --seed N`: fills a monolith, tells as JSON what was planted."""

from __future__ import annotations

import argparse
import json
import sys
import time

from tests.monolith.faults import Plant
from tests.monolith.fill import fill
from tests.monolith.load import NotEmptyError
from tests.monolith.schema import PLATFORMS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.monolith", description="Fill an empty monolith with data.")
    parser.add_argument("platform", choices=PLATFORMS)
    parser.add_argument("--url", required=True, help="the empty monolith, on PostgreSQL 15 or later")
    parser.add_argument("--rows", type=int, required=True, help="of all tables together, from 1,000")
    parser.add_argument("--seed", type=int, required=True, help="another one makes other data")
    parser.add_argument("--plant", type=Plant.parse, default=Plant(), metavar="orphans=N,duplicates=N,sequences=N")
    parser.add_argument("--create", action="store_true", help="make the tables first")
    given = parser.parse_args()
    begun = time.perf_counter()
    try:
        filled = fill(
            given.url, given.platform, rows=given.rows, seed=given.seed, plant=given.plant, create=given.create
        )
    except (NotEmptyError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    took = time.perf_counter() - begun
    print(json.dumps(filled.as_json(), indent=2))
    print(f"{filled.rows} rows in {took:.1f} s, {filled.rows / took:,.0f} rows/s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
