"""SIGTERM to one service at work: everything it has taken is answered."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nats
import pytest
from flowkit.servers import NatsServer, PostgresServer
from nats.aio.client import Client
from nats.errors import NoRespondersError

from tests.cluster.limits import OUT_OF_THE_WAY
from tests.cluster.people import new_email

from .beside import EXIT_WITHIN_S, service
from .stopping import refuse_a_stop_cut_short

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

# As many logins at once as the line of passwords to hash takes; each is held back as long as any refusal, so all of
# them are taken and unanswered at any moment. Cheaply hashed: none is to wait in line until it is turned away.
LOGINS, READS = 24, 16
CHEAP = {"PASSWORD_MEMORY_MIB": "19"}
READ = b'{"id":"00000000-0000-7000-8000-000000000000"}'
# A message published now may be on its way to the service when it unsubscribes.
ON_THE_WAY_S = 0.1


def login() -> bytes:
    """Of somebody else each time: one account alone would be throttled, and not be hashed for."""
    return json.dumps({"email": new_email("nobody"), "password": "no password of anyone"}).encode()


def read() -> bytes:
    return READ


@dataclass(slots=True)
class Callers:
    """Ask again and again until nobody is there."""

    client: Client
    answers: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    async def keep_asking(self, subject: str, payload: Callable[[], bytes]) -> None:
        told = ""
        while told != "nobody there":
            sent = time.monotonic()
            told = await self._ask(subject, payload())
            self.answers.append((sent, told))

    async def _ask(self, subject: str, payload: bytes) -> str:
        try:
            reply = await self.client.request(subject, payload, timeout=9)
        except NoRespondersError:
            return "nobody there"
        except TimeoutError:
            return "no reply"
        return str(json.loads(reply.data)["errorCode"])


async def test_a_service_told_to_stop_answers_all_it_has_taken(tmp_path: Path, tell: Callable[[str], None]) -> None:
    async with PostgresServer.temporary() as postgres, NatsServer.temporary() as bus:
        environ = {"NATS_URL": bus.url, "DATABASE_URL": await postgres.create_database("customer")}
        environ |= OUT_OF_THE_WAY | CHEAP
        async with service("customer_service", tmp_path, environ) as stopped:
            await stopped.ready()
            callers = Callers(await nats.connect(bus.url))  # pyright: ignore[reportUnknownMemberType]  untyped
            async with asyncio.TaskGroup() as asking:
                for subject, payload, count in (("login", login, LOGINS), ("get", read, READS)):
                    for _ in range(count):
                        asking.create_task(callers.keep_asking(f"api.v1.customer.{subject}", payload))
                await asyncio.sleep(2)
                told_at = time.monotonic()
                code, took = await stopped.leave()
                refuse_a_stop_cut_short("customer", stopped.lines)
            await callers.client.close()

    before = Counter(told for sent, told in callers.answers if sent < told_at - ON_THE_WAY_S)
    since = Counter(told for sent, told in callers.answers if sent >= told_at - ON_THE_WAY_S)
    tell(f"before SIGTERM {dict(before)}, since {dict(since)}; exit {code} after {took:.2f} s")
    assert before.keys() == {"UNAUTHORIZED"}
    assert since.keys() <= {"UNAUTHORIZED", "SERVICE_UNAVAILABLE", "nobody there"}
    assert code == 0
    assert took < EXIT_WITHIN_S
