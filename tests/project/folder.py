"""A project on disk that a test can write into, and the shape of an error it can be held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemactl.errors import ConfigError
from schemactl.project.config import Project, load
from schemactl.project.platform import Platform, Target, load_platform

PLATFORM = """\
name = "jobs"

[targets.users_db]
engine = "postgres"
tables = ["users"]

[targets.events_db]
engine = "postgres"
"""


class ProjectFolder:
    """Platform `jobs` with the targets users_db and events_db, until a test writes something else."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("schemactl.toml", "")
        self.write("schemas/jobs/platform.toml", PLATFORM)
        for target in ("users_db", "events_db"):
            (root / "migrations/jobs" / target).mkdir(parents=True)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def migration(self, name: str, text: str | bytes = "-- migrate:up\nSELECT 1;\n", target: str = "users_db") -> Path:
        return self.write(f"migrations/jobs/{target}/{name}", text)

    def load(self, environ: Mapping[str, str] | None = None) -> Project:
        return load(self.root, environ=environ or {})

    def platform(self, name: str = "jobs") -> Platform:
        return load_platform(self.load(), name)

    def target(self, name: str = "users_db") -> Target:
        return self.platform().target(name)


@contextmanager
def refused(at: str | None, *, kind: str, said: str = "", do: str = "") -> Iterator[None]:
    """The body raises a ConfigError (10) placed at `at`, of this kind, whose text and remedy hold these words."""
    with pytest.raises(ConfigError) as raised:
        yield
    error = raised.value
    assert (error.code, error.at, error.kind) == (10, at, kind), error.lines()
    assert said in error.what, error.what
    assert do in (error.do or ""), error.do
