"""What an engine needs to open a target."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemactl.contract.job import Patience, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Where a target lives and how to behave there.

    url     with its password: never shown; messages use `shown`
    shown   the same without password or query secrets
    target  `platform/target`, for messages
    """

    url: str
    shown: str
    target: str
    patience: Patience = field(default_factory=Patience)
    stop: Stop = field(default_factory=Stop)
    connect_timeout_s: int = 10

    def __repr__(self) -> str:
        return f"Opening(target={self.target!r}, shown={self.shown!r})"
