"""A server that cannot be had here: what it is, why, and the way to get it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotHad:
    what: str
    why: str
    remedy: str
