"""What the fake can be looked at for: things that are half there; with time, the words that they hold."""

from __future__ import annotations

from collections.abc import Sequence

from schemactl.contract.verifying import Flaw, Inspected, Inspection
from schemactl.errors import StatementError
from schemactl.events import Listener, StepProgress
from tests.contract.fake.server import Session

WHOLE = Inspection("whole-things", "everything is there as a whole")
SOUND = Inspection("sound-things", "nothing makes a noise")
WORDS = Inspection("good-words", "no word is a bad one", deep=True)


class FakeVerifier:
    """A thing named `locked` cannot be looked at; where one is named `noisy` the server refuses to look for sound."""

    def __init__(self, session: Session, target: str) -> None:
        self._session = session
        self._target = target

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        return (WHOLE, SOUND, WORDS) if deep else (WHOLE, SOUND)

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        things = self._session.read(lambda state: dict(state.things))
        if inspection == SOUND:
            if "noisy" in things:
                raise StatementError("it is too loud here", kind="statement", target=self._target)
            return Inspected(SOUND, len(things))
        if inspection == WHOLE:
            if "locked" in things:
                return Inspected(WHOLE, not_run="locked is locked")
            half = [Flaw(f"thing {name}", "is half there", "drop it") for name, one in things.items() if not one.whole]
            return Inspected(WHOLE, len(things), tuple(half))
        words = [word for thing in things.values() for word in thing.rows]
        emit(StepProgress(self._target, WORDS.name, len(words), len(words), "words"))
        bad = tuple(Flaw(f"word {word}", "is a bad one", "say it otherwise") for word in words if word == "bad")
        return Inspected(WORDS, len(words), bad, unit="words")

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted({word for text in rights for word in text.split() if word.startswith("stranger")}))
