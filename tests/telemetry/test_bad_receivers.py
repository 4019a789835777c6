"""With the receiver gone in any way there is, the system runs the same, stops in time, and counts what it lost."""

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from statistics import median

import psutil
import pytest
from flowctl.cluster import Cluster
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.metrics import figures

from .receiver import Mood, Receiver

GONE = [Mood.REFUSING, Mood.BLACK_HOLE, Mood.FROZEN]
ROUNDS, REQUESTS = 5, 40
# The medians of two runs with a receiver that takes everything differ by some hundredths; noise of the machine adds.
NO_SLOWER = 1.5
# Whoever waited for the receiver would wait until the request times out, which takes longer.
LEFT_WAITING_MS = 3000
POLL_S = 0.05


@pytest.fixture(autouse=True)
async def well_again(receiver: Receiver) -> AsyncGenerator[None]:
    yield
    await receiver.become(Mood.TAKING)


async def milliseconds(http: AsyncClient, headers: dict[str, str]) -> list[float]:
    took: list[float] = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        answer = await http.get("/api/v1/admin/list", headers=headers)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
    return took


@pytest.mark.timeout(240)
async def test_requests_are_answered_as_fast_without_a_receiver(
    http: AsyncClient, people: People, receiver: Receiver, record_property: Callable[[str, object], None]
) -> None:
    root = (await people.root()).bearer
    took: dict[Mood, list[list[float]]] = {mood: [] for mood in Mood}
    await milliseconds(http, root)

    for _ in range(ROUNDS):
        for mood in Mood:
            await receiver.become(mood)
            took[mood].append(await milliseconds(http, root))

    usual = [median(each) for each in took[Mood.TAKING]]
    ratios = {mood.name: round(median(slower(took[mood], usual)), 2) for mood in GONE}
    record_property("figure", f"median {median(usual):.2f} ms with a receiver; without, as a ratio: {ratios}")
    assert max(ratios.values()) < NO_SLOWER
    assert max(max(each) for rounds in took.values() for each in rounds) < LEFT_WAITING_MS


def slower(took: list[list[float]], usual: list[float]) -> Iterator[float]:
    """In each round for itself: whatever else this machine does, it does for a while."""
    return (median(each) / then for each, then in zip(took, usual, strict=True))


async def dropped(cluster: Running, service: str) -> float:
    return (await figures(cluster.service(service).ops_url)).total("telemetry_dropped_total", signal="spans")


async def becomes(claim: Callable[[], Awaitable[bool]], within_s: float) -> bool:
    async with asyncio.timeout(within_s):
        while not await claim():
            await asyncio.sleep(POLL_S)
    return True


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mood", GONE)
async def test_what_is_lost_is_counted(
    http: AsyncClient, people: People, receiver: Receiver, cluster: Running, mood: Mood
) -> None:
    root = (await people.root()).bearer
    before = {name: await dropped(cluster, name) for name in ("gateway", "admin")}
    await receiver.become(mood)

    for _ in range(10):
        assert (await http.get("/api/v1/admin/list", headers=root)).status_code == 200

    for name, count in before.items():

        async def more_are_counted(name: str = name, count: float = count) -> bool:
            return await dropped(cluster, name) >= count + 10

        assert await becomes(more_are_counted, within_s=40)


@pytest.mark.processes("it ends processes and waits for the next ones, at the same addresses")
@pytest.mark.parametrize("mood", GONE)
async def test_a_process_ends_within_5_s_though_nobody_takes_its_spans(
    http: AsyncClient,
    receiver: Receiver,
    local: Cluster,
    mood: Mood,
    record_property: Callable[[str, object], None],
) -> None:
    await receiver.become(mood)
    await http.get("/api/v1/healthcheck")
    ending = [local.processes[name][0] for name in ("gateway", "customer")]

    took = await asyncio.gather(*(seconds_to_end(process.pid) for process in ending))

    record_property("figure", f"{mood.name}: gateway and customer ended in {took[0]:.2f} and {took[1]:.2f} s")
    assert max(took) < 5
    await asyncio.gather(*(process.ready() for process in ending))


async def seconds_to_end(pid: int) -> float:
    """From SIGTERM to its end; its supervisor starts another in its place."""
    process = psutil.Process(pid)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, 10)
    return time.monotonic() - began
