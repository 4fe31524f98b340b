"""The fake's statements, and how a section of them is cut into segments.

    create x        drop x        insert x 'words'        note x 'words'        fail
    alone create x  …             the same, where no transaction holds it; it may be left half done

`begin`, `commit`, `rollback` and `unlock` have no place in a migration.
"""

from __future__ import annotations

from schemactl.contract.job import PlannedStatement, Segment
from schemactl.errors import ConfigError
from schemactl.script.section import Section
from tests.contract.fake.server import RefusedError, State, Thing

_REFUSED = {"BEGIN": "transaction_control", "COMMIT": "transaction_control", "ROLLBACK": "transaction_control"}
_REFUSED |= {"UNLOCK": "drops_lock"}


class FakePlanner:
    """Cuts before and after a statement that stands alone."""

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        segments: list[Segment] = []
        shared: list[PlannedStatement] = []

        def close() -> None:
            if shared:
                segments.append(Segment(mode="transaction", steps=tuple(shared)))
                shared.clear()

        for ordinal, statement in enumerate(section.statements):
            verb = statement.words[0]
            if verb in _REFUSED:
                what = f"{verb} in a migration: the tool's own work"
                raise ConfigError(what, at=f"{shown}:{statement.line}", do="remove it", kind=_REFUSED[verb])
            why = "it stands alone" if verb == "ALONE" else ""
            planned = PlannedStatement(ordinal=ordinal, statement=statement, why=why)
            if why:
                close()
                segments.append(Segment(mode="alone", steps=(planned,)))
                continue
            shared.append(planned)
            if section.directives.transaction_none:
                close()
        close()
        return tuple(segments) or (Segment(mode="transaction", steps=()),)

    def script(self, section: Section) -> str:
        return "transaction=none" if section.directives.transaction_none else ""


def parts(text: str) -> tuple[str, str, str]:
    """Verb, name and words of a statement, `alone` left out."""
    verb, _, rest = text.removeprefix("alone ").partition(" ")
    name, _, words = rest.partition(" ")
    return verb, name, words.removeprefix("'").removesuffix("'").replace("''", "'")


def execute(state: State, text: str) -> None:
    """Do what one statement says. raises  RefusedError"""
    verb, name, words = parts(text)
    if verb == "create":
        if name in state.things:
            raise RefusedError("duplicate_object", f"{name} is there already")
        state.things[name] = Thing()
        return
    if verb not in ("drop", "insert", "note"):
        raise RefusedError("syntax", f"no such statement: {text}")
    if name not in state.things:
        raise RefusedError("missing_object", f"there is no {name}")
    if verb == "drop":
        del state.things[name]
    elif verb == "insert":
        state.things[name].rows.append(words)
    else:
        state.things[name].note = words


def halve(state: State, text: str) -> None:
    """What a statement that stands alone leaves where it dies in the middle; an insert leaves nothing."""
    verb, name, _ = parts(text)
    if verb == "create":
        state.things[name] = Thing(whole=False)
    elif verb == "drop" and name in state.things:
        state.things[name].whole = False
