"""`schemactl` and `python -m schemactl`."""

from __future__ import annotations

import gc
import os
import sys

INTERRUPTED = 130


def main() -> None:
    # A command makes a few large tables of small values and ends: looking for cycles every 700 objects is lost time.
    gc.set_threshold(50_000)
    from schemactl.cli.main import main as run

    code = run()
    if code == INTERRUPTED:
        # A thread may still wait for a server that does not answer: whoever pressed Ctrl-C does not.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
