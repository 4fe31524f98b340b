"""The options before the command, and the workspace that they open. Loads the session when a command asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schemactl.cli import usage
from schemactl.cli.output import Output
from schemactl.cli.style import Style

if TYPE_CHECKING:
    import typer

    from schemactl.project.config import Project
    from schemactl.session import Workspace


class Invocation(NamedTuple):
    """One call of the program."""

    out: Output
    style: Style
    directory: Path | None
    platform: str | None
    environment: str | None
    urls: Mapping[str, str]
    allow_password_in_argv: bool

    def project(self) -> Project:
        """The project around the folder. raises  ConfigError"""
        import os

        from schemactl.project.config import load

        return load(self.directory, environ=os.environ)

    def workspace(self) -> Workspace:
        """The platform meant, open for work.

        raises  ConfigError; UsageError where it is unclear which platform is meant
        """
        from schemactl.session import Workspace

        project = self.project()
        name = project.platform_name(self.platform)
        if name is None:
            known = ", ".join(project.platforms)
            usage.refuse(
                f"which platform? there are {known}" if known else "the project has no platform",
                'say `-p NAME` before the command, or set `default_platform = "…"` in schemactl.toml'
                if known
                else "start one with `schemactl -p NAME init`",
            )
        workspace = Workspace.of(
            project,
            name,
            environment=self.environment,
            urls=self.urls,
            allow_password_in_argv=self.allow_password_in_argv,
        )
        self.out.platform = name
        self.out.hide = workspace.hide
        return workspace


def of(context: typer.Context) -> Invocation:
    """The invocation that the options before the command made."""
    found = context.obj
    assert isinstance(found, Invocation)
    return found
