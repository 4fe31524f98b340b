"""Cuts a section into segments where one transaction cannot go on (guarantee 3). Pure: text in, segments out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.job import PlannedStatement, Segment
from schemactl.engines.neo4j.cypher_tokens import tokens
from schemactl.engines.neo4j.definitions import of_statement
from schemactl.engines.neo4j.statements import commits, kind, refusal
from schemactl.errors import ConfigError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.script.section import Section
    from schemactl.script.statement import Statement

BATCHES: Final = "IN TRANSACTIONS commits by itself"
_ENTERPRISE: Final = {"KEY": "a key", "EXISTS": "existence", "TYPE": "a property's type"}
SCRIPT: Final = "the file says `transaction=none`"


class Neo4jPlanner:
    """edition: of the server, "" where none was asked: then nothing is refused for it."""

    def __init__(self, edition: str = "") -> None:
        self._edition = edition

    def segments(self, section: Section, *, shown: str, locks: bool = True) -> tuple[Segment, ...]:
        """Cut a section; a section without statements is one transaction without statements.

        raises  ConfigError for what a migration must not hold, UnsupportedError for what the edition has not, at
                `shown`:line
        """
        for one in section.statements:
            self._refuse_enterprise(one, shown)
        planned = [_plan(ordinal, one, shown, locks) for ordinal, one in enumerate(section.statements)]
        segments = _cut(planned, each=section.directives.transaction_none)
        return tuple(segments) or (Segment(mode="transaction", steps=()),)

    def _refuse_enterprise(self, statement: Statement, shown: str) -> None:
        if self._edition != "community" or kind(statement) != "schema":
            return
        made = of_statement(statement)
        if made is not None and made.definition is not None and made.definition.sort in _ENTERPRISE:
            raise UnsupportedError(
                f"a constraint of {_ENTERPRISE[made.definition.sort]} needs Neo4j Enterprise; this server is Community",
                at=f"{shown}:{statement.line}",
                now="nothing of the file was run",
                do="take a uniqueness constraint, and a seed or a check for the rest; or give the target such a server",
                kind="enterprise",
            )

    def script(self, section: Section) -> str:
        """Where a script changes the schema, no transaction holds it and its entry: it says so itself."""
        return SCRIPT if section.directives.transaction_none else ""


def _plan(ordinal: int, statement: Statement, shown: str, locks: bool) -> PlannedStatement:
    refused = refusal(statement)
    if refused is not None:
        raise ConfigError(refused.what, at=f"{shown}:{statement.line}", do=refused.do, kind=refused.kind)
    lock = _lock(statement) if locks else ""
    return PlannedStatement(ordinal=ordinal, statement=statement, lock=lock, why=_why(statement))


def _why(statement: Statement) -> str:
    found = kind(statement)
    if found == "data":
        return ""
    if found == "batches":
        procedure = commits(tokens(statement.text))
        return f"{procedure} commits by itself" if procedure else BATCHES
    made = of_statement(statement)
    words = f"{made.verb} {made.what.upper()}" if made else "a change of the schema"
    return f"{words}: no data, so no ledger entry, may share its transaction"


def _lock(statement: Statement) -> str:
    """What a change of the schema waits for, and keeps others waiting for."""
    made = of_statement(statement)
    if made is None or made.definition is None or not made.definition.labels:
        return ""
    what = "LABEL" if made.definition.entity == "NODE" else "TYPE"
    return f"{what} {', '.join(made.definition.labels)} (waits for every open write on it)"


def _cut(planned: Sequence[PlannedStatement], *, each: bool) -> list[Segment]:
    """`each`: every statement that a transaction can hold gets one of its own."""
    segments: list[Segment] = []
    for step in planned:
        last = segments[-1] if segments else None
        if step.why:
            segments.append(Segment(mode="alone", steps=(step,)))
        elif last is None or last.mode == "alone" or each:
            segments.append(Segment(mode="transaction", steps=(step,)))
        else:
            segments[-1] = Segment(mode="transaction", steps=(*last.steps, step))
    return segments
