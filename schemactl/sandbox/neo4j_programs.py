"""Neo4j's jars and Java on this machine: kept in the cache, fetched there once by Maven. Brings up no server to use."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from schemactl.errors import ConfigError
from schemactl.sandbox import maven, places
from schemactl.sandbox.had import NotHad
from schemactl.sandbox.supervisor import ENVIRONMENT

VERSION = "5.26.0"
WHAT = "Neo4j 5.26"
WHERE = "org.neo4j.test:neo4j-harness by Maven"

JAVA_MAJORS = (17, 21)
"""Neo4j manual, "System requirements", Java."""

_NAME = f"neo4j-{VERSION}"
_POM = Path(__file__).with_name("neo4j_pom.xml")
_FETCH_WAIT_S = 900
_REMEDY = "install Java 17 and Maven 3.8, then `python -m schemactl.sandbox.neo4j_archive` fetches the jars"


@dataclass(frozen=True, slots=True)
class Programs:
    """What runs a server: `java`, the folder of `jars`, and the archive of loaded classes where it was made."""

    java: Path
    jars: Path
    archive: Path

    def command(self, home: Path, *options: str) -> list[str]:
        """The command line of a server whose files are under `home`."""
        shared = [f"-XX:SharedArchiveFile={self.archive}"] if self.archive.exists() and not options else []
        return [
            str(self.java),
            # Small and soon there: one collector thread, no second compiler.
            *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms128m", "-Xmx1g"),
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.nio", "java.io", "sun.nio.ch")),
            *shared,
            *options,
            *("-cp", f"{self.jars}/*", "org.neo4j.server.CommunityEntryPoint"),
            *(f"--home-dir={home}", f"--config-dir={home / 'conf'}"),
        ]


def absent() -> NotHad | None:
    """Why Neo4j cannot be had, and the way to get it; None where its jars are here and Java to run them."""
    if _java() is None:
        return NotHad(WHAT, "no Java 17 or 21 is here to run it", _REMEDY)
    if not (places.cache() / _NAME).is_dir():
        return NotHad(WHAT, "its jars are not here", _REMEDY)
    return None


def choose() -> Programs:
    """The programs of this machine.

    raises   ConfigError, with the way to get them, where they are not here
    """
    missing, java = absent(), _java()
    if missing is not None or java is None:
        why = missing.why if missing is not None else "no Java is here"
        raise ConfigError(f"{WHAT}: {why}", do=_REMEDY, kind="missing_server")
    return Programs(java, places.cache() / _NAME, places.cache() / archive_name(java) / "classes.jsa")


def archive_name(java: Path) -> str:
    """Of the folder in the cache: an archive belongs to one Java and one set of jars."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, env=ENVIRONMENT, check=False).stderr
    return f"{_NAME}-classes-{hashlib.sha256(f'{java}{said}'.encode()).hexdigest()[:12]}"


def fetch() -> Path:
    """The folder of the jars, fetched where they are not here yet.

    raises   ConfigError with Maven's words where it is not here or does not get them
    """
    wanted = maven.Wanted("Neo4j", _POM, "neo4j-server-[0-9]*.jar", _FETCH_WAIT_S, _REMEDY)
    return places.publish(_NAME, lambda empty: maven.download(wanted, empty))


def _java() -> Path | None:
    """A Java of the right major: that of JAVA_HOME before that of PATH."""
    home = os.environ.get("JAVA_HOME")
    candidates = [Path(home) / "bin/java"] if home else []
    if found := shutil.which("java"):
        candidates.append(Path(found))
    for java in candidates:
        with contextlib.suppress(OSError):
            said = subprocess.run([java, "-version"], capture_output=True, text=True, env=ENVIRONMENT, check=False)
            number = re.search(r'version "(\d+)', said.stderr)
            if number and int(number[1]) in JAVA_MAJORS:
                return java.resolve()
    return None
