"""Cuts a section into segments where one transaction cannot go on (guarantee 3). Pure: text in, segments out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemactl.contract.job import PlannedStatement, Segment
from schemactl.engines.postgres.statements import (
    adds_enum_value,
    changes_encoding,
    controls_transaction,
    copies_to_client,
    creates_type,
    drops_lock,
    refuses_or_ends,
    stands_alone,
)
from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.script.section import Section
    from schemactl.script.statement import Statement


class PostgresPlanner:
    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        """Cut a section; a section without statements is one transaction without statements.

        raises  ConfigError for BEGIN, COMMIT and their like, and for what would let go of the session's lock
        """
        planned = []
        for ordinal, statement in enumerate(section.statements):
            planned.append(_plan(ordinal, statement, shown))
        segments = _each(planned) if section.directives.transaction_none else _share(planned)
        return tuple(map(_locked, segments) if locks else segments) or (Segment(mode="transaction", steps=()),)

    def script(self, section: Section) -> str:
        return ""


def _locked(segment: Segment) -> Segment:
    """The same segment with the locks: what it creates itself nobody waits for, until it has committed."""
    from schemactl.engines.postgres.locks import creates, lock_of

    new: set[str] = set()
    steps = []
    for step in segment.steps:
        lock = lock_of(step.statement, new=new)
        steps.append(PlannedStatement(ordinal=step.ordinal, statement=step.statement, lock=lock, why=step.why))
        new.add(creates(step.statement))
    return Segment(mode=segment.mode, steps=tuple(steps))


class _Refusal(NamedTuple):
    """A statement that a migration must not hold; `what` may name its first word."""

    holds: Callable[[Statement], object]
    what: str
    do: str
    kind: str


_REFUSED = (
    _Refusal(
        controls_transaction,
        "{word} in a migration: the tool opens and ends transactions itself",
        "remove it; where each statement must stand alone, say `-- schemactl: transaction=none`",
        "transaction_control",
    ),
    _Refusal(
        drops_lock,
        "this statement lets go of the lock that keeps other runners out",
        "remove it: schemactl puts the session's settings back after each migration",
        "drops_lock",
    ),
    _Refusal(
        copies_to_client,
        "COPY … TO STDOUT in a migration: nobody reads what it would send",
        "remove it, or copy to a file of the server",
        "copy_to_stdout",
    ),
    _Refusal(
        changes_encoding,
        "a migration is sent in UTF-8; another client_encoding would change its letters",
        "remove it: the file itself is UTF-8, whatever the database's encoding",
        "client_encoding",
    ),
)


def _plan(ordinal: int, statement: Statement, shown: str) -> PlannedStatement:
    for refused in _REFUSED:
        if refused.holds(statement):
            raise ConfigError(
                refused.what.format(word=statement.words[0]),
                at=f"{shown}:{statement.line}",
                do=refused.do,
                kind=refused.kind,
            )
    return PlannedStatement(ordinal=ordinal, statement=statement, why=stands_alone(statement))


def _each(planned: Sequence[PlannedStatement]) -> list[Segment]:
    """`transaction=none`: a transaction for each statement that one can hold for certain."""
    segments = []
    for step in planned:
        why = step.why or refuses_or_ends(step.statement)
        alone = PlannedStatement(ordinal=step.ordinal, statement=step.statement, why=why)
        segments.append(Segment(mode="alone" if why else "transaction", steps=(alone,)))
    return segments


def _share(planned: Sequence[PlannedStatement]) -> list[Segment]:
    segments: list[Segment] = []
    open_steps: list[PlannedStatement] = []
    types: set[str] = set()
    new_value = False

    def close() -> None:
        nonlocal new_value
        if open_steps:
            segments.append(Segment(mode="transaction", steps=tuple(open_steps)))
            open_steps.clear()
        types.clear()
        new_value = False

    for step in planned:
        enum = adds_enum_value(step.statement)
        if step.why:
            close()
            segments.append(Segment(mode="alone", steps=(step,)))
            continue
        if new_value and not enum:
            # A value added to an enum cannot be used before its transaction has committed (manual, ALTER TYPE).
            close()
        types.add(creates_type(step.statement))
        new_value = new_value or bool(enum and enum not in types)
        open_steps.append(step)
    close()
    return segments
