"""What recover finds of one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["done", "not done", "half", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the live catalogue says of one statement that was sent and not confirmed.

    evidence  one sentence a person can check
    query     decides it by hand; always given where the verdict is `unknown`
    """

    verdict: Verdict
    evidence: str
    query: str = ""
