"""A process that owns a sandbox server: prints one line of JSON about it, then waits to be killed. Run as a script."""

from __future__ import annotations

import json
import sys

from schemactl.sandbox import postgres


def main() -> None:
    server = postgres.start(major=int(sys.argv[1]))
    print(json.dumps({"pid": server.pid, "folder": str(server.log.parent)}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
