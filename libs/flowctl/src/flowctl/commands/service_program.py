"""A service's own program, run for one of its commands."""

import os
import subprocess
import sys

from flowctl.failure import Failure


def run(module: str, *arguments: str, **environ: str) -> None:
    """Its output is ours; when it fails, so do we, with its code."""
    command = [sys.executable, "-m", module, *arguments]
    code = subprocess.run(command, env=os.environ | environ, check=False).returncode  # noqa: S603  of our own making
    if code != 0:
        raise Failure(f"{module} {' '.join(arguments)} ended with code {code}", abs(code))
