"""The bus as somebody who knows nothing of our code sees it: a bare client, and an impostor among the answerers."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import msgspec
from flowkit.bus.nats import NatsOptions
from httpx import Response
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from tests.cluster import Running

PATIENCE_S = 20

type Request = Callable[[], Awaitable[Response]]


class Subscribe(Protocol):
    """What is used of nats-py's, whose own types are not whole."""

    def __call__(
        self, subject: str, *, queue: str, cb: Callable[[Msg], Awaitable[None]]
    ) -> Awaitable[Subscription]: ...


@dataclass(frozen=True, slots=True)
class Reply:
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def told(self) -> tuple[int, str, str]:
        return self.body["status"], self.body["errorCode"], self.body["message"]


@dataclass(frozen=True, slots=True)
class Bus:
    client: Client

    async def ask(self, subject: str, body: object = b"", **headers: str) -> Reply:
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.client.request(subject, data, timeout=20, headers=sent or None)
        return Reply(msgspec.json.decode(reply.data), dict(reply.headers or {}))

    async def ask_as(self, service: str, subject: str, body: object = b"", **headers: str) -> Reply:
        """As a service of the cluster, with its badge: for what is internal."""
        badge = (await self.ask(f"auth.identify.{service}")).body["data"]["token"]
        return await self.ask(subject, body, flow_service=badge, **headers)

    @asynccontextmanager
    async def subscribed(
        self, subject: str, handler: Callable[[Msg], Awaitable[None]], queue: str = ""
    ) -> AsyncGenerator[None]:
        subscribe = cast("Subscribe", self.client.subscribe)  # pyright: ignore[reportUnknownMemberType]  see Subscribe
        taken = await subscribe(subject, queue=queue, cb=handler)
        await self.client.flush()
        try:
            yield
        finally:
            await taken.unsubscribe()
            await self.client.flush()


@dataclass(slots=True)
class Impostor:
    asked: int = 0

    async def answers(self, request: Request) -> Response:
        """The answer to a request that came to the impostor; the queue group sends them where it likes."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            before = self.asked
            answer = await request()
            if self.asked > before and answer.status_code >= 500:
                return answer
            # What others did to this flow may have opened its circuit: for a moment nobody is asked at all.
            await asyncio.sleep(0.02)
        raise AssertionError(f"in {PATIENCE_S} s no request came to the impostor alone")


@asynccontextmanager
async def impostor(cluster: Running, service: str, subject: str, reply: bytes | None) -> AsyncGenerator[Impostor]:
    """One more member of the service's queue group, with its stolen credentials; with None it never answers."""
    impostor = Impostor()

    async def answer(message: Msg) -> None:
        impostor.asked += 1
        if reply is not None:
            await message.respond(reply)

    async with connected(cluster.nats_urls[service]) as bus, bus.subscribed(subject, answer, queue=service):
        yield impostor


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Bus]:
    client = Client()
    await client.connect(url, inbox_prefix=NatsOptions(url).inbox_prefix)
    try:
        yield Bus(client)
    finally:
        await client.close()
