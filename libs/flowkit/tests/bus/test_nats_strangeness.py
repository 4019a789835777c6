"""What has turned clients deaf before, and what faulty code around a bus may do."""

import asyncio
import logging
import socket

import pytest
from flowkit.bus import Message
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.servers import NatsServer
from flowkit.testing.proxy import Proxy

from .wires import UNWATCHED, collect, connected, until


async def test_a_subject_that_is_no_text_deafens_nobody(server: NatsServer) -> None:
    async with connected(server.url) as bus:
        taken, _ = await collect(bus, ">")
        _write_raw(server.port, b"PUB \xff\xfe 2\r\nhi\r\nHPUB a 14 14\r\nNATS/1.0 \xff\r\n\r\n\r\n")
        await until(lambda: bus.message_failures == 1)

        await bus.publish("news", b"heard")

        await until(lambda: any(message.data == b"heard" for message in taken))
        assert bus.reconnects == 0


async def test_a_client_whose_reader_died_is_well_again_in_time(
    steady_server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="nats")
    async with Proxy.open(steady_server.port) as proxy, connected(proxy.url, watch=UNWATCHED) as bus:
        taken, _ = await collect(bus, "news")

        proxy.say(b"-ERR \r\n")  # without a reason, it ends nats-py's reader and leaves its state as it was

        await until(lambda: bus.reconnects == 1)
        await bus.flush(within=20)
        await bus.publish("news", b"heard")
        await until(lambda: len(taken) == 1)


async def test_unsubscribing_waits_for_what_is_still_on_its_way(steady_server: NatsServer) -> None:
    async with connected(steady_server.url) as bus:
        taken, subscription = await collect(bus, "news")
        _write_raw(steady_server.port, b"PUB news 1\r\n.\r\n" * 5000)
        assert taken == []

        await subscription.unsubscribe()

        assert len(taken) == 5000


async def test_a_server_that_says_nonsense_is_left_and_joined_again(steady_server: NatsServer) -> None:
    async with Proxy.open(steady_server.port) as proxy, connected(proxy.url) as bus:
        for times, nonsense in enumerate([b"WHAT\r\n", b"-ERR 'Stale Connection'\r\n", b"MSG a 1 x\r\n"], start=1):
            proxy.say(nonsense)
            await until(lambda times=times: bus.reconnects == times and bus.is_connected)


async def test_an_answer_to_a_ping_that_was_given_up_harms_nobody(steady_server: NatsServer) -> None:
    async with Proxy.open(steady_server.port) as proxy, connected(proxy.url) as bus:
        flushing = asyncio.create_task(bus.flush(within=5))
        await asyncio.sleep(0)
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)

        await bus.flush(within=20)
        await bus.flush(within=20)

        assert bus.reconnects == 0


async def test_a_faulty_observer_changes_nothing(server: NatsServer) -> None:
    bus = NatsBus(NatsOptions(server.url), _Faulty())
    try:
        await bus.subscribe("news", _raise)
        await bus.publish("news", b"")
        await until(lambda: bus.message_failures == 1)
        server.kill()
        await until(lambda: not bus.is_connected)
        await server.start()
        await until(lambda: bus.is_connected)
    finally:
        await bus.close()


class _Faulty:
    def connected(self, server: str) -> None:
        raise RuntimeError(server)

    def connect_failed(self, server: str, reason: str) -> None:
        raise RuntimeError(server, reason)

    def disconnected(self, reason: str) -> None:
        raise RuntimeError(reason)

    def permission_denied(self, what: str) -> None:
        raise RuntimeError(what)

    def message_failed(self, subject: str, error: Exception) -> None:
        raise error


def _raise(message: Message) -> None:
    raise RuntimeError(message.subject)


def _write_raw(port: int, protocol: bytes) -> None:
    """Blocks the loop, so that no client reads meanwhile, until the server has seen it all."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as said:
        connection.sendall(b'CONNECT {"verbose":false,"headers":true}\r\n' + protocol + b"PING\r\n")
        while said.readline() != b"PONG\r\n":
            pass
