"""A service that does what none should: raises with secrets in its words, and leaves work behind that fails."""

import asyncio
import os
import sys
import threading
from dataclasses import dataclass

import structlog
from flowkit.call import Call
from flowkit.contract import Payload, Query, Reply
from flowkit.process.host import Host
from flowkit.process.life import host
from flowkit.process.settings import ServiceSettings, read_or_exit
from flowkit.security import passwords
from flowkit.security.passwords import PasswordOptions, Passwords
from flowkit.service import Service, serve


class Confided(Payload):
    email: str
    password: str
    token: str


class Done(Reply):
    pass


CRASH = Query("test.misfit.crash", Confided, Done)
LEAVE_A_TASK = Query("test.misfit.leaveATask", Confided, Done)
CALL_BACK = Query("test.misfit.callBack", Confided, Done)
HASH = Query("test.misfit.hash", Confided, Done)
START_A_THREAD = Query("test.misfit.startAThread", Confided, Done)


class Misfortune(Exception):
    """Tells all it knows."""

    def __init__(self, confided: Confided) -> None:
        super().__init__(f"{confided.email} came with {confided.password} and {confided.token}: {confided!r}")


class Crash:
    async def run(self, request: Confided, call: Call) -> Done:
        call.step(f"Refusing {request.email}")
        raise Misfortune(request) from Misfortune(request)


class LeaveATask:
    async def run(self, request: Confided, _: Call) -> Done:
        asyncio.get_running_loop().create_task(_fail(request))
        return Done()


class CallBack:
    async def run(self, request: Confided, _: Call) -> Done:
        asyncio.get_running_loop().call_later(0.01, _raise, request)
        return Done()


@dataclass(frozen=True, slots=True)
class Hash:
    """What is stored is no hash, which the hashing thread notices."""

    passwords: Passwords

    async def run(self, request: Confided, _: Call) -> Done:
        await self.passwords.verify(request.password, "no hash")
        return Done()


class StartAThread:
    async def run(self, request: Confided, _: Call) -> Done:
        threading.Thread(target=_raise, args=(request,)).start()
        return Done()


async def _fail(confided: Confided) -> None:
    await asyncio.sleep(0.01)
    raise Misfortune(confided)


def _raise(confided: Confided) -> None:
    raise Misfortune(confided)


async def body(mine: Host[ServiceSettings]) -> None:
    structlog.get_logger("misfit").warning("outside of any request")
    asyncio.get_running_loop().create_task(_fail(Confided(email="a@b.c", password="none", token="none")))
    hashing = await mine.open("the hashing pool", passwords.pool(PasswordOptions(memory_mib=19)))
    flows = [
        serve(CRASH, Crash()),
        serve(LEAVE_A_TASK, LeaveATask()),
        serve(CALL_BACK, CallBack()),
        serve(HASH, Hash(hashing)),
        serve(START_A_THREAD, StartAThread()),
    ]
    await mine.serve(Service("misfit", flows))


if __name__ == "__main__":
    sys.exit(host("misfit", read_or_exit(ServiceSettings, os.environ), body, os.environ))
