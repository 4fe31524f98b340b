"""Jars by Maven's own client: those of a pom, with all that they need, into one folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from schemactl.errors import ConfigError


class Wanted(NamedTuple):
    """What is fetched.

    whose   for messages: "Neo4j"
    jar     the pattern of a file that must be among them
    wait_s  how long Maven may take
    remedy  the way to get them, for messages
    """

    whose: str
    pom: Path
    jar: str
    wait_s: float
    remedy: str


def download(wanted: Wanted, empty: Path) -> None:
    """Fill the folder `empty`, readable for every account. raises  ConfigError with Maven's words"""
    maven = shutil.which("mvn")
    if maven is None:
        raise ConfigError(f"no mvn is here to fetch {wanted.whose} with", do=wanted.remedy, kind="missing_server")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={empty}", "-DincludeScope=runtime"]
    # Maven takes the folder of the pom for the project's and would write its own files there.
    pom = Path(shutil.copy(wanted.pom, empty / "pom.xml"))
    try:
        finished = subprocess.run(
            [maven, "-B", "-q", "-f", pom, *goal],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=wanted.wait_s,
        )
    except subprocess.TimeoutExpired as error:
        what = f"Maven did not get {wanted.whose}'s jars in time"
        raise ConfigError(what, do="try again", kind="missing_server") from error
    if finished.returncode or not list(empty.glob(wanted.jar)):
        said = (finished.stdout + finished.stderr).strip()[-600:]
        raise ConfigError(f"Maven did not get {wanted.whose}'s jars: {said}", do=wanted.remedy, kind="missing_server")
    pom.unlink()
    for file in empty.iterdir():
        file.chmod(0o644)
    empty.chmod(0o755)
