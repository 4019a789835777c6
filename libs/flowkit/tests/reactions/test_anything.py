"""Whatever is delivered comes to an end: it is done, or it is one dead letter, within its limits."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flowkit.bus import Bus, header_block
from flowkit.contract import DEAD_LETTERS, EVENTS
from flowkit.contract.event import PARTITIONS
from flowkit.reactions.delivery import Delivery
from flowkit.servers import NatsServer
from flowkit.streams import Kept, Streams
from flowkit.wire import headers

from .anything import oddities
from .scenes import QUICK, Scene, counted, said, scene, streams_kept, visited

OPTIONS = replace(QUICK, patience=5, first_pause_s=0.001, longest_pause_s=0.002)
PAGE = 100
# JetStream's limit, however large a message may be.
_LARGEST_HEADERS = 65_535


async def all_of(streams: Streams, stream: str) -> Sequence[Kept]:
    found: list[Kept] = []
    while page := await streams.read(stream, start=found[-1].place + 1 if found else 1, most=PAGE):
        found += page
    return found


async def all_came_to_an_end(host: Scene) -> Sequence[Kept]:
    await host.finished()
    told, letters = await all_of(host.streams, EVENTS), await all_of(host.streams, DEAD_LETTERS)
    places = {int(each.headers[headers.DEAD_PLACE]) for each in letters}
    assert len(places) == len(letters)
    assert len(letters) + len(host.diary.lines) == len(told)
    assert all(int(each.headers[headers.DEAD_ATTEMPTS]) <= OPTIONS.patience + 1 for each in letters)
    return letters


async def test_any_body_headers_and_subject_come_to_an_end(bus: Bus) -> None:
    async with scene(bus, options=OPTIONS) as host:
        for odd in oddities(200):
            await host.streams.publish(odd.subject, odd.data, headers=odd.headers, within=10)

        letters = await all_came_to_an_end(host)

    reasons = {each.headers[headers.DEAD_REASON] for each in letters}
    assert reasons == {"undecodable", "wrong_version"}
    assert len(host.diary.lines) > 25


@pytest.mark.parametrize(
    "line", [b"x-odd: a\x01b\x7f\tc", b"x-odd: \xff\xfe", b"x odd: 1", b": none", b"no colon", b"x-odd:"]
)
@pytest.mark.parametrize("token", [b"0", b"\xe2\x80\x8b", b"\xff\xfe", b"\x01"])
async def test_what_only_a_stranger_would_send_comes_to_an_end(
    real_bus: Bus, nats: NatsServer, line: bytes, token: bytes
) -> None:
    await streams_kept(real_bus)
    carried = b"NATS/1.0\r\nflow-event: test.visited\r\n" + line + b"\r\n\r\n"
    async with scene(real_bus, options=OPTIONS) as host:
        await _send(nats.url, visited.subject.encode() + b"." + token, carried, b'{"guest": 1.5, oops')
        async with asyncio.timeout(30):
            while not (await host.streams.info(EVENTS)).messages:
                await asyncio.sleep(0.01)

        (letter,) = await all_came_to_an_end(host)

    assert letter.data == b'{"guest": 1.5, oops'


async def test_what_follows_in_order_is_not_held_up_by_what_cannot_be_read(bus: Bus) -> None:
    async with scene(bus, options=OPTIONS) as host:
        for partition in range(PARTITIONS):
            subject = f"{counted.subject}.{partition}"
            await host.streams.publish(subject, b'{"guest": 1.5, oops', headers={headers.EVENT: counted.name}, within=5)
        await host.tell(said("hello"), event=counted)

        await host.written("hello")


async def test_headers_too_large_for_a_letter_are_left_to_the_original(bus: Bus) -> None:
    async with scene(bus, options=OPTIONS) as host:
        carried = {"x-huge": "x" * (_LARGEST_HEADERS - len(header_block.encode({"x-huge": ""})))}
        await host.streams.publish(f"{visited.subject}.0", b"hello", headers=carried, within=10)

        (letter,) = await all_came_to_an_end(host)

    assert "x-huge" not in letter.headers
    assert letter.data == b"hello"
    assert letter.headers[headers.DEAD_REASON] == "undecodable"


@pytest.mark.parametrize("where", [(Delivery, "begin"), (Delivery, "settle")])
async def test_a_fault_of_our_own_is_no_reason_to_give_it_for_ever(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, where: tuple[type, str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("ours")

    monkeypatch.setattr(*where, fail)
    async with scene(bus, options=OPTIONS) as host:
        await host.tell(said("hello"))

        (letter,) = await host.dead()

    assert letter.headers[headers.DEAD_REASON] == "abandoned"
    assert letter.headers[headers.DEAD_FAULT] == "ERROR: ValueError"
    assert letter.headers[headers.DEAD_ATTEMPTS] == str(OPTIONS.patience + 1)
    assert host.figure("events_dead_total", event=visited.name, reason="abandoned") == 1


async def _send(url: str, subject: bytes, carried: bytes, data: bytes) -> None:
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        await reader.readline()
        head = b'CONNECT {"verbose":false,"headers":true}\r\nHPUB %s %d %d\r\n'
        writer.write(head % (subject, len(carried), len(carried) + len(data)) + carried + data + b"\r\nPING\r\n")
        async with asyncio.timeout(10):
            assert await reader.readline() == b"PONG\r\n"
    finally:
        writer.close()
