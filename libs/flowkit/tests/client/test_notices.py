"""A notice reaches everyone who listens now, and whoever cannot read it is none the worse."""

import asyncio

from flowkit.client import Notices
from flowkit.contract.revoked import SessionsRevoked, sessions_revoked
from flowkit.telemetry import names
from flowkit.telemetry.ids import IdsOnlyTracer
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.memory_bus import MemoryBroker, MemoryBus

TOLD = SessionsRevoked(sessions=("a", "b"))


class Party:
    """Somebody on the bus who tells, hears and counts."""

    def __init__(self, broker: MemoryBroker, name: str) -> None:
        self.bus: MemoryBus = broker.connect(name)
        self.metrics = Metrics(name)
        self.notices = Notices(self.bus, name, Tracing(IdsOnlyTracer()), self.metrics)
        self.heard: list[SessionsRevoked] = []

    async def listen(self) -> "Party":
        await self.notices.hear(sessions_revoked, self.heard.append)
        return self

    def counted(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {names.LABEL_NOTICE: sessions_revoked.subject})


async def test_every_instance_hears_a_notice_and_it_is_counted() -> None:
    broker = MemoryBroker()
    teller = Party(broker, "auth")
    hearers = [await Party(broker, "customer").listen() for _ in range(2)]

    assert await teller.notices.tell(sessions_revoked, TOLD)
    await asyncio.gather(*(hearer.bus.flush(within=20) for hearer in hearers))

    assert [hearer.heard for hearer in hearers] == [[TOLD], [TOLD]]
    assert teller.counted(names.NOTICES_TOLD) == 1
    assert [hearer.counted(names.NOTICES_HEARD) for hearer in hearers] == [1, 1]


async def test_a_notice_that_cannot_be_sent_is_said_to_be_lost_and_nobody_waits() -> None:
    teller = Party(MemoryBroker(), "auth")
    teller.bus.cut()

    assert not await teller.notices.tell(sessions_revoked, TOLD)

    assert (teller.counted(names.NOTICES_LOST), teller.counted(names.NOTICES_TOLD)) == (1, 0)


async def test_what_is_no_such_notice_is_passed_over_and_the_next_is_heard() -> None:
    broker = MemoryBroker()
    hearer, stranger = await Party(broker, "customer").listen(), broker.connect("stranger")

    for junk in (b"", b"\xff", b"[" * 9000, b'{"sessions": [1]}', b'{"sessions": ["' + b"x" * 65 + b'"]}'):
        await stranger.publish(sessions_revoked.subject, junk)
    await stranger.publish(sessions_revoked.subject, b'{"sessions": ["a", "b"], "andMore": 1}')
    await hearer.bus.flush(within=20)

    assert hearer.heard == [TOLD]
    assert (hearer.counted(names.NOTICES_LOST), hearer.counted(names.NOTICES_HEARD)) == (5, 1)
