"""A target's URL as the driver takes it: address, login, TLS and database apart. Opens nothing.

The driver passes over a URL's path in silence and refuses a query and a login in it, so none of them reach it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from schemactl.errors import ConfigError

if TYPE_CHECKING:
    from schemactl.contract.opening import Opening

PORT = 7687
SYSTEM = "system"


class Address(NamedTuple):
    """What a URL says.

    uri        scheme, host and port, for the driver
    database   "" for the user's home database
    encrypted  whether the connection is to be TLS
    authority  the file of the certificates to trust, "" for the system's own
    """

    uri: str
    host: str
    user: str
    password: str
    database: str
    encrypted: bool
    authority: str

    def __repr__(self) -> str:
        return f"Address({self.uri!r}, database={self.database!r})"


def parse(opening: Opening) -> Address:
    """Read the URL `neo4j[+s|+ssc]://user:password@host:port/database?ca=/path`, or `bolt…`.

    raises  ConfigError, kind `url`, for a parameter that is not known or does not fit, and for the database `system`
    """
    parts = urlsplit(opening.url)
    database = unquote(parts.path.lstrip("/"))
    if database.lower() == SYSTEM:
        raise _problem(opening, "the database `system` holds no data of a service", "name the service's own database")
    authority = ""
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name != "ca":
            raise _problem(opening, f"the parameter `{name}` is not known", "`ca=/path` is the only one")
        authority = value
    scheme = parts.scheme.lower()
    if authority and not scheme.endswith("+s"):
        do = f"write {scheme.partition('+')[0]}+s:// to have the certificate checked"
        raise _problem(opening, "`ca` is given for a connection that checks no certificate", do)
    # The driver takes the certificates of an authority only where the scheme does not decide on TLS itself.
    plain = scheme.partition("+")[0] if authority else scheme
    host = parts.hostname or ""
    place = f"[{host}]" if ":" in host else host
    return Address(
        uri=f"{plain}://{place}:{parts.port or PORT}",
        host=host,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=database,
        encrypted="+" in scheme,
        authority=authority,
    )


def _problem(opening: Opening, what: str, do: str) -> ConfigError:
    return ConfigError(
        f"the URL does not hold: {what}",
        at=opening.shown,
        now="nothing was changed",
        do=do,
        kind="url",
        target=opening.target,
    )
