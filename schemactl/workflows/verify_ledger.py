"""The ledger against the files, as inspections. Decides nothing of what the two are to each other: history does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Flaw, Inspected, Inspection
from schemactl.workflows.history import standing

if TYPE_CHECKING:
    from schemactl.contract.engine import Engine
    from schemactl.model.migration import MigrationFile
    from schemactl.workflows.history import Edited, History, Problem
    from schemactl.workflows.site import Site

LEDGER = Inspection("ledger", "what the ledger says was applied is what the files say, and nothing is unfinished")
PENDING = Inspection("pending", "every migration is applied")


class LedgerLook:
    """What ledger and files of one target are to each other; read once, by the first question."""

    def __init__(self, site: Site, engine: Engine) -> None:
        self._site = site
        self._engine = engine
        self._history: History | None = None

    def history(self) -> History | None:
        """Where the target stands, once `ledger` has been asked; None where it could not be read."""
        return self._history

    def ledger(self) -> Inspected:
        """raises  as Ledger.read"""
        self._history = history = standing(self._site, self._engine)
        problems = [one for one in history.problems if one.kind not in ("at_work", "out_of_order")]
        flaws = [_flaw(self._site, one) for one in problems]
        flaws += [_edited(self._site, one) for one in history.edited]
        if not flaws and (busy := _at_work(history)):
            return Inspected(LEDGER, not_run=f"{busy}; verify again when it has ended")
        entries = len(history.ledger.entries)
        return Inspected(LEDGER, max(entries, len(flaws)), tuple(flaws), unit="entries")

    def pending(self) -> Inspected:
        history, site = self._history, self._site
        if history is None:
            return Inspected(PENDING, not_run="the ledger could not be read")
        if history.foreign is not None:
            return Inspected(PENDING, not_run="the ledger is another target's")
        if busy := _at_work(history):
            return Inspected(PENDING, not_run=busy)
        late = {problem.version: problem for problem in history.problems if problem.kind == "out_of_order"}
        flaws = [
            _flaw(site, late[file.version.text]) if file.version.text in late else _pending(site, file)
            for file in history.pending
        ]
        return Inspected(PENDING, len(site.files), tuple(flaws), unit="files")


def _at_work(history: History) -> str:
    """Who is at work, "" for nobody: what is true of the target then is not so for long."""
    return next((problem.what for problem in history.problems if problem.kind == "at_work"), "")


def _pending(site: Site, file: MigrationFile) -> Flaw:
    return Flaw(f"migration {file.label}", "is not applied", f"`schemactl -p {site.platform} migrate {site.name}`")


def _flaw(site: Site, problem: Problem) -> Flaw:
    """The problem told of the migration that it is about; `what` goes on from its name."""
    labels = {file.version.text: file.label for file in site.files}
    label = labels.get(problem.version or "")
    if problem.version is None:
        return Flaw("ledger", problem.what, problem.do)
    name = f"migration {label or problem.version}"
    what = problem.what.removeprefix(f"{label} ") if label else problem.what
    return Flaw(name, f"{what} (at {problem.at})" if problem.at else what, problem.do)


def _edited(site: Site, edited: Edited) -> Flaw:
    accept = f'`schemactl -p {site.platform} recover {site.name} --accept {edited.file.version} --why "…"`'
    return Flaw(
        f"migration {edited.file.label}",
        f"its file changed since it was applied, its up statements did not (at {edited.file.shown})",
        f"bring back the file as it was; or {accept} records it as it is",
    )
