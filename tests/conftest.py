"""What every test run has in common: a clean environment, the fixtures, the closing lines."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import settings

from tests.fixtures.absence import notes
from tests.sampling import thin_out

# A build server's answer should not hang on chance: there the examples are the same each time, elsewhere new ones, and
# many of them in `make soak`.
settings.register_profile("same", derandomize=True)
settings.register_profile("many", max_examples=3000, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("same")

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.clickhouse",
    "tests.fixtures.clickhouse_embedded",
    "tests.fixtures.clickhouse_pair",
    "tests.fixtures.neo4j",
    "tests.fixtures.mongodb",
    "tests.contract.on_mongodb",
]

_from_workers: list[tuple[dict[str, str], dict[str, str]]] = []


def pytest_configure() -> None:
    """Where a developer's targets live must never reach a test: every one of these names a database to work on."""
    for name in [name for name in os.environ if name.startswith("SCHEMACTL_URL__")]:
        del os.environ[name]


# Slow to start or to become quick: one worker has the only one, and the tests that ask it.
_ONE_OF_A_KIND = ("neo4j_server", "clickhouse_pair", "career_documents")


# Before pytest-xdist reads the groups, on `--dist loadgroup`.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is made once, for a module or for all, is made by one worker: the tests that take it stay together."""
    # What failed is run again by name, whichever of a matrix it was.
    if not config.getoption("lf", default=False):
        thin_out(items)
    for item in items:
        fixtures = getattr(item, "_fixtureinfo", None)
        made = fixtures.name2fixturedefs if fixtures is not None else {}
        shared = [name for name in _ONE_OF_A_KIND if name in made]
        if shared:
            item.add_marker(pytest.mark.xdist_group(shared[0]))
        elif any(known[-1].scope == "module" for known in made.values()):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A pytest-xdist worker hands its notes to the process that prints."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["schemactl_servers"] = notes()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if told := getattr(node, "workeroutput", {}).get("schemactl_servers"):
        _from_workers.append(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    used: dict[str, str] = {}
    missing: dict[str, str] = {}
    for one_used, one_missing in (notes(), *_from_workers):
        used |= one_used
        missing |= one_missing
    if used:
        listed = ", ".join(f"{what} ({where})" for what, where in sorted(used.items()))
        terminalreporter.write_line(f"servers: {listed}")
    for line in sorted(missing.values()):
        terminalreporter.write_line(line)
