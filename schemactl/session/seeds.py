"""Makes the seeds of a target ready for the workflows: read once, variables replaced when they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.project.seeds import seeds
from schemactl.workflows.planned_seeds import SeedScript, SeedSite

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemactl.model.seed import Rows, SeedFile
    from schemactl.project.config import Project
    from schemactl.project.platform import Target
    from schemactl.workflows.site import Site


def seed_site(project: Project, target: Target, site: Site, environment: Callable[[], str]) -> SeedSite:
    """A target with its seeds. Nothing is connected.

    raises  ConfigError where a seed does not hold
    """
    found = {seed.file.version: seed for seed in seeds(project, target)}
    known: dict[SeedFile, Rows] = {}

    def rows(seed: SeedFile) -> Rows:
        if seed not in known:
            from schemactl.project.seed_rows import rows_of

            known[seed] = rows_of(found[seed.version], project.environ)
        return known[seed]

    def script(seed: SeedFile) -> SeedScript:
        section = found[seed.version].section
        assert section is not None
        return SeedScript(section, found[seed.version].text, Path(seed.location) if seed.format == "py" else None)

    return SeedSite(site, tuple(seed.file for seed in found.values()), environment, rows, script)
