"""Finds the folder that a project lives in. Reads no file."""

from __future__ import annotations

import os
from pathlib import Path

from schemactl.errors import ConfigError

CONFIG_NAME = "schemactl.toml"


def find_root(directory: Path | None) -> Path:
    """The nearest folder from `directory` (None: the current one) upwards that holds schemactl.toml; absolute.

    raises  ConfigError where `directory` is no folder, or none of its parents is a project
    """
    try:
        start = (directory or Path.cwd()).absolute()
    except OSError as error:
        raise ConfigError("the current folder is gone", do="`cd` into the project", kind="no_project") from error
    # os.path answers False for a folder that may not be looked into, where Path raises.
    if not os.path.isdir(start):  # noqa: PTH112
        raise ConfigError("no such folder", at=str(start), kind="no_project")
    for folder in (start, *start.parents):
        if os.path.lexists(folder / CONFIG_NAME):
            return folder
    raise ConfigError(
        f"no {CONFIG_NAME} here or in a folder above",
        at=str(start),
        do="`schemactl init` starts a project, `-C DIR` names the folder of one",
        kind="no_project",
    )
