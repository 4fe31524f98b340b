"""Make servers as roles.toml wants them: `plan` reads only, `run` acts. Several servers side by side.

On a server one target follows the other; what fails stops its own target, and the next goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from schemactl.contract.engine import Missing
from schemactl.errors import (
    ConnectError,
    LockedError,
    RunInterruptedError,
    SchemactlError,
    StatementError,
    UnsupportedError,
)
from schemactl.events import Noted, TargetFinished, TargetStarted, Warned
from schemactl.running.owner import doing
from schemactl.workflows.parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from schemactl.contract.admin import Admin, Provisioner
    from schemactl.contract.opening import Stop
    from schemactl.contract.rights import Change
    from schemactl.events import Listener, Outcome
    from schemactl.model.rights import Wanted

_ROUNDS = 3
"""A new database shows what is in it only once it is there, so it is looked at again until all is the same."""


class Place(NamedTuple):
    """One target on a server.

    wanted     None where roles.toml wants nothing of it
    known      role → password, as far as references and the file of passwords give one
    made       gives a password to each of these roles; the file holds it before it returns
    finished   hears of the target when it is as wanted: the provisioner, and every password that is known; None: nobody
    kept       the file that has a made password of one of its roles now; "" where none has
    """

    target: str
    wanted: Wanted | None
    known: Callable[[], Mapping[str, str]]
    made: Callable[[Sequence[str]], Mapping[str, str]]
    finished: Callable[[Provisioner, Mapping[str, str]], None] | None
    kept: Callable[[], str]


class ServerSite(NamedTuple):
    """One server, met at one address. `error`: why it cannot be met, or what roles.toml says wrongly of its targets."""

    engine: str
    shown: str
    source: str
    places: tuple[Place, ...]
    open: Callable[[], AbstractContextManager[Admin]]
    error: SchemactlError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLook:
    """How a target stands.

    why          nothing is done for it
    blocked      because of another one's error
    passed_over  because no roles can be made there, and no role was asked for there
    """

    target: str
    changes: tuple[Change, ...] = ()
    why: str = ""
    blocked: bool = False
    passed_over: bool = False
    error: SchemactlError | None = None

    @property
    def differing(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.verdict != "same")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlan:
    """One server's part of a plan.

    server                     engine and version, "" where there was no connection
    exposed, unguarded, notes  as of `Admin`
    """

    site: ServerSite
    server: str = ""
    exposed: str = ""
    unguarded: str = ""
    notes: tuple[str, ...] = ()
    targets: tuple[TargetLook, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionPlan:
    servers: tuple[ServerPlan, ...]

    @property
    def targets(self) -> tuple[TargetLook, ...]:
        return tuple(target for server in self.servers for target in server.targets)

    @property
    def differing(self) -> int:
        return sum(len(target.differing) for target in self.targets)

    @property
    def error(self) -> SchemactlError | None:
        return next((target.error for target in self.targets if target.error is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetProvisioned:
    """What became of a target. `made`: the changes of this run, all of them where it is `done`."""

    target: str
    outcome: Outcome
    made: tuple[Change, ...] = ()
    same: int = 0
    why: str = ""
    error: SchemactlError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioned:
    """`passwords`: the files in which made passwords of these targets are now."""

    targets: tuple[TargetProvisioned, ...]
    passwords: tuple[str, ...] = ()

    @property
    def error(self) -> SchemactlError | None:
        return next((target.error for target in self.targets if target.error is not None), None)

    @property
    def exit_code(self) -> int:
        return self.error.code if self.error is not None else 0


def plan(sites: Sequence[ServerSite], *, workers: int) -> ProvisionPlan:
    """What `run` would do. Takes no lock, makes no password."""
    return ProvisionPlan(servers=tuple(each(sites, _look_at, workers=workers)))


def run(made: ProvisionPlan, *, emit: Listener, wait_s: float, stop: Stop, workers: int) -> Provisioned:
    """Act on a plan. Each server is looked at again under its lock: what another run did since is not done twice."""
    results = each(made.servers, lambda server: _provision(server, emit, wait_s, stop), workers=workers)
    found = tuple(target for server in results for target in server)
    for target in found:
        emit(TargetFinished(target.target, target.outcome, (), target.why or None))
    kept = dict.fromkeys(place.kept() for server in made.servers for place in server.site.places)
    return Provisioned(targets=found, passwords=tuple(path for path in kept if path))


def _look_at(site: ServerSite) -> ServerPlan:
    if site.error is not None:
        return ServerPlan(site=site, targets=_all_failed(site, site.error))
    if all(place.wanted is None for place in site.places):
        return ServerPlan(site=site, targets=tuple(map(_nothing, site.places)))
    try:
        with doing("provision"), site.open() as admin:
            looks = tuple(_look(admin, place) for place in site.places)
            return ServerPlan(
                site=site,
                server=admin.server,
                exposed=admin.exposed,
                unguarded=admin.unguarded,
                notes=admin.notes({place.wanted.database for place in site.places if place.wanted}),
                targets=looks,
            )
    except SchemactlError as error:
        return ServerPlan(site=site, targets=_all_failed(site, error))


def _look(admin: Admin, place: Place) -> TargetLook:
    if place.wanted is None:
        return _nothing(place)
    try:
        if isinstance(admin.provisioner, Missing):
            if place.wanted.asked:
                raise _unsupported(admin.provisioner)
            return TargetLook(target=place.target, why=admin.provisioner.why, passed_over=True)
        return TargetLook(target=place.target, changes=admin.provisioner.look(place.wanted, place.known()))
    except SchemactlError as error:
        error.target = place.target
        return TargetLook(target=place.target, error=error)


def _nothing(place: Place) -> TargetLook:
    return TargetLook(target=place.target, why="roles.toml wants nothing of it")


def _all_failed(site: ServerSite, error: SchemactlError) -> tuple[TargetLook, ...]:
    """One failure of the server's is told once, with its first target."""
    error.target = error.target or site.places[0].target
    first, *others = site.places
    why = f"waits for {first.target}, whose server it shares"
    waiting = (TargetLook(target=one.target, why=why, blocked=True) for one in others)
    return (TargetLook(target=first.target, error=error), *waiting)


def _unsupported(missing: Missing) -> UnsupportedError:
    return UnsupportedError(f"roles cannot be made here: {missing.why}", do=missing.instead, kind="missing")


def _provision(server: ServerPlan, emit: Listener, wait_s: float, stop: Stop) -> list[TargetProvisioned]:
    due = [look for look in server.targets if look.error is None and not look.why]
    if not any(look.differing for look in due):
        return [_as_it_is(server, look) for look in server.targets]
    _warn(server, emit)
    places = {place.target: place for place in server.site.places}
    results: dict[str, TargetProvisioned] = {}
    try:
        with doing("provision"), server.site.open() as admin:
            assert not isinstance(admin.provisioner, Missing)
            with admin.provisioner.alone(wait_s=wait_s, emit=emit):
                for look in due:
                    results[look.target] = _target(admin.provisioner, places[look.target], emit, stop)
    except SchemactlError as error:
        # The server itself: nobody is told twice of one that went away.
        left = [look for look in due if look.target not in results]
        for index, look in enumerate(left):
            error.target = error.target or look.target
            results[look.target] = TargetProvisioned(
                target=look.target,
                outcome="not_started" if index else "failed",
                why=f"waits for {left[0].target}, whose server it shares" if index else error.what,
                error=None if index else error,
            )
    return [results.get(look.target) or _settled(look) for look in server.targets]


def _warn(server: ServerPlan, emit: Listener) -> None:
    first = server.site.places[0].target
    if server.exposed:
        emit(Warned(first, server.exposed, "ask for TLS in the administrator's URL"))
    if server.unguarded:
        emit(Warned(first, server.unguarded, "have the server ask who somebody is; the roles hold from then on"))


def _as_it_is(server: ServerPlan, look: TargetLook) -> TargetProvisioned:
    """A target without a change. On the sandbox it may still be met at its administrator's address."""
    place = next(place for place in server.site.places if place.target == look.target)
    if not look.changes or place.finished is None:
        return _settled(look)
    try:
        with doing("provision"), server.site.open() as admin:
            assert not isinstance(admin.provisioner, Missing)
            place.finished(admin.provisioner, place.known())
    except SchemactlError as error:
        error.target = look.target
        return TargetProvisioned(target=look.target, outcome="failed", why=error.what, error=error)
    return _settled(look)


def _settled(look: TargetLook) -> TargetProvisioned:
    """A target that nothing is done for."""
    if look.error is not None:
        return TargetProvisioned(target=look.target, outcome="failed", why=look.error.what, error=look.error)
    outcome: Outcome = "blocked" if look.blocked else "passed_over" if look.passed_over else "done"
    return TargetProvisioned(target=look.target, outcome=outcome, same=len(look.changes), why=look.why)


def _target(provisioner: Provisioner, place: Place, emit: Listener, stop: Stop) -> TargetProvisioned:
    made: list[Change] = []
    try:
        same = _make_all(provisioner, place, made, emit, stop)
    except SchemactlError as error:
        error.target = place.target
        if made:
            error.now = f"{len(made)} change{'s' * (len(made) != 1)} of this run were made before it, and stay"
        if isinstance(error, (ConnectError, LockedError)) and not made:
            raise
        return TargetProvisioned(target=place.target, outcome="failed", made=tuple(made), why=error.what, error=error)
    return TargetProvisioned(target=place.target, outcome="done", made=tuple(made), same=same)


def _wants_password(change: Change) -> bool:
    return change.what == "password" or (change.what == "user" and change.verdict == "add")


def _make_all(provisioner: Provisioner, place: Place, made: list[Change], emit: Listener, stop: Stop) -> int:
    """Make what differs until nothing does; returns how much was the same from the start."""
    assert place.wanted is not None
    known = dict(place.known())
    first: tuple[Change, ...] | None = None
    same = 0
    for _ in range(_ROUNDS):
        changes = provisioner.look(place.wanted, known)
        differing = [change for change in changes if change.verdict != "same"]
        if first is None:
            same = len(changes) - len(differing)
            emit(TargetStarted(place.target, len(differing), sum(len(change.sends) for change in differing)))
            first = changes
        if not differing:
            for note in changes:
                # What the plan could not tell yet.
                if note.do and note not in first:
                    emit(Warned(place.target, f"{note.name}: {note.now}", note.do))
            if place.finished is not None:
                place.finished(provisioner, known)
            return same
        without = [one.name for one in differing if _wants_password(one) and one.name not in known]
        if without:
            known |= place.made(without)
        for change in differing:
            if stop:
                raise RunInterruptedError("stopped between two changes", do="run the command again to go on")
            provisioner.make(place.wanted, change, known)
            made.append(change)
            emit(Noted(place.target, None, f"{change.verdict:<6}  {change.what}  {change.name}"))
    left = "; ".join(f"{change.what} {change.name}" for change in differing[:3])
    raise StatementError(
        f"made, and still not as it is wanted: {left}",
        do="see who else changes roles on this server, and `schemactl provision --dry-run` for what is left",
        kind="not_settled",
    )
