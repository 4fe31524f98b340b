"""Writes a project into a folder: one platform, its targets, their migrations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str]


def make_project(
    root: Path, targets: Mapping[str, Files], *, platform: str = "shop", engine: str = "postgres", defaults: str = ""
) -> Path:
    """A project at `root`; `targets`: name → file name → text; `defaults`: lines of schemactl.toml. Returns `root`."""
    (root / "schemas" / platform).mkdir(parents=True)
    settings = f"[defaults]\n{defaults}\n" if defaults else ""
    (root / "schemactl.toml").write_text(f'default_platform = "{platform}"\n{settings}')
    tables = "".join(f'[targets.{name}]\nengine = "{engine}"\n' for name in targets)
    (root / "schemas" / platform / "platform.toml").write_text(f'name = "{platform}"\n{tables}')
    for name, files in targets.items():
        folder = root / "migrations" / platform / name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text)
    return root
