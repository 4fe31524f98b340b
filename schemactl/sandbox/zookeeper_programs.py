"""ZooKeeper's jars on this machine: kept in the cache, fetched there once by Maven. Starts no server."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from schemactl.errors import ConfigError
from schemactl.sandbox import maven, places
from schemactl.sandbox.had import NotHad

VERSION = "3.8.4"
WHERE = "org.apache.zookeeper by Maven"

_NAME = f"zookeeper-{VERSION}"
_POM = Path(__file__).with_name("zookeeper_pom.xml")
_FETCH_WAIT_S = 600
_REMEDY = "install Java 17 and Maven, then `python -m schemactl.sandbox.zookeeper_programs` fetches the jars"


def absent() -> NotHad | None:
    """Why ZooKeeper cannot be had, and the way to get it; None where its jars are here and Java to run them."""
    what = f"ZooKeeper {VERSION}"
    if shutil.which("java") is None:
        return NotHad(what, "no java is here to run it", _REMEDY)
    if not (places.cache() / _NAME).is_dir():
        return NotHad(what, "its jars are not here", _REMEDY)
    return None


def jars() -> Path:
    """The folder of the jars.

    raises   ConfigError, with the way to get them, where they or Java are not here
    """
    missing = absent()
    if missing is not None:
        raise ConfigError(f"{missing.what}: {missing.why}", do=missing.remedy, kind="missing_server")
    return places.cache() / _NAME


def fetch() -> Path:
    """The folder of the jars, fetched where they are not here yet.

    raises   ConfigError with Maven's words where it is not here or does not get them
    """
    wanted = maven.Wanted("ZooKeeper", _POM, "zookeeper-[0-9]*.jar", _FETCH_WAIT_S, _REMEDY)
    return places.publish(_NAME, lambda empty: maven.download(wanted, empty))


if __name__ == "__main__":
    try:
        fetch()
    except ConfigError as error:
        sys.exit("\n".join(error.lines()))
