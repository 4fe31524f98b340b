"""What a target's URL must look like on each engine. Text only: opens no connection, looks nothing up.

Source: the manuals of libpq ("Connection URIs"), clickhouse-driver ("URL"), MongoDB ("Connection Strings") and Neo4j
("Connection URI").
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from schemactl.errors import ConfigError
from schemactl.project.secrets import mask

SCHEMES = {
    "postgres": ("postgresql", "postgres"),
    "clickhouse": ("clickhouse", "clickhouses", "chdb"),
    "mongodb": ("mongodb", "mongodb+srv"),
    "neo4j": ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"),
}
EXAMPLES = {
    "postgres": "postgresql://USER@HOST:5432/DATABASE",
    "clickhouse": "clickhouse://USER@HOST:9000/DATABASE",
    "mongodb": "mongodb://USER@HOST:27017/DATABASE",
    "neo4j": "neo4j://USER@HOST:7687/DATABASE",
}

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.DOTALL,
)
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(?::(?P<port>[0-9]*))?")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_ENCODE = "percent-encode them in user and password: `@` is %40, `/` %2F, `?` %3F, `#` %23, `%` %25"
_Problem = tuple[str, str]


def check_url(url: str, engine: str, *, target: str, at: str, whole_server: bool = False) -> None:
    """Refuse a URL that cannot be one of `engine`.

    whole_server  no database need be named
    at      where the URL comes from, for the message
    raises  ConfigError; its text never holds the password, nor a text that is no URL at all
    """
    problem = _problem(url, engine, whole_server=whole_server)
    if problem:
        what, do = problem
        raise ConfigError(what, at=at, do=do or f"write it as {EXAMPLES[engine]}", kind="url", target=target)


def _problem(url: str, engine: str, *, whole_server: bool) -> _Problem | None:
    match = _URL.fullmatch(url)
    if match is None:
        # Not quoted: it may be a bare password that got here by mistake.
        why = "it cannot be read as one" if "://" in url else "it has no `scheme://`"
        return (f"the value is not a URL: {why}", "")
    shown = mask(url)
    scheme = match["scheme"].lower()
    if scheme not in SCHEMES[engine]:
        return (f"{shown} is not for the engine {engine}, whose URLs begin with {_schemes(engine)}", "")
    if _BLANK.search(url):
        # Not quoted: a program that printed more than the URL may have printed other secrets too.
        return ("the URL has white space in it", "write a blank as %20, and remove line ends")
    login, _, hosts = match["authority"].rpartition("@")
    rest = (match["path"] or "") + (match["query"] or "")
    if "@" in login or "@" in rest or "#" in url or _BROKEN_PERCENT.search(url):
        return (f"{shown} has characters that need percent-encoding", _ENCODE)
    query = parse_qs(match["query"] or "", keep_blank_values=True)
    database = (match["path"] or "").removeprefix("/")
    if scheme == "chdb":
        return None if database and not hosts else (f"{shown} names no folder", "write it as chdb:///FOLDER")
    wrong = _host_problem(hosts, query, engine, shown)
    return wrong or (None if whole_server and not database else _database_problem(database, query, engine, shown))


def _host_problem(hosts: str, query: dict[str, list[str]], engine: str, shown: str) -> _Problem | None:
    # libpq takes a socket's folder, or a named service, as a parameter in place of the host.
    if not hosts and engine == "postgres" and any(any(query.get(key, ())) for key in ("host", "hostaddr", "service")):
        return None
    for part in hosts.split(","):
        host = _HOST.fullmatch(part)
        if host is None or not host["host"]:
            return (f"{shown} names no host", "")
        if host["port"] and not 0 < int(host["port"]) < 65_536:
            return (f"{shown} has a port that is not between 1 and 65535", "")
    return None


def _database_problem(database: str, query: dict[str, list[str]], engine: str, shown: str) -> _Problem | None:
    if "/" in database:
        return (f"{shown} has more than a database after its host", "")
    elsewhere = engine == "postgres" and any(any(query.get(key, ())) for key in ("dbname", "service"))
    # A user of Neo4j has a home database, which is meant where none is named.
    if not database and not elsewhere and engine != "neo4j":
        return (f"{shown} names no database", "")
    return None


def _schemes(engine: str) -> str:
    return ", ".join(f"{scheme}://" for scheme in SCHEMES[engine])
