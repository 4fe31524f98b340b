"""schemactl: versioned schemas for PostgreSQL, ClickHouse, MongoDB and Neo4j.

    import schemactl

    workspace = schemactl.open("path/to/project", platform="dashboard")
    plan = workspace.plan()
    result = workspace.migrate(plan, emit=print)

What the command line does, `Workspace` does: values in, values out, errors raised, progress as events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemactl.session import Workspace

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(
    directory: str | Path | None = None,
    *,
    platform: str | None = None,
    environment: str | None = None,
    urls: Mapping[str, str] | None = None,
) -> Workspace:
    """Open a platform of the project at or above `directory`; see session.Workspace.open."""
    from schemactl.session import Workspace

    return Workspace.open(directory, platform=platform, environment=environment, urls=urls)
