"""The fake as an Engine: its capabilities joined, on one session of a server that others may share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from schemactl.contract.engine import Engine, Limits, Missing
from schemactl.contract.finding import Finding, sent_again
from schemactl.contract.job import Job, PlannedStatement
from schemactl.contract.opening import Stop
from schemactl.errors import LockedError, RunInterruptedError
from schemactl.events import Listener, Waiting
from schemactl.model.catalog import Catalog, CatalogObject
from schemactl.model.snapshot import Block
from schemactl.model.step import Step
from schemactl.running.python_alone import script_finding
from tests.contract.fake.checks import FakeChecker
from tests.contract.fake.language import FakePlanner, parts
from tests.contract.fake.records import FakeLedger
from tests.contract.fake.runner import FakeRunner
from tests.contract.fake.scripts import FakeScripts
from tests.contract.fake.seeder import FakeSeeder
from tests.contract.fake.server import Server, Session, State
from tests.contract.fake.verifier import FakeVerifier

NO_LOCK = Missing(why="this fake has no lock", instead="keep other runners away yourself")

NO_RIGHTS = Missing(why="this fake has no roles", instead="nothing: there is nobody else")


def open_fake(
    server: Server, target: str, *, stop: Stop | None = None, runner: str = "a runner", locks: bool = True
) -> Engine:
    """Open an engine on `server`.

    runner  what others are told when this one holds the lock
    locks   False: the lock is Missing
    """
    session = server.connect(runner)
    asked = stop if stop is not None else Stop()
    return Engine(
        name="fake",
        server="fake 1",
        exposed=server.exposed,
        limits=Limits(transactional_ddl=True, read_only=server.read_only, max_identifier_bytes=1000),
        ledger=FakeLedger(session),
        planner=FakePlanner(),
        runner=FakeRunner(session, target, asked, guarded=locks),
        recovery=FakeRecovery(session, target),
        catalog=FakeCatalog(session),
        lock=FakeLock(session, target, asked) if locks else NO_LOCK,
        scripts=FakeScripts(session, target),
        checker=FakeChecker(session, target),
        rights=NO_RIGHTS,
        seeder=FakeSeeder(session, target),
        snapshots=FakeSnapshots(),
        verifier=FakeVerifier(session, target),
        close=lambda: server.disconnect(session),
    )


class FakeCatalog:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Catalog:
        def look(state: State) -> Catalog:
            things = state.things.items()
            return Catalog(
                "fake", [CatalogObject(kind="thing", identity=(n,), facts={"note": t.note}) for n, t in things]
            )

        return self._session.read(look)

    def broken(self) -> tuple[str, ...]:
        return self._session.read(
            lambda state: tuple(f"{name} is half there" for name, thing in state.things.items() if not thing.whole)
        )


class FakeSnapshots:
    def blocks(self, catalog: Catalog) -> tuple[Block, ...]:
        return tuple(Block(item.kind, item.identity, _made(item)) for item in catalog.objects)


def _made(item: CatalogObject) -> str:
    (name,) = item.identity
    note = item.facts["note"].replace("'", "''")
    return f"create {name};" + (f"\nnote {name} '{note}';" if note else "")


class FakeLock:
    def __init__(self, session: Session, target: str, stop: Stop) -> None:
        self._session = session
        self._target = target
        self._stop = stop

    @contextmanager
    def hold(self, *, wait_s: float, emit: Listener) -> Iterator[None]:
        self._take(wait_s, emit)
        try:
            yield
        finally:
            self._release()

    def holder(self) -> str | None:
        owner = self._session.server.lock_owner
        return owner.name if owner else None

    def _take(self, wait_s: float, emit: Listener) -> None:
        server = self._session.server
        until, told = time.monotonic() + wait_s, False
        with server.lock_changed:
            self._session.check()
            while server.lock_owner is not None:
                left = until - time.monotonic()
                if left <= 0:
                    what = f"another runner is at work: {server.lock_owner.name}"
                    raise LockedError(what, now="nothing was changed", do="wait for it", target=self._target)
                if self._stop:
                    raise RunInterruptedError("stopped while waiting for the lock", now="nothing was changed")
                if not told:
                    emit(Waiting(self._target, f"the lock is held by {server.lock_owner.name}", 1, 0, left))
                    told = True
                server.lock_changed.wait(min(left, 0.05))
            server.lock_owner = self._session

    def _release(self) -> None:
        server = self._session.server
        with server.lock_changed:
            if server.lock_owner is self._session:
                server.lock_owner = None
                server.lock_changed.notify_all()


class FakeRecovery:
    def __init__(self, session: Session, target: str) -> None:
        self._session = session
        self._target = target

    def probe(self, job: Job, planned: PlannedStatement, step: Step) -> Finding:
        if job.script is not None:
            return script_finding(job, planned, FakeScripts(self._session, self._target).probe(job))
        verb, name, _ = parts(planned.statement.normal)
        thing = self._session.read(lambda state: state.things.get(name))
        if verb not in ("create", "drop"):
            unknown = Finding(verdict="unknown", evidence=f"{verb} leaves no trace", query=f"look {name}")
            return sent_again(unknown) if job.idempotent or "idempotent" in planned.statement.directives else unknown
        if thing is not None and not thing.whole:
            return Finding(verdict="half", evidence=f"{name} is half there")
        there = thing is not None
        done = there == (verb == "create") and step.before.get("exists") != there
        return Finding(
            verdict="done" if done else "not done", evidence=f"{name} is {'there' if there else 'not there'}"
        )

    def tidy(self, planned: PlannedStatement, step: Step) -> str:
        _, name, _ = parts(planned.statement.normal)

        def change(state: State) -> None:
            if name in state.things and not state.things[name].whole:
                del state.things[name]

        self._session.request(f"tidy {name}", change)
        return f"took {name} away"
