"""SCRAM verifiers: what PostgreSQL keeps of a password. Source: RFC 5802, RFC 7677; manual, pg_authid.rolpassword."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import stringprep
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_VERIFIER = re.compile(r"SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
# RFC 4013, section 2.3. Unassigned code points (A.1) are refused there too, and by libpq.
_PROHIBITED = (
    *(stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4),
    *(stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8),
    *(stringprep.in_table_c9, stringprep.in_table_a1),
)


def verifier(connection: psycopg.Connection[object], password: str, role: str) -> str:
    """A new verifier, with a salt of its own, computed in this process."""
    made = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return made.decode("ascii")


def matches(kept: str, password: str) -> bool:
    """Whether `kept`, a verifier of the server's, is one of `password`; false for an md5 hash and whatever else."""
    found = _VERIFIER.fullmatch(kept)
    if found is None:
        return False
    salt, stored, server = (base64.b64decode(part) for part in found.groups()[1:])
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password), salt, int(found[1]))
    key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return hmac.compare_digest(key, stored) and hmac.compare_digest(
        hmac.digest(salted, b"Server Key", "sha256"), server
    )


def prepared(password: str) -> bytes:
    """The password as it is hashed: by SASLprep, or as it is where that refuses it (as libpq's pg_saslprep)."""
    if password.isascii():
        return password.encode()
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in password if not stringprep.in_table_b1(char)
    )
    text = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if not text or any(refused(char) for char in text for refused in _PROHIBITED) or not _one_direction(text):
        return password.encode()
    return text.encode()


def _one_direction(text: str) -> bool:
    """RFC 3454, section 6: with right-to-left characters, none of the other direction, and one at each end."""
    if not any(map(stringprep.in_table_d1, text)):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(map(stringprep.in_table_d2, text))
