"""`platform.toml`: a platform's targets, what each owns, the references between them, the split map.

Reads and checks one file and the folders it speaks of (docs/formats.md, "platform.toml"). Opens no database.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.errors import ConfigError
from schemactl.project.names import ENGINES, NAME_RULE, did_you_mean, is_name
from schemactl.project.toml_table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from schemactl.project.config import Project
    from schemactl.project.references import Reference


class Target(NamedTuple):
    """One service database under version control.

    engine    one of ENGINES
    tables    what it owns, as written: `users` (schema public), `app.users`, `app.*`, a collection, `:Label`, `[:TYPE]`
    copies    reference tables of other services that it keeps a copy of
    rolling   those of `tables` that are partitioned and whose partitions come and go as time passes
    database  its name on a server that we create it on; the target's own unless the file says another
    at        `file:line` of its table
    """

    platform: str
    name: str
    engine: str
    database: str
    at: str
    tables: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    rolling: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.platform}/{self.name}"


class Platform(NamedTuple):
    """One system of services. `targets` in the order of the file; `split` the checked table as TOML values, or None."""

    name: str
    targets: tuple[Target, ...]
    references: tuple[Reference, ...]
    split: Mapping[str, Any] | None
    shown: str

    def target(self, name: str) -> Target:
        """The target `name`, also as `platform/name`.

        raises  ConfigError where there is none of that name
        """
        short = name.removeprefix(f"{self.name}/")
        for target in self.targets:
            if target.name == short:
                return target
        raise ConfigError(
            f"no target `{name}` on platform {self.name}",
            at=self.shown,
            do=did_you_mean(short, [target.name for target in self.targets]),
            kind="unknown_target",
        )


def load_platform(project: Project, name: str) -> Platform:
    """The platform `name` of a project, checked whole.

    raises  ConfigError with file and line where the file does not hold, or where a folder under migrations/<platform>,
            seeds/<platform> or schemas/<platform>/checks belongs to no target
    """
    path = project.root / "schemas" / name / "platform.toml"
    shown = project.shown(path)
    if not os.path.lexists(path):
        raise ConfigError(
            f"platform `{name}` has no platform.toml", at=shown, do=f"create {shown}", kind="missing_folder"
        )
    top = Table.read(path, shown=shown)
    top.only(("name", "targets", "references", "split"))
    if top.needed("name") != name:
        raise top.error(
            f"the file names the platform `{top.text('name')}`, its folder `{name}`",
            "name",
            do=f'write name = "{name}", or rename the folder',
            kind="wrong_name",
        )
    targets = _targets(top, name)
    names = [target.name for target in targets]
    _refuse_stray_folders(project, project.root / "migrations" / name, names)
    _refuse_stray_folders(project, project.root / "seeds" / name, names)
    _refuse_stray_folders(project, project.root / "schemas" / name / "checks", names)
    return Platform(
        name=name, targets=targets, references=_references(top, names), split=_split(top, names), shown=shown
    )


def _references(top: Table, targets: Sequence[str]) -> tuple[Reference, ...]:
    if "references" not in top.data:
        return ()
    from schemactl.project.references import references

    return references(top, targets)


def _split(top: Table, targets: Sequence[str]) -> Mapping[str, Any] | None:
    if "split" not in top.data:
        return None
    from schemactl.project.split_table import split_of

    return split_of(top, targets)


def _targets(top: Table, platform: str) -> tuple[Target, ...]:
    table = top.table("targets")
    found = tuple(_target(platform, name, settings) for name, settings in table.entries()) if table else ()
    if not found:
        raise top.error("no target", do='add [targets.NAME] with engine = "postgres"', kind="missing_key")
    return found


def _target(platform: str, name: str, table: Table) -> Target:
    if not is_name(name):
        raise table.error(f"`{name}` cannot name a target", do=f"rename it: {NAME_RULE}", kind="wrong_name")
    table.only(("engine", "tables", "copies", "database", "rolling"))
    table.needed("engine")
    tables, copies = table.texts("tables"), table.texts("copies")
    for index, copied in enumerate(copies):
        if copied in tables:
            raise table.error(
                f"`{copied}` is owned by {name} and a copy there at once",
                "copies",
                index,
                do="keep it in `tables` or in `copies`",
                kind="repeated",
            )
    rolling = _rolling(table, tables)
    return Target(
        platform=platform,
        name=name,
        engine=table.choice("engine", ENGINES) or "",
        tables=tables,
        copies=copies,
        rolling=rolling,
        database=table.text("database") or name,
        at=table.at(),
    )


def _rolling(table: Table, tables: Sequence[str]) -> tuple[str, ...]:
    rolling = table.texts("rolling")
    if rolling and table.text("engine") != "postgres":
        raise table.error(
            "only tables of PostgreSQL have partitions that are objects of their own",
            "rolling",
            do="leave `rolling` out",
            kind="wrong_value",
        )
    for index, name in enumerate(rolling):
        schema, dot, _ = name.rpartition(".")
        if name not in tables and f"{schema if dot else 'public'}.*" not in tables:
            raise table.error(
                f"`{name}` is not among the tables of the target",
                "rolling",
                index,
                do=did_you_mean(name, tables),
                kind="wrong_value",
            )
    return rolling


def _refuse_stray_folders(project: Project, folder: Path, targets: list[str]) -> None:
    """A folder whose name is one letter off would be passed over without a word."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and entry.name[0] not in "._")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", at=project.shown(folder), kind="unreadable") from error
    for name in names:
        if name not in targets:
            raise ConfigError(
                f"the folder belongs to no target of {folder.parent.name if folder.name == 'checks' else folder.name}",
                at=project.shown(folder / name),
                do=did_you_mean(name, targets),
                kind="unknown_target",
            )
