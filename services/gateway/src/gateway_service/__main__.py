"""`python -m gateway_service`: the gateway as a process; `... openapi` prints what it says of itself."""

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version

from flowkit.process.life import host
from flowkit.process.ops import CannotListen
from flowkit.process.settings import read_or_exit

from gateway_service.docs.document import document
from gateway_service.routes import ROUTES
from gateway_service.server.listener import Listener
from gateway_service.service import run
from gateway_service.settings import Settings

_WRONGLY_ASKED = 2


def main(arguments: Sequence[str]) -> int:
    if arguments == ["openapi"]:
        sys.stdout.write(json.dumps(document(ROUTES, version("gateway-service")), indent=2) + "\n")
        return 0
    if arguments:
        is_asked_for = arguments[0] in ("-h", "--help")
        (sys.stdout if is_asked_for else sys.stderr).write("usage: python -m gateway_service [openapi]\n")
        return 0 if is_asked_for else _WRONGLY_ASKED
    settings = read_or_exit(Settings, os.environ)
    try:
        listener = Listener.open(settings.host, settings.port)
    except CannotListen as fault:
        sys.stderr.write(f"{fault}\n")
        return _WRONGLY_ASKED
    return host("gateway", settings, partial(run, listener), os.environ, edge=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
