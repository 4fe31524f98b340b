"""What a target's URL says beside where its server is. Text only; loads no driver."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

OURS: Final = frozenset({"cluster"})
"""Parameters of a target's URL that are not the driver's."""


def is_encrypted(url: str) -> bool:
    """Whether the connection is TLS; of chdb, which has none, True."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query)).get("secure", "").lower()
    return parts.scheme in ("clickhouses", "chdb") or asked in ("1", "true", "yes", "on")


def password_of(url: str) -> str:
    return unquote(urlsplit(url).password or "")


def cluster_of(url: str) -> str:
    """The `cluster` that a target's URL names; "" where it names none."""
    return dict(parse_qsl(urlsplit(url).query)).get("cluster", "")
