"""`init`: a new project, or a shipped platform copied into one. Never overwrites a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError
from schemactl.events import Listener, Warned, ignore
from schemactl.project.creation import create
from schemactl.project.names import ENGINES, NAME_RULE, is_name
from schemactl.project.root import CONFIG_NAME
from schemactl.project.shipped import Shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

STATE_FOLDER = ".schemactl/"

_CONFIG = """\
# Settings of this project: docs/projects.md of schemactl.
default_platform = "{platform}"
default_environment = "dev"

[defaults]
lock_timeout = "5s"       # how long a statement waits for a lock before it is tried again
tries = 10
statement_timeout = "0"   # no limit
connections = 4           # targets worked on at once

# Where targets live. A password comes by reference: ${{VAR}}, file:PATH or cmd:COMMAND; never as text in this file.
[environments.dev.urls]
# "{platform}/{target}" = "postgresql://app:${{DEV_PASSWORD}}@localhost:5432/{target}"

[environments.prod]
protected = true

[environments.prod.urls]
# "{platform}/{target}" = "file:/run/secrets/{target}_url"
"""

_TARGET = """
[targets.{target}]
engine = "{engine}"
tables = []
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    path: Path
    shown: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InitPlan:
    """`files` to create under `root`, in order; `ignore_state`: .gitignore is to leave out the tool's own folder."""

    root: Path
    platform: str
    files: tuple[NewFile, ...]
    ignore_state: bool


def plan(
    directory: Path,
    *,
    platform: str = "app",
    targets: Sequence[str] = ("app_db",),
    engine: str = "postgres",
    example: str | None = None,
) -> InitPlan:
    """Decide what to create. Creates nothing.

    directory  need not exist yet
    example    a shipped platform; `platform`, `targets` and `engine` are its own then. Into a project that is there
               it comes beside the others, and schemactl.toml stays as it is
    raises     ConfigError listing every file that is there already; for a name or engine that cannot be
    """
    root = directory.absolute()
    config = root / CONFIG_NAME
    if example is None:
        _check_names(platform, targets, engine)
        wanted = [(CONFIG_NAME, _config(platform, targets[0])), *_skeleton(platform, targets, engine)]
    else:
        platform = example
        shipped = Shipped.find().files(example)
        wanted = [] if config.exists() else [(CONFIG_NAME, _config(platform, _first_target(shipped)))]
        wanted += [(name, path.read_bytes()) for name, path in shipped]
    files = tuple(NewFile(path=root / name, shown=name, data=data) for name, data in wanted)
    _refuse_existing(root, files)
    return InitPlan(root=root, platform=platform, files=files, ignore_state=not _ignored(root / ".gitignore"))


def run(plan: InitPlan, emit: Listener = ignore) -> tuple[str, ...]:
    """Create the files; returns their names relative to the project's folder.

    raises  ConfigError with what was created before it stopped
    """
    done: list[str] = []
    try:
        for file in plan.files:
            create(file.path, file.data, shown=file.shown)
            done.append(file.shown)
    except ConfigError as error:
        error.now = f"created: {', '.join(done)}" if done else "nothing was created"
        raise
    if plan.ignore_state and _ignore_state(plan.root / ".gitignore", emit):
        done.append(".gitignore")
    return tuple(done)


def examples() -> tuple[str, ...]:
    """The platforms that can be copied, sorted."""
    return Shipped.find().platforms


def _check_names(platform: str, targets: Sequence[str], engine: str) -> None:
    for name in (platform, *targets):
        if not is_name(name):
            raise ConfigError(f"`{name}` cannot name a platform or a target", do=NAME_RULE, kind="wrong_name")
    if not targets or len(set(targets)) != len(targets):
        raise ConfigError("a platform has at least one target, and each name once", kind="wrong_name")
    if engine not in ENGINES:
        raise ConfigError(f"no engine `{engine}`", do=f"one of {', '.join(ENGINES)}", kind="wrong_value")


def _config(platform: str, target: str) -> bytes:
    return _CONFIG.format(platform=platform, target=target).encode()


def _skeleton(platform: str, targets: Sequence[str], engine: str) -> Iterator[tuple[str, bytes]]:
    tables = "".join(_TARGET.format(target=target, engine=engine) for target in targets)
    yield f"schemas/{platform}/platform.toml", f'name = "{platform}"\n{tables}'.encode()
    for target in targets:
        # git keeps no empty folder, and a missing one is an error.
        yield f"migrations/{platform}/{target}/.gitkeep", b""
        yield f"seeds/{platform}/{target}/.gitkeep", b""


def _first_target(shipped: Sequence[tuple[str, Path]]) -> str:
    return next((name.split("/")[2] for name, _ in shipped if name.startswith("migrations/")), "app_db")


def _refuse_existing(root: Path, files: Sequence[NewFile]) -> None:
    there = [file.shown for file in files if file.path.exists() or file.path.is_symlink()]
    if there:
        raise ConfigError(
            f"already there: {', '.join(there)}",
            at=str(root),
            now="nothing was created",
            do="take another folder, or move these files away",
            kind="exists",
        )


def _ignored(path: Path) -> bool:
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip().strip("/") == STATE_FOLDER.strip("/") for line in lines)


def _ignore_state(path: Path, emit: Listener) -> bool:
    try:
        before = path.read_bytes() if path.exists() else b""
        gap = b"" if not before or before.endswith(b"\n") else b"\n"
        with path.open("ab") as file:
            file.write(gap + f"{STATE_FOLDER}\n".encode())
    except OSError as error:
        emit(Warned(None, f".gitignore: {error.strerror}", f"add the line {STATE_FOLDER} to it"))
        return False
    return True
