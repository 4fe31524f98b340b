"""What of the full matrix runs at every change: the rest is marked `soak`, and runs in `make soak`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

_HERE = Path(__file__).parent

# Of each test so many cases are tried as one: every second, every third. The first always is, on every engine.
_CASES = {
    "contract/test_catalog.py": 2,
    "contract/test_recovery.py": 2,
    "cli/test_exit_codes.py": 2,
    "cli/test_passwords.py": 3,
    "engines/clickhouse/test_catalog.py": 2,
    "engines/clickhouse/test_newer.py": 2,
    "engines/mongodb/test_dangers.py": 2,
    "engines/mongodb/test_recovery.py": 2,
    "engines/neo4j/test_lease.py": 2,
    "engines/neo4j/test_names.py": 2,
    "engines/neo4j/test_own.py": 2,
    "engines/neo4j/test_running.py": 3,
    "engines/postgres/test_catalog_changes.py": 3,
}
# The same of a file's tests, where each starts servers or processes of its own.
_TESTS = {
    "cli/test_sandbox.py": 2,
    "cli/test_sandbox_engines.py": 2,
    "cli/test_sandbox_kills.py": 2,
    "cli/test_sandbox_run.py": 2,
    "engines/clickhouse/test_cluster.py": 2,
    "engines/clickhouse/test_keeper_lock.py": 2,
    "engines/mongodb/test_lease.py": 2,
    "engines/mongodb/test_servers.py": 2,
}
_TESTS_OF = {("neo4j5", "contract/test_seeding.py"): 2, ("neo4j5", "contract/test_segments.py"): 2}
# Where the server's major is the matter; elsewhere the newer one is enough.
_ON_EACH_MAJOR = (
    "contract/test_catalog.py",
    "contract/test_checks.py",
    "contract/test_limits.py",
    "contract/test_lock.py",
    "engines/postgres/test_catalog_restore.py",
    "engines/postgres/test_lock.py",
    "engines/postgres/test_verifying.py",
    "monolith/test_schema.py",
    "platforms/test_dashboard_catalog.py",
    "provision/test_rights.py",
    "sandbox/test_postgres_sandbox.py",
    "script/test_split_against_postgres.py",
)


def thin_out(items: Iterable[pytest.Item]) -> None:
    """Mark what is the soak's. The same tests are left each time, in whatever order and on whatever worker."""
    seen: Counter[tuple[str, ...]] = Counter()
    for item in items:
        if item.get_closest_marker("soak") or not item.path.is_relative_to(_HERE):
            continue
        spec = getattr(item, "callspec", None)
        params = dict(spec.params) if spec is not None else {}
        engine = str(params.get("target", params.get("seeded", "")))
        file = item.path.relative_to(_HERE).as_posix()
        if _is_older(engine, params) and file not in _ON_EACH_MAJOR:
            item.add_marker(pytest.mark.soak)
            continue
        every = _TESTS.get(file) or _TESTS_OF.get((engine, file))
        key = (file, engine) if every else (file, engine, item.name.partition("[")[0])
        every = every or _CASES.get(file, 1)
        if seen[key] % every:
            item.add_marker(pytest.mark.soak)
        seen[key] += 1


def _is_older(engine: str, params: dict[str, object]) -> bool:
    return engine == "pg15" or params.get("postgres") == 15
