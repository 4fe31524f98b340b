"""What a command loads: start-up is a goal, so nothing is imported that is not used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.program import Program

HEAVY = {"psycopg", "sqlalchemy", "alembic", "rich", "asyncio", "schemactl.session", "schemactl.engines"}


def loaded(program: Program, *arguments: str) -> set[str]:
    """The modules that are in sys.modules when the program ends."""
    script = (
        "import sys; from schemactl.cli.main import main\n"
        "code = main(sys.argv[1:])\n"
        "assert code == 0, code\n"
        "sys.stderr.write('loaded: ' + ' '.join(sys.modules))\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=program.root,
        env=program.env(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(finished.stderr.rpartition("loaded: ")[2].split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("migrate", "--help"), ("engines", "--help")])
def test_help_loads_no_driver_and_nothing_that_draws(bare: Program, arguments: tuple[str, ...]) -> None:
    assert loaded(bare, *arguments) & HEAVY == set()


def test_a_run_with_nothing_to_do_loads_neither_alembic_nor_rich(program: Program) -> None:
    program.run("migrate")
    found = loaded(program, "migrate")
    assert found & {"sqlalchemy", "alembic", "rich"} == set()
    # Where something else says where a target lives, the sandbox is not asked.
    assert [name for name in found if name.startswith(("schemactl.sandbox", "schemactl.workflows.sandbox"))] == []
