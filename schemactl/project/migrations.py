"""The migration files of a target: found, named, read and hashed (docs/formats.md, "Versions and file names").

A file that does not fit is an error, never passed over. Statements are cut by the script, and only when asked for.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

from schemactl.errors import ConfigError
from schemactl.model.migration import Format, MigrationFile
from schemactl.model.version import Version
from schemactl.script.checksum import checksum, text_of

if TYPE_CHECKING:
    from schemactl.project.config import Project
    from schemactl.project.platform import Target

FORMATS: dict[str, tuple[Format, ...]] = {
    "postgres": ("sql", "py"),
    "clickhouse": ("sql", "py"),
    "mongodb": ("json", "py"),
    "neo4j": ("cypher", "py"),
}

_FILE = re.compile(r"([0-9]+)_([A-Za-z0-9][A-Za-z0-9_.-]*)\.([A-Za-z0-9]+)")
_CHUNK = 1 << 16


def folder_of(project: Project, target: Target) -> Path:
    """Where the migrations of a target stand: migrations/<platform>/<target>."""
    return project.root / "migrations" / target.platform / target.name


def file_names(project: Project, target: Target) -> tuple[tuple[Version, str, Format, str], ...]:
    """Version, slug, format and file name of each migration, ascending by version. Opens no file.

    An empty folder has no migrations.
    raises  ConfigError where the folder is missing, a name does not fit, or two files have one version
    """
    folder = folder_of(project, target)
    shown = project.shown(folder)
    found = []
    for name in _entries(folder, shown, target):
        version, slug, written = _parts(name, shown, target)
        found.append((version, slug, written, name))
    found.sort(key=lambda item: (item[0].number, item[3]))
    for first, second in pairwise(found):
        if first[0] == second[0]:
            raise ConfigError(
                f"two files have the version {first[0].number}: {shown}/{first[3]} and {shown}/{second[3]}",
                at=f"{shown}/{second[3]}",
                do="give one of them the next free number, unless it is applied somewhere",
                kind="duplicate_version",
                target=str(target),
            )
    return tuple(found)


def migrations(project: Project, target: Target) -> tuple[MigrationFile, ...]:
    """The migrations of a target, read and hashed, ascending by version.

    raises  ConfigError as `file_names`, and for a file that is empty, not UTF-8 or cannot be read
    """
    folder = folder_of(project, target)
    shown = project.shown(folder)
    return tuple(
        _read(f"{folder}/{name}", f"{shown}/{name}", version, slug, written, target)
        for version, slug, written, name in file_names(project, target)
    )


def _entries(folder: Path, shown: str, target: Target) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if _counts(entry, shown, target)]
    except FileNotFoundError as error:
        raise ConfigError(
            "the folder of its migrations is missing",
            at=shown,
            do=f"create the folder {shown}; while it is empty there are no migrations",
            kind="missing_folder",
            target=str(target),
        ) from error
    except OSError as error:
        raise _unreadable(error, shown, target) from error


def _counts(entry: os.DirEntry[str], shown: str, target: Target) -> bool:
    """Whether an entry of the folder is to be a migration; what is neither file nor folder is refused."""
    if entry.name[0] in "._":
        return False
    try:
        if entry.is_file():
            return True
        if entry.is_dir():
            return False
    except OSError as error:
        raise _unreadable(error, f"{shown}/{entry.name}", target) from error
    raise ConfigError(
        "neither a file nor a folder, or a link that leads nowhere",
        at=f"{shown}/{entry.name}",
        do="remove it, or put the file in its place",
        kind="unreadable",
        target=str(target),
    )


def _parts(name: str, shown: str, target: Target) -> tuple[Version, str, Format]:
    match = _FILE.fullmatch(name)
    if match is None:
        raise ConfigError(
            f"`{name}` is not the name of a migration",
            at=f"{shown}/{name}",
            do="name it NNNN_words_of_it.ext; a name that begins with `_` or `.` is passed over",
            kind="wrong_name",
            target=str(target),
        )
    formats = FORMATS[target.engine]
    if match[3] not in formats:
        raise ConfigError(
            f"a {target.engine} target takes {' and '.join(f'.{known}' for known in formats)}, not .{match[3]}",
            at=f"{shown}/{name}",
            do="move the file to its own target, or rename it; a name that begins with `_` is passed over",
            kind="wrong_format",
            target=str(target),
        )
    return Version(match[1]), match[2], cast("Format", match[3])


def _read(path: str, shown: str, version: Version, slug: str, written: Format, target: Target) -> MigrationFile:
    try:
        data = _bytes(path)
    except OSError as error:
        raise _unreadable(error, shown, target) from error
    text = text_of(data, shown=shown)
    if not text or text.isspace():
        raise ConfigError(
            "the file is empty",
            at=f"{shown}:1",
            do="write the migration, or remove the file",
            kind="empty_file",
            target=str(target),
        )
    return MigrationFile(
        version=version,
        name=slug,
        format=written,
        location=path,
        shown=shown,
        text=text,
        checksum=checksum(data),
    )


def _bytes(path: str) -> bytes:
    # os.read halves the time of a thousand small files against open(): no buffer, no text layer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, _CHUNK)
        if len(data) < _CHUNK:
            return data
        chunks = [data]
        while chunk := os.read(descriptor, _CHUNK):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        os.close(descriptor)


def _unreadable(error: OSError, shown: str, target: Target) -> ConfigError:
    return ConfigError(f"cannot be read: {error.strerror}", at=shown, kind="unreadable", target=str(target))
