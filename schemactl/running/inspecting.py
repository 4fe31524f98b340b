"""What one inspection has seen so far, and what may be said of it at its end: nothing that was not looked at passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from schemactl.contract.verifying import Flaw, Inspected
from schemactl.errors import RunInterruptedError
from schemactl.events import StepProgress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemactl.contract.opening import Opening
    from schemactl.contract.verifying import Inspection
    from schemactl.events import Listener

LISTED: Final = 100
"""Flaws that are listed one by one; the rest are counted."""
_MANY: Final = 1000
_NAMED: Final = 3
_LONGEST: Final = 300

_Thing = TypeVar("_Thing")


class Look:
    """Gathers what an inspection finds.

    examined  how many objects, or rows where `unit` says so, were looked at
    """

    def __init__(self, inspection: Inspection, opening: Opening, emit: Listener, *, unit: str = "objects") -> None:
        self._inspection = inspection
        self._opening = opening
        self._emit = emit
        self._unit = unit
        self._flaws: list[Flaw] = []
        self._more = 0
        self._unread: list[Flaw] = []
        self._notes: list[str] = []
        self.examined = 0

    @property
    def found(self) -> int:
        """How many flaws there are so far."""
        return len(self._flaws) + self._more

    def flaw(self, about: str, what: str, do: str) -> None:
        if len(self._flaws) < LISTED:
            self._flaws.append(Flaw(about, short(what), do))
        else:
            self._more += 1

    def unread(self, about: str, why: str, do: str = "") -> None:
        """`about` could not be looked at, so that nothing may be said of it."""
        self._unread.append(Flaw(about, short(why), do))

    def note(self, about: str, what: str) -> None:
        """What is no flaw, or none yet."""
        self._notes.append(f"{about}: {short(what)}")

    def each(self, things: Sequence[_Thing], unit: str) -> Iterator[_Thing]:
        """One after the other; where it may take long each tenth is told, as `done` of all `unit`.

        raises  RunInterruptedError where the run is asked to stop
        """
        may_take_long = self._inspection.deep or len(things) >= _MANY
        for done, thing in enumerate(things):
            if self._opening.stop:
                raise stopped(self._opening)
            if done and may_take_long and done * 10 // len(things) > (done - 1) * 10 // len(things):
                self._emit(StepProgress(self._opening.target, self._inspection.name, done, len(things), unit))
            yield thing

    def inspected(self) -> Inspected:
        """The end of it. Where flaws were found, what could not be looked at stands beside them."""
        if self._unread and not self.found:
            return Inspected(self._inspection, not_run=self._why_not(), unit=self._unit, notes=self._noted())
        for one in self._unread:
            self.flaw(one.object, f"was not looked at: {one.what}", one.do or "see to that, then verify again")
        # What is wrong was looked at, whatever else was not.
        examined = max(self.examined, self.found - len(self._unread))
        return Inspected(
            self._inspection, examined, tuple(self._flaws), unit=self._unit, more=self._more, notes=self._noted()
        )

    def _noted(self) -> tuple[str, ...]:
        more = len(self._notes) - LISTED
        return (*self._notes[:LISTED], *([f"and {more:,} more"] if more > 0 else []))

    def _why_not(self) -> str:
        told = [": ".join(filter(None, (one.object, one.what))) for one in self._unread[:_NAMED]]
        more = len(self._unread) - len(told)
        said = "; ".join([*told, f"and {more:,} more"] if more else told)
        do = next((one.do for one in self._unread if one.do), "")
        rest = f" ({self._unit}: {self.examined:,} looked at, nothing found)" if self.examined else ""
        return f"{said}{rest}{f'. {do[0].upper()}{do[1:]}' if do else ''}"


def stopped(opening: Opening) -> RunInterruptedError:
    return RunInterruptedError(
        "stopped while the target was looked at",
        at=opening.shown,
        now="nothing was changed",
        do="run the command again",
        target=opening.target,
    )


def short(text: str) -> str:
    """A server's words on one line, a long one cut."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
