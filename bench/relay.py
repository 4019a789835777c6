"""The bare peer of the gateway: Litestar on Granian, nats-py, and nothing else. `PORT`, `NATS_URL`."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import nats
from flowkit.bus.nats import NatsOptions
from granian.constants import Interfaces
from granian.server import Server
from litestar import Litestar, Response, get
from litestar.datastructures import State

from bench.responder import SUBJECT


@get("/api/v1/admin/list")
async def relay(state: State) -> Response[bytes]:
    reply = await state.nats.request(SUBJECT, b'{"page":1,"limit":10}', timeout=5)
    return Response(reply.data, media_type="application/json")


@asynccontextmanager
async def connected(app: Litestar) -> AsyncGenerator[None]:
    url = os.environ["NATS_URL"]
    prefix = NatsOptions(url).inbox_prefix
    app.state.nats = await nats.connect(url, inbox_prefix=prefix)  # pyright: ignore[reportUnknownMemberType]  untyped
    yield
    await app.state.nats.close()


app = Litestar([relay], lifespan=[connected], openapi_config=None)

if __name__ == "__main__":
    Server("bench.relay:app", port=int(os.environ["PORT"]), interface=Interfaces.ASGI).serve()
