"""`python -m gateway_service`: the gateway as a process; `openapi` and `asyncapi` print what it and the bus say."""

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

from contracts.bus import PARTICIPANTS
from flowkit.process.life import host
from flowkit.process.ops import CannotListen
from flowkit.process.settings import read_or_exit

from gateway_service.docs import document as openapi
from gateway_service.docs.asyncapi import document as asyncapi
from gateway_service.routes import ROUTES
from gateway_service.server.listener import Listener
from gateway_service.service import run
from gateway_service.settings import Settings

_WRONGLY_ASKED = 2
_USAGE = "usage: python -m gateway_service [openapi | asyncapi [--whole]]\n"


def main(arguments: Sequence[str]) -> int:
    if told := _told(arguments):
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return 0
    if arguments:
        is_asked_for = arguments[0] in ("-h", "--help")
        (sys.stdout if is_asked_for else sys.stderr).write(_USAGE)
        return 0 if is_asked_for else _WRONGLY_ASKED
    settings = read_or_exit(Settings, os.environ)
    try:
        listener = Listener.open(settings.host, settings.port)
    except CannotListen as fault:
        sys.stderr.write(f"{fault}\n")
        return _WRONGLY_ASKED
    return host("gateway", settings, partial(run, listener), os.environ, edge=True)


def _told(arguments: Sequence[str]) -> dict[str, Any]:
    told_in = version("gateway-service")
    match list(arguments):
        case ["openapi"]:
            return openapi.document(ROUTES, told_in)
        case ["asyncapi"]:
            return asyncapi.document(PARTICIPANTS, ROUTES, told_in)
        case ["asyncapi", "--whole"]:
            return asyncapi.document(PARTICIPANTS, ROUTES, told_in, is_whole=True)
        case _:
            return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
