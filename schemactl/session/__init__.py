"""The one place where a target meets its engine, for the command line and for `import schemactl` alike."""

from __future__ import annotations

from schemactl.session.workspace import Workspace

__all__ = ["Workspace"]
