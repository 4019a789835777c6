"""`python -m gateway_service`: the gateway as a process."""

import os
import sys
from functools import partial

from flowkit.process.host import host
from flowkit.process.settings import read_or_exit

from gateway_service.server.listener import CannotListen, Listener
from gateway_service.service import run
from gateway_service.settings import Settings

_BAD_SETTINGS = 2


def main() -> int:
    settings = read_or_exit(Settings, os.environ)
    try:
        listener = Listener.open(settings.host, settings.port)
    except CannotListen as fault:
        sys.stderr.write(f"{fault}\n")
        return _BAD_SETTINGS
    return host("gateway", settings, partial(run, listener), os.environ, edge=True)


if __name__ == "__main__":
    sys.exit(main())
