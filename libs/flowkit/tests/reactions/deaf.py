"""The process of a service whose reaction does not end when it is told to."""

import asyncio
import os
import sys
from contextlib import suppress
from typing import Any

from flowkit.call import Call
from flowkit.process.host import Host
from flowkit.process.life import host
from flowkit.process.settings import ReactingSettings, read_or_exit
from flowkit.service import Service, on

from .scenes import Diary, Told, Visited, visited


async def be_deaf(_: Visited, __: Call, ___: Diary) -> None:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def body(mine: Host[Any]) -> None:
    await mine.serve(Service("diary", [on(visited, Told(be_deaf), Diary())]))


if __name__ == "__main__":
    sys.exit(host("diary", read_or_exit(ReactingSettings, os.environ), body, os.environ))
