"""Finds the folder that a project lives in. Reads no file."""

from __future__ import annotations

from pathlib import Path

from schemactl.errors import ConfigError

CONFIG_NAME = "schemactl.toml"


def find_root(directory: Path | None) -> Path:
    """The nearest folder from `directory` (None: the current one) upwards that holds schemactl.toml; absolute.

    raises  ConfigError where `directory` is no folder, or none of its parents is a project
    """
    start = (directory or Path.cwd()).absolute()
    if not start.is_dir():
        raise ConfigError("no such folder", at=str(start), kind="no_project")
    for folder in (start, *start.parents):
        if (folder / CONFIG_NAME).exists():
            return folder
    raise ConfigError(
        f"no {CONFIG_NAME} here or in a folder above",
        at=str(start),
        do="`schemactl init` starts a project, `-C DIR` names the folder of one",
        kind="no_project",
    )
