"""The README's picture: the dashboard platform, commands really run on a terminal of tmux's, drawn as an SVG.

python -m tests.tools.picture docs/terminal.svg
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from rich.console import Console
from rich.text import Text

from schemactl.sandbox import postgres as sandbox
from tests.platforms.dashboard import ROOT, TARGETS

COLUMNS = 104
COMMANDS = (
    ["migrate", "resume_service_db", "--to", "003"],
    ["plan", "resume_service_db"],
    ["migrate"],
    ["status"],
    ["rollback", "resume_service_db", "--yes"],
)


def main(output: Path) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    with sandbox.start() as server:
        urls = dict(_databases(server.url))
        environment = os.environ | {f"SCHEMACTL_URL__DASHBOARD__{name.upper()}": url for name, url in urls.items()}
        for command in COMMANDS:
            console.print(Text(f"$ schemactl {' '.join(command)}", style="bold"))
            console.print(Text.from_ansi(_on_terminal(command, environment | {"COLUMNS": str(COLUMNS)})))
    drawn = console.export_svg(title="schemactl on the dashboard platform")
    # The reader's own monospace font will do: a picture should fetch nothing.
    output.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL))


def _databases(admin: str) -> Iterator[tuple[str, str]]:
    """One database for each service."""
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in TARGETS:
            connection.execute(f"CREATE DATABASE {name}".encode())
            yield name, urlsplit(admin)._replace(path=f"/{name}").geturl()


def _on_terminal(command: list[str], environment: dict[str, str]) -> str:
    """What tmux's screen shows when the command has ended."""
    name = f"picture-{os.getpid()}"
    line = f"cd {shlex.quote(str(ROOT))} && {shlex.join([sys.executable, '-m', 'schemactl', *command])}"
    size = ["-x", str(COLUMNS), "-y", "60"]
    subprocess.run(["tmux", "new-session", "-d", "-s", name, *size, f"{line}; sleep 60"], env=environment, check=True)
    try:
        time.sleep(4)
        shown = subprocess.run(
            ["tmux", "capture-pane", "-e", "-p", "-t", name], check=True, capture_output=True, text=True
        )
    finally:
        subprocess.run(["tmux", "kill-session", "-t", name], check=True)
    return shown.stdout.rstrip() + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
