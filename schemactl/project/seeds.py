"""The seeds of a target: found, named, read and hashed (docs/formats.md, "Seeds").

A file or a folder that does not fit is an error, never passed over. A seed's rows are read when they are asked for.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from schemactl.errors import ConfigError
from schemactl.model.seed import SeedFile, SeedFormat
from schemactl.model.version import Version
from schemactl.project.names import ENVIRONMENT_RULE, is_environment
from schemactl.project.toml_table import Table
from schemactl.script.checksum import checksum, text_of

if TYPE_CHECKING:
    from schemactl.project.config import Project
    from schemactl.project.platform import Target
    from schemactl.script.section import Section

FORMATS: dict[str, tuple[SeedFormat, ...]] = {
    "postgres": ("toml", "sql", "py"),
    "clickhouse": ("toml", "sql", "py"),
    "mongodb": ("toml", "json", "py"),
    "neo4j": ("toml", "cypher", "py"),
}
ROLES = "roles.toml"

_FILE = re.compile(r"([0-9]+)_([A-Za-z0-9][A-Za-z0-9_.-]*)\.([A-Za-z0-9]+)")
_CSV = ".csv"


class Seed(NamedTuple):
    """A seed that was read. One of `table` (declarative) and `section` (a script) is there.

    text  of the file, newlines as LF
    csv   of a seed with a CSV file: its path as messages show it, and its text
    """

    file: SeedFile
    text: str
    table: Table | None = None
    section: Section | None = None
    csv: tuple[str, str] | None = None


def folder_of(project: Project, target: Target) -> Path:
    """Where the seeds of a target stand: seeds/<platform>/<target>."""
    return project.root / "seeds" / target.platform / target.name


def seeds(project: Project, target: Target) -> tuple[Seed, ...]:
    """The seeds of a target, ascending by number; none where there is no folder.

    raises  ConfigError with the file, and where there is one the line, that does not hold; for two of one number, for a
            CSV file that no seed names, and for whatever else stands in the folder
    """
    folder = folder_of(project, target)
    shown = project.shown(folder)
    names = _names(folder, shown, target)
    tables = sorted((_parts(name, shown, target) for name in names if not name.endswith(_CSV)), key=_order)
    for first, second in pairwise(tables):
        if first[0] == second[0]:
            raise ConfigError(
                f"two seeds have the number {first[0].number}: {shown}/{first[3]} and {shown}/{second[3]}",
                at=f"{shown}/{second[3]}",
                do="give one of them the next free number",
                kind="duplicate_version",
                target=str(target),
            )
    found = tuple(_read(folder, shown, target, *parts) for parts in tables)
    _refuse_stray_csv({name for name in names if name.endswith(_CSV)}, found, shown, target)
    return found


def _order(parts: tuple[Version, str, SeedFormat, str]) -> tuple[int, str]:
    return parts[0].number, parts[3]


def _names(folder: Path, shown: str, target: Target) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if entry.name[0] not in "._" and entry.name != ROLES]
            for entry in kept:
                if not entry.is_file():
                    what = "a folder" if entry.is_dir() else "neither a file nor a folder"
                    raise _stray(f"{what} among the seeds", f"{shown}/{entry.name}", target)
            return sorted(entry.name for entry in kept)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(error, shown, target) from error


def _parts(name: str, shown: str, target: Target) -> tuple[Version, str, SeedFormat, str]:
    match = _FILE.fullmatch(name)
    if match is None:
        raise _stray(f"`{name}` is not the name of a seed", f"{shown}/{name}", target)
    formats = FORMATS[target.engine]
    if match[3] not in formats:
        raise ConfigError(
            f"seeds of a {target.engine} target are {', '.join(f'.{known}' for known in formats)}, not .{match[3]}",
            at=f"{shown}/{name}",
            do="move the file to its own target, or rename it; a name that begins with `_` is passed over",
            kind="wrong_format",
            target=str(target),
        )
    return Version(match[1]), match[2], cast("SeedFormat", match[3]), name


def _read(
    folder: Path, shown: str, target: Target, version: Version, slug: str, written: SeedFormat, name: str
) -> Seed:
    data, place = _bytes(folder / name, f"{shown}/{name}", target), f"{shown}/{name}"
    text = text_of(data, shown=place)
    if not text.strip():
        raise ConfigError(
            "the file is empty", at=f"{place}:1", do="write the seed, or remove the file", kind="empty_file"
        )
    file = SeedFile(version, slug, "script", place, checksum(data), (), written, str(folder / name))
    if written != "toml":
        from schemactl.script import seed_script

        section, environments = seed_script.parse(text, written, engine=target.engine, shown=place)
        return Seed(file._replace(environments=environments), text, section=section)
    table = Table.of(text, shown=place)
    file = file._replace(kind="rows", environments=_environments(table))
    csv = table.text("csv")
    if csv is None:
        return Seed(file, text, table)
    return _with_csv(Seed(file, text, table), csv, table, folder, shown, data, target)


def _with_csv(seed: Seed, name: str, table: Table, folder: Path, shown: str, data: bytes, target: Target) -> Seed:
    if "/" in name or not name.endswith(_CSV) or name[0] in "._":
        raise table.error(
            f"`csv` is {name!r}, not the name of a .csv file", "csv", do="put the file beside the seed", kind="csv"
        )
    if not (folder / name).is_file():
        raise table.error(f"there is no {shown}/{name}", "csv", do="put the file beside the seed", kind="csv")
    rows = _bytes(folder / name, f"{shown}/{name}", target)
    both = checksum(f"{checksum(data)}\n{checksum(rows)}".encode())
    text = text_of(rows, shown=f"{shown}/{name}")
    return seed._replace(file=seed.file._replace(checksum=both), csv=(f"{shown}/{name}", text))


def _environments(table: Table) -> tuple[str, ...]:
    named = table.texts("environments")
    for index, name in enumerate(named):
        if not is_environment(name):
            raise table.error(
                f"`{name}` cannot name an environment", "environments", index, do=ENVIRONMENT_RULE, kind="wrong_name"
            )
    if "environments" in table.data and not named:
        raise table.error(
            "`environments` is empty", "environments", do="name one, or remove the line", kind="wrong_value"
        )
    return named


def _refuse_stray_csv(there: set[str], found: tuple[Seed, ...], shown: str, target: Target) -> None:
    named = {seed.csv[0].rpartition("/")[2] for seed in found if seed.csv is not None}
    for name in sorted(there - named):
        raise _stray("no seed names this CSV file", f"{shown}/{name}", target)


def _bytes(path: Path, shown: str, target: Target) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(error, shown, target) from error


def _stray(what: str, at: str, target: Target) -> ConfigError:
    return ConfigError(
        what,
        at=at,
        do='name a seed NN_words_of_it.ext, and its CSV file in it: csv = "…"; a name that begins with `_` or `.` is '
        "passed over",
        kind="wrong_name",
        target=str(target),
    )


def _unreadable(error: OSError, shown: str, target: Target) -> ConfigError:
    return ConfigError(f"cannot be read: {error.strerror}", at=shown, kind="unreadable", target=str(target))
