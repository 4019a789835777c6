"""Work that blocks and may never end, kept from holding up the process."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread


def in_a_thread(work: Callable[[], None]) -> asyncio.Future[None]:
    """On a thread that nobody waits for at exit, which asyncio's own would be."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def run() -> None:
        with suppress(Exception):
            work()
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: done.done() or done.set_result(None))

    Thread(target=run, name="last-work", daemon=True).start()
    return done
