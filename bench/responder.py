"""The bare peer of a flow: nats-py answering with bytes it holds. `NATS_URL`, and `REPLY`, the file of the answer."""

import asyncio
import os
from pathlib import Path

import nats
from nats.aio.msg import Msg

SUBJECT = "bench.bare"


async def main(answer: bytes) -> None:
    async def respond(message: Msg) -> None:
        await message.respond(answer)

    client = await nats.connect(os.environ["NATS_URL"])  # pyright: ignore[reportUnknownMemberType]  untyped
    await client.subscribe(SUBJECT, queue="bench", cb=respond)  # pyright: ignore[reportUnknownMemberType]  untyped
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(os.environ["REPLY"]).read_bytes()))
