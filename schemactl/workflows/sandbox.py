"""Throwaway servers for a platform's targets: bring up what lacks, tell what runs, end all. Draws nothing.

What runs is what the record says and whose keeper lives (sandbox/record.py).
"""

from __future__ import annotations

import shlex
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemactl.errors import ConfigError, SchemactlError
from schemactl.project.address import variable_name
from schemactl.project.config import SANDBOX
from schemactl.project.passwords import password_file
from schemactl.project.private_file import write_private
from schemactl.project.server_url import server_url_variable
from schemactl.sandbox import keepers, record
from schemactl.sandbox.had import NotHad
from schemactl.sandbox.keepers import Keepers
from schemactl.sandbox.kinds import kind_of, name_for, title_of, url_on
from schemactl.sandbox.record import Kept, Place

if TYPE_CHECKING:
    from schemactl.project.platform import Target

MISSING = "missing_server"
_OUR_LINE = b"SCHEMACTL_URL__"


@dataclass(frozen=True, slots=True)
class Staying:
    """Databases of ours that could not be dropped on a given server, and why."""

    server: Kept
    why: str

    @property
    def databases(self) -> tuple[str, ...]:
        return tuple(place.database for place in self.server.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """What runs now, and what came of the targets asked for.

    servers  all of the project's, those of other platforms too
    added    the targets that had no place before
    failed   target → why it has no place; of kind `missing_server` where no server of its engine can be had here
    stays    what could not be dropped on given servers whose keepers had died
    """

    servers: tuple[Kept, ...]
    stays: tuple[Staying, ...] = ()
    added: tuple[str, ...] = ()
    failed: Mapping[str, SchemactlError] = field(default_factory=dict)

    def urls(self, targets: Sequence[Target]) -> dict[str, str]:
        """`platform/target` → URL with its password, of those of `targets` that have a place."""
        return _urls(self.servers, targets)


@dataclass(frozen=True, slots=True)
class Down:
    """What was ended, what had died before, and what stays on servers that are not ours."""

    ended: tuple[Kept, ...]
    dead: tuple[Kept, ...]
    stays: tuple[Staying, ...] = ()


def up(root: Path, targets: Sequence[Target], *, at_once: int, tell: Callable[[Kept], None] | None = None) -> Up:
    """Give each target a place on a throwaway server that lives on. What runs is kept, what lacks is added.

    root     of the project: its sandbox is one, whatever the platform
    at_once  servers that are started side by side
    tell     hears of each server that came up
    raises   ConfigError where there is no folder to write down what runs
    """
    with record.alone(root), Keepers() as started:
        before, dead = _told_apart(root)
        stays = _leave_given(dead)
        made = replace(bring_up(started, targets, before, at_once=at_once, tell=tell), stays=stays)
        record.publish(root, made.servers)
        started.keep(made.servers, record.record_path(root))
    return made


def bring_up(
    started: Keepers,
    targets: Sequence[Target],
    before: Sequence[Kept],
    *,
    at_once: int,
    tell: Callable[[Kept], None] | None = None,
) -> Up:
    """The same without writing it down: servers that go when `started` does. `before`: those that run already."""
    have = {(place.target, server.engine) for server in before for place in server.places}
    lacking = [target for target in targets if (str(target), target.engine) not in have]
    shared, free, failed = _servers(started, lacking, before, at_once=at_once, tell=tell)
    servers = {server.keeper: server for server in (*before, *shared.values())}
    for engine, server in shared.items():
        here = [target for target in lacking if target.engine == engine]
        try:
            servers[server.keeper] = _with_databases(started, server, here)
        except SchemactlError as error:
            failed |= dict.fromkeys(map(str, here), error)
    for target in lacking:
        if free.get(target.engine):
            server = free[target.engine].pop(0)
            servers[server.keeper] = server._replace(places=(Place(str(target), "", server.url),))
    filled = tuple(server for server in servers.values() if server.places)
    placed = _urls(filled, lacking)
    return Up(
        servers=filled,
        added=tuple(str(target) for target in lacking if str(target) in placed),
        failed={str(target): failed[str(target)] for target in lacking if str(target) in failed},
    )


def status(root: Path) -> tuple[Kept, ...]:
    """What runs. raises  ConfigError where a newer schemactl wrote it down"""
    return _told_apart(root)[0]


def absent(engines: Sequence[str]) -> tuple[NotHad, ...]:
    """What cannot be had here of these engines; a given server that does not answer is none."""
    found: list[NotHad] = []
    for engine in dict.fromkeys(engines):
        try:
            found += kind_of(engine).absent()
        except SchemactlError as error:
            found.append(NotHad(title_of(engine), error.what, error.do or f"unset {server_url_variable(engine)}"))
    return tuple(found)


def down(root: Path) -> Down:
    """End all of the project's servers, remove their files, and forget them; what had died is only forgotten.

    The passwords that were made for roles go too, but for where a given server keeps the roles.
    """
    with record.alone(root):
        living, dead = _told_apart(root)
        # Our own first: whether a given server answers changes nothing for them.
        keepers.end([server.keeper for server in living])
        for server in dead:
            keepers.await_end(server)
        stays = _leave_given((*living, *dead))
        if not any(server.given for server in (*living, *dead)):
            password_file(root, SANDBOX).path.unlink(missing_ok=True)
        record.publish(root, ())
    return Down(living, dead, stays)


def leave(made: Up) -> tuple[Staying, ...]:
    """What is to be done before servers that nobody wrote down go: a given one keeps nothing of ours, where it answers.

    returns  what stays there all the same
    """
    return _leave_given(made.servers)


def _told_apart(root: Path) -> tuple[tuple[Kept, ...], tuple[Kept, ...]]:
    """What runs, and what is written down but has died."""
    known = record.read(root)
    living = tuple(server for server in known if server.keeper.lives)
    return living, tuple(server for server in known if server not in living)


def _servers(
    started: Keepers,
    lacking: Sequence[Target],
    before: Sequence[Kept],
    *,
    at_once: int,
    tell: Callable[[Kept], None] | None,
) -> tuple[dict[str, Kept], dict[str, list[Kept]], dict[str, SchemactlError]]:
    """For `lacking`: engine → the server that all its targets share, engine → servers for one target each, and what
    failed by target."""
    shared: dict[str, Kept] = {}
    free: dict[str, list[Kept]] = {}
    failed: dict[str, SchemactlError] = {}
    wanted: list[str] = []
    for engine in dict.fromkeys(target.engine for target in lacking):
        here = [target for target in lacking if target.engine == engine]
        kind = kind_of(engine)
        running = [server for server in before if server.engine == engine]
        if kind.shared and running:
            shared[engine] = running[0]
        else:
            wanted += [engine] if kind.shared else [engine] * len(here)
    for one in started.start(wanted, at_once=at_once):
        if one.server is not None and tell is not None:
            tell(one.server)
        if one.server is not None and kind_of(one.engine).shared:
            shared[one.engine] = one.server
        elif one.server is not None:
            free.setdefault(one.engine, []).append(one.server)
        elif one.error is not None:
            without = [str(target) for target in lacking if target.engine == one.engine and str(target) not in failed]
            failed |= dict.fromkeys(without if kind_of(one.engine).shared else without[-1:], one.error)
    return shared, free, failed


def _with_databases(started: Keepers, server: Kept, targets: Sequence[Target]) -> Kept:
    """The server with an empty database for each of `targets`."""
    kind, places = kind_of(server.engine), list(server.places)
    for target in targets:
        taken = kind.reserved | {place.database for place in places}
        name = name_for(target.database, target.platform, taken, given=server.given)
        places.append(Place(str(target), name, url_on(server.url, name)))
    names = [place.database for place in places[len(server.places) :]]
    started.hold(server, names)
    # One of that name was made by a command that was killed before it wrote it down.
    kind.drop(server.url, names)
    kind.make(server.url, names)
    return server._replace(places=tuple(places))


def _leave_given(servers: Sequence[Kept]) -> tuple[Staying, ...]:
    """Drop our databases on servers that are not ours. One that does not answer any more is left as it is, and told."""
    stays = []
    for server in servers:
        if server.given and server.places:
            try:
                kind_of(server.engine).drop(server.url, [place.database for place in server.places])
            except SchemactlError as error:
                stays.append(Staying(server, error.what))
            except (OSError, LookupError) as error:
                # The program that would drop them is here no more.
                stays.append(Staying(server, str(error) or type(error).__name__))
    return tuple(stays)


def _urls(servers: Sequence[Kept], targets: Sequence[Target]) -> dict[str, str]:
    found = {str(target): record.place_of(servers, str(target), target.engine) for target in targets}
    return {target: pair[1].url for target, pair in found.items() if pair}


def write_urls(root: Path, file: Path, targets: Sequence[Target]) -> tuple[str, ...]:
    """Write `SCHEMACTL_URL__…='URL'` of each of `targets` that lives in the sandbox, for a shell, into a file of mode
    600.

    returns  the variables' names; where there are none, nothing is written
    raises   ConfigError where it cannot be written, or is there and holds anything else
    """
    found = {variable_name(*name.split("/")): url for name, url in _urls(status(root), targets).items()}
    text = "".join(f"{name}={shlex.quote(url)}\n" for name, url in found.items())
    if not found:
        return ()
    try:
        _refuse_others_file(file)
        write_private(file, text)
    except OSError as error:
        raise ConfigError(
            f"it cannot be written: {error.strerror}",
            at=str(file),
            do="name a file in a folder of yours",
            kind="unwritable",
        ) from error
    return tuple(found)


def _refuse_others_file(file: Path) -> None:
    """raises  ConfigError where `file` is there and holds what we did not write; OSError where it cannot be read"""
    try:
        mode = file.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        why = "it is no regular file"
    elif all(line.startswith(_OUR_LINE) for line in file.read_bytes().splitlines()):
        return
    else:
        why = "it holds more than what this command writes"
    raise ConfigError(
        f"it would be replaced, and {why}",
        at=str(file),
        now="it is as it was",
        do="name a file that is not there yet, such as sandbox.env",
        kind="unwritable",
    )
