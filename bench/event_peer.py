"""The same in FastStream: a durable pull consumer, six at a time, each acknowledged after its commit."""

import asyncio
import os

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from flowkit.contract import EVENTS
from pydantic import BaseModel, Field

from bench.event_reading import AT_ONCE, ended, opened
from bench.event_stage import READER, Noted, noted


class Told(BaseModel):
    id: str
    told_at: float = Field(alias="toldAt")


async def main() -> None:
    broker = NatsBroker(os.environ["NATS_URL"], logger=None)
    awaits = os.environ.get("AWAITS") == "yes"
    async with opened() as store:

        @broker.subscriber(
            f"{noted.subject}.*",
            durable=READER.name,
            stream=JStream(EVENTS, declare=False),
            pull_sub=PullSub(batch_size=AT_ONCE, timeout=1.0),
            ack_policy=AckPolicy.MANUAL if awaits else AckPolicy.NACK_ON_ERROR,
        )
        async def keep(event: Told, message: NatsMessage) -> None:
            async with store.transaction() as tx:
                await tx.keep(Noted(id=event.id, told_at=event.told_at))
            if awaits:
                await message.ack_sync()

        await broker.start()
        await ended(store.seen)
        await broker.stop()


if __name__ == "__main__":
    asyncio.run(main())
