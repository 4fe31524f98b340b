"""Writes a project into a folder: one platform, its targets, their migrations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str]


def make_project(root: Path, targets: Mapping[str, Files], *, platform: str = "shop") -> Path:
    """A project at `root` with PostgreSQL targets; `targets`: name → file name → text. Returns `root`."""
    (root / "schemas" / platform).mkdir(parents=True)
    (root / "schemactl.toml").write_text(f'default_platform = "{platform}"\n')
    tables = "".join(f'[targets.{name}]\nengine = "postgres"\n' for name in targets)
    (root / "schemas" / platform / "platform.toml").write_text(f'name = "{platform}"\n{tables}')
    for name, files in targets.items():
        folder = root / "migrations" / platform / name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text)
    return root
