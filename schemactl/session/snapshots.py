"""Makes the snapshot of a target ready for the workflows: where its file is, how it is read and written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from schemactl.project import snapshots
from schemactl.workflows.snapshot import SnapshotSite

if TYPE_CHECKING:
    from schemactl.project.config import Project
    from schemactl.project.platform import Target
    from schemactl.workflows.site import Site


def snapshot_site(project: Project, target: Target, site: Site) -> SnapshotSite:
    """A target with its snapshot. Nothing is connected, no file is read."""
    return SnapshotSite(
        site=site,
        shown=project.shown(snapshots.file_of(project, target)),
        text=snapshots.text_of,
        read=partial(snapshots.read_with_text, project, target),
        write=partial(snapshots.write, project, target),
    )
