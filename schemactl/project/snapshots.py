"""Snapshots of a project: schemas/<platform>/<target>.{sql,json,cypher}. Where one is, reading it, writing it whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from schemactl.errors import ConfigError
from schemactl.project.private_file import keep_names, locked

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from schemactl.model.snapshot import Snapshot
    from schemactl.project.config import Project
    from schemactl.project.platform import Target

FORMATS: Final = {"postgres": "sql", "clickhouse": "sql", "mongodb": "json", "neo4j": "cypher"}


def file_of(project: Project, target: Target) -> Path:
    """Where the snapshot of a target is, or would be."""
    return project.root / "schemas" / target.platform / f"{target.name}.{FORMATS[target.engine]}"


def text_of(snapshot: Snapshot) -> str:
    """A snapshot as the text of its file."""
    text: str = _form(snapshot.engine).written(snapshot)
    return text


def read(project: Project, target: Target) -> Snapshot | None:
    """The snapshot that the project has of a target; None where there is no file. raises  as `read_with_text`"""
    found = read_with_text(project, target)
    return found[0] if found is not None else None


def read_with_text(project: Project, target: Target) -> tuple[Snapshot, str] | None:
    """The snapshot that the project has of a target, and the text of its file as it was decoded.

    raises  ConfigError (10): kind `snapshot` for a file that is torn, something else or another target's,
            `newer_snapshot`, `encoding`, `unreadable`
    """
    path = file_of(project, target)
    shown = project.shown(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}", at=shown, kind="unreadable", target=str(target)
        ) from error
    try:
        text = _text(raw, shown)
        found: Snapshot = _form(target.engine).parsed(text, engine=target.engine, shown=shown)
    except ConfigError as error:
        error.target = error.target or str(target)
        raise
    if found.target != str(target):
        raise ConfigError(
            f"the snapshot says that it is of {found.target}",
            at=shown,
            now="nothing was changed",
            do=f"remove it, then write it anew with `schemactl -p {target.platform} snapshot {target.name}`",
            kind="snapshot",
            target=str(target),
        )
    return found, text


def write(project: Project, target: Target, text: str) -> None:
    """Put the text of a snapshot in the place of what was there, in one step: a reader sees the old file or the new.

    raises  ConfigError (10), kind `unwritable`, with the old file as it was
    """
    path = file_of(project, target)
    draft = path.with_name(f".{path.name}.new")
    data = text.encode()
    try:
        # One writer at a time; a draft that a killed one left is taken over.
        descriptor = locked(draft, mode=0o666)
        try:
            _fill(descriptor, data)
            draft.rename(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        keep_names(path.parent)
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror or error}",
            at=project.shown(path),
            now="the file is as it was" if os.path.lexists(path) else "there is no file, as before",
            do="see to it that the folder can be written to and has room, then run it again",
            kind="unwritable",
            target=str(target),
        ) from error


def _fill(descriptor: int, data: bytes) -> None:
    os.ftruncate(descriptor, 0)
    with os.fdopen(descriptor, "r+b", closefd=False) as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
        file.seek(0)
        if file.read() != data:
            raise OSError("what was written reads back as something else")


def _form(engine: str) -> ModuleType:
    if FORMATS[engine] == "json":
        from schemactl.script import snapshot_json

        return snapshot_json
    from schemactl.script import snapshot_text

    return snapshot_text


def _text(raw: bytes, shown: str) -> str:
    """Line ends are part of what the text quotes, so they change only where a checkout changed them all."""
    plain = raw.removeprefix(b"\xef\xbb\xbf")
    if plain.partition(b"\n")[0].endswith(b"\r"):
        plain = plain.replace(b"\r\n", b"\n")
    try:
        return plain.decode()
    except UnicodeDecodeError as error:
        line = 1 + plain.count(b"\n", 0, error.start)
        raise ConfigError(
            f"byte 0x{plain[error.start]:02x} is not UTF-8",
            at=f"{shown}:{line}",
            do="bring the file back from version control, or remove it and write it anew with `schemactl snapshot`",
            kind="encoding",
        ) from None
