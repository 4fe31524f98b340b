"""What recover finds of one statement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["done", "not done", "half", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the live catalogue says of one statement that was sent and not confirmed.

    evidence  one sentence a person can check
    query     decides it by hand; always given where the verdict is `unknown`
    assumed   `not done` was not seen: it may be sent again whether it took effect or not
    """

    verdict: Verdict
    evidence: str
    query: str = ""
    assumed: bool = False


def sent_again(unknown: Finding) -> Finding:
    """What is unknown of a statement that says that it is idempotent: to finish it, it is sent again."""
    evidence = f"{unknown.evidence}, and the migration says that it is idempotent"
    return replace(unknown, verdict="not done", evidence=evidence, assumed=True)
