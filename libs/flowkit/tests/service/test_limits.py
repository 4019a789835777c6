"""Deadlines, turns and the line for them; over the bus in memory."""

import asyncio
from dataclasses import dataclass

import pytest
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import Query, Unavailable
from flowkit.service import Limits, Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from flowkit.testing.memory_bus import MemoryBroker

from .scenes import ADA, politely, scene
from .stage import TRACING, Believing, Greeted, Greeting, Told, greet


async def test_a_flow_past_its_deadline_is_cancelled_and_answered() -> None:
    noticed = asyncio.Event()

    async def stubborn(_: Greeting, __: Call) -> Greeted:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            noticed.set()
            await asyncio.sleep(1)  # takes its time to give in
            raise
        return Greeted(text="never")

    async with scene(stubborn) as stage:
        began = asyncio.get_running_loop().time()
        answer = await stage.raw(b'{"name":"Ada"}', flow_timeout_ms="100")
        took = asyncio.get_running_loop().time() - began

    assert (answer.status, answer.error_code) == (504, "TIMEOUT")
    assert noticed.is_set()
    assert 0.1 <= took < 0.6


async def test_a_flow_whose_deadline_has_passed_is_not_started() -> None:
    started = False

    async def story(request: Greeting, call: Call) -> Greeted:
        nonlocal started
        started = True
        return await politely(request, call)

    async with scene(story) as stage:
        answer = await stage.raw(b'{"name":"Ada"}', flow_timeout_ms="0")

    assert (answer.status, started) == (504, False)


async def test_past_the_waiting_line_a_request_is_refused_at_once() -> None:
    release = asyncio.Event()

    async def hold(request: Greeting, call: Call) -> Greeted:
        await release.wait()
        return await politely(request, call)

    async with scene(hold, Limits(concurrency=1, waiting=1)) as stage, asyncio.TaskGroup() as group:
        served = [group.create_task(stage.client.call(greet, ADA)) for _ in range(2)]
        while stage.runtime.gate.waiting < 1:
            await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await stage.client.call(greet, ADA)
        release.set()
    assert [task.result().text for task in served] == ["Hello Ada"] * 2


async def test_two_services_that_call_each_other_in_turn_do_not_deadlock() -> None:
    broker = MemoryBroker()
    there, back, home = (Query(f"test.{name}", Greeting, Greeted) for name in ("there", "back", "home"))

    @dataclass(frozen=True, slots=True)
    class CallOn:
        client: Client
        next: Query[Greeting, Greeted]

        async def run(self, request: Greeting, _: Call) -> Greeted:
            return await self.client.call(self.next, request)

    a_bus, b_bus = broker.connect("a"), broker.connect("b")
    a = Service("a", [serve(there, CallOn(Client(a_bus, "a", TRACING), back)), serve(home, Told(politely))])
    b = Service("b", [serve(back, CallOn(Client(b_bus, "b", TRACING), home))])
    one = Limits(concurrency=1, waiting=100)
    runtimes = [
        ServiceRuntime(service, bus, TRACING, Metrics(service.name), Believing(), one)
        for service, bus in ((a, a_bus), (b, b_bus))
    ]
    for runtime in runtimes:
        await runtime.start()
    client = Client(broker.connect("test"), "test", TRACING, patience=20)

    answers = await asyncio.gather(*(client.call(there, ADA) for _ in range(20)))

    assert [answer.text for answer in answers] == ["Hello Ada"] * 20
    for runtime in runtimes:
        await runtime.leave()
        await runtime.finish()
        assert (runtime.gate.running, runtime.gate.waiting, runtime.gate.aside) == (0, 0, 0)
