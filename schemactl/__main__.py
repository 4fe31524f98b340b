"""`schemactl` and `python -m schemactl`."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130


def main() -> None:
    from schemactl.cli.main import main as run

    code = run()
    if code == INTERRUPTED:
        # A thread may still wait for a server that does not answer: whoever pressed Ctrl-C does not.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
