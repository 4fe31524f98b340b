"""Makes a target ready to be verified: which of its project's files are held against it. Reads none of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from schemactl.project import snapshots
from schemactl.project.checks import checks
from schemactl.workflows.verify import VerifySite

if TYPE_CHECKING:
    from schemactl.project.config import Project
    from schemactl.project.platform import Target
    from schemactl.workflows.site import Site


def verify_site(project: Project, target: Target, site: Site) -> VerifySite:
    return VerifySite(site, partial(checks, project, target), partial(snapshots.read, project, target))
