"""`schemactl` and `python -m schemactl`."""

from __future__ import annotations

import sys


def main() -> None:
    from schemactl.cli.main import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
