"""The `flow` command."""

import sys

from flowctl.app import build
from flowctl.failure import Failure

INTERRUPTED = 130


def main() -> None:
    try:
        build()()
    except Failure as failure:
        sys.stderr.write(f"flow: {failure}\n")
        raise SystemExit(failure.code) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


if __name__ == "__main__":
    main()
