"""What this version does not do on this engine, in its own words."""

from __future__ import annotations

from schemactl.contract.engine import Missing

NO_RIGHTS = Missing(
    why="this version does not grant rights on MongoDB", instead="grant them with updateRole, as an administrator"
)
