"""SET statements of a section hold for all that follows, whatever segments it is cut into, wherever it resumes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemactl.engines.postgres.pipeline import Query

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.script.statement import Statement

_SET_LOCAL = re.compile(r"set\s+local\b", re.IGNORECASE)
_SET_CONFIG = re.compile(r"select (?:pg_catalog ?\. ?)?set_config ?\(", re.IGNORECASE)


def before(job: Job, index: int) -> list[Query]:
    """The settings that segments before `index` made, to be made again; empty for a section of one segment.

    SET LOCAL holds for a transaction, and to its author that is the migration: it is made again as SET, which the end
    of the migration takes back.
    """
    earlier = (step.statement for segment in job.segments[:index] for step in segment.steps)
    return [Query(_SET_LOCAL.sub("SET", statement.text, count=1).encode()) for statement in earlier if _sets(statement)]


def _sets(statement: Statement) -> bool:
    if statement.words[0] in ("SET", "RESET"):
        return statement.words[1:2] != ("CONSTRAINTS",)
    return _SET_CONFIG.match(statement.normal) is not None
