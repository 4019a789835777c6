"""A service of ours that reads events, as far as the event path goes: what it is measured beside is `event_peer`."""

import asyncio
import logging
import os
from contextlib import ExitStack
from dataclasses import dataclass

import structlog
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.call import Call
from flowkit.reactions import Reactions
from flowkit.service import on
from flowkit.streams import Streams
from flowkit.telemetry.logs import Logs
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from opentelemetry.sdk.trace import TracerProvider  # noqa: TID251  spans as in any service, but they go nowhere
from opentelemetry.trace import NoOpTracer

from bench.event_reading import Reading, ended, opened
from bench.event_stage import READER, Noted, noted


@dataclass(frozen=True, slots=True)
class KeepNote:
    async def run(self, event: Noted, call: Call, tx: Reading) -> None:
        call.step("Keeping the note")
        await tx.keep(event)


def tracing(stack: ExitStack, *, tells: bool) -> Tracing:
    """Spans and lines as of any service, or none; nothing is exported either way."""
    if tells:
        stack.enter_context(Logs(READER.service, level="info", style="json"))
        return Tracing(TracerProvider().get_tracer("bench"))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return Tracing(NoOpTracer())


async def main() -> None:
    with ExitStack() as telling:
        spans = tracing(telling, tells=os.environ.get("TELLS") == "yes")
        bus = NatsBus(NatsOptions(os.environ["NATS_URL"], name=READER.service))
        async with opened() as store:
            declared = [on(noted, KeepNote(), store)]
            reactions = Reactions(READER.service, declared, Streams(bus), spans, Metrics(READER.service))
            reactions.start()
            await ended(store.seen)
            await reactions.leave()
            await reactions.finish()
        await bus.close()


if __name__ == "__main__":
    asyncio.run(main())
