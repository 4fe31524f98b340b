"""Names and texts as SQL writes them. Sends nothing."""

from __future__ import annotations


def identifier(*names: str) -> str:
    """`"a"."b"`: quoted always, since a role may be called `user` or `Public`."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def grantee(name: str) -> str:
    """A role as GRANT and REVOKE name it; "" is everybody."""
    return identifier(name) if name else "PUBLIC"


def literal(text: str) -> str:
    """A string constant, where standard_conforming_strings is on, as in every session of ours."""
    return "'" + text.replace("'", "''") + "'"
